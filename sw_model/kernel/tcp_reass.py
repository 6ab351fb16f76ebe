# SPDX-License-Identifier: BSD-2-Clause
"""TCP reassembly. FreeBSD sys/netinet/tcp_reass.c.

Every queued segment keeps its packet headers: runs are joined by linking chains, never by copying,
so each header still governs exactly its own mbufs when the run reaches the socket buffer. Data is
only ever trimmed from the front. Who wins on overlap:

    new data over the END of a queued run      the new data's front is trimmed, old kept
    new data over the START of a queued run    the queued run's front is trimmed, new kept
    new data covers a queued run               the queued run is freed, new kept
    new data inside a queued run               the new data is freed
"""

from __future__ import annotations

from sw_model.kernel.mbuf import Mbuf, m_adj, m_freem, m_last
from sw_model.kernel.tcp_var import Tcpcb, TsegQent, tcps_haveestablished
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import FIN


def tcp_reass(tp: Tcpcb, seq: SeqNum, tlen: int, flags: int, m: Mbuf | None) -> tuple[int, int]:
    """Queue a segment, hand over what is in order now.

    Returns (FIN flag reached, queued length): the second is 0 when the segment was dropped.
    ``m`` None only presents what is queued, after the handshake.
    """
    if m is None:
        return _present(tp), 0
    overhead = sum(n.mem for n in m.chain())
    sb = tp.so.so_rcv
    in_order = seq == tp.rcv_nxt and tcps_haveestablished(tp.t_state)
    if not in_order and sb.sb_mbcnt + tp.t_segqmbuflen + overhead > sb.sb_mbmax:
        return _drop(tp, m, "tcps_rcvreassfull")
    last = tp.t_segq[-1] if tp.t_segq else None
    if last is not None and flags & FIN and seq + tlen < last.end:
        m_freem(m)  # a FIN before data we have: someone is playing games
        return 0, 0

    # The run that starts at or before the new data: it may hold the front already.
    index = _first_after(tp, seq)
    p = tp.t_segq[index - 1] if index else None
    if p is not None and p.end >= seq:
        overlap = p.end.minus(seq)
        if overlap >= tlen and (overlap or tlen):
            tp.stack.counters.inc("tcps_rcvduppack")
            tp.stack.counters.inc("tcps_rcvdupbyte", tlen)
            if flags & FIN and overlap == tlen:
                p.tqe_flags |= FIN
            m_freem(m)
            return _present(tp), p.tqe_len
        if overlap:
            tp.stack.counters.inc("tcps_rcvpartduppack")
            tp.stack.counters.inc("tcps_rcvpartdupbyte", overlap)
            m_adj(m, overlap)
            seq, tlen = seq + overlap, tlen - overlap
        if p.tqe_flags & FIN:
            m_freem(m)  # data behind a FIN
            return 0, 0
        ent = _append(tp, p, m, tlen, flags, overhead)
        _merge_forward(tp, index - 1)
        return _present(tp), ent.tqe_len
    ent = TsegQent(m, m_last(m), seq, tlen, flags & FIN, overhead)
    if not in_order and len(tp.t_segq) >= tp.stack.sysctl["net.inet.tcp.reass.maxqueuelen"]:
        return _drop(tp, m, "tcps_rcvmemdrop")
    tp.t_segq.insert(index, ent)
    tp.t_segqmbuflen += overhead
    _merge_forward(tp, index)
    return _present(tp), ent.tqe_len


def _drop(tp: Tcpcb, m: Mbuf, counter: str) -> tuple[int, int]:
    tp.stack.counters.inc(counter)
    m_freem(m)
    return 0, 0


def _first_after(tp: Tcpcb, seq: SeqNum) -> int:
    """Index of the first run that begins after ``seq``."""
    for i, q in enumerate(tp.t_segq):
        if q.tqe_start > seq:
            return i
    return len(tp.t_segq)


def _append(tp: Tcpcb, p: TsegQent, m: Mbuf, tlen: int, flags: int, overhead: int) -> TsegQent:
    """tcp_reass_append: link the chain behind the run's."""
    p.tqe_last.m_next = m
    p.tqe_last = m_last(m)
    p.tqe_len += tlen
    p.tqe_flags |= flags & FIN
    p.tqe_mbuf_cnt += overhead
    tp.t_segqmbuflen += overhead
    return p


def _merge_forward(tp: Tcpcb, index: int) -> None:
    """tcp_reass_merge_forward, _prepend and _replace: the run meets the runs behind it."""
    ent = tp.t_segq[index]
    while index + 1 < len(tp.t_segq):
        q = tp.t_segq[index + 1]
        overlap = ent.end.minus(q.tqe_start)
        if overlap < 0:
            break
        del tp.t_segq[index + 1]
        if overlap and overlap >= q.tqe_len:  # completely covered: the new data replaces it
            tp.t_segqmbuflen -= q.tqe_mbuf_cnt
            ent.tqe_flags |= q.tqe_flags if overlap == q.tqe_len else 0
            m_freem(q.tqe_m)
            continue
        if overlap:
            m_adj(q.tqe_m, overlap)
            q.tqe_len -= overlap
        ent.tqe_last.m_next = q.tqe_m
        ent.tqe_last = q.tqe_last
        ent.tqe_len += q.tqe_len
        ent.tqe_flags |= q.tqe_flags
        ent.tqe_mbuf_cnt += q.tqe_mbuf_cnt


def _present(tp: Tcpcb) -> int:
    """Give the user what is in order, one run at a time; returns FIN if it was reached."""
    flags = 0
    while tcps_haveestablished(tp.t_state) and tp.t_segq and tp.t_segq[0].tqe_start == tp.rcv_nxt:
        q = tp.t_segq.pop(0)
        tp.rcv_nxt = tp.rcv_nxt + q.tqe_len
        flags = q.tqe_flags
        tp.t_segqmbuflen -= q.tqe_mbuf_cnt
        tp.append_stream(q.tqe_m)
    return flags


def tcp_reass_flush(tp: Tcpcb) -> None:
    """Free the queue (tcp_close)."""
    for q in tp.t_segq:
        m_freem(q.tqe_m)
    tp.t_segq.clear()
    tp.t_segqmbuflen = 0


def check(tp: Tcpcb) -> None:
    """Queue invariant: runs in order, apart, and as long as their chains."""
    for q in tp.t_segq:
        assert sum(n.m_len for n in q.tqe_m.chain()) == q.tqe_len, "run and chain disagree"
        assert m_last(q.tqe_m) is q.tqe_last, "tqe_last is not the last mbuf"
    for a, b in zip(tp.t_segq, tp.t_segq[1:], strict=False):
        assert a.end < b.tqe_start, "runs touch or overlap"
