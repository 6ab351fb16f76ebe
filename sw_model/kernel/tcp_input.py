# SPDX-License-Identifier: BSD-2-Clause
"""TCP input for a known connection. FreeBSD sys/netinet/tcp_input.c (tcp_do_segment).

Bytes of a packet are never copied here: headers and duplicates are trimmed off the chain, which
goes on to the socket buffer or the reassembly queue with its packet header intact.
"""

from __future__ import annotations

from errno import ECONNREFUSED, ECONNRESET

from sw_model.kernel.mbuf import Mbuf, m_adj, m_freem
from sw_model.kernel.tcp_output import (
    tcp_clean_sackreport,
    tcp_output,
    tcp_timer_delack,
    tcp_update_sack_list,
)
from sw_model.kernel.tcp_reass import tcp_reass
from sw_model.kernel.tcp_segment import Th, acceptable, record_ts, ts_ok
from sw_model.kernel.tcp_var import (
    TCPS_CLOSE_WAIT,
    TCPS_CLOSED,
    TCPS_CLOSING,
    TCPS_ESTABLISHED,
    TCPS_FIN_WAIT_1,
    TCPS_FIN_WAIT_2,
    TCPS_LAST_ACK,
    TCPS_SYN_RECEIVED,
    TCPS_SYN_SENT,
    TCPS_TIME_WAIT,
    TF_ACKNOW,
    TF_DELACK,
    TF_RCVD_SCALE,
    TF_RCVD_TSTMP,
    TF_RXWIN0SENT,
    TF_SACK_PERMIT,
    TF_WAKESOR,
    Tcpcb,
    tcps_haveestablished,
    tcps_havercvdfin,
)
from sw_model.wire.tcp import ACK, FIN, RST, SYN, URG


def tcp_do_segment(tp: Tcpcb, th: Th, m: Mbuf) -> None:
    """One segment of a known connection."""
    inp = tp.t_inpcb
    if inp.inp_flowtype == 0 and m.m_pkthdr is not None and m.m_pkthdr.rsstype:
        inp.inp_flowid, inp.inp_flowtype = m.m_pkthdr.flowid, m.m_pkthdr.rsstype
    tp.rcv_wnd = max(tp.so.so_rcv.sbspace(), 0, tp.rcv_adv.minus(tp.rcv_nxt))
    if not th.flags & SYN:
        th.win <<= tp.snd_scale
    if tp.t_state == TCPS_SYN_SENT:
        _syn_sent(tp, th, m)
    elif _predicted_data(tp, th):
        _fast_path(tp, th, m)
    elif acceptable(tp, th, m) and _process_ack(tp, th, m):
        _process_data(tp, th, m)
    if tp.t_state == TCPS_CLOSED:
        return
    if tp.t_flags & TF_WAKESOR:  # tcp_handle_wakeup
        tp.t_flags &= ~TF_WAKESOR
        tp.so.sorwakeup()
    if tp.t_flags & TF_DELACK and "delack" not in tp.timers:
        delay = tp.stack.sysctl["net.inet.tcp.delacktime"] * 1_000_000
        tp.timer("delack", delay, tcp_timer_delack)
    tcp_output(tp)


# Handshake -------------------------------------------------------------------------------------


def tcp_dooptions_syn(tp: Tcpcb, th: Th) -> None:
    """What the peer's SYN offers, as far as we want it too (tcp_dooptions with TO_SYN)."""
    sysctl = tp.stack.sysctl
    if sysctl["net.inet.tcp.rfc1323"] and th.to.wscale is not None:
        tp.t_flags |= TF_RCVD_SCALE
        tp.peer_wscale = True
        tp.snd_scale, tp.rcv_scale = th.to.wscale, tp.request_r_scale
    if sysctl["net.inet.tcp.rfc1323"] and th.to.ts is not None:
        tp.t_flags |= TF_RCVD_TSTMP
        tp.ts_recent = th.to.ts[0]
    if sysctl["net.inet.tcp.sack.enable"] and th.to.sack_permitted:
        tp.t_flags |= TF_SACK_PERMIT
    offer = th.to.mss or sysctl["net.inet.tcp.mssdflt"]
    stamps = 12 if tp.t_flags & TF_RCVD_TSTMP else 0
    tp.t_maxseg = tp.sender.mss = min(offer, tp.stack.mss(tp.t_inpcb.vflag)) - stamps
    tp.irs = th.seq
    tp.rcv_nxt = tp.rcv_adv = tp.last_ack_sent = th.seq + 1
    tp.snd_wnd = th.win  # the window of a SYN is never scaled
    tp.snd_wl1 = th.seq


