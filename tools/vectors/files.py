# SPDX-License-Identifier: BSD-2-Clause
"""Vector files in, results out. What a user can get wrong ends here, in one line."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from tb.vectors.rows import Row, RowError, parse_row
from tools.errors import UserError


def load(path: Path) -> list[Row]:
    """All rows of a file; UserError names file, row, field and remedy."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; give a readable vector file") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is not UTF-8; give a JSON file") from None
    try:
        values = json.loads(text)
    except ValueError as error:
        raise UserError(f"{path}: not JSON: {error}; correct it there") from None
    except RecursionError:
        raise UserError(f"{path}: nested too deeply; give a flat list of objects") from None
    if not isinstance(values, list):
        raise UserError(f"{path}: not a list; a vector file is a list of objects: [{{...}}, ...]")
    if not values:
        raise UserError(f"{path}: the list is empty; give at least one row")
    return [_row(path, index, value) for index, value in enumerate(values)]


def _row(path: Path, index: int, value: Any) -> Row:
    try:
        return parse_row(value)
    except RowError as error:
        name = value.get("id") if isinstance(value, dict) else None
        called = f" (id {str(name)[:60]!r})" if isinstance(name, str | int) else ""
        raise UserError(f"{path}: row {index}{called}: {error}") from None


def require_writable(path: Path) -> None:
    """Before anything runs: could the results be written there?"""
    folder = path.parent
    if path.is_dir() or not folder.is_dir():
        raise UserError(f"--json {path}: no such folder, or a folder itself; name a file")
    if not os.access(folder, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise UserError(f"--json {path}: not writable; name another file")


def write_whole(path: Path, value: Any) -> None:
    """The file is there completely or not at all."""
    text = json.dumps(value, indent=1) + "\n"
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        file.write(text)
    partial = Path(file.name)
    partial.chmod(0o644)
    partial.replace(path)
