# SPDX-License-Identifier: BSD-2-Clause
"""Names in the HDL sources that a wave viewer wants: ports, instances, enumerations.

A reader of our own style of SystemVerilog, not of the whole language: ANSI ports one a line or
separated by commas, named enum types, instances by module name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tb.sources import defined_units, strip_comments

_ENUM = re.compile(
    r"typedef\s+enum\s+logic\s*(?:\[\s*(\d+)\s*:\s*0\s*\])?\s*\{([^}]*)\}\s*(\w+)\s*;"
)
_DIRECTIONS = {"input", "output", "inout"}
_VALUE = re.compile(r"(?:\d+)?'([bdh])([0-9a-fA-F_]+)|(\d+)")


@dataclass(frozen=True, slots=True)
class Enum:
    """An enumeration: width in bits and label of each value."""

    name: str
    bits: int
    labels: dict[int, str]


@dataclass(frozen=True, slots=True)
class Module:
    """What a viewer layout needs to know of a module."""

    name: str
    ports: tuple[str, ...]
    instances: dict[str, str]  # instance name -> module name
    enum_signals: dict[str, Enum] = field(default_factory=dict)


def read_modules(files: Iterable[Path]) -> dict[str, Module]:
    """All modules of the files, with the enumerations of the packages among them."""
    texts = {path: strip_comments(path.read_text()) for path in files}
    known = {unit: path for path in texts for unit in defined_units(path)}
    shared = {
        enum.name: enum
        for path, text in texts.items()
        if path.stem.endswith("_pkg")
        for enum in enums(text)
    }
    found = {}
    for text in texts.values():
        for name, body in _bodies(text):
            types = shared | {enum.name: enum for enum in enums(body)}
            found[name] = Module(
                name, _ports(body), _instances(body, known), _enum_signals(body, types)
            )
    return found


def enums(text: str) -> list[Enum]:
    """Named enumerations of a text without comments."""
    found = []
    for high, body, name in _ENUM.findall(text):
        labels: dict[int, str] = {}
        value = -1
        for item in body.split(","):
            label, _, given = item.partition("=")
            value = _number(given) if given.strip() else value + 1
            if label.strip():
                labels[value] = label.strip()
        found.append(Enum(name, int(high or 0) + 1, labels))
    return found


def _number(text: str) -> int:
    match = _VALUE.search(text)
    if match is None:
        raise ValueError(f"enum value {text.strip()!r} is not a literal")
    if match[3]:
        return int(match[3])
    return int(match[2].replace("_", ""), {"b": 2, "d": 10, "h": 16}[match[1]])


def _bodies(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^[ \t]*module\s+(\w+)(.*?)\bendmodule\b", text, re.DOTALL | re.MULTILINE)


def _ports(body: str) -> tuple[str, ...]:
    """Names in the port list, in order; a list of names after one direction counts too."""
    names: list[str] = []
    listing = False
    for item in re.split(r"[,;]", re.sub(r"\[[^\]]*\]|\{[^}]*\}", " ", body.split(");")[0])):
        words = re.findall(r"[A-Za-z_]\w*", item)
        if _DIRECTIONS & set(words):
            listing = True
        if listing and words:
            names.append(words[-1])
    return tuple(names)


def _instances(body: str, known: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in re.finditer(r"\b([A-Za-z_]\w*)\b", body):
        if match[1] in set(known):
            at = _skip_parameters(body, match.end())
            instance = re.match(r"\s*([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)?\(", body[at : at + 200])
            if instance:
                found[instance[1]] = match[1]
    return found


def _skip_parameters(text: str, at: int) -> int:
    """Position behind `#( ... )`, if it stands at `at`."""
    match = re.match(r"\s*#\s*\(", text[at : at + 100])
    if match is None:
        return at
    depth, at = 1, at + match.end()
    while depth and at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at


def _enum_signals(body: str, types: dict[str, Enum]) -> dict[str, Enum]:
    found: dict[str, Enum] = {}
    for name, enum in types.items():
        for match in re.finditer(rf"\b{name}\s+([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)", body):
            names = set(re.findall(r"\w+", match[1])) - _DIRECTIONS
            found |= dict.fromkeys(sorted(names), enum)
    return found
