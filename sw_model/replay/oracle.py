# SPDX-License-Identifier: BSD-2-Clause
"""What a careful application keeps of a captured direction, worked out in software only.

Neither a NIC nor the kernel model is used: the stream comes from ``capture.receiver``, each record
is opened by ``crypto.gcm`` under the kernel's rules for headers (sys/kern/uipc_ktls.c).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sw_model.capture.keychange import KeyChange
from sw_model.capture.plan import DirectionPlan, Epoch
from sw_model.crypto.gcm import RecordError, open_record
from sw_model.wire.tls import (
    APPLICATION_DATA,
    EXPLICIT_NONCE_LEN,
    MAX_PLAINTEXT,
    TAG_LEN,
    TLS_HLEN,
    WIRE_VERSION,
    RecordHeader,
)

EBADMSG, EMSGSIZE, EINVAL = "EBADMSG", "EMSGSIZE", "EINVAL"


@dataclass
class Verdict:
    """``errors`` are the outcomes a right kernel may come to: with a header no sender can have made
    in front of a FIN, it depends on when the worker looks."""

    app_records: int = 0
    app_bytes: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    errors: tuple[tuple[str, int] | None, ...] = (None,)

    @property
    def app_sha256(self) -> str:
        value: str = self.digest.hexdigest()
        return value

    def take(self, payload: bytes) -> None:
        self.app_records += 1
        self.app_bytes += len(payload)
        self.digest.update(payload)


class Oracle:
    """Walks the records of one direction once."""

    def __init__(self, plan: DirectionPlan) -> None:
        self.plan = plan
        received = plan.direction.received
        self.stream = received.stream
        self.ended = received.over
        self.verdict = Verdict()
        self._epochs = list(plan.epochs)
        self._enter(self._epochs.pop(0))

    def _enter(self, epoch: Epoch) -> None:
        self.keys, self.number, self.at = epoch.keys, epoch.number, epoch.start
        self.change = KeyChange(epoch.keys.version)

    def judge(self) -> Verdict:
        """The verdict over the whole stream."""
        tls13 = self.keys.version == "1.3"
        hlen = TLS_HLEN + (0 if tls13 else EXPLICIT_NONCE_LEN)
        longest = hlen + MAX_PLAINTEXT + TAG_LEN + tls13
        while len(self.stream) - self.at >= hlen:
            header = RecordHeader.parse(self.stream, self.at)
            assert header is not None
            end = self.at + header.record_len
            error = self._bad_header(header, hlen, longest, tls13)
            if error:
                self._bad_header_outcome(error, end)
                return self.verdict
            if end > len(self.stream):
                break
            try:
                kind, payload = open_record(
                    self.keys, self.number, bytes(self.stream[self.at : end])
                )
            except RecordError as bad:
                name = EMSGSIZE if bad.reason == "length" else EBADMSG
                self.verdict.errors = ((name, self.number),)
                return self.verdict
            if kind == APPLICATION_DATA:
                self.verdict.take(payload)
            self.at, self.number = end, self.number + 1 & 0xFFFF_FFFF_FFFF_FFFF
            if self.change.announced(kind, payload):
                if not self._epochs:  # the key log ends here
                    return self.verdict
                self._enter(self._epochs.pop(0))
        if self.ended and self.at < len(self.stream):
            self.verdict.errors = ((EMSGSIZE, self.number),)
        return self.verdict

    def _bad_header(self, header: RecordHeader, hlen: int, longest: int, tls13: bool) -> str:
        if header.version != WIRE_VERSION or (tls13 and header.type != APPLICATION_DATA):
            return EINVAL
        return "" if hlen <= header.record_len <= longest else EMSGSIZE

    def _bad_header_outcome(self, error: str, end: int) -> None:
        """Whole: noticed for certain. Else only by a worker that runs anyway; a FIN is noticed."""
        outcomes: tuple[tuple[str, int] | None, ...] = ((error, self.number),)
        if end > len(self.stream):
            outcomes += ((EMSGSIZE, self.number) if self.ended else None,)
        self.verdict.errors = outcomes
