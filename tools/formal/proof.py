# SPDX-License-Identifier: BSD-2-Clause
"""What a proof is and what its run gives: the words that the parts of `make formal` share."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tb.sources import FORMAL, ROOT, resolve

OUT = ROOT / "out" / "formal"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug seeded in a copy of one source: `old`, which is there exactly once, becomes `new`."""

    what: str
    module: str
    old: str
    new: str


@dataclass(slots=True)
class Outcome:
    """One row of the table."""

    name: str
    holds: str  # the property in words
    engine: str
    method: str  # induction, depth, ...
    passed: bool = False
    reached: dict[str, bool] = field(default_factory=dict)  # covers
    mutant: str = ""
    caught: bool = False
    caught_by: str = ""  # the assert that the seeded bug violates
    seconds: float = 0.0
    note: str = ""  # what went wrong

    @property
    def good(self) -> bool:
        return self.passed and self.caught and bool(self.reached) and all(self.reached.values())


def sources(top: str, folder: Path, mutant: Mutant | None = None) -> list[Path]:
    """Files of `top` in order of compilation, copied to `folder`; with the bug, if one is given."""
    folder.mkdir(parents=True, exist_ok=True)
    copies = []
    for path in resolve(top, FORMAL.glob("*.sv")):
        copy = folder / path.name
        shutil.copyfile(path, copy)
        if mutant is not None and path.stem == mutant.module:
            copy.write_text(mutated(path.read_text(), mutant))
        copies.append(copy)
    return copies


def mutated(text: str, mutant: Mutant) -> str:
    """The source with the bug; refuses when the place is not found exactly once."""
    if text.count(mutant.old) != 1:
        found = text.count(mutant.old)
        raise LookupError(f"{mutant.module}: {mutant.old!r} is there {found} times, not once")
    return text.replace(mutant.old, mutant.new)


def relative(paths: Sequence[Path]) -> str:
    """Paths as Yosys in its sandbox takes them: below the repository root."""
    return " ".join(str(path.relative_to(ROOT)) for path in paths)
