# SPDX-License-Identifier: BSD-2-Clause
"""docs/kernel.md says where each kernel function is: everything it names exists."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import pytest

from sw_model.driver.faults import DriverFaults
from sw_model.kernel.bugs import Bugs
from sw_model.nic.faults import NicFaults
from sw_model.nic.modes import NicModes
from tests.unit.doc_kit import ROOT, resolve, text_of

TEXT = text_of("kernel.md")
ROW = re.compile(r"^\| `([\w.]+)` \| `([\w.]+):([\w.]+)` \| ([\d., ]+) \|$", re.MULTILINE)
ROWS = [m.groups() for m in ROW.finditer(TEXT)]
SECTIONS = {"2.2", "2.3", "2.4", "2.5", "7", *(f"3.{i}" for i in range(1, 6))}
SECTIONS |= {f"4.{i}" for i in range(1, 12)} | {f"5.{i}" for i in range(1, 10)}


def test_all_rows_are_read() -> None:
    tables = TEXT.split("## Known bugs")[0]
    rows = [line for line in tables.splitlines() if line.startswith("| `")]
    assert len(ROWS) == len(rows) > 75
    assert len({r[0] for r in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[r[0] for r in ROWS])
def test_row(row: tuple[str, str, str, str]) -> None:
    """The object exists and is found by the kernel's name: its own, or in its docstring."""
    name, module, path, sections = row
    found = resolve(module, path)
    text = f"{found.__name__} {inspect.getdoc(found) or ''} "
    text += inspect.getdoc(inspect.getmodule(found)) or ""
    assert re.search(rf"\b{re.escape(name)}\b", text), f"{module}:{path} does not name {name}"
    assert {s.strip() for s in sections.split(",")} <= SECTIONS


def test_no_ktls_function_is_missing() -> None:
    """Every function called ktls_* or mlx5e_* under sw_model has a row."""
    found = set()
    for file in (ROOT / "sw_model").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"^ *def ((?:ktls|mlx5e)_\w+)\(", source, re.MULTILINE))
    own = {"ktls_ocf_nonce", "ktls_ocf_aad", "ktls_requeue", "ktls_decrypt_end", "ktls_alloc_leaf"}
    assert found - own <= {r[0] for r in ROWS}
    assert own <= found  # parts of kernel functions, under names of our own


def test_every_switch_is_listed() -> None:
    listed = set(re.findall(r"`Bugs\.(\w+)`", TEXT))
    assert {f.name for f in fields(Bugs)} == listed
    for kind in (DriverFaults, NicFaults, NicModes):
        for name in re.findall(rf"`{kind.__name__}\.(\w+)`", TEXT):
            assert name in {f.name for f in fields(kind)}


def test_every_bug_has_a_row() -> None:
    bugs = TEXT.split("## Known bugs")[1].split("## Choices")[0]
    numbers = {int(n) for n in re.findall(r"^\| (\d+) \|", bugs, re.MULTILINE)}
    assert numbers == {1, 2, 3, 4, 5, 6, 7, 8, 13, 14, 15, 16, 17}


def test_the_choices_it_points_to_are_there() -> None:
    line = next(line for line in TEXT.splitlines() if "testplan.md#choices" in line)
    plan = text_of("testplan.md")
    numbers = re.search(r"\(([\d, ]+)\)", line)
    assert numbers is not None
    for number in numbers[1].split(", "):
        assert f'<a id="{number}">' in plan
