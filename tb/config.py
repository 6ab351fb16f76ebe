# SPDX-License-Identifier: BSD-2-Clause
"""What one run of the bench is told: a JSON file named by the environment variable TLSRX_RUN."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

VARIABLE = "TLSRX_RUN"


@dataclass(frozen=True, slots=True)
class BenchConfig:
    """Probabilities of gaps and stalls are in 1/256; times in ns of simulated time. ``nic_faults``
    are broken promises of the golden model, which the scoreboard must notice. ``replay`` is the
    command that repeats the run, for its result."""

    seed: int = 1
    data_w: int = 128
    num_flows: int = 64
    gap_prob: int = 0
    stall_prob: int = 0
    window_ns: int = 1000
    limit_ns: int = 1_000_000_000
    relock_records: int = 4096
    enable: bool = True
    progress_file: str | None = None
    replay: str = ""
    scenario: dict[str, Any] = field(default_factory=dict)
    nic_faults: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def load(cls) -> BenchConfig:
        """Read the file that the runner wrote for this run."""
        path = os.environ.get(VARIABLE)
        return cls(**json.loads(Path(path).read_text(encoding="utf-8"))) if path else cls()

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
