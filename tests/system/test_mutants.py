# SPDX-License-Identifier: BSD-2-Clause
"""Each planted fault of ``mutants.py`` and ``block_mutants.py`` makes its run fail, and its checker
says so; the same run without the fault passes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from sw_model.nic.faults import NicFaults
from sw_model.world.config import WorldConfig
from sw_model.world.run import run_on_model
from tb.runner import RunResult
from tb.simulators import missing
from tb.sources import HDL
from tests.system.bench import NOTHING, OUT, failure_text, passed, replay, run_block, run_world
from tests.system.block_mutants import BLOCK, BLOCK_CHECKERS, BlockMutant
from tests.system.block_tests import BlockTest
from tests.system.expect import Expect, marked, packets, resync_story, unmet
from tests.system.mutants import CHECKERS, MODELS, RTL, WORLDS, ModelMutant, RtlMutant

SIM = "icarus"  # compiles in a second; what is planted does not depend on the simulator
EXPECT: dict[str, tuple[Expect, ...]] = {
    "plain": (marked, packets("none", 0)),
    "resync": (resync_story,),
}
pytestmark = pytest.mark.skipif(missing(SIM) is not None, reason=f"{SIM}: {missing(SIM)}")


def simulate(
    name: str, config: WorldConfig, replaced: dict[Path, Path] | None = None, **bench: object
) -> RunResult:
    return run_world(
        SIM,
        config,
        f"mutants/{name}",
        test=("tests.system.white_box", "WipeTest"),
        bench=bench,
        replace=replaced or NOTHING,
    )


@cache
def sane(world: str, seed: int) -> str:
    """Text of the failure of a world without a fault: must be empty."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    result = simulate(f"{world}-sane-{worker}", replace(WORLDS[world], seed=seed))
    return "" if result.ok else failure_text(result)


@cache
def sane_block(test: BlockTest, seed: int) -> str:
    """The same of a module's test."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    result = run_block(test, f"mutants/block-sane-{worker}", seed)
    return "" if result.ok else failure_text(result)


def mutated(name: str, mutant: RtlMutant | BlockMutant) -> dict[Path, Path]:
    """A copy of the file with the fault in it."""
    original = HDL / mutant.file
    text = original.read_text()
    assert text.count(mutant.text) == 1, f"{mutant.file} has changed: look at mutant {name}"
    changed = OUT / "mutants" / name / "hdl" / original.name
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text(text.replace(mutant.text, mutant.instead))
    return {original: changed}


def assert_caught(text: str, caught_by: str, seed: int) -> None:
    __tracebackhide__ = True
    assert text, f"the fault was not noticed\n{replay(seed)}"
    hit = re.search((CHECKERS | BLOCK_CHECKERS)[caught_by], text)
    assert hit, f"not the checker {caught_by!r}, but: {text}\n{replay(seed)}"


@pytest.mark.parametrize("name", RTL)
def test_rtl_mutant(name: str, seed: int) -> None:
    mutant = RTL[name]
    result = simulate(name, replace(WORLDS[mutant.world], seed=seed), mutated(name, mutant))
    assert_caught("" if result.ok else failure_text(result), mutant.caught_by, seed)
    assert not sane(mutant.world, seed)


@pytest.mark.parametrize("name", BLOCK)
def test_block_mutant(name: str, seed: int) -> None:
    mutant = BLOCK[name]
    result = run_block(mutant.test, f"mutants/{name}", seed, mutated(name, mutant))
    assert_caught("" if result.ok else failure_text(result), mutant.caught_by, seed)
    assert not sane_block(mutant.test, seed)


def on_model(world: str, config: WorldConfig, nic: NicFaults) -> str:
    """The failure of a world on the golden NIC, by checks or by what was expected of it."""
    try:
        done = run_on_model(config, faults=nic)
    except AssertionError as error:
        return str(error)
    return "; ".join(unmet(EXPECT.get(world, ()), done.report(), done.trace.events))


def seeds(mutant: ModelMutant, seed: int) -> Iterable[int]:
    """Faults in random worlds need not show with every seed."""
    return range(seed, seed + (1 if mutant.on_rtl else 10))


@pytest.mark.model_only
@pytest.mark.parametrize("name", [n for n, m in MODELS.items() if not m.on_rtl])
def test_model_mutant(name: str, seed: int) -> None:
    mutant = MODELS[name]
    texts = []
    for each in seeds(mutant, seed):
        config = replace(WORLDS[mutant.world], seed=each)
        assert not on_model(mutant.world, config, NicFaults())
        broken = replace(config, driver_faults=dict(mutant.driver), kernel_bugs=dict(mutant.kernel))
        texts.append(on_model(mutant.world, broken, NicFaults(**mutant.nic)))
    assert_caught("\n".join(text for text in texts if text), mutant.caught_by, seed)


@pytest.mark.parametrize("name", [n for n, m in MODELS.items() if m.on_rtl])
def test_golden_mutant(name: str, seed: int) -> None:
    mutant = MODELS[name]
    result = simulate(name, replace(WORLDS[mutant.world], seed=seed), nic_faults=dict(mutant.nic))
    assert_caught("" if result.ok else failure_text(result), mutant.caught_by, seed)
    assert not sane(mutant.world, seed)


def test_replay_line(seed: int) -> None:
    """A failure says how to see it again."""
    result = simulate("replay", replace(WORLDS["bad_tag"], seed=seed), limit_ns=1_000)
    with pytest.raises(AssertionError, match=r"replay: \.venv/bin/python -m pytest .*--seed"):
        passed(result, seed)
