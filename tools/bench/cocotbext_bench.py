# SPDX-License-Identifier: BSD-2-Clause
"""The same stimulus through cocotbext-axi's source and sink, on the engine's own ports.

Runs inside the simulator. Timed and compared is the same as in packet_bench.py.
"""

from __future__ import annotations

import gc
import json
import time
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, with_timeout
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

from sw_model.driver import csr
from sw_model.nic.layout import Completion, CplStatus
from tb.config import BenchConfig
from tools.bench.packet_bench import RESULT, WrongOutput
from tools.bench.stimulus import Stimulus, StimulusFrame

LIMIT_US = 1000
PERIOD_NS = 4


async def start(dut: Any, commands: list[bytes]) -> None:
    """Reset, enable, and every command completed."""
    reset, clock = dut.rst_i, dut.clk_i
    reset.value = 1
    dut.m_axis_cpl_tready.value = 0
    Clock(clock, PERIOD_NS, unit="ns").start(start_high=False)
    registers = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), clock, reset)
    queue = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_cmd"), clock, reset)
    answers = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_cpl"), clock, reset)
    await ClockCycles(clock, 16)
    reset.value = 0
    await ClockCycles(clock, 16)
    await registers.write_dword(csr.CONTROL, csr.CONTROL_ENABLE_MASK)
    for command in commands:
        queue.send_nowait(AxiStreamFrame(tdata=command))
    for number in range(len(commands)):
        answer = await with_timeout(answers.recv(), LIMIT_US, "us")
        if Completion.parse(bytes(answer.tdata)).status != CplStatus.OK:
            raise WrongOutput(f"command {number} was refused")


async def play(source: Any, sink: Any, frames: list[StimulusFrame]) -> None:
    """All frames in, all frames out and compared."""
    for frame in frames:
        source.send_nowait(AxiStreamFrame(tdata=frame.sent, tuser=0))
    for number, want in enumerate(frames):
        got = await with_timeout(sink.recv(), LIMIT_US, "us")
        users = set(got.tuser) if isinstance(got.tuser, list) else {got.tuser}
        if bytes(got.tdata) != want.expected:
            raise WrongOutput(f"frame {number}: bytes differ from the prediction")
        if users != {int.from_bytes(want.user, "little")}:
            raise WrongOutput(f"frame {number}: metadata differs from {want.meta}")


@cocotb.test()
async def packets(dut: Any) -> None:
    stimulus = Stimulus.load(Path(BenchConfig.load().scenario["stimulus"]))
    clock, reset = dut.clk_i, dut.rst_i
    source = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_rx"), clock, reset)
    sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_rx"), clock, reset)
    await start(dut, stimulus.commands)
    gc.freeze()  # as in packet_bench.py
    cpu, wall = time.process_time(), time.perf_counter()
    await play(source, sink, stimulus.frames)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    Path(RESULT).write_text(json.dumps({"cpu_s": cpu, "wall_s": wall}), encoding="utf-8")
