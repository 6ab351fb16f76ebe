# SPDX-License-Identifier: BSD-2-Clause
"""LRO, reassembly, socket buffer, window."""

from __future__ import annotations

from errno import EAGAIN

import pytest

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.mbuf import CSUM_TLS_DECRYPTED, CSUM_TLS_MASK, M_DECRYPTED, Mbuf, m_length
from sw_model.kernel.sockbuf import SB_TLS_RX_RUNNING
from sw_model.wire.tcp import ACK, PSH, RST, SYN, URG, TcpOptions
from tests.unit.kernel_bench import CSUM_GOOD, Bench, FakeNic


def spans(b: Bench) -> list[tuple[int, bool]]:
    """Undecrypted bytes in the socket buffer as (length, decrypted) runs."""
    out: list[tuple[int, bool]] = []
    for m in b.sb.sb_mtls.chain() if b.sb.sb_mtls else ():
        if out and out[-1][1] == m.decrypted:
            out[-1] = (out[-1][0] + m.m_len, m.decrypted)
        else:
            out.append((m.m_len, m.decrypted))
    return out


def spy_input(b: Bench) -> list[tuple[int, int, bool]]:
    """(offset, bytes, decrypted) of every packet that leaves LRO."""
    seen: list[tuple[int, int, bool]] = []
    tcp_input = b.stack.tcp_input

    def spy(frame, m: Mbuf) -> None:  # type: ignore[no-untyped-def]
        assert m.m_pkthdr is not None
        assert m.m_pkthdr.len == m_length(m)
        assert sum(n.m_pkthdr is not None for n in m.chain()) == 1
        seen.append((frame.tcp.seq.minus(b.start), frame.payload_len, m.m_pkthdr.tls_decrypted))
        tcp_input(frame, m)

    b.stack.tcp_input = spy  # type: ignore[method-assign]
    return seen


# LRO ---------------------------------------------------------------------------------------------


def test_g84_lro_never_mixes_and_flushes_the_newest_entry_first() -> None:
    b = Bench()
    records = [b.record() for _ in range(4)]
    seen = spy_input(b)
    edges = [r.start for r in records] + [len(b.wire)]
    b.poll(b.mbuf(a, z, m) for a, z, m in zip(edges, edges[1:], "DDED", strict=False))
    assert seen == [(2058, 1029, False), (0, 2058, True), (3087, 1029, True)]
    b.user_ok(*records)
    assert b.calls == [(0x1080A, 1029, 7), (0x11014, 0, 8)]


def test_g85_merged_packet_keeps_the_mark() -> None:
    b = Bench()
    records = [b.record() for _ in range(20)]
    seen = spy_input(b)
    mbufs = [b.mbuf(r.start, r.end, "D") for r in records]
    b.poll(mbufs, run=False)
    assert seen == [(0, 20 * 1029, True)]
    assert spans(b) == [(20 * 1029, True)]
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
    seen = spy_input(b)
    b.poll([b.mbuf(0, 100, "E"), b.mbuf(100, 200, "E", **second)])  # type: ignore[arg-type]
    assert len(seen) == (1 if merged else 2)


def test_lro_timestamps_must_not_go_back() -> None:
    for stamps, packets in (((5, 5), 1), ((5, 6), 1), ((6, 5), 2)):
        b = Bench(enable=False)
        b.raw(bytes(200))
        seen = spy_input(b)
        b.poll(
            b.mbuf(100 * i, 100 * i + 100, "E", options=TcpOptions(ts=(t, 9)))
            for i, t in enumerate(stamps)
        )
        assert len(seen) == packets


def test_lro_ipv6_and_length_limit() -> None:
    b = Bench(ip=6)
    records = [b.record(1380) for _ in range(50)]
    seen = spy_input(b)
    b.poll(b.mbuf(r.start, r.end, "D") for r in records)
    assert [n for _, n, _ in seen] == [1409 * 46, 1409 * 4]
    b.user_ok(*records)


def test_lro_off_and_forwarding() -> None:
    for knob, value in (("net.inet.tcp.lro.enable", 0), ("net.inet.ip.forwarding", 1)):
        b = Bench(enable=False)
        b.stack.sysctl[knob] = value
        b.raw(bytes(200))
        seen = spy_input(b)
        b.poll([b.mbuf(0, 100, "E"), b.mbuf(100, 200, "E")])
        assert len(seen) == 2


# Reassembly --------------------------------------------------------------------------------------

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
    got = spans(b)
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
    assert spans(b) == [(1029, True), (1029, False), (1029, True)]
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
    assert spans(b) == [(300, False), (len(rec.wire) - 300, True)]
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


# ACK and SACK ------------------------------------------------------------------------------------


def test_out_of_order_data_is_sacked_newest_first() -> None:
    b = Bench(enable=False)
    b.raw(bytes(1000))
    for start in (200, 600, 400):
        b.poll([b.mbuf(start, start + 100, "E")])
    blocks = b.frames()[-1].tcp
    assert blocks is not None
    offsets = [(a.minus(b.start), z.minus(b.start)) for a, z in blocks.options.sack]
    assert offsets == [(400, 500), (600, 700), (200, 300)]
    b.poll([b.mbuf(0, 200, "E")])
    last = b.frames()[-1].tcp
    assert last is not None
    assert last.ack == b.start + 300
    assert len(last.options.sack) == 2


