# SPDX-License-Identifier: BSD-2-Clause
"""What a reader sees: classification, errors, control messages; kinds of the kernel's own tests."""

from __future__ import annotations

from errno import EAGAIN, EBADMSG, EINVAL, EIO, EMSGSIZE

import pytest

from sw_model.linux.tls_sw import Msg
from tests.unit.linux_kit import Bench
from tests.unit.stream_kit import Record

VERSIONS = ("1.2", "1.3")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("marks", "kinds"),
    [
        ("D", (1, 0, 0, 0)),
        ("E", (0, 0, 1, 0)),
        ("DDD", (1, 0, 0, 0)),
        ("EDDD", (0, 1, 0, 0)),
        ("DDEE", (0, 1, 0, 0)),
        ("EDEE", (0, 1, 0, 0)),
        ("DEDEDED", (0, 1, 0, 0)),
        ("DDF", (0, 1, 0, 0)),
        ("EDF", (0, 1, 0, 0)),
    ],
)
def test_marks_of_a_record(version: str, marks: str, kinds: tuple[int, ...]) -> None:
    """E, D and F (failed, keystream applied) packets in one record: always the right bytes."""
    b = Bench(version)
    rec = b.record(3000)
    b.send(marks)
    b.user_ok(rec)
    assert b.kinds == kinds
    assert b.mib("TlsDecryptError") == 0


def test_wrong_third_mark_costs_the_record() -> None:
    """Wire bytes marked as failed with keystream, in a mixed record: software spoils them."""
    b = Bench()
    rec = b.record(3000)
    b.poll(b.packet(0, 1000, "D"))
    wrong = b.packet(1000, rec.end, "E")
    wrong.skb.decrypt_failed = True
    b.poll(wrong)
    assert b.read().errno == EBADMSG


def test_failed_mark_alone_holds_wire_bytes() -> None:
    b = Bench()
    rec = b.record(3000)
    for begin, end in ((0, 1000), (1000, 2000), (2000, rec.end)):
        p = b.packet(begin, end, "E")
        p.skb.decrypt_failed = begin == 2000
        b.poll(p)
    b.user_ok(rec)
    assert b.kinds == (0, 0, 1, 0)


@pytest.mark.parametrize("version", VERSIONS)
def test_many_records_in_one_packet_and_one_read(version: str) -> None:
    b = Bench(version)
    recs = b.records(20, 100)
    b.send("D")
    assert b.read() == Msg(b"".join(r.payload for r in recs), 23, True)
    assert b.read().errno == EAGAIN
    assert b.kinds == (20, 0, 0, 0)


# ---- errors are sticky ---------------------------------------------------------------------------

GARBAGE = b"\x55" * 64


def test_bad_rec() -> None:
    """64 bytes 0x55: EMSGSIZE once, then nothing is ever parsed again."""
    b = Bench()
    b.raw(GARBAGE)
    b.send("E")
    assert [b.read().errno for _ in range(3)] == [EMSGSIZE, EAGAIN, EAGAIN]
    b.record()
    b.send("E")
    assert b.read().errno == EAGAIN


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mark", ["E", "DE"])
def test_bad_auth(version: str, mark: str) -> None:
    b = Bench(version)
    b.record(500, spoil=-1)
    b.records(2)
    b.send(mark, [300][: len(mark) - 1])
    assert [b.read().errno for _ in range(3)] == [EBADMSG] * 3
    assert b.kinds[3] == 1
    assert b.mib("TlsDecryptError") == 3
    assert b.tls.rx.rec_seq == 5


def test_bad_in_large_read() -> None:
    """Two good records come at once, then the third fails, and fails again."""
    b = Bench()
    recs = b.records(2)
    b.record(spoil=40)
    b.record()
    b.send("EEEE")
    assert b.read() == Msg(recs[0].payload + recs[1].payload, 23, True)
    assert [b.read().errno for _ in range(2)] == [EBADMSG, EBADMSG]


@pytest.mark.parametrize(
    ("version", "header", "errno"),
    [
        ("1.2", "1703030017", EBADMSG),  # 23 < 24
        ("1.2", "1703034018", 0),  # 16408
        ("1.2", "1703034019", EMSGSIZE),
        ("1.2", "1702030100", EINVAL),
        ("1.2", "1703040100", EINVAL),
        ("1.2", "630303ffff", EMSGSIZE),  # length before version
        ("1.2", "6303030100", 0),  # any type
        ("1.3", "170303000f", EBADMSG),
        ("1.3", "1703030010", 0),
        ("1.3", "1703034011", 0),  # 16401
        ("1.3", "1703034012", EMSGSIZE),
        ("1.3", "1703010100", EINVAL),
    ],
)
def test_headers(version: str, header: str, errno: int) -> None:
    """An error is seen with the header alone, long before the record is whole."""
    b = Bench(version)
    b.raw(bytes.fromhex(header) + bytes(8))
    b.send("E")
    assert b.read().errno == (errno or EAGAIN)


