# SPDX-License-Identifier: BSD-2-Clause
"""The closed loop: models and design advance together, window by window, until all is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pyuvm import uvm_sequence

from sw_model.loop import EventLoop
from tb.agents.command import CommandItem
from tb.agents.wire import WireItem
from tb.port import QueuePort, TimedCommand, TimedFrame


class Scenario(Protocol):
    """What drives the loop: a world of peers, or the replay of a capture."""

    loop: EventLoop

    def start(self) -> None: ...
    def done(self) -> bool: ...


class FramesSequence(uvm_sequence):
    """One burst of frames."""

    def __init__(self, name: str, frames: list[TimedFrame]) -> None:
        super().__init__(name)
        self.frames = frames

    async def body(self) -> None:
        item = WireItem("frames", self.frames)
        await self.start_item(item)
        await self.finish_item(item)


class CommandsSequence(uvm_sequence):
    """One burst of commands."""

    def __init__(self, name: str, commands: list[TimedCommand]) -> None:
        super().__init__(name)
        self.commands = commands

    async def body(self) -> None:
        item = CommandItem("commands", self.commands)
        await self.start_item(item)
        await self.finish_item(item)


class StuckError(AssertionError):
    """The design stopped answering, or the world never finished."""


class ClosedLoopSequence(uvm_sequence):
    """Virtual sequence over the environment's wire and command sequencers.

    ``progress`` is called once a window with the time in ns. When nothing is inside the design the
    sequence skips to the window of the next event.
    """

    def __init__(
        self,
        name: str,
        env: object,
        scenario: Scenario,
        port: QueuePort,
        *,
        limit_ns: int,
        progress: Callable[[int], None] = lambda now: None,
    ) -> None:
        super().__init__(name)
        self.env, self.scenario, self.port = env, scenario, port
        self.limit_ns, self.progress = limit_ns, progress

    async def body(self) -> None:
        env, port, loop = self.env, self.port, self.scenario.loop
        pacer = env.pacer
        self.scenario.start()
        while True:
            loop.run_until(pacer.now + pacer.window_ns)
            if frames := port.take_frames():
                await FramesSequence("frames", frames).start(env.wire.sequencer)
            if commands := port.take_commands():
                await CommandsSequence("commands", commands).start(env.command.sequencer)
            if self.scenario.done() and env.idle():
                return
            if pacer.now > self.limit_ns:
                raise StuckError(
                    f"not finished after {self.limit_ns} ns: {env.pending()}; raise the limit or "
                    "look for a hang in the waves"
                )
            await pacer.advance(self._windows_to_skip())
            self.progress(pacer.now)

    def _windows_to_skip(self) -> int:
        pacer = self.env.pacer
        upcoming = self.scenario.loop.next_time()
        if not self.env.idle() or upcoming is None:
            return 1
        ahead = (upcoming - pacer.now - 1) // pacer.window_ns
        return max(1, min(ahead, 1000))
