# SPDX-License-Identifier: BSD-2-Clause
"""Checks on the text of the project's files: licence line, ASCII, length, imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tb.sources import ROOT

LICENCE = "SPDX-License-Identifier: BSD-2-Clause"
LONGEST = 300

SOURCES = (".py", ".sv", ".svh", ".vlt", ".rdl", ".toml", ".h", ".f", ".yml", ".yaml", ".sh")
SOURCE_NAMES = ("Makefile", "requirements.txt", "run")
TEXTS = (*SOURCES, ".md", ".txt", ".json")
# Named by hand, as the folders hold only what the project wrote.
FOLDERS = ("hdl", "sw_model", "tb", "tests", "tools", "docs", ".ci")

# The models must run where no simulator is; nothing that ships may need a GPL library.
FORBIDDEN_IMPORTS = {
    "sw_model": {"cocotb", "cocotb_bus", "cocotbext", "cocotb_tools", "pyuvm", "tb", "scapy"},
    "tb": {"scapy"},
    "tools": {"scapy"},
}


def tracked_files() -> list[Path]:
    """Files under version control, or all files of the known folders outside a repository."""
    result = subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode == 0 and result.stdout:
        names = result.stdout.rstrip("\0").split("\0")
        return [ROOT / name for name in names if (ROOT / name).is_file()]
    top = [path for path in ROOT.iterdir() if path.is_file()]
    return sorted([*top, *(p for f in FOLDERS for p in (ROOT / f).rglob("*") if p.is_file())])


def _is_source(path: Path) -> bool:
    return path.suffix in SOURCES or path.name in SOURCE_NAMES


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def licence_problems() -> Iterator[str]:
    """Sources without the licence line at their top (a shebang or a banner may stand above)."""
    for path in tracked_files():
        if _is_source(path):
            head = path.read_text(errors="replace").splitlines()[:5]
            if head and not any(LICENCE in line for line in head):
                yield f"{_name(path)}:1: no line '{LICENCE}' at the top"


def ascii_problems() -> Iterator[str]:
    """Characters outside ASCII: they break tools and hide from readers."""
    for path in tracked_files():
        if _is_source(path) or path.suffix in TEXTS:
            data = path.read_bytes()
            if data.isascii():
                continue
            for number, line in enumerate(data.split(b"\n"), 1):
                if not line.isascii():
                    text = line.decode(errors="replace")
                    bad = next(char for char in text if not char.isascii())
                    yield f"{_name(path)}:{number}: character {bad!r} is not ASCII"


def long_files() -> Iterator[str]:
    """Sources above the length at which a file should be split (generated ones aside)."""
    for path in tracked_files():
        if path.suffix in (".py", ".sv"):
            lines = path.read_text(errors="replace").splitlines()
            generated = any("generated" in line.lower() for line in lines[:5])
            if len(lines) > LONGEST and not generated:
                yield f"{_name(path)}: {len(lines)} lines, more than {LONGEST}"


def import_problems() -> Iterator[str]:
    """Imports which the layers must not have."""
    for folder, forbidden in FORBIDDEN_IMPORTS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            for number, name in _imports(path):
                if name.split(".")[0] in forbidden:
                    yield f"{_name(path)}:{number}: {folder} must not import {name}"


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    try:
        tree = ast.parse(path.read_text())
    except SyntaxError:
        return  # ruff reports it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module