def _syn_sent(tp: Tcpcb, th: Th, m: Mbuf) -> None:
    """Active open: the answer to our SYN."""
    m_freem(m)
    if th.flags & ACK and not (tp.sender.snd_una < th.ack <= tp.sender.snd_nxt):
        return
    if th.flags & RST:
        if th.flags & ACK:
            tp.stack.tcp_close(tp, ECONNREFUSED)
        return
    if th.flags & (SYN | ACK) != SYN | ACK:
        return  # simultaneous open is not modelled
    tcp_dooptions_syn(tp, th)
    tp.sender.on_ack(tp.stack.loop.now, th.ack, th.win, pure=False)
    tp.t_state = TCPS_ESTABLISHED
    tp.stack.counters.inc("tcps_connects")
    tp.t_flags |= TF_ACKNOW
    tp.so.soisconnected()


# Fast path -------------------------------------------------------------------------------------


def _predicted_data(tp: Tcpcb, th: Th) -> bool:
    """Header prediction: plain in-order data with room, nothing queued, nothing new to say."""
    return (
        tp.t_state == TCPS_ESTABLISHED
        and th.flags & (SYN | FIN | RST | URG | ACK) == ACK
        and th.seq == tp.rcv_nxt
        and 0 < th.tlen <= tp.so.so_rcv.sbspace()
        and not tp.t_segq
        and th.win == tp.snd_wnd
        and th.ack == tp.sender.snd_una
        and not th.to.sack
        and ts_ok(tp, th)
    )


def _fast_path(tp: Tcpcb, th: Th, m: Mbuf) -> None:
    record_ts(tp, th)
    tp.snd_wl1 = th.seq
    if tp.sackblks:
        tcp_clean_sackreport(tp)
    for name in ("tcps_preddat", "tcps_rcvpack"):
        tp.stack.counters.inc(name)
    tp.stack.counters.inc("tcps_rcvbyte", th.tlen)
    tp.rcv_nxt = tp.rcv_nxt + th.tlen
    m_adj(m, th.drop_hdrlen)
    tp.append_stream(m)
    tp.t_flags |= TF_DELACK if _delay_ack(tp, th.tlen) else TF_ACKNOW


def _delay_ack(tp: Tcpcb, tlen: int) -> bool:
    """DELAY_ACK: every second full segment is acknowledged at once."""
    return (
        "delack" not in tp.timers
        and not tp.t_flags & TF_RXWIN0SENT
        and tlen <= tp.t_maxseg
        and bool(tp.stack.sysctl["net.inet.tcp.delayed_ack"])
    )


# Slow path -------------------------------------------------------------------------------------


