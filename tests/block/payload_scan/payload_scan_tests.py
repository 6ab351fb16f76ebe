# SPDX-License-Identifier: BSD-2-Clause
"""Each verdict against a search in bytes; between beats the inputs are garbage."""

from __future__ import annotations

from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge

from sw_model.rng import stream
from tests.block.pkt_parse.frame_kit import record_header
from tests.block.pkt_parse.parse_ref import holds_record_header

LATENCY = 6


class Bench:
    """Drives beats and compares the verdicts that are due."""

    def __init__(self, dut: HierarchyObject, rng: Random) -> None:
        self.dut, self.rng = dut, rng
        self.width = len(dut.data_i) // 8
        self.due: list[bool | None] = [None] * LATENCY  # by cycle: nothing, or clean or not
        self.found = 0
        Clock(dut.clk_i, 4, unit="ns").start(start_high=False)

    async def start(self) -> None:
        dut = self.dut
        dut.rst_i.value = 1
        dut.valid_i.value = 0
        for _ in range(3):
            await RisingEdge(dut.clk_i)
        dut.rst_i.value = 0

    async def beat(self, values: tuple[int, ...], verdict: bool | None) -> None:
        dut = self.dut
        ports = ("valid_i", "first_i", "last_i", "base_i", "data_i", "start_i", "end_i")
        for port, value in zip(ports, values, strict=True):
            getattr(dut, port).value = value
        await RisingEdge(dut.clk_i)
        self.due.append(verdict)
        want = self.due.pop(0)
        assert dut.valid_o.value == (want is not None), "verdict in the wrong cycle"
        if want is not None:
            assert dut.clean_o.value == want
            self.found += not want

    async def gap(self) -> None:
        """No beat: whatever else the inputs say, it does not count."""
        rng = self.rng
        size = 8 * self.width
        junk = int.from_bytes((record_header() * 13)[: self.width], "little")
        data = rng.choice((junk, rng.getrandbits(size)))
        values = (rng.getrandbits(1), rng.getrandbits(1), rng.randrange(0, 512, self.width))
        await self.beat((0, *values, data, 4, rng.randrange(600)), None)

    async def frame(self, data: bytes, start: int, end: int, gaps: float, cut: bool) -> None:
        """One frame; ``cut``: it is abandoned before its last beat says so."""
        clean = not holds_record_header(data[start:end])
        for base in range(0, len(data), self.width):
            while self.rng.random() < gaps:
                await self.gap()
            last = base + self.width >= len(data)
            piece = data[base : base + self.width]
            piece += self.rng.randbytes(self.width - len(piece))
            word = int.from_bytes(piece, "little")
            ends = last and not cut
            values = (1, int(base == 0), int(ends), base, word, start, end)
            await self.beat(values, clean if ends else None)


def strewn(rng: Random, size: int) -> bytes:
    """Bytes with hardly a header in them, or many."""
    data = bytearray(rng.choice((3, 3, 22, 23, 0, 17, 64, 255)) for _ in range(size))
    if rng.random() < 0.5:
        data = bytearray(size)
    if size > 5 and rng.random() < 0.5:
        at = rng.randrange(size - 5)
        data[at : at + 5] = record_header(rng.choice((20, 22, 23)), length=rng.choice((17, 16408)))
    return bytes(data)


@cocotb.test()
async def every_place_and_bound(dut: HierarchyObject) -> None:
    """One header, bounds that hold it, cut off its first or its last byte."""
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "places"))
    await bench.start()
    size = 3 * bench.width
    for at in range(4, size - 4):
        data = bytes(at) + record_header() + bytes(size - at - 5)
        for start, end in ((at, at + 5), (at + 1, size), (4, at + 4), (4, size)):
            await bench.frame(data, start, end, 0.0, False)
    for _ in range(LATENCY):
        await bench.gap()
    assert bench.found == 2 * (size - 8)


@cocotb.test()
@cocotb.parametrize(gaps=[0.0, 0.5])
async def random_frames(dut: HierarchyObject, gaps: float) -> None:
    rng = stream(cocotb.RANDOM_SEED, f"random {gaps}")
    bench = Bench(dut, rng)
    await bench.start()
    for _ in range(600):
        data = strewn(rng, rng.choice((60, rng.randrange(6, 400))))
        start = rng.randrange(4, 120)
        end = rng.choice((start, len(data), rng.randrange(len(data) + 1)))
        await bench.frame(data, start, end, gaps, rng.random() < 0.05)
    for _ in range(LATENCY):
        await bench.gap()
    assert bench.found > 50
