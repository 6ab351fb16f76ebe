# SPDX-License-Identifier: BSD-2-Clause
"""The sending half of TCP, sans-IO: window, retransmission, SACK recovery (RFC 5681, 6298, 6675).

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

from sw_model.peer.rto import RtoEstimator
from sw_model.peer.scoreboard import Sent, mark_lost, mark_sacked
from sw_model.peer.stream_buffer import StreamBuffer
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import SackBlock

DUP_THRESHOLD = 3
INITIAL_WINDOW_SEGMENTS = 10
MAX_RXTSHIFT = 12  # the kernel gives a connection up after this many timeouts in a row


@dataclass(slots=True)
class OutSegment:
    """One segment to send; the owner adds ports, ACK, window and options."""

    seq: SeqNum
    payload: bytes
    syn: bool = False
    fin: bool = False
    push: bool = False
    retransmission: bool = False


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

    Invariant (``check``): the ``_sent`` list covers [_una, _nxt) without gap or overlap, and
    ``_buffer`` holds exactly the data at and behind ``_una``. Both count from ``iss``.

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
        self._iss = iss
        self._una = self._nxt = 0
        self.snd_wnd = window
        self.rto = rto or RtoEstimator()
        self.fixed_window = fixed_window
        self.cwnd = INITIAL_WINDOW_SEGMENTS * mss
        self.ssthresh = 1 << 30
        self.stats = SenderStats()
        self._cut = cut
        self._recut = recut
        self._syn_due = syn
        self._fin_due = False
        self._fin_queued = False
        self._buffer = StreamBuffer()
        self._unsent = 0  # bytes at the end of _buffer that were never sent
        self._sent: list[Sent] = []
        self._marked = False  # some segment may be lost or sacked
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
        self._buffer.append(data)
        self._unsent += len(data)

    def close(self) -> None:
        """Send a FIN after everything written so far."""
        if not self._fin_queued:
            self._fin_queued = self._fin_due = True

    @property
    def unsent(self) -> int:
        """Bytes written that were never sent."""
        return self._unsent

    def skip_syn(self, window: int) -> None:
        """Take a connection over in mid-stream: nothing to shake hands about."""
        self._syn_due = False
        self.snd_wnd = window

    @property
    def snd_una(self) -> SeqNum:
        """Oldest sequence number not acknowledged."""
        return self._iss + self._una

    @property
    def snd_nxt(self) -> SeqNum:
        """Sequence number of the next new byte."""
        return self._iss + self._nxt

    @property
    def outstanding(self) -> int:
        """Sequence space sent and not acknowledged."""
        return self._nxt - self._una

    @property
    def idle(self) -> bool:
        """Everything, a FIN included, was sent and acknowledged."""
        return not (self._sent or self._unsent or self._syn_due or self._fin_due)

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
        probe = False
        if self._deadline is not None and now >= self._deadline:
            if self._sent:
                self._timeout()
            else:
                probe = True
                self.stats.persist += 1
            self._retries += 1
            self.rto.back_off()
            self._deadline = None
        if not self.failed:
            self._send_lost(now, out)
            self._send_new(now, out, probe)
        if self._deadline is None and (self._sent or self._blocked()):
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
        snd_una = self.snd_una
        acked = ack.minus(snd_una)
        if not 0 <= acked <= self.outstanding:
            return
        self._retries = 0
        same_window = window == self.snd_wnd
        self.snd_wnd = window
        blocks = [
            (self._una + left.minus(snd_una), self._una + right.minus(snd_una))
            for left, right in sack
        ]
        newly_sacked = mark_sacked(self._sent, blocks)
        self._marked = self._marked or newly_sacked
        if acked:
            self._advance(now, self._una + acked)
        elif self._sent and self._sent[0].probe:
            if window:  # it opened: no need to wait for the timer
                self._sent[0].lost, self._sent[0].probe = True, False
                self._marked, self._deadline = True, None
        elif self._sent and pure and (newly_sacked or (same_window and not sack)):
            self._dupacks += 1
        self._detect_loss(bool(sack))

    def _advance(self, now: int, ack: int) -> None:
        """Forget acknowledged segments, measure, grow the window."""
        acked = ack - self._una
        rtt: int | None = None
        whole = data = 0  # segments that were acknowledged as a whole, bytes of data in all
        for seg in self._sent:
            size = seg.data_len
            if seg.start + size + seg.syn + seg.fin > ack:
                break
            whole += 1
            data += size
            if not seg.rexmits:
                rtt = now - seg.sent_at
        del self._sent[:whole]
        if self._sent and self._sent[0].start < ack:
            data += self._sent[0].trim_front(ack)
        self._buffer.drop(data)
        self._una = ack
        self._marked = self._marked and any(s.sacked or s.lost for s in self._sent)
        if rtt is not None:
            self.rto.sample(rtt)
        self.rto.progress()
        self._dupacks = 0
        if self._recover is not None and ack >= self._recover:
            self._recover, self._fast = None, False
        if self._fast:
            if self._sent and not any(s.sacked for s in self._sent) and not self._sent[0].rexmits:
                # RFC 6582: a partial ACK names the next hole
                self._sent[0].lost = self._marked = True
        elif self.cwnd < self.ssthresh:
            self.cwnd += min(acked, 2 * self.mss)
        else:
            self.cwnd += max(1, self.mss * min(acked, self.mss) // self.cwnd)
        self._deadline = now + self.rto.rto if self._sent else None

    def _detect_loss(self, sack: bool) -> None:
        """Enter or continue fast recovery."""
        found = self._marked and mark_lost(self._sent, DUP_THRESHOLD, self.mss)
        if not found and not sack and self._dupacks == DUP_THRESHOLD and self._recover is None:
            self._sent[0].lost = self._marked = found = True
        if found and self._recover is None:
            self._recover, self._fast, self._first_due = self._nxt, True, True
            self.ssthresh = max(self.outstanding // 2, 2 * self.mss)
            self.cwnd = self.ssthresh
            self.stats.fast_recoveries += 1

    def _timeout(self) -> None:
        """RFC 6298 section 5: everything unacknowledged is lost, the receiver may have reneged."""
        if self._sent[0].probe:  # the window is shut: no sign of loss
            self._sent[0].lost = self._marked = True
            self.stats.persist += 1
            return
        self.stats.rexmttimeo += 1
        for seg in self._sent:
            seg.sacked, seg.lost = False, True
        self._marked = True
        if self.rto.shift == 0:
            self.ssthresh = max(self.outstanding // 2, 2 * self.mss)
        self.cwnd = self.mss
        self._recover, self._fast = self._nxt, False
        self._dupacks = 0

    # ---- what goes out ------------------------------------------------------------------------

    def _pipe(self) -> int:
        """Bytes believed to be in the network (RFC 6675 section 4)."""
        if not self._marked and not self._dupacks:
            return self.outstanding
        pipe = sum(s.length for s in self._sent if not s.sacked and not s.lost)
        if self._dupacks and not any(s.sacked for s in self._sent):
            pipe = max(0, pipe - self._dupacks * self.mss)  # each duplicate ACK left the network
        return pipe

    def _window(self) -> int:
        return self.cwnd if self.fixed_window is None else self.fixed_window

    def _blocked(self) -> bool:
        """Data or FIN waits, nothing is in flight: only the peer's window can be in the way."""
        return not self._sent and not self._syn_due and bool(self._unsent or self._fin_due)

    def _send_lost(self, now: int, out: list[OutSegment]) -> None:
        if not self._marked or not any(s.lost for s in self._sent):
            return
        pipe, index = self._pipe(), 0
        while index < len(self._sent):
            seg = self._sent[index]
            if seg.lost:
                full = pipe and pipe + min(seg.length, self.mss) > self._window()
                if full and not self._first_due:
                    return
                self._first_due = False
                if self._recut and not (seg.syn or seg.fin):
                    self._cut_again(index)
                    seg = self._sent[index]
                seg.lost, seg.sent_at = False, now
                seg.rexmits += 1
                pipe += seg.length
                self.stats.sndrexmitpack += 1
                out.append(self._emit(seg, retransmission=True))
            index += 1

    def _cut_again(self, index: int) -> None:
        """Join the run of lost segments at ``index``, then cut one segment off its front."""
        stop = index + 1
        while stop < len(self._sent) and self._sent[stop].joinable:
            stop += 1
        run = self._sent[index:stop]
        total = sum(s.length for s in run)
        size = self._size(min(total, self.mss))
        head, tail = run[0].split(size, total)
        self._sent[index:stop] = [head] if tail is None else [head, tail]

    def _send_new(self, now: int, out: list[OutSegment], probe: bool) -> None:
        if self._syn_due:
            self._syn_due = False
            self._append(now, out, Sent(self._nxt, 0, now, syn=True))
            return
        if self._sent and self._sent[0].syn:
            return  # no data before the handshake
        pipe, window = self._pipe(), self._window()
        while self._unsent or self._fin_due:
            size = min(self._next_size or self._size(self.mss), self.mss, self._unsent)
            offered = self.snd_wnd - (self._nxt - self._una)
            if probe:
                size, probe = min(size, max(offered, 1)), False
            elif size > offered or (pipe and pipe + size > window):
                self._next_size = size if self._cut else 0  # a drawn size is not drawn again
                return
            self._next_size = 0
            fin = self._fin_due and size == self._unsent
            self._fin_due = self._fin_due and not fin
            self._unsent -= size
            pipe += size + fin
            self._append(now, out, Sent(self._nxt, size, now, False, fin, size > offered))

    def _size(self, limit: int) -> int:
        return self._cut(limit) if self._cut else limit

    def _append(self, now: int, out: list[OutSegment], seg: Sent) -> None:
        if not self._sent:
            self._deadline = None  # the persist timer ends where the retransmission timer starts
        self._sent.append(seg)
        self._nxt = seg.end
        self.stats.sndpack += 1
        out.append(self._emit(seg, False))

    def _emit(self, seg: Sent, retransmission: bool) -> OutSegment:
        start = seg.start - self._una + self._buffer.start
        end = start + seg.data_len
        payload = self._buffer.read(start, end) if seg.data_len else b""
        last = end == self._buffer.end and end > start
        return OutSegment(self._iss + seg.start, payload, seg.syn, seg.fin, last, retransmission)

    def check(self) -> None:
        """Assert the class invariant."""
        at = self._una
        for seg in self._sent:
            assert seg.start == at, f"gap or overlap at {at}: {seg}"
            at = seg.end
        assert at == self._nxt
        assert self._marked or not any(s.lost or s.sacked for s in self._sent)
        data = sum(s.data_len for s in self._sent)
        self._buffer.check()
        held = self._buffer.end - self._buffer.start
        assert data + self._unsent == held, "buffer and segments disagree"