def _process_ack(tp: Tcpcb, th: Th, m: Mbuf) -> bool:
    """The ACK side; False = the segment is finished and freed."""
    record_ts(tp, th)
    if not th.flags & ACK:
        m_freem(m)
        return False
    sender = tp.sender
    if tp.t_state == TCPS_SYN_RECEIVED:
        if not (sender.snd_una < th.ack <= sender.snd_nxt):
            m_freem(m)
            return False
        tp.t_state = TCPS_ESTABLISHED
        tp.stack.counters.inc("tcps_accepts")
        tp.so.soisconnected()
    if th.ack > sender.snd_nxt:
        tp.stack.counters.inc("tcps_rcvacktoomuch")
        tp.t_flags |= TF_ACKNOW
        m_freem(m)
        return False
    if tp.snd_wl1 < th.seq or (tp.snd_wl1 == th.seq and tp.snd_wl2 <= th.ack):
        tp.snd_wnd, tp.snd_wl1, tp.snd_wl2 = th.win, th.seq, th.ack
    pure = th.tlen == 0 and not th.flags & (SYN | FIN)
    sender.on_ack(tp.stack.loop.now, th.ack, tp.snd_wnd, th.to.sack, pure)
    _our_fin(tp)
    if tp.t_state == TCPS_CLOSED:
        m_freem(m)
        return False
    if tp.so.nofdref and tp.t_state > TCPS_CLOSE_WAIT and th.tlen:
        # The user is gone: nobody will ever read this.
        m_freem(m)
        tp.stack.tcp_drop(tp, ECONNRESET)
        return False
    return True


def _our_fin(tp: Tcpcb) -> None:
    """State changes when everything we sent, FIN included, is acknowledged."""
    if not tp.sender.fin_acked:
        return
    if tp.t_state == TCPS_FIN_WAIT_1:
        tp.t_state = TCPS_FIN_WAIT_2
    elif tp.t_state == TCPS_CLOSING:
        tp.stack.tcp_twstart(tp)
    elif tp.t_state == TCPS_LAST_ACK:
        tp.stack.tcp_close(tp, 0)


def _process_data(tp: Tcpcb, th: Th, m: Mbuf) -> None:
    """dodata: queue or append, SACK, then FIN."""
    fin = 0
    if (th.tlen or th.flags & FIN) and not tcps_havercvdfin(tp.t_state):
        m_adj(m, th.drop_hdrlen)
        fin = _data(tp, th, m)
    else:
        m_freem(m)
    if fin & FIN:
        _peer_fin(tp)


def _data(tp: Tcpcb, th: Th, m: Mbuf) -> int:
    """Append in order, or reassemble; rcv_nxt moves first. Returns FIN if it is in order."""
    counters, save_start, save_len = tp.stack.counters, th.seq, th.tlen
    save_rnxt = tp.rcv_nxt
    if th.seq == tp.rcv_nxt and not tp.t_segq and tcps_haveestablished(tp.t_state):
        tp.t_flags |= TF_DELACK if _delay_ack(tp, th.tlen) else TF_ACKNOW
        tp.rcv_nxt = tp.rcv_nxt + th.tlen
        counters.inc("tcps_rcvpack")
        counters.inc("tcps_rcvbyte", th.tlen)
        tp.append_stream(m)
        fin, kept = th.flags & FIN, th.tlen
    else:
        if th.seq != tp.rcv_nxt:
            counters.inc("tcps_rcvoopack")
            counters.inc("tcps_rcvoobyte", th.tlen)
        fin, kept = tcp_reass(tp, th.seq, th.tlen, th.flags, m)
        tp.t_flags |= TF_ACKNOW
    if tp.t_flags & TF_SACK_PERMIT and save_len and kept and save_start > save_rnxt:
        tcp_update_sack_list(tp, save_start, save_start + save_len)
    elif tp.sackblks:
        tcp_clean_sackreport(tp)
    return fin


def _peer_fin(tp: Tcpcb) -> None:
    """The FIN takes one sequence number; the reader is told before rcv_nxt counts it."""
    if not tcps_havercvdfin(tp.t_state):
        tp.so.socantrcvmore()
        tp.t_flags |= TF_ACKNOW
        tp.rcv_nxt = tp.rcv_nxt + 1
        tp.fin_rcvd = True
    if tp.t_state in (TCPS_SYN_RECEIVED, TCPS_ESTABLISHED):
        tp.t_state = TCPS_CLOSE_WAIT
    elif tp.t_state == TCPS_FIN_WAIT_1:
        tp.t_state = TCPS_CLOSING
    elif tp.t_state in (TCPS_FIN_WAIT_2, TCPS_TIME_WAIT):
        tp.stack.tcp_twstart(tp)
