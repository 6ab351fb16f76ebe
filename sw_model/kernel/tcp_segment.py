# SPDX-License-Identifier: BSD-2-Clause
"""One segment of a known connection: its header, and the checks before anything in it counts.

FreeBSD sys/netinet/tcp_input.c, the middle of tcp_do_segment; RFC 9293 section 3.10.7.4,
RFC 5961 (challenge ACK), RFC 7323 (time stamps).
"""

from __future__ import annotations

from dataclasses import dataclass
from errno import ECONNRESET

from sw_model.kernel.mbuf import Mbuf, m_adj, m_freem
from sw_model.kernel.tcp_var import TCPS_SYN_RECEIVED, TF_ACKNOW, TF_RCVD_TSTMP, Tcpcb
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import FIN, PSH, RST, SYN, TcpHeader, TcpOptions


@dataclass(slots=True)
class Th:
    """The header of the segment being processed; trimming changes it."""

    seq: SeqNum
    ack: SeqNum
    flags: int
    win: int
    to: TcpOptions
    tlen: int
    drop_hdrlen: int

    @classmethod
    def of(cls, tcp: TcpHeader, tlen: int, drop_hdrlen: int) -> Th:
        return cls(tcp.seq, tcp.ack, tcp.flags, tcp.window, tcp.options, tlen, drop_hdrlen)


def ts_ok(tp: Tcpcb, th: Th) -> bool:
    """PAWS (RFC 7323 section 5): not older than the last stamp in order."""
    if not tp.t_flags & TF_RCVD_TSTMP or th.to.ts is None:
        return True
    return SeqNum(th.to.ts[0]) >= SeqNum(tp.ts_recent)


def record_ts(tp: Tcpcb, th: Th) -> None:
    if th.to.ts is not None and tp.t_flags & TF_RCVD_TSTMP and th.seq <= tp.last_ack_sent:
        tp.ts_recent = th.to.ts[0]


def acceptable(tp: Tcpcb, th: Th, m: Mbuf) -> bool:
    """RST, SYN, PAWS, then trim to the window; False = the segment is finished and freed."""
    counters = tp.stack.counters
    if th.flags & RST:
        m_freem(m)
        if th.seq == tp.last_ack_sent:
            tp.stack.tcp_close(tp, ECONNRESET)
        else:
            counters.inc("tcps_badrst")
        return False
    if th.flags & SYN:  # in a synchronized state: challenge ACK (RFC 5961)
        if tp.t_state != TCPS_SYN_RECEIVED or th.seq != tp.irs:
            tp.t_flags |= TF_ACKNOW
        m_freem(m)
        return False
    if not ts_ok(tp, th):
        counters.inc("tcps_rcvduppack")
        counters.inc("tcps_rcvdupbyte", th.tlen)
        counters.inc("tcps_pawsdrop")
        if th.tlen:
            tp.t_flags |= TF_ACKNOW
        m_freem(m)
        return False
    return _trim_front(tp, th) and _trim_end(tp, th, m)


def _trim_front(tp: Tcpcb, th: Th) -> bool:
    """Bytes below rcv_nxt. A segment without anything new still has its ACK processed."""
    todrop = tp.rcv_nxt.minus(th.seq)
    if todrop <= 0:
        return True
    counters = tp.stack.counters
    if todrop > th.tlen or (todrop == th.tlen and not th.flags & FIN):
        th.flags &= ~FIN
        tp.t_flags |= TF_ACKNOW
        todrop = th.tlen
        counters.inc("tcps_rcvduppack")
        counters.inc("tcps_rcvdupbyte", todrop)
    else:
        counters.inc("tcps_rcvpartduppack")
        counters.inc("tcps_rcvpartdupbyte", todrop)
    th.drop_hdrlen += todrop
    th.seq = th.seq + todrop
    th.tlen -= todrop
    return True


def _trim_end(tp: Tcpcb, th: Th, m: Mbuf) -> bool:
    """Bytes beyond the window."""
    todrop = (th.seq + th.tlen).minus(tp.rcv_nxt + tp.rcv_wnd)
    if todrop <= 0:
        return True
    counters = tp.stack.counters
    counters.inc("tcps_rcvpackafterwin")
    if todrop >= th.tlen:
        counters.inc("tcps_rcvbyteafterwin", th.tlen)
        tp.t_flags |= TF_ACKNOW
        if not (tp.rcv_wnd == 0 and th.seq == tp.rcv_nxt):
            m_freem(m)
            return False
        counters.inc("tcps_rcvwinprobe")
    else:
        counters.inc("tcps_rcvbyteafterwin", todrop)
    m_adj(m, -todrop)
    th.tlen -= todrop
    th.flags &= ~(PSH | FIN)
    return True
