# SPDX-License-Identifier: BSD-2-Clause
"""One simulation for each figure; every one also proves its output right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tb.config import BenchConfig
from tb.system import run_bench
from tools.bench.figures import Cycles, beats, efficiency, latencies
from tools.bench.goals import efficiency_goal
from tools.bench.stimulus import Stimulus
from tools.bench.traffic import LATENCY, TRAFFIC, Traffic, build

WINDOW_NS = 4000  # how long the simulator runs between two looks at the sinks
QUICK = 0.2  # share of the window that `--quick` measures
# Cycles between frames of a latency run, beyond twice the frame's own: the engine is empty again.
LATENCY_SPACING = 1000


class RunFailed(Exception):
    """A simulation did not pass: no figure."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; ``value`` is None where the run failed, and ``reason`` says why."""

    data_w: int
    frame: int
    traffic: str
    value: float | None
    goal: float | None = None
    reason: str = ""

    @property
    def met(self) -> bool | None:
        """None: nothing was asked for."""
        if self.value is None:
            return False
        return None if self.goal is None else self.value >= self.goal


@dataclass(frozen=True, slots=True)
class Job:
    """What to simulate for one row."""

    traffic: Traffic
    frame: int
    data_w: int

    @property
    def name(self) -> str:
        return f"{self.data_w}-{self.traffic.name}-{self.frame}"


def efficiency_jobs(widths: Iterable[int]) -> list[Job]:
    return [Job(t, frame, width) for t in TRAFFIC for frame in t.frames for width in widths]


def latency_jobs(widths: Iterable[int]) -> list[Job]:
    return [Job(t, frame, width) for t in LATENCY for frame in t.frames for width in widths]


# Jobs of one kind of traffic follow each other: what they play is the same at every width.
_stimulus = lru_cache(maxsize=1)(build)


def play(sim: str, data_w: int, stimulus: Path, folder: Path, spacing: int = 0) -> dict[str, Any]:
    """Play a stimulus file through the packet bench; what it left behind."""
    config = BenchConfig(
        data_w=data_w,
        window_ns=WINDOW_NS,
        scenario={"stimulus": str(stimulus.resolve()), "spacing": spacing},
    )
    run = run_bench(sim, "tools.bench.packet_bench", "packets", config, folder)
    if not run.ok:
        raise RunFailed("; ".join(run.failures) or run.reason or "no test ran")
    found: dict[str, Any] = json.loads((folder / "cycles.json").read_text(encoding="utf-8"))
    return found


def measure(job: Job, seed: int, scale: float, out: Path) -> Row:
    """Efficiency of one kind of traffic at one width."""
    stimulus = _stimulus(job.traffic, job.frame, seed, scale)
    found = _cycles(job, stimulus, out, 0)
    sizes = [len(frame.sent) for frame in stimulus.frames]
    value = efficiency(sizes, found, stimulus.warm, stimulus.count, job.data_w)
    goal = efficiency_goal(job.traffic.name, job.data_w)
    return Row(job.data_w, job.frame, job.traffic.name, value, goal)


def measure_latency(job: Job, seed: int, scale: float, out: Path) -> Row:
    """The longest latency of the frames of one size."""
    stimulus = _stimulus(job.traffic, job.frame, seed, scale, settle=False)
    spacing = 2 * beats(job.frame, job.data_w) + LATENCY_SPACING
    found = _cycles(job, stimulus, out, spacing)
    sizes = [len(frame.sent) for frame in stimulus.frames]
    worst = max(latencies(sizes, found, job.data_w))
    return Row(job.data_w, job.frame, job.traffic.name, worst)


def _cycles(job: Job, stimulus: Stimulus, out: Path, spacing: int) -> Cycles:
    folder = out / job.name
    path = folder / "stimulus.bin"
    stimulus.save(path)
    found = play("verilator", job.data_w, path, folder, spacing)
    path.unlink()
    return Cycles(found["first_in"], found["first"], found["last"])


def run_jobs(
    jobs: Iterable[Job],
    one: Callable[[Job, int, float, Path], Row],
    seed: int,
    scale: float,
    out: Path,
    on_row: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """Measure one job after the other; a failed run gives a row without a value."""
    rows = []
    for job in jobs:
        try:
            row = one(job, seed, scale, out)
        except (RunFailed, AssertionError) as error:
            row = Row(job.data_w, job.frame, job.traffic.name, None, reason=str(error))
        rows.append(row)
        on_row(row)
    return rows
