# SPDX-License-Identifier: BSD-2-Clause
"""One structured event trace over NIC, driver and kernel (``events.jsonl``)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Trace:
    """Events ``{"t": ns, "who": part, "what": event, ...}``; integers and strings only.

    ``listener`` is told each as it happens. ``keep`` False: none is collected, for long runs.
    """

    def __init__(self, keep: bool = True) -> None:
        self.keep = keep
        self.events: list[dict[str, Any]] = []
        self.listener: Callable[[dict[str, Any]], None] | None = None

    def emit(self, t: int, who: str, what: str, **fields: Any) -> None:
        if not self.keep and self.listener is None:
            return
        event = {"t": t, "who": who, "what": what, **fields}
        if self.keep:
            self.events.append(event)
        if self.listener is not None:
            self.listener(event)

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
