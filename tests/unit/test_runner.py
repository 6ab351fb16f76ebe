# SPDX-License-Identifier: BSD-2-Clause
"""The runner's decisions that need no simulator: sources, build keys, verdicts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tb import objcache, runner, sources
from tb.build import BuildSpec
from tb.simulators import clean_environment


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small `hdl/` folder of four files."""
    (tmp_path / "a_pkg.sv").write_text("package a_pkg; localparam int N = 1; endpackage")
    (tmp_path / "b_pkg.sv").write_text("package b_pkg; import a_pkg::*; endpackage")
    (tmp_path / "leaf.sv").write_text("module leaf import b_pkg::*; (input wire x); endmodule")
    (tmp_path / "top.sv").write_text(
        "module top; // stranger u_no (.x(1));\n leaf #(.N(3)) u_leaf (.x(1'b0)); endmodule"
    )
    (tmp_path / "stranger.sv").write_text("module stranger (input wire x); endmodule")
    monkeypatch.setattr(sources, "HDL", tmp_path)
    return tmp_path


def test_only_reached_files_and_packages_first(tree: Path) -> None:
    names = [path.name for path in sources.resolve("top")]
    assert names == ["a_pkg.sv", "b_pkg.sv", "leaf.sv", "top.sv"]


def test_unknown_top_is_named(tree: Path) -> None:
    with pytest.raises(LookupError, match="nowhere"):
        sources.resolve("nowhere")


def test_extra_sources_can_use_the_engine(tree: Path, tmp_path: Path) -> None:
    bench = tmp_path / "bench" / "bench.sv"
    bench.parent.mkdir()
    bench.write_text("module bench; leaf u_leaf (.x(1'b0)); endmodule")
    assert [p.name for p in sources.resolve("bench", [bench])][-2:] == ["leaf.sv", "bench.sv"]


def test_build_key_follows_content_not_time(tree: Path) -> None:
    path = tree / "top.sv"
    first = BuildSpec("top", "icarus", (path,), {"W": 1}).key()
    os.utime(path, (1, 1))
    assert BuildSpec("top", "icarus", (path,), {"W": 1}).key() == first
    assert BuildSpec("top", "icarus", (path,), {"W": 2}).key() != first
    assert BuildSpec("top", "icarus", (path,), {"W": 1}, waves=True).key() != first
    path.write_text(path.read_text() + "\n")
    assert BuildSpec("top", "icarus", (path,), {"W": 1}).key() != first


def test_control_file_with_public_signals_closes_the_rest(tmp_path: Path) -> None:
    control = tmp_path / "x.vlt"
    control.write_text("`verilator_config\nlint_off -rule WIDTH\n")
    assert BuildSpec("top", "verilator", (control,)).public_all
    control.write_text('`verilator_config\npublic_flat_rw -module "top" -var "clk"\n')
    assert not BuildSpec("top", "verilator", (control,)).public_all


CASE = '<testcase name="{name}" classname="t">{inside}</testcase>'


def results(folder: Path, *cases: str, failures: int = 0) -> Path:
    path = folder / "results.xml"
    path.write_text(
        f'<testsuites><testsuite tests="{len(cases)}" failures="{failures}" errors="0">'
        f"{''.join(cases)}</testsuite></testsuites>"
    )
    return path


def test_verdict_needs_tests_that_ran(tmp_path: Path) -> None:
    log = tmp_path / "sim.log"
    good = results(tmp_path, CASE.format(name="a", inside=""))
    assert runner._verdict(good, log, tmp_path, "").ok
    assert not runner._verdict(good, log, tmp_path, "vvp ended with return code 1").ok
    assert not runner._verdict(results(tmp_path), log, tmp_path, "").ok
    assert not runner._verdict(tmp_path / "none.xml", log, tmp_path, "").ok


def test_verdict_names_the_failed_test(tmp_path: Path) -> None:
    case = CASE.format(name="b", inside='<failure message="got 1, expected 2"/>')
    verdict = runner._verdict(results(tmp_path, case, failures=1), tmp_path / "l", tmp_path, "")
    assert not verdict.ok
    assert verdict.failures == ("b: got 1, expected 2",)


def test_foreign_settings_are_hidden_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVES", "1")
    monkeypatch.setenv("COCOTB_RANDOM_SEED", "7")
    with clean_environment():
        assert "WAVES" not in os.environ
        assert "COCOTB_RANDOM_SEED" not in os.environ
    assert os.environ["WAVES"] == "1"
    assert os.environ["COCOTB_RANDOM_SEED"] == "7"


def test_object_cache_keeps_only_the_runtime_library() -> None:
    tail = ["-c", "-o", "verilated.o", "/wheel/include/verilated.cpp"]
    key = objcache.object_key(["g++", "-Os", *tail], "g++ 12")
    assert key is not None
    assert objcache.object_key(["g++", "-O2", *tail], "g++ 12") != key
    assert objcache.object_key(["g++", "-Os", *tail], "g++ 13") != key
    assert objcache.object_key(["g++", "-include", "x.h", *tail], "g++ 12") is None
    assert objcache.object_key(["g++", "-c", "-o", "Vtop.o", "Vtop.cpp"], "g++ 12") is None
    assert objcache.object_key(["g++", "-o", "top", "verilated.o"], "g++ 12") is None
