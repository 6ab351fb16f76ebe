# SPDX-License-Identifier: BSD-2-Clause
"""What a run of any length must deliver: nothing that was read is kept.

The sender hands over each payload as it seals it, the receiver takes them off as it reads, so what
is under way is all there is. Of records only the numbers of the latest are known, as confirmations
name them.
"""

from __future__ import annotations

from collections import deque

from sw_model.check.packets import Violation
from sw_model.wire.seq import SeqNum
from sw_model.wire.tls import APPLICATION_DATA

REMEMBERED = 1 << 16  # records; far more than fit into a window


class Expected:
    """One direction of a connection; offset 0 of the stream is sequence number ``isn + 1``."""

    def __init__(self, name: str, isn: SeqNum) -> None:
        self.name = name
        self.sent = self.read = 0  # bytes of application data
        self._seq = isn + 1
        self._next_number: int | None = None
        self._numbers: dict[int, int] = {}  # by sequence number of the header
        self._payloads: deque[bytes] = deque()

    def sealed(self, record: bytes, number: int, kind: int, payload: bytes) -> None:
        """The sender appends a record to its stream."""
        self._numbers[int(self._seq)] = number
        self._next_number = number + 1
        if len(self._numbers) > REMEMBERED:
            del self._numbers[next(iter(self._numbers))]
        self._seq = self._seq + len(record)
        if kind == APPLICATION_DATA and payload:
            self._payloads.append(payload)
            self.sent += len(payload)

    def number_at(self, seq: int) -> int | None:
        """Number of the record whose header is at this sequence number."""
        return self._numbers.get(int(seq))

    def is_next(self, seq: int, number: int) -> bool:
        """Will the next record to be sealed start here, with this number?"""
        return int(self._seq) == seq and self._next_number == number

    def delivered(self, data: bytes) -> None:
        """The application reads ``data``; Violation if these are not the next bytes sent."""
        if self._payloads and self._payloads[0] == data:  # a whole record, as a rule
            self._payloads.popleft()
            self.read += len(data)
            return
        at = 0
        while at < len(data):
            want = self._payloads.popleft() if self._payloads else b""
            size = min(len(want), len(data) - at)
            if not size or want[:size] != data[at : at + size]:
                pairs = zip(want, data[at:], strict=False)
                where = at + next((i for i, (a, b) in enumerate(pairs) if a != b), 0)
                raise Violation(f"{self.name}: byte {self.read + where} is not the one sent")
            if size < len(want):
                self._payloads.appendleft(want[size:])
            at += size
        self.read += len(data)

    def finish(self) -> None:
        if self._payloads:
            raise Violation(f"{self.name}: {self.read} bytes delivered, {self.sent} sent")
