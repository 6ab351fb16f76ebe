# SPDX-License-Identifier: BSD-2-Clause
"""A gate netlist (JSON of Yosys), stepped cycle by cycle with polynomials for values.

Nothing is assumed of a register before its first load: its value is None and stays None through
every gate whose output depends on it. So a result without None is the exact function of the
operands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.formal.poly import Poly, Space, gates

Bit = int | str
Vector = Sequence[Poly]

# Cells that carry no logic.
EMPTY = {"$scopeinfo", "$print", "$check", "$meminit"}
CONSTANTS: dict[Bit, Poly] = {"0": 0, "1": 1, "x": None, "z": None}


@dataclass(frozen=True, slots=True)
class Gate:
    kind: str
    inputs: tuple[Bit, ...]
    output: int


@dataclass(slots=True)
class Netlist:
    """One flat module: gates in the order of evaluation, registers, ports."""

    inputs: dict[str, list[Bit]] = field(default_factory=dict)
    outputs: dict[str, list[Bit]] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    registers: list[tuple[Bit, int]] = field(default_factory=list)  # D, Q


def parse(document: Mapping[str, Any], top: str) -> Netlist:
    """Netlist of the module `top` in what write_json wrote."""
    module = document["modules"][top]
    netlist = Netlist()
    for name, port in module["ports"].items():
        target = netlist.inputs if port["direction"] == "input" else netlist.outputs
        target[name] = port["bits"]
    loose: list[Gate] = []
    known = gates(Space(0))
    for name, cell in module["cells"].items():
        kind, pins = cell["type"], cell["connections"]
        if kind in EMPTY:
            continue
        if kind == "$_DFF_P_":
            netlist.registers.append((pins["D"][0], pins["Q"][0]))
        elif kind in known:
            ins = tuple(pins[pin][0] for pin in sorted(pins) if pin != "Y")
            loose.append(Gate(kind, ins, pins["Y"][0]))
        else:
            raise ValueError(f"{top}: cell {name} of the unknown kind {kind}")
    sources = {bit for bits in netlist.inputs.values() for bit in bits}
    sources |= {q for _, q in netlist.registers}
    netlist.gates = list(_ordered(loose, sources))
    return netlist


def _ordered(loose: list[Gate], sources: set[Bit]) -> Iterator[Gate]:
    """Every gate behind the gates that drive it."""
    users: dict[Bit, list[Gate]] = {}
    missing: dict[int, int] = {}
    ready: list[Gate] = []
    for gate in loose:
        nets = {b for b in gate.inputs if isinstance(b, int) and b not in sources}
        missing[gate.output] = len(nets)
        for net in nets:
            users.setdefault(net, []).append(gate)
        if not nets:
            ready.append(gate)
    done = 0
    while ready:
        gate = ready.pop()
        done += 1
        yield gate
        for user in users.get(gate.output, ()):
            missing[user.output] -= 1
            if missing[user.output] == 0:
                ready.append(user)
    if done != len(loose):
        raise ValueError(f"{len(loose) - done} gates form a loop or have no driver")


class Simulation:
    """Values of all nets; `step` settles the gates, gives the outputs, then clocks."""

    def __init__(self, netlist: Netlist, space: Space) -> None:
        self.netlist = netlist
        self._rule = gates(space)
        self._state: dict[Bit, Poly] = {q: None for _, q in netlist.registers}

    def step(self, inputs: Mapping[str, Vector]) -> dict[str, list[Poly]]:
        """One clock cycle; an input port that is not named has no known value."""
        nets: dict[Bit, Poly] = {**CONSTANTS, **self._state}
        for name, bits in self.netlist.inputs.items():
            values = inputs.get(name, [None] * len(bits))
            nets.update(zip(bits, values, strict=True))
        rule = self._rule
        for gate in self.netlist.gates:
            nets[gate.output] = rule[gate.kind](*[nets[bit] for bit in gate.inputs])
        self._state = {q: nets[d] for d, q in self.netlist.registers}
        return {name: [nets[bit] for bit in bits] for name, bits in self.netlist.outputs.items()}
