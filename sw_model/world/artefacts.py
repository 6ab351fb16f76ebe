# SPDX-License-Identifier: BSD-2-Clause
"""The files that a run of a world leaves behind (docs/results.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sw_model.link.files import write_capture
from sw_model.world.world import World


def write_artefacts(world: World, folder: Path, extra: dict[str, Any]) -> None:
    """result.json, events.jsonl, wire.pcapng and host.pcapng; the result comes last, so that its
    presence says that the others are whole."""
    keylog = "".join(f"{line}\n" for flow in world.flows for line in flow.remote.keylog)
    write_capture(folder / "wire.pcapng", world.tap.wire, ("wire",), keylog, "tlsrx")
    write_capture(folder / "host.pcapng", world.tap.host, ("host",), keylog, "tlsrx")
    world.trace.write(folder / "events.jsonl")
    text = json.dumps(world.report() | extra, indent=1)
    (folder / "result.json").write_text(text + "\n", encoding="utf-8")
