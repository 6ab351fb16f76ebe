# SPDX-License-Identifier: BSD-2-Clause
"""What must hold in every run, whatever happened in it: scenarios 105 to 107.

(103 is ``check/packets.py`` and ``Flow.check``, 104 stands in ``World`` where requests and
confirmations are seen.) Each check follows a run as it goes and needs no events kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sw_model.check.packets import Violation
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import PktMeta, TlsStatus

# From a record's last packet to the confirmation's effect: worker, request, answer, write, each
# with the windows of a simulated NIC. Measured rounds are 7 to 12 us.
ROUND_NS = 40_000


class EndCalls:
    """105: one end call for each run of records that software opened before hardware resumed."""

    def __init__(self) -> None:
        self._pending: set[str] = set()  # flows whose last good record software opened
        self._owed: dict[str, int] = {}
        self._lost: set[str] = set()  # flows whose tag went: a call may have found none

    def event(self, event: dict[str, Any]) -> None:
        """An event of the kernel."""
        flow, what = event.get("flow", ""), event["what"]
        if what == "record":
            if event["state"] != "decrypted":
                self._pending.add(flow)
            elif flow in self._pending:
                self._pending.discard(flow)
                self._owed[flow] = self._owed.get(flow, 0) + 1
        elif what == "resync" and event["len"] == 0:
            self._owed[flow] = self._owed.get(flow, 0) - 1
        elif what == "tag_reset":
            self._lost.add(flow)

    def finish(self) -> None:
        for flow, owed in self._owed.items():
            if owed < 0 or (owed > 0 and flow not in self._lost):
                raise Violation(f"{flow}: {-owed:+d} end calls against the runs that ended")


class MarksComeBack:
    """106: when nothing disturbs the stream any more, marks come back within ``limit`` bytes.

    Disturbed is a stream with a hole, one whose packet came out of order, lost tracking or failed,
    and one whose request or confirmation found no room in the queue; for ``ROUND_NS`` longer.
    """

    def __init__(self, name: str, limit: int) -> None:
        """``limit``: bytes that may come up unmarked in a quiet stream."""
        self.name, self.limit = name, limit
        self._next: int | None = None  # sequence number behind the last packet
        self._ahead: list[tuple[int, int]] = []  # arrived beyond a hole
        self._whole = 0  # up to here nothing is missing
        self._quiet_from = 0
        self._unmarked = 0

    def disturb(self, now: int) -> None:
        self._quiet_from = now + ROUND_NS
        self._unmarked = 0

    def packet(self, now: int, meta: PktMeta, offloaded: bool) -> None:
        """A packet with payload and good checksums came up."""
        start, end = meta.tcp_seq, meta.tcp_seq + meta.payload_len
        if self._next is None:
            self._whole = start
        straight = start == self._next and not self._ahead
        self._next = end & 0xFFFF_FFFF
        if straight:
            self._whole = self._next
        else:
            self._arrived(start, meta.payload_len)
        if meta.tls_status is TlsStatus.DECRYPTED:
            self._unmarked = 0
        elif not straight or not offloaded or meta.tls_status is not TlsStatus.NONE:
            self.disturb(now)
        elif now >= self._quiet_from:
            self._unmarked += meta.payload_len
            self._judge(now)

    def _judge(self, now: int) -> None:
        if self._unmarked > self.limit:
            raise Violation(
                f"{self.name}: {self._unmarked} bytes came up unmarked since the stream was quiet "
                f"again at {self._quiet_from} ns (now {now} ns), {self.limit} are allowed"
            )

    def _arrived(self, start: int, length: int) -> None:
        """Fill holes. Positions are relative to what is whole, so that the wrap does not matter."""
        spans = sorted((_signed(at - self._whole), n) for at, n in [*self._ahead, (start, length)])
        done = 0
        ahead: list[tuple[int, int]] = []
        for at, size in spans:
            if at <= done:
                done = max(done, at + size)
            elif ahead and at <= sum(ahead[-1]):  # runs that meet are one: the list stays short
                ahead[-1] = (ahead[-1][0], max(sum(ahead[-1]), at + size) - ahead[-1][0])
            else:
                ahead.append((at, size))
        self._ahead = [(at + self._whole & 0xFFFF_FFFF, size) for at, size in ahead]
        self._whole = self._whole + done & 0xFFFF_FFFF


def _signed(distance: int) -> int:
    """A distance between sequence numbers as a signed number."""
    return (distance + (1 << 31) & 0xFFFF_FFFF) - (1 << 31)


def check_released(left: Mapping[str, int], nic: GoldenNic | None) -> None:
    """107: nothing is left of connections that are closed, neither in driver and kernel (``left``,
    see ``HostSide``) nor in the NIC."""
    counts = dict(left)
    if nic is not None:
        counts["rules in the NIC"] = len(nic.rules)
        counts["keys in the NIC"] = len(nic.keys.slots)
        counts["contexts in the NIC"] = sum(nic.context(n).running for n in range(nic.num_flows))
    found = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    if found:
        raise Violation(f"{found} left after close")
