# SPDX-License-Identifier: BSD-2-Clause
"""The Internet checksum (RFC 1071) and the TCP pseudo-headers of IPv4 and IPv6."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

IPPROTO_TCP = 6
LONG = 256  # bytes for which an array is faster than a large number
_WORDS = np.dtype("<u4")


def ones_sum(data: bytes | memoryview) -> int:
    """One's complement sum of the 16-bit big endian words; an odd last byte is padded with zero.

    2^16 = 1 (mod 65535), so the whole string as one number, modulo 65535, is the folded sum. Only
    a string of zeros has the sum 0; every other multiple of 65535 folds to 0xffff.
    """
    size = len(data)
    if size < LONG:
        number = int.from_bytes(data, "big") << 8 * (size & 1)
    else:
        # Swapped bytes give the swapped sum (RFC 1071 section 2 B), and 32-bit words the same one.
        words = np.frombuffer(data, _WORDS, size >> 2)
        number = int(np.add.reduce(words, dtype=np.uint64)) << 8
        rest = size & 3
        if rest:
            number += int.from_bytes(data[-rest:], "big") << 8 * (rest & 1)
    return number % 0xFFFF or (0xFFFF if number else 0)


def checksum(data: bytes | memoryview, initial: int = 0) -> int:
    """The field value that makes ``data`` (with a zero field) verify."""
    return complement(ones_sum(data) + initial)


def complement(total: int) -> int:
    """The field value for words that sum to ``total``; 32-bit numbers may stand for two words."""
    return ~(total % 0xFFFF or (0xFFFF if total else 0)) & 0xFFFF


def verifies(data: bytes | memoryview, initial: int = 0) -> bool:
    """True if ``data``, its checksum field included, and ``initial`` sum to 0xffff."""
    total = ones_sum(data) + initial
    return total % 0xFFFF == 0 and total != 0


@lru_cache(maxsize=1024)
def addresses_sum(src: bytes, dst: bytes) -> int:
    """The part of pseudo-headers and IP headers that is the same for all between two hosts."""
    return ones_sum(src + dst)


def pseudo_sum(src: bytes, dst: bytes, tcp_len: int) -> int:
    """Sum of the TCP pseudo-header: RFC 9293 section 3.1 (IPv4), RFC 8200 section 8.1 (IPv6)."""
    return (addresses_sum(src, dst) + IPPROTO_TCP + tcp_len) % 0xFFFF or 0xFFFF
