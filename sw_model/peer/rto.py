# SPDX-License-Identifier: BSD-2-Clause
"""Retransmission timeout: RFC 6298 with a configurable floor, for networks of microseconds."""

from __future__ import annotations

DEFAULT_MIN_RTO = 200_000
DEFAULT_INITIAL_RTO = 1_000_000
DEFAULT_MAX_RTO = 1_000_000_000


class RtoEstimator:
    """Smoothed round trip time and back-off, in integer nanoseconds."""

    def __init__(
        self,
        minimum: int = DEFAULT_MIN_RTO,
        initial: int = DEFAULT_INITIAL_RTO,
        maximum: int = DEFAULT_MAX_RTO,
    ) -> None:
        self.minimum, self.initial, self.maximum = minimum, initial, maximum
        self.srtt: int | None = None
        self.rttvar = 0
        self.shift = 0  # how often the timer fired in a row

    def sample(self, rtt: int) -> None:
        """Take a round trip of a segment that was sent once (Karn)."""
        if self.srtt is None:
            self.srtt, self.rttvar = rtt, rtt // 2
        else:
            self.rttvar = (3 * self.rttvar + abs(self.srtt - rtt)) // 4
            self.srtt = (7 * self.srtt + rtt) // 8

    def back_off(self) -> None:
        self.shift = min(self.shift + 1, 30)

    def progress(self) -> None:
        """New data was acknowledged: the back-off ends, as it does in kernels with timestamps."""
        self.shift = 0

    @property
    def rto(self) -> int:
        """The timeout with its back-off."""
        base = self.initial if self.srtt is None else self.srtt + max(1, 4 * self.rttvar)
        return min(max(base, self.minimum) << self.shift, self.maximum)
