# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx replay` through the RTL: one build and one simulator start for all captures of a call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.captures.expect import HERE, KEYLOGS, NAMES, differences
from tools.replay import run_replay

# Icarus takes a minute for what Verilator does in seconds: only what differs most there.
ON_ICARUS = ("records.pcapng", "ports.pcapng")


def check(names: tuple[str, ...], sim: str, data_w: int, out: Path) -> None:
    status = run_replay(
        captures=[HERE / name for name in names],
        keylogs=KEYLOGS,
        sim=sim,
        data_w=data_w,
        out=out,
    )
    assert status == 0
    for name in names:
        report = json.loads((out / name.split(".")[0] / "result.json").read_text("utf-8"))
        assert differences(name, report["flows"]) == []
        assert report["nic"] == "rtl"
        assert report["packets_checked"] == report["frames"]


def test_shipped_captures(sim: str, tmp_path: Path) -> None:
    check(tuple(NAMES) if sim == "verilator" else ON_ICARUS, sim, 128, tmp_path)


@pytest.mark.parametrize("data_w", [256, 512])
def test_wide_bus(sim: str, tmp_path: Path, data_w: int) -> None:
    names = ("bytesplit.pcapng.gz", "loss.pcapng.gz", "suites.pcapng.gz")
    check(names if sim == "verilator" else names[-1:], sim, data_w, tmp_path)
