# SPDX-License-Identifier: BSD-2-Clause
"""Run a world through the RTL and fail with everything that is needed to run it again."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sw_model.world.config import WorldConfig
from tb import sources as hdl_sources
from tb.build import tail
from tb.config import BenchConfig
from tb.runner import BuildSpec, RunResult, run
from tb.sources import ROOT
from tb.system import run_bench
from tests.system.block_tests import BlockTest

OUT = ROOT / "out" / "system"
# A world that takes longer than this has lost a packet for good.
LIMIT_NS = 100_000_000
NOTHING: Mapping[Path, Path] = MappingProxyType({})


def run_world(
    sim: str,
    world: WorldConfig,
    folder: str,
    *,
    test: tuple[str, str] = ("tb.tests.world", "WorldTest"),
    bench: Mapping[str, Any] = MappingProxyType({}),
    replace: Mapping[Path, Path] = NOTHING,
) -> RunResult:
    """One run; the verdict is in the result, files are in out/system/<folder>."""
    fields = {"limit_ns": LIMIT_NS} | dict(bench)
    fields["replay"] = replay(world.seed).removeprefix("replay: ")
    config = BenchConfig(seed=world.seed, scenario=world.to_dict(), **fields)
    waves = os.environ.get("TLSRX_WAVES") == "1"
    return run_bench(sim, *test, config, OUT / folder, waves=waves, time_limit=300, replace=replace)


def run_block(
    test: BlockTest, folder: str, seed: int, replace: Mapping[Path, Path] = NOTHING
) -> RunResult:
    """Some tests of one module, on Icarus; files are in out/system/<folder>."""
    design = hdl_sources.resolve(test.top, test.path.glob("*.sv"))
    spec = BuildSpec(
        top=test.top,
        sim="icarus",
        sources=tuple(replace.get(path, path) for path in design),
        parameters=test.parameters,
    )
    return run(
        spec,
        test.module,
        OUT / folder,
        seed=seed,
        testcase=test.testcase,
        python_path=[test.path],
        time_limit=300,
    )


def passed(result: RunResult, seed: int) -> dict[str, Any]:
    """The run's result.json, or a failure that says why and how to see it again."""
    __tracebackhide__ = True
    if not result.ok:
        raise AssertionError(f"{failure_text(result)}\n{replay(seed)}")
    values: dict[str, Any] = json.loads((result.test_dir / "result.json").read_text())
    return values


def events(result: RunResult) -> list[dict[str, Any]]:
    """The run's events.jsonl."""
    return [json.loads(line) for line in (result.test_dir / "events.jsonl").open()]


def failure_text(result: RunResult) -> str:
    """What failed, and the end of the log."""
    what = [*result.failures, result.reason] if result.reason else list(result.failures)
    return "\n".join([*what, f"log: {result.log}", tail(result.log)])


def replay(seed: int) -> str:
    """The line that runs the present test again."""
    node = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    return f"replay: .venv/bin/python -m pytest {shlex.quote(node)} --seed {seed}"
