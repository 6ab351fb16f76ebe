# SPDX-License-Identifier: BSD-2-Clause
"""The receiving half of peer/'s TCP: pieces in any order give the stream."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sw_model.peer.reassembly import Reassembly
from sw_model.wire.seq import SeqNum

ISS = SeqNum(0xFFFF_FF00)  # every stream wraps


@settings(max_examples=200)
@given(st.data())
def test_reassembly_delivers_each_byte_once(data: st.DataObject) -> None:
    """Any overlapping pieces that cover the stream give the stream; first copies win."""
    stream_bytes = bytes(range(200))
    r = Reassembly(ISS)
    out = bytearray()
    pieces = data.draw(st.lists(st.tuples(st.integers(0, 199), st.integers(1, 60)), max_size=40))
    for start, size in [*pieces, *((i, 10) for i in range(190, -1, -10))]:
        out += r.insert(ISS + start, stream_bytes[start : start + size], 1000)
        r.check()
        for left, right in r.sack_blocks():
            assert r.rcv_nxt < left < right
    assert bytes(out) == stream_bytes
    assert r.sack_blocks() == ()
    assert r.delivered == 200


def test_reassembly_window_sack_order_and_first_copy() -> None:
    r = Reassembly(ISS)
    assert r.insert(ISS + 10, b"b" * 5, 100) == b""
    assert r.insert(ISS + 30, b"d" * 5, 100) == b""
    assert r.insert(ISS + 20, b"c" * 5, 100) == b""
    assert [(a - ISS, b - ISS) for a, b in r.sack_blocks()] == [(20, 25), (30, 35), (10, 15)]
    assert r.insert(ISS + 98, b"xyz", 100) == b""
    assert r.sack_blocks()[0] == (ISS + 98, ISS + 100)
    assert r.insert(ISS, b"A" * 22, 100) == b"A" * 10 + b"b" * 5 + b"A" * 5 + b"c" * 5
    assert r.insert(ISS - 5, b"old", 100) == b""
    assert r.insert(ISS + 500, b"far", 100) == b""
