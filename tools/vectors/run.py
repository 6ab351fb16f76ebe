# SPDX-License-Identifier: BSD-2-Clause
"""Run the rows of a file, or the built-in ones, through the RTL and say which differ."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click import ClickException
from rich.console import Console
from rich.table import Table

from tb.config import BenchConfig
from tb.vectors.judge import Seen, judge_gcm, judge_record
from tb.vectors.plan import plan_record
from tb.vectors.rows import GcmRow, RecordRow, Row, to_json
from tools.errors import UserError
from tools.vectors.files import load, require_writable, write_whole

OUT = Path("out") / "vectors"
SEED = 1  # of cuts, orders and gaps
NUM_FLOWS = 64
NS_PER_ROW = 10_000_000  # what a row may take at most, were it alone
SHOWN = 20  # failing rows in the table; all are in the JSON


class RunFailed(Exception):
    """The simulation itself did not come to its end; a line for each reason."""

    def __init__(self, failures: list[str], log: Path) -> None:
        super().__init__("; ".join(failures))
        self.failures, self.log = failures, log


@dataclass(frozen=True, slots=True)
class Job:
    """Where and how to run."""

    sim: str
    data_w: int
    folder: Path
    console: Console


Outcomes = list[list[str]]  # for each row what differs
Runner = Callable[[list[Any], Job], Outcomes]


def run_vectors(
    *, file: Path | None, sim: str = "verilator", data_w: int = 128, json_out: Path | None = None
) -> int:
    """0: all rows as expected; 1: one differs, or a run broke off. Bad input raises UserError
    before anything is built or written."""
    rows, remarks, name = _rows(file)
    if json_out is not None:
        require_writable(json_out)
    console = Console(stderr=True)
    job = Job(sim, data_w, OUT / f"{name}-{sim}-{data_w}", console)
    try:
        with alone_in(job.folder):
            outcomes = _run(rows, job)
    except RunFailed as failed:
        for text in failed.failures:
            console.print(f"FAILED: {text}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"log: {failed.log}", highlight=False)
        return 1
    if json_out is not None:
        write_whole(json_out, results(rows, outcomes, sim, data_w))
    show(rows, outcomes, remarks)
    return 1 if any(outcomes) else 0


def _rows(file: Path | None) -> tuple[list[Row], list[str], str]:
    if file is not None:
        return load(file), [], file.stem
    from tools.vectors.builtin import builtin_rows

    rows, remarks = builtin_rows()
    return list(rows), remarks, "builtin"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Two runs in one folder would mix their files."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"{folder}: another run is using this folder; wait for it") from None
        yield


def _run(rows: list[Row], job: Job) -> Outcomes:
    """Each kind in a simulation of its own; the outcomes are in the order of the rows."""
    outcomes: Outcomes = [[] for _ in rows]
    kinds: list[tuple[type, Runner]] = [(GcmRow, run_gcm), (RecordRow, run_records)]
    for kind, runner in kinds:
        places = [i for i, row in enumerate(rows) if isinstance(row, kind)]
        if places:
            found = runner([rows[i] for i in places], job)
            for place, faults in zip(places, found, strict=True):
                outcomes[place] = faults
    return outcomes


def run_gcm(rows: list[GcmRow], job: Job) -> Outcomes:
    """Through hdl/crypto/gcm_core."""
    from tb.build import BuildError, build
    from tb.vectors.gcm import IncompleteError, Program, gcm_spec, read_answers, run_program

    folder = (job.folder / "gcm").resolve()
    program = Program(rows, job.data_w, SEED)
    doing = f"GCM block for {job.sim} ({job.data_w} bits)"
    try:
        with job.console.status(f"Building the {doing}; first time only"):
            build(gcm_spec(job.sim, job.data_w))
    except BuildError as error:
        raise ClickException(str(error)) from None
    with job.console.status(f"{len(rows)} rows through the {doing}"):
        run = run_program(program, job.sim, folder)
    if not run.ok:
        raise RunFailed(list(run.failures or (run.reason,)), run.log)
    try:
        answers = read_answers(program, folder)
    except IncompleteError as error:
        raise RunFailed([f"the core's output is incomplete: {error}"], run.log) from None
    return [
        [*a.faults, *judge_gcm(row, a.keystream, a.ok)]
        for row, a in zip(rows, answers, strict=True)
    ]


def run_records(rows: list[RecordRow], job: Job) -> Outcomes:
    """Through the whole engine, driver and kernel."""
    from tb.tests.vectors import SEEN
    from tools.simulate import build_bench, simulate

    folder = (job.folder / "records").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SEEN).unlink(missing_ok=True)
    (folder / "rows.json").write_text(json.dumps([to_json(row) for row in rows]), "utf-8")
    config = BenchConfig(
        seed=SEED,
        data_w=job.data_w,
        num_flows=NUM_FLOWS,
        limit_ns=NS_PER_ROW * (1 + len(rows)),
        scenario={"rows": str(folder / "rows.json")},
    )
    build_bench(job.sim, config, False, job.console)
    run = simulate(
        job.sim, "tb.tests.vectors", "RecordVectorsTest", config, folder, job.console,
        what="records",
    )  # fmt: skip
    if not run.ok:
        raise RunFailed(list(run.failures or (run.reason,)), run.log)
    seen = map(Seen.from_json, json.loads((folder / SEEN).read_text("utf-8")))
    numbered = zip(rows, seen, strict=True)
    return [judge_record(r, plan_record(r, i, SEED), s) for i, (r, s) in enumerate(numbered)]


def results(rows: list[Row], outcomes: Outcomes, sim: str, data_w: int) -> dict[str, Any]:
    """What --json writes."""
    entries = [
        {
            "index": index,
            "id": row.id,
            "group": row.group,
            "kind": "gcm" if isinstance(row, GcmRow) else "record",
            "valid": row.valid,
            "passed": not faults,
            "faults": faults,
        }
        for index, (row, faults) in enumerate(zip(rows, outcomes, strict=True))
    ]
    failed = sum(map(bool, outcomes))
    summary = {"passed": len(rows) - failed, "failed": failed, "sim": sim, "data_w": data_w}
    return summary | {"rows": entries}


def show(rows: list[Row], outcomes: Outcomes, remarks: list[str]) -> None:
    """A line for each group, then the rows that differ."""
    console = Console()
    table = Table()
    table.add_column("group")
    for name in ("valid", "not valid", "passed", "failed"):
        table.add_column(name, justify="right")
    pairs = list(zip(rows, outcomes, strict=True))
    for group in dict.fromkeys(row.group for row in rows):
        _line(table, group, [pair for pair in pairs if pair[0].group == group])
    table.add_section()
    _line(table, "all", pairs)
    console.print(table)
    bad = [(i, row, faults) for i, (row, faults) in enumerate(pairs) if faults]
    for index, row, faults in bad[:SHOWN]:
        text = f"FAILED: {row.id} (row {index}): {'; '.join(faults)}"
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    if len(bad) > SHOWN:
        ids = ", ".join(row.id for _, row, _ in bad[SHOWN:])
        console.print(f"FAILED: {ids}", markup=False, highlight=False, soft_wrap=True)
    for remark in remarks:
        console.print(remark, markup=False, highlight=False)


def _line(table: Table, name: str, pairs: list[tuple[Row, list[str]]]) -> None:
    valid = sum(row.valid for row, _ in pairs)
    failed = sum(bool(faults) for _, faults in pairs)
    counts = (valid, len(pairs) - valid, len(pairs) - failed, failed)
    table.add_row(name, *map(str, counts))
