# SPDX-License-Identifier: BSD-2-Clause
"""What the reassembly queue does not take (FreeBSD sys/netinet/tcp_reass.c)."""

from __future__ import annotations

from sw_model.wire.tcp import ACK, FIN
from tests.unit.kernel_bench import Bench


def with_hole() -> Bench:
    """4000 bytes of one record, of which [1000, 2000) is queued."""
    b = Bench()
    b.record(4000)
    b.poll([b.mbuf(1000, 2000, "D")])
    return b


def queued(b: Bench) -> list[tuple[int, int]]:
    """Runs as (offset, length)."""
    assert b.so.inp is not None
    assert b.so.inp.tp is not None
    return [(q.tqe_start.minus(b.start), q.tqe_len) for q in b.so.inp.tp.t_segq]


def test_a_fin_in_front_of_data_already_there_is_dropped() -> None:
    b = with_hole()
    b.poll([b.mbuf(500, 600, "D", ACK | FIN)])
    assert queued(b) == [(1000, 1000)]
    b.poll([b.mbuf(0, 1000, "D")])
    assert (b.sb.sb_tlscc, b.sb.cantrcvmore) == (2000, False)


def test_data_behind_a_fin_is_dropped() -> None:
    b = with_hole()
    b.poll([b.mbuf(2000, 3000, "D", ACK | FIN)])
    b.poll([b.mbuf(3000, 4000, "D")])
    assert queued(b) == [(1000, 2000)]
    b.poll([b.mbuf(0, 1000, "D")])
    assert (b.sb.sb_tlscc, b.sb.cantrcvmore) == (3000, True)


def test_number_of_runs_is_limited_but_the_missing_piece_always_fits() -> None:
    b = with_hole()
    b.stack.sysctl["net.inet.tcp.reass.maxqueuelen"] = 1
    b.poll([b.mbuf(2500, 3000, "D")])
    assert (queued(b), b.counter("tcps_rcvmemdrop")) == ([(1000, 1000)], 1)
    b.poll([b.mbuf(2000, 2500, "D")])  # joins the run: no entry of its own
    b.poll([b.mbuf(0, 1000, "D")])
    assert (queued(b), b.sb.sb_tlscc) == ([], 2500)


def test_memory_is_limited_but_the_missing_piece_always_fits() -> None:
    """What waits here counts together with what waits in the socket buffer."""
    b = with_hole()
    assert b.so.inp is not None
    assert b.so.inp.tp is not None
    b.sb.sb_mbmax = b.sb.sb_mbcnt + b.so.inp.tp.t_segqmbuflen + 1
    b.poll([b.mbuf(2000, 3000, "D")])
    assert (queued(b), b.counter("tcps_rcvreassfull")) == ([(1000, 1000)], 1)
    b.poll([b.mbuf(0, 1000, "D")])
    assert (queued(b), b.sb.sb_tlscc) == ([], 2000)
