# SPDX-License-Identifier: BSD-2-Clause
"""A world whose contexts and keys have numbers that differ in one bit, over the whole width.

If a memory, a queue or a comparison of the engine drops a bit of a number, two flows share a row.
"""

from __future__ import annotations

import pyuvm

from sw_model.driver.device import NumberPool
from sw_model.world.host_freebsd import FreeBsdHost
from sw_model.world.world import World
from tb.tests.world import WorldTest


def spread(limit: int) -> list[int]:
    """0, each power of two below ``limit`` and the last number: dropping a bit maps one to 0."""
    powers = [1 << bit for bit in range((limit - 1).bit_length())]
    return sorted({0, *powers, limit - 1})


@pyuvm.test()
class WideNumbersTest(WorldTest):
    """Contexts are given out upwards and keys downwards, so a flow's two numbers differ."""

    def scenario(self) -> World:
        world = super().scenario()
        assert isinstance(world.host, FreeBsdHost)
        device = world.host.ifnet.tls_rx
        numbers = spread(self.config.num_flows)
        device.contexts, device.keys = NumberPool(numbers), NumberPool(numbers[::-1])
        return world
