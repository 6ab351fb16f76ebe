# SPDX-License-Identifier: BSD-2-Clause
"""The algebra behind `make formal`: polynomials, netlists, and the specification of GCM's field."""

import itertools
from collections.abc import Callable

import pytest

from sw_model.rng import stream
from tools.formal import field
from tools.formal.field import Algebra, result_of, with_lost_term
from tools.formal.netlist import Netlist, Simulation, parse
from tools.formal.poly import Known, Space, TooManyMonomialsError, gates

# McGrew and Viega, The Galois/Counter Mode of Operation, test case 2: X1.
PRODUCT = 0x5E2EC746917062882C85B0685353DEB7


def bits(value: int, width: int) -> list[int]:
    return [value >> place & 1 for place in range(width)]


def value_of(space: Space, poly: Known, a: int, b: int) -> int:
    """Evaluate either form of a polynomial, monomial by monomial."""
    variables = a | b << space.a_bits
    monomials = space._monomials(poly)
    return sum(variables & monomial == monomial for monomial in monomials) & 1


def test_the_published_product() -> None:
    assert field.multiply(field.BLOCK, field.HASH_KEY) == PRODUCT


def test_the_specification_is_algorithm_1() -> None:
    space, rng = Space(128, 128), stream(1, "formal-field")
    polynomials = field.product(space)
    for _ in range(20):
        a, b = rng.getrandbits(128), rng.getrandbits(128)
        got = sum(space.evaluate(p, a, b) << i for i, p in enumerate(polynomials))
        assert got == field.multiply(a, b)


def test_square_and_remainder_agree_with_the_product() -> None:
    rng = stream(2, "formal-field")
    single, raw = Space(128), Space(255)
    for _ in range(20):
        a, b = rng.getrandbits(128), rng.getrandbits(128)
        squared = [single.evaluate(p, a) << i for i, p in enumerate(field.square(single))]
        assert sum(squared) == field.multiply(a, a)
        product = field.multiply_raw(a, b)
        reduced = [raw.evaluate(p, product) << i for i, p in enumerate(field.remainder(raw))]
        assert sum(reduced) == field.multiply(a, b)


@pytest.mark.parametrize("kind", sorted(gates(Space(0))))
def test_each_gate_computes_its_function(kind: str) -> None:
    """On all values of its inputs, each an operand bit: also sums, and products of one operand."""
    truth: dict[str, Callable[..., int]] = {
        "$_BUF_": lambda a: a,
        "$_NOT_": lambda a: 1 - a,
        "$_AND_": lambda a, b: a & b,
        "$_NAND_": lambda a, b: 1 - (a & b),
        "$_OR_": lambda a, b: a | b,
        "$_NOR_": lambda a, b: 1 - (a | b),
        "$_XOR_": lambda a, b: a ^ b,
        "$_XNOR_": lambda a, b: 1 - (a ^ b),
        "$_ANDNOT_": lambda a, b: a & (1 - b),
        "$_ORNOT_": lambda a, b: a | (1 - b),
        "$_MUX_": lambda a, b, s: b if s else a,
    }
    space = Space(2, 2)
    forms = [0, 1, space.a(0), space.a(1), space.b(1) ^ 1, space.a(0) ^ space.b(0)]
    count = truth[kind].__code__.co_argcount
    for chosen in itertools.product(forms, repeat=count):
        poly = gates(space)[kind](*chosen)
        assert poly is not None
        for a, b in itertools.product(range(4), repeat=2):
            inputs = [value_of(space, form, a, b) for form in chosen]
            assert value_of(space, poly, a, b) == truth[kind](*inputs)


def test_what_is_not_known_stays_so_until_it_does_not_matter() -> None:
    space = Space(1, 1)
    assert space.multiply(None, 0) == 0
    assert space.multiply(None, 1) is None
    assert space.multiply(None, None) is None
    assert space.add(None, 1) is None
    assert space.choose(None, space.a(0), space.a(0)) == space.a(0)
    assert space.choose(1, None, space.b(0)) == space.b(0)
    assert space.choose(space.a(0), None, 1) is None


def test_a_detour_of_high_degree_comes_back() -> None:
    space = Space(3, 1)
    a0, a1, b0 = space.a(0), space.a(1), space.b(0)
    deep = space.multiply(space.multiply(a0, a1), b0)
    assert isinstance(deep, frozenset)
    assert space.add(space.add(deep, a0), deep) == a0


def test_a_circuit_that_is_far_from_bilinear_is_refused() -> None:
    space = Space(128, 128)
    everything = sum(space.a(i) for i in range(128))
    with pytest.raises(TooManyMonomialsError):
        space.multiply(everything, everything ^ 1 ^ space.a(0))


# ---- A pipeline: r = a[0] * b[0] ^ a[1], a register before the sum -------------------------------

CELLS = {
    "and": {"type": "$_AND_", "connections": {"A": [2], "B": [4], "Y": [5]}},
    "reg": {"type": "$_DFF_P_", "connections": {"C": [9], "D": [5], "Q": [6]}},
    "late": {"type": "$_DFF_P_", "connections": {"C": [9], "D": [3], "Q": [7]}},
    "xor": {"type": "$_XOR_", "connections": {"A": [6], "B": [7], "Y": [8]}},
}
PORTS = {
    "a_i": {"direction": "input", "bits": [2, 3]},
    "b_i": {"direction": "input", "bits": [4]},
    "result_o": {"direction": "output", "bits": [8]},
}
SPACE = Space(2, 1)
WANTED = [SPACE.product(0, 0) ^ SPACE.a(1)]
PIPE = Algebra("pipe", "pipe", "", lambda space: WANTED, (0, 0, 0), (("a_i", 2),), (("b_i", 1),))


def pipe(**changed: dict[str, object]) -> Netlist:
    return parse({"modules": {"pipe": {"ports": PORTS, "cells": {**CELLS, **changed}}}}, "pipe")


def test_a_pipeline_gives_its_result_after_its_latency() -> None:
    assert result_of(PIPE, pipe()) == (WANTED, 1)


def test_a_pipeline_that_mixes_two_cycles_gives_no_result() -> None:
    straight = {"type": "$_BUF_", "connections": {"A": [3], "Y": [7]}}
    with pytest.raises(ValueError, match="no result"):
        result_of(PIPE, pipe(late=straight))


def test_a_lost_term_is_a_difference() -> None:
    got, _ = result_of(PIPE, with_lost_term(pipe(), "result_o"))
    assert got != WANTED


def test_a_loop_and_an_unknown_cell_are_refused() -> None:
    loop = {"type": "$_BUF_", "connections": {"A": [8], "Y": [4]}}
    with pytest.raises(ValueError, match="unknown kind"):
        pipe(late={"type": "$lut", "connections": {}})
    ports = {**PORTS, "b_i": {"direction": "input", "bits": [10]}}
    cells = {**CELLS, "loop": loop, "xor": {**CELLS["xor"]}, "reg": {
        "type": "$_BUF_", "connections": {"A": [5], "Y": [6]}}}  # fmt: skip
    with pytest.raises(ValueError, match="loop"):
        parse({"modules": {"pipe": {"ports": ports, "cells": cells}}}, "pipe")


def test_values_pass_through_a_simulation() -> None:
    simulation = Simulation(pipe(), SPACE)
    for a, b in itertools.product(range(4), range(2)):
        simulation.step({"a_i": bits(a, 2), "b_i": [b]})
        assert simulation.step({})["result_o"] == [(a & b & 1) ^ a >> 1]
