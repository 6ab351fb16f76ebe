# SPDX-License-Identifier: BSD-2-Clause
"""Cocotb tests of sync_fifo against a Python deque."""

from __future__ import annotations

import random
from collections import deque

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge


class TB:
    """Offers and takes words at random and checks every word, the count and both handshakes."""

    def __init__(self, dut) -> None:
        self.dut = dut
        self.rng = random.Random(cocotb.RANDOM_SEED)
        self.depth = int(dut.Depth.value)
        self.model: deque[int] = deque()
        self.taken = 0
        cocotb.start_soon(Clock(dut.clk_i, 4, unit="ns").start())

    async def reset(self) -> None:
        self.dut.wr_valid_i.value = 0
        self.dut.wr_data_i.value = 0
        self.dut.rd_ready_i.value = 0
        self.dut.rst_i.value = 1
        for _ in range(3):
            await RisingEdge(self.dut.clk_i)
        self.dut.rst_i.value = 0
        self.model.clear()
        await RisingEdge(self.dut.clk_i)

    async def cycles(self, count: int, write: float, read: float) -> None:
        """``write``, ``read``: share of cycles in which each side is willing."""
        dut = self.dut
        for _ in range(count):
            dut.wr_valid_i.value = int(self.rng.random() < write)
            dut.wr_data_i.value = self.rng.getrandbits(len(dut.wr_data_i))
            dut.rd_ready_i.value = int(self.rng.random() < read)
            await RisingEdge(dut.clk_i)
            self._check()
        dut.wr_valid_i.value = 0
        dut.rd_ready_i.value = 0

    def _check(self) -> None:
        dut = self.dut
        assert int(dut.count_o.value) == len(self.model)
        assert int(dut.wr_ready_o.value) == int(len(self.model) < self.depth)
        if dut.rd_valid_o.value == 1:
            assert self.model, "a word from nowhere"
            assert int(dut.rd_data_o.value) == self.model[0], "not the oldest word"
            if dut.rd_ready_i.value == 1:
                self.model.popleft()
                self.taken += 1
        if dut.wr_valid_i.value == 1 and dut.wr_ready_o.value == 1:
            self.model.append(int(dut.wr_data_i.value))


@cocotb.test()
@cocotb.parametrize(write=[0.2, 0.8, 1.0], read=[0.2, 0.8, 1.0])
async def random_traffic(dut, write: float, read: float) -> None:
    tb = TB(dut)
    await tb.reset()
    await tb.cycles(600, write, read)
    await tb.cycles(tb.depth + 4, 0.0, 1.0)
    assert not tb.model, "words are stuck"


@cocotb.test()
async def fills_to_its_depth_and_empties(dut) -> None:
    tb = TB(dut)
    await tb.reset()
    for _ in range(3):
        await tb.cycles(tb.depth + 3, 1.0, 0.0)
        assert len(tb.model) == tb.depth
        await tb.cycles(tb.depth + 3, 0.0, 1.0)
        assert not tb.model


@cocotb.test()
async def one_word_a_cycle(dut) -> None:
    tb = TB(dut)
    await tb.reset()
    await tb.cycles(202, 1.0, 1.0)
    want = 200 if tb.depth > 2 else 134  # two words in three cycles: the latency fills it
    assert tb.taken == want, "a bubble, or more latency than two cycles"


@cocotb.test()
async def reset_empties_it(dut) -> None:
    tb = TB(dut)
    await tb.reset()
    await tb.cycles(5, 1.0, 0.0)
    await tb.reset()
    assert dut.rd_valid_o.value == 0
    await tb.cycles(50, 0.5, 0.5)
