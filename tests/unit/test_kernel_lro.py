# SPDX-License-Identifier: BSD-2-Clause
"""LRO: what it merges, and the mark of what it merged."""

from __future__ import annotations

import pytest

from sw_model.kernel.mbuf import CSUM_TLS_DECRYPTED, CSUM_TLS_MASK
from sw_model.wire.tcp import ACK, PSH, TcpOptions
from tests.unit.kernel_bench import CSUM_GOOD, Bench


def test_g84_lro_never_mixes_and_flushes_the_newest_entry_first() -> None:
    b = Bench()
    records = [b.record() for _ in range(4)]
    seen = b.to_tcp()
    edges = [r.start for r in records] + [len(b.wire)]
    b.poll(b.mbuf(a, z, m) for a, z, m in zip(edges, edges[1:], "DDED", strict=False))
    assert seen == [(2058, 1029, False), (0, 2058, True), (3087, 1029, True)]
    b.user_ok(*records)
    assert b.calls == [(0x1080A, 1029, 7), (0x11014, 0, 8)]


def test_g85_merged_packet_keeps_the_mark() -> None:
    b = Bench()
    records = [b.record() for _ in range(20)]
    seen = b.to_tcp()
    mbufs = [b.mbuf(r.start, r.end, "D") for r in records]
    b.poll(mbufs, run=False)
    assert seen == [(0, 20 * 1029, True)]
    assert b.spans() == [(20 * 1029, True)]
    b.run()
    b.user_ok(*records)


def test_lro_rebuilds_csum_flags() -> None:
    b = Bench()
    b.record(100)
    m = b.mbuf(0, 50, "D")
    head = m.m_pkthdr
    assert head is not None
    head.csum_flags |= 0x40000000
    b.poll([m, b.mbuf(50, 129, "D", ACK | PSH)], run=False)
    assert head.csum_flags == CSUM_GOOD | CSUM_TLS_DECRYPTED
    assert head.csum_flags & CSUM_TLS_MASK == CSUM_TLS_DECRYPTED


@pytest.mark.parametrize(
    ("second", "merged"),
    [
        ({}, True),
        ({"flags": ACK | PSH}, True),
        ({"flags": ACK | 0x01}, False),
        ({"options": TcpOptions(ts=(5, 6))}, False),
        ({"csum": 0}, False),
    ],
)
def test_lro_merge_conditions(second: dict[str, object], merged: bool) -> None:
    b = Bench(enable=False)
    b.raw(bytes(200))
    seen = b.to_tcp()
    b.poll([b.mbuf(0, 100, "E"), b.mbuf(100, 200, "E", **second)])  # type: ignore[arg-type]
    assert len(seen) == (1 if merged else 2)


def test_lro_timestamps_must_not_go_back() -> None:
    for stamps, packets in (((5, 5), 1), ((5, 6), 1), ((6, 5), 2)):
        b = Bench(enable=False)
        b.raw(bytes(200))
        seen = b.to_tcp()
        b.poll(
            b.mbuf(100 * i, 100 * i + 100, "E", options=TcpOptions(ts=(t, 9)))
            for i, t in enumerate(stamps)
        )
        assert len(seen) == packets


def test_lro_ipv6_and_length_limit() -> None:
    b = Bench(ip=6)
    records = [b.record(1380) for _ in range(50)]
    seen = b.to_tcp()
    b.poll(b.mbuf(r.start, r.end, "D") for r in records)
    assert [n for _, n, _ in seen] == [1409 * 46, 1409 * 4]
    b.user_ok(*records)


def test_lro_off_and_forwarding() -> None:
    for knob, value in (("net.inet.tcp.lro.enable", 0), ("net.inet.ip.forwarding", 1)):
        b = Bench(enable=False)
        b.stack.sysctl[knob] = value
        b.raw(bytes(200))
        seen = b.to_tcp()
        b.poll([b.mbuf(0, 100, "E"), b.mbuf(100, 200, "E")])
        assert len(seen) == 2
