# SPDX-License-Identifier: BSD-2-Clause
"""The receiving half of the kernel's TCP: acknowledgements, checksums, window, reset."""

from __future__ import annotations

from errno import EAGAIN

import pytest

from sw_model.wire.tcp import ACK, RST, SYN, URG
from tests.unit.kernel_bench import Bench


def test_out_of_order_data_is_sacked_newest_first() -> None:
    b = Bench(enable=False)
    b.raw(bytes(1000))
    for start in (200, 600, 400):
        b.poll([b.mbuf(start, start + 100, "E")])
    blocks = b.frames()[-1].tcp
    assert blocks is not None
    offsets = [(a.minus(b.start), z.minus(b.start)) for a, z in blocks.options.sack]
    assert offsets == [(400, 500), (600, 700), (200, 300)]
    b.poll([b.mbuf(0, 200, "E")])
    last = b.frames()[-1].tcp
    assert last is not None
    assert last.ack == b.start + 300
    assert len(last.options.sack) == 2


@pytest.mark.parametrize("flags", [ACK, ACK | URG])  # header prediction, slow path
def test_every_second_segment_is_acknowledged_at_once(flags: int) -> None:
    b = Bench(enable=False)
    b.raw(bytes(3000))
    for i in range(3):
        b.poll([b.mbuf(1000 * i, 1000 * i + 1000, "E", flags)], run=False)
        assert len(b.out) == (i + 1) // 2
    b.run()
    assert len(b.out) == 2  # the third by the delayed-ACK timer


def test_bad_checksum_is_dropped_and_trusted_when_marked_valid() -> None:
    b = Bench(enable=False)
    b.raw(b"x" * 100)
    m = b.mbuf(0, 100, "E", csum=0)
    m.store[m.m_off + m.m_len - 1] ^= 1
    b.poll([m])
    assert b.counter("tcps_rcvbadsum") == 1
    b.poll([b.mbuf(0, 100, "E", csum=0)])
    assert b.so.recv(1000) == (0, b"x" * 100)
    assert b.so.recv(1000) == (EAGAIN, b"")


def test_window_closes_and_opens() -> None:
    b = Bench(enable=False, rcvbuf=4096)
    b.raw(bytes(6000))
    b.poll([b.mbuf(0, 6000, "E")])
    assert b.so.inp is not None
    last = b.frames()[-1].tcp
    assert last is not None
    assert b.counter("tcps_rcvpackafterwin") == 1
    assert last.ack == b.start + 4096
    assert last.window == 0
    assert b.so.recv(10000) == (0, bytes(4096))
    update = b.frames()[-1].tcp
    assert update is not None
    assert update.window << b.so.inp.tp.rcv_scale >= 4096 - 64  # type: ignore[union-attr]


def test_rst_and_challenge_ack() -> None:
    b = Bench()
    b.poll([b.mbuf(0, 0, "E", SYN)])
    assert b.so.inp is not None
    assert not b.so.inp.dropped
    assert len(b.out) == 1
    b.raw(bytes(8))
    b.poll([b.mbuf(4, 4, "E", RST)])
    assert not b.so.inp.dropped
    b.poll([b.mbuf(0, 0, "E", RST)])
    assert b.so.inp.dropped
