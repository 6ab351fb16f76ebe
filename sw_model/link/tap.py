# SPDX-License-Identifier: BSD-2-Clause
"""A stage that keeps a copy of every frame for a capture file.

Packets are kept in memory until the run ends: TLS secrets must be written before them, and are
complete only then.
"""

from __future__ import annotations

from collections.abc import Callable

from sw_model.link.capture import CapturedPacket
from sw_model.link.stage import Stage
from sw_model.loop import EventLoop


class PcapTap(Stage):
    """Appends to ``packets``, which several taps may share; ``comment`` may explain each frame."""

    def __init__(
        self,
        loop: EventLoop,
        packets: list[CapturedPacket],
        interface: int = 0,
        comment: Callable[[bytes], str] | None = None,
    ) -> None:
        super().__init__()
        self.loop, self.packets, self.interface, self.comment = loop, packets, interface, comment

    def send(self, frame: bytes) -> None:
        text = self.comment(frame) if self.comment else ""
        self.record(frame, text)
        super().send(frame)

    def record(self, frame: bytes, *comments: str) -> None:
        """Note a frame that does not pass through here."""
        texts = tuple(text for text in comments if text)
        self.packets.append(CapturedPacket(self.loop.now, frame, self.interface, texts))
