# SPDX-License-Identifier: BSD-2-Clause
"""Frames for the parser's tests, built byte by byte and apart from the models' own builders."""

from __future__ import annotations

import struct

MACS = bytes(range(0x10, 0x1C))
SRC4, DST4 = bytes((10, 1, 2, 3)), bytes((192, 168, 200, 7))
SRC6, DST6 = bytes(range(0x20, 0x30)), bytes(range(0xF0, 0x100))


def internet_checksum(data: bytes) -> int:
    """RFC 1071, word by word with the carry brought round each time."""
    total = 0
    for at in range(0, len(data), 2):
        total += (data[at] << 8) | (data[at + 1] if at + 1 < len(data) else 0)
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def pseudo(src: bytes, dst: bytes, length: int) -> bytes:
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, 6, length)
    return src + dst + struct.pack("!IBBBB", length, 0, 0, 0, 6)


def tcp(
    src: bytes,
    dst: bytes,
    payload: bytes = b"",
    options: bytes = b"",
    flags: int = 0x10,
    seq: int = 0x89ABCDEF,
    data_offset: int | None = None,
    flip: int = 0,
) -> bytes:
    """A segment; ``flip`` is XORed into the right checksum."""
    words = 5 + len(options) // 4 if data_offset is None else data_offset
    head = struct.pack("!HHIIBBH", 443, 50000, seq, 77, words << 4, flags, 9000)
    body = options + payload
    whole = head + bytes(4) + body
    check = internet_checksum(pseudo(src, dst, len(whole)) + whole) ^ flip
    return head + struct.pack("!HH", check, 0) + body


def ipv4(
    payload: bytes,
    options: bytes = b"",
    proto: int = 6,
    frag: int = 0x4000,
    total: int | None = None,
    first: int | None = None,
    flip: int = 0,
) -> bytes:
    """An IPv4 packet; ``first`` overrides version and IHL, ``total`` the total length."""
    words = 5 + len(options) // 4
    length = 4 * words + len(payload) if total is None else total
    head = struct.pack(
        "!BBHHHBBH4s4s",
        0x40 | words if first is None else first,
        0,
        length & 0xFFFF,
        0x1234,
        frag,
        64,
        proto,
        0,
        SRC4,
        DST4,
    )
    head += options
    check = internet_checksum(head) ^ flip
    return head[:10] + struct.pack("!H", check) + head[12:] + payload


def ipv6(
    payload: bytes,
    exts: tuple[tuple[int, bytes], ...] = (),
    proto: int = 6,
    length: int | None = None,
    version: int = 6,
) -> bytes:
    """An IPv6 packet; ``exts`` are (type, whole header but its next-header byte)."""
    kinds = [kind for kind, _ in exts] + [proto]
    chain = b"".join(bytes((nxt,)) + body for (_, body), nxt in zip(exts, kinds[1:], strict=True))
    size = len(chain) + len(payload) if length is None else length
    head = struct.pack("!IHBB", version << 28 | 0x51234, size & 0xFFFF, kinds[0], 64)
    return head + SRC6 + DST6 + chain + payload


def ether(packet: bytes, ethertype: int, tags: tuple[tuple[int, int], ...] = ()) -> bytes:
    """An Ethernet frame without FCS; ``tags`` are (TPID, TCI)."""
    middle = b"".join(struct.pack("!HH", *tag) for tag in tags)
    return MACS + middle + struct.pack("!H", ethertype) + packet


def ext(length: int, third: int = 0, fourth: int = 0) -> bytes:
    """An extension header of 8 * (length + 1) bytes, less its first byte."""
    return bytes((length, third, fourth)) + bytes(8 * length + 4)


def tcp4(payload: bytes = b"", **fields: int) -> bytes:
    return ether(ipv4(tcp(SRC4, DST4, payload, **fields)), 0x0800)  # type: ignore[arg-type]


def tcp6(payload: bytes = b"", exts: tuple[tuple[int, bytes], ...] = ()) -> bytes:
    return ether(ipv6(tcp(SRC6, DST6, payload), exts), 0x86DD)


def text(size: int) -> bytes:
    return bytes((7 * i + size) & 0xFF for i in range(size))


def record_header(kind: int = 23, version: int = 0x0303, length: int = 1000) -> bytes:
    return struct.pack("!BHH", kind, version, length)
