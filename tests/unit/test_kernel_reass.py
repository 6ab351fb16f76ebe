# SPDX-License-Identifier: BSD-2-Clause
"""TCP reassembly: every byte keeps the mark of the packet it came in."""

from __future__ import annotations

import pytest

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.mbuf import m_length
from tests.unit.fake_nic import FakeNic
from tests.unit.kernel_bench import Bench

GEOMETRIES = {
    "end": ([(1000, 2000, "D"), (1500, 2500, "E")], [(1000, True), (500, False)]),
    "start": ([(2000, 3000, "E"), (1500, 2500, "D")], [(1000, True), (500, False)]),
    "cover": ([(1200, 1400, "E"), (1000, 2000, "D")], [(1000, True)]),
    "inside": ([(1000, 2000, "D"), (1200, 1400, "E")], [(1000, True)]),
    "same": ([(1000, 2000, "D"), (1000, 2000, "E")], [(1000, False)]),
    "bridge": (
        [(1000, 1400, "D"), (1600, 2000, "D"), (1300, 1700, "E")],
        [(400, True), (300, False), (300, True)],
    ),
    "cover two": ([(1100, 1200, "D"), (1400, 1500, "D"), (1000, 1600, "E")], [(600, False)]),
    "touch": ([(1500, 2000, "E"), (1000, 1500, "D")], [(500, True), (500, False)]),
}


@pytest.mark.parametrize("name", GEOMETRIES)
def test_g86_overlaps(name: str) -> None:
    packets, expected = GEOMETRIES[name]
    if name == "same":
        expected = [(1000, True)]  # the new copy lies fully inside the queued one
    b = Bench()
    rec = b.record(4000)
    for start, end, mark in packets:
        b.poll([b.mbuf(start, end, mark)])
    first = min(p[0] for p in packets)
    b.poll([b.mbuf(0, first, "D")], run=False)
    got = b.spans()
    if expected[0][1]:  # the filler is D too
        expected = [(expected[0][0] + first, True), *expected[1:]]
    else:
        expected = [(first, True), *expected]
    assert got == expected
    b.poll([b.mbuf(max(p[1] for p in packets), len(b.wire), "E")])
    b.user_ok(rec)


def test_g87_marks_in_one_delivered_chain() -> None:
    b = Bench()
    records = [b.record() for _ in range(3)]
    b.poll([b.mbuf(1029, 2058, "E")])
    b.poll([b.mbuf(2058, 3087, "D")])
    b.poll([b.mbuf(0, 1029, "D")], run=False)
    assert b.spans() == [(1029, True), (1029, False), (1029, True)]
    b.run()
    b.user_ok(*records)
    assert b.calls == [(0x10405, 1029, 6), (0x10C0F, 0, 7)]


@pytest.mark.parametrize(("bug", "resets"), [(True, 0), (False, 1)])
def test_g87_interface_of_a_chain_with_several_headers(bug: bool, resets: int) -> None:
    """The kernel looks at the first mbuf's header, which is already gone."""
    b = Bench(bugs=Bugs(leaf_ifp_of_first_mbuf=bug))
    records = [b.record() for _ in range(3)]
    other = FakeNic(b.loop, "mce1")
    for r in records[1:]:
        b.poll([b.mbuf(r.start, r.end, "E", ifp=other)])
    b.poll([b.mbuf(0, 1029, "E", ifp=other)])
    # The run of two packets came in one chain, the first packet alone closed the gap in front.
    assert b.counter("ifnet.reset") == resets
    b.user_ok(*records)


def test_g88_front_trimmed_away_header_still_governs() -> None:
    """A D packet whose first mbuf is trimmed to nothing: the rest of it stays D."""
    b = Bench()
    rec = b.record(400)
    m = b.mbuf(0, 300, "D")
    tail = b.mbuf(300, len(rec.wire), "D")
    head_len = m_length(tail) - (len(rec.wire) - 300)
    tail.m_pkthdr, tail.m_flags = None, tail.m_flags & ~2
    tail.m_off += head_len
    tail.m_len -= head_len
    b.poll([b.mbuf(0, 300, "E")], run=False)
    # One packet of two mbufs, all bytes of the first one are old.
    packet = b.mbuf(0, len(rec.wire), "D")
    packet.m_len = m_length(m)
    packet.m_next = tail
    b.poll([packet], run=False)
    assert all(n.m_len for n in b.sb.sb_mtls.chain())  # what was trimmed to nothing is gone
    assert b.spans() == [(300, False), (len(rec.wire) - 300, True)]
    b.run()
    assert b.counter("stats.ocf.tls12_gcm_recrypts") == 1
    b.user_ok(rec)


def test_duplicates_are_trimmed_before_reassembly() -> None:
    b = Bench()
    first, second = b.record(), b.record()
    b.send("DD")
    b.poll([b.mbuf(0, 1029, "E")])
    b.poll([b.mbuf(500, 1500, "E")])
    third = b.record()
    b.poll([b.mbuf(1800, len(b.wire), "D")])
    b.user_ok(first, second, third)
    assert b.calls == []
    assert b.counter("tcps_rcvduppack") == 2
    assert b.counter("tcps_rcvpartduppack") == 1


def test_e60_sequence_wrap_inside_a_record() -> None:
    b = Bench(start=0xFFFFFF00)
    records = [b.record() for _ in range(3)]
    b.send("EED")
    b.user_ok(*records)
    assert b.calls == [(0xFFFFFF00, 1029, 5), (0x305, 1029, 6), (0xB0F, 0, 7)]
