# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx waves`: open a run's waves in GTKWave, or say where they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click

from tb.fst import read_signals
from tb.sources import ROOT
from tb.wave_files import find_waves, newest_waves
from tb.waves import write_layout
from tools.errors import UserError

BENCH = ROOT / "tb" / "hdl"


def show(run_dir: Path | None) -> None:
    """Write a layout if the run has none, then open the viewer where there is a display."""
    waves = _waves(run_dir)
    layout = waves.with_suffix(".gtkw")
    if not layout.exists():
        try:
            top = _top(waves)
        except ValueError as error:
            raise UserError(f"{waves}: {error}; run again with WAVES=1") from None
        layout = write_layout(waves, top, sorted(BENCH.glob("*.sv")))
    viewer = _viewer()
    if viewer is None:
        click.echo(f"waves:  {waves}\nlayout: {layout}")
        click.echo(f"no viewer can be opened here; elsewhere: gtkwave {layout}", err=True)
        return
    subprocess.Popen([viewer, str(layout)], start_new_session=True)
    click.echo(f"opened {layout}")


def _waves(run_dir: Path | None) -> Path:
    if run_dir is None:
        waves = newest_waves()
        if waves is None:
            raise UserError("no waves below out/; run with WAVES=1, as in `make demo WAVES=1`")
        return waves
    waves = run_dir if run_dir.is_file() else find_waves(run_dir)
    if waves is None:
        raise UserError(f"{run_dir}: no waves.fst or waves.vcd in it; run again with WAVES=1")
    return waves


def _top(waves: Path) -> str:
    """Top module of a wave file: its first scope that is a module."""
    for signal in read_signals(waves):
        first = signal.scope.split(".")[0]
        if not first.startswith("$") and not first.endswith("_pkg"):
            return first
    raise ValueError("no signals in it")


def _viewer() -> str | None:
    from tb.simulators import which

    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return None
    return which("gtkwave")
