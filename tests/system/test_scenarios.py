# SPDX-License-Identifier: BSD-2-Clause
"""Every scenario on the golden NIC and through the RTL: each marked byte compared with the sender,
what the application got with what was sent. With the RTL also each frame with the golden NIC, and
the engine's counters with the models'."""

from __future__ import annotations

from typing import Any

import pytest

from sw_model.nic.golden import GoldenNic
from sw_model.nic.port import ModelPort
from sw_model.world.run import POLL_NS, run_on_model
from sw_model.world.world import World
from tests.system.bench import events, passed, replay, run_world
from tests.system.expect import registers_wrong, unmet
from tests.system.scenarios import SCENARIOS, Scenario

Outcome = tuple[dict[str, Any], list[dict[str, Any]]]


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, nic: str, seed: int) -> None:
    scenario = SCENARIOS[name]
    if nic == "icarus" and not scenario.icarus:
        pytest.skip(f"{name}: too long in simulated time for icarus by design, runs on verilator")
    run = on_model if nic == "model" else on_rtl
    report, trace = run(name, scenario, nic, seed)
    wrong = unmet(scenario.expect, report, trace)
    if nic != "model":
        wrong += registers_wrong(report)
    assert not wrong, f"{wrong}\n{replay(seed)}"


def on_rtl(name: str, scenario: Scenario, sim: str, seed: int) -> Outcome:
    world = scenario.config(seed, scaled=sim == "verilator")
    result = run_world(sim, world, f"{name}/{sim}-s{seed}", bench=scenario.bench)
    return passed(result, seed), events(result)


def on_model(name: str, scenario: Scenario, nic: str, seed: int) -> Outcome:
    config = scenario.config(seed, scaled=True)
    if scenario.bench.get("enable", True):
        world = run_on_model(config)
    else:
        world = _disabled(scenario, seed)
    return world.report(), world.trace.events


def _disabled(scenario: Scenario, seed: int) -> World:
    """A world on a NIC whose enable bit is off."""
    config = scenario.config(seed, scaled=True)
    nic = GoldenNic(num_flows=config.num_flows, enable=False)
    world = World(config, lambda loop: ModelPort(loop, nic, poll_ns=POLL_NS))
    world.start()
    while not world.done():
        assert world.loop.now < 1_000_000_000, replay(seed)
        world.loop.run_until(world.loop.now + POLL_NS)
    world.finish()
    return world
