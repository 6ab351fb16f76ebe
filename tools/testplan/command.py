# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx testplan`: the plan as a table, or the tests of one point."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tb.sources import ROOT
from tools.errors import UserError
from tools.testplan.cover import Covered, collect, files_of, judge, missing
from tools.testplan.plan import NICS, POINTS, load

PLAN = ROOT / "tests" / "testplan.yaml"
WIDTH = 160  # of the table in a file or a pipe


def run_testplan(path: Path, json_output: bool) -> int:
    """Print the plan; 1 when a point has no test, or names one that does not exist."""
    points = load(path)
    covered = judge(points, collect(files_of(points)))
    problems = [*missing(points), *(line for c in covered for line in c.problems)]
    good = sum(not c.problems for c in covered)
    if json_output:
        rows = [_row(c) for c in covered]
        print(json.dumps({"points": rows, "covered": good, "problems": problems}, indent=1))
        return 1 if problems else 0
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(_table(covered))
    for line in problems:
        console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)
    console.print(f"{good} of {POINTS} points covered")
    return 1 if problems else 0


def run_point(path: Path, number: int, options: Sequence[str]) -> int:
    """Run the tests of one point on every NIC they know."""
    point = next((p for p in load(path) if p.number == number), None)
    if point is None:
        raise UserError(f"{path}: there is no point {number}; choose one from 1 to {POINTS}")
    (covered,) = judge([point], collect(files_of([point])))
    nodes = [*covered.model, *covered.rtl]
    if not nodes:
        raise UserError(f"{path}: point {number}: no test to run; add one")
    print(f"{number}: {point.title}", flush=True)
    command = [sys.executable, "-m", "pytest", *nodes, *options]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _row(c: Covered) -> dict[str, Any]:
    p = c.point
    return {
        "point": p.number,
        "stage": p.stage,
        "title": p.title,
        "choice": p.choice,
        "nic": list(p.nics),
        "tests": list(p.tests),
        "runs": {"model": len(c.model), "rtl": len(c.rtl)},
        "problems": c.problems,
    }


def _table(covered: Sequence[Covered]) -> Table:
    table = Table(title="Receive path scenarios", show_lines=False, pad_edge=False)
    for name, justify in (("#", "right"), ("stage", "left"), ("scenario", "left")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    table.add_column("tests", overflow="fold")
    for nic in NICS:
        table.add_column(nic, justify="right")
    for c in covered:
        p = c.point
        names = escape("\n".join(test.removeprefix("tests/") for test in p.tests))
        title = escape(f"{p.title} (choice: {p.choice})" if p.choice else p.title)
        found = zip(NICS, (c.model, c.rtl), strict=True)
        runs = [_count(len(nodes), nic in p.nics) for nic, nodes in found]
        table.add_row(str(p.number), p.stage, title, names, *runs)
    return table


def _count(found: int, wanted: bool) -> str:
    """Number of test runs; a dash where none is asked for."""
    if found:
        return f"[green]{found}[/green]"
    return "[red]none[/red]" if wanted else "-"
