# SPDX-License-Identifier: BSD-2-Clause
"""TCP output: data from the sender, ACK, SACK and window. FreeBSD sys/netinet/tcp_output.c."""

from __future__ import annotations

from errno import ETIMEDOUT

from sw_model.kernel.tcp_var import (
    MAX_SACK_BLKS,
    TCP_MAX_SACK,
    TCP_MAXWIN,
    TCPS_CLOSED,
    TCPS_LISTEN,
    TCPS_SYN_SENT,
    TF_ACKNOW,
    TF_DELACK,
    TF_RCVD_TSTMP,
    TF_RXWIN0SENT,
    TF_SACK_PERMIT,
    Tcpcb,
    tcps_havercvdfin,
    tcps_havercvdsyn,
)
from sw_model.peer.retransmission_queue import OutSegment
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, PSH, RST, SYN, TcpOptions, TcpSegment


def tcp_output(tp: Tcpcb) -> None:
    """Send what may and must be sent now, then re-arm the retransmission timer."""
    if tp.t_state in (TCPS_CLOSED, TCPS_LISTEN):
        return
    segments = tp.sender.poll(tp.stack.loop.now)
    for out in segments:
        _send_segment(tp, out)
    if tp.sender.failed:
        tp.stack.counters.inc("tcps_timeoutdrop")
        tp.stack.tcp_drop(tp, ETIMEDOUT)
        return
    if not segments and (tp.t_flags & TF_ACKNOW or _window_update_due(tp)):
        tp.stack.counters.inc("tcps_sndacks" if tp.t_flags & TF_ACKNOW else "tcps_sndwinup")
        _emit(tp, tp.sender.snd_nxt, ACK, b"")
    deadline = tp.sender.next_deadline()
    delay = None if deadline is None else max(0, deadline - tp.stack.loop.now)
    tp.timer("rexmt", delay, tcp_output)


def tcp_timer_delack(tp: Tcpcb) -> None:
    """tcp_timer.c."""
    tp.t_flags |= TF_ACKNOW
    tp.stack.counters.inc("tcps_delack")
    tcp_output(tp)


def recwin(tp: Tcpcb) -> int:
    """The window to advertise, in bytes; never less than what was already promised."""
    sb = tp.so.so_rcv
    win = min(max(sb.sbspace(), 0), TCP_MAXWIN << tp.rcv_scale)
    if win < sb.sb_hiwat // 4 and win < tp.t_maxseg:
        win = 0  # silly window avoidance
    return max(win, tp.rcv_adv.minus(tp.rcv_nxt))


def _window_update_due(tp: Tcpcb) -> bool:
    """Has the reader freed enough for a window update of its own?"""
    if tp.t_flags & TF_DELACK or tcps_havercvdfin(tp.t_state) or not tcps_havercvdsyn(tp.t_state):
        return False
    sb, win = tp.so.so_rcv, recwin(tp)
    oldwin = max(0, tp.rcv_adv.minus(tp.rcv_nxt))
    adv = max(0, win - oldwin)
    if oldwin >> tp.rcv_scale >= (adv + oldwin) >> tp.rcv_scale:
        return False
    big = adv >= 2 * tp.t_maxseg and (
        adv >= sb.sb_hiwat // 4
        or win <= sb.sb_hiwat // 8
        or sb.sb_hiwat <= 8 * tp.t_maxseg
        or adv >= TCP_MAXWIN << tp.rcv_scale
    )
    return big or 2 * adv >= sb.sb_hiwat


def _send_segment(tp: Tcpcb, out: OutSegment) -> None:
    tp.stack.counters.inc("tcps_sndctrl" if out.syn or out.fin else "tcps_sndpack")
    tp.stack.counters.inc("tcps_sndbyte", len(out.payload))
    flags = (SYN if out.syn else 0) | (FIN if out.fin else 0) | (PSH if out.push else 0)
    if tp.t_state != TCPS_SYN_SENT:
        flags |= ACK
    _emit(tp, out.seq, flags, out.payload)


