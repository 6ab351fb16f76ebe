# SPDX-License-Identifier: BSD-2-Clause
"""docs/linux.md says where each kernel function is: everything it names exists."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

from sw_model.linux.bugs import Bugs
from tests.unit.doc_kit import ROOT, resolve, text_of

TEXT = text_of("linux.md")
ROW = re.compile(r"^\| `(\w+)` \| `([\w.]+):([\w.]+)` \| ([\db., ]+) \|$", re.MULTILINE)
ROWS = [m.groups() for m in ROW.finditer(TEXT)]
# Parts of kernel functions, and functions of ours in the manner of Linux.
OWN = {"tls_device_detach", "tls_dev_add", "tls_dev_del", "tls_dev_resync", "tls_rx_expect_no_pad"}


def test_all_rows_are_read() -> None:
    table = TEXT.split("## Functions")[1].split("## Known bugs")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(ROWS) == len(rows) > 55
    assert len({r[0] for r in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[r[0] for r in ROWS])
def test_row(row: tuple[str, str, str, str]) -> None:
    """The object exists and is found by the kernel's name: its own, or in its docstring."""
    name, module, path, _ = row
    found = resolve(module, path)
    text = f"{found.__name__} {found.__doc__ or ''}"
    assert re.search(rf"\b{name}\b", text), f"{module}:{path} does not name {name}"
    assert inspect.getdoc(inspect.getmodule(found))


def test_no_function_is_missing() -> None:
    """Every function called tls_* or tcp_* under sw_model/linux has a row."""
    found = set()
    for file in (ROOT / "sw_model" / "linux").glob("*.py"):
        source = file.read_text(encoding="utf-8")
        found |= set(re.findall(r"^ *def (tls_\w+)\(", source, re.MULTILINE))
    assert found - OWN <= {r[0] for r in ROWS}
    assert found >= OWN


def test_every_switch_is_listed_and_shown() -> None:
    """Each bug has a row, and a test that turns it on."""
    listed = re.findall(r"^\| `Bugs\.(\w+)` \|", TEXT, re.MULTILINE)
    assert sorted(listed) == sorted(f.name for f in fields(Bugs))
    tests = "".join(
        f.read_text(encoding="utf-8") for f in Path(__file__).parent.glob("test_linux_*.py")
    )
    for name in listed:
        assert re.search(rf"\b{name}=True|\"{name}\"", tests), f"no test turns {name} on"
