# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx demo`: four real TLS sessions over a bad link, through the engine, driver and kernel."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from sw_model.crypto.aead import CryptoName
from sw_model.link.config import LinkConfig
from sw_model.world.artefacts import write_artefacts
from sw_model.world.config import Personality, ResyncMode, SessionConfig, WorldConfig
from sw_model.world.run import run_on_model
from tb.config import BenchConfig
from tools.errors import UserError
from tools.simulate import build_bench, simulate

SESSIONS = (("1.2", 128, 4), ("1.2", 256, 6), ("1.3", 128, 4), ("1.3", 256, 6))
LINE_RATE = 10_000_000_000
# Icarus simulates the engine about a hundred times slower than Verilator.
DEFAULT_BYTES = {"verilator": 2 << 20, "icarus": 128 << 10}
LIMIT_NS = 2_000_000_000
SETUP_NS = 30_000  # a synthetic sender leaves the driver as much time as a handshake does


def demo_world(
    seed: int,
    size: int,
    loss: float,
    reorder: float,
    duplicate: float,
    crypto: CryptoName = "real",
    personality: Personality = "freebsd",
    resync: ResyncMode = "async",
) -> WorldConfig:
    """Both TLS versions and key sizes, IPv4 and IPv6, ``size`` bytes of application data in all."""
    share = max(1, -(-size // len(SESSIONS)))
    real = crypto == "real"
    sessions = tuple(
        SessionConfig(
            version=version,  # type: ignore[arg-type]
            tls="openssl" if real else "synthetic",
            key_bits=bits,
            family=family,  # type: ignore[arg-type]
            app_bytes=share,
            wait_ns=0 if real else SETUP_NS,
        )
        for version, bits, family in SESSIONS
    )
    link = LinkConfig(loss=loss, reorder=reorder, duplicate=duplicate, bits_per_second=LINE_RATE)
    return WorldConfig(
        seed=seed,
        sessions=sessions,
        forward=link,
        crypto=crypto,
        personality=personality,
        resync=resync,
    )


def run_demo(
    *,
    sim: str,
    seed: int,
    size: int | None,
    loss: float,
    reorder: float,
    duplicate: float,
    data_w: int,
    waves: bool,
    out: Path | None,
    nic: str,
    crypto: CryptoName,
    personality: Personality,
    resync: ResyncMode,
    json_output: bool,
) -> int:
    """Run, print, and give the exit status: 0 only if every byte arrived right."""
    folder = out or Path("out") / f"demo-{sim if nic == 'rtl' else 'model'}" / str(seed)
    console = Console(stderr=True)
    if size is None:
        size = DEFAULT_BYTES[sim]
        if sim == "icarus" and nic == "rtl":
            console.print(f"Icarus is slow: {size} bytes instead of {DEFAULT_BYTES['verilator']}")
    world = demo_world(seed, size, loss, reorder, duplicate, crypto, personality, resync)
    _prepare(folder)
    started = time.monotonic()
    command = (
        f".venv/bin/tlsrx demo --nic {nic} --sim {sim} --seed {seed} --bytes {size} --loss {loss} "
        f"--reorder {reorder} --duplicate {duplicate} --data-w {data_w}"
        + (f" --crypto {crypto}" if crypto != "real" else "")
        + (f" --personality linux --resync {resync}" if personality == "linux" else "")
    )
    if nic == "model":
        failures = _on_model(world, folder, command)
    else:
        config = BenchConfig(
            seed=seed, data_w=data_w, limit_ns=LIMIT_NS, scenario=world.to_dict(), replay=command
        )
        build_bench(sim, config, waves, console)
        run = simulate(sim, "tb.tests.world", "WorldTest", config, folder, console, waves=waves)
        failures = () if run.ok else run.failures or (run.reason,)
    if failures:
        return _failed(folder, failures, command)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if json_output:
        json.dump(result, sys.stdout, indent=1)
        sys.stdout.write("\n")
    else:
        show(result, folder, time.monotonic() - started, waves)
    return 0


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "result.json").unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"--out {folder}: {error.strerror}; name a folder to write to") from None


def _on_model(world: WorldConfig, folder: Path, command: str) -> tuple[str, ...]:
    try:
        done = run_on_model(world, LIMIT_NS)
    except AssertionError as error:  # a model broke a promise
        return (str(error) or "a model broke an invariant",)
    write_artefacts(done, folder, {"verdict": "pass", "replay": command, "nic": "model"})
    return ()


def _failed(folder: Path, failures: tuple[str, ...], command: str) -> int:
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    if (folder / "sim.log").exists():
        print(f"log: {folder / 'sim.log'}", file=sys.stderr)
    print(f"replay: {command} --waves", file=sys.stderr)
    return 1


def show(result: dict[str, Any], folder: Path, seconds: float, waves: bool) -> None:
    """The table a person reads, and where the files are."""
    console = Console()
    flows = result["flows"]
    console.print(record_table(flows))
    console.print(packet_table(flows))
    right = sum(f["bytes_verified"] for f in flows)
    wrong = sum(f["app_bytes"] for f in flows) - right
    console.print(
        f"{right} bytes delivered and equal to what was sent, {wrong} wrong. "
        f"{result['packets_checked']} packets checked, {result['packets_marked']} decrypted by the "
        f"NIC. {result['simulated_ns'] / 1e6:.3f} ms simulated in {seconds:.1f} s.",
        highlight=False,
    )
    names = ["result.json", "events.jsonl", "wire.pcapng", "host.pcapng"]
    names += ["waves.fst", "waves.vcd", "waves.gtkw"] if waves else []
    for name in names:
        if (folder / name).exists():
            console.print(f"  {folder / name}", highlight=False)


def record_table(flows: list[dict[str, Any]]) -> Table:
    """Who decrypted the records of each flow, and what reached the application."""
    table = Table(
        title="Records, by who decrypted them", box=SIMPLE, padding=(0, 0), pad_edge=False
    )
    table.add_column("flow")
    table.add_column("session")
    for name in ("NIC", "mixed", "software", "failed", "bytes verified"):
        table.add_column(name, justify="right")
    for flow in flows:
        records = [
            flow[f"records_{kind}"] for kind in ("decrypted", "mixed", "encrypted", "failed")
        ]
        session = f"TLS {flow['tls_version']} {flow['cipher']}"
        table.add_row(flow["flow"], session, *map(str, records), str(flow["bytes_verified"]))
    return table


def packet_table(flows: list[dict[str, Any]]) -> Table:
    """What the NIC said of the packets, and how often it lost and regained the stream."""
    table = Table(title="Packets by status, and resync", box=SIMPLE, padding=(0, 0), pad_edge=False)
    table.add_column("flow")
    names = {
        "decrypted": "decrypted",
        "none": "passed",
        "resync": "lost",
        "auth_fail": "bad tag",
    }
    steps = {"requests": "asked", "confirmations": "confirmed", "reoffloads": "resumed"}
    for name in (*names.values(), *steps.values()):
        table.add_column(name, justify="right")
    for flow in flows:
        packets = [flow["packets"][key] for key in names]
        resync = [flow["resync"][key] for key in steps]
        table.add_row(flow["flow"], *map(str, packets), *map(str, resync))
    return table
