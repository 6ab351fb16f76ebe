# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx vectors` through the RTL: record rows, and wrong expectations that must be noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.vectors import EXAMPLE
from tests.vectors.odd import odd_records
from tools.cli import main

ROWS: list[dict[str, Any]] = json.loads(EXAMPLE.read_text("utf-8"))
RECORDS = [row for row in ROWS if "record" in row]


def vectors(folder: Path, rows: list[dict[str, Any]], *args: object) -> tuple[Result, Any]:
    """The command's result and what it wrote for --json; the folder's name keeps runs apart."""
    path, out = folder / f"{folder.name}.json", folder / "out.json"
    path.write_text(json.dumps(rows), "utf-8")
    result = CliRunner().invoke(main, ["vectors", str(path), "--json", str(out), *map(str, args)])
    return result, json.loads(out.read_text("utf-8")) if out.exists() else None


def rows_for(sim: str) -> list[dict[str, Any]]:
    """Icarus takes a minute for what Verilator does in seconds: short rows there."""
    return [row for row in RECORDS if sim == "verilator" or len(row["record"]) < 150]


def passes(folder: Path, rows: list[dict[str, Any]], sim: str, data_w: int) -> None:
    result, written = vectors(folder, rows, "--sim", sim, "--data-w", data_w)
    assert result.exit_code == 0, result.output
    assert (written["passed"], written["failed"]) == (len(rows), 0)
    assert [row["id"] for row in written["rows"]] == [row["id"] for row in rows]
    assert all(row["passed"] and not row["faults"] for row in written["rows"])


def test_records(sim: str, tmp_path: Path) -> None:
    passes(tmp_path, rows_for(sim), sim, 128)


def test_records_at_the_limits(tmp_path: Path) -> None:
    passes(tmp_path, odd_records(), "verilator", 128)


@pytest.mark.parametrize("data_w", [256, 512])
def test_records_on_a_wide_bus(data_w: int, tmp_path: Path) -> None:
    passes(tmp_path, RECORDS, "verilator", data_w)


def test_wrong_expectations_are_named(tmp_path: Path) -> None:
    """Each kind of expectation turned round; the rows beside them still pass."""
    rows = {row["id"]: dict(row) for row in RECORDS}
    rows["tls12-golden"]["payload"] = "00" * 20
    rows["tls13-golden"]["type"] = 22
    rows["tls13-empty"]["valid"] = False
    rows["tls12-bad-tag"] |= {"valid": True, "payload": "", "type": 23}
    rows["tls13-short-length"] |= {"valid": True, "payload": "", "type": 23}
    wrong = ["tls12-golden", "tls13-golden", "tls13-empty", "tls12-bad-tag", "tls13-short-length"]
    result, written = vectors(tmp_path, list(rows.values()))
    assert result.exit_code == 1
    assert {row["id"] for row in written["rows"] if not row["passed"]} == set(wrong)
    for name in wrong:
        assert f"FAILED: {name} " in result.output
