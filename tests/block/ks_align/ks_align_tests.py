# SPDX-License-Identifier: BSD-2-Clause
"""Cut payloads into slots at random and put their keystream together again, byte by byte."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from sw_model.rng import stream

TEXT, TAG, SKIP = 1, 2, 3

# slot_t from its least significant field up: only what ks_align reads.
BYTES_AT, START_AT, FROM_AT, KS_EN_AT, PKT_END_AT = 0, 7, 13, 19, 20


@dataclass
class Slot:
    """One slot: payload bytes start.. of a beat, keystream from byte ks_from on."""

    start: int
    keystream: bytes
    ks_from: int
    last: bool = False
    ks_en: bool = True

    def word(self) -> int:
        return (
            len(self.keystream) << BYTES_AT
            | self.start << START_AT
            | self.ks_from << FROM_AT
            | self.ks_en << KS_EN_AT
            | self.last << PKT_END_AT
        )

    def data(self) -> int:
        return int.from_bytes(bytes(self.ks_from) + self.keystream, "little")


def cut(rng: Random, width: int, offset: int, keystream: bytes, largest: int) -> list[Slot]:
    """Slots that cover a payload which starts at byte `offset` of a beat."""
    slots, done = [], 0
    while done < len(keystream):
        size = min(rng.randint(1, largest), len(keystream) - done)
        ks_from = rng.randint(0, width - size)
        piece = keystream[done : done + size]
        if rng.random() < 0.2:  # bytes without crypto have keystream zero
            piece = bytes(size)
        slots.append(Slot((offset + done) % width, piece, ks_from))
        done += size
    if rng.random() < 0.3:
        slots.append(Slot(rng.randrange(width), b"", 0))  # an empty slot that only ends the packet
    slots[-1].last = True
    return slots


def words(width: int, offset: int, slots: list[Slot]) -> list[int]:
    """The words that the block must give for one packet."""
    row = bytes(offset) + b"".join(slot.keystream for slot in slots)
    row += bytes(-len(row) % width)
    return [int.from_bytes(row[i : i + width], "little") for i in range(0, len(row), width)]


async def start(dut: cocotb.handle.HierarchyObject) -> list[int]:
    """Clock, reset, and a list that collects the words as they leave."""
    dut.ks_valid_i.value = 0
    dut.ks_i.value = 0
    dut.ks_slot_i.value = 0
    dut.rst_i.value = 1
    Clock(dut.clk_i, 4, unit="ns").start(start_high=False)
    for _ in range(3):
        await RisingEdge(dut.clk_i)
    dut.rst_i.value = 0
    got: list[int] = []

    async def collect() -> None:
        while True:
            await RisingEdge(dut.clk_i)
            if dut.beat_valid_o.value == 1:
                got.append(int(dut.beat_o.value))

    cocotb.start_soon(collect())
    return got


async def send(dut: cocotb.handle.HierarchyObject, slot: Slot) -> None:
    dut.ks_valid_i.value = 1
    dut.ks_i.value = slot.data()
    dut.ks_slot_i.value = slot.word()
    await RisingEdge(dut.clk_i)
    dut.ks_valid_i.value = 0


async def idle(dut: cocotb.handle.HierarchyObject, cycles: int) -> None:
    for _ in range(cycles):
        await RisingEdge(dut.clk_i)


@cocotb.test()
async def one_slot_makes_two_words(dut: cocotb.handle.HierarchyObject) -> None:
    """Known answer: the whole first group, payload at byte 6 of its beat."""
    width = len(dut.beat_o) // 8
    got = await start(dut)
    keystream = bytes(range(1, width + 1))
    await send(dut, Slot(6, keystream, 0, last=True))
    await idle(dut, 10)
    want = [bytes(6) + keystream[: width - 6], keystream[width - 6 :].ljust(width, b"\0")]
    assert got == [int.from_bytes(word, "little") for word in want]


@cocotb.test()
async def slots_without_keystream_are_ignored(dut: cocotb.handle.HierarchyObject) -> None:
    got = await start(dut)
    await send(dut, Slot(0, b"\xff", 0, last=True, ks_en=False))
    await send(dut, Slot(3, b"\x55", 2, last=True))
    await idle(dut, 10)
    assert got == [0x55 << 24]


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.5], fine=[False, True])
async def random_packets(dut: cocotb.handle.HierarchyObject, gap: float, fine: bool) -> None:
    """A packet takes at least its beats and one cycle more than its slots, as the tracker does."""
    width = len(dut.beat_o) // 8
    got = await start(dut)
    rng = stream(cocotb.RANDOM_SEED, f"ks_align/{width}/{gap}/{fine}")
    want: list[int] = []
    for _ in range(150):
        offset = rng.randrange(width)
        keystream = rng.randbytes(rng.choice([1, width, 2 * width, rng.randint(1, 8 * width)]))
        slots = cut(rng, width, offset, keystream, 3 if fine else width)
        if not fine and rng.random() < 0.5:  # as in bulk data: whole groups, no gaps
            pieces = [keystream[i : i + width] for i in range(0, len(keystream), width)]
            slots = [Slot(offset, piece, 0) for piece in pieces]
            slots[-1].last = True
        expected = words(width, offset, slots)
        want += expected
        cycles = 0
        for slot in slots:
            while rng.random() < gap:
                await idle(dut, 1)
                cycles += 1
            await send(dut, slot)
            cycles += 1
        await idle(dut, max(1, len(expected) - cycles))
    await idle(dut, 40)
    assert len(got) == len(want), f"{len(got)} words, expected {len(want)}"
    for index, (have, expect) in enumerate(zip(got, want, strict=True)):
        assert have == expect, f"word {index}: {have:x}, expected {expect:x}"
