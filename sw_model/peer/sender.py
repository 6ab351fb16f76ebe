# SPDX-License-Identifier: BSD-2-Clause
"""The sending half of TCP, sans-IO: what goes out when (RFC 5681, 6298, 6582, 6675).

Timers, loss recovery and the decision to send. The bytes and segments themselves are in the
retransmission queue, cwnd and ssthresh in the congestion window.

The owner passes the time in and puts the returned segments on the wire::

    sender.write(data)
    for out in sender.poll(now): ...          # after every write, ACK and at next_deadline()
    sender.on_ack(now, ack, window, sack)

Retransmissions keep the first transmission's boundaries unless ``recut`` is set, so that a receiver
sees each byte in one place only. All times are integer nanoseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sw_model.peer.congestion import CongestionWindow
from sw_model.peer.retransmission_queue import OutSegment, RetransmissionQueue
from sw_model.peer.rto import RtoEstimator
from sw_model.peer.scoreboard import mark_lost, mark_sacked
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import SackBlock

DUP_THRESHOLD = 3
MAX_RXTSHIFT = 12  # the kernel gives a connection up after this many timeouts in a row


@dataclass(slots=True)
class SenderStats:
    """What happened so far; names as in the kernel's tcpstat."""

    sndpack: int = 0
    sndrexmitpack: int = 0
    rexmttimeo: int = 0
    fast_recoveries: int = 0
    persist: int = 0


