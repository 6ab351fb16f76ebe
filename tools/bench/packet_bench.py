# SPDX-License-Identifier: BSD-2-Clause
"""The project's packet bench on one stimulus: files in, files out, every frame compared.

Runs inside the simulator, on tb/hdl/tls_rx_tb.sv. Leaves the cycles of every frame and the CPU
time between the first frame's preparation and the last frame's comparison.
"""

from __future__ import annotations

import gc
import json
import time
from pathlib import Path
from typing import Any

import cocotb

from sw_model.driver import csr
from sw_model.nic.layout import CMD_W, META_W, Completion, CplStatus
from tb.bfm.axil import AxiLiteManager
from tb.bfm.file_axis import FileSink, FileSource, ReceivedFrame
from tb.config import BenchConfig
from tb.pacer import Pacer
from tools.bench.stimulus import Stimulus, StimulusFrame

RESULT = "cycles.json"
# A beat leaves the source one cycle after it was read from the file.
SOURCE_DELAY = 1
COMMAND_CYCLES = 1000
SLOWEST = 40  # cycles a beat after which a run counts as stuck


class WrongOutput(AssertionError):
    """The engine's output is not what it must be: no figure is worth anything."""


class PacketBench:
    """One engine; ``spacing`` is the number of cycles between frames, 0 for no gap."""

    def __init__(self, dut: Any, config: BenchConfig) -> None:
        self.dut, self.config = dut, config
        self.pacer = Pacer(dut, config.window_ns)
        self.wire = FileSource(dut.u_wire, "wire", config.data_w)
        self.commands = FileSource(dut.u_cmd, "cmd", CMD_W)
        self.host = FileSink(dut.u_host, "host", config.data_w, META_W)
        self.completions = FileSink(dut.u_cpl, "cpl", CMD_W, 32)
        self.registers = AxiLiteManager(dut, "s_axil", dut.clk)

    async def start(self, commands: list[bytes]) -> None:
        """Reset, enable, and every command completed."""
        for source in (self.wire, self.commands):
            source.configure(1, 0)
        for sink in (self.host, self.completions):
            sink.configure(1, 0)
        await self.pacer.reset()
        await self.registers.write(csr.CONTROL, csr.CONTROL_ENABLE_MASK)
        await self.pacer.align()
        for command in commands:
            self.commands.send_nowait(command)
        self.commands.flush()
        done = 0
        for _ in range(COMMAND_CYCLES * len(commands)):
            if done == len(commands):
                return
            await self.pacer.advance()
            for answer in self.completions.take():
                status = Completion.parse(answer.data).status
                if status != CplStatus.OK:
                    raise WrongOutput(f"command {done} completed with status {status}")
                done += 1
        raise WrongOutput(f"only {done} of {len(commands)} commands completed")

    async def play(self, frames: list[StimulusFrame], spacing: int) -> list[ReceivedFrame]:
        """All frames in, all frames out, each compared when it was seen."""
        beat = self.config.data_w // 8
        for number, frame in enumerate(frames):
            self.wire.send_nowait(frame.sent, self.pacer.cycle_at(0) + number * spacing)
        self.wire.flush()
        beats = sum(-(-len(frame.sent) // beat) for frame in frames)
        limit_ns = self.pacer.now + 4 * (SLOWEST * beats + spacing * len(frames) + 10_000)
        got: list[ReceivedFrame] = []
        while len(got) < len(frames):
            if self.pacer.now > limit_ns:
                raise WrongOutput(f"only {len(got)} of {len(frames)} frames came out: stuck")
            await self.pacer.advance()
            for out in self.host.take():
                compare(out, frames, len(got))
                got.append(out)
        return got


def compare(got: ReceivedFrame, frames: list[StimulusFrame], number: int) -> None:
    """Bytes and metadata as predicted."""
    if number >= len(frames):
        raise WrongOutput(f"frame {number} came out, but only {len(frames)} went in")
    want = frames[number]
    if got.data != want.expected:
        raise WrongOutput(f"frame {number}: bytes differ from the prediction")
    if got.user != int.from_bytes(want.user, "little"):
        raise WrongOutput(f"frame {number}: metadata differs from {want.meta}")


@cocotb.test()
async def packets(dut: Any) -> None:
    config = BenchConfig.load()
    stimulus = Stimulus.load(Path(config.scenario["stimulus"]))
    spacing = int(config.scenario.get("spacing", 0))
    bench = PacketBench(dut, config)
    await bench.start(stimulus.commands)
    await bench.pacer.align()
    gc.freeze()  # the stimulus lives to the end: no need for the collector to walk it
    cpu, wall = time.process_time(), time.perf_counter()
    got = await bench.play(stimulus.frames, spacing)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    start = bench.pacer.cycle_at(0) + SOURCE_DELAY
    result = {
        "cpu_s": cpu,
        "wall_s": wall,
        "first": [frame.first_cycle for frame in got],
        "last": [frame.last_cycle for frame in got],
        # With spacing the source is never held up; without, only the first frame's start is known.
        "first_in": [start + number * spacing for number in range(len(got) if spacing else 1)],
    }
    Path(RESULT).write_text(json.dumps(result), encoding="utf-8")
