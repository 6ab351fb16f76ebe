# SPDX-License-Identifier: BSD-2-Clause
"""Run the bench in a child process and show how far it is: what `demo` and `replay` share."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from click import ClickException
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

from tb.build import BuildError, build
from tb.config import BenchConfig
from tb.runner import RunResult
from tb.system import FolderBusyError, bench_spec, run_bench
from tools.errors import UserError

POLL_S = 0.1


def build_bench(sim: str, config: BenchConfig, waves: bool, console: Console) -> None:
    """Compile the bench if nobody did; says so, as the first time takes a while."""
    spec = bench_spec(sim, config, waves=waves)
    if (spec.build_dir / ".done").exists():
        return
    with console.status(f"Building the engine for {sim} ({config.data_w} bits); first time only"):
        try:
            build(spec)
        except BuildError as error:
            raise ClickException(str(error)) from None


def simulate(
    sim: str,
    test_module: str,
    testcase: str,
    config: BenchConfig,
    folder: Path,
    console: Console,
    *,
    waves: bool = False,
    what: str = "TLS",
) -> RunResult:
    """Run one test with a progress display over bytes; silent when the console is no terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    progress_file = (folder / "progress.json").resolve()
    progress_file.unlink(missing_ok=True)
    config = replace(config, progress_file=str(progress_file))
    results: list[RunResult] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(run_bench(sim, test_module, testcase, config, folder, waves=waves))
        except BaseException as error:  # handed on to the caller's thread
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    show_progress(progress_file, thread.is_alive, console, f"{what} through the RTL on {sim}")
    thread.join()
    progress_file.unlink(missing_ok=True)
    if errors and isinstance(errors[0], FolderBusyError):
        raise UserError(f"{errors[0]}; wait for it, or give --out another folder")
    if errors:
        raise errors[0]
    return results[0]


def show_progress(path: Path, alive: Callable[[], bool], console: Console, label: str) -> None:
    """Follow a progress file until its writer ends."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TextColumn("{task.fields[simulated]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=None, simulated="")
        while alive():
            state = _read(path)
            if state:
                simulated = f"{state['ns'] / 1e6:.3f} ms simulated"
                progress.update(
                    task, completed=state["done"], total=state["total"], simulated=simulated
                )
            time.sleep(POLL_S)


def _read(path: Path) -> dict[str, int] | None:
    try:
        state: dict[str, int] = json.loads(path.read_text())
    except (OSError, ValueError):  # not there yet, or being replaced
        return None
    return state
