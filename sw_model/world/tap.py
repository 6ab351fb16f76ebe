# SPDX-License-Identifier: BSD-2-Clause
"""What a run saw on the wire and at the host, kept for the capture files.

Frames are kept until the end, because a capture must hold its secrets before the packets they open.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from sw_model.link.capture import CapturedPacket
from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta, TlsStatus

COMMENTS = {
    TlsStatus.NONE: "passed as on the wire",
    TlsStatus.DECRYPTED: "decrypted by the NIC",
    TlsStatus.RESYNC: "passed as on the wire; the NIC lost track of the records here",
    TlsStatus.AUTH_FAIL: "passed as on the wire; a tag failed in the NIC",
}


class Tap:
    """``wire``: both directions as on the cable at the NIC, each received packet with what the NIC
    made of it; ``host``: what the NIC handed to the host, and what the host sent."""

    def __init__(self, loop: EventLoop) -> None:
        self._loop = loop
        self.wire: list[CapturedPacket] = []
        self.host: list[CapturedPacket] = []
        self._inside: deque[int] = deque()

    def received(self, frame: bytes) -> None:
        """A frame reaches the NIC."""
        self._inside.append(len(self.wire))
        self.wire.append(CapturedPacket(self._loop.now, frame))

    def delivered(self, frame: bytes, meta: PktMeta) -> None:
        """The same frame reaches the host."""
        comments = (COMMENTS[meta.tls_status],) if meta.payload_len else ()
        at = self._inside.popleft()
        self.wire[at] = replace(self.wire[at], comments=comments)
        self.host.append(CapturedPacket(self._loop.now, frame, 0, comments))

    def sent(self, frame: bytes) -> None:
        """The host sends a frame."""
        packet = CapturedPacket(self._loop.now, frame)
        self.wire.append(packet)
        self.host.append(packet)
