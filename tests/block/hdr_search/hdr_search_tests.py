# SPDX-License-Identifier: BSD-2-Clause
"""Known headers, all bounds with their neighbours, then random bytes full of near misses."""

from __future__ import annotations

from itertools import product
from random import Random

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import Timer

from sw_model.rng import stream
from sw_model.wire.tls import RecordHeader


def expected(data: bytes, tls13: bool, any_version: bool) -> int:
    """One bit a position, by the models' own rule."""
    bits = 0
    for i in range(len(data) - 4):
        if any_version:
            good = data[i] in range(20, 24) and data[i + 1 : i + 3] == b"\3\3"
            good = good and 17 <= int.from_bytes(data[i + 3 : i + 5], "big") <= 16408
        else:
            header = RecordHeader.parse(data[i : i + 5])
            good = header is not None and header.plausible("1.3" if tls13 else "1.2")
        bits |= good << i
    return bits


def any_version(dut: HierarchyObject) -> bool:
    return bool(int(dut.AnyVersion.value))


async def check(dut: HierarchyObject, data: bytes, tls13: bool) -> int:
    dut.bytes_i.value = int.from_bytes(data, "little")
    dut.tls13_i.value = tls13
    await Timer(1, "ns")
    got = int(dut.match_o.value)
    assert got == expected(data, tls13, any_version(dut)), f"{data.hex()} {tls13}: {got:#x}"
    return got


@cocotb.test()
async def known_headers(dut: HierarchyObject) -> None:
    """The first bytes of two records of RFC 8448 and of a TLS 1.2 handshake record."""
    size = len(dut.bytes_i) // 8
    for text, tls12, tls13 in (
        ("1703030017", 0, 1), ("17030302a2", 1, 1), ("1603030028", 1, 0), ("1603010028", 0, 0)
    ):  # fmt: skip
        data = bytes.fromhex(text).ljust(size, b"\0")
        if any_version(dut):
            tls12 = tls13 = tls12 | tls13
        assert await check(dut, data, False) & 1 == tls12
        assert await check(dut, data, True) & 1 == tls13


@cocotb.test()
async def bounds(dut: HierarchyObject) -> None:
    size = len(dut.bytes_i) // 8
    types = (0, 4, 19, 20, 21, 22, 23, 24, 84, 151, 255)
    lengths = (0, 16, 17, 18, 23, 24, 25, 255, 256, 16400, 16401, 16402, 16407, 16408, 16409, 65535)
    versions = (0x0303, 0x0302, 0x0304, 0x0203, 0x0403, 0x8303, 0x0383, 0x0000)
    for place, (kind, version, length) in enumerate(product(types, versions, lengths)):
        header = bytes([kind]) + version.to_bytes(2, "big") + length.to_bytes(2, "big")
        data = bytearray(size)
        at = place % (size - 4)
        data[at : at + 5] = header
        for tls13 in (False, True):
            await check(dut, bytes(data), tls13)


@cocotb.test()
async def random_bytes(dut: HierarchyObject) -> None:
    rng: Random = stream(cocotb.RANDOM_SEED, "near misses")
    size, hits = len(dut.bytes_i) // 8, 0
    for _ in range(3000):
        data = bytes(
            rng.choice((3, 3, 3, 20, 22, 23, 0, 64, rng.randrange(256))) for _ in range(size)
        )
        hits += bool(await check(dut, data, rng.random() < 0.5))
    assert hits > 20
