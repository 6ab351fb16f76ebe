# SPDX-License-Identifier: BSD-2-Clause
"""Cocotb tests of axis_register, driven and judged by cocotbext-axi."""

from __future__ import annotations

import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from tests.block.pauses import pauses


class TB:
    def __init__(self, dut, gap: float, stall: float) -> None:
        self.dut = dut
        self.rng = random.Random(cocotb.RANDOM_SEED)
        cocotb.start_soon(Clock(dut.clk_i, 4, unit="ns").start())
        self.source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis"), dut.clk_i, dut.rst_i)
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis"), dut.clk_i, dut.rst_i)
        if gap:
            self.source.set_pause_generator(pauses(self.rng, gap))
        if stall:
            self.sink.set_pause_generator(pauses(self.rng, stall))

    async def reset(self) -> None:
        self.dut.rst_i.value = 1
        for _ in range(4):
            await RisingEdge(self.dut.clk_i)
        self.dut.rst_i.value = 0
        await RisingEdge(self.dut.clk_i)


async def watch_handshake(dut) -> None:
    """AXI4-Stream 2.2.1: once valid, neither valid nor the beat changes before ready."""
    held = None
    while True:
        await RisingEdge(dut.clk_i)
        beat = None
        if dut.m_axis_tvalid.value == 1 and dut.rst_i.value == 0:
            names = ("m_axis_tdata", "m_axis_tkeep", "m_axis_tlast", "m_axis_tuser")
            beat = tuple(str(getattr(dut, name).value) for name in names)
        assert held is None or beat == held, "an offered beat changed"
        held = beat if beat and dut.m_axis_tready.value == 0 else None


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.5], stall=[0.0, 0.5])
async def frames_arrive_unchanged(dut, gap: float, stall: float) -> None:
    tb = TB(dut, gap, stall)
    await tb.reset()
    cocotb.start_soon(watch_handshake(dut))
    frames = [tb.rng.randbytes(tb.rng.randrange(1, 200)) for _ in range(60)]
    for index, data in enumerate(frames):
        await tb.source.send(AxiStreamFrame(data, tuser=index & 1))
    for index, data in enumerate(frames):
        got = await with_timeout(tb.sink.recv(), 100, "us")
        assert bytes(got.tdata) == data, f"frame {index}"
        assert got.tuser == (index & 1), f"frame {index}"
    for _ in range(10):
        await RisingEdge(dut.clk_i)
    assert tb.sink.empty(), "a frame too many"


@cocotb.test()
async def one_beat_a_cycle(dut) -> None:
    """No bubble, and a stop of one side for one cycle costs that cycle only."""
    tb = TB(dut, 0.0, 0.0)
    await tb.reset()
    size = len(dut.s_axis_tkeep)
    await tb.source.send(AxiStreamFrame(tb.rng.randbytes(100 * size)))
    cycles = []
    for cycle in range(160):
        await RisingEdge(dut.clk_i)
        if dut.m_axis_tvalid.value == 1 and dut.m_axis_tready.value == 1:
            cycles.append(cycle)
        tb.sink.pause = cycle == 50
    assert len(cycles) == 100
    assert cycles[-1] - cycles[0] == 100
