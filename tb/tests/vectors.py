# SPDX-License-Identifier: BSD-2-Clause
"""Record rows through the RTL; the file with the rows is in the run's configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pyuvm

from tb.base_test import BaseTest
from tb.port import QueuePort
from tb.vectors.records import RecordRun
from tb.vectors.rows import parse_row

SEEN = "seen.json"


@pyuvm.test()
class RecordVectorsTest(BaseTest):
    """All rows through one engine, driver and kernel; what was seen is left for the judge."""

    def scenario(self) -> RecordRun:
        values = json.loads(Path(self.config.scenario["rows"]).read_text(encoding="utf-8"))
        return RecordRun(
            [parse_row(value) for value in values],
            QueuePort,
            num_flows=self.config.num_flows,
            seed=self.config.seed,
        )

    def report(self) -> None:
        seen = [entry.to_json() for entry in self.world.seen]
        Path(SEEN).write_text(json.dumps(seen), encoding="utf-8")
