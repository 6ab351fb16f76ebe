# SPDX-License-Identifier: BSD-2-Clause
"""A world on the golden NIC: the whole loop without a simulator, thousands of times faster."""

from __future__ import annotations

from sw_model.crypto.aead import AEADS
from sw_model.nic.faults import NO_FAULTS, NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.nic.modes import ENGINE, NicModes
from sw_model.nic.port import ModelPort
from sw_model.world.config import WorldConfig
from sw_model.world.world import World

POLL_NS = 1_000


class NotFinishedError(AssertionError):
    """The world did not come to its end in the time it was given."""


def run_on_model(
    config: WorldConfig,
    limit_ns: int = 1_000_000_000,
    faults: NicFaults = NO_FAULTS,
    poll_ns: int = POLL_NS,
    modes: NicModes = ENGINE,
) -> World:
    """Run to the end and check; the finished world is returned for reports. ``poll_ns`` is the
    NIC's interrupt moderation."""
    nic = GoldenNic(
        num_flows=config.num_flows, faults=faults, aead=AEADS[config.crypto], modes=modes
    )
    world = World(config, lambda loop: ModelPort(loop, nic, poll_ns=poll_ns))
    world.start()
    while not world.done():
        if world.loop.now > limit_ns:
            raise NotFinishedError(f"seed {config.seed}: not finished after {limit_ns} ns")
        world.loop.run_until(world.loop.now + poll_ns)
    world.finish()
    return world
