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
OVERWRITTEN = Mutant(
    "offered word overwritten", "sync_fifo", "&& (!rd_valid_q || rd_ready_i)", ""
)  # fmt: skip

STREAMS = (
    Proof("axis_register", "axis_register_props", STREAM, LOST_SKID, 2, unbounded=True),
    *(
        Proof(
            f"sync_fifo_{depth}",
            "sync_fifo_props",
            f"{STREAM}; every word offered within a cycle or two (Depth {depth}, 8-bit words)",
            OVERWRITTEN,
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
        "the 255 bits of a * b, carry-less, for all operands",
        field.raw_product,
        (BLOCK, HASH_KEY, field.multiply_raw(BLOCK, HASH_KEY)),
        result="product_o",
    ),
    Algebra(
        "gf128_words",
        "gf128_joined",
        "the 255 bits of (a + c) * b, carry-less, as GHASH's loop makes them, for all operands",
        field.raw_product,
        (
            BLOCK | HASH_KEY << 128,
            HASH_KEY,
            field.multiply_raw(BLOCK ^ HASH_KEY, HASH_KEY),
        ),
        a=(("a_i", 128), ("c_i", 128)),
        result="product_o",
    ),
    Algebra(
        "gf128_reduce",
        "gf128_reduce",
        "the remainder modulo x^128 + x^7 + x^2 + x + 1, for all products",
        field.remainder,
        (field.multiply_raw(BLOCK, HASH_KEY), 0, field.multiply(BLOCK, HASH_KEY)),
        a=(("product_i", 255),),
        b=(),
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
        b=(),
        mutant=Mutant("a bit misplaced", "gf128_square", "product[2*i]", "product[2*i + (i == 9)]"),
    ),
    Algebra(
        "gf128_mul",
        "gf128_mul",
        "a times b in GF(2^128) as in SP 800-38D, for all operands",
        field.product,
        (BLOCK, HASH_KEY, field.multiply(BLOCK, HASH_KEY)),
        mutant=Mutant(
            "a row one place too high",
            "gf128_columns",
            "{10'd0, rows[35:18], 3'd0}",
            "{9'd0, rows[35:18], 4'd0}",
        ),
    ),
    *(
        Algebra(
            f"gf128_serial_{digit}",
            "gf128_serial",
            f"the same, {digit} bit(s) a cycle from any state, ready when done_o says so",
            field.product,
            (BLOCK, HASH_KEY, field.multiply(BLOCK, HASH_KEY)),
            mutant=Mutant(
                "one step too few", "gf128_serial", "StepW'(Steps);", "StepW'(Steps - 1);"
            ),
            parameters=(("Digit", digit),),
        )
        for digit in (1, 16, 32, 64)
    ),
)

TRACKER = (
    Proof(
        "ctx_cmd",
        "ctx_cmd_props",
        "no command enters OFFLOAD; AUTHENTICATION only by SET_STATIC with the hw_resync_tcp_sn of "
        "the header now tracked; a stale confirmation changes nothing; each command as documented",
        Mutant(
            "the position is not compared",
            "ctx_cmd",
            "(req_i.resync_tcp_sn == chain.resync_sn)",
            "(req_i.resync_tcp_sn[30:0] == chain.resync_sn[30:0])",
        ),
        1,
        all_inputs=True,
    ),
    Proof(
        "seq_check",
        "seq_check_props",
        "OFFLOAD is entered only from START by a packet that covers `expected`, AUTHENTICATION by "
        "none; a gap that may hide a header ends in SEARCHING; each row of the table of packets",
        Mutant(
            "a gap in START is in order",
            "seq_check",
            "(hidden) begin",
            "(hidden && !starting) begin",
        ),
        1,
        all_inputs=True,
    ),
    Proof(
        "hdr_judge",
        "hdr_judge_props",
        "a header is judged at its fifth byte, by version, type, length and relock limit, and only "
        "in OFFLOAD or AUTHENTICATION does it make a whole record",
        Mutant(
            "one byte too long passes",
            "tls_rx_pkg",
            "Len13Max = 16'd16401",
            "Len13Max = 16'd16402",
        ),
        1,
        all_inputs=True,
    ),
    Proof(
        "auth_step",
        "auth_step_props",
        "AUTHENTICATION ends in OFFLOAD by a good verdict only, else in SEARCHING; the verdict is "
        "that of the context's own packet",
        Mutant(
            "a verdict is not seen while one is taken",
            "auth_step",
            "if (verdict_valid_i) last_ok_q",
            "if (verdict_valid_i && !ready_q) last_ok_q",
        ),
        1,
        unbounded=True,
    ),
)

RING = (
    Proof(
        "beat_ring",
        "beat_ring_props",
        "every byte that walk or cutter read is the one written, until its room is reused; "
        "no room is reused that is still needed (Depth 8)",
        Mutant(
            "the next beat's row",
            "beat_ring",
            "a_abs_i[k + 1] ^ (&a_abs_i[k:0])",
            "a_abs_i[k + 1] ^ a_abs_i[0]",
        ),
        1,
        unbounded=True,
        cover_depth=16,
        mutant_depth=16,
    ),
)
CONTROL = (
    Proof(
        "track_ctl",
        "track_ctl_props",
        "a flow is in OFFLOAD only by a packet that covers the boundary the driver named, or by a "
        "confirmation of the position in its row and a good verdict, and no longer than until "
        "tracking is lost; only then is a packet markable",
        Mutant(
            "markable though tracking was lost",
            "track_desc",
            "ks_q && !lost",
            "ks_q",
        ),
        1,
        unbounded=True,
        cover_depth=44,
        seconds=600,
        mutant_depth=28,
    ),
)
HOLD = (
    Proof(
        "pkt_hold",
        "pkt_hold_props",
        "frames leave in order and with their length; an unmarked frame is bit-exact, a marked one "
        "has its keystream over exactly its payload's beats, never a mix (three frames, one byte "
        "chosen by the solver)",
        Mutant(
            "beats counted on into the next frame",
            "pkt_hold",
            "idx_q <= head_last ? '0 : idx_q + 1'b1",
            "idx_q <= idx_q + 1'b1",
        ),
        1,
        unbounded=True,
        cover_depth=16,
        mutant_depth=16,
    ),
)

PROOFS: tuple[Proof | Algebra, ...] = (
    *STREAMS,
    *FIELD,
    *TRACKER,
    *CONTROL,
    *RING,
    *HOLD,
)
