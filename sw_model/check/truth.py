# SPDX-License-Identifier: BSD-2-Clause
"""What one sender really sent: its TCP stream, the records in it, and their plaintext.

Built from the ciphertext at the sender and its keys, never from anything that passed the NIC.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from sw_model.crypto.gcm import RecordError, ctr, nonce_of, open_record, text_off
from sw_model.crypto.keys import TrafficKeys
from sw_model.wire.seq import SeqNum
from sw_model.wire.tls import TAG_LEN, RecordHeader


@dataclass(frozen=True, slots=True)
class TrueRecord:
    """One protected record: stream offsets, number, and what the application gets of it. ``good``
    False: the sender gave it a tag that does not verify, nobody may get anything of it."""

    start: int
    end: int
    number: int
    type: int
    payload: bytes
    good: bool = True


class StreamTruth:
    """One direction of a connection. Offset 0 of the stream is sequence number ``isn + 1``."""

    def __init__(self, isn: SeqNum) -> None:
        self.base = isn + 1
        self.wire = bytearray()
        self.plain = bytearray()  # wire with the text of protected records decrypted
        self.records: list[TrueRecord] = []
        self._starts: list[int] = []
        self._keys: TrafficKeys | None = None
        self._next = 0
        self._number = 0

    def extend(self, data: bytes) -> None:
        """Append bytes that the sender handed to TCP."""
        self.wire += data
        self.plain += data
        self._walk()

    def protect(self, keys: TrafficKeys, start: int, number: int) -> None:
        """From stream offset ``start`` (a record header) on, records are sealed with ``keys``."""
        self._keys, self._next, self._number = keys, start, number
        self._walk()

    def _walk(self) -> None:
        keys = self._keys
        while keys is not None and (header := RecordHeader.parse(self.wire, self._next)):
            start, end = self._next, self._next + header.record_len
            if end > len(self.wire):
                return
            record = bytes(self.wire[start:end])
            kind, payload, good = _opened(keys, self._number, record)
            text, tag = start + text_off(keys), end - TAG_LEN
            nonce = nonce_of(keys, self._number, record)
            self.plain[text:tag] = ctr(keys, nonce, bytes(self.wire[text:tag]))
            self.records.append(TrueRecord(start, end, self._number, kind, payload, good))
            self._starts.append(start)
            self._next, self._number = end, self._number + 1

    def offset(self, seq: int) -> int:
        """Stream offset of a sequence number near the end of what was sent."""
        around = len(self.wire)
        return around + (SeqNum(seq).minus(self.base + around))

    def records_in(self, start: int, end: int) -> list[TrueRecord]:
        """Records that own a byte of [start, end)."""
        at = max(0, bisect_right(self._starts, start) - 1)
        found = []
        while at < len(self.records) and self.records[at].start < end:
            if self.records[at].end > start:
                found.append(self.records[at])
            at += 1
        return found

    def differing(self, seq: int, payload: bytes) -> set[int]:
        """Starts of the records that own a byte in which this segment is not what was sent."""
        start = self.offset(seq)
        sent = self.wire[start : start + len(payload)]
        pairs = enumerate(zip(payload, sent, strict=False))
        wrong = [start + i for i, (a, b) in pairs if a != b]
        return {r.start for at in wrong for r in self.records_in(at, at + 1)}

    def record_at(self, seq: int) -> TrueRecord | None:
        """The record whose header is at this sequence number."""
        at = bisect_right(self._starts, self.offset(seq)) - 1
        if at >= 0 and self.base + self._starts[at] == SeqNum(seq):
            return self.records[at]
        return None

    def is_next(self, seq: int, number: int) -> bool:
        """Will the next record to be sent start here, with this number?"""
        return self.base + self._next == SeqNum(seq) and self._number == number

    def app_data(self) -> bytes:
        """Application data (inner type 23) of all good records, in order."""
        return b"".join(r.payload for r in self.records if r.type == 23 and r.good)


def _opened(keys: TrafficKeys, number: int, record: bytes) -> tuple[int, bytes, bool]:
    """Type, payload, and whether the tag verifies; without a good tag there is no payload."""
    try:
        return *open_record(keys, number, record), True
    except RecordError as error:
        if error.reason != "tag":
            raise
        return record[0], b"", False
