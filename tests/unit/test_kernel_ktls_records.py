# SPDX-License-Identifier: BSD-2-Clause
"""Classification of records, the user's view, and the calls to the driver."""

from __future__ import annotations

import itertools
from errno import EBADMSG

import pytest

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.mbuf import M_DECRYPTED, m_copydata
from tests.unit.kernel_bench import CSUM_GOOD, Bench

VERSIONS = ["1.2", "1.3"]


def crypto(b: Bench) -> tuple[int, int]:
    """(recrypts, decrypts) of the suite."""
    v = b.version.replace(".", "")
    names = (f"stats.ocf.tls{v}_gcm_recrypts", f"stats.ocf.tls{v}_gcm_decrypts")
    return b.counter(names[0]), b.counter(names[1])


@pytest.mark.parametrize("version", VERSIONS)
def test_b17_decrypted_records_need_nothing(version: str) -> None:
    b = Bench(version)
    records = [b.record() for _ in range(10)]
    b.poll([b.mbuf(0, len(b.wire), "D")], run=False)
    assert all(m.m_flags & M_DECRYPTED for m in b.sb.sb_mtls.chain())
    b.run()
    assert (b.calls, crypto(b)) == ([], (0, 0))
    b.user_ok(*records)
    assert b.so.record_stats.decrypted == 10


@pytest.mark.parametrize("field", [0x20000000, 0x30000000, 0])
def test_b18_other_codes_of_the_tls_field(field: int) -> None:
    b = Bench()
    rec = b.record()
    b.send("E", csum=CSUM_GOOD | field)
    assert crypto(b) == (0, 1)
    b.user_ok(rec)


def test_b20_longest_record_over_twelve_packets() -> None:
    b = Bench()
    rec = b.record(16384)
    assert len(rec.wire) == 16413
    b.send("D" * 12)
    b.user_ok(rec)


@pytest.mark.parametrize("mark", "DE")
def test_b21_header_cut_and_single_bytes(mark: str) -> None:
    b = Bench()
    first, second = b.record(100), b.record(40)
    b.send(mark * 2, [3])
    third = b.record(30)
    b.send(mark * len(third.wire))
    b.user_ok(first, second, third)
    assert len(b.calls) == (0 if mark == "D" else 3)


def test_b22_forty_records_in_one_packet() -> None:
    b = Bench()
    records = [b.record(5 + i % 7) for i in range(40)]
    b.send("D")
    b.user_ok(*records)
    assert b.calls == []


@pytest.mark.parametrize(("marks", "work"), [("DDD", (0, 0)), ("DED", (2, 2))])
def test_b23_b24_packet_over_a_boundary(marks: str, work: tuple[int, int]) -> None:
    b = Bench()
    first, second = b.record(), b.record()
    b.send(marks, [600, 1600])
    assert crypto(b) == work
    b.user_ok(first, second)
    assert b.calls == ([] if marks == "DDD" else [(0x10000, 1029, 5), (0x10405, 1029, 6)])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("marks", ["DDE", "EDD", "EDE", "DED"])
def test_b25_b26_mixed_patterns(version: str, marks: str, monkeypatch: pytest.MonkeyPatch) -> None:
    b = Bench(version)
    rec = b.record()
    ocf, seen = b.stack.ktls.ocf, []
    decrypt = ocf.ktls_ocf_decrypt

    def spy(tls, m, tls_len, seqno):  # type: ignore[no-untyped-def]
        seen.append(m_copydata(m, 0, tls_len))
        return decrypt(tls, m, tls_len, seqno)

    monkeypatch.setattr(ocf, "ktls_ocf_decrypt", spy)
    b.send(marks)
    assert seen == [rec.wire]  # recrypt gave the wire record back, byte by byte
    assert crypto(b) == (1, 1)
    assert b.calls == [(0x10000, len(rec.wire), 5)]
    b.user_ok(rec)


@pytest.mark.parametrize(("marks", "cut"), [("DE", 1028), ("ED", 1)])
def test_b27_one_byte_makes_it_mixed(marks: str, cut: int) -> None:
    b = Bench()
    rec = b.record()
    b.send(marks, [cut])
    assert crypto(b) == (1, 1)
    b.user_ok(rec)


def test_b28_only_header_and_nonce_decrypted() -> None:
    b = Bench()
    rec = b.record()
    b.send("DE", [13])
    assert crypto(b) == (1, 1)
    b.user_ok(rec)


