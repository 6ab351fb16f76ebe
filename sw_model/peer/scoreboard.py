# SPDX-License-Identifier: BSD-2-Clause
"""The list of sent segments and the SACK rules on it (RFC 2018, RFC 6675).

Positions are plain integers counted from the first sequence number: nothing wraps, and long lists
are searched fast.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Sent:
    """One transmitted segment. ``lost`` = must be sent again, ``sacked`` = the peer has it."""

    start: int
    data_len: int
    sent_at: int
    syn: bool = False
    fin: bool = False
    probe: bool = False  # sent beyond the offered window
    sacked: bool = False
    lost: bool = False
    rexmits: int = 0

    @property
    def length(self) -> int:
        """Sequence space."""
        return self.data_len + self.syn + self.fin

    @property
    def end(self) -> int:
        return self.start + self.data_len + self.syn + self.fin

    @property
    def joinable(self) -> bool:
        """May be merged with its neighbour when retransmissions are cut again."""
        return self.lost and not self.syn and not self.fin

    def trim_front(self, ack: int) -> int:
        """Forget what lies below ``ack``; returns the number of data bytes forgotten."""
        data = min(ack - self.start - self.syn, self.data_len)
        self.syn = False
        self.start, self.data_len = ack, self.data_len - data
        return data

    def split(self, size: int, total: int) -> tuple[Sent, Sent | None]:
        """This segment grown to ``total`` data bytes, cut behind ``size``."""
        head = Sent(self.start, size, self.sent_at, lost=True, rexmits=self.rexmits)
        if size == total:
            return head, None
        tail = Sent(head.end, total - size, self.sent_at, lost=True, rexmits=self.rexmits)
        return head, tail


def mark_sacked(sent: Sequence[Sent], blocks: Sequence[tuple[int, int]]) -> bool:
    """Mark whole segments inside the blocks; True if there was news."""
    news = False
    for left, right in blocks:
        for seg in sent[bisect_left(sent, left, key=_start) :]:
            if seg.end > right:
                break
            if not seg.sacked:
                seg.sacked, seg.lost, news = True, False, True
    return news


def _start(seg: Sent) -> int:
    return seg.start


def mark_lost(sent: Sequence[Sent], threshold: int, mss: int) -> bool:
    """IsLost of RFC 6675: enough segments or bytes above are sacked. True if there was news.

    A segment already retransmitted is left to the timer.
    """
    segments = total = 0
    news = False
    for seg in reversed(sent):
        if seg.sacked:
            segments += 1
            total += seg.length
        elif (segments >= threshold or total > (threshold - 1) * mss) and not (
            seg.rexmits or seg.lost
        ):
            seg.lost = news = True
    return news
