# SPDX-License-Identifier: BSD-2-Clause
"""GRO, the TCP queue and the parser: nothing mixes, nothing is parsed twice; and its bugs."""

from __future__ import annotations

from errno import EAGAIN, EBADMSG, EMSGSIZE
from typing import Any

import pytest

from sw_model.linux.bugs import NO_BUGS, Bugs
from sw_model.linux.gro import napi_gro_receive
from sw_model.linux.skbuff import SkBuff
from sw_model.linux.tcp_input import TcpReceiveQueue
from sw_model.rng import stream
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, PSH
from tests.unit.linux_kit import Bench

WINDOW = 1 << 20


# ---- GRO -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marks", "runs"),
    [
        ("DDDD", "D4"),
        ("DDED", "D2E1D1"),
        ("EEEE", "E4"),
        ("EFED", "E1F1E1D1"),
        ("DEDE", "D1E1D1E1"),
    ],
)
def test_84_gro_never_mixes_marks_nor_reorders(marks: str, runs: str) -> None:
    b = Bench()
    b.records(len(marks))
    packets = [b.packet(k * 1029, (k + 1) * 1029, m) for k, m in enumerate(marks)]
    got = napi_gro_receive(packets)
    assert "".join(f"{_letter(p.skb)}{p.segs}" for p in got) == runs
    at = 0
    for p in got:
        assert p.skb.seq == b.start + at
        at += len(p.skb.data)


def _letter(skb: SkBuff) -> str:
    return "D" if skb.decrypted else "F" if skb.decrypt_failed else "E"


@pytest.mark.parametrize(
    ("sizes", "flags", "segs"),
    [
        ([100, 100, 100], [ACK] * 3, [3]),
        ([100, 60, 100], [ACK] * 3, [2, 1]),  # a short one ends the packet
        ([60, 100], [ACK] * 2, [1, 1]),  # a longer one does not fit
        ([100, 100, 100], [ACK, ACK | PSH, ACK], [2, 1]),
        ([100, 100], [ACK, ACK | FIN], [1, 1]),
    ],
)
def test_gro_sizes_and_flags(sizes: list[int], flags: list[int], segs: list[int]) -> None:
    b = Bench()
    b.records(1)
    packets, at = [], 0
    for size, flag in zip(sizes, flags, strict=True):
        packets.append(b.packet(at, at + size, "D", flag))
        at += size
    assert [p.segs for p in napi_gro_receive(packets)] == segs


def test_gro_needs_consecutive_segments() -> None:
    b = Bench()
    b.records(1)
    packets = [b.packet(0, 100), b.packet(200, 300), b.packet(100, 200)]
    assert [p.segs for p in napi_gro_receive(packets)] == [1, 1, 1]


# ---- TCP queue -----------------------------------------------------------------------------------


def test_coalescing_and_collapsing_keep_the_marks_apart() -> None:
    q = TcpReceiveQueue(SeqNum(0))
    for at, mark in ((0, True), (10, True), (20, False), (30, False), (40, True)):
        q.tcp_data_queue(SkBuff(SeqNum(at), bytes(10), mark), WINDOW)
    assert [len(s.data) for s in q.sk_receive_queue] == [20, 20, 10]
    q.tcp_collapse()
    assert [(len(s.data), s.decrypted) for s in q.sk_receive_queue] == [
        (20, True), (20, False), (10, True),
    ]  # fmt: skip


def test_overlapping_segments_are_queued_as_they_are() -> None:
    """A front below rcv_nxt is not trimmed; readers skip it by sequence number."""
    q = TcpReceiveQueue(SeqNum(100))
    q.tcp_data_queue(SkBuff(SeqNum(100), b"a" * 50), WINDOW)
    q.tcp_data_queue(SkBuff(SeqNum(120), b"b" * 100, True), WINDOW)
    assert [(int(s.seq), len(s.data)) for s in q.sk_receive_queue] == [(100, 50), (120, 100)]
    assert b"".join(p.data for p in q.pieces(SeqNum(100), 120)) == b"a" * 50 + b"b" * 70
    assert q.tcp_inq() == 120
    q.check()
    q.tcp_collapse()
    assert [(int(s.seq), len(s.data)) for s in q.sk_receive_queue] == [(100, 50), (150, 70)]
    q.check()


@pytest.mark.parametrize("seed", range(30))
def test_random_segments_against_a_naive_receiver(seed: int) -> None:
    """Any segments in any order, with marks: each byte once, in order, the mark of a packet that
    brought it."""
    rng = stream(seed, "linux.queue")
    size, start = 400, rng.getrandbits(32)
    data = rng.randbytes(size)
    q = TcpReceiveQueue(SeqNum(start))
    brought: list[set[bool]] = [set() for _ in range(size)]
    for _ in range(120):
        begin = rng.randrange(size)
        end = min(size, begin + rng.randint(1, 60))
        mark = rng.random() < 0.5
        for i in range(begin, end):
            brought[i].add(mark)
        q.tcp_data_queue(SkBuff(SeqNum(start + begin), data[begin:end], mark), WINDOW)
        if rng.random() < 0.1:
            q.tcp_collapse()
        q.check()
        have = q.tcp_inq()
        assert all(brought[i] for i in range(have))
        assert have == size or not brought[have]
        at = 0
        for piece in q.pieces(SeqNum(start), have):
            for byte in piece.data:
                assert byte == data[at]
                assert piece.decrypted in brought[at]
                at += 1
        assert at == have


