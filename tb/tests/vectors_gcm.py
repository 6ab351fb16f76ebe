# SPDX-License-Identifier: BSD-2-Clause
"""Let tb/vectors/gcm_tb.sv play its program to the end."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import Timer

WINDOW_NS = 10_000
LIMIT_NS = 10_000_000_000


@cocotb.test()
async def play(dut: Any) -> None:
    await Timer(41, unit="ns")
    dut.rst.value = 0
    for _ in range(LIMIT_NS // WINDOW_NS):
        await Timer(WINDOW_NS, unit="ns")
        if int(dut.done.value):
            return
    raise AssertionError(f"the program has not ended after {LIMIT_NS} ns")
