# SPDX-License-Identifier: BSD-2-Clause
"""The closed loop of a world through the RTL; what varies is in the run's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyuvm

from sw_model.world.artefacts import write_artefacts
from sw_model.world.config import WorldConfig
from sw_model.world.world import World
from tb.base_test import BaseTest
from tb.port import QueuePort


@pyuvm.test()
class WorldTest(BaseTest):
    """Servers, links, engine, driver, kernel and clients until every client is served."""

    def scenario(self) -> World:
        return World(WorldConfig.from_dict(self.config.scenario), QueuePort)

    def report(self) -> None:
        extra: dict[str, Any] = {"nic": "rtl", "data_w": self.config.data_w}
        extra["registers"] = self.counters
        write_artefacts(self.world, Path.cwd(), extra)
