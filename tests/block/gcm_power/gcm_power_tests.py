# SPDX-License-Identifier: BSD-2-Clause
"""Powers of H with every pattern of exponent bits, and nothing left of them after a flush."""

from __future__ import annotations

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import FallingEdge

from sw_model.rng import stream
from tests.block.gf128_mul.field import mul, power

EXPONENTS = [1, 2, 3, 8, 1023, 1024, 1027, 0x555, 0x2AA, 2047]


async def reset(dut: HierarchyObject) -> None:
    cocotb.start_soon(Clock(dut.clk_i, 10, unit="ns").start())
    for name in ("start_i", "exponent_i", "worth_i", "h_i", "flush_i", "take_i"):
        getattr(dut, name).value = 0
    dut.rst_i.value = 1
    for _ in range(3):
        await FallingEdge(dut.clk_i)
    dut.rst_i.value = 0


async def one(dut: HierarchyObject, exponent: int, worth: int, h: int, wait: int) -> int:
    """One power, with operands that come and go as the contract allows; the cycles until done."""
    assert not int(dut.busy_o.value)
    dut.start_i.value = 1
    dut.exponent_i.value = exponent
    dut.worth_i.value = worth
    dut.h_i.value = ~h & ((1 << 128) - 1)
    await FallingEdge(dut.clk_i)
    dut.start_i.value = 0
    dut.exponent_i.value = 0
    dut.worth_i.value = 0
    dut.h_i.value = h
    cycles = 1
    while not int(dut.done_o.value):
        assert int(dut.busy_o.value)
        await FallingEdge(dut.clk_i)
        dut.h_i.value = 0
        cycles += 1
    for _ in range(wait):
        await FallingEdge(dut.clk_i)
        assert int(dut.done_o.value), "done must stay until it is taken"
    want = mul(worth, power(h, exponent))
    got = int(dut.result_o.value)
    assert got == want, f"exponent {exponent}: {got:032x}, expected {want:032x}"
    dut.take_i.value = 1
    await FallingEdge(dut.clk_i)
    dut.take_i.value = 0
    assert not int(dut.done_o.value)
    return cycles


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def powers(dut: HierarchyObject) -> None:
    rng = stream(cocotb.RANDOM_SEED, "gcm_power")
    steps = 128 // int(dut.Digit.value)
    await reset(dut)
    exponents = EXPONENTS + [rng.randrange(1, 2048) for _ in range(20)]
    for exponent in exponents:
        worth, h = rng.getrandbits(128), rng.getrandbits(128)
        took = await one(dut, exponent, worth, h, rng.randrange(3))
        ones = exponent.bit_count()
        assert took == 2 + steps * ones + exponent.bit_length() - ones, f"{exponent}: {took}"


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def flush(dut: HierarchyObject) -> None:
    rng = stream(cocotb.RANDOM_SEED, "gcm_power/flush")
    await reset(dut)
    await one(dut, 5, rng.getrandbits(128), rng.getrandbits(128), 0)
    assert int(dut.square_q.value), "there is nothing to flush"
    dut.flush_i.value = 1
    await FallingEdge(dut.clk_i)
    dut.flush_i.value = 0
    for register in (dut.square_q, dut.result_q, dut.acc_q):
        assert int(register.value) == 0, f"{register._name} is not flushed"
