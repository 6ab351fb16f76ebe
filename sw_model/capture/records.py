# SPDX-License-Identifier: BSD-2-Clause
"""A cursor over the records of one stream, plain or protected."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.crypto.keys import TrafficKeys
from sw_model.wire.tls import MAX_PLAINTEXT, RecordHeader


@dataclass(frozen=True, slots=True)
class Record:
    """One whole record and where it ends in the stream."""

    header: RecordHeader
    data: bytes
    end: int

    @property
    def body(self) -> bytes:
        return self.data[5:]

    def open(self, keys: TrafficKeys, number: int) -> tuple[int, bytes] | None:
        """(type, payload), or None if it does not open with these keys and this number."""
        try:
            return open_record(keys, number, self.data)
        except RecordError:
            return None


class RecordCursor:
    """Walks whole records; ``next`` is None at the end, inside a record or at something else."""

    def __init__(self, stream: bytes | bytearray, at: int = 0) -> None:
        self._stream = stream
        self.at = at

    def next(self) -> Record | None:
        header = RecordHeader.parse(self._stream, self.at)
        if header is None or header.version >> 8 != 3 or not 20 <= header.type <= 24:
            return None
        end = self.at + header.record_len
        if end > len(self._stream):
            return None
        record = Record(header, bytes(self._stream[self.at : end]), end)
        self.at = end
        return record


# A record that begins with a ClientHello or ServerHello; its message length fits in 16 bits.
_HELLO = re.compile(rb"\x16\x03[\x00-\x03]..[\x01\x02]\x00..\x03[\x00-\x03]", re.DOTALL)
_PROTECTED = re.compile(rb"[\x14-\x17]\x03\x03..", re.DOTALL)


def tls_start(stream: bytes | bytearray) -> int:
    """Stream offset of the first TLS record: 0, or where a hello begins behind plain text."""
    if _header_at(stream, 0):
        return 0
    found = _HELLO.search(stream)
    return found.start() if found else 0


def looks_like_tls(stream: bytes | bytearray) -> bool:
    """Records from the start, a hello further behind, or (a capture that begins in the middle) two
    protected records in a row."""
    if _header_at(stream, 0) or _HELLO.search(stream):
        return True
    for found in _PROTECTED.finditer(stream):
        header = RecordHeader.parse(stream, found.start())
        if header and header.length >= 17 and _header_at(stream, found.start() + header.record_len):
            return True
    return False


def _header_at(stream: bytes | bytearray, at: int) -> bool:
    header = RecordHeader.parse(stream, at)
    return (
        header is not None
        and 20 <= header.type <= 24
        and 0x0300 <= header.version <= 0x0304
        and 0 < header.length <= MAX_PLAINTEXT + 2048
    )
