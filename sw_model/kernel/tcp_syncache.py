# SPDX-License-Identifier: BSD-2-Clause
"""Passive open. FreeBSD sys/netinet/tcp_syncache.c.

There is no cache: a SYN makes the control block and the socket at once, so that SYN cookies and the
limits of the listen queue have no place here. The listener hears of a connection that is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sw_model.kernel.mbuf import Mbuf, m_freem
from sw_model.kernel.tcp_input import tcp_dooptions_syn
from sw_model.kernel.tcp_output import tcp_output
from sw_model.kernel.tcp_segment import Th
from sw_model.kernel.tcp_usrreq import tcp_attach
from sw_model.kernel.tcp_var import TCPS_SYN_RECEIVED
from sw_model.wire.frame import ParsedFrame

if TYPE_CHECKING:
    from sw_model.kernel.socket import Socket
    from sw_model.kernel.stack import Stack


def syncache_add(stack: Stack, listener: Socket, frame: ParsedFrame, th: Th, m: Mbuf) -> None:
    """A new connection in SYN_RECEIVED (syncache_add and syncache_socket in one)."""
    laddr, faddr = frame.dst, frame.src
    assert laddr is not None
    assert faddr is not None
    rcvbuf = listener.so_rcv.sb_hiwat
    tp = tcp_attach(stack, laddr, frame.dport, faddr, frame.sport, rcvbuf)
    assert m.m_pkthdr is not None
    tp.t_inpcb.inp_flowid = m.m_pkthdr.flowid
    tp.t_inpcb.inp_flowtype = m.m_pkthdr.rsstype
    tp.t_inpcb.learn_path(frame)
    tp.so.on_connected = listener.on_connected
    m_freem(m)
    tcp_dooptions_syn(tp, th)
    tp.sender.snd_wnd = th.win
    tp.t_state = TCPS_SYN_RECEIVED
    tcp_output(tp)
