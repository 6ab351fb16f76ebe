# SPDX-License-Identifier: BSD-2-Clause
"""Cocotb tests of pkt_parse: headers against a second reading of the rules, beats exact."""

from __future__ import annotations

import logging
import random

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge, with_timeout
from cocotb.types import LogicArray
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from tests.block.pauses import pauses
from tests.block.pkt_parse import frame_cases, frame_kit
from tests.block.pkt_parse.parse_ref import Header, expected

Sent = tuple[str, bytes, bool]  # name, frame, bad


class TB:
    """Source, frame sink and header sink around the parser."""

    def __init__(self, dut, seed: int, gap: float = 0.0, stall: float = 0.0) -> None:
        self.dut = dut
        self.rng = random.Random(seed)
        logging.getLogger("cocotb.pkt_parse").setLevel(logging.WARNING)
        cocotb.start_soon(Clock(dut.clk_i, 4, unit="ns").start())
        self.source = AxiStreamSource(
            AxiStreamBus.from_prefix(dut, "s_axis_rx"), dut.clk_i, dut.rst_i
        )
        self.gap, self.stall = gap, stall
        self.headers: list[Header] = []
        self.frames: list[bytes] = []
        self.cycle = 0
        self.ends_in: list[int] = []  # cycle in which each frame's last beat was taken
        self.first_in = -1
        self.hdr_cycles: list[int] = []
        self.oversize_out = 0

    async def start(self, gated: bool) -> None:
        """Reset; ``gated``: a frame is taken only after its header, as the tracker does."""
        dut = self.dut
        dut.rst_i.value = 1
        dut.hdr_ready_i.value = 0
        if gated:
            dut.m_axis_frm_tready.value = 0
        else:
            self.sink = AxiStreamSink(
                AxiStreamBus.from_prefix(dut, "m_axis_frm"), dut.clk_i, dut.rst_i
            )
            if self.stall:
                self.sink.set_pause_generator(pauses(self.rng, self.stall))
        if self.gap:
            self.source.set_pause_generator(pauses(self.rng, self.gap))
        for _ in range(4):
            await RisingEdge(dut.clk_i)
        dut.rst_i.value = 0
        await RisingEdge(dut.clk_i)
        cocotb.start_soon(self._watch_input())
        cocotb.start_soon(self._take_headers())
        if gated:
            cocotb.start_soon(self._take_frames())

    async def _watch_input(self) -> None:
        dut = self.dut
        while True:
            await RisingEdge(dut.clk_i)
            self.cycle += 1
            if dut.s_axis_rx_tvalid.value == 1 and dut.s_axis_rx_tready.value == 1:
                if self.first_in < 0:
                    self.first_in = self.cycle
                if dut.s_axis_rx_tlast.value == 1:
                    self.ends_in.append(self.cycle)

    async def _take_headers(self) -> None:
        dut = self.dut
        while True:
            dut.hdr_ready_i.value = int(self.rng.random() >= self.stall)
            await RisingEdge(dut.clk_i)
            if dut.hdr_valid_o.value == 1 and dut.hdr_ready_i.value == 1:
                header = Header.unpack(int(LogicArray(dut.hdr_o.value)))
                whole = len(self.ends_in) > len(self.headers)
                assert whole or header.oversize, "header offered before its frame's last beat"
                self.headers.append(header)
                self.hdr_cycles.append(self.cycle)

    async def _take_frames(self) -> None:
        """Ready only while a header waits for its frame."""
        dut = self.dut
        beat = bytearray()
        size = len(dut.m_axis_frm_tkeep)
        while True:
            due = len(self.headers) > len(self.frames)
            dut.m_axis_frm_tready.value = int(due and self.rng.random() >= self.stall)
            await RisingEdge(dut.clk_i)
            if dut.m_axis_frm_tvalid.value == 1 and dut.m_axis_frm_tready.value == 1:
                count = int(dut.m_axis_frm_tkeep.value).bit_count()
                word = int(LogicArray(dut.m_axis_frm_tdata.value))
                beat += word.to_bytes(size, "little")[:count]
                if dut.m_axis_frm_tlast.value == 1:
                    self.frames.append(bytes(beat))
                    beat.clear()

    def send(self, sent: list[Sent]) -> None:
        for _, data, bad in sent:
            # The bit counts at the last beat only: the rest of the frame says the opposite.
            user = [int(not bad)] * len(data)
            user[-1] = int(bad)
            width = len(self.dut.s_axis_rx_tkeep)
            tail = (len(data) - 1) // width * width
            user[tail:] = [int(bad)] * (len(data) - tail)
            self.source.send_nowait(AxiStreamFrame(data, tuser=user))

    async def finish(self, sent: list[Sent], gated: bool) -> None:
        """Wait for everything and compare."""
        for index, (name, data, bad) in enumerate(sent):
            if gated:
                while len(self.frames) <= index:
                    await RisingEdge(self.dut.clk_i)
                got = self.frames[index]
            else:
                got = bytes((await self.sink.recv()).tdata)
            assert got == data, f"frame {index} ({name}): {len(got)} bytes for {len(data)}"
            while len(self.headers) <= index:
                await RisingEdge(self.dut.clk_i)
            want = expected(data, bad)
            assert self.headers[index] == want, (
                f"frame {index} ({name}), {data[:140].hex()}\n"
                f"  got  {self.headers[index]}\n  want {want}"
            )
        for _ in range(40):
            await RisingEdge(self.dut.clk_i)
        assert len(self.headers) == len(sent), "a header too many"
        assert self.dut.m_axis_frm_tvalid.value == 0, "a beat too many"


