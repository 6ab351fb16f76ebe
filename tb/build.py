# SPDX-License-Identifier: BSD-2-Clause
"""Compile a top module once: a build folder is named by everything that went into it.

So a stale simulation cannot run, and parallel test processes share one build under a lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cocotb_tools import runner as cocotb_runner

from tb import objcache
from tb.simulators import (
    MAKE_VARIABLES,
    IcarusRunner,
    VerilatorRunner,
    clean_environment,
    missing,
    versions,
    which,
)
from tb.sources import ROOT
from tools import machine

BUILD_LIMIT_S = 1800.0
TAIL_LINES = 40
LINT_CONTROL = ROOT / "hdl" / "lint" / "verilator.vlt"

SIM_ARGS: Mapping[str, tuple[str, ...]] = {"icarus": (), "verilator": ("--timing", "--assert")}
WAVE_ARGS: Mapping[str, tuple[str, ...]] = {"icarus": (), "verilator": ("--trace-structs",)}


class BuildError(Exception):
    """The simulator could not compile the design; the text holds the end of its log."""


@dataclass(frozen=True, slots=True)
class BuildSpec:
    """Everything that decides what a build contains."""

    top: str
    sim: str
    sources: tuple[Path, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)
    defines: Mapping[str, object] = field(default_factory=dict)
    build_args: tuple[str, ...] = ()
    make_variables: Mapping[str, str] = field(default_factory=dict)
    waves: bool = False

    @property
    def controls(self) -> list[Path]:
        """Verilator control files among the sources."""
        return [path for path in self.sources if path.suffix == ".vlt"]

    @property
    def public_all(self) -> bool:
        """True unless a control file names the signals that Python touches."""
        return not any("public_flat" in path.read_text() for path in self.controls)

    def arguments(self) -> list[str]:
        """Arguments for the simulator's compiler."""
        args = [*SIM_ARGS[self.sim], *self.build_args]
        if self.waves:
            args += WAVE_ARGS[self.sim]
            if self.sim == "verilator" and fst_headers():
                args.append("--trace-fst")
        return args

    def key(self) -> str:
        """Hash over contents, not times or places."""
        parts = [
            self.top,
            self.sim,
            [[path.name, path.read_text()] for path in self.sources],
            {name: str(value) for name, value in self.parameters.items()},
            {name: str(value) for name, value in self.defines.items()},
            self.arguments(),
            {**MAKE_VARIABLES, **self.make_variables},
            self.waves,
            versions(),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def build_dir(self) -> Path:
        return ROOT / "build" / f"{self.top}-{self.sim}-{self.key()}"


def fst_headers() -> bool:
    """True if Verilator's FST writer can be compiled here (it needs lz4 and zlib headers)."""
    return all(machine.header(name) for name in ("lz4.h", "zlib.h"))


def make_runner(sim: str) -> IcarusRunner | VerilatorRunner:
    return VerilatorRunner() if sim == "verilator" else IcarusRunner()


def use_object_cache() -> None:
    """Let make compile through ccache, or through our small stand-in for the runtime library."""
    if which("ccache"):
        os.environ["OBJCACHE"] = "ccache"
        os.environ["CCACHE_DIR"] = str(ROOT / "build" / ".ccache")
        os.environ["CCACHE_BASEDIR"] = str(ROOT)
    else:
        os.environ["OBJCACHE"] = f"{sys.executable} {objcache.__file__}"
        os.environ[objcache.FOLDER] = str(ROOT / "build" / ".objects")
        os.environ[objcache.TOOLS] = json.dumps(versions())


def build(spec: BuildSpec) -> Path:
    """Build folder of `spec`, compiled if nobody did it before. Safe across processes."""
    reason = missing(spec.sim)
    if reason:
        raise BuildError(f"{spec.sim}: {reason}")
    folder = spec.build_dir
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".done").exists():
            _compile(spec, folder)
            (folder / ".done").write_text("ok\n")
    return folder


def _compile(spec: BuildSpec, folder: Path) -> None:
    log = folder / "build.log"
    control = [LINT_CONTROL] if spec.sim == "verilator" and LINT_CONTROL.exists() else []
    jobs = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2
    cocotb_runner.MAX_PARALLEL_BUILD_JOBS = jobs
    with clean_environment():
        use_object_cache()
        runner = make_runner(spec.sim)
        runner.time_limit = BUILD_LIMIT_S
        if isinstance(runner, VerilatorRunner):
            runner.public_all = spec.public_all
            runner.make_variables = {**MAKE_VARIABLES, **spec.make_variables}
        sources = [
            path for path in spec.sources if spec.sim == "verilator" or path.suffix != ".vlt"
        ]
        try:
            runner.build(
                sources=[*control, *sources],
                hdl_toplevel=spec.top,
                parameters=spec.parameters,
                defines=spec.defines,
                build_args=spec.arguments(),
                build_dir=folder,
                always=True,
                timescale=("1ns", "1ps"),
                waves=spec.waves,
                log_file=log,
            )
        except RuntimeError as error:
            raise BuildError(f"{spec.top} on {spec.sim}: {error}\n{tail(log)}") from None
    # Precompiled headers alone are 180 MB a build; nothing after the link needs them or objects.
    for pattern in ("*.gch", "*.o"):
        for path in folder.glob(pattern):
            path.unlink()


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """Last lines of a log, for a failure message."""
    if not path.exists():
        return f"(no log at {path})"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
