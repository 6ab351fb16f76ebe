# SPDX-License-Identifier: BSD-2-Clause
"""Build a top module once and run cocotb tests on it.

A build folder is named by a hash of everything that went into it, so a stale simulation cannot
run; a lock lets parallel test processes share it. A run passes only if its results file says that
tests ran and none failed: simulators end with status 0 in cases that are not passes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from cocotb_tools import runner as cocotb_runner
from cocotb_tools.check_results import get_results

from tb import sources as hdl_sources
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

BUILD_LIMIT_S = 1800.0
TAIL_LINES = 40
LINT_CONTROL = ROOT / "hdl" / "lint" / "verilator.vlt"

SIM_ARGS: Mapping[str, tuple[str, ...]] = {"icarus": (), "verilator": ("--timing", "--assert")}
WAVE_ARGS: Mapping[str, tuple[str, ...]] = {
    "icarus": (),
    "verilator": ("--trace-structs",),
}


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


@dataclass(frozen=True, slots=True)
class RunResult:
    """Verdict of one simulation."""

    tests: int
    failed: int
    reason: str  # empty when the simulator itself ended normally
    test_dir: Path
    log: Path
    failures: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.tests > 0 and self.failed == 0 and not self.reason


def fst_headers() -> bool:
    """True if Verilator's FST writer can be compiled here (it needs lz4 and zlib headers)."""
    folders = [Path("/usr/include"), Path("/usr/local/include")]
    return all(any((d / name).exists() for d in folders) for name in ("lz4.h", "zlib.h"))


def _runner(sim: str) -> IcarusRunner | VerilatorRunner:
    return VerilatorRunner() if sim == "verilator" else IcarusRunner()


def _use_ccache() -> None:
    """Let make compile through ccache where it is installed; the cache lives with the builds."""
    if which("ccache"):
        os.environ["OBJCACHE"] = "ccache"
        os.environ["CCACHE_DIR"] = str(ROOT / "build" / ".ccache")
        os.environ["CCACHE_BASEDIR"] = str(ROOT)


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
        _use_ccache()
        runner = _runner(spec.sim)
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


def run(
    spec: BuildSpec,
    test_module: str,
    test_dir: Path,
    *,
    seed: int = 1,
    testcase: str | None = None,
    plusargs: Sequence[str] = (),
    extra_env: Mapping[str, str] | None = None,
    python_path: Iterable[Path] = (),
    time_limit: float | None = 600.0,
) -> RunResult:
    """Run the cocotb tests of `test_module` on a build and give the verdict; never raises for it."""
    folder = build(spec)
    test_dir.mkdir(parents=True, exist_ok=True)
    results, log = test_dir / "results.xml", test_dir / "sim.log"
    arguments, plus = _run_arguments(spec, seed, plusargs)
    reason = ""
    with clean_environment(), _python_path([ROOT, *python_path]):
        runner = _runner(spec.sim)
        runner.time_limit = time_limit
        try:
            runner.test(
                test_module=test_module,
                hdl_toplevel=spec.top,
                hdl_toplevel_lang="verilog",
                build_dir=folder,
                test_dir=test_dir,
                seed=seed,
                test_filter=None if testcase is None else rf"\.{re.escape(testcase)}(/.*)?$",
                plusargs=plus,
                test_args=arguments,
                extra_env=dict(extra_env or {}),
                results_xml=str(results),
                waves=spec.waves,
                log_file=log,
            )
        except RuntimeError as error:
            reason = str(error)
    return _verdict(results, log, test_dir, reason)


