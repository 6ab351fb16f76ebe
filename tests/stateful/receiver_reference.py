# SPDX-License-Identifier: BSD-2-Clause
"""A TLS receiver in software that remembers everything: what a socket buffer must hold and say.

It knows the records that were sent and the mark of every byte that arrived. When the worker tells
that it took a record, the reference works out what becomes of it; positions are plain offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from errno import EAGAIN, EBADMSG, EINVAL, EMSGSIZE, ENOTCONN

CONTROL = 24  # CMSG_SPACE(struct tls_get_record): what a record's control message counts


@dataclass(frozen=True)
class Sent:
    """One record as sent. ``fate``: good, spoiled (its tag is wrong), short (no room for a tag),
    zeros (TLS 1.3 without an inner type) or version (a header no sender of the session makes).

    ``marked`` is what a reader gets if every byte came marked: no software looks at the tag then.
    """

    start: int
    length: int
    number: int
    type: int
    payload: bytes
    marked: bytes
    fate: str = "good"

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass
class Readable:
    """What is left of a record; ``type`` None once its control message was read, or before TLS."""

    type: int | None
    data: bytes
    ends: bool = True  # M_EOR


Told = tuple[bytes, int | None, bool, int]  # data, record type, end of record, errno


class NaiveReceiver:
    """``prefix`` bytes come before the first record and are read before TLS is enabled."""

    def __init__(self, prefix: int, tagged: bool) -> None:
        self.records: list[Sent] = []
        self.marks: list[bool] = []  # of every byte that arrived
        self.taken = prefix  # every byte before it left the TLS chain
        self.tagged = tagged
        self.unread = 0  # bytes of the stream before TLS that are readable
        self.enabled = self.finished = self.dropped = self.shut = False
        self.error = 0
        self.readable: list[Readable] = []
        self.calls: list[tuple[int, int, int]] = []
        self.resync = False

    # What happens to it -------------------------------------------------------------------------

    def arrived(self, mark: bool, count: int) -> None:
        if self.dropped or self.shut:
            return
        self.marks += [mark] * count
        if not self.enabled:
            self.unread += count

    def enable(self) -> None:
        self.enabled, self.unread = True, 0
        self._truncated()

    def no_more(self) -> None:
        """FIN, or the reader shut its side."""
        self.finished = True
        self._truncated()

    def flush(self) -> None:
        self.shut = True
        self.readable, self.unread, self.taken = [], 0, len(self.marks)

    def _truncated(self) -> None:
        if self.enabled and self.finished and self.waiting() and not self.complete():
            self.error = EMSGSIZE

    # The worker ---------------------------------------------------------------------------------

    def next(self) -> Sent | None:
        return next((r for r in self.records if r.start == self.taken), None)

    def waiting(self) -> int:
        """Bytes that arrived and are not taken, a detached record included."""
        return len(self.marks) - self.taken

    def complete(self) -> bool:
        record = self.next()
        return record is not None and record.end <= len(self.marks) and not self.dropped

    def state(self, record: Sent) -> str:
        marks = set(self.marks[record.start : record.end])
        return "mixed" if len(marks) == 2 else "decrypted" if marks == {True} else "encrypted"

    def outcome(self, record: Sent) -> int:
        """0 if the reader gets it, else what he is told."""
        if record.fate == "short":
            return EMSGSIZE
        if record.fate == "version":
            return EINVAL
        if record.fate == "spoiled" and self.state(record) == "decrypted":
            return 0
        return 0 if record.fate == "good" else EBADMSG

    def take(self, event: str) -> None:
        """The worker is done with the next record, in the way that ``event`` names."""
        record = self.next()
        assert record is not None
        error = self.outcome(record)
        if event == "corrupted_record":
            assert record.fate == "version"
            self.dropped, self.error = True, error
            return
        assert record.end <= len(self.marks)
        assert (event == "failed_record") == bool(error)
        self.taken = record.end
        if error:
            self.error = error
        else:
            whole = self.state(record) == "decrypted"
            payload = record.marked if whole else record.payload
            self.readable.append(Readable(record.type, payload))
            self._report(record, whole)
        self._truncated()

    def _report(self, record: Sent, whole: bool) -> None:
        if not whole:
            self.resync = True
            call = record.start, record.length, record.number
        elif self.resync:
            self.resync = False
            call = record.end, 0, record.number
        else:
            return
        if self.tagged:
            self.calls.append(call)

    # The reader ---------------------------------------------------------------------------------

    def acc(self) -> int:
        """Readable bytes, control messages included."""
        controls = sum(CONTROL for r in self.readable if r.type is not None)
        return self.unread + controls + sum(len(r.data) for r in self.readable)

    def read(self, n: int, stream: bytes) -> Told:
        """``stream`` is what was sent before TLS."""
        if self.unread:
            at = len(self.marks) - self.unread
            out = stream[at : at + min(n, self.unread)]
            self.unread -= len(out)
            return out, None, False, 0
        if self.readable:
            first = self.readable[0]
            kind, out = first.type, first.data[:n]
            first.type, first.data = None, first.data[n:]
            if first.data:
                return out, kind, False, 0
            self.readable.pop(0)
            return out, kind, True, 0
        error, self.error = self.error, 0
        if not error and not (self.finished and not self.waiting()):
            error = ENOTCONN if self.dropped else EAGAIN
        return b"", None, False, error
