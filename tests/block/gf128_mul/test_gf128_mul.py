# SPDX-License-Identifier: BSD-2-Clause
"""gf128_mul and gf128_square: single bits, a vector, then random against the bit-serial product."""

from tb.runner import block_test


def test_gf128_mul(sim: str) -> None:
    block_test("gf128_mul", "gf128_mul_tests", sim)


def test_gf128_square(sim: str) -> None:
    block_test("gf128_square", "gf128_square_tests", sim)
