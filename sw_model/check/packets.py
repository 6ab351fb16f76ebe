# SPDX-License-Identifier: BSD-2-Clause
"""Packet rules: bit-exact when unmarked, exactly the plaintext when marked, the last-tag rule.

These are the invariants of docs/engine.md ("All or nothing per packet") and rule 2 of FreeBSD's
design: software checks no tag of a record whose packets are all marked, so a NIC that marks the
packet with the last tag byte of a record it did not verify hands out unauthenticated bytes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sw_model.check.truth import StreamTruth
from sw_model.nic.layout import PktMeta, TlsStatus


class Violation(AssertionError):
    """The NIC or the host broke a promise; the text says where in the stream."""


class PacketChecker:
    """Pairs each frame that enters the NIC with the one that leaves it.

    ``truth_of(frame meta)`` finds the sender's truth for a flow, or None for foreign traffic.
    """

    def __init__(self, truth_of: Callable[[PktMeta, bytes], StreamTruth | None]) -> None:
        self._truth_of = truth_of
        self._inside: deque[bytes] = deque()
        self._forged: set[tuple[int, int]] = set()  # records with a marked byte that was forged
        self.frames = self.marked = self.marked_bytes = 0

    @property
    def inside(self) -> int:
        """Frames that went in and have not come out yet."""
        return len(self._inside)

    def entered(self, frame: bytes) -> None:
        self._inside.append(frame)

    def left(self, frame: bytes, meta: PktMeta) -> None:
        """Check one frame from the NIC against what went in and what the sender knows."""
        if not self._inside:
            raise Violation(f"frame {self.frames}: came out of the NIC, but none went in")
        before = self._inside.popleft()
        self.frames += 1
        if meta.tls_status is not TlsStatus.DECRYPTED:
            if frame != before:
                raise Violation(
                    f"frame {self.frames - 1} (seq 0x{meta.tcp_seq:08x}): not marked, "
                    "but not bit-exact"
                )
            return
        truth = self._truth_of(meta, before)
        if truth is None:
            raise Violation(f"frame {self.frames - 1}: marked decrypted outside any TLS flow")
        self.marked += 1
        self.marked_bytes += meta.payload_len
        self._marked(frame, before, meta, truth)

    def _marked(self, frame: bytes, before: bytes, meta: PktMeta, truth: StreamTruth) -> None:
        at = meta.payload_off
        where = f"frame {self.frames - 1} (seq 0x{meta.tcp_seq:08x}, {meta.payload_len} bytes)"
        if len(frame) != len(before) or frame[:at] != before[:at]:
            raise Violation(f"{where}: marked, but its headers or length changed")
        start = truth.offset(meta.tcp_seq)
        end = start + meta.payload_len
        if frame[at + meta.payload_len :] != before[at + meta.payload_len :]:
            raise Violation(f"{where}: marked, but its padding changed")
        came, gave = before[at : at + meta.payload_len], frame[at : at + meta.payload_len]
        wire, plain = bytes(truth.wire[start:end]), bytes(truth.plain[start:end])
        forged = came != wire
        want = _xor(plain, _xor(came, wire)) if forged else plain
        if gave != want:
            bad = next(i for i, (a, b) in enumerate(zip(gave, want, strict=True)) if a != b)
            raise Violation(
                f"{where}: marked, but stream byte {start + bad} is "
                f"0x{gave[bad]:02x}, not the plaintext 0x{want[bad]:02x}"
            )
        self._last_tag(where, truth, start, end, came if forged else None)

    def _last_tag(
        self, where: str, truth: StreamTruth, start: int, end: int, forged: bytes | None
    ) -> None:
        for record in truth.records_in(start, end):
            key = (id(truth), record.start)
            if forged is not None:
                low, high = max(start, record.start), min(end, record.end)
                if forged[low - start : high - start] != bytes(truth.wire[low:high]):
                    self._forged.add(key)
            if record.end <= end and (key in self._forged or not record.good):
                raise Violation(
                    f"{where}: marked, and holds the last tag byte of record "
                    f"{record.number}, which was forged"
                )

    def finish(self) -> None:
        if self._inside:
            raise Violation(f"{len(self._inside)} frames never left the NIC")


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")
