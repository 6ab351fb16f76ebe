# SPDX-License-Identifier: BSD-2-Clause
"""Names and widths of the signals in a wave file (FST or VCD), in plain Python.

Only the hierarchy is read, not the values: enough to make a viewer layout that fits the file.
Both simulators' FST files are read: their hierarchy block is packed with gzip (Verilator) or LZ4
(Icarus).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

# Block types of the FST format that hold the hierarchy.
HIER_GZIP, HIER_LZ4, HIER_LZ4_TWICE = 4, 6, 7
# Tags inside the hierarchy; a lower number is the kind of a variable.
ATTR_BEGIN, ATTR_END, SCOPE, UPSCOPE = 252, 253, 254, 255


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal as the viewer names it: `path` ends in its range if it is a vector."""

    scope: str
    name: str
    bits: int

    @property
    def path(self) -> str:
        return f"{self.scope}.{self.name}"

    @property
    def word(self) -> str:
        """Name without the range."""
        return self.name.split("[")[0].strip()


def read_signals(path: Path) -> list[Signal]:
    """All signals of a wave file, in its order; ValueError if it is neither FST nor VCD."""
    data = path.read_bytes()
    if data.lstrip()[:1] == b"$":
        return _vcd_signals(data)
    return _fst_signals(_hierarchy(data))


def _hierarchy(data: bytes) -> bytes:
    """Contents of the hierarchy block."""
    position = 0
    while position + 9 <= len(data):
        kind, length = struct.unpack_from(">BQ", data, position)
        body = data[position + 9 : position + 1 + length]
        if kind == HIER_GZIP:
            return zlib.decompress(body[8:], wbits=31)
        if kind == HIER_LZ4:
            return lz4_block(body[8:], struct.unpack_from(">Q", body)[0])
        if kind == HIER_LZ4_TWICE:
            size, middle = struct.unpack_from(">QQ", body)
            return lz4_block(lz4_block(body[16:], middle), size)
        if length == 0:
            break
        position += 1 + length
    raise ValueError("no hierarchy block: the file is not FST, or its run was cut off")


def lz4_block(packed: bytes, size: int) -> bytes:
    """Unpack one LZ4 block of `size` bytes (LZ4 block format description)."""
    out = bytearray()
    at = 0
    while at < len(packed):
        token = packed[at]
        at += 1
        literals, at = _lz4_length(packed, at, token >> 4)
        out += packed[at : at + literals]
        at += literals
        if at >= len(packed):
            break
        distance = packed[at] | packed[at + 1] << 8
        count, at = _lz4_length(packed, at + 2, token & 15)
        start = len(out) - distance
        for index in range(count + 4):  # may overlap its own output, so byte by byte
            out.append(out[start + index])
    if len(out) != size:
        raise ValueError(f"LZ4 block gave {len(out)} bytes, {size} were announced")
    return bytes(out)


def _lz4_length(packed: bytes, at: int, nibble: int) -> tuple[int, int]:
    if nibble < 15:
        return nibble, at
    while True:
        nibble += packed[at]
        at += 1
        if packed[at - 1] != 255:
            return nibble, at


class _Cursor:
    """Reads the hierarchy's fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def text(self) -> str:
        end = self.data.index(0, self.at)
        found = self.data[self.at : end].decode(errors="replace")
        self.at = end + 1
        return found

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value


def _fst_signals(data: bytes) -> list[Signal]:
    cursor = _Cursor(data)
    scopes: list[str] = []
    found = []
    while cursor.at < len(data):
        tag = cursor.byte()
        if tag == SCOPE:
            cursor.byte()
            scopes.append(cursor.text())
            cursor.text()
        elif tag == UPSCOPE:
            scopes.pop()
        elif tag == ATTR_BEGIN:
            cursor.at += 2
            cursor.text()
            cursor.varint()
        elif tag != ATTR_END:
            cursor.byte()
            name, bits = cursor.text().replace(" ", ""), cursor.varint()
            cursor.varint()
            found.append(Signal(".".join(scopes), name, bits))
    return found


def _vcd_signals(data: bytes) -> list[Signal]:
    header = data.split(b"$enddefinitions")[0].decode(errors="replace")
    scopes: list[str] = []
    found = []
    for entry in header.split("$end"):
        words = entry.split()
        if words[:1] == ["$scope"]:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            scopes.pop()
        elif words[:1] == ["$var"]:
            found.append(Signal(".".join(scopes), "".join(words[4:]), int(words[2])))
    return found
