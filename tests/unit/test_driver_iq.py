# SPDX-License-Identifier: BSD-2-Clause
"""The command queue as a ring: room, NOPs, doorbells, tags of several queues, answers by DMA."""

from __future__ import annotations

from errno import ENOMEM

import pytest

from sw_model.driver.iq import MAX_ENTRY_BLOCKS, ROOM, CommandQueue
from sw_model.nic import layout as lo
from sw_model.rng import stream

STATIC = lo.set_static(0, lo.StaticParams(False, bytes(4), 0, 0))  # two basic blocks
PSV = lo.get_psv(1)  # one


def answer(cmd: bytes, psv: bytes = bytes(16), status: int = 0) -> bytes:
    c = lo.Command.parse(cmd)
    return lo.Completion(c.opcode, status, c.tag, c.index, 0, 0, psv).pack()


@pytest.mark.parametrize(
    ("at", "cmd", "used", "nops"),
    [
        (0, PSV, 1, 0),
        (0, STATIC, 2, 0),
        (64 - MAX_ENTRY_BLOCKS, PSV, 1, 0),  # just enough left for the largest entry
        (64 - MAX_ENTRY_BLOCKS + 1, PSV, MAX_ENTRY_BLOCKS - 1 + 1, 1),
        (63, STATIC, 1 + 2, 1),
        (64, PSV, 1, 0),  # the ring begins again
    ],
)
def test_entries_do_not_wrap(at: int, cmd: bytes, used: int, nops: int) -> None:
    q = CommandQueue(lambda _: None, blocks=64)
    q.pc = at
    assert q.post(cmd) == 0
    assert (q.used, q.nops, q.pc) == (used, nops, at + used)
    assert (q.pc - 1) % 64 >= (q.pc - used) % 64 or nops  # the entry itself is in one piece
    q.check()


def test_a_nop_counts_against_the_room_until_its_entry_is_done() -> None:
    sent: list[bytes] = []
    q = CommandQueue(sent.append, blocks=48)
    q.pc = 33  # 15 blocks to the end
    assert q.post(PSV) == 0
    assert q.used == 16
    assert q.has_room_for(ROOM)
    assert q.post(PSV) == 0
    assert (q.used, q.post(PSV)) == (17, ENOMEM)
    q.completion(answer(sent[0]))
    assert (q.used, q.post(PSV)) == (1, 0)
    assert len(sent) == 3  # a NOP is the queue's own business


@pytest.mark.parametrize("blocks", [32, 34, 64, 100, 1024])
def test_full_and_empty_again(blocks: int) -> None:
    """Whatever the order of completions, every block comes back, and ENOMEM is never for ever."""
    sent: list[bytes] = []
    q = CommandQueue(sent.append, blocks=blocks)
    rng = stream(blocks, "iq")
    refused = done = 0
    for _ in range(2000):
        if rng.random() < 0.9:
            refused += bool(q.post(rng.choice((PSV, STATIC))))
        elif sent:
            q.completion(answer(sent.pop(rng.randrange(len(sent)))))
            done += 1
        q.check()
    assert refused
    assert done
    while sent:
        q.completion(answer(sent.pop()))
    assert (q.used, q.outstanding, q.post(PSV)) == (0, 0, 0)


def test_doorbell_held_back() -> None:
    """Entries posted in the receive interrupt take their room at once and go out at its end."""
    sent: list[bytes] = []
    order: list[str] = []
    q = CommandQueue(sent.append, blocks=64)
    q.hold_doorbell()
    assert q.post(PSV, lambda _: order.append("a")) == 0
    assert q.post(STATIC, lambda _: order.append("b")) == 0
    assert (sent, q.used, q.outstanding) == ([], 3, 2)
    q.execute(lo.destroy_key(1), lambda _: order.append("firmware"))
    assert [lo.Op(lo.Command.parse(c).opcode).name for c in sent] == ["DESTROY_KEY"]
    q.ring_doorbell()
    assert [lo.Op(lo.Command.parse(c).opcode).name for c in sent[1:]] == ["GET_PSV", "SET_STATIC"]
    for cmd in sent:
        q.completion(answer(cmd))
    assert order == ["firmware", "a", "b"]
    assert q.post(PSV) == 0
    assert len(sent) == 4  # and from now on at once


def test_doorbell_held_and_queue_full() -> None:
    q = CommandQueue(lambda _: None, blocks=33)
    q.hold_doorbell()
    assert [q.post(PSV) for _ in range(3)] == [0, 0, ENOMEM]


def test_torn_down_while_the_doorbell_is_held() -> None:
    sent: list[bytes] = []
    seen: list[object] = []
    q = CommandQueue(sent.append)
    q.hold_doorbell()
    q.post(PSV, seen.append)
    q.stop()
    q.ring_doorbell()
    assert (sent, seen, q.used) == ([], [None], 0)


def test_queues_share_a_command_stream() -> None:
    sent: list[bytes] = []
    a, b = (CommandQueue(sent.append, tags=range(i * 4, i * 4 + 4)) for i in range(2))
    for _ in range(4):
        assert (a.post(PSV), b.post(PSV)) == (0, 0)
    assert (a.post(PSV), b.post(PSV)) == (ENOMEM, ENOMEM)  # no tag left
    assert sorted(lo.Command.parse(c).tag for c in sent) == list(range(8))


def test_the_newest_answer_is_in_the_buffer() -> None:
    """Two answers arrive before either callback runs."""
    sent: list[bytes] = []
    buffer, seen = bytearray(128), []
    q = CommandQueue(sent.append)
    for name in "ab":
        q.post(PSV, lambda _, name=name: seen.append((name, bytes(buffer[:2]))), buffer)
    q.arrive(answer(sent[0], b"\x01" * 16))
    q.arrive(answer(sent[1], b"\x02" * 16))
    assert (seen, q.outstanding) == ([], 2)
    q.poll()
    assert seen == [("a", b"\x02\x02"), ("b", b"\x02\x02")]
    q.check()


def test_a_failed_answer_writes_nothing() -> None:
    sent: list[bytes] = []
    buffer = bytearray(128)
    q = CommandQueue(sent.append)
    q.post(PSV, None, buffer)
    q.completion(answer(sent[0], b"\x01" * 16, lo.CplStatus.BAD_INDEX))
    assert not any(buffer)
