# SPDX-License-Identifier: BSD-2-Clause
"""The captures of this folder, their key logs, and what a replay of each must say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
EXPECTED: dict[str, dict[str, Any]] = json.loads((HERE / "expected.json").read_text("utf-8"))
NAMES = sorted(EXPECTED)
KEYLOGS = sorted(HERE.glob("*.keys"))


def keylogs_of(name: str) -> list[Path]:
    """The key log beside a capture that has no secrets of its own."""
    path = HERE / f"{name.split('.')[0]}.keys"
    return [path] if path.exists() else []


def differences(name: str, flows: Sequence[dict[str, Any]]) -> list[str]:
    """Where a result differs from what the senders know."""
    want = EXPECTED[name]["flows"]
    if len(flows) != len(want):
        return [f"{len(flows)} flows, expected {len(want)}"]
    found = []
    left = list(flows)  # a pair of ports may be used more than once, in order of time
    for entry in want:
        flow = next((f for f in left if (f["from"], f["to"]) == (entry["from"], entry["to"])), None)
        if flow is None:
            found.append(f"no flow from {entry['from']} to {entry['to']}")
            continue
        left.remove(flow)
        found += [
            f"{entry['from']} to {entry['to']}: {key} is {flow[key]}, expected {value}"
            for key, value in entry.items()
            if flow[key] != value
        ]
        if not entry["offloaded"] and not flow.get("reason"):
            found.append(f"{entry['from']} to {entry['to']}: not offloaded, but no reason")
    return found
