# SPDX-License-Identifier: BSD-2-Clause
"""The congestion window: slow start, congestion avoidance, what a loss costs (RFC 5681, 6928)."""

from __future__ import annotations

INITIAL_WINDOW_SEGMENTS = 10
MIN_SSTHRESH_SEGMENTS = 2


class CongestionWindow:
    """``cwnd`` and ``ssthresh`` in bytes. ``fixed`` (bytes) replaces what they say.

    The segment size may change until the handshake is over, so whoever calls passes it.
    """

    __slots__ = ("cwnd", "fixed", "ssthresh")

    def __init__(self, mss: int, fixed: int | None = None) -> None:
        self.cwnd = INITIAL_WINDOW_SEGMENTS * mss
        self.ssthresh = 1 << 30
        self.fixed = fixed

    def window(self) -> int:
        """Bytes that may be in the network."""
        return self.cwnd if self.fixed is None else self.fixed

    def grow(self, acked: int, mss: int) -> None:
        """``acked`` new bytes were acknowledged outside recovery."""
        if self.cwnd < self.ssthresh:
            self.cwnd += min(acked, 2 * mss)
        else:
            self.cwnd += max(1, mss * min(acked, mss) // self.cwnd)

    def recover(self, flight: int, mss: int) -> None:
        """Fast recovery begins with ``flight`` bytes outstanding (RFC 5681 equation 4)."""
        self.ssthresh = max(flight // 2, MIN_SSTHRESH_SEGMENTS * mss)
        self.cwnd = self.ssthresh

    def collapse(self, flight: int, mss: int, again: bool) -> None:
        """A timeout; ``again``: the segment was lost before, which says nothing new."""
        if not again:
            self.ssthresh = max(flight // 2, MIN_SSTHRESH_SEGMENTS * mss)
        self.cwnd = mss
