# SPDX-License-Identifier: BSD-2-Clause
"""What a run saw on the wire and at the host, kept for the capture files.

Frames are spooled, because a capture must hold its secrets before the packets they open.
"""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta, TlsStatus

COMMENTS = {
    TlsStatus.NONE: "not decrypted",
    TlsStatus.DECRYPTED: "decrypted",
    TlsStatus.RESYNC: "not decrypted, resync requested",
    TlsStatus.AUTH_FAIL: "not decrypted, authentication failed",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One frame at ``at`` ns; ``comment`` for the viewer."""

    at: int
    frame: bytes
    comment: str = ""


class Tap:
    """``wire_frames``: both directions as on the cable at the NIC; ``host_frames``: from the NIC."""

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self.wire_frames: list[Seen] = []
        self.host_frames: list[Seen] = []

    def wire(self, frame: bytes) -> None:
        self.wire_frames.append(Seen(self._loop.now, frame))

    def sent(self, frame: bytes) -> None:
        self.wire_frames.append(Seen(self._loop.now, frame))
        self.host_frames.append(Seen(self._loop.now, frame))

    def host(self, frame: bytes, meta: PktMeta) -> None:
        comment = COMMENTS[meta.tls_status] if meta.payload_len else ""
        self.host_frames.append(Seen(self._loop.now, frame, comment))
