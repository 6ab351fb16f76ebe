# SPDX-License-Identifier: BSD-2-Clause
"""The Internet checksum (RFC 1071) and the TCP pseudo-headers of IPv4 and IPv6."""

from __future__ import annotations

import struct

IPPROTO_TCP = 6


def ones_sum(data: bytes | memoryview) -> int:
    """One's complement sum of the 16-bit big endian words; an odd last byte is padded with zero.

    2^16 = 1 (mod 65535), so the whole string as one number, modulo 65535, is the folded sum. Only
    a string of zeros has the sum 0; every other multiple of 65535 folds to 0xffff.
    """
    number = int.from_bytes(data, "big")
    if len(data) & 1:
        number <<= 8
    return number % 0xFFFF or (0xFFFF if number else 0)


def checksum(data: bytes | memoryview, initial: int = 0) -> int:
    """The field value that makes ``data`` (with a zero field) verify."""
    total = ones_sum(data) + initial
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def verifies(data: bytes | memoryview, initial: int = 0) -> bool:
    """True if ``data``, its checksum field included, and ``initial`` sum to 0xffff."""
    return checksum(data, initial) == 0


def pseudo_sum(src: bytes, dst: bytes, tcp_len: int) -> int:
    """Sum of the TCP pseudo-header: RFC 9293 section 3.1 (IPv4), RFC 8200 section 8.1 (IPv6)."""
    return ones_sum(src + dst + struct.pack("!II", tcp_len, IPPROTO_TCP))
