# SPDX-License-Identifier: BSD-2-Clause
"""What was found, as data: the engine at each width, the GCM lane, the clock, the goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tools.synth.area import Area, Line
from tools.synth.cores import CORES
from tools.synth.ecp5 import Clock
from tools.synth.levels import Depth

NOMINAL_MHZ = 250  # stated, not measured: the clock at which 512 bits are 128 Gb/s
MAX_LEVELS = 10
LANE_BITS_PER_KLUT = 6.0
DATA_PATH = ("aes_pipe", "ghash")  # of gcm_core: ciphers with their round keys, and the hash


@dataclass(frozen=True, slots=True)
class Engine:
    """The whole engine at one width."""

    data_w: int
    lines: tuple[Line, ...]  # the first is the total
    depth: Depth
    seconds: float  # processor time of its synthesis, when it was run

    @property
    def area(self) -> Area:
        return self.lines[0].area

    @property
    def gbps(self) -> float:
        return self.data_w * NOMINAL_MHZ / 1000

    @property
    def gbps_per_klut(self) -> float:
        return self.gbps / self.area.lut * 1000

    def as_dict(self) -> dict[str, Any]:
        return {
            "data_w": self.data_w,
            **self.area.as_dict(),
            "gbps_nominal": self.gbps,
            "gbps_per_klut": round(self.gbps_per_klut, 3),
            "levels": self.depth.as_dict(),
            "modules": [
                {"depth": line.depth, "module": line.module, "instances": line.instances}
                | line.area.as_dict()
                for line in self.lines
            ],
            "cpu_seconds": round(self.seconds),
        }


@dataclass(frozen=True, slots=True)
class Lane:
    """One reading of what a GCM lane is."""

    name: str
    lanes: int  # in the area given
    area: Area
    gating: bool = False  # the one that the goal is about

    @property
    def bits_per_klut(self) -> float:
        return 128 * self.lanes / self.area.lut * 1000

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "lanes": self.lanes,
            **self.area.as_dict(),
            "bits_per_cycle_per_klut": round(self.bits_per_klut, 3),
            "goal_is_about_this": self.gating,
        }


@dataclass(slots=True)
class Results:
    tools: dict[str, str]
    engines: list[Engine] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    lane_depth: Depth | None = None
    clock: Clock | None = None

    def goals(self) -> list[tuple[str, float, str, bool]]:
        """(what, value, goal, met)."""
        found: list[tuple[str, float, str, bool]] = []
        for engine in self.engines:
            value = engine.depth.longest
            what = f"longest path, {engine.data_w} bits, LUT levels"
            found.append((what, value, f"<= {MAX_LEVELS}", value <= MAX_LEVELS))
        for lane in self.lanes:
            if lane.gating:
                bits = lane.bits_per_klut
                what = f"bits a cycle per kLUT, {lane.name}"
                met = bits >= LANE_BITS_PER_KLUT
                found.append((what, round(bits, 2), f">= {LANE_BITS_PER_KLUT:g}", met))
        return found

    def as_dict(self) -> dict[str, Any]:
        return {
            "tools": self.tools,
            "nominal_mhz": NOMINAL_MHZ,
            "engine": [engine.as_dict() for engine in self.engines],
            "lane": [lane.as_dict() for lane in self.lanes],
            "lane_levels": self.lane_depth.as_dict() if self.lane_depth else None,
            "clock": self.clock.as_dict() if self.clock else None,
            "open_cores": [
                asdict(core) | {"bits_per_cycle_per_klut": core.bits_per_klut} for core in CORES
            ],
            "goals": [
                {"what": what, "value": value, "goal": goal, "met": met}
                for what, value, goal, met in self.goals()
            ],
        }


def lanes_of(lines: Sequence[Line], data_w: int) -> list[Lane]:
    """Readings of a lane from the area of gcm_core at one width."""
    count = data_w // 128
    path = sum((line.area for line in lines if line.module in DATA_PATH), Area())
    whole = Lane(f"gcm_core at {data_w} bits", count, lines[0].area, gating=data_w == 128)
    return [whole, Lane(f"its aes_pipe and ghash at {data_w} bits", count, path)]
