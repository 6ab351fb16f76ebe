# SPDX-License-Identifier: BSD-2-Clause
"""Which HDL files a top module needs, packages first.

A build gets only the files its top reaches. So one broken file stops the modules that use it and
nothing else, and a build folder is reused when a file that it does not contain changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HDL = ROOT / "hdl"
FORMAL = HDL / "formal"  # properties, not part of the engine

_COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
_DEFINES = re.compile(r"^[ \t]*(?:module|package|interface)\s+(?:automatic\s+)?(\w+)", re.MULTILINE)
# `name #(` or `name instance (`: keywords match too, but are not in the index of units.
_INSTANCE = re.compile(r"\b([A-Za-z_]\w*)\s*(?:#\s*\(|\s[A-Za-z_]\w*\s*(?:\[[^\]]*\]\s*)?\()")
_PACKAGE = re.compile(r"\b([A-Za-z_]\w*)::")


def strip_comments(text: str) -> str:
    """Blank out comments and string literals of SystemVerilog text."""
    return _COMMENT.sub(" ", text)


def defined_units(path: Path) -> list[str]:
    """Names of the modules, interfaces and packages that a file defines."""
    return _DEFINES.findall(strip_comments(path.read_text()))


def hdl_files() -> list[Path]:
    """Every SystemVerilog file of the engine, in a stable order."""
    return sorted(path for path in HDL.rglob("*.sv") if path.parent != FORMAL)


def _index(files: Iterable[Path]) -> dict[str, Path]:
    return {unit: path for path in files for unit in defined_units(path)}


def _uses(path: Path, index: dict[str, Path]) -> Iterator[Path]:
    """Files that `path` needs, packages before modules."""
    text = strip_comments(path.read_text())
    for pattern in (_PACKAGE, _INSTANCE):
        for name in dict.fromkeys(pattern.findall(text)):
            target = index.get(name)
            if target is not None and target != path:
                yield target


def resolve(top: str, extra: Iterable[Path] = ()) -> list[Path]:
    """Files needed to elaborate `top`, every package before its users.

    `extra` files (bench code outside `hdl/`) take part in the search and are only included when
    they are reached.
    """
    index = _index([*hdl_files(), *extra])
    if top not in index:
        raise LookupError(f"no file under hdl/ defines the module {top!r}")
    modules: list[Path] = []
    packages: list[Path] = []
    seen: set[Path] = set()

    def visit(path: Path) -> None:
        if path in seen:
            return
        seen.add(path)
        for used in _uses(path, index):
            visit(used)
        (packages if path.stem.endswith("_pkg") else modules).append(path)

    visit(index[top])
    return packages + modules
