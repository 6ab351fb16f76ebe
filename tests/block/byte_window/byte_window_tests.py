# SPDX-License-Identifier: BSD-2-Clause
"""Frames are read at random positions in random steps; what was read and passed is the frame."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge

from sw_model.rng import stream

GAPS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.4, 0.4))


@dataclass
class Frame:
    data: bytes
    off: int  # where the window starts
    end: int  # how far it is read; the rest is drained


def frames(rng: Random, width: int, count: int) -> list[Frame]:
    made = []
    for _ in range(count):
        size = rng.choice((1, width, width + 1, rng.randint(1, 6 * width), rng.randint(60, 300)))
        off = rng.randrange(size)
        made.append(
            Frame(rng.randbytes(size), off, rng.choice((off, size, rng.randint(off, size))))
        )
    return made


class Bench:
    def __init__(self, dut: HierarchyObject, rng: Random, gaps: tuple[float, float]) -> None:
        self.dut, self.rng, self.gaps = dut, rng, gaps
        self.width = len(dut.win_o) // 8
        self.passed: list[bytes] = []

    async def reset(self) -> None:
        dut = self.dut
        for name in (
            "s_axis_frm_tdata", "s_axis_frm_tkeep", "s_axis_frm_tvalid", "s_axis_frm_tlast",
            "m_axis_frm_tready", "start_i", "off_i", "drain_i", "take_i", "n_i",
        ):  # fmt: skip
            getattr(dut, name).value = 0
        dut.rst_i.value = 1
        Clock(dut.clk_i, 4, unit="ns").start()
        for _ in range(3):
            await RisingEdge(dut.clk_i)
        dut.rst_i.value = 0

    async def source(self, todo: list[Frame]) -> None:
        dut = self.dut
        for frame in todo:
            for at in range(0, len(frame.data), self.width):
                while self.rng.random() < self.gaps[0]:
                    await RisingEdge(dut.clk_i)
                piece = frame.data[at : at + self.width]
                dut.s_axis_frm_tdata.value = int.from_bytes(piece, "little")
                dut.s_axis_frm_tkeep.value = (1 << len(piece)) - 1
                dut.s_axis_frm_tlast.value = at + self.width >= len(frame.data)
                dut.s_axis_frm_tvalid.value = 1
                await RisingEdge(dut.clk_i)
                while dut.s_axis_frm_tready.value != 1:
                    await RisingEdge(dut.clk_i)
                dut.s_axis_frm_tvalid.value = 0

    async def sink(self) -> None:
        dut, data = self.dut, b""
        while True:
            dut.m_axis_frm_tready.value = self.rng.random() >= self.gaps[1]
            await RisingEdge(dut.clk_i)
            if dut.m_axis_frm_tvalid.value != 1 or dut.m_axis_frm_tready.value != 1:
                continue
            size = int(dut.m_axis_frm_tkeep.value).bit_count()
            data += int(dut.m_axis_frm_tdata.value).to_bytes(self.width, "little")[:size]
            if dut.m_axis_frm_tlast.value == 1:
                self.passed.append(data)
                data = b""

    async def read(self, frame: Frame, whole_steps: bool) -> int:
        """Read frame.off..frame.end in steps; the number of cycles it took."""
        dut, at, cycles = self.dut, frame.off, 0
        dut.start_i.value, dut.off_i.value = 1, frame.off
        await RisingEdge(dut.clk_i)
        dut.start_i.value = 0
        while at < frame.end:
            step = self.width if whole_steps else self.rng.randint(0, self.width)
            step = min(step, frame.end - at)
            dut.n_i.value, dut.take_i.value = step, 0
            await RisingEdge(dut.clk_i)
            cycles += 1
            if dut.ready_o.value != 1:
                continue
            # Taken in the next cycle; the window must not have moved meanwhile.
            dut.take_i.value = 1
            await RisingEdge(dut.clk_i)
            cycles += 1
            assert dut.ready_o.value == 1
            window = int(dut.win_o.value).to_bytes(self.width, "little")
            size = min(self.width, len(frame.data) - at)
            assert window[:size] == frame.data[at : at + size], f"at {at} of {frame}"
            self.beat(frame, at)
            dut.take_i.value = 0
            at += step
        dut.drain_i.value = 1
        for _ in range(1000):
            await RisingEdge(dut.clk_i)
            if dut.all_read_o.value == 1:
                break
        else:
            raise AssertionError("the frame's end was never read")
        dut.drain_i.value = 0
        return cycles

    def beat(self, frame: Frame, at: int) -> None:
        """The beat of the position, and the first bytes behind it."""
        dut, first = self.dut, at - at % self.width
        assert int(dut.pos_o.value) == at % self.width
        beat = int(dut.beat_o.value).to_bytes(self.width, "little")
        here = frame.data[first : first + self.width]
        assert beat[: len(here)] == here
        following = frame.data[first + self.width : first + self.width + 4]
        beyond = int(dut.beyond_o.value).to_bytes(4, "little")
        assert beyond[: len(following)] == following


@cocotb.test()
@cocotb.parametrize(gaps=GAPS, whole_steps=[False, True])
async def random_reads(dut: HierarchyObject, gaps: tuple[float, float], whole_steps: bool) -> None:
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, f"reads {gaps} {whole_steps}"), gaps)
    todo = frames(bench.rng, bench.width, 60)
    await bench.reset()
    cocotb.start_soon(bench.source(todo))
    cocotb.start_soon(bench.sink())
    for frame in todo:
        await bench.read(frame, whole_steps)
    await RisingEdge(dut.clk_i)
    assert bench.passed == [frame.data for frame in todo]


@cocotb.test()
async def one_beat_a_cycle(dut: HierarchyObject) -> None:
    """Steps of a whole beat, at every position, never wait once the window is full."""
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "speed"), (0.0, 0.0))
    await bench.reset()
    width = bench.width
    data = bench.rng.randbytes(40 * width)
    todo = [Frame(data, off, len(data)) for off in range(0, width, width // 8)]
    cocotb.start_soon(bench.source(todo))
    cocotb.start_soon(bench.sink())
    for frame in todo:
        dut.start_i.value, dut.off_i.value = 1, frame.off
        await RisingEdge(dut.clk_i)
        dut.start_i.value, dut.n_i.value = 0, width
        await RisingEdge(dut.clk_i)
        while dut.ready_o.value != 1:
            await RisingEdge(dut.clk_i)
        dut.take_i.value = 1
        for _ in range((len(data) - frame.off) // width - 1):
            await RisingEdge(dut.clk_i)
            assert dut.ready_o.value == 1
        dut.take_i.value, dut.drain_i.value = 0, 1
        await RisingEdge(dut.clk_i)
        while dut.all_read_o.value != 1:
            await RisingEdge(dut.clk_i)
        await RisingEdge(dut.clk_i)
        dut.drain_i.value = 0
