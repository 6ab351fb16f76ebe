# SPDX-License-Identifier: BSD-2-Clause
"""Build the whole bench (tb/hdl/tls_rx_tb.sv) and run one system test in a folder of its own."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from tb import sources as hdl_sources
from tb.config import VARIABLE, BenchConfig
from tb.runner import BuildSpec, RunResult, run
from tb.sources import ROOT

TOP = "tls_rx_tb"
BENCH = ("tls_rx_tb.sv", "axis_file_src.sv", "axis_file_snk.sv")
CONTROL = ROOT / "tb" / "hdl" / "tls_rx_tb.vlt"


def bench_spec(
    sim: str,
    config: BenchConfig,
    *,
    waves: bool = False,
    replace: Mapping[Path, Path] = MappingProxyType({}),
) -> BuildSpec:
    """What to build for a run: the engine, the stream models, which signals Python touches.

    ``replace``: sources that are compiled instead of others, for planted faults.
    """
    extra = [ROOT / "tb" / "hdl" / name for name in BENCH]
    design = [replace.get(path, path) for path in hdl_sources.resolve(TOP, extra)]
    return BuildSpec(
        top=TOP,
        sim=sim,
        sources=(CONTROL, *design),
        parameters={"DataW": config.data_w, "NumFlows": config.num_flows},
        make_variables={"OPT_FAST": "-O2"},
        waves=waves,
    )


class FolderBusyError(Exception):
    """Two runs in one folder would mix their stream files."""


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderBusyError(f"{folder}: another run is using this folder") from None
        yield


def run_bench(
    sim: str,
    test_module: str,
    testcase: str,
    config: BenchConfig,
    folder: Path,
    *,
    waves: bool = False,
    time_limit: float | None = 3600.0,
    replace: Mapping[Path, Path] = MappingProxyType({}),
) -> RunResult:
    """Run one test; the configuration is left beside its results."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(folder):
        config.save(folder / "config.json")
        result = run(
            bench_spec(sim, config, waves=waves, replace=replace),
            test_module,
            folder,
            seed=config.seed,
            testcase=testcase,
            extra_env={VARIABLE: str(folder / "config.json")},
            time_limit=time_limit,
        )
        if result.ok:
            _forget_streams(folder)
        else:
            _leave_verdict(folder, config, result)
        return result


def _forget_streams(folder: Path) -> None:
    """The streams between Python and the simulator are large, and say nothing new after a pass."""
    for pattern in ("*.data", "*.meta"):
        for path in folder.glob(pattern):
            path.unlink()


def _leave_verdict(folder: Path, config: BenchConfig, result: RunResult) -> None:
    """result.json of a run that failed: why, and how to see it again."""
    values = {
        "verdict": "fail",
        "seed": config.seed,
        "failures": list(result.failures) or [result.reason],
        "replay": config.replay,
    }
    (folder / "result.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
