# SPDX-License-Identifier: BSD-2-Clause
"""Without root: unpack distribution packages below `.venv/opt`, for this project only.

`apt-get download` and `dpkg-deb -x` need no rights when apt keeps its state in a folder of ours.
Nothing outside `.venv` changes; `make distclean` removes it all. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools.machine import LOCAL, VENV, local_library_folder

# Icarus looks for its parts at the place it was built for; these launchers tell it ours.
LAUNCHERS = {
    "iverilog": 'exec "$here/opt/usr/bin/iverilog" "-B$here/{ivl}" "$@"',
    "vvp": 'exec "$here/opt/usr/bin/vvp" "-M$here/{ivl}" "$@"',
}


def unpack(names: list[str]) -> str:
    """Fetch and unpack packages; empty text if it worked, else the reason."""
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            return f"{program} is not on this machine"
    state = VENV / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    options = [f"-oDir::State::lists={state}/lists", f"-oDir::Cache={state}/cache"]
    for command in (["update"], ["download", *names]):
        reason = _run(["apt-get", "-q", *options, *command], state / "debs")
        if reason:
            return reason
    for package in sorted((state / "debs").glob("*.deb")):
        reason = _run(["dpkg-deb", "-x", str(package), str(LOCAL)], state)
        if reason:
            return reason
    shutil.rmtree(state)
    _launchers()
    return ""


def _run(command: list[str], folder: Path) -> str:
    env = dict(os.environ, LC_ALL="C")
    result = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if result.returncode == 0:
        return ""
    lines = (result.stderr or result.stdout).strip().splitlines()
    return lines[-1] if lines else f"{command[0]} ended with status {result.returncode}"


def _launchers() -> None:
    """Commands in `.venv/bin` for the programs that were unpacked."""
    library = local_library_folder()
    if library is None or not (LOCAL / "usr/bin/iverilog").exists():
        return
    ivl = (library / "ivl").relative_to(VENV)
    for name, line in LAUNCHERS.items():
        path = VENV / "bin" / name
        here = 'here=$(cd "$(dirname "$0")/.." && pwd)'
        path.write_text(f"#!/bin/sh\n{here}\n{line.format(ivl=ivl)}\n")
        path.chmod(0o755)
