# SPDX-License-Identifier: BSD-2-Clause
"""The figures as text: the same on the terminal, in out/synth and under version control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tools.synth import ecp5
from tools.synth.area import Area, Line
from tools.synth.cores import CORES
from tools.synth.levels import Depth
from tools.synth.results import NOMINAL_MHZ, Engine, Lane, Results

HEAD = """Area, logic levels and a clock of the engine, from open tools. Made by `make synth`.
Definitions: docs/synthesis.md. `+` goal met, `-` goal missed, blank: stated only.
"""


def text(results: Results) -> str:
    parts = [HEAD, "".join(f"{name} {v}\n" for name, v in results.tools.items())]
    if results.engines:
        parts.append(_summary(results.engines))
    parts += [_modules(engine) for engine in results.engines]
    for engine in results.engines:
        parts.append(f"Longest paths, whole engine, {engine.data_w} bits\n{paths(engine.depth)}")
    if results.lanes:
        parts.append(_lanes(results))
    if results.clock:
        parts.append(_clock(results))
    parts.append(_goals(results))
    return "\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need; the first and one without a head to the left, numbers not."""
    grid = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[i]) for row in grid) for i in range(len(head))]
    lines = (
        "  ".join(
            cell.ljust(width) if i == 0 or not head[i] else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in grid
    )
    return "\n".join(lines) + "\n"


def _cells(area: Area) -> list[str]:
    return [
        str(area.lut), str(area.lut_ram), str(area.lut_srl), str(area.ff), f"{area.bram36:g}",
        str(area.dsp),
    ]  # fmt: skip


LANES = """One GCM lane beside open cores. Bits a cycle: theirs over one message of 16 KiB, and over
one of 1440 bytes with a fresh key; here what the whole engine keeps with 16 KiB records of one
flow, and with another key in each segment of 1460 bytes. All by simulation.
"""
AREA_HEAD = ("LUT", "of it RAM", "of it SRL", "FF", "BRAM36", "DSP")


def _summary(engines: Sequence[Engine]) -> str:
    rows = [
        [str(e.data_w), *_cells(e.area), f"{e.gbps:g}", f"{e.gbps_per_klut:.3f}",
         str(e.depth.longest)]
        for e in engines
    ]  # fmt: skip
    head = ("bits", *AREA_HEAD, f"Gb/s at {NOMINAL_MHZ} MHz", "Gb/s per kLUT", "levels")
    return "Whole engine, Xilinx UltraScale+ (Yosys), clock nominal\n" + _table(head, rows)


def _modules(engine: Engine) -> str:
    rows = [[_indented(line), str(line.instances), *_cells(line.area)] for line in engine.lines]
    table = _table(("module, with all below it", "number", *AREA_HEAD), rows)
    return f"Per module, {engine.data_w} bits\n{table}"


def _indented(line: Line) -> str:
    return "  " * line.depth + line.module


def paths(depth: Depth) -> str:
    """The longest paths, one for each word at an end, then how many ends each level has."""
    return "".join(f"{line}\n" for line in _path_lines(depth))


def _path_lines(depth: Depth) -> Iterator[str]:
    yield "levels  bits  from -> to"
    for path in depth.paths:
        yield f"{path.levels:6}  {path.bits:4}  {path.start} -> {path.end}"
        if path.via:
            yield f"              through {' > '.join(path.via)}"
    yield "path ends by level: " + ", ".join(f"{k}: {v}" for k, v in depth.histogram.items())


def _lanes(results: Results) -> str:
    own = [_lane_row(lane) for lane in results.lanes]
    others = [
        [
            core.name, core.keys, _known(core.bits), _known(core.bits_one_segment),
            str(core.lut), str(core.ff),
            "-" if core.bits_per_klut is None else f"{core.bits_per_klut:.2f}",
            "-" if core.levels is None else str(core.levels), f"{core.lut_from}; {core.note}",
        ]
        for core in CORES
    ]  # fmt: skip
    if results.lane_depth:
        own[0][7] = str(results.lane_depth.longest)
    head = ("GCM lane", "keys", "bits a cycle", "segment", "LUT", "FF", "per kLUT", "levels", "")
    grid = _table(head, [*own, *others])
    return f"{LANES}{grid}"


def _known(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _lane_row(lane: Lane) -> list[str]:
    note = (
        "  measured, Yosys xcup; the goal is about this"
        if lane.gating
        else "  measured, Yosys xcup"
    )
    return [
        lane.name, "128/256", f"{lane.bits:.1f}", _known(lane.bits_switched),
        str(lane.area.lut), str(lane.area.ff), f"{lane.bits_per_klut:.2f}", "", note,
    ]  # fmt: skip


def _clock(results: Results) -> str:
    clock = results.clock
    assert clock is not None
    title = f"Place and route of gcm_core at 128 bits on {clock.device}: "
    if clock.mhz is None:
        return f"{title}stopped after {ecp5.LIMIT // 60} minutes, no figure\n"
    used = ", ".join(f"{count} {kind}" for kind, count in clock.used.items())
    return (
        f"{title}{clock.mhz:.1f} MHz, {clock.mhz * 128 / 1000:.1f} Gb/s\n"
        f"used: {used}; {clock.wrapper_ff} registers of them are the wrapper's\n"
    )


def _goals(results: Results) -> str:
    rows = [
        [what, f"{value:g}", goal, "+" if met else "-"]
        for what, value, goal, met in results.goals()
    ]
    return "Goals\n" + _table(("figure", "value", "goal", ""), rows)
