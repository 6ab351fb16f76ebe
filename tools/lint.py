# SPDX-License-Identifier: BSD-2-Clause
"""`make lint`: a table of checks, each a source of one-line problems."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tb.simulators import SIMS, missing, which
from tb.sources import ROOT
from tools import lint_hdl, lint_text, lint_verible
from tools.errors import UserError


@dataclass(frozen=True, slots=True)
class Check:
    """A named check; a warning is shown and does not fail the run."""

    name: str
    problems: Callable[[], Iterable[str]]
    warning: bool = False


def _program(*command: str) -> Iterator[str]:
    """Output of a Python tool of the venv, if it found something."""
    result = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        yield from (result.stdout + result.stderr).strip().splitlines()


def _usable_simulators() -> set[str]:
    return {sim for sim in SIMS if missing(sim) is None or _compiles(sim)}


def _compiles(sim: str) -> bool:
    """Linting needs the compiler only, not the shared libpython of a simulation."""
    return which({"icarus": "iverilog", "verilator": "verilator"}[sim]) is not None


def _hdl() -> Iterator[str]:
    usable = _usable_simulators()
    for sim in SIMS:
        if sim not in usable:
            print(f"lint: hdl: SKIPPED on {sim}: {missing(sim)}", file=sys.stderr)
    yield from lint_hdl.hdl_problems(usable)


def _generated() -> Iterator[str]:
    from tools.regs import stale_files

    for path in stale_files():
        yield f"{path}: not up to date; run `make regs`"


CONCISE = ("-q", "--output-format", "concise")  # one line a finding

CHECKS: tuple[Check, ...] = (
    Check("ruff", lambda: _program("ruff", "check", *CONCISE, ".")),
    Check("format", lambda: _program("ruff", "format", "--check", *CONCISE, ".")),
    Check("mypy", lambda: _program("mypy", "--no-error-summary")),
    Check("imports", lint_text.import_problems),
    Check("licence", lint_text.licence_problems),
    Check("ascii", lint_text.ascii_problems),
    Check("hdl", _hdl),
    Check("verible", lint_verible.verible_problems),
    Check("file-list", lint_hdl.file_list_problems),
    Check("generated", _generated),
    Check("length", lint_text.long_files, warning=True),
)


def run_lint(only: tuple[str, ...] = ()) -> int:
    """Run the checks, print every problem and a one-line verdict for each check; 0 if clean."""
    names = [check.name for check in CHECKS]
    for name in only:
        if name not in names:
            raise UserError(f"--only {name}: no such check; the checks are {', '.join(names)}")
    failed = []
    for check in CHECKS:
        if only and check.name not in only:
            continue
        start = time.monotonic()
        problems = list(check.problems())
        for problem in problems:
            print(problem)
        verdict = "ok" if not problems else ("warning" if check.warning else "FAILED")
        count = f", {len(problems)} found" if problems else ""
        print(
            f"lint: {check.name:10} {verdict}{count} ({time.monotonic() - start:.1f} s)", flush=True
        )
        if problems and not check.warning:
            failed.append(check.name)
    print("lint: " + (f"FAILED: {', '.join(failed)}" if failed else "all clean"))
    return 1 if failed else 0
