# SPDX-License-Identifier: BSD-2-Clause
"""Look-up tables, registers and memories of each module of a mapped design."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from tools.synth import cells as library
from tools.synth.flow import Mapped
from tools.synth.hierarchy import base


@dataclass(frozen=True, slots=True)
class Area:
    """What a device's report counts. `lut` includes the tables used as memory or shift register."""

    lut: int = 0
    lut_ram: int = 0
    lut_srl: int = 0
    ff: int = 0
    bram36: float = 0.0
    dsp: int = 0

    def __add__(self, other: Area) -> Area:
        return Area(
            self.lut + other.lut,
            self.lut_ram + other.lut_ram,
            self.lut_srl + other.lut_srl,
            self.ff + other.ff,
            self.bram36 + other.bram36,
            self.dsp + other.dsp,
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Line:
    """A module in the tree of islands; the figures include all below, for all its instances."""

    depth: int
    module: str
    instances: int
    area: Area


def of_cells(kinds: Counter[str]) -> Area:
    """Area of a number of cells of each kind."""
    total = Area()
    for kind, count in kinds.items():
        total += _one(kind, count)
    return total


def _one(kind: str, count: int) -> Area:
    if library.is_lut(kind):
        return Area(lut=count)
    if kind in library.DISTRIBUTED:
        tables = count * library.DISTRIBUTED[kind][0]
        return Area(lut=tables, lut_ram=tables)
    if kind.startswith("SRL"):
        return Area(lut=count, lut_srl=count)
    if library.is_register(kind):
        return Area(ff=count)
    if kind.startswith("RAMB36"):
        return Area(bram36=count)
    if kind.startswith("RAMB18"):
        return Area(bram36=count / 2)
    if kind.startswith("DSP"):
        return Area(dsp=count)
    if kind in library.CARRY or kind in library.FREE or kind in library.IGNORED:
        return Area()
    if kind.startswith("MUXF"):
        return Area()  # part of the slice, beside its tables
    raise ValueError(f"cell {kind} has no rule in tools/synth/cells.py")


def table(mapped: Mapped) -> list[Line]:
    """The tree of islands; modules of one name below one parent are one line."""
    inclusive: dict[str, Area] = {}

    def total(kind: str) -> Area:
        if kind not in inclusive:
            area = of_cells(_own(mapped, kind))
            for child, count in _children(mapped, kind).items():
                area = sum([total(child)] * count, area)
            inclusive[kind] = area
        return inclusive[kind]

    lines: list[Line] = []

    def add(kinds: Counter[str], depth: int) -> None:
        groups: dict[str, Counter[str]] = {}
        for kind, count in kinds.items():
            groups.setdefault(base(kind), Counter())[kind] += count
        for name, group in groups.items():
            area = sum((total(k) for k, n in group.items() for _ in range(n)), Area())
            lines.append(Line(depth, name, sum(group.values()), area))
            below: Counter[str] = Counter()
            for kind, count in group.items():
                for child, number in _children(mapped, kind).items():
                    below[child] += count * number
            add(below, depth + 1)

    add(Counter({mapped.top: 1}), 0)
    return lines


def _own(mapped: Mapped, kind: str) -> Counter[str]:
    cells = mapped.modules[kind]["cells"].values()
    return Counter(cell["type"] for cell in cells if cell["type"] not in mapped.modules)


def _children(mapped: Mapped, kind: str) -> Counter[str]:
    cells = mapped.modules[kind]["cells"].values()
    return Counter(cell["type"] for cell in cells if cell["type"] in mapped.modules)
