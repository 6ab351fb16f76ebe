# SPDX-License-Identifier: BSD-2-Clause
"""From cycles to figures, tables and exit status of `tlsrx bench`; no simulator."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tb.bfm.file_axis import ReceivedFrame
from tb.sources import ROOT
from tools.bench import command, report, runs
from tools.bench.figures import Cycles, MeasurementError, beats, efficiency, latencies
from tools.bench.goals import WIDTHS, efficiency_goal
from tools.bench.packet_bench import WrongOutput, compare
from tools.bench.runs import Row
from tools.bench.stimulus import Stimulus, StimulusFrame
from tools.bench.traffic import TRAFFIC


def back_to_back(sizes: list[int], data_w: int, bubble: int = 0) -> Cycles:
    """Frames that leave one after the other, `bubble` cycles between them."""
    first, last, at = [], [], 100
    for size in sizes:
        first.append(at)
        at += beats(size, data_w)
        last.append(at - 1)
        at += bubble
    return Cycles([0], first, last)


@pytest.mark.parametrize(("size", "data_w", "want"), [(64, 512, 1), (65, 512, 2), (1514, 128, 95)])
def test_beats(size: int, data_w: int, want: int) -> None:
    assert beats(size, data_w) == want


def test_efficiency_counts_bubbles() -> None:
    sizes = [1514] * 20
    assert efficiency(sizes, back_to_back(sizes, 512), 4, 10, 512) == 1.0
    assert efficiency(sizes, back_to_back(sizes, 512, 6), 4, 10, 512) == pytest.approx(24 / 30)


def test_efficiency_looks_at_the_window_only() -> None:
    sizes = [1514] * 20
    slow_start = back_to_back(sizes, 512)
    late = Cycles([0], slow_start.first, [c + (900 if i > 14 else 0)
                                          for i, c in enumerate(slow_start.last)])  # fmt: skip
    assert efficiency(sizes, late, 4, 10, 512) == 1.0
    assert efficiency(sizes, late, 4, 12, 512) < 0.3


@pytest.mark.parametrize(("warm", "count"), [(0, 5), (1, 0), (5, 16)])
def test_efficiency_needs_a_window(warm: int, count: int) -> None:
    sizes = [64] * 20
    with pytest.raises(MeasurementError, match="no window"):
        efficiency(sizes, back_to_back(sizes, 128), warm, count, 128)


def test_more_than_a_beat_a_cycle_is_a_broken_measurement() -> None:
    cycles = Cycles([0], [0, 1, 2], [0, 1, 2])
    with pytest.raises(MeasurementError, match="more than one a cycle"):
        efficiency([1514] * 3, cycles, 1, 2, 512)


def test_latency_is_less_the_frames_own_beats() -> None:
    cycles = Cycles([100, 300], [174, 371], [197, 394])
    assert latencies([1514, 1514], cycles, 512) == [50, 47]


def test_latency_needs_an_empty_engine() -> None:
    with pytest.raises(MeasurementError, match="another was inside"):
        latencies([64, 64], Cycles([0, 50], [50, 100], [50, 100]), 512)
    with pytest.raises(MeasurementError, match="not known"):
        latencies([64, 64], Cycles([0], [50, 100], [50, 100]), 512)


def test_goals_are_those_asked_for() -> None:
    assert efficiency_goal("16k-1flow", 256) == 0.99
    assert efficiency_goal("64", 128) == 0.85
    assert efficiency_goal("64", 256) is None
    assert efficiency_goal("1", 512) is None


def test_comparison_sees_bytes_metadata_and_surplus() -> None:
    want = [StimulusFrame(b"sent", b"good", bytes(20))]
    compare(ReceivedFrame(b"good", 0, 0, 0), want, 0)
    with pytest.raises(WrongOutput, match="bytes"):
        compare(ReceivedFrame(b"goof", 0, 0, 0), want, 0)
    with pytest.raises(WrongOutput, match="metadata"):
        compare(ReceivedFrame(b"good", 0, 0, 1), want, 0)
    with pytest.raises(WrongOutput, match="only 1 went in"):
        compare(ReceivedFrame(b"good", 0, 0, 0), want, 1)


ROWS = [
    Row(128, 1514, "1k", 0.9612, 0.95),
    Row(512, 1514, "1k", 0.8, 0.95),
    Row(128, 1514, "1", 0.4),
    Row(512, 1514, "1", None, reason="stuck"),
]


def test_marks() -> None:
    assert [report.mark(row) for row in ROWS] == ["+", "-", " ", "-"]


def test_snapshot_shows_each_value_with_its_mark() -> None:
    text = report.snapshot(ROWS, [Row(128, 64, "latency", 55), Row(512, 64, "latency", 50)])
    lines = [line.split() for line in text.splitlines()]
    assert ["1k", "1514", "0.9612+", "0.8000-"] in lines
    assert ["1", "1514", "0.4000", "failed-"] in lines
    assert ["64", "55", "50"] in lines


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, int]]:
    """`runs.play` answers like an engine with 2 cycles between frames and a latency of 40."""
    calls: list[tuple[str, int]] = []

    def play(sim: str, data_w: int, stimulus: Path, folder: Path, spacing: int = 0) -> Any:
        calls.append((folder.name, spacing))
        sizes = [len(frame.sent) for frame in Stimulus.load(stimulus).frames]
        if not spacing:
            cycles = back_to_back(sizes, data_w, 2)
            return {"first_in": [0], "first": cycles.first, "last": cycles.last, "cpu_s": 1.0}
        entry = [number * spacing for number in range(len(sizes))]
        first = [at + beats(size, data_w) + 40 for at, size in zip(entry, sizes, strict=True)]
        last = [at + beats(size, data_w) for at, size in zip(first, sizes, strict=True)]
        return {"first_in": entry, "first": first, "last": last, "cpu_s": 1.0}

    monkeypatch.setattr(runs, "play", play)
    monkeypatch.setattr(runs, "QUICK", 0.02)
    monkeypatch.setattr(command, "build_bench", lambda *args: None)
    monkeypatch.setattr(command, "SNAPSHOT", ROOT / "out" / tmp_path.name / "bench.txt")
    return calls


def bench(out: Path, **changes: Any) -> int:
    options: dict[str, Any] = {
        "widths": (), "parts": ("efficiency", "latency"), "quick": True, "update": False,
        "seed": 1, "out": out,
    }  # fmt: skip
    return command.run_bench_command(**options | changes)


def test_results_file(played: list[tuple[str, int]], tmp_path: Path) -> None:
    assert bench(tmp_path) == 0
    found = json.loads((tmp_path / "bench.json").read_text())
    assert len(found["efficiency"]) == 3 * (8 * 2 + 1)
    one = next(
        row for row in found["efficiency"]
        if (row["data_w"], row["frame"], row["traffic"]) == (512, 1514, "16k-64flows")
    )  # fmt: skip
    assert one["value"] == pytest.approx(24 / 26, abs=1e-6)
    assert {row["value"] for row in found["latency_cycles"]} == {40}
    assert {(row["data_w"], row["frame"]) for row in found["latency_cycles"]} == {
        (width, frame) for width in WIDTHS for frame in (64, 1514, 9014)
    }
    assert len(played) == 3 * (8 * 2 + 1) + 9
    assert not list(tmp_path.rglob("*.bin"))


def test_a_failed_run_is_told_and_ends_with_1(
    played: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    def broken(*args: object) -> Any:
        raise runs.RunFailed("frame 7: bytes differ from the prediction")

    monkeypatch.setattr(runs, "play", broken)
    assert bench(tmp_path, widths=(512,), parts=("latency",)) == 1
    assert "frame 7: bytes differ" in capsys.readouterr().out
    rows = json.loads((tmp_path / "bench.json").read_text())["latency_cycles"]
    assert [row["value"] for row in rows] == [None] * 3


def test_snapshot_is_kept_on_request_only(
    played: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(runs, "TRAFFIC", [replace(TRAFFIC[2], window=30_000)])
    assert bench(tmp_path, quick=False) == 0
    assert "differ from" in capsys.readouterr().out
    assert not command.SNAPSHOT.exists()
    bench(tmp_path, quick=False, update=True)
    assert command.SNAPSHOT.read_text() == (tmp_path / "bench.txt").read_text()
    capsys.readouterr()
    bench(tmp_path, quick=False)
    assert "are those of" in capsys.readouterr().out
    command.SNAPSHOT.unlink()
    command.SNAPSHOT.parent.rmdir()
