# SPDX-License-Identifier: BSD-2-Clause
"""The bytes of a stream that may still be sent, kept as they were written.

A segment is cut from one write or joined from a few, so nothing is copied before it is sent and
nothing is moved when its front is acknowledged.
"""

from __future__ import annotations

from bisect import bisect_right

WORTH = 64  # writes at the front that are worth deleting together


class StreamBuffer:
    """Bytes [start, end) of a stream; offsets count from its beginning.

    Invariant (``check``): no piece is empty, and they follow each other without gap up to ``end``.
    """

    __slots__ = ("_ends", "_pieces", "end", "start")

    def __init__(self) -> None:
        self.start = self.end = 0
        self._pieces: list[bytes] = []
        self._ends: list[int] = []  # offset behind each piece

    def append(self, data: bytes) -> None:
        """More bytes at the end."""
        if data:
            self.end += len(data)
            self._pieces.append(bytes(data))
            self._ends.append(self.end)

    def drop(self, size: int) -> None:
        """``size`` bytes at the start are not needed any more."""
        self.start += size
        whole = bisect_right(self._ends, self.start)
        if whole >= WORTH:
            del self._pieces[:whole], self._ends[:whole]

    def read(self, start: int, end: int) -> bytes:
        """Bytes [start, end); all of them must be here."""
        if not self.start <= start <= end <= self.end:
            raise ValueError(f"[{start}, {end}) is not in [{self.start}, {self.end})")
        if start == end:
            return b""
        index = bisect_right(self._ends, start)
        piece = self._pieces[index]
        at = start - self._ends[index] + len(piece)
        part = piece[at : at + end - start]
        missing = end - start - len(part)
        if not missing:
            return part
        parts = [part]
        while missing:
            index += 1
            part = self._pieces[index][:missing]
            missing -= len(part)
            parts.append(part)
        return b"".join(parts)

    def check(self) -> None:
        """Assert the class invariant."""
        at = self._ends[0] - len(self._pieces[0]) if self._ends else self.end
        assert at <= self.start <= self.end
        for piece, end in zip(self._pieces, self._ends, strict=True):
            assert piece
            at += len(piece)
            assert at == end
        assert at == self.end
