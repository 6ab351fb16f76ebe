# SPDX-License-Identifier: BSD-2-Clause
"""The sender's buffer against a plain string of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sw_model.peer.stream_buffer import WORTH, StreamBuffer

# Writes, and how much is dropped behind each, as shares of what is there.
STEPS = st.lists(st.tuples(st.binary(max_size=9), st.floats(0, 1)), max_size=2 * WORTH)


@given(STEPS, st.floats(0, 1), st.floats(0, 1))
def test_reads_what_was_written(steps: list[tuple[bytes, float]], a: float, b: float) -> None:
    buffer, stream = StreamBuffer(), b""
    for data, share in steps:
        buffer.append(data)
        stream += data
        buffer.drop(int(share * (buffer.end - buffer.start)))
        buffer.check()
        assert buffer.end == len(stream)
        left = buffer.end - buffer.start
        start, end = sorted(buffer.start + int(x * left) for x in (a, b))
        assert buffer.read(start, end) == stream[start:end]


def test_pieces_are_forgotten_together() -> None:
    buffer = StreamBuffer()
    for i in range(3 * WORTH):
        buffer.append(bytes([i]))
    buffer.drop(WORTH - 1)
    assert len(buffer._pieces) == 3 * WORTH
    buffer.drop(1)
    assert len(buffer._pieces) == 2 * WORTH
    assert buffer.read(WORTH, WORTH + 2) == bytes([WORTH, WORTH + 1])


@pytest.mark.parametrize(("start", "end"), [(0, 1), (2, 5), (3, 2)])
def test_bytes_that_are_not_here(start: int, end: int) -> None:
    buffer = StreamBuffer()
    buffer.append(b"abcd")
    buffer.drop(1)
    with pytest.raises(ValueError, match="is not in"):
        buffer.read(start, end)
