# SPDX-License-Identifier: BSD-2-Clause
"""A link from numbers: the usual stack of impairments in a fixed order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sw_model.link.impairments import Corrupt, Delay, Duplicate, Loss, Reorder, Script
from sw_model.link.stage import Deliver, Link, Stage, nowhere
from sw_model.loop import EventLoop
from sw_model.rng import stream


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """Probabilities per frame, times in ns. ``forge`` repairs the checksum of corrupted frames;
    ``drop`` loses exactly the frames with these numbers, counted from 0 at the sender."""

    loss: float = 0.0
    reorder: float = 0.0
    reorder_places: int = 3
    reorder_wait_ns: int = 100_000
    duplicate: float = 0.0
    corrupt: float = 0.0
    forge: bool = False
    delay_ns: int = 10_000
    bits_per_second: int = 0
    drop: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("loss", "reorder", "duplicate", "corrupt"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a probability, not {getattr(self, name)}")
        if self.reorder_places < 1 or self.delay_ns < 0 or self.bits_per_second < 0:
            raise ValueError("reorder_places must be at least 1, delays and rates not negative")


def build_link(
    config: LinkConfig,
    loop: EventLoop,
    seed: int,
    name: str,
    deliver: Deliver = nowhere,
    before: Sequence[Stage] = (),
    after: Sequence[Stage] = (),
) -> Link:
    """Delay, then directed drops, loss, reordering, duplication, corruption; stages that would do
    nothing are left out. ``before`` and ``after`` are taps or scripts at the sender's and at the
    receiver's end."""

    def rng(what: str) -> Random:
        return stream(seed, f"{name}/{what}")

    stages: list[Stage] = [*before, Delay(loop, config.delay_ns, config.bits_per_second)]
    if config.drop:
        stages.append(Script.drop(config.drop))
    if config.loss:
        stages.append(Loss(rng("loss"), config.loss))
    if config.reorder:
        wait, places = config.reorder_wait_ns, config.reorder_places
        stages.append(Reorder(loop, rng("reorder"), config.reorder, places, wait))
    if config.duplicate:
        stages.append(Duplicate(rng("duplicate"), config.duplicate))
    if config.corrupt:
        stages.append(Corrupt(rng("corrupt"), config.corrupt, config.forge))
    return Link([*stages, *after], deliver)
