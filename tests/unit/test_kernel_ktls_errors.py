# SPDX-License-Identifier: BSD-2-Clause
"""Bad headers, bad lengths, bad tags."""

from __future__ import annotations

import struct
from errno import EAGAIN, EBADMSG, EINVAL, EMSGSIZE

import pytest

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.sockbuf import SB_TLS_RX_RUNNING
from sw_model.wire.tcp import RST
from tests.unit.kernel_bench import Bench


def header(length: int, type: int = 23, major: int = 3, minor: int = 3) -> bytes:
    return struct.pack("!BBBH", type, major, minor, length)


def dropped(b: Bench) -> bool:
    """The connection is gone and the peer was told."""
    assert b.so.inp is not None
    frames = b.frames()
    sent_rst = bool(frames) and frames[-1].tcp is not None and bool(frames[-1].tcp.flags & RST)
    assert b.so.inp.dropped == sent_rst
    return sent_rst


@pytest.mark.parametrize(
    ("version", "head"),
    [
        ("1.2", {"major": 2}),
        ("1.2", {"minor": 4}),
        ("1.2", {"minor": 2}),
        ("1.3", {"minor": 4}),
        ("1.3", {"type": 24}),
    ],
)
def test_c35_bad_version_or_type_drops(version: str, head: dict[str, int]) -> None:
    b = Bench(version)
    b.raw(header(100, **head) + bytes(99))
    b.send("E")
    assert not dropped(b)  # nothing is looked at before the record is complete
    b.raw(bytes(1))
    b.send("E")
    assert dropped(b)
    assert b.counter("stats.corrupted_records") == 1
    assert (b.calls, b.errors()) == ([], [EINVAL])


def test_c35_any_outer_type_in_tls12() -> None:
    b = Bench()
    rec = b.record(10, 99)
    b.send("E")
    b.user_ok(rec)


@pytest.mark.parametrize(
    ("version", "length", "drop"),
    [
        ("1.2", 7, True),
        ("1.2", 8, False),
        ("1.2", 23, False),
        ("1.2", 16409, True),
        ("1.3", 16, False),
        ("1.3", 16402, True),
    ],
)
def test_c36_c37_bad_lengths(version: str, length: int, drop: bool) -> None:
    b = Bench(version)
    b.raw(header(length) + bytes(length))
    if drop and length == 7:
        b.raw(bytes(1))  # the worker needs 13 bytes to look at a header
    b.number += 1
    good = b.record(20)
    b.send("E")
    assert dropped(b) == drop
    assert b.counter("stats.corrupted_records") == drop
    assert b.counter("stats.failed_crypto") == (not drop)
    got = b.msgs()
    assert [m.errno for m in got if m.errno] == [EMSGSIZE]
    assert [m.data for m in got if m.data] == ([] if drop else [good.payload])


@pytest.mark.parametrize(
    ("version", "payload"), [("1.2", 0), ("1.2", 16384), ("1.3", 0), ("1.3", 16384)]
)
def test_c36_c37_lengths_at_the_limit(version: str, payload: int) -> None:
    b = Bench(version)
    rec = b.record(payload)
    assert len(rec.wire) - 5 in (24, 16408, 17, 16401)
    b.send("E" * 4)
    b.user_ok(rec)


def test_c38_record_shorter_than_its_header() -> None:
    b = Bench()
    b.raw(header(6) + bytes(6))
    b.send("E")
    assert (b.so.so_error, b.sb.sb_flags & SB_TLS_RX_RUNNING) == (0, 0)
    b.raw(bytes(2))
    b.send("E")
    assert dropped(b)
    assert b.errors() == [EMSGSIZE]
    b = Bench()
    b.raw(header(6) + bytes(6))
    b.send("E")
    b.fin()
    assert b.errors() == [EMSGSIZE]


def test_c39_oversize_is_noticed_late() -> None:
    b = Bench()
    b.raw(header(65535, major=2) + bytes(95))
    b.send("E")
    assert (b.so.so_error, dropped(b)) == (0, False)
    b.fin()
    assert b.errors() == [EMSGSIZE]


@pytest.mark.parametrize("cut", [1, 4, 5, 13, 500])
def test_c40_truncation(cut: int) -> None:
    b = Bench()
    first, second = b.record(), b.record()
    end = second.start + cut
    b.poll([b.mbuf(0, end, "E")])
    b.poll([b.mbuf(end, end, "E", 0x11)])
    got = b.msgs()
    assert [m.data for m in got if m.data] == [first.payload]
    assert [m.errno for m in got if m.errno] == [EMSGSIZE]


def test_c40_clean_end_of_file() -> None:
    b = Bench()
    rec = b.record()
    b.send("E")
    b.fin()
    b.user_ok(rec)
    assert b.so.recvmsg(100).eof