@pytest.mark.parametrize("flags", [ACK, ACK | URG])  # header prediction, slow path
def test_every_second_segment_is_acknowledged_at_once(flags: int) -> None:
    b = Bench(enable=False)
    b.raw(bytes(3000))
    for i in range(3):
        b.poll([b.mbuf(1000 * i, 1000 * i + 1000, "E", flags)], run=False)
        assert len(b.out) == (i + 1) // 2
    b.run()
    assert len(b.out) == 2  # the third by the delayed-ACK timer


def test_bad_checksum_is_dropped_and_trusted_when_marked_valid() -> None:
    b = Bench(enable=False)
    b.raw(b"x" * 100)
    m = b.mbuf(0, 100, "E", csum=0)
    m.store[m.m_off + m.m_len - 1] ^= 1
    b.poll([m])
    assert b.counter("tcps_rcvbadsum") == 1
    b.poll([b.mbuf(0, 100, "E", csum=0)])
    assert b.so.recv(1000) == (0, b"x" * 100)
    assert b.so.recv(1000) == (EAGAIN, b"")


def test_window_closes_and_opens() -> None:
    b = Bench(enable=False, rcvbuf=4096)
    b.raw(bytes(6000))
    b.poll([b.mbuf(0, 6000, "E")])
    assert b.so.inp is not None
    last = b.frames()[-1].tcp
    assert last is not None
    assert b.counter("tcps_rcvpackafterwin") == 1
    assert last.ack == b.start + 4096
    assert last.window == 0
    assert b.so.recv(10000) == (0, bytes(4096))
    update = b.frames()[-1].tcp
    assert update is not None
    assert update.window << b.so.inp.tp.rcv_scale >= 4096 - 64  # type: ignore[union-attr]


def test_rst_and_challenge_ack() -> None:
    b = Bench()
    b.poll([b.mbuf(0, 0, "E", SYN)])
    assert b.so.inp is not None
    assert not b.so.inp.dropped
    assert len(b.out) == 1
    b.raw(bytes(8))
    b.poll([b.mbuf(4, 4, "E", RST)])
    assert not b.so.inp.dropped
    b.poll([b.mbuf(0, 0, "E", RST)])
    assert b.so.inp.dropped


# Socket buffer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("packets", "mbufs"),
    [
        ([(100, "D"), (200, "D")], 1),
        ([(100, "D"), (100, "E")], 2),
        ([(100, "D"), (513, "D")], 2),
        ([(100, "D"), (512, "D")], 1),
    ],
)
def test_g89_sbcompress(packets: list[tuple[int, str]], mbufs: int) -> None:
    b = Bench(lro=0)
    b.record(2000)
    at = 0
    for size, mark in packets:
        m = b.mbuf(at, at + size, mark)
        roomy = Mbuf(2048, ext=True)
        roomy.append(m.data)
        roomy.m_flags |= m.m_flags
        roomy.m_pkthdr = m.m_pkthdr
        b.poll([roomy], run=False)
        at += size
    assert len(list(b.sb.sb_mtls.chain())) == mbufs


def test_g89_shared_cluster_is_not_written() -> None:
    b = Bench(lro=0)
    rec = b.record(500)
    b.record(500)
    m = b.mbuf(0, rec.end + 10, "D")
    big = Mbuf(4096, ext=True)
    big.append(m.data)
    big.m_flags |= m.m_flags
    big.m_pkthdr = m.m_pkthdr
    b.poll([big])  # record one goes to the user, ten bytes stay in the same cluster
    assert not b.sb.sb_mtls.writable()
    b.poll([b.mbuf(rec.end + 10, rec.end + 20, "D")], run=False)
    assert len(list(b.sb.sb_mtls.chain())) == 2
    assert all(n.m_flags & M_DECRYPTED for n in b.sb.sb_mtls.chain())


@pytest.mark.parametrize(("bug", "sn"), [(True, 0x10001), (False, 0x10000)])
def test_g90_fin_counted_before_the_record_is_processed(bug: bool, sn: int) -> None:
    b = Bench(bugs=Bugs(fin_in_rcv_nxt=bug))
    rec = b.record()
    b.poll([b.mbuf(0, 1029, "E")], run=False)
    b.poll([b.mbuf(1029, 1029, "E", 0x11)], run=False)
    assert b.so.inp is not None
    assert b.so.inp.ktls_get_rx_sequence()[1] == sn
    b.run()
    b.user_ok(rec)
    assert b.calls == [(sn, 1029, 5)]


def test_g91_flush_while_decrypting() -> None:
    b = Bench(timing=KtlsTiming(record_ns=1000))
    b.record()
    b.record()
    b.send("E", run=False)
    b.run(2_500)
    assert b.sb.sb_tlsdcc == 1029
    b.so.shutdown("rd")
    assert (b.sb.sb_tlsdcc, b.sb.sb_ccc) == (0, 0)
    b.run()
    assert b.so.recvmsg(100).eof
    assert not b.sb.sb_flags & SB_TLS_RX_RUNNING
    assert b.calls == []


def test_g92_data_behind_a_shut_reader() -> None:
    b = Bench()
    b.so.shutdown("rd")
    b.record()
    b.send("E")
    assert b.so.inp is not None
    assert b.so.inp.tp is not None
    assert b.so.inp.tp.rcv_nxt == b.start + 1029
    assert (b.sb.sb_ccc, b.calls) == (0, [])
    assert b.so.recvmsg(10).eof
