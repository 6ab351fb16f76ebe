# SPDX-License-Identifier: BSD-2-Clause
"""Captures through the RTL; which ones is in the run's configuration."""

from __future__ import annotations

from pathlib import Path

import pyuvm

from sw_model.replay.load import load_capture, load_keylog
from sw_model.replay.replay import Replay
from sw_model.replay.result import ResultWriter
from tb.base_test import BaseTest
from tb.port import QueuePort


@pyuvm.test()
class ReplayTest(BaseTest):
    """All captures of the scenario, one after the other, through one engine, driver and kernel.

    Each result is written when its capture has ended, so a later failure takes nothing away.
    """

    def scenario(self) -> Replay:
        what = self.config.scenario
        keylogs = [load_keylog(Path(path)) for path in what["keylogs"]]
        captures = [load_capture(Path(path), keylogs) for path in what["captures"]]
        extra = {"nic": "rtl", "data_w": self.config.data_w}
        return Replay(
            captures,
            QueuePort,
            num_flows=self.config.num_flows,
            seed=self.config.seed,
            on_result=ResultWriter(Path(what["out"]), extra),
        )
