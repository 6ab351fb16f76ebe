# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx bench`: measures, prints, writes out/bench/bench.json and compares with the snapshot."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from tb.config import BenchConfig
from tb.sources import ROOT
from tools.bench import report, runs, speed
from tools.bench.goals import WIDTHS
from tools.bench.runs import Row
from tools.simulate import build_bench

SNAPSHOT = ROOT / "docs" / "snapshots" / "bench.txt"
PARTS = ("efficiency", "latency", "speed")


def run_bench_command(
    *, widths: Sequence[int], parts: Sequence[str], quick: bool, update: bool, seed: int, out: Path
) -> int:
    """0 when every figure was measured, goals met or not; 1 when a run failed."""
    console = Console()
    started = time.monotonic()
    scale = runs.QUICK if quick else 1.0
    widths, parts = tuple(widths) or WIDTHS, tuple(parts) or PARTS
    out.mkdir(parents=True, exist_ok=True)
    for width in widths:
        build_bench("verilator", BenchConfig(data_w=width), False, console)
    rows: dict[str, list[Row]] = {"efficiency": [], "latency": []}
    if "efficiency" in parts:
        jobs = runs.efficiency_jobs(widths)
        rows["efficiency"] = _measure(jobs, runs.measure, seed, scale, out, console)
        console.print(report.efficiency_table(rows["efficiency"]))
    if "latency" in parts:
        jobs = runs.latency_jobs(widths)
        rows["latency"] = _measure(jobs, runs.measure_latency, seed, 1.0, out, console)
        console.print(report.latency_table(rows["latency"]))
    fast = _speed(widths, parts, quick, seed, out, console)
    found = report.as_json(rows["efficiency"], rows["latency"], fast)
    found |= {"seed": seed, "quick": quick}
    path = out / "bench.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    failed = [row for part in rows.values() for row in part if row.value is None]
    for row in failed:
        console.print(
            f"FAILED {row.data_w} {row.traffic} {row.frame}: {row.reason}",
            style="red", markup=False, highlight=False,
        )  # fmt: skip
    if not quick and not failed and set(widths) == set(WIDTHS) and all(rows.values()):
        text = report.snapshot(rows["efficiency"], rows["latency"])
        (out / "bench.txt").write_text(text, encoding="utf-8")
        _compare(text, update, console)
    minutes = (time.monotonic() - started) / 60
    console.print(f"{path} ({minutes:.1f} min)", highlight=False, soft_wrap=True)
    return 1 if failed else 0


def _measure(
    jobs: Sequence[runs.Job], one: Any, seed: int, scale: float, out: Path, console: Console
) -> list[Row]:
    with console.status("") as status:

        def show(row: Row) -> None:
            status.update(f"{row.data_w} bits, {row.traffic}, {row.frame}: {row.value}")

        return runs.run_jobs(jobs, one, seed, scale, out, show)


def _speed(
    widths: Sequence[int], parts: Sequence[str], quick: bool, seed: int, out: Path, console: Console
) -> dict[str, Any] | None:
    if "speed" not in parts or not {speed.WIDTH, speed.ICARUS_WIDTH} <= set(widths):
        return None
    with console.status("simulation speed") as status:
        found = speed.measure(seed, quick, out, lambda text: status.update(f"speed: {text}"))
    console.print(report.speed_table(found))
    return found


def _compare(text: str, update: bool, console: Console) -> None:
    """Tell whether the figures are those under version control."""
    name = SNAPSHOT.relative_to(ROOT)
    old = SNAPSHOT.read_text(encoding="utf-8") if SNAPSHOT.exists() else ""
    if old == text:
        console.print(f"The figures are those of {name}.", highlight=False)
    elif update:
        SNAPSHOT.parent.mkdir(parents=True, exist_ok=True)
        SNAPSHOT.write_text(text, encoding="utf-8")
        console.print(f"{name} is up to date now.", highlight=False)
    else:
        console.print(
            f"The figures differ from {name}; `tlsrx bench --update` keeps the new ones.",
            highlight=False, style="yellow",
        )  # fmt: skip
