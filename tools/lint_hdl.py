# SPDX-License-Identifier: BSD-2-Clause
"""Every module of the engine alone, as top, through both simulators: silence or a failure."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tb.simulators import search_path, versions
from tb.sources import HDL, ROOT, defined_units, hdl_files, resolve, strip_comments

CONTROL = HDL / "lint" / "verilator.vlt"
FILE_LIST = HDL / "tls_rx.f"
DATA_WIDTHS = (128, 256, 512)
SEEN = ROOT / "build" / ".lint"  # names of the checks that were silent, by hash of their input
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Job:
    """One compiler call: it must print nothing and end with status 0."""

    name: str
    command: tuple[str, ...]
    files: tuple[Path, ...]

    def key(self) -> str:
        texts = [path.read_text() for path in self.files]
        parts = [self.command, texts, versions()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def modules() -> list[str]:
    """Every module of the engine; packages are compiled with their users."""
    return [
        unit for path in hdl_files() if not path.stem.endswith("_pkg") for unit in _modules_in(path)
    ]


def _modules_in(path: Path) -> list[str]:
    packages = set(re.findall(r"^\s*package\s+(\w+)", path.read_text(), re.MULTILINE))
    return [unit for unit in defined_units(path) if unit not in packages]


def jobs(simulators: set[str]) -> Iterator[Job]:
    """Compiler calls for all modules, at each data width where the module has one."""
    for top in modules():
        files = tuple(resolve(top))
        for width in _widths(top, files):
            yield from _jobs_of(top, files, width, simulators)


def _widths(top: str, files: tuple[Path, ...]) -> tuple[int | None, ...]:
    text = strip_comments(next(p for p in files if top in defined_units(p)).read_text())
    return DATA_WIDTHS if re.search(r"\bparameter\s+int\s+DataW\b", text) else (None,)


def _jobs_of(
    top: str, files: tuple[Path, ...], width: int | None, simulators: set[str]
) -> Iterator[Job]:
    names = [str(path.relative_to(ROOT)) for path in files]
    label = top if width is None else f"{top} DataW={width}"
    if "icarus" in simulators:
        parameter = [] if width is None else [f"-P{top}.DataW={width}"]
        command = ["iverilog", "-g2012", "-Wall", "-t", "null", "-s", top, *parameter, *names]
        yield Job(f"{label} on icarus", tuple(command), files)
    if "verilator" in simulators:
        parameter = [] if width is None else [f"-GDataW={width}"]
        control = str(CONTROL.relative_to(ROOT))
        options = ["--lint-only", "--quiet", "-Wall", "--timing", control]
        command = ["verilator", *options, *names, "--top-module", top, *parameter]
        yield Job(f"{label} on verilator", tuple(command), (CONTROL, *files))


def _output(job: Job) -> str:
    """What the compiler said; empty if it was silent, now or on the same input before."""
    seen = SEEN / job.key()
    if seen.exists():
        return ""
    env = dict(os.environ, PATH=search_path())
    env.pop("VERILATOR_ROOT", None)
    result = subprocess.run(
        job.command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    said = (result.stdout + result.stderr).strip()
    if result.returncode == 0 and not said:
        SEEN.mkdir(parents=True, exist_ok=True)
        seen.touch()
        return ""
    return said or f"ended with status {result.returncode}"


def hdl_problems(simulators: set[str]) -> Iterator[str]:
    """One text for each module that a compiler complained about."""
    todo = list(jobs(simulators))
    with ThreadPoolExecutor(WORKERS) as pool:
        for job, said in zip(todo, pool.map(_output, todo), strict=True):
            if said:
                lines = said.splitlines()
                shown = "\n".join(f"    {line}" for line in lines[:8])
                more = f"\n    ... {len(lines) - 8} more lines" if len(lines) > 8 else ""
                yield f"{job.name}: {' '.join(job.command)}\n{shown}{more}"


def file_list_problems() -> Iterator[str]:
    """The file list for users of other tools must name every file, packages first."""
    if not FILE_LIST.exists():
        yield f"{FILE_LIST.relative_to(ROOT)}: absent"
        return
    lines = [
        line.split("//")[0].split("#")[0].strip() for line in FILE_LIST.read_text().split("\n")
    ]
    named = [line for line in lines if line]
    present = [str(path.relative_to(ROOT)) for path in hdl_files()]
    for name in sorted(set(named) - set(present)):
        yield f"hdl/tls_rx.f: {name} does not exist"
    for name in sorted(set(present) - set(named)):
        yield f"hdl/tls_rx.f: {name} is not listed"
    kinds = [name.endswith("_pkg.sv") for name in named]
    if kinds != sorted(kinds, reverse=True):
        yield "hdl/tls_rx.f: packages must come before modules"
