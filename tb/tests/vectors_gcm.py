# SPDX-License-Identifier: BSD-2-Clause
"""Let tb/vectors/gcm_tb.sv play its program to the end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cocotb
from cocotb.triggers import Timer

from tb.vectors.gcm import PROGRAM

WINDOW_NS = 10_000
SHORTEST_WORD = 64  # bytes, at 128 bits
NS_PER_WORD = 2_000  # 500 cycles: a key takes 150 at most


@cocotb.test()
async def play(dut: Any) -> None:
    limit = WINDOW_NS + Path(PROGRAM).stat().st_size // SHORTEST_WORD * NS_PER_WORD
    await Timer(41, unit="ns")
    dut.rst.value = 0
    for _ in range(0, limit, WINDOW_NS):
        await Timer(WINDOW_NS, unit="ns")
        if int(dut.done.value):
            return
    raise AssertionError(f"the program has not ended after {limit} ns: the core hangs")
