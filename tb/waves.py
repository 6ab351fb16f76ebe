# SPDX-License-Identifier: BSD-2-Clause
"""A GTKWave layout that fits a wave file: the engine's stages in groups, states by name.

The signals come from the wave file and the structure from the HDL sources, so the layout follows
both and names nothing that is not in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from vcd.gtkw import GTKWSave

from tb.fst import Signal, read_signals
from tb.hdl_names import Enum, Module, read_modules
from tb.sources import hdl_files

# Modules in the order of a packet's way, with the title of their group.
STAGES: dict[str, str] = {
    "tls_rx_top": "engine",
    "pkt_parse": "parse",
    "flow_lookup": "lookup",
    "rx_track": "track",
    "gcm_core": "crypto",
    "ks_align": "align",
    "pkt_hold": "hold",
    "cmd_unit": "commands",
    "csr_unit": "registers",
}


class Layout:
    """Signals of a wave file, sorted into the modules they belong to."""

    def __init__(self, signals: Iterable[Signal], modules: dict[str, Module], top: str) -> None:
        self.modules = modules
        self.top = top
        self.by_scope: dict[str, list[Signal]] = {}
        for signal in signals:
            self.by_scope.setdefault(signal.scope, []).append(signal)
        self.module_of = {scope: self._module(scope) for scope in self.by_scope}

    def _module(self, scope: str) -> str | None:
        """Module of a scope: follow the instance names down from the top.

        A step that is no instance is a generate block or a struct and belongs to its parent.
        """
        steps = scope.split(".")
        if self.top not in steps:
            return None
        module = self.top
        for step in steps[steps.index(self.top) + 1 :]:
            known = self.modules.get(module)
            module = known.instances.get(step, module) if known else module
        return module

    def ports(self, scope: str) -> list[Signal]:
        """Ports of the module at a scope, in the order of its header."""
        module = self.modules.get(self.module_of[scope] or "")
        by_word = {signal.word: signal for signal in self.by_scope[scope]}
        found: list[Signal] = []
        for port in module.ports if module else ():
            if port in by_word:
                found.append(by_word[port])
            else:  # Verilator writes a struct as a scope of its members
                found += self.by_scope.get(f"{scope}.{port}", [])
        return found

    def enums(self, scope: str) -> list[tuple[Signal, Enum]]:
        """Signals of a scope whose type is an enumeration; next states (`_d`) only add noise."""
        module = self.modules.get(self.module_of[scope] or "")
        types = module.enum_signals if module else {}
        shown = [s for s in self.by_scope[scope] if not s.word.endswith("_d")]
        return [(s, types[s.word]) for s in shown if s.word in types]

    def scopes(self, module: str) -> list[str]:
        """Scopes where a module itself sits (not the blocks inside it)."""
        here = sorted(scope for scope, name in self.module_of.items() if name == module)
        return [s for s in here if self.module_of.get(s.rpartition(".")[0]) != module]


def write_layout(waves: Path, top: str, extra_sources: Iterable[Path] = ()) -> Path:
    """Write `<waves>.gtkw` and its translate files beside a wave file; give the layout's path."""
    modules = read_modules([*hdl_files(), *extra_sources])
    layout = Layout(read_signals(waves), modules, top)
    target = waves.with_suffix(".gtkw")
    with target.open("w") as stream:
        save = GTKWSave(stream)
        save.dumpfile(str(waves.resolve()))
        save.savefile(str(target.resolve()))
        save.zoom_markers(-24.0)
        for title, scope in _groups(layout):
            _write_group(save, layout, title, scope, waves.parent)
    return target


def _groups(layout: Layout) -> Iterator[tuple[str, str]]:
    """Titles and scopes: the top first, then each stage that is in the file."""
    for scope in layout.scopes(layout.top):
        yield layout.top, scope
    for module, title in STAGES.items():
        if module == layout.top:
            continue
        scopes = layout.scopes(module)
        for scope in scopes:
            yield title if len(scopes) == 1 else f"{title} {scope.rpartition('.')[2]}", scope


def _states(layout: Layout, scope: str) -> Iterator[tuple[Signal, Enum]]:
    """Enumerations of a stage, and the registered ones of the modules inside it."""
    yield from layout.enums(scope)
    stages = [s for module in STAGES for s in layout.scopes(module) if s.startswith(f"{scope}.")]
    for below in layout.by_scope:
        inside = below.startswith(scope + ".")
        if inside and not any(f"{below}.".startswith(f"{stage}.") for stage in stages):
            yield from (pair for pair in layout.enums(below) if pair[0].word.endswith("_q"))


def _write_group(save: GTKWSave, layout: Layout, title: str, scope: str, folder: Path) -> None:
    """One group: ports, then states by name."""
    states = list(_states(layout, scope))
    if not states and not layout.ports(scope):
        return
    named = {signal.path: enum for signal, enum in states}
    with save.group(title, closed=title not in (layout.top, "engine")):
        for signal in layout.ports(scope):
            if signal.path not in named:
                save.trace(signal.path, datafmt="hex" if signal.bits > 1 else "bin")
        for signal, enum in states:
            table = _translate_file(enum, folder / "enums")
            alias = f"{signal.scope.removeprefix(scope).strip('.')} {signal.word}".strip()
            save.trace(
                signal.path, alias=alias, datafmt="bin", translate_filter_file=str(table.resolve())
            )


def _translate_file(enum: Enum, folder: Path) -> Path:
    """Value-to-name table of an enumeration in GTKWave's format.

    Its name holds the first labels, as two modules may use one type name for their own states.
    """
    lines = [f"{value:0{enum.bits}b} {label}" for value, label in sorted(enum.labels.items())]
    words = re.sub(r"\W+", "", "".join(label for label in enum.labels.values()))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{enum.name}-{words[:24]}.txt"
    path.write_text("\n".join(lines) + "\n")
    return path
