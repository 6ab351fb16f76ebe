# SPDX-License-Identifier: BSD-2-Clause
"""Products of the field: all pairs of single bits decide a bilinear function completely."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import Timer

from sw_model.rng import stream
from tests.block.gf128_mul.field import ONE, mul

# The McGrew and Viega GCM submission, test case 2: (ciphertext * H) of its GHASH.
H = 0x66E94BD4EF8A2C3B884CFA59CA342B2E
C1 = 0x0388DACE60B6A392F328C2B971B2FE78
X1 = 0x5E2EC746917062882C85B0685353DEB7


async def product(dut: HierarchyObject, a: int, b: int) -> int:
    dut.a_i.value = a
    dut.b_i.value = b
    await Timer(1, "ns")
    return int(dut.result_o.value)


@cocotb.test()
async def known_answers(dut: HierarchyObject) -> None:
    assert await product(dut, C1, H) == X1
    assert await product(dut, ONE, H) == H
    assert await product(dut, H, ONE) == H
    assert await product(dut, H, 0) == 0


@cocotb.test()
async def single_bits(dut: HierarchyObject) -> None:
    """Each bit of one operand against each third bit of the other, shifted from row to row."""
    for i in range(128):
        for j in range(i % 3, 128, 3):
            got = await product(dut, 1 << i, 1 << j)
            assert got == mul(1 << i, 1 << j), f"bit {i} times bit {j}: {got:032x}"


@cocotb.test()
async def random_products(dut: HierarchyObject) -> None:
    rng = stream(cocotb.RANDOM_SEED, "gf128_mul")
    for _ in range(1000):
        a, b = rng.getrandbits(128), rng.getrandbits(128)
        got = await product(dut, a, b)
        assert got == mul(a, b), f"{a:032x} * {b:032x}: {got:032x}"
