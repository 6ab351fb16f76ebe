# SPDX-License-Identifier: BSD-2-Clause
"""Engines for 1024 and 4096 flows: every bit of a context and a key number counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tb.simulators import missing
from tests.system.bench import events, passed, replay, run_world
from tests.system.expect import registers_wrong
from tests.system.scenarios import mixed, world
from tests.system.wide_numbers import spread

# The driver sets up one context after the other; then all servers send at once, each record in many
# segments, so that records of several flows are open at a time.
ALL_SET_UP_NS = 150_000


@pytest.mark.parametrize("num_flows", [1024, 4096])
def test_wide_numbers(num_flows: int, seed: int) -> None:
    if missing("verilator"):
        pytest.skip("verilator: a run of this size takes minutes on icarus")
    numbers = spread(num_flows)
    sessions = (replace(s, wait_ns=ALL_SET_UP_NS, record=3000) for s in mixed(len(numbers), 9000))
    config = world(*sessions, num_flows=num_flows, start_gap_ns=0, mss=400, seed=seed)
    result = run_world(
        "verilator",
        config,
        f"numbers/{num_flows}-s{seed}",
        test=("tests.system.wide_numbers", "WideNumbersTest"),
        bench={"num_flows": num_flows},
    )
    report = passed(result, seed)
    wrong = registers_wrong(report)
    tags = [e for e in events(result) if (e["who"], e["what"]) == ("mce0", "tag_alloc")]
    assert [tag["ctx"] for tag in tags] == numbers, replay(seed)
    software = [i for i, flow in enumerate(report["flows"]) if flow["packets"]["none"]]
    assert not wrong, f"{wrong}\n{replay(seed)}"
    assert not software, f"packets passed in flows {software}\n{replay(seed)}"
