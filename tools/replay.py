# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx replay`: real captures through the engine, the driver and the kernel."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from sw_model.replay.load import LoadedCapture, ReplayInputError, load_capture, load_keylog
from sw_model.replay.replay import Replay
from sw_model.replay.result import ResultWriter, result_path
from sw_model.replay.run import replay_on_model
from tb.config import BenchConfig
from tools.errors import UserError

DEFAULT_OUT = Path("out") / "replay"
LIMIT_NS = 10_000_000_000
NS_PER_FRAME = 100_000  # what a frame may take at most, with all waits
NUM_FLOWS, MAX_FLOWS = 64, 1024  # contexts: as elsewhere, and what is built for a capture with more


def run_replay(
    *,
    captures: list[Path],
    keylogs: list[Path],
    sim: str = "verilator",
    data_w: int = 128,
    out: Path | None = None,
    nic: str = "rtl",
    json_output: bool = False,
    waves: bool = False,
) -> int:
    """Replay all captures in one run. 0: every flow ended as the wire deserved; 1: the engine or a
    model misbehaved; bad input raises UserError before anything is written."""
    folder = out or DEFAULT_OUT
    console = Console(stderr=True)
    started = time.monotonic()
    loaded = _load(captures, keylogs, console)
    _prepare(folder, loaded)
    if nic == "model":
        failures = _on_model(loaded, folder, console)
    else:
        failures = _on_rtl(loaded, keylogs, sim, data_w, folder, waves, console)
    results = {
        capture.name: json.loads(path.read_text(encoding="utf-8"))
        for capture in loaded
        if (path := result_path(folder, capture)).exists()
    }
    if json_output:
        json.dump(results, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        _show(loaded, results, folder, time.monotonic() - started)
    problems = [text for result in results.values() for text in result.get("problems", ())]
    for text in dict.fromkeys([*problems, *failures]):
        print(f"FAILED: {text}", file=sys.stderr)
    if failures and nic == "rtl":
        print(f"log: {folder / 'sim.log'}", file=sys.stderr)
    return 1 if failures or problems else 0


def _load(captures: list[Path], keylogs: list[Path], console: Console) -> list[LoadedCapture]:
    """Read everything first: a bad file stops the run before anything is built or written."""
    try:
        logs = [load_keylog(path) for path in keylogs]
        with console.status("Reading captures"):
            loaded = [load_capture(path, logs) for path in captures]
    except ReplayInputError as error:
        raise UserError(str(error)) from None
    names: dict[str, Path] = {}
    for capture in loaded:
        other = names.setdefault(capture.name, capture.path)
        if other is capture.path:
            continue
        if other.resolve() == capture.path.resolve():
            raise UserError(f"{capture.path}: given twice; name each capture once")
        raise UserError(
            f"{other} and {capture.path} would share the folder {capture.name!r}; rename one "
            "or replay them in two calls with different --out"
        )
    return loaded


def _prepare(folder: Path, loaded: list[LoadedCapture]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for capture in loaded:
            result_path(folder, capture).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"--out {folder}: {error.strerror}; name a folder to write to") from None


def _num_flows(loaded: list[LoadedCapture]) -> int:
    """Contexts enough for every connection; one size for most captures, so that one build does."""
    most = max((capture.flows_at_once for capture in loaded), default=0)
    return min(max(NUM_FLOWS, 1 << (most - 1).bit_length() if most else 0), MAX_FLOWS)


def _on_model(loaded: list[LoadedCapture], folder: Path, console: Console) -> list[str]:
    columns = (TextColumn("replay on the golden NIC"), BarColumn(), DownloadColumn(True),
               TimeElapsedColumn())  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("replay", total=None)
        try:
            replay = replay_on_model(
                loaded,
                ResultWriter(folder, {"nic": "model"}),
                num_flows=_num_flows(loaded),
                progress=lambda ns, done, total: progress.update(task, completed=done, total=total),
            )
            _finish(replay)
        except AssertionError as error:  # a model broke a promise
            return [str(error) or "a model broke an invariant"]
    return []


def _finish(replay: Replay) -> None:
    if not replay.problems:  # they are in the results, and are shown from there
        replay.finish()


def _on_rtl(
    loaded: list[LoadedCapture], keylogs: list[Path], sim: str, data_w: int, folder: Path,
    waves: bool, console: Console,
) -> list[str]:  # fmt: skip
    from tools.simulate import build_bench, simulate

    frames = sum(len(capture.frames) for capture in loaded)
    config = BenchConfig(
        data_w=data_w,
        num_flows=_num_flows(loaded),
        limit_ns=LIMIT_NS + frames * NS_PER_FRAME,
        scenario={
            "captures": [str(capture.path.resolve()) for capture in loaded],
            "keylogs": [str(path.resolve()) for path in keylogs],
            "out": str(folder.resolve()),
        },
    )
    build_bench(sim, config, waves, console)
    run = simulate(
        sim, "tb.tests.replay", "ReplayTest", config, folder, console, waves=waves, what="replay"
    )
    return [] if run.ok else list(run.failures or (run.reason,))


def _show(
    loaded: list[LoadedCapture], results: dict[str, dict[str, Any]], folder: Path, seconds: float
) -> None:
    console = Console()
    for capture in loaded:
        result = results.get(capture.name)
        if result is None:
            continue
        if result["flows"]:
            console.print(_table(capture.path.name, result["flows"]))
        else:
            console.print(f"{capture.path.name}: no TLS connection in it", highlight=False)
        notes = ", ".join(f"{k} {v}" for k, v in result["capture_notes"].items())
        if notes:
            console.print(f"  frames: {notes}", highlight=False)
        console.print(f"  {result_path(folder, capture)}", highlight=False)
    flows = [flow for result in results.values() for flow in result["flows"]]
    offloaded = sum(flow["offloaded"] for flow in flows)
    console.print(
        f"{len(flows)} directions, {offloaded} offloaded, "
        f"{sum(flow['app_bytes'] for flow in flows)} bytes of application data, {seconds:.1f} s.",
        highlight=False,
    )


def _table(title: str, flows: list[dict[str, Any]]) -> Table:
    table = Table(title=title)
    table.add_column("from, to, session", no_wrap=True)
    table.add_column("records", no_wrap=True)
    table.add_column("packets", no_wrap=True)
    table.add_column("bytes", justify="right", no_wrap=True)
    table.add_column("remark")
    for flow in flows:
        table.add_row(
            f"{flow['from']}\n{flow['to']}\nTLS {flow['tls_version'] or '?'}",
            _lines(flow, {
                "records_decrypted": "by NIC", "records_mixed": "mixed",
                "records_encrypted": "in software", "records_failed": "failed",
            }),
            _lines(flow["packets"], {
                "decrypted": "marked", "none": "passed", "resync": "resync", "auth_fail": "bad tag",
            }),
            str(flow["app_bytes"]),
            _remark(flow),
            end_section=True,
        )  # fmt: skip
    return table


def _lines(counts: dict[str, Any], names: dict[str, str]) -> str:
    return "\n".join(f"{counts[key]} {name}" for key, name in names.items() if counts[key])


def _remark(flow: dict[str, Any]) -> str:
    parts = [flow["cipher"]] if flow["cipher"] else []
    if not flow["offloaded"]:
        parts.append(f"not offloaded: {flow.get('reason', 'unknown')}")
    if error := flow["first_error"]:
        parts.append(f"{error['error']} at record {error['record']}")
    if note := flow.get("note"):
        parts.append(note)
    return "; ".join(parts)
