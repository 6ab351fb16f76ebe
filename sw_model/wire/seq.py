# SPDX-License-Identifier: BSD-2-Clause
"""TCP sequence numbers: 32 bits that wrap (RFC 9293 section 3.4)."""

from __future__ import annotations

MASK = 0xFFFF_FFFF


class SeqNum(int):
    """A TCP sequence number; sums wrap at 2^32, differences are signed, order is by difference.

    ``SeqNum + int -> SeqNum``; ``SeqNum - SeqNum -> int`` in [-2^31, 2^31);
    ``SeqNum - int -> SeqNum``. Comparison is the kernel's SEQ_LT family (sys/netinet/tcp_seq.h).
    """

    __slots__ = ()

    def __new__(cls, value: int) -> SeqNum:
        return int.__new__(cls, value & MASK)

    def __add__(self, other: int) -> SeqNum:
        return _new(SeqNum, int.__add__(self, other) & MASK)

    __radd__ = __add__

    def __sub__(self, other: int) -> SeqNum | int:
        if isinstance(other, SeqNum):
            return self.minus(other)
        return SeqNum(int(self) - int(other))

    def minus(self, other: int) -> int:
        """Signed distance self - other in [-2^31, 2^31)."""
        delta = (int(self) - int(other)) & MASK
        return delta - (1 << 32) if delta & 0x8000_0000 else delta

    def __lt__(self, other: int) -> bool:
        return self.minus(other) < 0

    def __le__(self, other: int) -> bool:
        return self.minus(other) <= 0

    def __gt__(self, other: int) -> bool:
        return self.minus(other) > 0

    def __ge__(self, other: int) -> bool:
        return self.minus(other) >= 0

    def __repr__(self) -> str:
        return f"SeqNum(0x{int(self):08x})"


_new = int.__new__
