# SPDX-License-Identifier: BSD-2-Clause
"""Protocol control blocks. FreeBSD sys/netinet/in_pcb.h, tcp_var.h, tcp_fsm.h."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from errno import ECONNRESET, EINVAL
from typing import TYPE_CHECKING, Any

from sw_model.kernel.if_snd_tag import M_NODOM, Ifnet
from sw_model.kernel.mbuf import Mbuf, m_freem
from sw_model.loop import Handle
from sw_model.peer.sender import TcpSender
from sw_model.wire.frame import ParsedFrame
from sw_model.wire.seq import SeqNum

if TYPE_CHECKING:
    from sw_model.kernel.socket import Socket
    from sw_model.kernel.stack import Stack

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

(
    TCPS_CLOSED,
    TCPS_LISTEN,
    TCPS_SYN_SENT,
    TCPS_SYN_RECEIVED,
    TCPS_ESTABLISHED,
    TCPS_CLOSE_WAIT,
    TCPS_FIN_WAIT_1,
    TCPS_CLOSING,
    TCPS_LAST_ACK,
    TCPS_FIN_WAIT_2,
    TCPS_TIME_WAIT,
) = range(11)

TF_ACKNOW = 0x0000_0001
TF_DELACK = 0x0000_0002
TF_SENTFIN = 0x0000_0010
TF_RCVD_SCALE = 0x0000_0040
TF_RCVD_TSTMP = 0x0000_0100
TF_SACK_PERMIT = 0x0000_0200
TF_WAKESOR = 0x0000_4000
TF_RXWIN0SENT = 0x0008_0000

TCP_MAXWIN = 65535
TCP_MAX_WINSHIFT = 14
MAX_SACK_BLKS = 6
TCP_MAX_SACK = 4


def tcps_haveestablished(state: int) -> bool:
    return state >= TCPS_ESTABLISHED


def tcps_havercvdsyn(state: int) -> bool:
    return state >= TCPS_SYN_RECEIVED


def tcps_havercvdfin(state: int) -> bool:
    return state == TCPS_CLOSE_WAIT or (state >= TCPS_CLOSING and state != TCPS_FIN_WAIT_2)


@dataclass(slots=True)
class TsegQent:
    """struct tseg_qent: one run of queued data; its chain may hold several packet headers."""

    tqe_m: Mbuf
    tqe_last: Mbuf
    tqe_start: SeqNum
    tqe_len: int
    tqe_flags: int
    tqe_mbuf_cnt: int

    @property
    def end(self) -> SeqNum:
        return self.tqe_start + self.tqe_len


class Inpcb:
    """struct inpcb, with the cached route (an interface) and the link addresses of the path."""

    def __init__(
        self, stack: Stack, laddr: IPAddress, lport: int, faddr: IPAddress, fport: int
    ) -> None:
        self.stack = stack
        self.laddr, self.lport, self.faddr, self.fport = laddr, lport, faddr, fport
        self.vflag = laddr.version  # INP_IPV4 or INP_IPV6; a v4-mapped peer is 4
        self.inp_flowid = 0
        self.inp_flowtype = 0
        self.inp_numa_domain = M_NODOM
        self.dropped = False  # INP_DROPPED
        self.inp_socket: Socket | None = None
        self.tp: Tcpcb | None = None
        self.ro_nh: Ifnet | None = None  # interface of the cached route
        self.src_mac, self.dst_mac = stack.src_mac, stack.dst_mac
        self.vlan: int | None = None

    @property
    def key(self) -> tuple[bytes, int, bytes, int]:
        return self.laddr.packed, self.lport, self.faddr.packed, self.fport

    def learn_path(self, frame: ParsedFrame) -> None:
        """Answers go back to where packets come from: a stand-in for ARP and ND."""
        self.src_mac, self.dst_mac = frame.dst_mac, frame.src_mac
        self.vlan = frame.tags[0] if frame.tags else None

    def ktls_get_rx_sequence(self) -> tuple[int, SeqNum, int]:
        """(errno, TCP sequence, number) of the next record the worker will process.

        uipc_ktls.c. A record being decrypted is out of sb_tlscc and its number is taken, so the
        pair is consistent at any moment.
        """
        if self.inp_socket is None or self.tp is None:
            return EINVAL, SeqNum(0), 0
        if self.dropped:
            return ECONNRESET, SeqNum(0), 0
        sb = self.inp_socket.so_rcv
        return 0, SeqNum(self.tp.stream_nxt() - sb.sb_tlscc), sb.sb_tls_seqno


class Tcpcb:
    """struct tcpcb: receive variables here, send variables in ``sender``."""

    def __init__(self, stack: Stack, inp: Inpcb, sender: TcpSender) -> None:
        self.stack, self.t_inpcb, self.sender = stack, inp, sender
        inp.tp = self
        self.t_state = TCPS_CLOSED
        self.t_flags = 0
        self.t_maxseg = sender.mss
        self.irs = self.rcv_nxt = self.rcv_adv = self.last_ack_sent = SeqNum(0)
        self.rcv_wnd = 0
        self.rcv_scale = self.snd_scale = self.request_r_scale = 0
        self.peer_wscale = False
        self.snd_wl1 = self.snd_wl2 = SeqNum(0)
        self.snd_wnd = 0
        self.fin_rcvd = False
        self.ts_recent = 0
        self.ts_offset = 0
        self.t_segq: list[TsegQent] = []
        self.t_segqmbuflen = 0
        self.sackblks: list[tuple[SeqNum, SeqNum]] = []
        self.timers: dict[str, Handle] = {}

    @property
    def so(self) -> Socket:
        assert self.t_inpcb.inp_socket is not None
        return self.t_inpcb.inp_socket

    def stream_nxt(self) -> SeqNum:
        """rcv_nxt as a position in the byte stream: without a FIN already counted.

        The kernel uses rcv_nxt itself and is one off after a FIN (Bugs.fin_in_rcv_nxt).
        """
        if self.fin_rcvd and not self.stack.bugs.fin_in_rcv_nxt:
            return SeqNum(int(self.rcv_nxt) - 1)
        return self.rcv_nxt

    def timer(self, name: str, delay: int | None, fn: Any = None) -> None:
        """tcp_timer_activate: (re)arm in ``delay`` ns, or stop with None."""
        old = self.timers.pop(name, None)
        if old is not None:
            old.cancel()
        if delay is not None:
            self.timers[name] = self.stack.loop.call_later(delay, self._expire, name, fn)

    def _expire(self, name: str, fn: Any) -> None:
        self.timers.pop(name, None)
        fn(self)

    def append_stream(self, m: Mbuf) -> None:
        """In-order data to the socket; a reader that shut down gets none of it."""
        sb = self.so.so_rcv
        if sb.cantrcvmore:
            m_freem(m)
        else:
            sb.sbappendstream_locked(m)
        self.t_flags |= TF_WAKESOR