def test_c41_short_record_marked_decrypted() -> None:
    """Only a broken NIC can mark it: an error, and the model says so in its trace."""
    b = Bench()
    b.raw(header(20) + bytes(20))
    b.number += 1
    good = b.record(20)
    b.send("D")
    assert b.trace.count("kernel", "impossible_mark") == 1
    got = b.msgs()
    assert [m.errno for m in got if m.errno] == [EMSGSIZE]
    assert [m.data for m in got if m.data] == [good.payload]


def test_c41_as_the_kernel_does_it() -> None:
    b = Bench(bugs=Bugs(decrypted_no_min_length=True))
    b.raw(header(20) + bytes(20))
    b.send("D")
    (msg,) = b.msgs()
    assert (msg.data, msg.tls.tls_length if msg.tls else 0) == (b"", 65536 - 4)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("where", [20, -1, -16])
def test_d42_flipped_bit(version: str, where: int) -> None:
    b = Bench(version)
    b.record(spoil=where)
    good = b.record()
    b.send("EE", [good.start])
    got = b.msgs()
    assert [m.errno for m in got if m.errno] == [EBADMSG]
    assert [m.data for m in got if m.data] == [good.payload]
    assert b.counter("stats.failed_crypto") == 1
    assert b.calls == [(0x10000 + good.start, len(good.wire), 6)]  # none for the bad record
    assert not dropped(b)


def test_d44_bad_tag_in_a_mixed_record() -> None:
    """D D X with wire bytes in X: never delivered."""
    b = Bench()
    b.record(spoil=-1)
    b.send("DDE")
    assert b.counter("stats.ocf.tls12_gcm_recrypts") == 1
    assert b.errors() == [EBADMSG]
    assert b.msgs() == []


def test_d45_wrong_number_in_the_nic_does_not_matter_with_wire_bytes() -> None:
    """TLS 1.2: the keystream was right, so the marked parts are true plaintext."""
    b = Bench()
    rec = b.record()
    b.send("DDE")
    b.user_ok(rec)
    assert b.calls == [(0x10000, 1029, 5)]


def test_d45_transformed_bytes_without_a_mark_lose_a_good_record() -> None:
    """The missing third state: X holds plaintext but is not marked."""
    b = Bench()
    rec = b.record()
    b.wire[700:] = rec.plain[700:]
    b.send("DDE", [300, 700])
    assert b.errors() == [EBADMSG]


def test_d46_tls13_garbage_under_the_mark_is_caught_when_mixed() -> None:
    b = Bench("1.3")
    b.record()
    b.plain[5:600] = bytes(595)
    b.send("DDE", [300, 600])
    assert b.errors() == [EBADMSG]


def test_d47_bad_and_good_record_in_one_packet() -> None:
    b = Bench()
    b.record(spoil=-1)
    good = b.record()
    b.send("E")
    got = b.msgs()
    assert {(m.errno, m.data) for m in got} == {(EBADMSG, b""), (0, good.payload)}


def test_d48_the_kernel_does_not_check_marked_tags() -> None:
    """Why the bench needs a checker of its own: this record reaches the user."""
    b = Bench()
    rec = b.record(spoil=-1)
    b.send("D")
    b.user_ok(rec)


def test_d49_bad_record_leaves_a_hole() -> None:
    b = Bench()
    b.record()
    b.record()
    b.record()
    b.record(spoil=100)
    b.record()
    b.send("DDEEE")
    assert b.calls == [(0x1080A, 1029, 7), (0x11014, 1029, 9)]


def test_d50_error_and_data_order() -> None:
    """Queued records come before so_error; two errors before a read are one."""
    b = Bench()
    b.record(spoil=100)
    good = b.record()
    b.record(spoil=100)
    b.send("EEE")
    outcome = [(m.errno, m.data) for m in b.msgs()]
    assert sorted(outcome) == [(0, good.payload), (EBADMSG, b"")]


def test_fin_while_the_worker_runs() -> None:
    """The error for the truncated rest comes behind the whole record."""
    b = Bench(timing=KtlsTiming(record_ns=1000))
    first, _ = b.record(), b.record()
    b.poll([b.mbuf(0, 1500, "E")], run=False)
    b.run(2_500)
    assert b.sb.sb_tlsdcc == 1029
    b.poll([b.mbuf(1500, 1500, "E", 0x11)], run=False)
    assert b.so.so_error == 0
    b.run()
    got = b.msgs()
    assert [m.data for m in got if m.data] == [first.payload]
    assert [m.errno for m in got if m.errno] == [EMSGSIZE]


def test_no_end_of_file_before_the_last_record_is_done() -> None:
    b = Bench(timing=KtlsTiming(record_ns=1000))
    rec = b.record()
    b.send("E", run=False)
    b.run(2_500)
    b.poll([b.mbuf(1029, 1029, "E", 0x11)], run=False)
    assert (b.sb.sb_tlscc, b.sb.sb_tlsdcc) == (0, 1029)
    assert b.so.recvmsg(100).errno == EAGAIN
    b.run()
    b.user_ok(rec)
    assert b.so.recvmsg(100).eof
