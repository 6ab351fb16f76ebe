# SPDX-License-Identifier: BSD-2-Clause
"""GF(2^128) as SP 800-38D section 6.3 writes it, one bit a step: the reference of the tests."""

ONE = 1 << 127
R = 0xE1 << 120


def mul(x: int, y: int) -> int:
    """Algorithm 1 of SP 800-38D: bit 127 of the numbers is the first bit of the block."""
    z, v = 0, y
    for i in range(127, -1, -1):
        if x >> i & 1:
            z ^= v
        v = v >> 1 ^ (R if v & 1 else 0)
    return z


def power(x: int, n: int) -> int:
    z = ONE
    for _ in range(n):
        z = mul(z, x)
    return z
