# SPDX-License-Identifier: BSD-2-Clause
"""The byte stream a FreeBSD receiver makes of the segments of one direction.

Nothing of the kernel model is used: the replay compares both. What matters where copies differ:

- bytes below ``rcv_nxt`` are never replaced;
- in the reassembly queue new data wins over the start of a queued run and over one it covers, the
  queued run wins over the front of new data (sys/netinet/tcp_reass.c);
- a segment without ACK, with an old timestamp (PAWS, RFC 7323 section 5) or beyond the window is
  ignored, an RST counts only at exactly ``rcv_nxt`` (RFC 5961 section 3).
"""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN

WINDOW = 1 << 30


@dataclass(frozen=True, slots=True)
class Segment:
    """What a receiver looks at; ``index`` is the frame's place in the capture."""

    index: int
    seq: SeqNum
    flags: int
    payload: bytes
    ts: int | None = None


@dataclass(slots=True)
class Run:
    """Queued data: it begins at stream offset ``start``."""

    start: int
    data: bytearray
    fin: bool = False

    @property
    def end(self) -> int:
        return self.start + len(self.data)


class TcpReceiver:
    """``stream`` is what is in order, ``runs`` what waits behind a hole."""

    def __init__(self, first: SeqNum, ts_recent: int | None = None) -> None:
        self.first = first
        self.ts_recent = self.ts_recent_at_start = ts_recent
        self.stream = bytearray()
        self.runs: list[Run] = []
        self.fin = False
        self.reset = False
        self.progress: list[tuple[int, int]] = []  # (frame index, stream length behind it)

    @property
    def over(self) -> bool:
        """No more data will be taken."""
        return self.fin or self.reset

    @property
    def missing(self) -> bool:
        """Data behind a hole was seen: the capture lacks some."""
        return bool(self.runs) and not self.over

    def segment(self, s: Segment) -> None:
        """Take one good segment."""
        if self.reset:
            return
        here = len(self.stream)
        at = here + s.seq.minus(self.first + (here + self.fin))
        if s.flags & RST:
            self.reset = at == here
            return
        if s.flags & SYN or not s.flags & ACK or not self._timely(s, at):
            return
        if at - here >= WINDOW:
            return
        self._data(at, s.payload, bool(s.flags & FIN))
        if len(self.stream) > here:
            self.progress.append((s.index, len(self.stream)))

    def _timely(self, s: Segment, at: int) -> bool:
        if self.ts_recent is None or s.ts is None:
            return True
        if SeqNum(s.ts) < SeqNum(self.ts_recent):
            return False
        if at <= len(self.stream):
            self.ts_recent = s.ts
        return True

    def _data(self, at: int, payload: bytes, fin: bool) -> None:
        here = len(self.stream)
        if self.fin:
            return
        old = here - at
        if old > 0:
            if old > len(payload) or (old == len(payload) and not fin):
                return
            at, payload = here, payload[old:]
        if not payload and not fin:
            return
        if at == here and not self.runs:
            self.stream += payload
            self.fin = fin
        elif not (self.runs and fin and at + len(payload) < self.runs[-1].end):
            self._queue(at, payload, fin)
            self._present()

    def _queue(self, at: int, payload: bytes, fin: bool) -> None:
        index = sum(run.start <= at for run in self.runs)
        before = self.runs[index - 1] if index else None
        if before is not None and before.end >= at:
            overlap = before.end - at
            if payload and overlap >= len(payload):
                before.fin |= fin and overlap == len(payload)
                return
            if before.fin:
                return
            before.data += payload[overlap:]
            before.fin |= fin
            index -= 1
        else:
            self.runs.insert(index, Run(at, bytearray(payload), fin))
        self._merge(index)

    def _merge(self, index: int) -> None:
        run = self.runs[index]
        while index + 1 < len(self.runs) and self.runs[index + 1].start <= run.end:
            behind = self.runs.pop(index + 1)
            rest = behind.data[run.end - behind.start :]
            run.fin |= behind.fin and behind.end >= run.end
            run.data += rest

    def _present(self) -> None:
        while self.runs and self.runs[0].start == len(self.stream):
            run = self.runs.pop(0)
            self.stream += run.data
            self.fin = run.fin


def receive(first: SeqNum, segments: list[Segment], ts_recent: int | None) -> TcpReceiver:
    """The stream of all segments. Old timestamps are held against a segment only where that makes
    a difference and loses nothing: the captured host acknowledged at other moments, and so
    remembered other stamps."""
    without = _receive(first, segments, None)
    if ts_recent is None:
        return without
    strict = _receive(first, segments, ts_recent)
    if strict.stream == without.stream:
        return without
    lost = strict.missing and len(without.stream) > len(strict.stream)
    return without if lost else strict


def _receive(first: SeqNum, segments: list[Segment], ts_recent: int | None) -> TcpReceiver:
    receiver = TcpReceiver(first, ts_recent)
    for segment in segments:
        receiver.segment(segment)
    return receiver


def order_matters(receiver: TcpReceiver, segments: list[Segment]) -> set[int]:
    """Frames that must not change places on their way through a host, or the stream is another
    one: copies with other bytes and all they overlap, RSTs, and everything if stamps decide."""
    if receiver.ts_recent_at_start is not None:
        return {s.index for s in segments}
    stream = receiver.stream
    places = [(s, s.seq.minus(receiver.first + len(stream)) + len(stream)) for s in segments]
    odd = [
        (at, at + len(s.payload))
        for s, at in places
        if at >= 0 and stream[at : at + len(s.payload)] != s.payload[: max(0, len(stream) - at)]
    ]
    found = {s.index for s in segments if s.flags & RST}
    for s, at in places:
        if any(at < high and low < at + len(s.payload) for low, high in odd):
            found.add(s.index)
    return found
