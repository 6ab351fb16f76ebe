# SPDX-License-Identifier: BSD-2-Clause
"""The proofs of `make formal`, each with the bug that it must find."""

from __future__ import annotations

from tools.formal import field
from tools.formal.field import BLOCK, HASH_KEY, Algebra
from tools.formal.proof import Mutant
from tools.formal.sby import Proof

STREAM = (
    "no beat lost, made up, doubled or reordered; output stands while stalled; ready = not full"
)

LOST_SKID = Mutant(
    "skid beat dropped", "axis_register", "skid_valid_q ? skid_q : s_beat", "s_beat"
)  # fmt: skip
FULL_IS_EMPTY = Mutant(
    "full taken for empty",
    "sync_fifo",
    "(wr_ptr_q != rd_ptr_q)",
    "(wr_ptr_q[AddrW-1:0] != rd_ptr_q[AddrW-1:0])",
)

STREAMS = (
    Proof("axis_register", "axis_register_props", STREAM, LOST_SKID, 2, unbounded=True),
    *(
        Proof(
            f"sync_fifo_{depth}",
            "sync_fifo_props",
            f"{STREAM}; every word offered within a cycle or two (Depth {depth}, 8-bit words)",
            FULL_IS_EMPTY,
            2,
            unbounded=True,
            parameters={"Depth": depth},
            cover_depth=4 * depth + 8,
            mutant_depth=depth + 8,
        )
        for depth in (2, 4, 8)
    ),
)

FIELD = (
    Algebra(
        "gf128_product",
        "gf128_product",
        "the 255 bits of the carry-less product, for all operands",
        field.raw_product,
        (BLOCK, HASH_KEY, field.multiply_raw(BLOCK, HASH_KEY)),
        result="product_o",
    ),
    Algebra(
        "gf128_reduce",
        "gf128_reduce",
        "the remainder modulo x^128 + x^7 + x^2 + x + 1, for all products",
        field.remainder,
        (field.multiply_raw(BLOCK, HASH_KEY), 0, field.multiply(BLOCK, HASH_KEY)),
        operands=(("product_i", 255),),
        mutant=Mutant(
            "second fold forgets x^2",
            "gf128_reduce",
            "{over_fold, 114'd0}",
            "{over_fold ^ {2'd0, over, 5'd0}, 114'd0}",
        ),
    ),
    Algebra(
        "gf128_square",
        "gf128_square",
        "a squared in GF(2^128), for all a",
        field.square,
        (BLOCK, 0, field.multiply(BLOCK, BLOCK)),
        operands=(("a_i", 128),),
        mutant=Mutant("a bit misplaced", "gf128_square", "product[2*i]", "product[2*i + (i == 9)]"),
    ),
    Algebra(
        "gf128_mul",
        "gf128_mul",
        "a times b in GF(2^128) as in SP 800-38D, for all operands",
        field.product,
        (BLOCK, HASH_KEY, field.multiply(BLOCK, HASH_KEY)),
        mutant=Mutant("operand used twice", "gf128_mul", ".b_i       (b_i)", ".b_i       (a_i)"),
    ),
    Algebra(
        "gf128_serial",
        "gf128_serial",
        "the same, one bit a cycle from any state, ready when done_o says so",
        field.product,
        (BLOCK, HASH_KEY, field.multiply(BLOCK, HASH_KEY)),
        mutant=Mutant("one step too few", "gf128_serial", "8'd128;", "8'd127;"),
    ),
)

PROOFS: tuple[Proof | Algebra, ...] = (*STREAMS, *FIELD)
