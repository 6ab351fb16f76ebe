# SPDX-License-Identifier: BSD-2-Clause
"""One flattened module of a Yosys JSON netlist as a graph of look-up tables between registers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.synth import cells as library

Bit = int | str  # a net number, or a constant "0", "1", "x"


@dataclass(slots=True)
class Node:
    """What drives one or more nets."""

    cell: str
    kind: str
    base: int  # level without any input: 0 of a register, 1 of a stored word read combinationally
    inputs: list[tuple[int, int]] = field(default_factory=list)  # net, levels it adds


@dataclass(frozen=True, slots=True)
class End:
    """Where paths end: an input of a register or memory, or a port of the module."""

    net: int
    name: str


class Netlist:
    """Nodes by the nets they drive, path ends, and names of nets as the RTL has them."""

    def __init__(self, module: dict[str, Any]) -> None:
        self._module = module
        self.cells: dict[str, dict[str, Any]] = {
            name: cell
            for name, cell in module["cells"].items()
            if cell["type"] not in library.IGNORED
        }
        self.names = _names(module)
        self.driver: dict[int, Node] = {}
        self.ends: list[End] = []
        for name, port in module["ports"].items():
            if port["direction"] == "input":
                self._drive(Node(name, "port", 0), port["bits"])
        carries = self._carry_outputs()
        for name, cell in self.cells.items():
            self._add(name, cell, carries)
        for name, port in module["ports"].items():
            if port["direction"] == "output":
                self.ends += [
                    End(bit, f"port {name}{_index(port, i)}") for i, bit in _nets(port["bits"])
                ]

    @staticmethod
    def load(path: Path, top: str) -> Netlist:
        return Netlist(json.loads(path.read_text())["modules"][top])

    def name_of(self, net: int, node: Node | None = None) -> str:
        """Name of a net in the RTL; of an unnamed one, the cell that drives it."""
        if net in self.names or node is None:
            return self.names.get(net, f"net {net}")
        return _source(node.cell, self.cells.get(node.cell, {}))

    def _drive(self, node: Node, bits: list[Bit]) -> None:
        for _, bit in _nets(bits):
            self.driver[bit] = node

    def _pins(self, cell: dict[str, Any], direction: str) -> Iterator[tuple[str, list[Bit]]]:
        for pin, way in cell["port_directions"].items():
            if way == direction and pin in cell["connections"]:
                yield pin, cell["connections"][pin]

    def _carry_outputs(self) -> set[int]:
        return {
            bit
            for cell in self.cells.values()
            if cell["type"] in library.CARRY
            for _, bit in _nets(cell["connections"].get("CO", []))
        }

    def _add(self, name: str, cell: dict[str, Any], carries: set[int]) -> None:
        kind = cell["type"]
        if not library.is_known(kind):
            raise ValueError(f"cell {kind} has no rule in tools/synth/cells.py")
        if library.is_sequential(kind):
            for _, bits in self._pins(cell, "output"):
                self._drive(Node(name, kind, 0), bits)
            self._end(name, cell, ())
        elif kind in library.DISTRIBUTED:
            self._add_distributed(name, cell)
        else:
            self._add_logic(name, cell, carries)

    def _add_logic(self, name: str, cell: dict[str, Any], carries: set[int]) -> None:
        kind = cell["type"]
        step = 0 if kind in library.FREE else 1
        node = Node(name, kind, 0)
        for pin, bits in self._pins(cell, "input"):
            for _, bit in _nets(bits):
                linked = kind in library.CARRY and pin == "CI" and bit in carries
                node.inputs.append((bit, 0 if linked else step))
        for _, bits in self._pins(cell, "output"):
            self._drive(node, bits)

    def _add_distributed(self, name: str, cell: dict[str, Any]) -> None:
        inputs = dict(self._pins(cell, "input"))
        for pin, bits in self._pins(cell, "output"):
            node = Node(name, cell["type"], 1)
            stem = library.read_address(cell["type"], pin)
            for address, nets in inputs.items():
                if stem and re.fullmatch(rf"{stem}\d*", address):
                    node.inputs += [(bit, 1) for _, bit in _nets(nets)]
            self._drive(node, bits)
        self._end(name, cell, library.read_only_pins(cell["type"]))

    def _end(self, name: str, cell: dict[str, Any], skip: tuple[str, ...]) -> None:
        """Inputs of a sequential cell; a register is named by its output, a memory by itself."""
        own = name
        if library.is_register(cell["type"]):
            q = cell["connections"].get("Q", [None])[0]
            known = self.names.get(q) if isinstance(q, int) else None
            own = known or _source(name, cell)
        for pin, bits in self._pins(cell, "input"):
            if pin in library.CLOCK_PINS or any(re.fullmatch(rf"{s}\d*", pin) for s in skip):
                continue
            label = _label(own, pin, cell["type"])
            for _, bit in _nets(bits):
                self.ends.append(End(bit, label))


def _label(own: str, pin: str, kind: str) -> str:
    """Register, register with pin, or memory with the kind of pin: one name for all its cells."""
    if library.is_register(kind):
        return own if pin == "D" else f"{own} {pin}"
    memory = re.sub(r"(\.\d+)+$", "", own)
    port = re.sub(r"^(DI|ADDR)[A-H]$", r"\1", pin)
    return f"{memory} {port}"


def _source(name: str, cell: dict[str, Any]) -> str:
    """For a cell that a tool made up: its place in the RTL. Memories keep the name they have."""
    made_up = "$" in name
    place = str(cell.get("attributes", {}).get("src", "")).split("|")[0].split("-")[0]
    path = name[: name.index("$")] if made_up else ""
    if not made_up:
        return name
    return f"{path}unnamed at {place}" if place else f"{path}unnamed"


def _nets(bits: list[Bit]) -> Iterator[tuple[int, int]]:
    for index, bit in enumerate(bits):
        if isinstance(bit, int):
            yield index, bit


def _index(port: dict[str, Any], index: int) -> str:
    return f"[{index + port.get('offset', 0)}]" if len(port["bits"]) > 1 else ""


def _names(module: dict[str, Any]) -> dict[int, str]:
    """Of all names of a net the one where it is made: a register's own, deep in the hierarchy."""
    best: dict[int, tuple[tuple[bool, int, int], str]] = {}
    for name, entry in module["netnames"].items():
        if entry.get("hide_name"):
            continue
        rank = (name.endswith("_q"), name.count("."), -len(name))
        for index, bit in _nets(entry["bits"]):
            if bit not in best or rank > best[bit][0]:
                best[bit] = (rank, f"{name}{_index(entry, index)}")
    return {bit: name for bit, (_, name) in best.items()}
