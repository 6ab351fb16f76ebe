# SPDX-License-Identifier: BSD-2-Clause
"""Whole stories of bad tags, loss and odd packets: sender, NIC, driver, kernel and user.

They run on the RTL as well. Marks, one a packet: D decrypted, - not, R tracking was lost
here, X a tag failed here.
"""

from __future__ import annotations

from errno import EBADMSG

import pytest

from tests.unit.loop_kit import ROUND, Host, Loop, offloaded


def test_43_bad_tag_in_one_packet() -> None:
    c = Loop(Host())
    recs = [c.record(spoil=-1), c.record()]
    c.arrive(*recs)
    c.run()
    assert c.marks == "XD"
    assert c.host.ifp.rq.decrypted_error_packets == 1
    got = c.msgs()
    assert [m.errno for m in got if m.errno] == [EBADMSG]
    assert [m.data for m in got if m.data] == [recs[1].payload]
    assert c.counter("stats.failed_crypto") == 1
    c.finish()


def test_44_bad_tag_in_the_last_of_three_packets() -> None:
    c = Loop(Host())
    c.record(spoil=-1)
    c.arrive((0, 343), (343, 686), (686, 1029))
    c.run()
    assert c.marks == "DDX"
    assert c.counter("stats.ocf.tls12_gcm_recrypts") == 1
    assert [(m.errno, m.data) for m in c.msgs()] == [(EBADMSG, b"")]
    c.finish()


def test_47_bad_and_good_record_in_one_packet() -> None:
    c = Loop(Host())
    _, good = c.record(spoil=-1), c.record()
    c.arrive((0, good.end))
    c.run()
    assert c.marks == "X"
    assert sorted((m.errno, m.data) for m in c.msgs()) == [(0, good.payload), (EBADMSG, b"")]
    c.finish()


def test_51_relock_at_a_known_header() -> None:
    """Packets of 500 bytes; the second is lost, the third has the next header inside."""
    c, recs = offloaded(3, 1400)
    spans = [(a, min(a + 500, len(c.wire))) for a in range(0, len(c.wire), 500)]
    c.arrive(spans[0], spans[2], spans[3], spans[4], spans[1], *spans[5:])
    c.run()
    assert c.marks == "D-DD-DDDD"
    stats = c.so.record_stats
    assert (stats.mixed, stats.encrypted, stats.decrypted) == (2, 0, 1)
    assert c.calls[:2] == [(c.s(r), len(r.wire), r.number) for r in recs[:2]]
    assert c.host.confirmations == []
    c.user_ok(*recs)
    c.finish()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_52_hidden_header(version: str) -> None:
    c, recs = offloaded(10, version=version)
    c.arrive(recs[0], recs[2], recs[1])
    c.run()
    c.arrive(*recs[3:], gap=ROUND)
    c.run()
    assert c.marks == "DR--" + "D" * 6
    c.confirmed(recs[2])
    c.user_ok(*recs)
    c.finish()


def test_55_copy_of_a_decrypted_packet() -> None:
    c, recs = offloaded(3)
    c.arrive(recs[0], recs[1], recs[1], recs[2])
    c.run()
    assert (c.marks, c.calls) == ("DD-D", [])
    c.user_ok(*recs)
    c.finish()


@pytest.mark.parametrize("at", [24, 50, -1])  # IP checksum, TCP checksum, payload
def test_56_bad_checksum_then_retransmission(at: int) -> None:
    c, recs = offloaded(3)
    c.arrive(recs[0])
    broken = bytearray(c.frame(recs[1].start, recs[1].end))
    broken[at] ^= 0x40
    c.host.port.rx_frame(bytes(broken))
    c.arrive(recs[1], recs[2])
    c.run()
    assert (c.marks, c.calls) == ("D-DD", [])
    c.user_ok(*recs)
    c.finish()


def test_58_swapped_neighbours() -> None:
    """Inside a record, then where the next header is: the early ones come up unmarked."""
    c, recs = offloaded(4)
    inside = [(0, 300), (600, 900), (300, 600), (900, 1029)]
    c.arrive(*inside, recs[1])
    c.run()
    assert c.marks == "D---D"  # the fourth begins in the torn record
    c.arrive(recs[3], recs[2])
    c.run()
    assert c.marks == "D---DR-"
    c.user_ok(*recs)
    c.finish()


def test_84_unmarked_packet_between_marked_ones() -> None:
    """Four packets of one poll; the third begins with bytes that are known already."""
    c, recs = offloaded(4)
    c.arrive(recs[0], recs[1], (recs[2].start - 100, recs[2].end), recs[3])
    c.run()
    assert c.marks == "DD-D"
    assert c.calls == [(0x1080A, 1029, 7), (0x11014, 0, 8)]
    c.user_ok(*recs)
    c.finish()
