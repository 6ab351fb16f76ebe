# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx bench-model`: packets a second through the whole loop on the golden NIC, on one core.

One flow of TLS 1.3, 16 KiB records in 1514-byte frames at 100 Gbit/s: peer, link, golden NIC,
driver and kernel, to what recvmsg gives. Each byte read is compared with what was sealed. Time is
the CPU time of this process, and a packet is a frame with payload; the acknowledgements run beside
them.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sw_model.crypto.aead import CryptoName
from sw_model.link.config import LinkConfig
from sw_model.wire.tls import MAX_PLAINTEXT
from sw_model.world.config import SessionConfig, WorldConfig
from sw_model.world.run import run_on_model
from sw_model.world.world import World
from tools.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOT = ROOT / "docs" / "snapshots" / "model.txt"
MODES: dict[str, CryptoName] = {"real_crypto": "real", "by_reference": "by_reference"}
GOALS = {"real_crypto": 5_000, "by_reference": 20_000}
MSS = 1460  # 1514-byte frames: 54 bytes of headers
POLL_NS = 20_000  # interrupt moderation
LINE_RATE = 100_000_000_000  # the class of the engine
FULL, QUICK, ROUNDS = 32 << 20, 4 << 20, 5
# Who spends the time, by folder or file of the code.
PARTS = ("wire", "peer", "link", "nic", "driver", "kernel", "crypto", "world", "loop", "library")


@dataclass(frozen=True, slots=True)
class Measured:
    """One run."""

    mode: str
    packets: int
    app_bytes: int
    cpu_s: float
    wall_s: float
    peak_mib: int

    @property
    def packets_per_s(self) -> float:
        return self.packets / self.cpu_s


def bench_world(size: int, crypto: CryptoName, seed: int = 1, keep: bool = False) -> WorldConfig:
    """``size`` bytes of application data in full records."""
    session = SessionConfig(tls="synthetic", app_bytes=size, record=MAX_PLAINTEXT, wait_ns=100_000)
    near = LinkConfig(delay_ns=1_000, bits_per_second=LINE_RATE)
    return WorldConfig(
        seed=seed, sessions=(session,), mss=MSS, forward=near, back=near, keep=keep, crypto=crypto
    )


def run_once(mode: str, size: int, seed: int) -> tuple[World, Measured]:
    """One timed run; the loop's own checks raise when a byte is wrong."""
    config = bench_world(size, MODES[mode], seed)
    wall, cpu = time.monotonic(), time.process_time()
    world = run_on_model(config, 1_000_000_000 + 100 * size, poll_ns=POLL_NS)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    packets = sum(sum(flow.packets.values()) for flow in world.flows)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return world, Measured(mode, packets, size, cpu, wall, peak)


def offloaded(world: World) -> None:
    """The figure is of packets that the NIC decrypts: all but what the set-up let pass."""
    flow = world.report()["flows"][0]
    if flow["records_mixed"] or flow["records_encrypted"] or flow["records_failed"]:
        raise AssertionError(f"not all records were decrypted by the NIC: {flow}")


def cost_of_parts(size: int, seed: int) -> dict[str, float]:
    """Share of each part in the time of a run, from a profile; calls are dearer in it."""
    profile = cProfile.Profile()
    profile.runcall(run_once, "real_crypto", size, seed)
    spent: Counter[str] = Counter()
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _, _), (_, _, own, _, _) in stats.items():
        spent[_part(file)] += own
    total = sum(spent.values())
    return {part: round(spent[part] / total, 3) for part in PARTS}


def _part(file: str) -> str:
    """Part of the model that a source file belongs to."""
    pieces = Path(file).parts
    if "sw_model" not in pieces:
        return "library"
    name = pieces[pieces.index("sw_model") + 1].removesuffix(".py")
    return name if name in PARTS else "world"


def run_bench_model(
    *, quick: bool, update: bool, out: Path | None, seed: int, size: int | None
) -> int:
    """Measure, write model.json, show; 0 whether goals are met or not."""
    folder = out or Path("out") / "bench"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {folder}: {error.strerror}; name a folder to write to") from None
    console = Console()
    rounds = 1 if quick or size else ROUNDS
    size = size or (QUICK if quick else FULL)
    with console.status("") as status:
        runs = _rounds(rounds, size, seed, lambda text: status.update(text))
        parts = cost_of_parts(min(size, QUICK), seed)
    figures = {m: round(statistics.median(r.packets_per_s for r in runs[m])) for m in MODES}
    result = {
        "packets_per_s": figures,
        "goals": GOALS,
        "us_per_packet": {m: round(1e6 / f, 1) for m, f in figures.items()},
        "share_of_time": parts,
        "peak_mib": max(r.peak_mib for rows in runs.values() for r in rows),
        "runs": [asdict(r) for rows in runs.values() for r in rows],
    }
    path = folder / "model.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    for table in (_figures_table(runs, figures), _parts_table(parts)):
        console.print(table)
    if update:
        _update(runs, figures, parts)
        console.print(f"{SNAPSHOT.relative_to(ROOT)} is up to date now.", highlight=False)
    console.print(str(path), highlight=False, soft_wrap=True)
    return 0


def _rounds(
    rounds: int, size: int, seed: int, tell: Callable[[str], None]
) -> dict[str, list[Measured]]:
    """Modes in turn, so that a busy machine disturbs them alike."""
    runs: dict[str, list[Measured]] = {mode: [] for mode in MODES}
    for number in range(rounds):
        for mode, done in runs.items():
            tell(f"{mode}, round {number + 1} of {rounds}")
            world, measured = run_once(mode, size, seed)
            offloaded(world)
            done.append(measured)
    return runs


def _figures_table(runs: dict[str, list[Measured]], figures: dict[str, int]) -> Table:
    table = Table(title="Packets a second through the loop, golden NIC, one core", box=SIMPLE)
    for name in ("crypto", "packets/s", "goal", "us each", "packets", "rounds", "peak MiB"):
        table.add_column(name, justify="left" if name == "crypto" else "right", no_wrap=True)
    for mode, rows in runs.items():
        met = "+" if figures[mode] >= GOALS[mode] else "-"
        table.add_row(
            mode.replace("_", " "), f"{figures[mode]} {met}", f">= {GOALS[mode]}",
            f"{1e6 / figures[mode]:.1f}", str(rows[0].packets), str(len(rows)),
            str(max(r.peak_mib for r in rows)),
        )  # fmt: skip
    return table


def _parts_table(parts: dict[str, float]) -> Table:
    table = Table(title="Share of the time (profiled)", box=SIMPLE, padding=(0, 0))
    for part in parts:
        table.add_column(part, justify="right", no_wrap=True)
    table.add_row(*(f"{100 * share:.0f} %" for share in parts.values()))
    return table


def _update(
    runs: dict[str, list[Measured]], figures: dict[str, int], parts: dict[str, float]
) -> None:
    """The snapshot states what one machine measured; nothing compares with it."""
    lines = ["`tlsrx bench-model`, one core; figures vary with machine and load.", ""]
    lines.append(f"{'crypto':<14}{'packets/s':>10}{'goal':>10}{'us each':>9}{'packets':>9}")
    for mode, rows in runs.items():
        value, goal, each = figures[mode], GOALS[mode], 1e6 / figures[mode]
        lines.append(f"{mode:<14}{value:>10}{goal:>10}{each:>9.1f}{rows[0].packets:>9}")
    lines += ["", "share of the time, profiled:"]
    lines += [f"{part:<14}{100 * share:>9.0f}%" for part, share in parts.items()]
    SNAPSHOT.write_text("\n".join(lines) + "\n", encoding="ascii")
