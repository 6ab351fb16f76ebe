# SPDX-License-Identifier: BSD-2-Clause
"""The closed loop of a world through the RTL; what varies is in the run's configuration."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pyuvm

from sw_model.world.artefacts import write_artefacts
from sw_model.world.config import WorldConfig
from sw_model.world.world import World
from tb.agents.host import HostFrame
from tb.base_test import BaseTest
from tb.port import QueuePort


class HostDigest(pyuvm.uvm_subscriber):
    """One hash over every frame to the host, its metadata and the cycles of its beats."""

    def build_phase(self) -> None:
        self.hash = hashlib.sha256()
        self.last_cycle = 0

    def write(self, batch: list[HostFrame]) -> None:
        for f in batch:
            self.hash.update(
                f"{f.meta.pack():x} {f.first_cycle} {f.last_cycle}\n".encode() + f.data
            )
            self.last_cycle = f.last_cycle


@pyuvm.test()
class WorldTest(BaseTest):
    """Servers, links, engine, driver, kernel and clients until every client is served."""

    def build_phase(self) -> None:
        super().build_phase()
        self.digest = HostDigest("digest", self)

    def connect_phase(self) -> None:
        self.world.nic = self.golden
        self.env.host.monitor.ap.connect(self.digest.analysis_export)

    def scenario(self) -> World:
        return World(WorldConfig.from_dict(self.config.scenario), QueuePort)

    def report(self) -> None:
        extra: dict[str, Any] = {"verdict": "pass", "replay": self.config.replay}
        extra |= {"nic": "rtl", "data_w": self.config.data_w}
        extra["registers"] = self.counters
        extra["host_sha256"] = self.digest.hash.hexdigest()
        extra["last_cycle"] = self.digest.last_cycle
        write_artefacts(self.world, Path.cwd(), extra)
