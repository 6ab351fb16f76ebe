# SPDX-License-Identifier: BSD-2-Clause
"""Exact polynomials over GF(2) in the bits of two operands.

What is linear in each operand is one integer: bit 0 is the constant, then a bit for each bit of
operand a, for each bit of operand b, and for each product a[i] * b[j]. Everything else (a decoder
inside a multiplexer, say) is a set of monomials, each the integer of its variables. Both forms are
canonical and no function has both: two polynomials are the same function if and only if they are
equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Monomials = frozenset[int]
Known = int | Monomials
# None stands for a value of which nothing is known (a register before its first load).
Poly = Known | None

# A circuit that is bilinear at its outputs has only small detours in between.
MOST_MONOMIALS = 1 << 12


class TooManyMonomialsError(ValueError):
    """The circuit is too far from one that is linear in each operand."""


@dataclass(frozen=True, slots=True)
class Space:
    """The polynomials in a_bits bits of one operand and b_bits bits of the other."""

    a_bits: int
    b_bits: int = 0

    def a(self, index: int) -> int:
        return 1 << (1 + index)

    def b(self, index: int) -> int:
        return 1 << (1 + self.a_bits + index)

    def product(self, i: int, j: int) -> int:
        """The monomial a[i] * b[j]."""
        return 1 << (1 + self.a_bits + self.b_bits + i * self.b_bits + j)

    # ---- Arithmetic ------------------------------------------------------------------------------

    def add(self, left: Poly, right: Poly) -> Poly:
        if left is None or right is None:
            return None
        if isinstance(left, int) and isinstance(right, int):
            return left ^ right
        return self._packed(self._monomials(left) ^ self._monomials(right))

    def multiply(self, left: Poly, right: Poly) -> Poly:
        if left == 0 or right == 0:
            return 0
        if left == 1 or left == right:
            return right
        if right == 1:
            return left
        if left is None or right is None:
            return None
        if isinstance(left, int) and isinstance(right, int):
            const_l, a_l, b_l, products_l = self._parts(left)
            const_r, a_r, b_r, products_r = self._parts(right)
            if not (products_l or products_r or (a_l and a_r) or (b_l and b_r)):
                total = self._outer(a_l, b_r) ^ self._outer(a_r, b_l)
                total ^= (right if const_l else 0) ^ (left if const_r else 0)
                return total ^ (const_l & const_r)
        return self._sparse_product(left, right)

    def choose(self, select: Poly, zero: Poly, one: Poly) -> Poly:
        """`one` where select is 1, else `zero`."""
        if select == 0 or (zero == one and zero is not None):
            return zero
        if select == 1:
            return one
        return self.add(zero, self.multiply(select, self.add(zero, one)))

    def evaluate(self, poly: int, a: int, b: int = 0) -> int:
        """Value of a polynomial that is linear in each operand."""
        monomials = 1 | a << 1 | b << (1 + self.a_bits) | self._outer(a, b)
        return (poly & monomials).bit_count() & 1

    # ---- Integers --------------------------------------------------------------------------------

    def _parts(self, poly: int) -> tuple[int, int, int, int]:
        """Constant, linear part in a, linear part in b, products."""
        linear = poly >> 1
        return (
            poly & 1,
            linear & ((1 << self.a_bits) - 1),
            (linear >> self.a_bits) & ((1 << self.b_bits) - 1),
            linear >> (self.a_bits + self.b_bits),
        )

    def _outer(self, in_a: int, in_b: int) -> int:
        products = 0
        for i in _ones(in_a):
            products ^= in_b << (i * self.b_bits)
        return products << (1 + self.a_bits + self.b_bits)

    # ---- Sets of monomials -----------------------------------------------------------------------

    def _monomials(self, poly: Known) -> Monomials:
        """The set form of any polynomial; a monomial has the variables' bits, a below b."""
        if not isinstance(poly, int):
            return poly
        const, _, _, products = self._parts(poly)
        linear = (poly >> 1) & ((1 << (self.a_bits + self.b_bits)) - 1)
        if poly.bit_count() > MOST_MONOMIALS:
            raise TooManyMonomialsError("a product of degree 3 or more of large sums")
        found = {1 << i for i in _ones(linear)} | ({0} if const else set())
        for place in _ones(products):
            i, j = divmod(place, self.b_bits)
            found.add(1 << i | 1 << (self.a_bits + j))
        return frozenset(found)

    def _packed(self, monomials: Iterable[int]) -> Known:
        """The integer form where there is one."""
        monomials = frozenset(monomials)
        in_a = (1 << self.a_bits) - 1
        poly = 0
        for monomial in monomials:
            a, b = monomial & in_a, monomial >> self.a_bits
            if a.bit_count() > 1 or b.bit_count() > 1:
                return monomials
            if a and b:
                poly |= self.product(a.bit_length() - 1, b.bit_length() - 1)
            else:
                poly |= monomial << 1 if monomial else 1
        return poly

    def _sparse_product(self, left: Known, right: Known) -> Known:
        ours, theirs = self._monomials(left), self._monomials(right)
        if len(ours) * len(theirs) > MOST_MONOMIALS:
            raise TooManyMonomialsError("a product of degree 3 or more of large sums")
        total: set[int] = set()
        for mine in ours:
            for other in theirs:
                total ^= {mine | other}
        return self._packed(total)


def _ones(mask: int) -> Iterable[int]:
    """Numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def gates(space: Space) -> dict[str, Callable[..., Poly]]:
    """What each cell of Yosys's gate library computes, by its inputs in alphabetical order."""
    plus, times = space.add, space.multiply

    def invert(a: Poly) -> Poly:
        return plus(a, 1)

    return {
        "$_BUF_": lambda a: a,
        "$_NOT_": invert,
        "$_AND_": times,
        "$_NAND_": lambda a, b: invert(times(a, b)),
        "$_OR_": lambda a, b: invert(times(invert(a), invert(b))),
        "$_NOR_": lambda a, b: times(invert(a), invert(b)),
        "$_XOR_": plus,
        "$_XNOR_": lambda a, b: invert(plus(a, b)),
        "$_ANDNOT_": lambda a, b: times(a, invert(b)),
        "$_ORNOT_": lambda a, b: invert(times(invert(a), b)),
        "$_MUX_": lambda a, b, s: space.choose(s, a, b),
    }
