# SPDX-License-Identifier: BSD-2-Clause
"""Slots go in with gaps; the worth of each piece must be there after the fixed latency."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import FallingEdge

from sw_model.rng import stream
from tests.block.gf128_mul.field import mul, power

LATENCY = 4

# The McGrew and Viega GCM submission, test case 2: H, ciphertext, lengths, GHASH.
H = 0x66E94BD4EF8A2C3B884CFA59CA342B2E
BLOCKS = [0x0388DACE60B6A392F328C2B971B2FE78, 128]
GHASH = 0xF38CBB1AD69223DCC3457AE5B6B0F885


@dataclass(frozen=True)
class Slot:
    """Blocks of one cycle, the first of them in lane `first`."""

    h: int
    blocks: list[int]
    first: int = 0
    add: int = 0
    end: bool = False


@dataclass
class Bench:
    dut: HierarchyObject
    rng: Random
    due: list[int | None] = field(default_factory=list)  # worth that is due, for each cycle
    hashed: int = 0

    @property
    def lanes(self) -> int:
        return len(self.dut.block_i) // 128

    async def reset(self) -> None:
        cocotb.start_soon(Clock(self.dut.clk_i, 10, unit="ns").start())
        names = ("valid_i", "hash_i", "first_i", "last_i", "block_i", "power_i", "add_i", "end_i")
        for name in (*names, "flush_i"):
            getattr(self.dut, name).value = 0
        self.dut.rst_i.value = 1
        for _ in range(3):
            await FallingEdge(self.dut.clk_i)
        self.dut.rst_i.value = 0

    async def cycle(self, slot: Slot | None = None) -> None:
        """One cycle with or without a slot; what is due in it is checked at its end."""
        self.dut.valid_i.value = int(slot is not None)
        self.due.append(None)
        if slot is not None:
            self._drive(slot)
            for block in slot.blocks:
                self.hashed = mul(self.hashed ^ block, slot.h)
            if slot.end:
                self.due[-1] = self.hashed ^ slot.add
                self.hashed = 0
        await FallingEdge(self.dut.clk_i)
        want = self.due[-LATENCY] if len(self.due) >= LATENCY else None
        if want is not None:
            got = int(self.dut.worth_o.value)
            assert got == want, f"cycle {len(self.due)}: worth {got:032x}, expected {want:032x}"

    def _drive(self, slot: Slot) -> None:
        """Lanes that the slot does not name carry junk; the powers follow from H."""
        row = [self.rng.getrandbits(128) for _ in range(self.lanes)]
        row[slot.first : slot.first + len(slot.blocks)] = slot.blocks
        assert len(row) == self.lanes
        self.dut.hash_i.value = int(bool(slot.blocks))
        self.dut.first_i.value = slot.first
        self.dut.last_i.value = max(slot.first + len(slot.blocks) - 1, 0)
        self.dut.block_i.value = sum(block << 128 * lane for lane, block in enumerate(row))
        powers = [power(slot.h, k + 1) for k in range(self.lanes)]
        self.dut.power_i.value = sum(value << 128 * lane for lane, value in enumerate(powers))
        self.dut.add_i.value = slot.add
        self.dut.end_i.value = int(slot.end)

    async def finish(self) -> None:
        for _ in range(LATENCY):
            await self.cycle()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def published_vector(dut: HierarchyObject) -> None:
    """Both blocks in one slot where there is room, and one a slot."""
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "ghash/vector"))
    await bench.reset()
    assert mul(mul(BLOCKS[0], H) ^ BLOCKS[1], H) == GHASH, "the reference is wrong"
    await bench.cycle(Slot(H, BLOCKS[:1]))
    await bench.cycle(Slot(H, BLOCKS[1:], end=True))
    if bench.lanes > 1:
        await bench.cycle(Slot(H, BLOCKS, end=True))
    await bench.finish()


@cocotb.test(timeout_time=10, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def random_pieces(dut: HierarchyObject, gaps: float) -> None:
    """A new key with each piece; slots with any run of lanes, or with no block at all."""
    rng = stream(cocotb.RANDOM_SEED, f"ghash/{gaps}")
    bench = Bench(dut, rng)
    await bench.reset()
    h = rng.getrandbits(128)
    for _ in range(400):
        while rng.random() < gaps:
            await bench.cycle()
        count = rng.randrange(bench.lanes + 1)
        first = rng.randrange(bench.lanes - max(count, 1) + 1)
        end = rng.random() < 0.3
        add = rng.getrandbits(128) if end and rng.random() < 0.5 else 0
        blocks = [rng.getrandbits(128) for _ in range(count)]
        await bench.cycle(Slot(h, blocks, first, add, end))
        if end:
            h = rng.getrandbits(128)
    await bench.finish()


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def flush(dut: HierarchyObject) -> None:
    """A flush with powers of zero leaves no register with a power in it."""
    rng = stream(cocotb.RANDOM_SEED, "ghash/flush")
    bench = Bench(dut, rng)
    await bench.reset()
    h = rng.getrandbits(128)
    await bench.cycle(Slot(h, [rng.getrandbits(128) for _ in range(bench.lanes)], end=True))
    await bench.finish()
    held = [dut.power_q, dut.power_q2, dut.power_q3]
    units = range(bench.lanes - 1)
    if units:
        ahead = dut.u_ahead.gen_more
        held += [ahead.gen_unit[u].power_q for u in units] + [ahead.total_q]
    assert all(int(value.value) for value in held), "there is nothing to flush"
    dut.flush_i.value = 1
    dut.power_i.value = 0
    await bench.cycle()
    dut.flush_i.value = 0
    await bench.finish()
    assert not any(int(value.value) for value in held), "a power of H stays"
