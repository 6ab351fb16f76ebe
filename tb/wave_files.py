# SPDX-License-Identifier: BSD-2-Clause
"""Where a run leaves its waves."""

from __future__ import annotations

from pathlib import Path

from tb.sources import ROOT

WAVE_FILES = ("waves.fst", "waves.vcd")


def find_waves(folder: Path) -> Path | None:
    """The wave file of a run folder."""
    return next((folder / name for name in WAVE_FILES if (folder / name).is_file()), None)


def newest_waves(root: Path = ROOT / "out") -> Path | None:
    """The wave file of the run that ended last."""
    found = [path for name in WAVE_FILES for path in root.rglob(name)]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)
