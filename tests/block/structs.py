# SPDX-License-Identifier: BSD-2-Clause
"""Packed structs of hdl/tls_rx_pkg.sv as tables of (field, bits), the most significant first."""

from __future__ import annotations

from tb.vectors.slots import FIELDS

Table = tuple[tuple[str, int], ...]

SLOT: Table = FIELDS
CTX_REQ: Table = (
    ("op", 2), ("ctx", 12), ("tls13", 1), ("key", 12), ("iv", 96), ("record_number", 64),
    ("resync_tcp_sn", 32), ("next_tcp_sn", 32),
)  # fmt: skip


def pack(table: Table, **values: int) -> int:
    """The word with these fields; what is not given is 0."""
    word = 0
    for name, width in table:
        value = int(values.pop(name, 0))
        assert 0 <= value < 1 << width, f"{name} = {value} has more than {width} bits"
        word = word << width | value
    assert not values, f"no such field: {', '.join(values)}"
    return word


def unpack(table: Table, word: int) -> dict[str, int]:
    """All fields of a word."""
    values = {}
    for name, width in reversed(table):
        values[name] = word & (1 << width) - 1
        word >>= width
    return values
