# SPDX-License-Identifier: BSD-2-Clause
"""Open records: which bytes of a record the NIC has seen, and what they decrypt to.

This is plumbing without policy: a record may be covered in any order and in any pieces. Today's
tracker keeps one and covers it front to back. The verdict is independent of the engine's sum: the
record's wire bytes are put together and opened as a whole.
"""

from __future__ import annotations

from bisect import bisect

from sw_model.crypto import gcm
from sw_model.crypto.keys import TrafficKeys
from sw_model.wire.tls import TAG_LEN, TLS_HLEN, RecordHeader

SEQ_MASK = 0xFFFF_FFFF


class Coverage:
    """Disjoint half-open intervals of a record's bytes, sorted and never touching each other."""

    __slots__ = ("intervals", "total")

    def __init__(self) -> None:
        self.intervals: list[tuple[int, int]] = []
        self.total = 0  # bytes covered

    def add(self, begin: int, end: int) -> None:
        """Cover [begin, end); covering a byte twice is the caller's error."""
        known = self.intervals
        if len(known) == 1 and known[0][1] == begin:  # the usual case: front to back
            known[0] = known[0][0], end
            self.total += end - begin
            return
        if begin == end:
            return
        at = bisect(known, (begin, end))
        if (at and known[at - 1][1] > begin) or (at < len(known) and known[at][0] < end):
            raise ValueError(f"bytes {begin}..{end} are covered already")
        self.total += end - begin
        first, last = at, at
        if at and known[at - 1][1] == begin:
            first, begin = at - 1, known[at - 1][0]
        if at < len(known) and known[at][0] == end:
            last, end = at + 1, known[at][1]
        known[first:last] = [(begin, end)]


class OpenRecord:
    """A record whose header was seen. ``number`` is None while nobody knows it, or it was torn."""

    __slots__ = (
        "_sealed",
        "_sealed_by",
        "coverage",
        "key_changed",
        "key_serial",
        "length",
        "marked",
        "number",
        "start",
        "wire",
    )

    def __init__(self, start: int, header: bytes, number: int | None) -> None:
        parsed = RecordHeader.parse(header)
        assert parsed is not None
        self.start = start
        self.length = parsed.record_len
        self.number = number
        self.key_serial: int | None = None  # which key the pieces were decrypted with
        self.key_changed = False
        self.marked = False  # a packet with bytes of it left DECRYPTED
        self._sealed: tuple[bytes, int] | None = None
        self._sealed_by: TrafficKeys | None = None
        self.coverage = Coverage()
        self.wire = bytearray(self.length)
        self.absorb(0, header)

    @property
    def end(self) -> int:
        """Sequence number of the byte behind the record."""
        return (self.start + self.length) & SEQ_MASK

    @property
    def whole(self) -> bool:
        """Every byte so far was absorbed and the number is known: worth decrypting."""
        return self.number is not None

    @property
    def complete(self) -> bool:
        return self.coverage.total == self.length

    def tear(self) -> None:
        """Bytes are missing: the record is kept for its position only."""
        self.number = None

    def absorb(self, offset: int, data: bytes) -> None:
        """Take in the bytes at ``offset`` of the record."""
        end = offset + len(data)
        self.coverage.add(offset, end)
        self.wire[offset:end] = data

    def use_key(self, serial: int) -> None:
        """Remember the key; a record under two keys can not verify."""
        self.key_changed |= self.key_serial not in (None, serial)
        self.key_serial = serial

    def plain(self, keys: TrafficKeys, offset: int, data: bytes) -> bytes:
        """``data`` at ``offset`` with its ciphertext decrypted; header, nonce and tag stay."""
        assert self.number is not None
        nonce, text_off = self._sealed_with(keys, self.number)
        end, text_end = offset + len(data), self.length - TAG_LEN
        if text_off <= offset and end <= text_end:  # the usual case: nothing but text
            return keys.aead.ctr(keys.key, nonce, data, offset - text_off)
        first, last = max(offset, text_off), min(end, text_end)
        if first >= last:
            return data
        text = data[first - offset : last - offset]
        clear = keys.aead.ctr(keys.key, nonce, text, first - text_off)
        return data[: first - offset] + clear + data[last - offset :]

    def _sealed_with(self, keys: TrafficKeys, number: int) -> tuple[bytes, int]:
        """Nonce and start of the text; kept once all before the text is there."""
        if self._sealed is not None and self._sealed_by is keys:
            return self._sealed
        text_off = gcm.text_off(keys)
        sealed = gcm.nonce_of(keys, number, bytes(self.wire[:text_off])), text_off
        if self.coverage.intervals[0][1] >= text_off:
            self._sealed, self._sealed_by = sealed, keys
        return sealed

    def verify(self, keys: TrafficKeys) -> bool:
        """Does the tag of the complete record hold? Its inner structure is not the NIC's matter."""
        assert self.complete
        assert self.number is not None
        if self.key_changed:
            return False
        try:
            gcm.open_record(keys, self.number, bytes(self.wire))
        except gcm.RecordError as error:
            return error.reason == "inner"
        return True


def header_bytes_missing(seen: bytes) -> int:
    """How many bytes a header needs before it can be judged."""
    return TLS_HLEN - len(seen)