@pytest.mark.parametrize("text", [b"", b"\0", bytes(240)])
def test_13_text_without_a_type(text: bytes) -> None:
    """L = 16: there is no text at all; else nothing but zeros."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from sw_model.linux.tls import CipherContext

    b = Bench("1.3")
    head = b"\x17\x03\x03" + (len(text) + 16).to_bytes(2, "big")
    sealed = AESGCM(b.key).encrypt(CipherContext(b.info).nonce(head), text, head)
    for mark in "ED":
        b = Bench("1.3")
        b.raw(head + sealed, head + text + sealed[-16:])
        b.send(mark)
        assert b.read().errno == EBADMSG


def test_13_outer_type_is_not_looked_at() -> None:
    """The additional data always has the data type: FreeBSD refuses such a record."""
    b = Bench("1.3")
    rec = b.record()
    b.wire[0] = 24
    b.send("E")
    b.user_ok(rec)


# ---- the kernel's self tests, by name ------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mark", ["D", "E", "DE"])
class TestSelf:
    """tools/testing/selftests/net/tls.c"""

    def sent(self, version: str, mark: str, *sizes: int) -> tuple[Bench, list[Record]]:
        b = Bench(version)
        recs = [b.record(size) for size in sizes]
        b.send(mark)
        return b, recs

    def test_recv_max(self, version: str, mark: str) -> None:
        b, (rec,) = self.sent(version, mark, 16384)
        assert b.read(30000) == Msg(rec.payload, 23, True)

    def test_recv_small(self, version: str, mark: str) -> None:
        b, (rec,) = self.sent(version, mark, 10)
        assert b.read(10).data == rec.payload

    def test_recv_partial(self, version: str, mark: str) -> None:
        b, (rec, second) = self.sent(version, mark, 100, 50)
        assert b.read(60) == Msg(rec.payload[:60], 23, False)
        assert b.read(60) == Msg(rec.payload[60:] + second.payload[:20], 23, True)
        assert b.read(60) == Msg(second.payload[20:], 23, True)

    def test_recv_nonblock(self, version: str, mark: str) -> None:
        b = Bench(version)
        assert b.read().errno == EAGAIN

    def test_recv_peek(self, version: str, mark: str) -> None:
        b, (rec,) = self.sent(version, mark, 10)
        for _ in range(3):
            assert b.read(peek=True) == Msg(rec.payload, 23, True)
        b.user_ok(rec)
        assert sum(b.kinds) == 1

    def test_recv_peek_multiple_records(self, version: str, mark: str) -> None:
        b, recs = self.sent(version, mark, 10, 20, 30)
        whole = b"".join(r.payload for r in recs)
        assert b.read(15, peek=True).data == whole[:15]
        assert b.read(60, peek=True).data == whole
        assert b.read(15).data == whole[:15]
        assert b.read(100, peek=True).data == whole[15:]
        assert b.read(100).data == whole[15:]
        assert b.read().errno == EAGAIN

    def test_control_msg(self, version: str, mark: str) -> None:
        """No room for the type: the record stays, and comes with the next read that has it."""
        b = Bench(version)
        rec = b.record(10, type=100)
        b.send(mark)
        assert b.read(cmsg=False).errno == EIO
        assert b.read(peek=True) == Msg(rec.payload, 100, True)
        assert b.read() == Msg(rec.payload, 100, True)

    def test_types_do_not_mix(self, version: str, mark: str) -> None:
        b = Bench(version)
        recs = [b.record(10, type=t) for t in (23, 22, 22, 23, 23)]
        b.send(mark)
        assert [m.record_type for m in b.msgs()] == [23, 22, 22, 23]
        assert sum(b.kinds) == len(recs)

    def test_shutdown(self, version: str, mark: str) -> None:
        b, (rec,) = self.sent(version, mark, 10)
        b.fin()
        b.user_ok(rec)
        assert b.read().eof
        assert b.read().eof


ZERO_LEN = [
    # (type, size) of the records, then what reads give: (type, bytes)
    ([(23, 0), (23, 0), (23, 5)], [(23, 5)]),
    ([(22, 0), (23, 5)], [(22, 0), (23, 5)]),
    ([(23, 0), (22, 0), (23, 5)], [(23, 0), (22, 0), (23, 5)]),
    ([(22, 0), (22, 0)], [(22, 0), (22, 0)]),
    ([(23, 5), (23, 0), (22, 4)], [(23, 5), (22, 4)]),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("sent", "got"), ZERO_LEN)
def test_zero_len(version: str, sent: list[tuple[int, int]], got: list[tuple[int, int]]) -> None:
    b = Bench(version)
    for kind, size in sent:
        b.record(size, type=kind)
    b.send("D")
    assert [(m.record_type, len(m.data)) for m in b.msgs()] == got


def test_poll_partial_rec() -> None:
    b = Bench()
    rec = b.record()
    b.poll(b.packet(0, 500))
    assert not b.sk.readable()
    b.poll(b.packet(500, rec.end))
    assert b.sk.readable()


def test_end_inside_a_record_looks_like_a_good_end() -> None:
    """FreeBSD says EMSGSIZE; here the application has to miss the close_notify itself."""
    b = Bench()
    first = b.record()
    b.record()
    b.wire = b.wire[: first.end + 200]
    b.plain = b.plain[: first.end + 200]
    b.send("D")
    b.fin()
    b.user_ok(first)
    assert b.read().eof


@pytest.mark.parametrize(("pad", "kind", "retry", "violation"), [
    (0, 23, 0, 0), (3, 23, 1, 1), (0, 22, 1, 0),
])  # fmt: skip
def test_no_pad(pad: int, kind: int, retry: int, violation: int) -> None:
    b = Bench("1.3")
    assert b.sk.expect_no_pad() == 0
    rec = b.record(100, type=kind, pad=pad)
    b.send("E")
    b.user_ok(rec)
    assert (b.mib("TlsDecryptRetry"), b.mib("TlsRxNoPadViolation")) == (retry, violation)


def test_no_pad_is_for_13() -> None:
    assert Bench("1.2").sk.expect_no_pad() == EINVAL
