# SPDX-License-Identifier: BSD-2-Clause
"""What a replay leaves behind: a folder for each capture (docs/replay.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sw_model.link.files import write_capture
from sw_model.replay.load import LoadedCapture
from sw_model.replay.replay import Replay
from sw_model.trace import write_events

RESULT = "result.json"


def result_path(out: Path, capture: LoadedCapture) -> Path:
    return out / capture.name / RESULT


class ResultWriter:
    """The replay's ``on_result``: writes DIR/<name>/. ``extra`` goes into every result.

    The result comes last and whole, so that its presence says that the other files are there.
    """

    def __init__(self, out: Path, extra: dict[str, Any]) -> None:
        self.out, self.extra = out, extra

    def __call__(self, replay: Replay, capture: LoadedCapture, report: dict[str, Any]) -> None:
        path = result_path(self.out, capture)
        folder = path.parent
        folder.mkdir(parents=True, exist_ok=True)
        keylog = capture.keylog.emit()
        write_capture(folder / "wire.pcapng", replay.tap.wire, ("wire",), keylog, "tlsrx")
        write_capture(folder / "host.pcapng", replay.tap.host, ("host",), keylog, "tlsrx")
        write_events(folder / "events.jsonl", replay.events())
        partial = path.with_name(RESULT + ".part")
        partial.write_text(json.dumps(report | self.extra, indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
