# SPDX-License-Identifier: BSD-2-Clause
"""Properties of whole runs: repeatable on both simulators, no key left, captures others read."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from typing import Any

import pytest

from sw_model.link.config import LinkConfig
from sw_model.world.config import SessionConfig, WorldConfig
from tb.simulators import SIMS, missing
from tests.system.bench import events, passed, replay, run_world
from tests.system.scenarios import both, link, world

REPEATED = world(*both(2000, record=300), mss=536, forward=link(drop=(3,)), min_rto_ns=20_000)
HEX = re.compile(r"(?:[0-9a-f]{2})+")
STALLS = {"gap_prob": 64, "stall_prob": 64}


def run_once(sim: str, seed: int, folder: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    config = WorldConfig.from_dict(REPEATED.to_dict() | {"seed": seed})
    result = run_world(sim, config, folder, bench=STALLS)
    return passed(result, seed), events(result)


def test_same_seed_same_run(sim: str, seed: int) -> None:
    """Report, events, every frame to the host and the cycles of its beats."""
    first = run_once(sim, seed, f"repeat/{sim}-1")
    second = run_once(sim, seed, f"repeat/{sim}-2")
    assert first == second, replay(seed)


def test_same_run_on_both_simulators(seed: int) -> None:
    if any(missing(sim) for sim in SIMS):
        pytest.skip("needs both simulators")
    runs = {sim: run_once(sim, seed, f"repeat/{sim}-both") for sim in SIMS}
    assert runs["icarus"] == runs["verilator"], replay(seed)


def test_nothing_left(seed: int) -> None:
    """Keys, H, sums and contexts are zero when the connections are gone."""
    if missing("icarus"):
        pytest.skip("icarus: memories are looked at on Icarus only")
    config = world(*both(700), seed=seed)
    result = run_world(
        "icarus", config, f"wipe/s{seed}", test=("tests.system.white_box", "WipeTest")
    )
    passed(result, seed)


def test_wireshark_reads_the_capture(seed: int) -> None:
    """The capture of the wire, with its secrets inside, opens in tshark and shows the plaintext."""
    tshark = shutil.which("tshark")
    if tshark is None or missing("verilator"):
        pytest.skip("needs tshark and verilator")
    sessions = (
        SessionConfig("1.2", app_bytes=6000, record=1500),
        SessionConfig("1.3", app_bytes=6000, record=1500),
    )
    config = WorldConfig(seed=seed, sessions=sessions, forward=LinkConfig())
    result = run_world("verilator", config, f"tshark/s{seed}")
    report = passed(result, seed)
    command = [tshark, "-r", str(result.test_dir / "wire.pcapng"), "-z", "follow,tls,raw,0", "-q"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    lines = (line.strip() for line in shown.stdout.splitlines())
    text = bytes.fromhex("".join(line for line in lines if HEX.fullmatch(line)))
    want = report["flows"][0]
    assert (len(text), hashlib.sha256(text).hexdigest()) == (6000, want["app_sha256"])
