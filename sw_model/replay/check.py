# SPDX-License-Identifier: BSD-2-Clause
"""The packet rules of ``check.packets`` for captures: bad records and key changes are in them."""

from __future__ import annotations

from typing import Any

from sw_model.check.packets import PacketChecker, Violation
from sw_model.nic.layout import PktMeta
from sw_model.replay.truth import CaptureTruth, WireRecord


class ReplayChecker(PacketChecker):
    """A frame that holds the last tag byte of a record that is not good must never be marked, and
    what is marked must be the plaintext under the key the NIC had."""

    def __init__(self) -> None:
        super().__init__(lambda meta, frame: self.truth)  # type: ignore[arg-type, return-value]
        self.truth: CaptureTruth | None = None
        self.unchecked = 0
        self._foreign: set[tuple[int, int]] = set()  # records with a byte that TCP refused

    @property
    def idle(self) -> bool:
        """No frame is inside the NIC."""
        return not self._inside

    def _marked(self, frame: bytes, before: bytes, meta: PktMeta, truth: Any) -> None:
        at, size = meta.payload_off, meta.payload_len
        start = truth.offset(meta.tcp_seq)
        end = start + size
        where = f"frame {self.frames - 1} (seq 0x{meta.tcp_seq:08x}, stream bytes {start} to {end})"
        if len(frame) != len(before) or frame[:at] != before[:at]:
            raise Violation(f"{where}: marked, but its headers or length changed")
        if frame[at + size :] != before[at + size :]:
            raise Violation(f"{where}: marked, but its padding changed")
        records = truth.records_in(start, end)
        cut_header = 4  # bytes of a next header that is not whole in the capture
        if not records or records[0].start > start or records[-1].end < end - cut_header:
            raise Violation(f"{where}: marked, but not all of it is in protected records")
        came, gave = before[at : at + size], frame[at : at + size]
        self._note_foreign(truth, records, start, end, came)
        epoch = self._epoch_of(truth, records, start, end, came, gave)
        if epoch is None:
            raise Violation(f"{where}: marked, but the payload is not the plaintext")
        for record in records:
            if record.end <= end:
                self._last_tag_byte(where, truth, record, epoch)

    def _note_foreign(
        self, truth: CaptureTruth, records: list[WireRecord], start: int, end: int, came: bytes
    ) -> None:
        for record in records:
            low, high = max(start, record.start), min(end, record.end)
            if came[low - start : high - start] != truth.wire[low:high]:
                self._foreign.add((id(truth), record.start))

    def _epoch_of(
        self, truth: CaptureTruth, records: list[WireRecord], start: int, end: int,
        came: bytes, gave: bytes,
    ) -> int | None:  # fmt: skip
        """The key epoch whose keystream turns what came into what was given."""
        changed = _xor(came, gave)
        wire = bytes(truth.wire[start:end])
        for epoch, text in truth.texts(start, end):
            if _xor(wire, text) == changed:
                return epoch
        if any((id(truth), record.start) in self._foreign for record in records):
            self.unchecked += 1  # a header that TCP refused gave the NIC another nonce
            return records[-1].epoch
        return None

    def _last_tag_byte(
        self, where: str, truth: CaptureTruth, record: WireRecord, epoch: int
    ) -> None:
        foreign = (id(truth), record.start) in self._foreign
        if epoch < record.epoch or bool(record.good) == foreign:
            why = "was opened with an old key" if epoch < record.epoch else "has no right tag"
            raise Violation(
                f"{where}: marked, and holds the last tag byte of record {record.number}, "
                f"which {why}"
            )


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")
