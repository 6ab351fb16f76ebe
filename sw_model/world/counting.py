# SPDX-License-Identifier: BSD-2-Clause
"""Frames through the NIC, counted only: for runs that are too long to look at each frame twice."""

from __future__ import annotations

from sw_model.check.packets import Violation
from sw_model.nic.layout import PktMeta, TlsStatus


class PacketCounter:
    """The counters of ``PacketChecker`` without its rules."""

    def __init__(self) -> None:
        self.frames = self.marked = self.marked_bytes = 0
        self.inside = 0

    def entered(self, frame: bytes) -> None:
        self.inside += 1

    def left(self, frame: bytes, meta: PktMeta) -> None:
        self.inside -= 1
        self.frames += 1
        if meta.tls_status is TlsStatus.DECRYPTED:
            self.marked += 1
            self.marked_bytes += meta.payload_len

    def finish(self) -> None:
        if self.inside:
            raise Violation(f"{self.inside} frames never left the NIC")
