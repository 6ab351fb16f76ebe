# SPDX-License-Identifier: BSD-2-Clause
"""Cut payloads into slots at random and put their keystream together again, byte by byte."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge

from sw_model.rng import stream
from tests.block.structs import SLOT, pack

MOST_WORDS = 3  # that may wait, those of the slot included


@dataclass
class Slot:
    """One slot: keystream for bytes start.. of a beat, from group byte text_from on."""

    start: int
    keystream: bytes
    text_from: int
    adv: int = 0
    end: bool = False
    last: bool = False
    ks_en: bool = True

    def word(self, noise: Random) -> int:
        values = {name: noise.getrandbits(bits) for name, bits in SLOT}
        values |= {
            "text_from": self.text_from,
            "text_bytes": len(self.keystream),
            "pkt_end": self.end,
            "ks_en": self.ks_en,
            "ks_start": self.start,
            "ks_adv": self.adv,
            "ks_last": self.last,
        }
        return pack(SLOT, **values)

    def data(self) -> int:
        return int.from_bytes(bytes(self.text_from) + self.keystream, "little")

    @property
    def words(self) -> int:
        return self.adv + self.end + (self.end and self.last) if self.ks_en else 0


def cut(rng: Random, width: int, bulk: bool) -> tuple[list[Slot], list[int]]:
    """Slots of one packet, and the words that the block must give for it."""
    slots: list[Slot] = []
    row = bytearray()
    at = beat = 0  # frame byte, and the beat that the slots have reached
    place = rng.randrange(width)
    for _ in range(rng.choice((1, 1, 2, 3, rng.randint(1, 30)))):
        size = width if bulk else rng.choice((0, 1, width, rng.randint(1, width)))
        at = place if not slots else at + (0 if bulk else rng.choice((0, 0, 5, 29, 3 * width)))
        while at // width - beat > 2:
            slots.append(Slot(rng.randrange(width), b"", rng.randrange(width), 2))
            beat += 2
        keystream = rng.randbytes(size)
        text_from = rng.randint(0, min(width - size, width - 1))
        slots.append(Slot(at % width, keystream, text_from, at // width - beat))
        beat = at // width
        row += bytes(max(0, at + size - len(row)))
        row[at : at + size] = keystream
        at += size
    last = max(beat, (len(row) - 1) // width + rng.randint(0, 2))
    while last - beat > 1:
        slots.append(Slot(rng.randrange(width), b"", rng.randrange(width), 1))
        beat += 1
    final = slots[-1]
    if final.adv == 2:  # the cutter ends a packet only when at most one beat is complete
        final = Slot(0, b"", 0)
        slots.append(final)
    final.end, final.last = True, last > beat
    row += bytes((last + 1) * width - len(row))
    words = [int.from_bytes(row[i : i + width], "little") for i in range(0, len(row), width)]
    return slots, words


async def start(dut: HierarchyObject) -> list[int]:
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


async def send(dut: HierarchyObject, slot: Slot) -> None:
    dut.ks_valid_i.value = 1
    dut.ks_i.value = slot.data()
    dut.ks_slot_i.value = slot.word(Random(slot.start))
    await RisingEdge(dut.clk_i)
    dut.ks_valid_i.value = 0


async def idle(dut: HierarchyObject, cycles: int) -> None:
    for _ in range(cycles):
        await RisingEdge(dut.clk_i)


@cocotb.test()
async def one_slot_makes_two_words(dut: HierarchyObject) -> None:
    """Known answer: a whole group, payload at byte 6 of its beat; the words come at once."""
    width = len(dut.beat_o) // 8
    got = await start(dut)
    keystream = bytes(range(1, width + 1))
    await send(dut, Slot(6, keystream, 0, end=True, last=True))
    await idle(dut, 4)
    want = [bytes(6) + keystream[: width - 6], keystream[width - 6 :].ljust(width, b"\0")]
    assert got == [int.from_bytes(word, "little") for word in want]


@cocotb.test()
async def two_beats_complete_before_a_slot(dut: HierarchyObject) -> None:
    """Known answer: text that spills, a gap, text two beats on."""
    width = len(dut.beat_o) // 8
    got = await start(dut)
    await send(dut, Slot(width - 1, b"\x11\x22", 3))
    await send(dut, Slot(1, b"\x33", 0, adv=2))
    await send(dut, Slot(0, b"", 0, end=True))
    await idle(dut, 6)
    assert got == [0x11 << 8 * (width - 1), 0x22, 0x3300]


@cocotb.test()
async def slots_without_keystream_are_ignored(dut: HierarchyObject) -> None:
    got = await start(dut)
    await send(dut, Slot(0, b"\xff", 0, adv=1, end=True, ks_en=False))
    await send(dut, Slot(3, b"\x55", 2, end=True))
    await idle(dut, 10)
    assert got == [0x55 << 24]


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.5], bulk=[False, True])
async def random_packets(dut: HierarchyObject, gap: float, bulk: bool) -> None:
    """Slots as close as they may come: a word leaves in every cycle in which one is due."""
    width = len(dut.beat_o) // 8
    got = await start(dut)
    rng = stream(cocotb.RANDOM_SEED, f"ks_align/{width}/{gap}/{bulk}")
    want: list[int] = []
    waiting = 0
    for _ in range(300):
        slots, words = cut(rng, width, bulk)
        want += words
        for slot in slots:
            while waiting + slot.words > MOST_WORDS or rng.random() < gap:
                await idle(dut, 1)
                waiting = max(0, waiting - 1)
            await send(dut, slot)
            waiting = max(0, waiting + slot.words - 1)
    await idle(dut, 2 + MOST_WORDS)
    assert len(got) == len(want), f"{len(got)} words, expected {len(want)}"
    for index, (have, expect) in enumerate(zip(got, want, strict=True)):
        assert have == expect, f"word {index}: {have:x}, expected {expect:x}"
