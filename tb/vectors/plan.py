# SPDX-License-Identifier: BSD-2-Clause
"""How the record of a row travels: what follows it, and how the stream is cut into segments.

Everything follows from the seed and the row's place in its file.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from sw_model.crypto.gcm import seal_record
from sw_model.rng import stream
from sw_model.wire.tls import APPLICATION_DATA
from tb.vectors.rows import MAX_SEQ, RecordRow

SEGMENTS = (32, 120, 536, 1448, 8948)  # sizes in use on wires, and smaller than any record
TINY = 100  # streams up to this length may be cut to single bytes
MAX_PIECES = 64


@dataclass(frozen=True, slots=True)
class RecordPlan:
    """``wire`` is the record and, perhaps, a good record behind it with ``follower`` as payload."""

    wire: bytes
    follower: bytes | None
    bounds: list[tuple[int, int]]  # stream bytes of each segment
    first_seq: int  # TCP sequence number of stream byte 0
    family: int
    pad: bool  # short frames are padded to 60 bytes


def plan_record(row: RecordRow, number: int, seed: int) -> RecordPlan:
    """The plan of the ``number``-th row."""
    rng = stream(seed, f"vectors/{number}")
    wire, follower = row.record, None
    if row.seq < MAX_SEQ and rng.random() < 0.5:
        follower = rng.randbytes(rng.randrange(1, 100))
        wire += seal_record(row.keys, row.seq + 1, APPLICATION_DATA, follower)
    first_seq = rng.getrandbits(32)
    if rng.random() < 0.25:  # the numbers wrap inside the stream
        first_seq = -rng.randrange(1, len(wire) + 1) & 0xFFFF_FFFF
    return RecordPlan(
        wire, follower, _cut(len(row.record), len(wire), rng), first_seq,
        rng.choice((4, 6)), rng.random() < 0.5,
    )  # fmt: skip


def _cut(record: int, size: int, rng: Random) -> list[tuple[int, int]]:
    """Random places, with a liking for the bytes of header and tag and for the record's end."""
    if size <= TINY and rng.random() < 0.1:
        cuts = set(range(1, size))
    else:
        cuts = {rng.randrange(1, size + 1) for _ in range(rng.choice((0, 1, 1, 2, 3, 5, 9)))}
        edges = [*range(1, 15), *range(record - 18, record + 3)]
        cuts |= {rng.choice(edges) for _ in range(rng.choice((0, 0, 1, 2, 3)))}
    most = max(rng.choice(SEGMENTS), -(-size // MAX_PIECES))
    bounds: list[tuple[int, int]] = []
    for start, end in pairwise([0, *sorted(x for x in cuts if 0 < x < size), size]):
        bounds += [(at, min(at + most, end)) for at in range(start, end, most)]
    return bounds
