# SPDX-License-Identifier: BSD-2-Clause
"""peer/: TCP by known sequences, then over bad links: the bytes that arrive are those sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sw_model.link.config import LinkConfig
from sw_model.link.impairments import Script
from sw_model.peer.endpoint import TcpConfig
from sw_model.peer.reassembly import Reassembly
from sw_model.peer.rto import RtoEstimator
from sw_model.peer.sender import MAX_RXTSHIFT, TcpSender
from sw_model.peer.states import TRANSITIONS, Event, State, next_state
from sw_model.rng import stream
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN, TcpSegment
from tests.unit.net import B_IP, Net

ISS = SeqNum(0xFFFF_FF00)  # every sender test wraps


def open_sender(**options: object) -> TcpSender:
    """A sender in mid-stream whose first byte is ISS."""
    sender = TcpSender(ISS, 100, syn=False, window=1 << 16, **options)
    return sender


def seqs(out: list) -> list[int]:
    return [o.seq.minus(ISS) for o in out]


# ---- the sending half ---------------------------------------------------------------------------


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


# ---- the receiving half -------------------------------------------------------------------------


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


# ---- the state table ----------------------------------------------------------------------------


def test_state_table() -> None:
    assert next_state(State.LISTEN, Event.ABORT) is State.CLOSED
    with pytest.raises(ValueError, match="FIN is not possible in LISTEN"):
        next_state(State.LISTEN, Event.FIN)
    assert {s for s, _ in TRANSITIONS} == set(State)  # no state is a dead end


# ---- whole connections --------------------------------------------------------------------------


def both_ways(net: Net, size: int, seed: int) -> None:
    """Connect, send ``size`` bytes each way, close both; everything must arrive, then be closed."""
    up, down = stream(seed, "up").randbytes(size), stream(seed, "down").randbytes(size)

    def serve(end: object) -> None:
        original(end)
        net.b.send(down)
        net.b.on_eof = net.b.close

    original = net.host_b._listeners[443]
    net.host_b._listeners[443] = serve
    net.a.connect()
    net.a.send(up)
    net.a.on_eof = net.a.close
    net.loop.call_later(1_000_000, net.a.close)
    net.run()
    assert bytes(net.got["b"]) == up, f"seed {seed}"
    assert bytes(net.got["a"]) == down, f"seed {seed}"
    assert net.a.state is State.CLOSED
    assert ("a", "closed") in net.events
    assert net.b.state is State.CLOSED
    assert ("b", "closed") in net.events


def test_clean_link_sends_everything_once() -> None:
    net = Net()
    both_ways(net, 200_000, 1)
    assert net.a.sender.stats.sndrexmitpack == net.b.sender.stats.sndrexmitpack == 0


BAD = LinkConfig(loss=0.05, reorder=0.1, duplicate=0.05, corrupt=0.03)
CONFIGS = {
    "plain": TcpConfig(),
    "no sack": TcpConfig(sack=False),
    "timestamps": TcpConfig(timestamps=True),
    "random cut": TcpConfig(random_cut=True),
    "recut": TcpConfig(random_cut=True, recut=True),
    "fixed window": TcpConfig(fixed_window=40_000),
    "small window": TcpConfig(window=3000, wscale=0, mss=500),
}


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize("seed", range(6))
def test_bad_links_deliver_every_byte(name: str, seed: int) -> None:
    net = Net(seed, BAD, BAD, CONFIGS[name], iss=SeqNum(0xFFFF_F000 + seed))
    both_ways(net, 60_000, seed)


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.floats(0, 0.25), st.floats(0, 0.4), st.floats(0, 0.3))
def test_any_link(seed: int, loss: float, reorder: float, duplicate: float) -> None:
    link = LinkConfig(loss=loss, reorder=reorder, reorder_places=8, duplicate=duplicate)
    net = Net(seed, link, link, TcpConfig(random_cut=bool(seed & 1)), iss=SeqNum(seed))
    both_ways(net, 20_000, seed)


def test_runs_repeat_bit_for_bit() -> None:
    frames = []
    for _ in range(2):
        seen: list[bytes] = []
        tap = Script(lambda index, frame, seen=seen: seen.append(frame) or (frame,))
        both_ways(Net(3, BAD, BAD, TcpConfig(random_cut=True), before=(tap,)), 30_000, 3)
        frames.append(seen)
    assert frames[0] == frames[1]
    assert len(frames[0]) > 100


def test_options_are_negotiated() -> None:
    net = Net(config=TcpConfig(mss=1400, timestamps=True), config_b=TcpConfig(mss=1000, sack=False))
    net.a.connect()
    net.a.send(b"x")  # the windows of a SYN are never scaled
    net.run()
    assert net.a.sender.mss == net.b.sender.mss == 1000
    assert not net.a._peer.sack
    assert not net.b._peer.timestamps
    assert net.a.sender.snd_wnd == 1 << 20  # scaled


def test_lost_syn_ack_and_lost_last_ack() -> None:
    net = Net(before=(Script.drop({1}),))  # the ACK that completes the handshake
    net.a.connect()
    net.run(10**7)
    assert net.events == [("a", "open"), ("b", "open")]
    assert net.a.state is net.b.state is State.ESTABLISHED


def test_reset_refused_and_abort() -> None:
    net = Net()
    lost = net.host_a.endpoint(1, B_IP, 444)
    reasons: list[str] = []
    lost.on_close = reasons.append
    lost.connect()
    net.run()
    assert reasons == ["reset"]
    net.a.connect()
    net.run()
    net.a.abort()
    net.run()
    assert net.events[-2:] == [("a", "reset"), ("b", "reset")]


def test_peer_vanishes() -> None:
    net = Net(before=(Script(lambda index, frame: (frame,) if index < 2 else ()),))
    net.a.connect()
    net.a.send(b"into the void")
    net.run(10**13)
    assert ("a", "timeout") in net.events
    assert net.a.state is State.CLOSED


def test_blind_reset_and_syn_get_challenge_acks() -> None:
    net = Net()
    net.a.connect()
    net.run()
    sent: list[TcpSegment] = []
    net.a.output = sent.append
    for flags, seq in (
        (RST, net.a.rcv_nxt + 5),
        (SYN, net.a.rcv_nxt + 5),
        (RST, net.a.rcv_nxt - 9),
    ):
        net.a.input(TcpSegment(443, 50000, seq, flags=flags))
    assert [s.flags for s in sent] == [ACK, ACK]
    assert net.a.state is State.ESTABLISHED


def test_simultaneous_open_and_close() -> None:
    net = Net()
    b = net.host_b.endpoint(443, net.host_a.address, 50000)
    net.b = b
    net._watch("b", b)
    net.a.connect()
    b.connect()
    net.run()
    assert net.a.state is b.state is State.ESTABLISHED
    net.a.close()
    b.close()
    net.run()
    assert net.a.state is b.state is State.CLOSED
    assert net.events.count(("a", "closed")) == net.events.count(("b", "closed")) == 1


def test_adopted_in_mid_stream() -> None:
    net = Net()
    b = net.host_b.endpoint(443, net.host_a.address, 50000, iss=SeqNum(0xFFFF_FFF0))
    net.b = b
    net._watch("b", b)
    net.a.adopt(SeqNum(0xFFFF_FFF0))
    b.adopt(net.a.iss)
    b.send(bytes(range(250)) * 20)
    b.close()
    net.run()
    assert bytes(net.got["a"]) == bytes(range(250)) * 20
    assert ("a", "eof") in net.events


def test_data_segments_carry_mss_bytes_and_fin_flag() -> None:
    seen = []
    tap = Script(lambda index, frame: seen.append(parse_frame(frame)) or (frame,))
    net = Net(before=(tap,), config=TcpConfig(mss=1000))
    both_ways(net, 10_000, 1)
    sizes = [p.payload_len for p in seen if p.payload_len]
    assert sizes == [1000] * 10
    assert sum(bool(p.tcp.flags & FIN) for p in seen) == 1
