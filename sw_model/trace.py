# SPDX-License-Identifier: BSD-2-Clause
"""One structured event trace over NIC, driver and kernel (``events.jsonl``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Trace:
    """Collects events ``{"t": ns, "who": part, "what": event, ...}``; integers and strings only."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def emit(self, t: int, who: str, what: str, **fields: Any) -> None:
        self.events.append({"t": t, "who": who, "what": what, **fields})

    def count(self, who: str, what: str) -> int:
        """How often an event was seen."""
        return sum(e["who"] == who and e["what"] == what for e in self.events)

    def write(self, path: Path) -> None:
        """Write all events."""
        write_events(path, self.events)


def write_events(path: Path, events: list[dict[str, Any]]) -> None:
    """Write one JSON object a line."""
    with path.open("w", encoding="utf-8") as f:
        for event in events:
            f.write(json.dumps(event, separators=(",", ":")) + "\n")
