# SPDX-License-Identifier: BSD-2-Clause
"""The elaborated design as text: equal modules found once, and cut into islands.

The front end makes a module of its own for each instance. Two whose texts differ in nothing but
the numbers of invented names are one module. An island is a module that is synthesised by itself,
with all below it that is no island flattened into it.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Collection
from dataclasses import dataclass

_INVENTED = re.compile(r"\$(\d+)")
_CELL = re.compile(r"^  cell (\\\S+) ", re.MULTILINE)
_MODULE = re.compile(r"^module (\\\S+)$", re.MULTILINE)
_PORT = re.compile(r"^  wire (?:width (\d+) )?(input|output) \d+ \\(\S+)$", re.MULTILINE)
_NUMBER = re.compile(r"\b(?:input|output) \d+ ")


@dataclass(frozen=True, slots=True)
class Module:
    """Text of one module in RTLIL, from its attributes to `end`."""

    kind: str  # \name$number, equal for equal modules
    text: str
    children: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name in the RTL."""
        return base(self.kind)


class Design:
    """Modules by kind, and the top's kind."""

    def __init__(self, rtlil: str, top: str) -> None:
        self._texts = dict(_modules(rtlil))
        self._kinds: dict[str, str] = {}
        self.modules: dict[str, Module] = {}
        self.top = self._canonical(f"\\{top}")

    def _canonical(self, name: str) -> str:
        """Kind of a module of the text; its children first."""
        if name in self._kinds:
            return self._kinds[name]
        text = self._texts[name]
        children = [child for child in _CELL.findall(text) if child in self._texts]
        kinds = {child: self._canonical(child) for child in dict.fromkeys(children)}
        text = _CELL.sub(lambda m: f"  cell {kinds[m[1]]} " if m[1] in kinds else m[0], text)
        text = _renumber(_sorted(_MODULE.sub("module @", text)))
        kind = f"\\{base(name)}$m{hashlib.sha256(text.encode()).hexdigest()[:10]}"
        text = text.replace("module @\n", f"module {kind}\n", 1)
        self.modules[kind] = Module(kind, text, tuple(kinds[child] for child in children))
        self._kinds[name] = kind
        return kind

    def islands(self, names: Collection[str], children: bool) -> list[str]:
        """Kinds that stand alone: the top, modules with one of the names, the top's children."""
        chosen = {self.top: None}
        for kind in (self.top, *self.modules):
            for child in self.modules[kind].children:
                if (children and kind == self.top) or base(child) in names:
                    chosen[child] = None
        reached = self._reachable()
        return [kind for kind in chosen if kind in reached]

    def _reachable(self) -> set[str]:
        seen: set[str] = set()
        stack = [self.top]
        while stack:
            kind = stack.pop()
            if kind not in seen:
                seen.add(kind)
                stack += self.modules[kind].children
        return seen

    def island_text(self, kind: str, islands: Collection[str]) -> str:
        """RTLIL of an island: its own modules in full, the islands below as empty boxes."""
        inside: dict[str, None] = {}
        boxes: dict[str, None] = {}
        stack = [kind]
        while stack:
            inside[(here := stack.pop())] = None
            for child in self.modules[here].children:
                if child in islands:
                    boxes[child] = None
                elif child not in inside:
                    stack.append(child)
        texts = [self.modules[k].text for k in sorted(inside)]
        return "".join([*texts, *(box(self.modules[k]) for k in sorted(boxes))])


def base(kind: str) -> str:
    """Name in the RTL of a module's kind or of the front end's name for it."""
    return kind.lstrip("\\").split("$")[0]


def _modules(rtlil: str) -> list[tuple[str, str]]:
    """(name, text) of each module; attributes above the keyword belong to it."""
    found: list[tuple[str, str]] = []
    lines: list[str] = []
    name = ""
    for line in rtlil.splitlines(keepends=True):
        if line.startswith(("#", "autoidx")):
            continue
        lines.append(line)
        if line.startswith("module "):
            name = line.split()[1]
        elif line == "end\n":
            found.append((name, "".join(lines).replace("attribute \\top 1\n", "")))
            lines = []
    return found


def _sorted(text: str) -> str:
    """Wires, cells and connections in an order that does not depend on invented numbers."""
    lines = text.splitlines(keepends=True)
    start = next(i for i, line in enumerate(lines) if line.startswith("module ")) + 1
    statements: list[str] = []
    part: list[str] = []
    inside = False  # a cell, which ends by its own line
    for line in lines[start:-1]:
        part.append(line)
        inside = inside or line.startswith("  cell ")
        if line.startswith("  attribute ") or (inside and line != "  end\n"):
            continue
        statements.append("".join(part))
        part, inside = [], False
    statements.sort(key=lambda statement: (not _declares(statement), _INVENTED.sub("$", statement)))
    return "".join([*lines[:start], *statements, *part, lines[-1]])


def _declares(statement: str) -> bool:
    return re.search(r"^  (?:wire|memory) ", statement, re.MULTILINE) is not None


def _renumber(text: str) -> str:
    """Numbers of invented names and of ports in order of appearance: equal modules, equal texts."""
    seen: dict[str, str] = {}
    text = _INVENTED.sub(lambda m: f"${seen.setdefault(m[1], str(len(seen)))}", text)
    count = itertools.count(1)
    return _PORT.sub(lambda m: _NUMBER.sub(f"{m[2]} {next(count)} ", m[0]), text)


def has_memory(text: str) -> bool:
    return re.search(r"^  memory |^  cell \$mem", text, re.MULTILINE) is not None


def box(module: Module) -> str:
    """Ports only."""
    lines = "".join(f"{match[0]}\n" for match in _PORT.finditer(module.text))
    return f"attribute \\blackbox 1\nmodule {module.kind}\n{lines}end\n"


def ports(module: Module) -> list[tuple[str, str, int]]:
    """(name, direction, width) of each port."""
    return [(m[3], m[2], int(m[1] or 1)) for m in _PORT.finditer(module.text)]
