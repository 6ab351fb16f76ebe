# SPDX-License-Identifier: BSD-2-Clause
"""The one interface of everything between two ends: ``send(frame)`` in, ``deliver(frame)`` out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Deliver = Callable[[bytes], None]


def nowhere(frame: bytes) -> None:
    """The default sink: frames vanish until somebody sets ``deliver``."""


class Stage:
    """Passes frames on unchanged; subclasses override ``send``."""

    def __init__(self) -> None:
        self.deliver: Deliver = nowhere
        self.frames = 0  # frames taken in
        self.hits = 0  # frames to which the stage did something

    def send(self, frame: bytes) -> None:
        self.frames += 1
        self.deliver(frame)


class Link(Stage):
    """A chain of stages with the interface of one."""

    def __init__(self, stages: Sequence[Stage], deliver: Deliver = nowhere) -> None:
        super().__init__()
        self.stages = tuple(stages)
        for stage, following in zip(self.stages, self.stages[1:], strict=False):
            stage.deliver = following.send
        if self.stages:
            self.stages[-1].deliver = self._out
        self.deliver = deliver

    def send(self, frame: bytes) -> None:
        self.frames += 1
        if self.stages:
            self.stages[0].send(frame)
        else:
            self.deliver(frame)

    def _out(self, frame: bytes) -> None:
        self.deliver(frame)
