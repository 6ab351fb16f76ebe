# SPDX-License-Identifier: BSD-2-Clause
"""Unit tests of the golden NIC and of the loop around it once more, with the RTL in its place.

One simulation runs them all; each is reported by itself. Beside the test's own assertions every
frame, metadata bit and completion is compared with the golden NIC.
"""

from __future__ import annotations

import fcntl
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tb.config import BenchConfig
from tb.simulators import missing
from tb.system import run_bench
from tests.system.bench import OUT, failure_text, replay
from tests.system.cases import cases

CASES = cases()
RUN = "the run itself"


@cache
def outcome(sim: str) -> dict[str, str]:
    """Name to failure of every case; one run for all processes of a parallel test run."""
    folder = OUT / "on_rtl" / sim
    folder.mkdir(parents=True, exist_ok=True)
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"process {os.getpid()}"
    done = folder / "session.json"
    with (folder / ".session.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.is_file():
            kept: dict[str, dict[str, str]] = json.loads(done.read_text())
            if session in kept:
                return kept[session]
        found = simulate(sim, folder)
        done.write_text(json.dumps({session: found}))
        return found


def simulate(sim: str, folder: Path, **bench: Any) -> dict[str, str]:
    (folder / "cases.json").unlink(missing_ok=True)
    waves = os.environ.get("TLSRX_WAVES") == "1"
    config = BenchConfig(replay=replay(1).removeprefix("replay: "), **bench)
    where = ("tests.system.on_rtl", "OnRtlTest")
    result = run_bench(sim, *where, config, folder, waves=waves, time_limit=600)
    path = folder / "cases.json"
    found: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    return found if result.ok else found | {RUN: failure_text(result)}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("sim", ["verilator"], indirect=True)
def test_on_rtl(name: str, sim: str) -> None:
    results = outcome(sim)
    if name not in results:
        failed = next((f"{n}: {text}" for n, text in results.items() if text), "")
        pytest.fail(f"not reached, because of {failed}\n{replay(1)}", pytrace=False)
    assert not results[name], f"{results[name]}\n{replay(1)}"


def test_the_run_itself() -> None:
    """The scoreboard and the end of the simulation, once all cases are over."""
    if missing("verilator"):
        pytest.skip(f"verilator: {missing('verilator')}")
    assert RUN not in outcome("verilator"), f"{outcome('verilator')[RUN]}\n{replay(1)}"


def test_a_golden_nic_that_differs_is_noticed() -> None:
    """The first case that marks a packet fails, and the run ends there."""
    if missing("verilator"):
        pytest.skip(f"verilator: {missing('verilator')}")
    found = simulate("verilator", OUT / "on_rtl" / "broken", nic_faults={"mix_bytes": True})
    assert "differs" in next(text for text in found.values() if text), replay(1)
    assert len(found) < len(CASES)
