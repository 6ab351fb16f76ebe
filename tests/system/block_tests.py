# SPDX-License-Identifier: BSD-2-Clause
"""Tests of single modules, by the names that the planted faults give them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tb.sources import ROOT
from tests.block.rx_track.stories import STORIES


@dataclass(frozen=True, slots=True)
class BlockTest:
    """Some tests of one module in tests/block."""

    folder: str
    module: str
    testcase: str
    data_w: int = 128

    @property
    def path(self) -> Path:
        return ROOT / "tests" / "block" / self.folder

    @property
    def top(self) -> str:
        bench = f"{self.folder}_tb"
        return bench if (self.path / f"{bench}.sv").exists() else self.folder

    @property
    def parameters(self) -> dict[str, int]:
        sizes = {"rx_track": {"NumFlows": 16}, "gcm_core": {"NumKeys": 32}, "slot_cut": {}}
        if self.folder in sizes:
            return {"DataW": self.data_w} | sizes[self.folder]
        return {"NumFlows": 16} if self.folder == "flow_lookup" else {"DataW": self.data_w}


def story(name: str, data_w: int = 128) -> BlockTest:
    """One of the tracker's stories."""
    number = [tell.__name__ for tell in STORIES].index(name)
    return BlockTest("rx_track", "rx_track_tests", f"story/number={number}", data_w)


def flows(testcase: str, data_w: int = 128) -> BlockTest:
    return BlockTest("rx_track", "flow_tests", testcase, data_w)


def speed(testcase: str, data_w: int = 128) -> BlockTest:
    return BlockTest("rx_track", "speed_tests", testcase, data_w)


def random(pace: int, data_w: int = 128) -> BlockTest:
    return BlockTest("rx_track", "rx_track_tests", f"random_streams/pace={pace}", data_w)


def crypto(testcase: str, data_w: int = 128) -> BlockTest:
    return BlockTest("gcm_core", "gcm_core_tests", testcase, data_w)
