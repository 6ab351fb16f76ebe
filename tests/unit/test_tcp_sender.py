# SPDX-License-Identifier: BSD-2-Clause
"""The sending half of peer/'s TCP: what is sent when, by known sequences."""

from __future__ import annotations

import pytest

from sw_model.peer.rto import RtoEstimator
from sw_model.peer.sender import MAX_RXTSHIFT, TcpSender
from sw_model.wire.seq import SeqNum

ISS = SeqNum(0xFFFF_FF00)  # every sender test wraps


def open_sender(**options: object) -> TcpSender:
    """A sender in mid-stream whose first byte is ISS."""
    sender = TcpSender(ISS, 100, syn=False, window=1 << 16, **options)
    return sender


def seqs(out: list) -> list[int]:
    return [o.seq.minus(ISS) for o in out]


def test_cuts_at_mss_and_fills_the_initial_window() -> None:
    s = open_sender()
    s.write(bytes(1250))
    out = s.poll(0)
    assert seqs(out) == list(range(0, 1000, 100))
    assert not any(o.push for o in out)
    s.on_ack(10, ISS + 200, 1 << 16)
    out = s.poll(10)
    assert seqs(out) == [1000, 1100, 1200]
    assert out[-1].push
    assert len(out[-1].payload) == 50


def test_timeout_backs_off_and_recovers() -> None:
    s = open_sender(rto=RtoEstimator(minimum=200, initial=1000))
    s.write(bytes(300))
    s.poll(0)
    times = []
    for _ in range(4):
        times.append(s.next_deadline())
        out = s.poll(times[-1])
        assert seqs(out) == [0]
        assert out[0].retransmission
    assert times == [1000, 3000, 7000, 15000]
    s.on_ack(15100, ISS + 100, 1 << 16)
    assert seqs(s.poll(15100)) == [100, 200]
    s.on_ack(15200, ISS + 300, 1 << 16)
    assert s.idle
    assert s.next_deadline() is None
    assert s.stats.rexmttimeo == 4
    s.check()


def test_no_round_trip_from_a_retransmitted_segment() -> None:
    """Karn: nobody knows which of the two transmissions was acknowledged."""
    s = open_sender(rto=RtoEstimator(minimum=200, initial=1000))
    s.write(bytes(100))
    s.poll(0)
    s.poll(1000)
    s.on_ack(1010, ISS + 100, 1 << 16)
    assert s.rto.srtt is None
    s.write(bytes(100))
    s.poll(2000)
    s.on_ack(2050, ISS + 200, 1 << 16)
    assert s.rto.srtt == 50


def test_gives_up() -> None:
    s = open_sender()
    s.write(b"x")
    s.poll(0)
    for _ in range(MAX_RXTSHIFT + 1):
        assert not s.failed
        s.poll(s.next_deadline())
    assert s.failed


def test_three_duplicates_retransmit_without_sack() -> None:
    s = open_sender()
    s.write(bytes(1000))
    s.poll(0)
    for i in range(3):
        assert s.poll(i) == []
        s.on_ack(i, ISS, 1 << 16)
    out = s.poll(3)
    assert seqs(out) == [0]
    assert out[0].retransmission
    assert s.stats.fast_recoveries == 1
    s.on_ack(9, ISS + 500, 1 << 16)  # partial: the next hole goes at once (RFC 6582)
    assert seqs(s.poll(9)) == [500]
    s.on_ack(10, ISS + 1000, 1 << 16)
    assert s.idle


def test_a_window_update_or_data_is_no_duplicate() -> None:
    s = open_sender()
    s.write(bytes(1000))
    s.poll(0)
    for i in range(5):
        s.on_ack(i, ISS, (1 << 16) - 1 - i)
        s.on_ack(i, ISS, (1 << 16) - 1 - i, pure=False)
    assert s.poll(9) == []


