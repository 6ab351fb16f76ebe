# SPDX-License-Identifier: BSD-2-Clause
"""Run cocotb tests on a build and judge them strictly.

A run passes only if its results file says that tests ran and none failed: simulators end with
status 0 in cases that are not passes.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from cocotb_tools.check_results import get_results

from tb import sources as hdl_sources
from tb.build import BuildError, BuildSpec, build, fst_headers, make_runner, tail
from tb.simulators import clean_environment
from tb.sources import ROOT
from tb.wave_files import WAVE_FILES, find_waves

__all__ = ["BuildError", "BuildSpec", "RunResult", "block_test", "build", "run"]


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
    """Run the cocotb tests of `test_module` on a build; the verdict is returned, never raised."""
    folder = build(spec)
    test_dir.mkdir(parents=True, exist_ok=True)
    results, log = test_dir / "results.xml", test_dir / "sim.log"
    for name in (*WAVE_FILES, "waves.gtkw"):  # of an earlier run: they would not fit this one
        (test_dir / name).unlink(missing_ok=True)
    arguments, plus = _run_arguments(spec, seed, plusargs)
    reason = ""
    with clean_environment(), _python_path([ROOT, *python_path]):
        runner = make_runner(spec.sim)
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
                extra_env={"PYTHONWARNINGS": warning_filter(), **(extra_env or {})},
                results_xml=str(results),
                waves=spec.waves,
                log_file=log,
            )
        except RuntimeError as error:
            reason = str(error)
    if spec.waves:
        _layout(spec, test_dir)
    return _verdict(results, log, test_dir, reason)


def _layout(spec: BuildSpec, test_dir: Path) -> None:
    """A viewer layout beside the waves; a run that was cut off may have left none to read."""
    from tb.waves import write_layout  # pyvcd is needed for waves only

    waves = find_waves(test_dir)
    if waves is not None:
        with suppress(ValueError):
            write_layout(waves, spec.top, [p for p in spec.sources if p.suffix == ".sv"])


@cache
def warning_filter() -> str:
    """Deprecated calls are errors in our code; those of cocotbext-axi are hidden.

    A filter names one module exactly, so each of the package's modules is listed.
    """
    spec = importlib.util.find_spec("cocotbext.axi")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    names = sorted(path.stem for folder in folders for path in Path(folder).glob("*.py"))
    hidden = [f"ignore::DeprecationWarning:cocotbext.axi.{name}" for name in names]
    return ",".join(["error::DeprecationWarning", *hidden])


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
    """Build `top` with the files it reaches and run `test_module`; raise if a test fails.

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
