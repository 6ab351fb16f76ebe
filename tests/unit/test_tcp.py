# SPDX-License-Identifier: BSD-2-Clause
"""Two ends of peer/ over links good and bad: the bytes that arrive are those sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sw_model.link.config import LinkConfig
from sw_model.link.impairments import Script
from sw_model.peer.config import TcpConfig
from sw_model.peer.states import TRANSITIONS, Event, State, next_state
from sw_model.rng import stream
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN, TcpSegment
from tests.unit.net import B_IP, Net

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