def _options(tp: Tcpcb, flags: int, payload: bytes) -> TcpOptions:
    sysctl = tp.stack.sysctl
    ts_val = tp.stack.loop.now // 1_000_000 + tp.ts_offset
    if flags & SYN:
        reply = bool(flags & ACK)  # an answer repeats only what the peer offered
        scale = sysctl["net.inet.tcp.rfc1323"] and (not reply or tp.peer_wscale)
        sack = sysctl["net.inet.tcp.sack.enable"] and (not reply or tp.t_flags & TF_SACK_PERMIT)
        stamp = sysctl["net.inet.tcp.rfc1323"] and (not reply or tp.t_flags & TF_RCVD_TSTMP)
        return TcpOptions(
            mss=tp.stack.mss(tp.t_inpcb.vflag),
            wscale=tp.request_r_scale if scale else None,
            sack_permitted=bool(sack),
            ts=(ts_val, tp.ts_recent) if stamp else None,
        )
    ts = (ts_val, tp.ts_recent) if tp.t_flags & TF_RCVD_TSTMP else None
    blocks: tuple[tuple[SeqNum, SeqNum], ...] = ()
    if tp.t_flags & TF_SACK_PERMIT and tp.sackblks and not payload:  # keeps segments within the MTU
        blocks = tuple(tp.sackblks[: TCP_MAX_SACK - bool(ts)])
        tp.stack.counters.inc("tcps_sack_send_blocks")
    return TcpOptions(sack=blocks, ts=ts)


def _emit(tp: Tcpcb, seq: SeqNum, flags: int, payload: bytes) -> None:
    """Build the segment and note what it promised."""
    if flags & SYN:
        win = min(recwin(tp), TCP_MAXWIN)
        th_win = win
    else:
        win = recwin(tp)
        th_win = win >> tp.rcv_scale
        win = th_win << tp.rcv_scale
    if win:
        tp.t_flags &= ~TF_RXWIN0SENT
    else:
        tp.t_flags |= TF_RXWIN0SENT
    options = _options(tp, flags, payload)
    inp = tp.t_inpcb
    ack = tp.rcv_nxt if flags & ACK else SeqNum(0)
    segment = TcpSegment(inp.lport, inp.fport, seq, ack, flags, th_win, options, payload)
    if tp.rcv_nxt + win > tp.rcv_adv:
        tp.rcv_adv = tp.rcv_nxt + win
    tp.last_ack_sent = tp.rcv_nxt
    tp.t_flags &= ~(TF_ACKNOW | TF_DELACK)
    tp.timer("delack", None)
    tp.stack.counters.inc("tcps_sndtotal")
    tp.stack.ip_output(inp, segment)


def tcp_send_rst(tp: Tcpcb) -> None:
    """The RST of tcp_drop."""
    inp = tp.t_inpcb
    segment = TcpSegment(inp.lport, inp.fport, tp.sender.snd_nxt, tp.rcv_nxt, RST | ACK, 0)
    tp.stack.counters.inc("tcps_sndctrl")
    tp.stack.ip_output(inp, segment)


def tcp_update_sack_list(tp: Tcpcb, rcv_start: SeqNum, rcv_end: SeqNum) -> None:
    """Put the newest block first, merge what it touches, forget what is in order (tcp_sack.c)."""
    head = (rcv_start, rcv_end)
    saved = []
    for start, end in tp.sackblks:
        if start >= end or start < tp.rcv_nxt:
            continue
        if head[0] <= end and head[1] >= start:
            head = (min(head[0], start), max(head[1], end))
        else:
            saved.append((start, end))
    if head[0] > tp.rcv_nxt:
        saved.insert(0, head)
    tp.sackblks = saved[:MAX_SACK_BLKS]


def tcp_clean_sackreport(tp: Tcpcb) -> None:
    """Drop blocks the cumulative ACK has reached."""
    tp.sackblks = [b for b in tp.sackblks if b[0] > tp.rcv_nxt]
