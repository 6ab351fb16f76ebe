# SPDX-License-Identifier: BSD-2-Clause
"""Stream models of the bench: frames unchanged, and the same cycles on both simulators."""

from pathlib import Path

import pytest

from tb.runner import block_test
from tb.simulators import SIMS, missing

BFMS = ("tb/hdl/axis_file_src.sv", "tb/hdl/axis_file_snk.sv")
TB = "tests/block/file_axis/file_axis_tb.sv"


def run(sim: str, gap: int, stall: int, folder: Path, data_w: int = 128) -> int:
    block_test(
        "file_axis_tb",
        "file_axis_tests",
        sim,
        {"DataW": data_w},
        testcase=f"frames_arrive_unchanged/gap={gap}/stall={stall}",
        extra_sources=(*BFMS, TB),
        test_dir=folder,
    )
    return int((folder / "last_cycle.txt").read_text())


@pytest.mark.parametrize("data_w", [128, 512])
def test_frames_unchanged(sim: str, data_w: int, tmp_path: Path) -> None:
    run(sim, 0, 0, tmp_path, data_w)


def test_same_cycles_on_both_simulators(tmp_path: Path) -> None:
    for sim in SIMS:
        if reason := missing(sim):
            pytest.skip(f"{sim}: {reason}")
    cycles = {sim: run(sim, 64, 64, tmp_path / sim) for sim in SIMS}
    assert len(set(cycles.values())) == 1, cycles