def test_sack_retransmits_exactly_the_holes() -> None:
    s = open_sender()
    s.write(bytes(1000))
    s.poll(0)
    blocks = ((ISS + 400, ISS + 600), (ISS + 100, ISS + 300))  # 0 and 300 are missing
    s.on_ack(1, ISS, 1 << 16, blocks)
    assert seqs(s.poll(1)) == [0]  # four sacked above 0, two above 300
    s.on_ack(2, ISS, 1 << 16, ((ISS + 400, ISS + 700), (ISS + 100, ISS + 300)))
    assert seqs(s.poll(2)) == [300]
    s.on_ack(3, ISS + 300, 1 << 16, ((ISS + 400, ISS + 1000),))
    assert s.poll(3) == []
    s.on_ack(4, ISS + 1000, 1 << 16)
    assert s.idle
    assert s.stats.sndrexmitpack == 2


def test_reneging_receiver() -> None:
    """After a timeout sacked data counts as lost again."""
    s = open_sender(fixed_window=10_000)
    s.write(bytes(300))
    s.poll(0)
    s.on_ack(1, ISS, 1 << 16, ((ISS + 100, ISS + 300),))
    assert seqs(s.poll(s.next_deadline())) == [0, 100, 200]


def test_zero_window_probe_and_opening() -> None:
    s = open_sender()
    s.on_ack(0, ISS, 0)
    s.write(bytes(300))
    assert s.poll(0) == []
    out = s.poll(s.next_deadline())
    assert [len(o.payload) for o in out] == [1]
    assert s.stats.persist == 1
    for i in range(30):  # the peer answers, the window stays shut: never a flood, never a failure
        s.on_ack(10**7 + i, ISS, 0)
        assert s.poll(10**7 + i) == [] or i == 0
    s.on_ack(2 * 10**7, ISS, 1000)
    assert seqs(s.poll(2 * 10**7)) == [0, 1, 101, 201]
    s.check()


def test_window_limits() -> None:
    s = open_sender()
    s.on_ack(0, ISS, 250)
    s.write(bytes(1000))
    assert seqs(s.poll(0)) == [0, 100]  # a third full segment does not fit
    s.on_ack(1, ISS + 200, 250)
    assert seqs(s.poll(1)) == [200, 300]


def test_fin_rides_on_the_last_segment_and_is_retransmitted() -> None:
    s = open_sender()
    s.write(bytes(150))
    s.close()
    out = s.poll(0)
    assert [(len(o.payload), o.fin) for o in out] == [(100, False), (50, True)]
    assert s.snd_nxt == ISS + 151
    s.on_ack(1, ISS + 150, 1 << 16)
    out = s.poll(s.next_deadline())
    assert [(o.seq, o.payload, o.fin) for o in out] == [(ISS + 150, b"", True)]
    assert not s.fin_acked
    s.on_ack(2, ISS + 151, 1 << 16)
    assert s.fin_acked
    with pytest.raises(ValueError, match="close"):
        s.write(b"x")


def test_ack_outside_is_ignored() -> None:
    s = open_sender()
    s.write(bytes(100))
    s.poll(0)
    s.on_ack(1, ISS + 101, 5)
    s.on_ack(1, ISS - 1, 5)
    assert s.snd_una == ISS
    assert s.snd_wnd == 1 << 16


@pytest.mark.parametrize("recut", [False, True])
def test_boundaries_of_retransmissions(recut: bool) -> None:
    sizes = iter([30, 50, 20, 100, 7, 100, 100, 100])
    s = open_sender(cut=lambda limit: min(limit, next(sizes)), recut=recut, fixed_window=10_000)
    s.write(bytes(200))
    first = [(o.seq, len(o.payload)) for o in s.poll(0)]
    assert [n for _, n in first] == [30, 50, 20, 100]
    again = [(o.seq, len(o.payload)) for o in s.poll(s.next_deadline())]
    assert (again == first) == (not recut)
    assert sum(n for _, n in again) == 200
    s.check()


def test_rto_follows_rfc6298() -> None:
    rto = RtoEstimator(minimum=10, initial=777)
    assert rto.rto == 777
    rto.sample(100)
    assert rto.rto == 100 + 4 * 50
    rto.sample(100)
    assert rto.rttvar == 37
    assert rto.rto == 100 + 148
    rto.back_off()
    assert rto.rto == 2 * 248
    rto.progress()
    assert rto.rto == 248
