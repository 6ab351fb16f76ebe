# SPDX-License-Identifier: BSD-2-Clause
"""Generated register files are up to date, and a stale one is noticed."""

from pathlib import Path

import pytest

from tools import regs


def test_generated_files_are_up_to_date() -> None:
    assert list(regs.stale_files()) == []


def test_a_stale_file_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stale = tmp_path / "csr.py"
    stale.write_text(regs.PYTHON.read_text() + "# edited\n")
    monkeypatch.setattr(regs, "ROOT", tmp_path)
    monkeypatch.setattr(regs, "outputs", lambda: {stale: regs.PYTHON.read_text()})
    assert list(regs.stale_files()) == [Path("csr.py")]
    assert regs.run_regs(check=True) == 1
    assert regs.run_regs(check=False) == 0
    assert list(regs.stale_files()) == []


def test_registers_do_not_overlap() -> None:
    found = regs.registers(regs.elaborate())
    addresses = [register.address for register in found]
    assert len(set(addresses)) == len(addresses)
    assert all(address % 4 == 0 and address < 1 << regs.ADDR_WIDTH for address in addresses)
