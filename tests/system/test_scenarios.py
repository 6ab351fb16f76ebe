# SPDX-License-Identifier: BSD-2-Clause
"""Every scenario through the RTL: each frame compared with the golden NIC, each marked byte with
the sender, what the application got with what was sent, the engine's counters with the models'."""

from __future__ import annotations

import pytest

from tests.system.bench import events, passed, replay, run_world
from tests.system.expect import registers_wrong, unmet
from tests.system.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, sim: str, seed: int) -> None:
    scenario = SCENARIOS[name]
    if sim == "icarus" and not scenario.icarus:
        pytest.skip(f"{name}: too long in simulated time for icarus by design, runs on verilator")
    world = scenario.config(seed, scaled=sim == "verilator")
    result = run_world(sim, world, f"{name}/{sim}-s{seed}", bench=scenario.bench)
    report = passed(result, seed)
    wrong = unmet(scenario.expect, report, events(result)) + registers_wrong(report)
    assert not wrong, f"{wrong}\n{replay(seed)}"
