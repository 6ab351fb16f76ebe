# SPDX-License-Identifier: BSD-2-Clause
"""Frames through the file-driven stream models: content, timing, gaps, stalls, user bit."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import Timer

from sw_model.rng import stream
from tb.bfm.file_axis import FileSink, FileSource
from tb.pacer import Pacer


@cocotb.test()
@cocotb.parametrize(gap=[0, 64], stall=[0, 64])
async def frames_arrive_unchanged(dut: Any, gap: int, stall: int) -> None:
    rng = stream(1, "frames")
    width = int(dut.DataW.value)
    source = FileSource(dut.u_src, "src", width)
    sink = FileSink(dut.u_snk, "snk", width, 32)
    source.configure(seed=7, gap_prob=gap)
    sink.configure(seed=9, stall_prob=stall)
    pacer = Pacer(dut, window_ns=1000)
    await pacer.reset()
    frames = [rng.randbytes(rng.choice((1, 15, 16, 17, 63, 64, 65, 1514))) for _ in range(100)]
    held = pacer.cycle_at(20_000)
    for i, frame in enumerate(frames):
        source.send_nowait(frame, held if i >= 50 else 0, user=i & 1)
    source.flush()
    got = []
    for _ in range(60):
        await pacer.advance()
        got += sink.take()
    assert [f.data for f in got] == frames
    assert [f.user for f in got] == [i & 1 for i in range(100)]
    assert got[50].first_cycle >= held > got[49].last_cycle
    assert source.sent() == 100
    cocotb.log.info("last cycle %d", got[-1].last_cycle)
    with open("last_cycle.txt", "w", encoding="ascii") as f:
        f.write(str(got[-1].last_cycle))
    await Timer(4, unit="ns")
