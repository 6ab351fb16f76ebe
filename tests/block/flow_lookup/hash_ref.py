# SPDX-License-Identifier: BSD-2-Clause
"""The hash of flow_hash.sv in Python, and keys that collide in every way at once."""

from __future__ import annotations

import random
from functools import cache

KEY_W = 302
WAYS = 4
M32 = 0xFFFF_FFFF


@cache
def mask(seed: int, index: int) -> int:
    """Bits of the key whose parity is bit ``index`` of way ``seed``'s hash."""
    word = 0
    for i in range(1, 11):
        x = ((seed * 64 + index) * 16 + i) * 0x9E37_79B9 & M32
        x = (x ^ x >> 16) * 0x85EB_CA6B & M32
        x = (x ^ x >> 13) * 0xC2B2_AE35 & M32
        word = word << 32 | x ^ x >> 16
    return word & ((1 << KEY_W) - 1)


def buckets(key: int, width: int) -> tuple[int, ...]:
    """Bucket of the key in each way."""
    return tuple(
        sum(((key & mask(way, bit)).bit_count() & 1) << bit for bit in range(width))
        for way in range(WAYS)
    )


def colliding(rng: random.Random, width: int, count: int) -> list[int]:
    """Distinct keys with the same bucket in every way.

    The hash is linear over GF(2): sums of keys with equal hashes are found by elimination.
    """
    basis: dict[int, tuple[int, int]] = {}  # leading bit of the hash -> hash, key
    kernel: list[int] = []
    while len(kernel) < count:
        key = rng.getrandbits(KEY_W)
        value = 0
        for bucket in buckets(key, width):
            value = value << width | bucket
        while value:
            known = basis.get(value.bit_length())
            if known is None:
                basis[value.bit_length()] = value, key
                break
            value, key = value ^ known[0], key ^ known[1]
        if value == 0 and key:
            kernel.append(key)
    start = rng.getrandbits(KEY_W)
    keys = [start ^ key for key in kernel]
    assert len({buckets(key, width) for key in keys}) == 1
    return keys
