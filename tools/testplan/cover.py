# SPDX-License-Identifier: BSD-2-Clause
"""Points against the tests that pytest finds: which exist, and with which NIC each runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tb.sources import ROOT
from tools.errors import UserError
from tools.testplan.plan import NICS, POINTS, Point

# Runs unit tests of the golden NIC again, on the RTL.
AGAIN = "tests/system/test_on_rtl.py::test_on_rtl"


@dataclass(frozen=True, slots=True)
class Covered:
    """A point and what pytest knows of its tests: the node ids, and those that run the RTL."""

    point: Point
    model: tuple[str, ...]
    rtl: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        """One line for each thing that is wrong with the point."""
        number, found = self.point.number, {"model": self.model, "rtl": self.rtl}
        lines = [f"point {number}: no test is called {test}" for test in self.unknown]
        if not self.point.tests:
            lines.append(f"point {number}: has no test")
        elif not self.unknown:
            lines += [
                f"point {number}: none of its tests runs on {nic}"
                for nic in NICS
                if nic in self.point.nics and not found[nic]
            ]
        if not self.point.nics:
            lines.append(f"point {number}: `nic` names none")
        return lines


def collect(files: Iterable[str]) -> list[str]:
    """Node ids of all tests in these files, without running any."""
    there = sorted({file for file in files if (ROOT / file).is_file()})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(
        [*command, *there], cwd=ROOT, capture_output=True, text=True, check=False
    )
    nodes = [line for line in result.stdout.splitlines() if line.startswith("tests/")]
    if there and not nodes:
        last = (result.stderr or result.stdout).strip().splitlines()[-1:]
        raise UserError(f"{there[0]}: pytest collects nothing: {' '.join(last)}; run it by hand")
    return nodes


def files_of(points: Iterable[Point]) -> set[str]:
    """The files that must be collected to judge these points."""
    named = {test.partition("::")[0] for point in points for test in point.tests}
    return named | {AGAIN.partition("::")[0]}


def judge(points: Sequence[Point], nodes: Sequence[str]) -> list[Covered]:
    return [_judge(point, nodes) for point in points]


def missing(points: Iterable[Point]) -> list[str]:
    """Numbers that no point of the plan has."""
    there = {point.number for point in points}
    return [f"point {n}: is not in the plan" for n in range(1, POINTS + 1) if n not in there]


def _judge(point: Point, nodes: Sequence[str]) -> Covered:
    model: list[str] = []
    rtl: list[str] = []
    unknown: list[str] = []
    for test in point.tests:
        hits = [node for node in nodes if _is_or_has(test, node)]
        again = [node for node in nodes if _again(test, node)]
        on_rtl = [node for node in hits if _simulated(node)]
        model += [node for node in hits if not _simulated(node)]
        rtl += [*on_rtl, *again]
        if not hits:
            unknown.append(test)
    return Covered(point, tuple(model), tuple(rtl), tuple(unknown))


def _is_or_has(test: str, node: str) -> bool:
    """The node itself, or one behind it: a test's parameters (all, or those named), a file's."""
    if not test.endswith("]"):
        return node == test or node.startswith((f"{test}[", f"{test}::"))
    name, _, wanted = test[:-1].partition("[")
    there, _, parameters = node[:-1].partition("[")
    return there == name and f"-{wanted}-" in f"-{parameters}-"


def _simulated(node: str) -> bool:
    """Tests below tests/system and tests/block run the RTL, but for those that say `model`."""
    if node.startswith("tests/system/"):
        name, _, parameters = node.partition("::")[2].partition("[")
        return "model" not in [*name.split("_"), *re.split(r"[\]-]", parameters)]
    return node.startswith("tests/block/")


def _again(test: str, node: str) -> bool:
    """Whether this node is the test of the golden NIC ``test`` once more on the RTL."""
    path, _, name = test.partition("::")
    if not name or not node.startswith(f"{AGAIN}["):
        return False
    case = node[len(AGAIN) + 1 : -1].removeprefix("verilator-")
    module, _, function = case.partition(".")
    wanted = name.partition("[")[0]
    same = function == wanted or re.fullmatch(re.escape(wanted) + r"-[0-9-]+", function)
    return Path(path).stem == module and bool(same)
