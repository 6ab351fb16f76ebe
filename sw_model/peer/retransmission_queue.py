# SPDX-License-Identifier: BSD-2-Clause
"""The send sequence space: bytes not sent yet, segments sent and not acknowledged (RFC 9293 3.3.1).

What may be sent, and when a segment counts as lost, is the sender's business (``sender.py``); here
bytes become segments and segments leave when they are acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sw_model.peer.scoreboard import Sent
from sw_model.peer.stream_buffer import StreamBuffer
from sw_model.wire.seq import SeqNum


@dataclass(slots=True)
class OutSegment:
    """One segment to send; the owner adds ports, ACK, window and options."""

    seq: SeqNum
    payload: bytes
    syn: bool = False
    fin: bool = False
    push: bool = False
    retransmission: bool = False


class RetransmissionQueue:
    """Positions are plain integers that count from ``iss``.

    Invariant (``check``): the ``sent`` list covers [una, nxt) without gap or overlap, and the
    buffer holds exactly the data at and behind ``una``.
    """

    __slots__ = ("_buffer", "iss", "marked", "nxt", "sent", "una", "unsent")

    def __init__(self, iss: SeqNum) -> None:
        self.iss = iss
        self.una = self.nxt = 0
        self.unsent = 0  # bytes at the end of the buffer that were never sent
        self.sent: list[Sent] = []
        self.marked = False  # some segment may be lost or sacked
        self._buffer = StreamBuffer()

    @property
    def flight(self) -> int:
        """Sequence space sent and not acknowledged."""
        return self.nxt - self.una

    def pipe(self, dupacks: int, mss: int) -> int:
        """Bytes believed to be in the network (RFC 6675 section 4)."""
        if not self.marked and not dupacks:
            return self.nxt - self.una
        pipe = sum(s.length for s in self.sent if not s.sacked and not s.lost)
        if dupacks and not any(s.sacked for s in self.sent):
            pipe = max(0, pipe - dupacks * mss)  # each duplicate ACK left the network
        return pipe

    def write(self, data: bytes) -> None:
        """Append to the stream."""
        self._buffer.append(data)
        self.unsent += len(data)

    def first(
        self, now: int, size: int, *, syn: bool = False, fin: bool = False, probe: bool = False
    ) -> OutSegment:
        """Send the next ``size`` bytes; ``probe``: beyond the offered window."""
        seg = Sent(self.nxt, size, now, syn, fin, probe)
        self.unsent -= size
        self.sent.append(seg)
        self.nxt = seg.end
        return self._segment(seg, False)

    def again(self, now: int, seg: Sent) -> OutSegment:
        """Send a lost segment again."""
        seg.lost, seg.sent_at = False, now
        seg.rexmits += 1
        return self._segment(seg, True)

    def _segment(self, seg: Sent, retransmission: bool) -> OutSegment:
        start = seg.start - self.una + self._buffer.start
        end = start + seg.data_len
        payload = self._buffer.read(start, end) if seg.data_len else b""
        last = end == self._buffer.end and end > start
        return OutSegment(self.iss + seg.start, payload, seg.syn, seg.fin, last, retransmission)

    def recut(self, index: int, limit: int, cut: Callable[[int], int]) -> None:
        """Join the run of lost segments at ``index``, then cut one off its front.

        ``cut`` chooses its size from the most it may be: ``limit``, or the run as a whole.
        """
        stop = index + 1
        while stop < len(self.sent) and self.sent[stop].joinable:
            stop += 1
        run = self.sent[index:stop]
        total = sum(s.length for s in run)
        size = cut(min(total, limit))
        head, tail = run[0].split(size, total)
        self.sent[index:stop] = [head] if tail is None else [head, tail]

    def acknowledge(self, ack: int) -> int | None:
        """Forget everything below ``ack``.

        Returns when the newest segment was sent that is now acknowledged as a whole and was sent
        once only (Karn), None without one.
        """
        sent_at: int | None = None
        whole = data = 0  # segments that were acknowledged as a whole, bytes of data in all
        for seg in self.sent:
            size = seg.data_len
            if seg.start + size + seg.syn + seg.fin > ack:
                break
            whole += 1
            data += size
            if not seg.rexmits:
                sent_at = seg.sent_at
        del self.sent[:whole]
        if self.sent and self.sent[0].start < ack:
            data += self.sent[0].trim_front(ack)
        self._buffer.drop(data)
        self.una = ack
        self.marked = self.marked and any(s.sacked or s.lost for s in self.sent)
        return sent_at

    def check(self) -> None:
        """Assert the class invariant."""
        at = self.una
        for seg in self.sent:
            assert seg.start == at, f"gap or overlap at {at}: {seg}"
            at = seg.end
        assert at == self.nxt
        assert self.marked or not any(s.lost or s.sacked for s in self.sent)
        data = sum(s.data_len for s in self.sent)
        self._buffer.check()
        held = self._buffer.end - self._buffer.start
        assert data + self.unsent == held, "buffer and segments disagree"
