# SPDX-License-Identifier: BSD-2-Clause
"""TLS record headers, types and length limits (RFC 5246 section 6.2, RFC 8446 section 5).

A record on the wire: type u8, version u16 (3,3 for TLS 1.2 and 1.3), length u16, then ``length``
bytes. With AES-GCM these are explicit nonce (8, TLS 1.2 only), ciphertext, tag (16).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

Version = Literal["1.2", "1.3"]

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23

TLS_HLEN = 5
TAG_LEN = 16
EXPLICIT_NONCE_LEN = 8
MAX_PLAINTEXT = 16384
WIRE_VERSION = 0x0303

# The kernel's limits of the length field (ktls_create_session: tls_hlen + 16384 + tls_tlen).
LENGTH_LIMITS: dict[Version, tuple[int, int]] = {"1.2": (24, 16408), "1.3": (17, 16401)}
# Outer types the engine takes for a header (docs/engine.md).
PLAUSIBLE_TYPES: dict[Version, tuple[int, ...]] = {"1.2": (20, 21, 22, 23), "1.3": (23,)}


@dataclass(frozen=True, slots=True)
class RecordHeader:
    """The five bytes in front of every record; ``length`` counts the bytes behind them."""

    type: int
    length: int
    version: int = WIRE_VERSION

    @classmethod
    def parse(cls, data: bytes | bytearray, offset: int = 0) -> RecordHeader | None:
        """The header at ``offset``, or None while fewer than five bytes are there."""
        if len(data) - offset < TLS_HLEN:
            return None
        kind, version, length = struct.unpack_from("!BHH", data, offset)
        return cls(kind, length, version)

    def emit(self) -> bytes:
        return struct.pack("!BHH", self.type, self.version, self.length)

    @property
    def record_len(self) -> int:
        """Bytes of the whole record."""
        return TLS_HLEN + self.length

    def plausible(self, version: Version) -> bool:
        """Could this be a record header of AES-GCM traffic? The engine's rule."""
        low, high = LENGTH_LIMITS[version]
        return (
            self.version == WIRE_VERSION
            and self.type in PLAUSIBLE_TYPES[version]
            and low <= self.length <= high
        )


def split_records(data: bytes) -> tuple[list[tuple[RecordHeader, int]], int]:
    """Whole records in ``data`` as (header, offset), and the number of bytes they take together."""
    records: list[tuple[RecordHeader, int]] = []
    pos = 0
    while (header := RecordHeader.parse(data, pos)) and pos + header.record_len <= len(data):
        records.append((header, pos))
        pos += header.record_len
    return records, pos
