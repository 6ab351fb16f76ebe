# SPDX-License-Identifier: BSD-2-Clause
"""Captures through the RTL; which ones is in the run's configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyuvm

from sw_model.replay.load import LoadedCapture, load_capture, load_keylog
from sw_model.replay.replay import Replay
from sw_model.replay.result import result_path, write_result
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
        return Replay(
            captures,
            QueuePort,
            num_flows=self.config.num_flows,
            seed=self.config.seed,
            on_result=self._result,
        )

    def _result(self, capture: LoadedCapture, report: dict[str, Any]) -> None:
        extra = {"nic": "rtl", "data_w": self.config.data_w}
        out = Path(self.config.scenario["out"])
        write_result(out, capture, report | extra)
        if "problems" in report:
            self.world.trace.write(result_path(out, capture).with_name("events.jsonl"))
