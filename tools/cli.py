# SPDX-License-Identifier: BSD-2-Clause
"""The command `tlsrx`. Commands import their parts when called: `--help` stays quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from tools.errors import UserError
from tools.options import ByteCount, OneLineErrors, require_file, require_simulator

SIMULATORS = click.Choice(["icarus", "verilator"])
DATA_WIDTHS = click.Choice(["128", "256", "512"])
CRYPTO = click.Choice(["real", "by_reference"])
PROBABILITY = click.FloatRange(0.0, 1.0)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tlsrx", prog_name="tlsrx")
def main() -> None:
    """TLS receive offload: run the engine with its driver and kernel models."""


@main.command()
@click.option("--json", "json_output", is_flag=True, help="Print the findings as JSON.")
def doctor(json_output: bool) -> None:
    """Show each tool: version found, version needed, how to get it."""
    from tools.doctor import report

    sys.exit(report(json_output))


@main.command()
@click.option("--sim", type=SIMULATORS, default="verilator", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--bytes", "size", type=ByteCount(), show_default="2M, with icarus 128k",
              help="Application bytes of the four sessions together.")  # fmt: skip
@click.option("--loss", type=PROBABILITY, default=0.01, show_default=True,
              help="Probability that the link drops a frame.")  # fmt: skip
@click.option("--reorder", type=PROBABILITY, default=0.01, show_default=True,
              help="Probability that a frame is delivered late.")  # fmt: skip
@click.option("--duplicate", type=PROBABILITY, default=0.005, show_default=True,
              help="Probability that a frame is delivered twice.")  # fmt: skip
@click.option("--data-w", type=DATA_WIDTHS, default="128", show_default=True,
              help="Width of the data bus in bits.")  # fmt: skip
@click.option("--waves", is_flag=True, help="Write waves and a layout for the viewer.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the run's files.")  # fmt: skip
@click.option("--nic", type=click.Choice(["rtl", "model"]), default="rtl", show_default=True,
              help="The engine itself, or the golden model (no simulator).")  # fmt: skip
@click.option("--crypto", type=CRYPTO, default="real", show_default=True,
              help="With --nic model: cheap stand-in for AES-GCM, synthetic sessions.")  # fmt: skip
@click.option("--personality", type=click.Choice(["freebsd", "linux"]), default="freebsd",
              show_default=True, help="Kernel and driver of the host.")  # fmt: skip
@click.option("--resync", type=click.Choice(["async", "hint", "request", "history"]),
              default="async", show_default=True,
              help="With --personality linux: how the driver gets back into step.")  # fmt: skip
@click.option("--json", "json_output", is_flag=True, help="Print the result as JSON.")
def demo(
    sim: str, seed: int, size: int | None, loss: float, reorder: float, duplicate: float,
    data_w: str, waves: bool, out: Path | None, nic: str, crypto: Any, personality: Any,
    resync: Any, json_output: bool,
) -> None:  # fmt: skip
    """Four TLS sessions over a lossy link through engine, driver and kernel."""
    if nic == "rtl" and crypto != "real":
        raise UserError("--crypto by_reference: the RTL computes AES-GCM; use --nic model")
    if personality == "freebsd" and resync != "async":
        raise UserError(f"--resync {resync}: FreeBSD has one way; use --personality linux")
    if nic == "rtl":
        require_simulator(sim)
    from tools.demo import run_demo

    sys.exit(
        run_demo(
            sim=sim, seed=seed, size=size, loss=loss, reorder=reorder, duplicate=duplicate,
            data_w=int(data_w), waves=waves, out=out, nic=nic, crypto=crypto,
            personality=personality, resync=resync, json_output=json_output,
        )
    )  # fmt: skip


@main.command()
@click.argument("captures", metavar="FILE...", nargs=-1, required=True,
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("--keylog", "keylogs", multiple=True, type=click.Path(path_type=Path),
              help="NSS key log, may be repeated; pcapng may carry its secrets.")  # fmt: skip
@click.option("--sim", type=SIMULATORS, default="verilator", show_default=True)
@click.option("--data-w", type=DATA_WIDTHS, default="128", show_default=True,
              help="Width of the data bus in bits.")  # fmt: skip
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Results: OUT/<capture>/result.json.  [default: out/replay]")  # fmt: skip
@click.option("--nic", type=click.Choice(["rtl", "model"]), default="rtl", show_default=True,
              help="The engine itself, or the golden model (no simulator).")  # fmt: skip
@click.option("--waves", is_flag=True, help="Write waves and a layout for the viewer.")
@click.option("--json", "json_output", is_flag=True, help="Print the results as JSON.")
def replay(
    captures: tuple[Path, ...], keylogs: tuple[Path, ...], sim: str, data_w: str,
    out: Path | None, nic: str, waves: bool, json_output: bool,
) -> None:  # fmt: skip
    """Drive captures (pcap, pcapng, also gzip) through engine, driver and kernel.

    Each direction of every TLS 1.2 or 1.3 AES-GCM connection is received by the offloading host.
    """
    for path in (*captures, *keylogs):
        require_file(path)
    if nic == "rtl":
        require_simulator(sim)
    from tools.replay import run_replay

    sys.exit(
        run_replay(
            captures=list(captures), keylogs=list(keylogs), sim=sim, data_w=int(data_w), out=out,
            nic=nic, json_output=json_output, waves=waves,
        )
    )  # fmt: skip


@main.command()
@click.argument("file", metavar="[FILE.json]", required=False, type=click.Path(path_type=Path))
@click.option("--data-w", type=DATA_WIDTHS, default="128", show_default=True,
              help="Width of the data bus in bits.")  # fmt: skip
@click.option("--sim", type=SIMULATORS, default="verilator", show_default=True)
@click.option("--json", "json_out", metavar="OUT", type=click.Path(path_type=Path),
              help="Write the result of each row to this file.")  # fmt: skip
def vectors(file: Path | None, data_w: str, sim: str, json_out: Path | None) -> None:
    """Run test vectors through the engine (docs/vectors.md); without FILE.json the built-in sets.

    GCM rows go through the AES-GCM block, record rows through engine, driver and kernel.
    """
    from tools.vectors.run import run_vectors

    require_simulator(sim)
    sys.exit(run_vectors(file=file, sim=sim, data_w=int(data_w), json_out=json_out))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("point", type=int, required=False)
@click.argument("options", metavar="[-- PYTEST OPTION...]", nargs=-1, type=click.UNPROCESSED)
@click.option("--json", "json_output", is_flag=True, help="Print the plan as JSON.")
@click.option("--plan", type=click.Path(dir_okay=False, path_type=Path),
              help="The plan.  [default: tests/testplan.yaml]")  # fmt: skip
def testplan(
    point: int | None, options: tuple[str, ...], json_output: bool, plan: Path | None
) -> None:
    """Scenarios by number and the tests that show them; POINT runs the tests of one.

    Fails when a scenario has no test, or when a test that is named does not exist.
    """
    from tools.testplan.command import PLAN, run_point, run_testplan

    path = plan or PLAN
    if point is None:
        sys.exit(run_testplan(path, json_output))
    sys.exit(run_point(path, point, options))


@main.command("bench-model")
@click.option("--quick", is_flag=True, help="One short run of each kind: a first look.")
@click.option("--bytes", "size", type=ByteCount(), help="One run of each kind of this length.")
@click.option("--update", is_flag=True, help="Keep the figures as docs/snapshots/model.txt.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the figures.  [default: out/bench]")  # fmt: skip
def bench_model(quick: bool, size: int | None, update: bool, seed: int, out: Path | None) -> None:
    """Packets a second through peer, golden NIC, driver and kernel, without a simulator."""
    from tools.bench_model import run_bench_model

    sys.exit(run_bench_model(quick=quick, update=update, out=out, seed=seed, size=size))


@main.command()
@click.option("--data-w", "widths", type=DATA_WIDTHS, multiple=True,
              help="Width of the data bus in bits, may be repeated.  [default: all]")  # fmt: skip
@click.option("--only", "parts", type=click.Choice(["efficiency", "latency", "speed"]),
              multiple=True, help="A part, may be repeated.  [default: all]")  # fmt: skip
@click.option("--quick", is_flag=True, help="Short windows and single runs: a first look.")
@click.option("--update", is_flag=True, help="Keep the figures as docs/snapshots/bench.txt.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the figures.  [default: out/bench]")  # fmt: skip
def bench(
    widths: tuple[str, ...], parts: tuple[str, ...], quick: bool, update: bool, seed: int,
    out: Path | None,
) -> None:  # fmt: skip
    """Measure efficiency, latency and the speed of the simulation."""
    require_simulator("verilator")
    from tools.bench.command import run_bench_command

    sys.exit(
        run_bench_command(
            widths=[int(width) for width in widths], parts=parts, quick=quick, update=update,
            seed=seed, out=out or Path("out/bench"),
        )
    )  # fmt: skip


@main.command()
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--json", "json_output", is_flag=True, help="Print the results as JSON.")
def formal(names: tuple[str, ...], json_output: bool) -> None:
    """Formal proofs on the RTL (docs/formal.md); NAME picks some of them."""
    from tools.formal.run import run_formal

    sys.exit(run_formal(names, json_output))


@main.command()
@click.argument("run_dir", required=False, type=click.Path(path_type=Path))
def waves(run_dir: Path | None) -> None:
    """Open the waves of a run (default: the newest) in GTKWave, or print where they are."""
    from tools.show_waves import show

    show(run_dir)


@main.command()
@click.option("--only", multiple=True, help="Name of a check; may be repeated. Default: all.")
def lint(only: tuple[str, ...]) -> None:
    """Static checks: Python, each HDL module alone on both simulators, texts, generated files."""
    from tools.lint import run_lint

    sys.exit(run_lint(only))


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; fail if a file is not up to date.")
def regs(check: bool) -> None:
    """Generate what comes from the register description in hdl/csr."""
    from tools.regs import run_regs

    sys.exit(run_regs(check))


@main.command()
@click.option("--data-w", "widths", type=DATA_WIDTHS, multiple=True,
              help="Width of the data bus in bits, may be repeated.  [default: all]")  # fmt: skip
@click.option("--top", metavar="MODULE", help="Only the levels of this module.")
@click.option("--paths", type=click.IntRange(1, 1000), default=10, show_default=True,
              help="With --top: longest paths to list.")  # fmt: skip
@click.option("--flat", is_flag=True, help="With --top: no inner boundaries; slower.")
@click.option("--no-clock", is_flag=True, help="Without place and route of the GCM lane.")
@click.option("--update", is_flag=True, help="Keep the figures as docs/snapshots/synth.txt.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the figures.  [default: out/synth]")  # fmt: skip
def synth(
    widths: tuple[str, ...], top: str | None, paths: int, flat: bool, no_clock: bool, update: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Area, logic levels and a clock figure from Yosys and nextpnr (docs/synthesis.md)."""
    from tools.synth.command import WIDTHS, run_module, run_synth

    chosen = [width for width in WIDTHS if str(width) in widths] or list(WIDTHS)
    if top is not None:
        sys.exit(max(run_module(top, w, paths, flat) for w in (chosen if widths else [128])))
    sys.exit(run_synth(chosen, not no_clock, update, out or Path("out/synth")))


if __name__ == "__main__":
    main()
