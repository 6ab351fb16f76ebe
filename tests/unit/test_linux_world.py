# SPDX-License-Identifier: BSD-2-Clause
"""The closed loop with a Linux host on the golden NIC: random worlds, and that damage is seen."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sw_model.check.packets import Violation
from sw_model.nic.faults import NicFaults
from sw_model.world.config import WorldConfig
from sw_model.world.run import run_on_model
from tests.system.scenarios import LOST_HEADER, LOST_HEADER_13, MBIT, SCENARIOS, both, lossy, world
from tests.unit.test_world import random_world

MODES = ("async", "hint", "request", "history")


def linux(config: WorldConfig, mode: str = "async", **changes: object) -> WorldConfig:
    return replace(config, personality="linux", resync=mode, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(12))
def test_random_world(number: int, seed: int) -> None:
    """Whatever the network does, the application gets exactly what was sent."""
    config = random_world(3000 * seed + number)
    done = run_on_model(linux(config, MODES[number % len(MODES)]))
    assert done.checker.frames > 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("base", [LOST_HEADER, LOST_HEADER_13], ids=["1.2", "1.3"])
def test_offload_comes_back(base: WorldConfig, mode: str) -> None:
    done = run_on_model(linux(base, mode))
    resync = done.report()["flows"][0]["resync"]
    assert resync["lost"] == 1
    assert resync["reoffloads"] >= 1
    assert done.host.counters()["TlsRxDeviceResync"] or mode == "history"


def test_async_does_not_survive_false_headers() -> None:
    """The hardware is misled again and again; each answer names a header that never was, and a
    request is over when it was answered. FreeBSD and a history of headers get through."""
    base = SCENARIOS["false_headers"].config(1, scaled=False)
    back = {
        mode: run_on_model(linux(base, mode)).report()["flows"][0]["resync"]["reoffloads"]
        for mode in MODES
    }
    assert back["async"] == 0
    assert min(back["hint"], back["request"], back["history"]) >= 1
    assert run_on_model(base).report()["flows"][0]["resync"]["reoffloads"] >= 1


@pytest.mark.parametrize("name", ["bad_tag", "forged_in_flight", "closed_early", "vlan"])
def test_scenario(name: str, seed: int) -> None:
    scenario = SCENARIOS[name]
    report = run_on_model(linux(scenario.config(seed, scaled=False))).report()
    assert all(e.holds(report, []) for e in scenario.expect)


@pytest.mark.parametrize("crypto", ["real", "by_reference"])
def test_runs_of_any_length(crypto: str) -> None:
    config = world(*both(20_000), forward=lossy(loss=0.05), keep=False, crypto=crypto)
    report = run_on_model(linux(config)).report()
    assert [f["bytes_verified"] for f in report["flows"]] == [20_000, 20_000]


def test_same_seed_same_world() -> None:
    def once() -> tuple[object, ...]:
        done = run_on_model(linux(SCENARIOS["impaired"].config(5, scaled=False)))
        return done.report(), done.trace.events, done.tap.wire

    assert once() == once()


LOSSY = world(*both(12_000, record=3000), forward=lossy(loss=0.1, reorder=0.1))
FAST = world(*both(12_000, record=300), mss=536, forward=lossy(10_000 * MBIT, loss=0.1))
BAD_TAG = SCENARIOS["bad_tag"].config(1, scaled=False)
DAMAGE = [
    (LOSSY, {"strp_first_status": True}, {}, "not the ones sent"),  # ciphertext to the application
    (LOSSY, {"strp_mixed_in_place": True}, {}, "ended in failed"),  # a good record refused
    (FAST, {"async_wrong_number": True}, {}, "confirmation of a false record"),
    (LOSSY, {"resync_sock_leak": True}, {}, "references to sockets left"),
    (BAD_TAG, {}, {"mark_bad_tag": True}, "forged"),
]


@pytest.mark.parametrize(("base", "bugs", "faults", "text"), DAMAGE)
def test_damage_is_seen(
    base: WorldConfig, bugs: dict[str, bool], faults: dict[str, bool], text: str
) -> None:
    """Each planted fault makes a checker of the world speak, in one of these worlds at least."""
    seen = []
    for seed in range(1, 9):
        config = linux(replace(base, seed=seed), kernel_bugs=bugs)
        try:
            run_on_model(config, faults=NicFaults(**faults))
        except Violation as violation:
            seen.append(str(violation))
            if text in seen[-1]:
                return
    raise AssertionError(f"nobody noticed: {seen}")


def test_config_survives_json() -> None:
    config = linux(LOST_HEADER, "hint", kernel_bugs={"hint_copied_seq": True})
    assert WorldConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"personality": "linux", "driver_faults": {"v1_programming": True}}, "FreeBSD driver"),
        ({"resync": "hint"}, "personality='linux'"),
    ],
)
def test_config_of_the_other_kernel(changes: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        replace(LOST_HEADER, **changes)  # type: ignore[arg-type]
