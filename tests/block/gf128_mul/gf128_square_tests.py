# SPDX-License-Identifier: BSD-2-Clause
"""Squares of the field: the single bits decide a linear function completely."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import Timer

from sw_model.rng import stream
from tests.block.gf128_mul.field import mul


@cocotb.test()
async def squares(dut: HierarchyObject) -> None:
    rng = stream(cocotb.RANDOM_SEED, "gf128_square")
    values = [0, *[1 << i for i in range(128)], *[rng.getrandbits(128) for _ in range(200)]]
    for a in values:
        dut.a_i.value = a
        await Timer(1, "ns")
        got = int(dut.result_o.value)
        assert got == mul(a, a), f"square of {a:032x}: {got:032x}"
