# SPDX-License-Identifier: BSD-2-Clause
"""One direction of a captured connection, replayed: its socket, counters and verdict."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import Counter
from errno import ENXIO, errorcode
from typing import Any

from sw_model.capture.plan import DirectionPlan
from sw_model.driver.tls_rx import TlsRxTag
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.stack import Stack
from sw_model.nic.layout import PktMeta, TlsStatus
from sw_model.replay.app import Phase, ReplayApp
from sw_model.replay.oracle import Oracle
from sw_model.replay.truth import CaptureTruth
from sw_model.world.flow import ResyncWatch

RCVBUF = 1 << 30  # captured peers had windows of their own; ours must never be in the way
MAX_TAGS = 1  # of VLAN, that the engine looks through


class ReplayFlow:
    """``plan`` with keys gets a socket when its first frame is played (``open``)."""

    def __init__(self, plan: DirectionPlan) -> None:
        self.plan = plan
        self.direction = plan.direction
        self.packets: Counter[str] = Counter()
        self.resync = ResyncWatch()
        self.app: ReplayApp | None = None
        self.truth = CaptureTruth(plan) if self.playable else None
        self.closed = False
        self._stack: Stack | None = None
        self._trace_from = 0

    @property
    def playable(self) -> bool:
        """There are keys for it."""
        return self.plan.reason is None and bool(self.plan.epochs)

    @property
    def first_index(self) -> int:
        """Its first frame in the capture."""
        return self.direction.segments[0].index

    @property
    def last_index(self) -> int:
        """Its last frame in the capture."""
        return self.direction.segments[-1].index

    @property
    def key(self) -> tuple[bytes, int, bytes, int]:
        """Local and foreign end as the kernel looks connections up."""
        us, them = self.direction.receiver, self.direction.sender
        return us.addr.packed, us.port, them.addr.packed, them.port

    def enable_index(self) -> int:
        """The frame behind which the application has its whole handshake."""
        progress = self.direction.received.progress
        lengths = [length for _, length in progress]
        at = bisect_left(lengths, self.plan.epochs[0].start)
        return progress[at][0] if at < len(progress) else self.first_index

    # ---- life ---------------------------------------------------------------------------------

    def open(self, stack: Stack, vlans: dict[int, VlanIfnet]) -> None:
        """Take the connection over where the capture has its first byte."""
        us, them = self.direction.receiver, self.direction.sender
        so = stack.adopt(
            us.addr, us.port, them.addr, them.port,
            self.direction.first or 0,
            self.direction.ack or 0,
            rcvbuf=RCVBUF,
            ts_recent=self.direction.received.ts_recent_at_start,
        )  # fmt: skip
        assert so.inp is not None
        tags = self.direction.tags
        if len(tags) > MAX_TAGS:
            so.inp.ro_nh = None  # no interface of this host could have the tag
        elif tags:
            so.inp.ro_nh = vlans[tags[0]]
        self._stack, self._trace_from = stack, len(stack.trace.events)
        self.app = ReplayApp(so, self.plan, self._failed_number)
        self.app.start()

    def close(self) -> None:
        """The capture has no more of it: drop connection, socket and tag."""
        if self.app is not None and not self.closed:
            self.app.so.abort()
        self.closed = True

    @property
    def open_now(self) -> bool:
        return self.app is not None and not self.closed

    @property
    def tirn(self) -> int | None:
        """The NIC context that serves the flow now."""
        tls = self.app.so.so_rcv.sb_tls_info if self.app else None
        tag = tls.snd_tag if tls is not None else None
        return tag.tirn if isinstance(tag, TlsRxTag) else None

    def packet(self, now: int, meta: PktMeta) -> None:
        """One of its frames came out of the NIC."""
        if meta.payload_len:
            self.packets[meta.tls_status.name.lower()] += 1
            self.resync.packet(now, meta.tls_status)

    def _kernel_event(self, what: str) -> dict[str, Any] | None:
        assert self.app is not None
        assert self._stack is not None
        events = self._stack.trace.events[self._trace_from :]
        mine = (e for e in events if e["who"] == "kernel" and e["what"] == what)
        return next((e for e in mine if e["flow"] == self.app.so.name), None)

    def _failed_number(self) -> int | None:
        event = self._kernel_event("failed_record")
        return None if event is None else event["num"]

    # ---- verdict ------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        """Where NIC, driver and kernel together differ from the oracle."""
        app = self.app
        if app is None:
            return []
        want = Oracle(self.plan).judge()
        name = f"{self.direction.sender} to {self.direction.receiver}"
        found = []
        if (app.received, app.records) != (want.app_bytes, want.app_records):
            found.append(
                f"{name}: {app.received} bytes in {app.records} records delivered, "
                f"{want.app_bytes} in {want.app_records} expected"
            )
        elif app.digest.hexdigest() != want.app_sha256:
            found.append(f"{name}: {app.received} bytes delivered, but not the captured ones")
        if app.first_error not in want.errors:
            found.append(f"{name}: first error {app.first_error}, expected {want.errors}")
        return found

    def report(self) -> dict[str, Any]:
        """The flow's entry in result.json."""
        app = self.app
        stats = app.so.record_stats if app else None
        error = app.first_error if app else None
        entry: dict[str, Any] = {
            "from": str(self.direction.sender),
            "to": str(self.direction.receiver),
            "tls_version": self.plan.version,
            "cipher": self.plan.cipher,
            "offloaded": bool(app and app.offloaded),
        }
        if reason := self._reason():
            entry["reason"] = reason
        entry |= {
            "app_records": app.records if app else 0,
            "app_bytes": app.received if app else 0,
            "app_sha256": (app.digest if app else hashlib.sha256()).hexdigest(),
            "records_decrypted": stats.decrypted if stats else 0,
            "records_mixed": stats.mixed if stats else 0,
            "records_encrypted": stats.encrypted if stats else 0,
            "records_failed": stats.failed if stats else 0,
            "first_error": {"error": error[0], "record": error[1]} if error else None,
            "packets": {s.name.lower(): self.packets[s.name.lower()] for s in TlsStatus},
            "resync": self.resync.report(),
            "keys_used": app.keys_used if app else 0,
            "ended": self._ended(),
        }
        if note := self._note():
            entry["note"] = note
        return entry

    def _reason(self) -> str | None:
        if self.plan.reason is not None:
            return self.plan.reason
        app = self.app
        if app is None or app.offloaded:
            return None
        if len(self.direction.tags) > MAX_TAGS:
            return f"{len(self.direction.tags)} VLAN tags; the engine looks through {MAX_TAGS}"
        event = self._kernel_event("tag_alloc")
        if event is None:
            return "the connection ended before the kernel took over"
        error = errorcode.get(abs(event["errno"]), "0")
        full = "" if event["errno"] == ENXIO else "; all contexts of the NIC may be in use"
        return f"no receive tag: {error}{full}"

    def _ended(self) -> str:
        """How the direction ends in the capture."""
        received = self.direction.received
        return "reset" if received.reset else "fin" if received.fin else "open"

    def _note(self) -> str | None:
        received = self.direction.received
        if self.app and self.app.phase is Phase.NO_KEYS:
            return self.plan.unknown_keys
        if received.missing:
            return f"the capture lacks data behind stream byte {len(received.stream)}"
        return None