class TcpSender:
    """A byte stream to one peer.

    ``fixed_window`` (bytes) replaces slow start and congestion avoidance. ``cut(limit)`` chooses
    the size of each segment, 1..limit; the default is ``limit`` itself.
    """

    def __init__(
        self,
        iss: SeqNum,
        mss: int = 1460,
        *,
        syn: bool = True,
        rto: RtoEstimator | None = None,
        fixed_window: int | None = None,
        cut: Callable[[int], int] | None = None,
        recut: bool = False,
        window: int = 0xFFFF,
    ) -> None:
        self.mss = mss
        self._queue = RetransmissionQueue(iss)
        self.snd_wnd = window
        self.rto = rto or RtoEstimator()
        self.congestion = CongestionWindow(mss, fixed_window)
        self.stats = SenderStats()
        self._cut = cut
        self._recut = recut
        self._syn_due = syn
        self._fin_due = False
        self._fin_queued = False
        self._next_size = 0  # a size drawn from ``cut`` that did not fit yet
        self._dupacks = 0
        self._recover: int | None = None  # recovery ends when this is acknowledged
        self._fast = False  # that recovery was entered without a timeout
        self._first_due = False  # its first retransmission goes out whatever the window says
        self._retries = 0  # timeouts since the peer was last heard
        self._deadline: int | None = None  # retransmission or persist timer

    # ---- the owner's side ---------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Append to the stream."""
        if self._fin_queued:
            raise ValueError("write after close")
        self._queue.write(data)

    def close(self) -> None:
        """Send a FIN after everything written so far."""
        if not self._fin_queued:
            self._fin_queued = self._fin_due = True

    @property
    def unsent(self) -> int:
        """Bytes written that were never sent."""
        return self._queue.unsent

    def skip_syn(self, window: int) -> None:
        """Take a connection over in mid-stream: nothing to shake hands about."""
        self._syn_due = False
        self.snd_wnd = window

    @property
    def snd_una(self) -> SeqNum:
        """Oldest sequence number not acknowledged."""
        return self._queue.iss + self._queue.una

    @property
    def snd_nxt(self) -> SeqNum:
        """Sequence number of the next new byte."""
        return self._queue.iss + self._queue.nxt

    @property
    def idle(self) -> bool:
        """Everything, a FIN included, was sent and acknowledged."""
        return not (self._queue.sent or self._queue.unsent or self._syn_due or self._fin_due)

    @property
    def fin_acked(self) -> bool:
        return self._fin_queued and self.idle

    @property
    def failed(self) -> bool:
        """Too many timeouts in a row: the peer is gone."""
        return self._retries > MAX_RXTSHIFT

    def next_deadline(self) -> int | None:
        """When ``poll`` must be called at the latest."""
        return self._deadline

    def poll(self, now: int) -> list[OutSegment]:
        """Run the timer and return what may be sent now, in order."""
        out: list[OutSegment] = []
        sent = self._queue.sent
        quiet, probe = not sent, False
        if self._deadline is not None and now >= self._deadline:
            if quiet:
                probe = True
                self.stats.persist += 1
            else:
                self._timeout()
            self._retries += 1
            self.rto.back_off()
            self._deadline = None
        if not self.failed:
            self._send_lost(now, out)
            self._send_new(now, out, probe)
        # The persist timer ends where the retransmission timer starts.
        if (quiet and sent) or (self._deadline is None and (sent or self._blocked())):
            self._deadline = now + self.rto.rto
        return out

    # ---- the peer's side ----------------------------------------------------------------------

    def on_ack(
        self,
        now: int,
        ack: SeqNum,
        window: int,
        sack: Sequence[SackBlock] = (),
        pure: bool = True,
    ) -> None:
        """Take an acknowledgement; ``window`` is in bytes (already scaled).

        ``pure`` = the segment had neither payload, SYN nor FIN, so it can be a duplicate ACK.
        """
        q = self._queue
        snd_una = q.iss + q.una
        acked = ack.minus(snd_una)
        if not 0 <= acked <= q.nxt - q.una:
            return
        self._retries = 0
        same_window = window == self.snd_wnd
        self.snd_wnd = window
        blocks = [
            (q.una + left.minus(snd_una), q.una + right.minus(snd_una)) for left, right in sack
        ]
        newly_sacked = mark_sacked(q.sent, blocks)
        q.marked = q.marked or newly_sacked
        if acked:
            self._advance(now, acked)
        elif q.sent and q.sent[0].probe:
            if window:  # it opened: no need to wait for the timer
                q.sent[0].lost, q.sent[0].probe = True, False
                q.marked, self._deadline = True, None
        elif q.sent and pure and (newly_sacked or (same_window and not sack)):
            self._dupacks += 1
        self._detect_loss(bool(sack))

    def _advance(self, now: int, acked: int) -> None:
        """Forget acknowledged segments, measure, grow the window."""
        q = self._queue
        sent_at = q.acknowledge(q.una + acked)
        if sent_at is not None:
            self.rto.sample(now - sent_at)
        self.rto.progress()
        self._dupacks = 0
        if self._recover is not None and q.una >= self._recover:
            self._recover, self._fast = None, False
        if self._fast:
            if q.sent and not any(s.sacked for s in q.sent) and not q.sent[0].rexmits:
                # RFC 6582: a partial ACK names the next hole
                q.sent[0].lost = q.marked = True
        else:
            self.congestion.grow(acked, self.mss)
        self._deadline = now + self.rto.rto if q.sent else None

    def _detect_loss(self, sack: bool) -> None:
        """Enter or continue fast recovery."""
        q = self._queue
        found = q.marked and mark_lost(q.sent, DUP_THRESHOLD, self.mss)
        if not found and not sack and self._dupacks == DUP_THRESHOLD and self._recover is None:
            q.sent[0].lost = q.marked = found = True
        if found and self._recover is None:
            self._recover, self._fast, self._first_due = q.nxt, True, True
            self.congestion.recover(q.flight, self.mss)
            self.stats.fast_recoveries += 1

    def _timeout(self) -> None:
        """RFC 6298 section 5: everything unacknowledged is lost, the receiver may have reneged."""
        q = self._queue
        if q.sent[0].probe:  # the window is shut: no sign of loss
            q.sent[0].lost = q.marked = True
            self.stats.persist += 1
            return
        self.stats.rexmttimeo += 1
        for seg in q.sent:
            seg.sacked, seg.lost = False, True
        q.marked = True
        self.congestion.collapse(q.flight, self.mss, again=self.rto.shift > 0)
        self._recover, self._fast = q.nxt, False
        self._dupacks = 0

    # ---- what goes out ------------------------------------------------------------------------

    def _blocked(self) -> bool:
        """Data or FIN waits, nothing is in flight: only the peer's window can be in the way."""
        q = self._queue
        return not q.sent and not self._syn_due and bool(q.unsent or self._fin_due)

    def _send_lost(self, now: int, out: list[OutSegment]) -> None:
        q = self._queue
        if not q.marked or not any(s.lost for s in q.sent):
            return
        pipe, index = q.pipe(self._dupacks, self.mss), 0
        while index < len(q.sent):
            seg = q.sent[index]
            if seg.lost:
                full = pipe and pipe + min(seg.length, self.mss) > self.congestion.window()
                if full and not self._first_due:
                    return
                self._first_due = False
                if self._recut and not (seg.syn or seg.fin):
                    q.recut(index, self.mss, self._size)
                    seg = q.sent[index]
                pipe += seg.length
                self.stats.sndrexmitpack += 1
                out.append(q.again(now, seg))
            index += 1

    def _send_new(self, now: int, out: list[OutSegment], probe: bool) -> None:
        q = self._queue
        if self._syn_due:
            self._syn_due = False
            self.stats.sndpack += 1
            out.append(q.first(now, 0, syn=True))
            return
        if q.sent and q.sent[0].syn:
            return  # no data before the handshake
        pipe, window = q.pipe(self._dupacks, self.mss), self.congestion.window()
        while q.unsent or self._fin_due:
            size = min(self._next_size or self._size(self.mss), self.mss, q.unsent)
            offered = self.snd_wnd - (q.nxt - q.una)
            if probe:
                size, probe = min(size, max(offered, 1)), False
            elif size > offered or (pipe and pipe + size > window):
                self._next_size = size if self._cut else 0  # a drawn size is not drawn again
                return
            self._next_size = 0
            fin = self._fin_due and size == q.unsent
            self._fin_due = self._fin_due and not fin
            pipe += size + fin
            self.stats.sndpack += 1
            out.append(q.first(now, size, fin=fin, probe=size > offered))

    def _size(self, limit: int) -> int:
        return self._cut(limit) if self._cut else limit

    def check(self) -> None:
        """Assert the invariant of the queue."""
        self._queue.check()
