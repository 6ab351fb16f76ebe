# SPDX-License-Identifier: BSD-2-Clause
"""Worlds by name, and what must come of them: on the golden NIC and through the RTL alike.

Every run also passes all checks of ``World.finish`` and, with RTL, the scoreboard. Here stands only
what makes the scenario worth its name: that the loss hit, that the offload came back, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from errno import EBADMSG
from typing import Any

from sw_model.link.config import LinkConfig
from sw_model.world.config import SessionConfig, WorldConfig
from tests.system.expect import (
    Expect,
    driver_count,
    every_flow,
    marked,
    nothing_marked,
    packets,
    passed_on,
    resumed,
    resync_story,
    some_flow,
)

# Short cables, and servers that wait until the context is programmed: Icarus pays for idle time.
NEAR_NS = 500
READY_NS = 25_000
MBIT = 1_000_000
NEAR = LinkConfig(delay_ns=NEAR_NS)


@dataclass(frozen=True, slots=True)
class Scenario:
    """``scale``: how many times more data runs on the golden NIC and Verilator than on Icarus;
    ``icarus`` False: on Verilator only, for its simulated time. ``bench``: BenchConfig fields."""

    world: WorldConfig
    expect: tuple[Expect, ...] = ()
    bench: Mapping[str, Any] = field(default_factory=dict)
    scale: int = 1
    icarus: bool = True

    def config(self, seed: int, scaled: bool) -> WorldConfig:
        """The world of one run."""
        factor = self.scale if scaled else 1
        sessions = tuple(replace(s, app_bytes=s.app_bytes * factor) for s in self.world.sessions)
        return replace(self.world, seed=seed, sessions=sessions)


def session(app_bytes: int, **changes: Any) -> SessionConfig:
    """A synthetic sender: every byte from the seed."""
    return SessionConfig(tls="synthetic", app_bytes=app_bytes, **{"wait_ns": READY_NS} | changes)


def link(**changes: Any) -> LinkConfig:
    return LinkConfig(**{"delay_ns": NEAR_NS} | changes)


def world(*sessions: SessionConfig, forward: LinkConfig = NEAR, **changes: Any) -> WorldConfig:
    return WorldConfig(sessions=sessions, forward=forward, back=NEAR, **changes)


def both(app_bytes: int, **changes: Any) -> tuple[SessionConfig, SessionConfig]:
    """Both TLS versions, key sizes and address families."""
    return (
        session(app_bytes, version="1.2", key_bits=256, family=6, **changes),
        session(app_bytes, version="1.3", **changes),
    )


def mixed(count: int, app_bytes: int) -> tuple[SessionConfig, ...]:
    """Many sessions, each combination of version, key size and family in turn."""
    return tuple(
        session(
            app_bytes,
            version="1.2" if i & 1 else "1.3",
            key_bits=256 if i & 2 else 128,
            family=6 if i & 4 else 4,
        )
        for i in range(count)
    )


def lossy(rate: int = 2000 * MBIT, **changes: Any) -> LinkConfig:
    """A slow link: few bytes pass while software answers."""
    return link(bits_per_second=rate, **changes)


BAD = lossy(loss=0.08, reorder=0.08, duplicate=0.08, reorder_wait_ns=100_000)
REFUSED = every_flow("was refused with EBADMSG", lambda f: f["first_error"] == EBADMSG)
# Gaps on the streams in, stalls on the streams out, in 1/256.
STALLS = {"gap_prob": 64, "stall_prob": 64}
FORGED = {"record": 1000, "forged": (3,)}
# Every frame of 536 bytes holds a header of the short records: losing the fifth loses tracking.
LOST_HEADER = world(
    session(13_000, version="1.2", record=300), mss=536, forward=lossy(1000 * MBIT, drop=(5,))
)
LOST_HEADER_13 = replace(LOST_HEADER, sessions=(session(13_000, version="1.3", record=300),))

SCENARIOS: dict[str, Scenario] = {
    "clean": Scenario(world(*both(4000)), (marked, packets("none", 0)), scale=16),
    "stalls": Scenario(world(*both(2000)), (marked,), STALLS, scale=16),
    "openssl": Scenario(
        WorldConfig(
            sessions=(SessionConfig("1.2", app_bytes=20_000), SessionConfig(app_bytes=20_000)),
        ),
        (marked,),
        scale=4,
        icarus=False,
    ),
    "loss": Scenario(
        world(*both(6000), forward=lossy(loss=0.1)), (passed_on,), scale=16, icarus=False
    ),
    "reorder": Scenario(
        world(*both(6000), forward=lossy(reorder=0.1)), (marked,), scale=16, icarus=False
    ),
    "duplicate": Scenario(world(*both(3000), forward=link(duplicate=0.3)), (marked,), scale=16),
    "impaired": Scenario(
        world(*both(6000), forward=BAD), (passed_on,), STALLS, scale=16, icarus=False
    ),
    "bad_tag": Scenario(
        world(*(session(6000, version=v, **FORGED) for v in ("1.2", "1.3"))),
        (REFUSED, packets("auth_fail", 2), marked),
    ),
    "bad_tag_first_bit": Scenario(
        world(session(3000, record=1000, forged=(2,), forge_flip=-16)),
        (REFUSED, packets("auth_fail", 1)),
    ),
    "bad_text": Scenario(
        world(session(6000, version="1.2", record=1000, forged=(3,), forge_flip=100)),
        (REFUSED, packets("auth_fail", 1), marked),
    ),
    "forged_in_flight": Scenario(
        world(*both(8000, record=700), forward=link(corrupt=0.25, forge=True)),
        (some_flow("refused a record", lambda f: f["first_error"] is not None),),
        scale=4,
    ),
    "bad_checksum": Scenario(
        world(*both(6000), forward=lossy(corrupt=0.15)), (marked,), scale=16, icarus=False
    ),
    "lost_header_12": Scenario(LOST_HEADER, (resync_story,)),
    "lost_header_13": Scenario(LOST_HEADER_13, (resync_story,), icarus=False),
    "false_headers": Scenario(
        world(
            session(24_000, record=900, false_headers=tuple(range(3, 14)), false_length=500),
            mss=536,
            forward=lossy(1000 * MBIT, drop=(7, 9)),
        ),
        (resync_story, some_flow("was misled", lambda f: f["resync"]["lost"] > 1)),
        icarus=False,
    ),
    "many": Scenario(
        world(*mixed(40, 4000), forward=link(bits_per_second=10_000 * MBIT), start_gap_ns=500),
        (marked, some_flow("is all in hardware", lambda f: f["packets"]["none"] == 0)),
        icarus=False,
    ),
    "more_than_contexts": Scenario(
        world(*mixed(6, 1000), num_flows=4, start_gap_ns=200),
        (
            marked,
            some_flow("is in software", lambda f: f["packets"]["decrypted"] == 0),
        ),
    ),
    "tiny_records": Scenario(world(*both(40, record=1)), (marked, packets("none", 0)), scale=10),
    "padding": Scenario(world(session(3000, record=400, pad=100)), (marked,), scale=8),
    "byte_segments": Scenario(
        world(*both(30, record=7), mss=1), (marked, packets("none", 0)), scale=4
    ),
    "random_cut": Scenario(
        world(*both(1500), mss=200, random_cut=True), (marked, packets("none", 0)), scale=16
    ),
    "sequence_wrap": Scenario(
        world(session(4000, record=700, iss=(1 << 32) - 2000)), (marked, packets("none", 0))
    ),
    "wrap_and_loss": Scenario(
        world(
            session(20_000, record=700, iss=(1 << 32) - 9000),
            session(20_000, version="1.2", record=700, iss=(1 << 32) - 9000),
            forward=lossy(loss=0.1),
        ),
        (passed_on,),
        icarus=False,
    ),
    "record_number": Scenario(
        world(*both(3000, record=300, first_number=(1 << 32) - 4)), (marked, packets("none", 0))
    ),
    "vlan": Scenario(world(*both(3000), vlan=100), (marked,), scale=8),
    "closed_early": Scenario(
        world(
            session(20_000, record=500, close_after=2000),
            session(20_000, version="1.2", record=500, close_after=3000),
            forward=lossy(1000 * MBIT),
        ),
        (marked, some_flow("left early", lambda f: f["app_bytes"] < 20_000)),
    ),
    "disabled": Scenario(world(*both(3000)), (nothing_marked,), {"enable": False}, scale=8),
    "queue_full": Scenario(
        world(
            *both(10_000, record=200) * 4,
            mss=536,
            forward=link(drop=tuple(range(16, 100, 3))),
            start_gap_ns=0,
            iq_blocks=34,
        ),
        (driver_count("rx_resync_err"),),
        icarus=False,
    ),
    "no_queue": Scenario(
        world(*both(2000), iq_blocks=32), (driver_count("rx_error"), nothing_marked)
    ),
    "linux": Scenario(
        world(*both(6000), forward=lossy(loss=0.1), personality="linux", resync="history"),
        (marked, passed_on),
        scale=16,
        icarus=False,
    ),
    "linux_async": Scenario(replace(LOST_HEADER, personality="linux"), (resumed,)),
    "linux_hint": Scenario(
        replace(LOST_HEADER_13, personality="linux", resync="hint"), (resumed,), icarus=False
    ),
    "linux_request": Scenario(
        replace(LOST_HEADER, personality="linux", resync="request"), (resumed,), icarus=False
    ),
    "linux_bad_tag": Scenario(
        world(*(session(6000, version=v, **FORGED) for v in ("1.2", "1.3")), personality="linux"),
        (REFUSED, packets("auth_fail", 2), marked),
    ),
}
