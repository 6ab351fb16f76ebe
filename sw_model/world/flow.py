# SPDX-License-Identifier: BSD-2-Clause
"""One TLS connection of a world, seen from all sides, and what is reported about it."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sw_model.check.packets import Violation
from sw_model.crypto.keys import TrafficKeys
from sw_model.nic.layout import PktMeta, TlsStatus
from sw_model.peer.session import TlsSession
from sw_model.world.client import Phase, TlsClient
from sw_model.world.config import SessionConfig
from sw_model.world.host import AppSocket, HostSide
from sw_model.world.properties import MarksComeBack
from sw_model.world.refused import check_refused
from sw_model.world.remote import RemoteApp, cipher_name

# Driver events: the NIC is told the number of the record it holds, or of one that is to come.
CONFIRMS = frozenset(("confirm", "next_hint"))


@dataclass
class ResyncWatch:
    """The three-way resync of one flow as it happens: lost, asked, confirmed, offloaded again."""

    lost: int = 0  # packets with code RESYNC
    requests: int = 0
    confirmations: int = 0
    reoffloads: int = 0  # confirmation followed by a marked packet
    reoffload_ns: list[int] = field(default_factory=list)  # from loss to that packet
    _lost_at: int | None = None
    confirmed: bool = False

    def packet(self, now: int, status: TlsStatus) -> None:
        if status is TlsStatus.RESYNC:
            self.lost += 1
            self.confirmed = False
            if self._lost_at is None:
                self._lost_at = now
        elif status is TlsStatus.DECRYPTED and self.confirmed:
            self.reoffloads += 1
            self.confirmed = False
            if self._lost_at is not None:
                self.reoffload_ns.append(now - self._lost_at)
                self._lost_at = None

    def driver(self, what: str) -> None:
        if what == "get_psv":
            self.requests += 1
        elif what in CONFIRMS:
            self.confirmations += 1
            self.confirmed = True

    def report(self) -> dict[str, Any]:
        return {
            "lost": self.lost,
            "requests": self.requests,
            "confirmations": self.confirmations,
            "reoffloads": self.reoffloads,
            "reoffload_ns": self.reoffload_ns,
        }


class Flow:
    """Sender, application and counters of one connection."""

    def __init__(self, name: str, config: SessionConfig) -> None:
        self.name, self.config = name, config
        self.client: TlsClient | None = None
        self.server: RemoteApp | None = None
        self.packets: Counter[TlsStatus] = Counter()
        self.digest = hashlib.sha256()  # of what the application read
        self._parts: list[bytes] = []
        self.forged: set[int] = set()  # starts of records that were changed in flight
        self.resync = ResyncWatch()
        self.watch = MarksComeBack(name, config.unmarked_limit)

    @property
    def app(self) -> TlsClient:
        """The application on this host; exists once the connection was opened."""
        assert self.client is not None, f"{self.name} was not started"
        return self.client

    @property
    def remote(self) -> RemoteApp:
        """The sender; exists once its machine has seen the SYN."""
        assert self.server is not None, f"{self.name}: nobody answered"
        return self.server

    @property
    def delivered(self) -> bytes:
        """What the application read."""
        return b"".join(self._parts)

    def run(self, host: HostSide, so: AppSocket) -> TlsClient:
        """Put the client on its socket."""
        session = None
        if self.config.tls == "openssl":
            session = TlsSession("client", self.config.version, cipher_name(self.config))
        self.client = TlsClient(host, so, session, lambda at: self.remote.protected_at(at))
        self.client.on_enabling = self._enabling
        self.client.on_data = self._data
        return self.client

    def _enabling(self, keys: TrafficKeys, number: int, at: int) -> None:
        self.remote.truth.protect(keys, at, number)

    def _data(self, data: bytes) -> None:
        if self.remote.expected is not None:
            self.remote.expected.delivered(data)
            return
        self.digest.update(data)
        self._parts.append(data)
        if self._left_early and self.app.phase is Phase.DATA:
            self.app.phase = Phase.CLOSED
            self.app.close()

    @property
    def _left_early(self) -> bool:
        """The application has read as much as it wanted to."""
        limit = self.config.close_after
        return limit is not None and self.app.received >= limit

    def number_at(self, seq: int) -> int | None:
        """The true number of the record whose header is at this sequence number."""
        if self.remote.expected is not None:
            return self.remote.expected.number_at(seq)
        record = self.remote.truth.record_at(seq)
        return None if record is None else record.number

    def is_next(self, seq: int, number: int) -> bool:
        """Is this where the sender's next record will start, with this number?"""
        if self.remote.expected is not None:
            return self.remote.expected.is_next(seq, number)
        return self.remote.truth.is_next(seq, number)

    @property
    def tirn(self) -> int | None:
        """The NIC context that serves the flow now."""
        return self.client.host.context_of(self.client.so) if self.client else None

    def packet(self, now: int, meta: PktMeta) -> None:
        """One frame with payload towards the host."""
        status = meta.tls_status
        self.packets[status] += 1
        if self.resync.confirmed or status is TlsStatus.RESYNC:
            self.resync.packet(now, status)

    @property
    def over(self) -> bool:
        return self.client is not None and self.client.phase in (Phase.CLOSED, Phase.FAILED)

    def check(self) -> None:
        """The application must have exactly what was sent, up to the first record that was forged
        and has not been refused in the meantime."""
        if self.remote.expected is not None:
            self._check_end()
            self.remote.expected.finish()
        elif self._left_early:
            if not self.remote.truth.app_data().startswith(self.delivered):
                raise Violation(f"{self.name}: the bytes delivered are not the ones sent")
        elif self.forged or not all(r.good for r in self.remote.truth.records):
            check_refused(self.name, self.remote.truth, self.app, self.delivered, self.forged)
        else:
            self._check_all()

    def _check_all(self) -> None:
        want = self.remote.truth.app_data()
        self._check_end()
        if self.app.received != len(want):
            raise Violation(f"{self.name}: {self.app.received} bytes delivered, {len(want)} sent")
        if self.digest.digest() != hashlib.sha256(want).digest():
            raise Violation(f"{self.name}: {len(want)} bytes delivered, but not the ones sent")

    def _check_end(self) -> None:
        if self.app.phase is not Phase.CLOSED or self.app.error is not None:
            raise Violation(
                f"{self.name}: ended in {self.app.phase.value} with error {self.app.error}"
            )

    def _bytes_verified(self) -> int:
        if self.remote.expected is not None:
            return self.remote.expected.read
        sent = self.remote.truth.app_data()[: self.app.received]
        right = self.digest.digest() == hashlib.sha256(sent).digest()
        return self.app.received if right else 0

    def report(self) -> dict[str, Any]:
        """The flow's part of result.json."""
        stats = self.app.so.record_stats
        return {
            "flow": self.name,
            "tls_version": self.config.version,
            "cipher": cipher_name(self.config),
            "app_bytes": self.app.received,
            "app_records": self.app.records,
            "app_sha256": self.digest.hexdigest() if self.remote.expected is None else None,
            "bytes_verified": self._bytes_verified(),
            "records_decrypted": stats.decrypted,
            "records_mixed": stats.mixed,
            "records_encrypted": stats.encrypted,
            "records_failed": stats.failed,
            "first_error": self.app.error,
            "packets": {s.name.lower(): self.packets[s] for s in TlsStatus},
            "resync": self.resync.report(),
        }