@pytest.mark.parametrize("mark", "DE")
def test_b29_empty_record(mark: str) -> None:
    b = Bench()
    first, empty, last = b.record(10), b.record(0), b.record(10)
    assert len(empty.wire) == 29
    b.send(mark)
    b.user_ok(first, empty, last)


@pytest.mark.parametrize("kind", [21, 22])
def test_b30_control_records(kind: int) -> None:
    b = Bench()
    rec = b.record(b"\x01\x00", kind)
    b.send("D")
    b.user_ok(rec)


@pytest.mark.parametrize("marks", ["D", "E", "DE"])
def test_b31_tls13_inner_types_and_padding(marks: str) -> None:
    b = Bench("1.3")
    records = [
        b.record(b"\x02\x28", 21),
        b.record(b"AB", pad=3),
        b.record(64, pad=16),
        b.record(b"\0\0"),
    ]
    assert [int.from_bytes(r.wire[3:5], "big") for r in records] == [19, 22, 97, 19]
    b.send(marks)
    b.user_ok(*records)


@pytest.mark.parametrize("mark", "DE")
@pytest.mark.parametrize("length", [256, 33])
def test_b32_all_zero_inner_text(mark: str, length: int) -> None:
    b = Bench("1.3")
    b.record(inner=bytes(length - 16))
    good = b.record(20)
    b.send(mark)
    assert b.errors() == [EBADMSG]
    assert b.counter("stats.failed_crypto") == 1
    assert b.so.so_error == 0
    assert good.number == 6


def test_b32_as_the_kernel_does_it() -> None:
    """Low length byte 33 is taken for the type, the payload length becomes -1."""
    b = Bench("1.3", bugs=Bugs(all_zero_inner=True))
    b.record(inner=bytes(240))
    b.record(inner=bytes(17))
    b.send("D")
    got = b.msgs()
    assert [m.tls.tls_length for m in got if m.tls] == [0xFFFF]
    assert [m.record_type for m in got] == [33, None]
    assert b.counter("stats.failed_crypto") == 1


def test_b33_short_reads() -> None:
    b = Bench()
    rec, other = b.record(100), b.record(50)
    b.send("E")
    parts = [b.so.recvmsg(40) for _ in range(5)]
    assert b"".join(p.data for p in parts[:3]) == rec.payload
    assert [p.eor for p in parts] == [False, False, True, False, True]
    assert [p.record_type for p in parts] == [23, None, None, 23, None]
    assert parts[3].data + parts[4].data == other.payload


def test_b34_accounting_with_a_stopped_worker() -> None:
    b = Bench()
    before = b.sb.sbspace()
    for _ in range(3):
        b.record()
        b.send("E", run=False)
    assert (b.sb.sb_acc, b.sb.sb_ccc, b.sb.sb_tlscc) == (0, 3087, 3087)
    assert before - b.sb.sbspace() == 3087
    assert b.counter("stats.sw_rx_inqueue") == 1
    b.run()
    assert b.counter("stats.sw_rx_inqueue") == 0
    assert b.sb.sb_tlscc == 0
    window = b.frames()[-1].tcp
    assert window is not None


def test_f61_f62_call_sequence() -> None:
    b = Bench()
    records = [b.record() for _ in range(8)]
    b.send("DDEEEDDD")
    assert b.calls == [
        (0x1080A, 1029, 7),
        (0x10C0F, 1029, 8),
        (0x11014, 1029, 9),
        (0x1181E, 0, 10),
    ]
    b.user_ok(*records)


def test_software_mode_makes_no_calls() -> None:
    b = Bench(permitted=0)
    records = [b.record() for _ in range(3)]
    b.send("EEE")
    b.user_ok(*records)
    assert b.nic.log == []
    assert b.counter("stats.ocf.tls12_gcm_decrypts") == 3


@pytest.mark.parametrize("version", VERSIONS)
def test_chacha20_in_software(version: str) -> None:
    b = Bench(version, cipher="chacha20")
    rec = b.record()
    b.send("EE")
    b.user_ok(rec)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_flag_patterns_of_eight_buffers(version: str) -> None:
    """Whatever the marks, the result is software's."""
    b = Bench(version, lro=0)
    for pattern in itertools.product("DE", repeat=8):
        rec = b.record(64)
        b.send("".join(pattern))
        b.user_ok(rec)
    ends = [c for c in b.calls if c[1] == 0]
    assert len(ends) == 0  # only the first pattern is all D; the last D of a run ends nothing
    assert b.so.record_stats.decrypted == 1
    assert b.so.record_stats.mixed == 254
