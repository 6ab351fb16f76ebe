# SPDX-License-Identifier: BSD-2-Clause
"""Speed of the simulation: payload bytes a second of CPU time, always as a ratio in one session.

All contenders play one stimulus file at full load, compare every frame, and time the same stretch
with the same clock: from preparing the first frame to comparing the last. Making the stimulus
(records, predictions) and setting up the flows is outside for all. Runs alternate, one process
each, so that whatever else the machine does hits all alike.
"""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tb.build import BuildSpec
from tb.config import VARIABLE, BenchConfig
from tb.runner import run
from tb.sources import ROOT
from tb.system import bench_spec
from tools.bench import runs
from tools.bench.cpp_build import build_main, engine_spec
from tools.bench.packet_bench import RESULT
from tools.bench.stimulus import Stimulus
from tools.bench.traffic import TRAFFIC, build

WIDTH, ICARUS_WIDTH = 512, 128
FRAME = 1514
KIND = "16k-64flows"
ROUNDS, QUICK_ROUNDS = 5, 1
FRAMES = 4000
# What is slow plays the start of the same stimulus.
COCOTBEXT_FRAMES, ICARUS_FRAMES = 128, 64
PORTS = ROOT / "tools" / "bench" / "ports.vlt"
LIMIT_S = 600

Contender = Callable[[], float]  # plays the stimulus, gives CPU seconds


def stimulus_of(frames: int, seed: int) -> Stimulus:
    """The first ``frames`` frames of the traffic, all measured."""
    traffic = next(t for t in TRAFFIC if t.name == KIND)
    made = build(replace(traffic, window=frames * FRAME), FRAME, seed, settle=False)
    assert len(made.frames) == frames
    return made


def payload_bytes(stimulus: Stimulus) -> int:
    return sum(frame.meta.payload_len for frame in stimulus.frames)


def python_cpu(sim: str, data_w: int, stimulus: Path, folder: Path) -> float:
    """The project's packet bench."""
    return float(runs.play(sim, data_w, stimulus, folder)["cpu_s"])


def cpp_cpu(program: Path, stimulus: Path) -> float:
    """The C++ main."""
    done = subprocess.run(
        [program, stimulus], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    if done.returncode != 0:
        raise runs.RunFailed(done.stderr.strip() or f"{program.name} ended with {done.returncode}")
    return float(json.loads(done.stdout)["cpu_s"])


def cocotbext_spec(like: BuildSpec) -> BuildSpec:
    """The engine alone, its ports visible to Python and nothing else."""
    spec = engine_spec(like)
    return replace(spec, sources=(PORTS, *spec.sources))


def cocotbext_cpu(spec: BuildSpec, stimulus: Path, folder: Path) -> float:
    """cocotbext-axi's source and sink."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "config.json"
    BenchConfig(data_w=WIDTH, scenario={"stimulus": str(stimulus.resolve())}).save(config)
    done = run(
        spec, "tools.bench.cocotbext_bench", folder, testcase="packets",
        extra_env={VARIABLE: str(config)}, time_limit=LIMIT_S,
    )  # fmt: skip
    if not done.ok:
        raise runs.RunFailed("; ".join(done.failures) or done.reason or "no test ran")
    return float(json.loads((folder / RESULT).read_text(encoding="utf-8"))["cpu_s"])


def measure(
    seed: int, quick: bool, out: Path, on_step: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """The part ``sim_speed`` of bench.json."""
    files: dict[int, tuple[Path, int]] = {}
    for count in {FRAMES, COCOTBEXT_FRAMES, ICARUS_FRAMES}:
        made = stimulus_of(count, seed)
        path = out / f"speed-{count}.bin"
        made.save(path)
        files[count] = (path, payload_bytes(made))
    like = bench_spec("verilator", BenchConfig(data_w=WIDTH))
    on_step("building the C++ main")
    program = build_main(like)
    ports = cocotbext_spec(like)
    long, short, slow = files[FRAMES], files[COCOTBEXT_FRAMES], files[ICARUS_FRAMES]
    python, icarus = f"python_verilator_{WIDTH}", f"python_icarus_{ICARUS_WIDTH}"
    cpp, cocotbext = f"cpp_verilator_{WIDTH}", f"cocotbext_axi_verilator_{WIDTH}"
    rates: dict[str, list[float]] = {}
    contenders: dict[str, tuple[int, Contender]] = {
        python: (long[1], lambda: python_cpu("verilator", WIDTH, long[0], out / "speed-python")),
        cpp: (long[1], lambda: cpp_cpu(program, long[0])),
        cocotbext: (short[1], lambda: cocotbext_cpu(ports, short[0], out / "speed-cocotbext")),
    }
    for number in range(QUICK_ROUNDS if quick else ROUNDS):
        for name, (size, play) in contenders.items():
            on_step(f"round {number + 1}: {name}")
            rates.setdefault(name, []).append(size / play() / 1e6)
    on_step(icarus)
    seconds = python_cpu("icarus", ICARUS_WIDTH, slow[0], out / "speed-icarus")
    rates[icarus] = [slow[1] / seconds / 1e6]
    median = {name: statistics.median(values) for name, values in rates.items()}
    for path, _ in files.values():
        path.unlink()
    return {
        "python_vs_cpp": round(median[python] / median[cpp], 4),
        "vs_cocotbext_axi": round(median[python] / median[cocotbext], 3),
        "payload_mb_s": {name: round(value, 4) for name, value in median.items()},
        "rounds": {name: [round(v, 4) for v in values] for name, values in rates.items()},
    }
