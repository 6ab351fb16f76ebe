# SPDX-License-Identifier: BSD-2-Clause
"""How connections end, and the way out to IP. FreeBSD sys/netinet/tcp_subr.c, tcp_usrreq.c,
tcp_timewait.c, ip_output.c."""

from __future__ import annotations

from collections.abc import Callable

from sw_model.kernel.counters import Counters, Sysctl
from sw_model.kernel.socket import SS_ISDISCONNECTING
from sw_model.kernel.tcp_output import tcp_output, tcp_send_rst
from sw_model.kernel.tcp_reass import tcp_reass_flush
from sw_model.kernel.tcp_segment import Th
from sw_model.kernel.tcp_var import (
    TCPS_CLOSE_WAIT,
    TCPS_CLOSED,
    TCPS_ESTABLISHED,
    TCPS_FIN_WAIT_1,
    TCPS_LAST_ACK,
    TCPS_SYN_RECEIVED,
    TCPS_SYN_SENT,
    TCPS_TIME_WAIT,
    Inpcb,
    Tcpcb,
    tcps_havercvdsyn,
)
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import ParsedFrame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN, TcpSegment


class TcpSubr:
    """The part of a stack that ends connections."""

    counters: Counters
    sysctl: Sysctl
    output: Callable[[bytes], None]
    mtu: int

    def __init__(self) -> None:
        self._ident = 0
        self.inpcbs: dict[tuple[bytes, int, bytes, int], Inpcb] = {}

    def mss(self, vflag: int) -> int:
        """tcp_mssopt: what fits the interface."""
        return self.mtu - (40 if vflag == 4 else 60)

    def tcp_output(self, tp: Tcpcb) -> None:
        tcp_output(tp)

    def ip_output(self, inp: Inpcb, segment: TcpSegment) -> None:
        """One frame to the wire."""
        self._ident = (self._ident + 1) & 0xFFFF
        self.output(
            build_tcp_frame(
                inp.src_mac,
                inp.dst_mac,
                inp.laddr,
                inp.faddr,
                segment,
                vlan=inp.vlan,
                ident=self._ident,
            )
        )

    def tcp_usrclosed(self, tp: Tcpcb) -> None:
        """The user sends no more (tcp_usrreq.c)."""
        if tp.t_state in (TCPS_CLOSED, TCPS_SYN_SENT):
            self.tcp_close(tp, 0)
            return
        if tp.t_state in (TCPS_SYN_RECEIVED, TCPS_ESTABLISHED):
            tp.t_state = TCPS_FIN_WAIT_1
        elif tp.t_state == TCPS_CLOSE_WAIT:
            tp.t_state = TCPS_LAST_ACK
        else:
            return
        tp.so.so_state |= SS_ISDISCONNECTING
        tp.sender.close()
        tcp_output(tp)

    def tcp_twstart(self, tp: Tcpcb) -> None:
        """TIME_WAIT: the tag and the session live on for 2 MSL unless the socket is closed."""
        tp.t_state = TCPS_TIME_WAIT
        tp.so.soisdisconnected()
        delay = 2 * self.sysctl["net.inet.tcp.msl"] * 1_000_000
        tp.timer("2msl", delay, lambda t: self.tcp_close(t, 0))

    def tcp_drop(self, tp: Tcpcb, error: int) -> None:
        """Give the connection up: RST if the peer knows it, the error to the reader."""
        if tcps_havercvdsyn(tp.t_state):
            tcp_send_rst(tp)
            self.counters.inc("tcps_drops")
        self.tcp_close(tp, error)

    def tcp_close(self, tp: Tcpcb, error: int) -> None:
        """The control block is done; the socket stays as long as someone holds it."""
        inp = tp.t_inpcb
        if inp.dropped:
            return
        so = tp.so
        for name in list(tp.timers):
            tp.timer(name, None)
        tcp_reass_flush(tp)
        tp.t_state = TCPS_CLOSED
        inp.dropped = True
        self.inpcbs.pop(inp.key, None)
        self.counters.inc("tcps_closed")
        if error:
            so.so_error = error
        so.soisdisconnected()
        if so.nofdref:
            so.sorele()

    def tcp_dropwithreset(self, frame: ParsedFrame, th: Th) -> None:
        """Never in answer to an RST."""
        if th.flags & RST:
            return
        length = th.tlen + bool(th.flags & SYN) + bool(th.flags & FIN)
        if th.flags & ACK:
            segment = TcpSegment(frame.dport, frame.sport, th.ack, SeqNum(0), RST, 0)
        else:
            segment = TcpSegment(frame.dport, frame.sport, SeqNum(0), th.seq + length, RST | ACK, 0)
        src, dst = frame.dst, frame.src
        assert src is not None
        assert dst is not None
        vlan = frame.tags[0] if frame.tags else None
        self.output(build_tcp_frame(frame.dst_mac, frame.src_mac, src, dst, segment, vlan=vlan))
