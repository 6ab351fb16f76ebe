# SPDX-License-Identifier: BSD-2-Clause
"""The NIC port of the software models, with the RTL behind it.

Models call ``rx_frame`` and ``post_command`` while the event loop runs one window of time; the
closed-loop sequence takes both lists and plays them into the design. What the design gave back is
handed to ``on_rx`` and ``on_cpl`` at the start of the next window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta


@dataclass(frozen=True, slots=True)
class TimedFrame:
    """A frame that reaches the NIC at ``at`` ns; ``bad`` is the MAC's bad-frame bit."""

    at: int
    data: bytes
    bad: bool = False


@dataclass(frozen=True, slots=True)
class TimedCommand:
    """A command whose doorbell rings at ``at`` ns."""

    at: int
    data: bytes


@dataclass
class QueuePort:
    """Collects what the models send, hands over what the design returns."""

    loop: EventLoop
    frames: list[TimedFrame] = field(default_factory=list)
    commands: list[TimedCommand] = field(default_factory=list)
    on_rx: Callable[[list[tuple[bytes, PktMeta]]], None] = lambda batch: None
    on_cpl: Callable[[bytes], None] = lambda cpl: None

    def rx_frame(self, frame: bytes, bad: bool = False) -> None:
        self.frames.append(TimedFrame(self.loop.now, frame, bad))

    def post_command(self, cmd: bytes) -> None:
        self.commands.append(TimedCommand(self.loop.now, cmd))

    def take_frames(self) -> list[TimedFrame]:
        taken, self.frames = self.frames, []
        return taken

    def take_commands(self) -> list[TimedCommand]:
        taken, self.commands = self.commands, []
        return taken