async def run(dut, sent: list[Sent], gap: float, stall: float, gated: bool = False) -> TB:
    tb = TB(dut, cocotb.RANDOM_SEED, gap, stall)
    await tb.start(gated)
    tb.send(sent)
    await with_timeout(tb.finish(sent, gated), 4, "ms")
    return tb


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.5], stall=[0.0, 0.5])
async def one_frame_for_each_rule(dut, gap: float, stall: float) -> None:
    sent = [(name, frame, False) for name, frame in frame_cases.directed()]
    await run(dut, sent, gap, stall)


@cocotb.test()
async def every_truncation(dut) -> None:
    sent = [(name, frame, False) for name, frame in frame_cases.truncations()]
    await run(dut, sent, 0.0, 0.0, gated=True)


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.4])
async def record_headers_in_the_payload(dut, gap: float) -> None:
    sent = [(name, frame, False) for name, frame in frame_cases.planted()]
    tb = await run(dut, sent, gap, 0.0)
    found = sum(not header.clean for header in tb.headers)
    assert 146 < found < len(sent) - 20, f"{found} of {len(sent)}: the frames test nothing"


@cocotb.test()
async def bad_frames_are_never_looked_up(dut) -> None:
    cases = [case for case in frame_cases.directed() if len(case[1]) < 2000]
    sent = [(name, frame, bad) for name, frame in cases for bad in (True, False)]
    await run(dut, sent, 0.1, 0.1, gated=True)


@cocotb.test()
@cocotb.parametrize(stall=[0.0, 0.3])
async def oversize_frames_flow_through(dut, stall: float) -> None:
    """Longer than the whole store, right at the limit, and ordinary frames around them."""
    small = frame_kit.tcp4(frame_kit.text(10))
    sizes = (16384, 16385, 16384 + 64, 16384 + 65, 40000)
    sent: list[Sent] = [("before", small, False)]
    for size in sizes:
        sent.append((f"{size} bytes", frame_kit.tcp4(frame_kit.text(size - 54)), size == 16385))
        sent.append(("between", small, False))
    await run(dut, sent, 0.0, stall, gated=True)


@cocotb.test()
async def waits_when_nothing_drains(dut) -> None:
    """Header side shut, then frame side shut: nothing is lost, nothing overruns."""
    one_beat, whole = frame_kit.text(9), frame_kit.tcp4(frame_kit.text(5))
    sent = [(str(i), whole if i % 40 == 39 else one_beat, False) for i in range(200)]
    tb = TB(dut, cocotb.RANDOM_SEED)
    await tb.start(gated=False)
    tb.sink.pause = True
    tb.stall = 1.0
    tb.send(sent)
    for _ in range(1000):
        await RisingEdge(dut.clk_i)
    assert dut.s_axis_rx_tready.value == 0, "took more headers than there is room for"
    assert not tb.headers
    tb.stall = 0.0
    for _ in range(100):
        await RisingEdge(dut.clk_i)
    tb.sink.pause = False
    await with_timeout(tb.finish(sent, gated=False), 1, "ms")


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.3], stall=[0.0, 0.3])
async def random_mix(dut, gap: float, stall: float) -> None:
    rng = random.Random(cocotb.RANDOM_SEED)
    pool = [frame for _, frame in frame_cases.directed() if len(frame) < 400]
    sent = [
        (f"random {i}", frame_cases.random_frame(rng, pool), rng.random() < 0.05)
        for i in range(400)
    ]
    await run(dut, sent, gap, stall, gated=rng.random() < 0.5)


@cocotb.test()
@cocotb.parametrize(size=[64, 65, 1514])
async def one_beat_a_cycle(dut, size: int) -> None:
    """Back-to-back frames are taken, checked and offered without a bubble."""
    count = 100 if size < 100 else 20
    frame = frame_kit.tcp4(frame_kit.text(size - 54))
    tb = await run(dut, [("full rate", frame, False)] * count, 0.0, 0.0)
    beats = -(-size // len(dut.s_axis_rx_tkeep))
    taken = tb.ends_in[-1] - tb.first_in + 1
    assert taken == count * beats, f"{taken} cycles for {count} frames of {beats} beats"
    offered = tb.hdr_cycles[-1] - tb.hdr_cycles[0]
    assert offered == (count - 1) * beats, f"headers over {offered} cycles"
    latency = tb.hdr_cycles[-1] - tb.ends_in[-1]
    dut._log.warning(
        "%d-byte frames: %d cycles a frame, header %d cycles after the last beat",
        size,
        taken // count,
        latency,
    )
