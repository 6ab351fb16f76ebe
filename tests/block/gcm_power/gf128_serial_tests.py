# SPDX-License-Identifier: BSD-2-Clause
"""Products of the field, some digits a cycle, against the bit-serial definition."""

from __future__ import annotations

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import FallingEdge

from sw_model.rng import stream
from tests.block.gf128_mul.field import ONE, mul


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def products(dut: HierarchyObject) -> None:
    """A start while a product is running begins anew."""
    rng = stream(cocotb.RANDOM_SEED, "gf128_serial")
    steps = 128 // int(dut.Digit.value)
    cocotb.start_soon(Clock(dut.clk_i, 10, unit="ns").start())
    dut.start_i.value = 0
    dut.rst_i.value = 1
    await FallingEdge(dut.clk_i)
    await FallingEdge(dut.clk_i)
    dut.rst_i.value = 0
    pairs = [(ONE, 1), (1, ONE), (1, 1), (0, ONE)]
    pairs += [(rng.getrandbits(128), rng.getrandbits(128)) for _ in range(20)]
    for number, (a, b) in enumerate(pairs):
        starts = [(~a & 1, b ^ 1), (a, b)] if number % 3 == 0 else [(a, b)]
        for first, second in starts:
            dut.a_i.value = first
            dut.b_i.value = second
            dut.start_i.value = 1
            await FallingEdge(dut.clk_i)
        dut.start_i.value = 0
        cycles = 0
        while not int(dut.done_o.value):
            await FallingEdge(dut.clk_i)
            cycles += 1
        assert cycles == steps
        assert int(dut.result_o.value) == mul(a, b), f"{a:032x} * {b:032x}"
        await FallingEdge(dut.clk_i)
        assert not int(dut.done_o.value), "done is one cycle long"
        assert int(dut.result_o.value) == mul(a, b), "the result must hold"