def _run_arguments(
    spec: BuildSpec, seed: int, plusargs: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Simulator arguments and plusargs. Verilator starts registers at random, as Icarus at X."""
    arguments: list[str] = []
    plus = list(plusargs)
    if spec.sim == "verilator":
        plus += ["+verilator+rand+reset+2", f"+verilator+seed+{seed % 0x7FFFFFFF or 1}"]
        if spec.waves:
            name = "waves.fst" if fst_headers() else "waves.vcd"
            arguments += ["--trace-file", name]
    elif spec.waves:
        plus.append("+dumpfile_path=waves.fst")
    return arguments, plus


@contextmanager
def _python_path(folders: Iterable[Path]) -> Iterator[None]:
    """Put folders first in sys.path, which the runner hands to the simulator's Python."""
    saved = list(sys.path)
    sys.path[:0] = [str(folder) for folder in folders]
    try:
        yield
    finally:
        sys.path[:] = saved


def _verdict(results: Path, log: Path, test_dir: Path, reason: str) -> RunResult:
    tests = failed = 0
    failures: tuple[str, ...] = ()
    try:
        tests, failed = get_results(results)
        failures = _failures(results)
    except (RuntimeError, ElementTree.ParseError):
        reason = reason or "the simulation ended without results"
    return RunResult(tests, failed, reason, test_dir, log, failures)


def _failures(results: Path) -> tuple[str, ...]:
    found = []
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        for kind in ("failure", "error"):
            node = case.find(kind)
            if node is not None:
                message = " ".join((node.get("message") or node.text or "").split())
                found.append(f"{case.get('name')}: {message[:300]}")
    return tuple(found)


def tail(path: Path, lines: int = TAIL_LINES) -> str:
    """Last lines of a log, for a failure message."""
    if not path.exists():
        return f"(no log at {path})"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def block_test(
    top: str,
    test_module: str,
    sim: str,
    parameters: Mapping[str, object] | None = None,
    seed: int | None = None,
    testcase: str | None = None,
    plusargs: Sequence[str] = (),
    extra_sources: Sequence[Path | str] = (),
    waves: bool | None = None,
    test_dir: Path | str | None = None,
    defines: Mapping[str, object] | None = None,
    build_args: Sequence[str] = (),
    time_limit: float = 600.0,
) -> RunResult:
    """Build `top` with the files it reaches, run `test_module` and fail the calling test if it fails.

    `test_module` may live beside the calling file. `seed` and `waves` follow pytest's `--seed` and
    `--waves` when not given. Control files (`.vlt`) among `extra_sources` are always passed, other
    extra sources when `top` reaches them.
    """
    __tracebackhide__ = True  # the text of the failure says it all
    seed = int(os.environ.get("TLSRX_SEED", "1")) if seed is None else seed
    waves = os.environ.get("TLSRX_WAVES") == "1" if waves is None else waves
    extra = [(ROOT / path).resolve() for path in extra_sources]
    controls = [path for path in extra if path.suffix == ".vlt"]
    modules = [path for path in extra if path.suffix != ".vlt"]
    spec = BuildSpec(
        top=top,
        sim=sim,
        sources=(*controls, *hdl_sources.resolve(top, modules)),
        parameters=dict(parameters or {}),
        defines=dict(defines or {}),
        build_args=tuple(build_args),
        waves=waves,
    )
    node = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    folder = Path(test_dir) if test_dir else _block_dir(spec, node, test_module, seed, testcase)
    caller = Path(sys._getframe(1).f_code.co_filename).parent
    try:
        result = run(
            spec,
            test_module,
            folder.resolve(),
            seed=seed,
            testcase=testcase,
            plusargs=plusargs,
            python_path=[caller],
            time_limit=time_limit,
        )
    except BuildError as error:
        raise AssertionError(f"build failed\n{error}\n{_replay(node, seed)}") from None
    if not result.ok:
        raise AssertionError(_failure_text(result, node, seed))
    return result


def _block_dir(
    spec: BuildSpec, node: str, test_module: str, seed: int, testcase: str | None
) -> Path:
    """out/block/<test>/<sim>/<seed and what else tells runs apart>."""
    name = node.rpartition("::")[2] or test_module.rpartition(".")[2]
    values = [f"{key}{value}" for key, value in sorted(spec.parameters.items())]
    words = [f"s{seed}", name.replace(spec.sim, ""), *values, testcase or ""]
    leaf = re.sub(r"[^\w.=]+", "-", "-".join(word for word in words if word)).strip("-")
    return ROOT / "out" / "block" / test_module.rpartition(".")[2] / spec.sim / leaf


def _replay(node: str, seed: int) -> str:
    if not node:
        return f"replay: seed {seed}"
    return f"replay: .venv/bin/python -m pytest {shlex.quote(node)} --seed {seed}"


def _failure_text(result: RunResult, node: str, seed: int) -> str:
    lines = [f"{result.failed} of {result.tests} tests failed {result.reason}".rstrip()]
    if result.tests == 0:
        lines = [f"no test ran. {result.reason}".rstrip()]
    lines += [f"  {failure}" for failure in result.failures]
    lines += [f"log: {result.log}", tail(result.log), _replay(node, seed)]
    return "\n".join(lines)
