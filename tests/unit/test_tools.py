# SPDX-License-Identifier: BSD-2-Clause
"""The command line, the doctor and the text checks."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tb.sources import ROOT
from tools import doctor, lint_text, machine
from tools.cli import main
from tools.errors import UserError
from tools.lint import run_lint
from tools.options import ByteCount


@pytest.mark.parametrize(("text", "value"), [("12", 12), ("300k", 307200), ("4M", 4194304)])
def test_byte_counts(text: str, value: int) -> None:
    assert ByteCount().convert(text, None, None) == value


@pytest.mark.parametrize("text", ["", "0", "k", "-3", "1.5M", "1T"])
def test_byte_counts_that_are_none(text: str) -> None:
    with pytest.raises(click.BadParameter):
        ByteCount().convert(text, None, None)


def test_user_errors_are_one_line_and_exit_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["replay", str(tmp_path / "absent.pcap")])
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert "absent.pcap" in result.output


def test_a_models_value_error_is_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.lint.run_lint", lambda only: int("a bug"))
    result = CliRunner().invoke(main, ["lint"])
    assert isinstance(result.exception, ValueError)


def test_unknown_check_is_refused() -> None:
    with pytest.raises(UserError, match="no such check"):
        run_lint(("spelling",))


def test_doctor_compares_versions() -> None:
    assert doctor.at_least("12.2.0", (11,))
    assert doctor.at_least("present", (11,))
    assert not doctor.at_least("9.4", (10,))
    assert not doctor.at_least("", ())


def test_doctor_is_ill_only_without_essentials() -> None:
    fine = doctor.Finding("a", "1", "any", True, True, "", "")
    extra = doctor.Finding("b", "", "any", False, False, "", "get b")
    lost = doctor.Finding("c", "", "any", False, True, "", "get c")
    assert doctor.healthy([fine, extra])
    assert not doctor.healthy([fine, lost])
    assert "get c" in doctor.as_text([fine, lost])
    assert json.loads(doctor.as_json([lost]))["ok"] is False


def test_pins_are_those_of_the_project_file() -> None:
    """What `make setup` installs; `make synth` and `make formal` install their own extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    later = {pin for name in ("synth", "formal") for pin in extras.pop(name)}
    declared = {*project["dependencies"], *(pin for pins in extras.values() for pin in pins)}
    locked = {f"{name}=={version}".lower() for name, version in doctor.pinned()}
    assert declared
    assert {pin.lower() for pin in declared} <= locked
    assert all("==" in pin for pin in later)


def test_install_command_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert machine.install_command(["a", "b"]) == "sudo apt-get install -y a b"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.setattr(lint_text, "ROOT", tmp_path)
    return tmp_path


def add(repository: Path, name: str, text: str) -> None:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    subprocess.run(["git", "add", "-f", name], cwd=repository, check=True)


def test_text_checks_find_what_they_are_for(repository: Path) -> None:
    licence = f"# {lint_text.LICENCE}\n"
    add(repository, "good.py", licence)
    add(repository, "empty.py", "")
    add(repository, "bare.py", "x = 1\n")
    add(repository, "dash.md", "a \u2013 b\n")
    add(repository, "long.py", licence + "x = 1\n" * 300)
    add(repository, "sw_model/bad.py", licence + "import cocotb.triggers\n")
    add(repository, "sw_model/fine.py", licence + "import json\n")
    assert [p.split(":")[0] for p in lint_text.licence_problems()] == ["bare.py"]
    assert [p.split(":")[:2] for p in lint_text.ascii_problems()] == [["dash.md", "1"]]
    assert [p.split(":")[0] for p in lint_text.long_files()] == ["long.py"]
    assert list(lint_text.import_problems()) == [
        "sw_model/bad.py:2: sw_model must not import cocotb.triggers"
    ]


def test_make_help_lists_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    listed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z-]+):", text, re.MULTILINE)
    assert targets
    for target in targets:
        assert re.search(rf"^  {target}\s", listed, re.MULTILINE), target


@pytest.mark.parametrize(
    "line", ["demo --loss 2", "demo --seed -5", "demo --bytes 0", "demo --nosuch", "replay", "no"]
)
def test_usage_errors_are_one_line(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main.main(line.split())
    assert stopped.value.code == 2
    text = capsys.readouterr().err
    assert text.startswith("Error: ")
    assert text.count("\n") == 1
    assert "--help" in text
