# SPDX-License-Identifier: BSD-2-Clause
"""What docs/kernel.md and docs/linux.md name, as objects."""

from __future__ import annotations

import importlib
from functools import reduce
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def text_of(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def resolve(module: str, path: str) -> Any:
    """The object ``path`` of ``sw_model.module``; of a property its function."""
    found = reduce(getattr, path.split("."), importlib.import_module(f"sw_model.{module}"))
    return found.fget if isinstance(found, property) else found
