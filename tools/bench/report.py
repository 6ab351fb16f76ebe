# SPDX-License-Identifier: BSD-2-Clause
"""Tables of the figures: for the terminal, and as plain text that is kept under version control."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.table import Table

from tools.bench.goals import PYTHON_VS_CPP, VS_COCOTBEXT_AXI
from tools.bench.runs import Row

HEAD = """\
Cycle figures of the engine, by simulation; deterministic. Made by `make bench`.
Definitions: docs/performance.md. `+` goal met, `-` goal missed, blank: stated only.
"""


def mark(row: Row) -> str:
    """`+` goal met, `-` missed, blank: none."""
    return {True: "+", False: "-", None: " "}[row.met]


def _by_line(rows: Iterable[Row]) -> dict[tuple[str, int], dict[int, Row]]:
    """Rows of one traffic and frame size together, by width."""
    lines: dict[tuple[str, int], dict[int, Row]] = {}
    for row in rows:
        lines.setdefault((row.traffic, row.frame), {})[row.data_w] = row
    return lines


def widths_of(rows: Iterable[Row]) -> list[int]:
    return sorted({row.data_w for row in rows})


def _value(row: Row, digits: int) -> str:
    return "failed" if row.value is None else f"{row.value:.{digits}f}"


def _cell(row: Row | None) -> str:
    """A value with its goal, coloured by whether it is met."""
    if row is None:
        return ""
    if row.goal is None:
        return _value(row, 4) + ("" if row.value is not None else " [red]-[/]")
    colour = "green" if row.met else "red"
    return f"{_value(row, 4)} [{colour}]{mark(row)}{row.goal:.2f}[/]"


def efficiency_table(rows: Sequence[Row]) -> Table:
    table = Table(
        title="Efficiency: ideal / used cycles, and the goal (+ met, - missed)", box=SIMPLE
    )
    table.add_column("traffic")
    table.add_column("frame", justify="right")
    for width in widths_of(rows):
        table.add_column(f"{width} bits", justify="right")
    for (traffic, frame), line in _by_line(rows).items():
        table.add_row(traffic, str(frame), *(_cell(line.get(w)) for w in widths_of(rows)))
    return table


def latency_table(rows: Sequence[Row]) -> Table:
    table = Table(title="Latency, cycles", box=SIMPLE)
    table.add_column("frame", justify="right")
    for width in widths_of(rows):
        table.add_column(f"{width} bits", justify="right")
    for (_, frame), line in _by_line(rows).items():
        cells = (_value(line[w], 0) if w in line else "" for w in widths_of(rows))
        table.add_row(str(frame), *cells)
    return table


def speed_table(speed: dict[str, Any]) -> Table:
    table = Table(title="Simulation speed, by CPU time (median)", box=SIMPLE)
    for name in ("figure", "value", "goal"):
        table.add_column(name, justify="left" if name == "figure" else "right")
    for name, value in speed["payload_mb_s"].items():
        table.add_row(f"payload MB/s, {name}", f"{value:.3f}", "")
    for name, goal in (("python_vs_cpp", PYTHON_VS_CPP), ("vs_cocotbext_axi", VS_COCOTBEXT_AXI)):
        value = speed[name]
        sign, colour = ("+", "green") if value >= goal else ("-", "red")
        table.add_row(name, f"{value:.3f}", f"[{colour}]{sign}{goal:g}[/]")
    return table


def snapshot(efficiency: Sequence[Row], latency: Sequence[Row]) -> str:
    """The deterministic figures as text."""
    widths = widths_of(efficiency)
    columns = "".join(f"{width:>9}" for width in widths)
    lines = [HEAD, f"efficiency{'frame':>12}{columns}"]
    for (traffic, frame), line in _by_line(efficiency).items():
        cells = (f"{_value(line[w], 4):>8}{mark(line[w])}" for w in widths)
        lines.append(f"{traffic:<14}{frame:>8}{''.join(cells)}".rstrip())
    lines += ["", f"latency, cycles{'frame':>7}{columns}"]
    for (_, frame), line in _by_line(latency).items():
        cells = (f"{_value(line[w], 0):>8} " for w in widths)
        lines.append(f"{frame:>22}{''.join(cells)}".rstrip())
    return "\n".join(lines) + "\n"


def as_json(
    efficiency: Sequence[Row], latency: Sequence[Row], speed: dict[str, Any] | None
) -> dict[str, Any]:
    """What out/bench/bench.json holds; a part that was not measured is absent."""
    found: dict[str, Any] = {}
    if efficiency:
        found["efficiency"] = [
            {
                "data_w": row.data_w,
                "frame": row.frame,
                "traffic": row.traffic,
                "value": None if row.value is None else round(row.value, 6),
                "goal": row.goal,
            }
            for row in efficiency
        ]
    if latency:
        found["latency_cycles"] = [
            {"data_w": row.data_w, "frame": row.frame, "value": row.value} for row in latency
        ]
    if speed is not None:
        found["sim_speed"] = speed
    return found