# ---- copy mode -----------------------------------------------------------------------------------


def test_one_mark_and_no_overlap_stays_in_place() -> None:
    b = Bench()
    recs = b.records(2)
    b.send("DD")
    assert not b.tls.strp.copy_mode
    assert b.tls.strp.queue.copied_seq == b.start
    b.user_ok(*recs)


def test_mixed_record_is_copied_out_with_its_marks() -> None:
    b = Bench()
    rec = b.record(3000)
    nxt = b.record()
    b.send("DDED", [1000, 2000, rec.end])
    strp = b.tls.strp
    assert strp.copy_mode
    assert strp.msg_ready
    assert strp.queue.copied_seq == b.start + rec.end
    assert strp.record_start == b.start
    assert [(len(f.data), f.decrypted) for f in strp.anchor] == [(2000, True), (1029, False)]
    b.user_ok(rec, nxt)


def overlap(b: Bench, first: str, second: str, cut: int, back: int) -> None:
    """Two packets of one record, the second starts ``back`` bytes before the end of the first."""
    end = len(b.wire)
    b.poll(b.packet(b.sent, cut, first))
    b.poll(b.packet(cut - back, end, second))
    b.sent = end


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("back", [1, 100, 500])
@pytest.mark.parametrize("marks", ["EE", "DE", "ED", "DD"])
def test_86_overlap_in_a_record(version: str, back: int, marks: str) -> None:
    b = Bench(version)
    rec = b.record(2000)
    overlap(b, *marks, cut=1000, back=back)
    assert b.tls.strp.copy_mode
    b.user_ok(rec)


@pytest.mark.parametrize("header", range(1, 13))
def test_overlap_across_a_header(header: int) -> None:
    """The second record's header straddles the end of the first packet."""
    b = Bench()
    recs = b.records(2)
    overlap(b, "E", "E", cut=recs[0].end + header, back=200)
    b.user_ok(*recs)


def test_recv_rcvbuf() -> None:
    """A record larger than what TCP will take: the parser reads it out piece by piece."""
    b = Bench(rcvbuf=4096)
    rec = b.record(16384)
    copied = False
    while b.sent < rec.end:
        edge = b.tls.strp.queue.rcv_nxt + b.sk.window
        end = min(rec.end, b.sent + 1448, edge.minus(b.start))
        if end <= b.sent:
            raise AssertionError(f"stalled at {b.sent}")
        b.poll(b.packet(b.sent, end, "D"))
        b.sent = end
        copied = copied or b.tls.strp.copy_mode
    assert copied
    b.user_ok(rec)
    assert b.kinds == (1, 0, 0, 0)


# ---- the bugs, each with its damage --------------------------------------------------------------


def run(bugs: Bugs, case: str) -> tuple[Any, ...]:
    """(errno, delivered right, kinds) of one read of a case."""
    b = Bench(bugs=bugs)
    rec = b.record(3000)
    if case == "overlap":
        overlap(b, "E", "E", cut=1000, back=100)
    elif case == "header":
        second = b.record(200)
        overlap(b, "E", "E", cut=rec.end + 3, back=200)
        assert b.read(len(rec.payload)).data == rec.payload
        rec = second
    elif case == "good then E":
        b.record()
        b.send("DE", [rec.end])
    else:
        b.send(case)
    msg = b.read(len(rec.payload))
    return msg.errno, msg.data == rec.payload, b.kinds


GOOD = (0, True)


@pytest.mark.parametrize(
    ("name", "case", "damage"),
    [
        ("strp_overlap_twice", "overlap", (EBADMSG, False)),  # bad tag, on good data
        ("strp_first_status", "DDE", (0, False)),  # ciphertext to the user, no error
        ("strp_first_status", "EDD", (EBADMSG, False)),
        ("strp_mixed_in_place", "DDE", (EBADMSG, False)),
        ("strp_copy_status", "DDE", (0, False)),
        ("strp_header_overlap", "header", (EMSGSIZE, False)),
    ],
)
def test_bug(name: str, case: str, damage: tuple[int, bool]) -> None:
    assert run(NO_BUGS, case)[:2] == GOOD
    assert run(Bugs(**{name: True}), case)[:2] == damage


def test_bug_walk_beyond_the_record() -> None:
    """The next record's packet makes a decrypted record look mixed: decrypted twice for nothing."""
    assert run(NO_BUGS, "good then E")[2] == (1, 0, 0, 0)
    assert run(Bugs(strp_walk_beyond=True), "good then E")[2] == (0, 1, 0, 0)


def test_every_byte_in_its_own_segment() -> None:
    b = Bench()
    rec = b.record(20)
    for at in range(rec.end):
        assert b.read().errno == EAGAIN
        b.poll(b.packet(at, at + 1, "DE"[at % 2]))
    b.user_ok(rec)
