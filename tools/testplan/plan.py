# SPDX-License-Identifier: BSD-2-Clause
"""tests/testplan.yaml: read and checked; an error names the file, the place and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tools.errors import UserError

STAGES = ("kernel", "driver", "hardware", "loop", "linux", "property")
NICS = ("model", "rtl")
POINTS = 107


@dataclass(frozen=True, slots=True)
class Point:
    """One scenario. ``nics``: the NICs it must be shown with; ``tests``: pytest node ids, or what
    stands in front of ``[`` or ``::`` in them; ``choice``: where a decision is written down."""

    number: int
    title: str
    stage: str
    nics: tuple[str, ...]
    tests: tuple[str, ...]
    choice: str | None = None


def load(path: Path) -> list[Point]:
    """The points of a plan, in the order of their numbers."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give the path of a test plan") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {_one_line(error)}; correct the YAML") from None
    if not isinstance(document, dict) or not isinstance(document.get("points"), list):
        raise UserError(f"{path}: no list `points`; write `points:` and one entry for each point")
    points = [_point(path, at, entry) for at, entry in enumerate(document["points"], 1)]
    seen: set[int] = set()
    for point in points:
        if point.number in seen:
            raise UserError(f"{path}: point {point.number}: stands twice; remove one")
        seen.add(point.number)
    return sorted(points, key=lambda p: p.number)


def _one_line(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())


def _point(path: Path, at: int, entry: Any) -> Point:
    where = f"{path}: entry {at}"
    if not isinstance(entry, dict):
        raise UserError(f"{where}: not a mapping; write `point: <number>` and its fields")
    number = entry.get("point")
    if type(number) is not int or not 1 <= number <= POINTS:
        raise UserError(f"{where}: point {number!r}; give a number from 1 to {POINTS}")
    where = f"{path}: point {number}"
    unknown = set(entry) - {"point", "title", "stage", "nic", "tests", "choice"}
    if unknown:
        raise UserError(f"{where}: unknown field {sorted(map(str, unknown))[0]!r}; remove it")
    return Point(
        number=number,
        title=_text(where, entry, "title"),
        stage=_one_of(where, "stage", entry.get("stage"), STAGES),
        nics=tuple(_one_of(where, "nic", nic, NICS) for nic in _texts(where, entry, "nic")),
        tests=_texts(where, entry, "tests"),
        choice=_text(where, entry, "choice") if "choice" in entry else None,
    )


def _text(where: str, entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise UserError(f"{where}: {name} is missing or no text; write `{name}: ...`")
    return value


def _texts(where: str, entry: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = entry.get(name, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UserError(f"{where}: {name} is not a list of texts; write `{name}: [...]`")
    return tuple(value)


def _one_of(where: str, name: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise UserError(f"{where}: {name} {value!r}; choose one of {', '.join(known)}")
    return str(value)
