# SPDX-License-Identifier: BSD-2-Clause
"""Logic levels: small netlists whose depth can be counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tools.synth.levels import CombinationalLoop, measure
from tools.synth.netlist import Netlist
from tools.synth.stitch import stitch

Cell = dict[str, Any]


def cell(kind: str, outputs: dict[str, list[Any]], inputs: dict[str, list[Any]]) -> Cell:
    ways = dict.fromkeys(inputs, "input") | dict.fromkeys(outputs, "output")
    return {"type": kind, "port_directions": ways, "connections": inputs | outputs}


def register(q: int, d: Any, **pins: Any) -> Cell:
    inputs = {"C": [1], "CE": ["1"], "R": ["0"], "D": [d]}
    return cell("FDRE", {"Q": [q]}, inputs | {pin: [net] for pin, net in pins.items()})


def lut(out: int, *ins: Any) -> Cell:
    return cell(f"LUT{len(ins)}", {"O": [out]}, {f"I{i}": [net] for i, net in enumerate(ins)})


def module(cells: dict[str, Cell], names: dict[str, list[Any]], **ports: Any) -> dict[str, Any]:
    return {
        "ports": {name: {"direction": way, "bits": bits} for name, (way, bits) in ports.items()},
        "cells": cells,
        "netnames": {name: {"hide_name": 0, "bits": bits} for name, bits in names.items()},
    }


def chain(length: int) -> dict[str, Any]:
    """a_q -> `length` tables -> b_q."""
    cells = {f"l{i}": lut(10 + i + 1, 10 + i, 10) for i in range(length)}
    cells |= {"a": register(10, 2), "b": register(3, 10 + length)}
    return module(cells, {"a_q": [10], "b_q": [3]}, clk=("input", [1]), d=("input", [2]))


@pytest.mark.parametrize("length", [0, 1, 2, 7, 3000])
def test_tables_between_registers_are_counted(length: int) -> None:
    depth = measure(Netlist(chain(length)))
    assert depth.longest == length
    assert depth.paths[0].cells == ("LUT2",) * length
    if length:
        assert (depth.paths[0].start, depth.paths[0].end) == ("a_q", "b_q")


def test_the_deepest_input_counts_and_inverters_are_free() -> None:
    cells = {
        "a": register(10, 2),
        "b": register(11, 2),
        "inv": cell("INV", {"O": [12]}, {"I": [10]}),
        "one": lut(13, 12, 11),
        "two": lut(14, 13, 10),
        "c": register(15, 14, CE=13, R=10),
    }
    names = {"a_q": [10], "b_q": [11], "c_q": [15]}
    depth = measure(Netlist(module(cells, names, clk=("input", [1]), d=("input", [2]))))
    assert depth.longest == 2
    assert depth.histogram == {0: 3, 1: 1, 2: 1}  # two D from the port and R; CE; D of c
    assert [(p.levels, p.end) for p in depth.paths[:2]] == [(2, "c_q"), (1, "c_q CE")]


def test_a_carry_chain_is_one_level_however_long() -> None:
    cells = {"a": register(10, 2), "l": lut(11, 10)}
    carry = "0"
    for i in range(4):
        inputs = {"S": [11], "DI": [10], "CI": [carry], "CYINIT": ["0"]}
        cells[f"c{i}"] = cell("CARRY8", {"CO": [20 + i], "O": [30 + i]}, inputs)
        carry = 20 + i
    cells |= {"m": lut(40, 33), "b": register(41, 40)}
    names = {"a_q": [10], "b_q": [41]}
    depth = measure(Netlist(module(cells, names, clk=("input", [1]), d=("input", [2]))))
    assert depth.longest == 3  # table, chain, table


def test_reading_distributed_memory_is_a_level_and_writing_is_an_end() -> None:
    inputs = {
        "ADDRA": [10], "ADDRH": [11], "DIA": [12], "WE": [13], "WCLK": [1],
    }  # fmt: skip
    cells = {
        "a": register(10, 2),
        "w": lut(11, 10),
        "x": lut(12, 11),
        "ram": cell("RAM64M8", {"DOA": [20]}, inputs),
        "b": register(21, 20),
    }
    names = {"a_q": [10], "b_q": [21]}
    depth = measure(Netlist(module(cells, names, clk=("input", [1]), d=("input", [2]))))
    found = {path.end: (path.levels, path.start) for path in depth.paths}
    assert found["b_q"] == (1, "a_q")
    assert found["ram ADDR"] == (1, "a_q")
    assert found["ram DI"] == (2, "a_q")
    assert "ram ADDRA" not in found


def test_a_stored_word_is_a_start() -> None:
    cells = {
        "ram": cell("RAM64M8", {"DOA": [20]}, {"ADDRA": ["0"], "WCLK": [1]}),
        "l": lut(21, 20),
        "b": register(22, 21),
    }
    depth = measure(Netlist(module(cells, {"b_q": [22]}, clk=("input", [1]))))
    assert (depth.paths[0].levels, depth.paths[0].start) == (2, "ram (stored word)")


def test_paths_go_from_and_to_ports_and_words_are_one_line() -> None:
    cells: dict[str, Cell] = {f"l{i}": lut(20 + i, 10 + i) for i in range(4)}
    given = module(cells, {}, a_i=("input", [10, 11, 12, 13]), b_o=("output", [20, 21, 22, 23]))
    given["netnames"]["a_i"] = {"hide_name": 0, "bits": [10, 11, 12, 13]}
    depth = measure(Netlist(given))
    assert len(depth.paths) == 1
    assert depth.paths[0].bits == 4
    assert depth.paths[0].start.startswith("port a_i[")
    assert depth.paths[0].end.startswith("port b_o[")


def test_a_loop_without_a_register_is_reported() -> None:
    cells = {"x": lut(10, 11), "y": lut(11, 10)}
    with pytest.raises(CombinationalLoop, match="loop"):
        measure(Netlist(module(cells, {})))


def test_paths_cross_the_boundaries_of_modules() -> None:
    """Two tables in a child, used twice, with one more in between: five levels."""
    child = module(
        {"one": lut(3, 2), "two": lut(4, 3)},
        {"inner": [3]},
        a=("input", [2]),
        z=("output", [4]),
    )
    box = {"a": "input", "z": "output"}
    cells = {
        "a": register(10, 2),
        "u1": {
            "type": "child",
            "port_directions": box,
            "connections": {"a": [10], "z": [11]},
        },
        "l": lut(12, 11),
        "u2": {
            "type": "child",
            "port_directions": box,
            "connections": {"a": [12], "z": [13]},
        },
        "b": register(14, 13),
    }
    top = module(cells, {"a_q": [10], "b_q": [14]}, clk=("input", [1]), d=("input", [2]))
    whole = stitch({"top": top, "child": child}, "top")
    depth = measure(Netlist(whole))
    assert depth.longest == 5
    assert depth.paths[0].via[0] == "u1.inner"


def test_a_constant_and_a_wire_through_a_child_cost_nothing() -> None:
    child = module({}, {}, a=("input", [2]), z=("output", [2]), one=("output", ["1"]))
    cells = {
        "a": register(10, 2),
        "u": {
            "type": "child",
            "port_directions": {"a": "input", "z": "output", "one": "output"},
            "connections": {"a": [10], "z": [11], "one": [12]},
        },
        "l": lut(13, 11, 12),
        "b": register(14, 13),
    }
    top = module(cells, {"a_q": [10], "b_q": [14]}, clk=("input", [1]), d=("input", [2]))
    whole = stitch({"top": top, "child": child}, "top")
    assert whole["cells"]["l"]["connections"]["I1"] == ["1"]
    depth = measure(Netlist(whole))
    assert (depth.longest, depth.paths[0].start) == (1, "a_q")
