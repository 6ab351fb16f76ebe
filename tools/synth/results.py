# SPDX-License-Identifier: BSD-2-Clause
"""What was found, as data: the engine at each width, the GCM lane, the clock, the goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """One reading of what a GCM lane is.

    The fractions are what the whole engine keeps of one block a cycle and lane, as `make bench`
    measured it: 16 KiB records of one flow in 9014-byte frames, and of 64 flows with keys of both
    sizes, another one each packet, in 1514-byte frames.
    """

    name: str
    lanes: int  # in the area given
    area: Area
    long: float = 1.0
    switched: float | None = None
    gating: bool = False  # the one that the goal is about

    @property
    def bits(self) -> float:
        """A cycle, sustained."""
        return 128 * self.lanes * self.long

    @property
    def bits_switched(self) -> float | None:
        return None if self.switched is None else 128 * self.lanes * self.switched

    @property
    def bits_per_klut(self) -> float:
        return self.bits / self.area.lut * 1000

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "lanes": self.lanes,
            "bits_per_cycle": round(self.bits, 1),
            "bits_per_cycle_key_change_each_segment": self.bits_switched,
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


def lanes_of(lines: Sequence[Line], data_w: int, kept: Mapping[str, float]) -> list[Lane]:
    """Readings of a lane from the area of gcm_core at one width.

    `kept` has the engine's efficiency by traffic and frame ("16k-1flow 9014"), if it is known.
    """
    count = data_w // 128
    long, switched = kept.get("16k-1flow 9014", 1.0), kept.get("16k-64flows 1514")
    path = sum((line.area for line in lines if line.module in DATA_PATH), Area())
    core, inner = f"gcm_core at {data_w} bits", f"its aes_pipe and ghash at {data_w} bits"
    return [
        Lane(core, count, lines[0].area, long, switched, gating=data_w == 128),
        Lane(inner, count, path, long, switched),
    ]


def efficiency(snapshot: str, data_w: int) -> dict[str, float]:
    """Column of a width in the text that `make bench` keeps: "traffic frame" to a fraction."""
    found: dict[str, float] = {}
    column: int | None = None
    for line in snapshot.splitlines():
        words = line.split()
        if words[:2] == ["efficiency", "frame"]:
            column = words.index(str(data_w)) if str(data_w) in words else None
        elif not words:
            column = None
        elif column is not None and len(words) > column:
            found[f"{words[0]} {words[1]}"] = float(words[column].rstrip("+-"))
    return found
