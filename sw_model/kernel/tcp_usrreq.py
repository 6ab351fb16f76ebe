# SPDX-License-Identifier: BSD-2-Clause
"""What every new connection starts from: control blocks, socket, route.

FreeBSD sys/netinet/tcp_usrreq.c (tcp_usr_attach, tcp_connect), tcp_subr.c (tcp_newtcpcb), in_pcb.c.
"""

from __future__ import annotations

import ipaddress
from errno import EADDRINUSE
from typing import TYPE_CHECKING

from sw_model.kernel.socket import Socket
from sw_model.kernel.tcp_var import TCP_MAX_WINSHIFT, TCP_MAXWIN, Inpcb, IPAddress, Tcpcb
from sw_model.peer.sender import TcpSender
from sw_model.wire.seq import SeqNum

if TYPE_CHECKING:
    from sw_model.kernel.stack import Stack

Address = IPAddress | str


def unmapped(addr: Address) -> IPAddress:
    """in6_sin6_2_sin: a v4-mapped address is IPv4 in the control block and on the wire."""
    ip = ipaddress.ip_address(addr)
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def tcp_attach(
    stack: Stack,
    laddr: Address,
    lport: int,
    faddr: Address,
    fport: int,
    rcvbuf: int | None,
    iss: int | None = None,
    syn: bool = True,
) -> Tcpcb:
    """A connection still in CLOSED, with its socket and the route of the stack.

    ``syn`` False: nothing to shake hands about. OSError EADDRINUSE if the four numbers are in use.
    """
    local, foreign = unmapped(laddr), unmapped(faddr)
    inp = Inpcb(stack, local, lport, foreign, fport)
    if inp.key in stack.inpcbs:
        raise OSError(EADDRINUSE, f"connection {inp.key} exists")
    start = stack.rng.getrandbits(32) if iss is None else iss
    tp = Tcpcb(stack, inp, TcpSender(SeqNum(start), stack.mss(inp.vflag), syn=syn))
    tp.ts_offset = stack.rng.getrandbits(31)
    so = Socket(
        stack,
        rcvbuf or stack.sysctl["net.inet.tcp.recvspace"],
        f"{foreign}:{fport}-{local}:{lport}",
    )
    so.inp, inp.inp_socket = inp, so
    inp.ro_nh = stack.route
    inp.vlan = getattr(stack.route, "vid", None)  # a VLAN interface tags what it sends
    limit = max(stack.sysctl["kern.ipc.maxsockbuf"], so.so_rcv.sb_hiwat)
    while tp.request_r_scale < TCP_MAX_WINSHIFT and TCP_MAXWIN << tp.request_r_scale < limit:
        tp.request_r_scale += 1
    stack.inpcbs[inp.key] = inp
    return tp
