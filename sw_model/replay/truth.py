# SPDX-License-Identifier: BSD-2-Clause
"""What a capture says about every byte of one direction, also behind a hole.

Records are numbered as their sender did. A NIC may go on behind a hole inside a record, because it
knows where the next header is; so does this walk. After a change of keys the NIC, which was not
told, goes on with the old key and its own count for a while: ``texts`` offers both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from sw_model.capture.plan import DirectionPlan, Epoch
from sw_model.crypto.gcm import RecordError, ctr, nonce_of, open_record, text_off
from sw_model.wire.seq import SeqNum
from sw_model.wire.tls import TAG_LEN, RecordHeader


@dataclass(frozen=True, slots=True)
class WireRecord:
    """One record; ``good`` is None where the capture lacks a part of it."""

    start: int
    end: int
    index: int
    epoch: int
    number: int
    good: bool | None


class CaptureTruth:
    """Offset 0 of the stream is sequence number ``base``."""

    def __init__(self, plan: DirectionPlan) -> None:
        received = plan.direction.received
        self.base = received.first
        self.wire = bytearray(received.stream)
        self._known = [(0, len(self.wire))]
        for run in received.runs:
            self.wire += bytes(run.start - len(self.wire)) + run.data
            self._known.append((run.start, run.end))
        self.epochs: list[Epoch] = plan.epochs
        self.records: list[WireRecord] = []
        self._first_of_epoch: list[int] = []
        self._walk()
        self._starts = [record.start for record in self.records]

    def known(self, start: int, end: int) -> bool:
        """The capture holds every byte of [start, end)."""
        return any(a <= start and end <= b for a, b in self._known)

    def _walk(self) -> None:
        for index, epoch in enumerate(self.epochs):
            until = self.epochs[index + 1].start if index + 1 < len(self.epochs) else None
            self._first_of_epoch.append(len(self.records))
            at, number = epoch.start, epoch.number
            while at != until and self.known(at, at + 5):
                header = RecordHeader.parse(self.wire, at)
                assert header is not None
                if not header.plausible(epoch.keys.version):
                    return
                end = at + header.record_len
                good = self._opens(epoch, number, at, end)
                record = WireRecord(at, end, len(self.records), index, number, good)
                self.records.append(record)
                at, number = end, number + 1 & 0xFFFF_FFFF_FFFF_FFFF

    def _opens(self, epoch: Epoch, number: int, start: int, end: int) -> bool | None:
        if not self.known(start, end):
            return None
        try:
            open_record(epoch.keys, number, bytes(self.wire[start:end]))
        except RecordError as error:
            return error.reason == "inner"  # its tag is right
        return True

    def offset(self, seq: int) -> int:
        """Stream offset of a sequence number near the end of what was captured."""
        around = len(self.wire)
        return around + SeqNum(seq).minus(self.base + around)

    def records_in(self, start: int, end: int) -> list[WireRecord]:
        """Records that own a byte of [start, end)."""
        at = max(0, bisect_right(self._starts, start) - 1)
        found = []
        while at < len(self.records) and self.records[at].start < end:
            if self.records[at].end > start:
                found.append(self.records[at])
            at += 1
        return found

    def record_at(self, seq: int) -> WireRecord | None:
        """The record whose header is at this sequence number."""
        offset = self.offset(seq)
        return next((r for r in self.records_in(offset, offset + 1) if r.start == offset), None)

    def texts(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """(epoch, [start, end) with the text of its records decrypted): the right one, then what a
        NIC with an older key makes of it."""
        records = self.records_in(start, end)
        newest = max((record.epoch for record in records), default=-1)
        yield newest, self._text(records, start, end, None)
        for epoch in range(newest - 1, -1, -1):
            yield epoch, self._text(records, start, end, epoch)

    def _text(self, records: list[WireRecord], start: int, end: int, old: int | None) -> bytes:
        out = bytearray(self.wire[start:end])
        for record in records:
            epoch = record.epoch if old is None else min(old, record.epoch)
            keys = self.epochs[epoch].keys
            passed = record.index - self._first_of_epoch[epoch]
            number = self.epochs[epoch].number + passed & 0xFFFF_FFFF_FFFF_FFFF
            text = record.start + text_off(keys)
            low, high = max(start, text), min(end, record.end - TAG_LEN)
            if low < high:
                nonce = nonce_of(keys, number, bytes(self.wire[record.start : text]))
                piece = bytes(self.wire[low:high])
                out[low - start : high - start] = ctr(keys, nonce, piece, low - text)
        return bytes(out)
