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
        self.stages = tuple(stages)
        super().__init__()
        for stage, following in zip(self.stages, self.stages[1:], strict=False):
            stage.deliver = following.send
        self.deliver = deliver

    @property
    def deliver(self) -> Deliver:
        """Where the last stage delivers to."""
        return self._deliver

    @deliver.setter
    def deliver(self, deliver: Deliver) -> None:
        self._deliver = deliver
        if self.stages:
            self.stages[-1].deliver = deliver

    def send(self, frame: bytes) -> None:
        self.frames += 1
        if self.stages:
            self.stages[0].send(frame)
        else:
            self.deliver(frame)
