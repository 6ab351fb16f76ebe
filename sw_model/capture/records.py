# SPDX-License-Identifier: BSD-2-Clause
"""A cursor over the records of one stream, plain or protected."""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.crypto.keys import TrafficKeys
from sw_model.wire.tls import RecordHeader


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

    def __init__(self, stream: bytes | bytearray) -> None:
        self._stream = stream
        self.at = 0

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
