# SPDX-License-Identifier: BSD-2-Clause
"""The receiving half of TCP: in-order delivery, out-of-order queue, SACK blocks (RFC 2018)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Protocol

from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import SackBlock


class Receiver(Protocol):
    """What an end needs of its receiving half."""

    @property
    def rcv_nxt(self) -> SeqNum: ...
    def insert(self, seq: SeqNum, payload: bytes, window: int) -> bytes: ...
    def sack_blocks(self) -> tuple[SackBlock, ...]: ...
    def check(self) -> None: ...


@dataclass(slots=True)
class _Block:
    """Contiguous bytes behind a hole. ``touched`` orders SACK blocks by their last change."""

    start: int
    data: bytearray
    touched: int

    @property
    def end(self) -> int:
        return self.start + len(self.data)


class Reassembly:
    """Turns segments in any order into the byte stream, each byte once: the first copy wins.

    Inside, positions are plain integers counted from the first byte, so nothing wraps.
    Invariant (``check``): blocks are sorted, disjoint, not adjacent, and above ``_next``.
    """

    def __init__(self, rcv_nxt: SeqNum) -> None:
        self._first = rcv_nxt
        self._next = 0
        self.rcv_nxt = rcv_nxt  # sequence number of the next byte in order, a FIN not counted
        self._blocks: list[_Block] = []
        self._clock = 0

    @property
    def delivered(self) -> int:
        """Bytes delivered so far."""
        return self._next

    def insert(self, seq: SeqNum, payload: bytes, window: int) -> bytes:
        """Take a segment, cut it at the window, return the bytes that are now in order."""
        start = self._next + seq.minus(self.rcv_nxt)
        end = min(start + len(payload), self._next + window)
        if start < self._next:
            payload, start = payload[self._next - start :], self._next
        payload = payload[: max(0, end - start)]
        if not payload:
            return b""
        if start == self._next and not self._blocks:
            self._move(start + len(payload))
            return payload
        self._merge(start, payload)
        return self._deliver()

    def _move(self, end: int) -> None:
        self._next, self.rcv_nxt = end, self._first + end

    def _merge(self, start: int, payload: bytes) -> None:
        """Unite the new bytes with every block they overlap or touch; old bytes win."""
        self._clock += 1
        new = _Block(start, bytearray(payload), self._clock)
        at = max(0, bisect_right(self._blocks, start, key=lambda b: b.start) - 1)
        while at < len(self._blocks) and self._blocks[at].end < new.start:
            at += 1
        stop = at
        while stop < len(self._blocks) and self._blocks[stop].start <= new.end:
            old = self._blocks[stop]
            front = new.data[: max(0, old.start - new.start)]
            back = new.data[max(0, old.end - new.start) :]
            new.start, new.data = min(new.start, old.start), front + old.data + back
            stop += 1
        self._blocks[at:stop] = [new]

    def _deliver(self) -> bytes:
        if not self._blocks or self._blocks[0].start > self._next:
            return b""
        first = self._blocks.pop(0)
        self._move(first.end)
        return bytes(first.data)

    def sack_blocks(self) -> tuple[SackBlock, ...]:
        """What is queued, the latest change first."""
        recent = sorted(self._blocks, key=lambda b: -b.touched)
        return tuple((self._first + b.start, self._first + b.end) for b in recent)

    def check(self) -> None:
        """Assert the class invariant."""
        last = self._next
        assert self.rcv_nxt == self._first + last
        for block in self._blocks:
            assert block.start > last, f"block at {block.start} after {last}"
            assert block.data, f"empty block at {block.start}"
            last = block.end
