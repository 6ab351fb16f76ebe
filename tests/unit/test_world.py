# SPDX-License-Identifier: BSD-2-Clause
"""The closed loop on the golden NIC: random worlds, and worlds as files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sw_model.link.config import LinkConfig
from sw_model.rng import stream
from sw_model.world.config import SessionConfig, WorldConfig
from sw_model.world.run import run_on_model
from tests.system.scenarios import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_config_survives_json(name: str) -> None:
    world = SCENARIOS[name].world
    assert WorldConfig.from_dict(json.loads(json.dumps(world.to_dict()))) == world


def random_world(seed: int) -> WorldConfig:
    """Anything a world can be made of."""
    rng = stream(seed, "world")
    sessions = []
    for _ in range(rng.randint(1, 6)):
        tls = rng.choice(("synthetic", "synthetic", "openssl"))
        record = rng.choice((None, None, 1, 50, 500, 1400, 16384))
        s = SessionConfig(
            version=rng.choice(("1.2", "1.3")),
            tls=tls,
            key_bits=rng.choice((128, 256)),
            family=rng.choice((4, 6)),
            app_bytes=rng.randint(1, 40 * (record or 1000)),
            record=record,
            wait_ns=rng.choice((0, 30_000)),
        )
        if tls == "synthetic" and rng.random() < 0.3:
            s = replace(s, iss=((1 << 32) - rng.randint(0, 20_000)) & 0xFFFF_FFFF)
        if tls == "synthetic" and record and record > 16 and rng.random() < 0.2:
            s = replace(s, forged=(rng.randint(0, s.app_bytes // record),))
        sessions.append(s)
    forward = LinkConfig(
        loss=rng.choice((0, 0.02, 0.1)),
        reorder=rng.choice((0, 0.05, 0.2)),
        duplicate=rng.choice((0, 0.05)),
        corrupt=rng.choice((0, 0, 0.05)),
        delay_ns=rng.choice((500, 10_000)),
        bits_per_second=rng.choice((0, 1_000_000_000, 10_000_000_000)),
    )
    return WorldConfig(
        seed=seed,
        sessions=tuple(sessions),
        forward=forward,
        back=LinkConfig(loss=rng.choice((0, 0.02))),
        # Tiny segments and much loss together leave a sender in its back-off for seconds.
        mss=rng.choice((536, 1448, 8900) if forward.loss else (100, 1448)),
        random_cut=rng.random() < 0.3 and not forward.loss,
        vlan=rng.choice((None, None, 7)),
        num_flows=rng.choice((2, 64)),
        iq_blocks=rng.choice((34, 1024)),
    )


@pytest.mark.parametrize("number", range(30))
def test_random_world(number: int, seed: int) -> None:
    """Whatever the network does, the application gets exactly what was sent."""
    world = run_on_model(random_world(1000 * seed + number))
    assert world.checker.frames > 0


def test_same_seed_same_world() -> None:
    def once() -> tuple[object, ...]:
        world = run_on_model(SCENARIOS["impaired"].config(5, scaled=True))
        return world.report(), world.trace.events, world.tap.wire

    assert once() == once()


def test_openssl_needs_no_script() -> None:
    with pytest.raises(ValueError, match="synthetic"):
        SessionConfig(forged=(1,))
