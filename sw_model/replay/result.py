# SPDX-License-Identifier: BSD-2-Clause
"""What a replay leaves behind: one result.json for each capture (docs/replay.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sw_model.replay.load import LoadedCapture

RESULT = "result.json"


def result_path(out: Path, capture: LoadedCapture) -> Path:
    return out / capture.name / RESULT


def write_result(out: Path, capture: LoadedCapture, report: dict[str, Any]) -> None:
    """DIR/<name>/result.json, whole or not at all."""
    path = result_path(out, capture)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(RESULT + ".part")
    partial.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
