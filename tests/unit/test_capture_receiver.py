# SPDX-License-Identifier: BSD-2-Clause
"""The capture's receiver against known answers and against the kernel model's TCP."""

from __future__ import annotations

import pytest

from sw_model.capture.connections import collect
from sw_model.capture.receiver import Segment, TcpReceiver, order_matters, receive
from sw_model.kernel.mbuf import Mbuf, PktHdr, m_gethdr
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from sw_model.rng import stream
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN, TcpOptions, TcpSegment
from tests.captures.wire import Wire

FIRST = SeqNum(0xFFFF_FFF0)


def seg(at: int, data: bytes = b"", flags: int = ACK, ts: int | None = None) -> Segment:
    return Segment(0, FIRST + at, flags, data, ts)


def stream_of(*segments: Segment, ts: int | None = None) -> TcpReceiver:
    receiver = TcpReceiver(FIRST, ts)
    for segment in segments:
        receiver.segment(segment)
    return receiver


CASES = {
    "in order": ([seg(0, b"ab"), seg(2, b"cd")], b"abcd"),
    "across the wrap": ([seg(0, b"x" * 40), seg(40, b"y")], b"x" * 40 + b"y"),
    "hole": ([seg(0, b"ab"), seg(3, b"d")], b"ab"),
    "filled": ([seg(0, b"ab"), seg(3, b"d"), seg(2, b"c")], b"abcd"),
    "old copy never replaces": ([seg(0, b"ab"), seg(0, b"XYc")], b"abc"),
    "new wins over the start of a queued run": ([seg(2, b"CD"), seg(0, b"abc")], b"abcD"),
    "queued wins over the front of new": ([seg(1, b"BC"), seg(2, b"cd"), seg(0, b"a")], b"aBCd"),
    "new covers queued": ([seg(2, b"C"), seg(1, b"bcd"), seg(0, b"a")], b"abcd"),
    "new inside queued": ([seg(1, b"BCD"), seg(2, b"c"), seg(0, b"a")], b"aBCD"),
    "no ACK flag": ([seg(0, b"ab", flags=0)], b""),
    "data behind FIN": ([seg(0, b"ab", ACK | FIN), seg(2, b"cd")], b"ab"),
    "data behind RST": ([seg(0, b"ab"), seg(2, b"", RST), seg(2, b"cd")], b"ab"),
    "RST elsewhere": ([seg(0, b"ab"), seg(5, b"", RST), seg(2, b"cd")], b"abcd"),
}


@pytest.mark.parametrize("case", CASES)
def test_known_streams(case: str) -> None:
    segments, want = CASES[case]
    assert bytes(stream_of(*segments).stream) == want


def test_ends() -> None:
    assert stream_of(seg(0, b"a", ACK | FIN)).fin
    assert stream_of(seg(0, b"a"), seg(1, b"", ACK | FIN)).fin
    assert stream_of(seg(1, b"b", ACK | FIN), seg(0, b"a")).fin
    early = stream_of(seg(3, b"d"), seg(1, b"b", ACK | FIN), seg(0, b"abc"))
    assert bytes(early.stream) == b"abcd"
    assert not early.fin
    assert stream_of(seg(0, b"", RST)).reset
    assert stream_of(seg(1, b"b")).missing


def test_old_timestamps_are_refused_where_that_loses_nothing() -> None:
    forged = [seg(0, b"ab", ts=10), seg(2, b"XX", ts=5), seg(2, b"cd", ts=11)]
    assert bytes(receive(FIRST, forged, 1).stream) == b"abcd"
    assert bytes(receive(FIRST, forged, None).stream) == b"abXX"
    odd = [seg(0, b"ab", ts=10), seg(2, b"cd", ts=5), seg(4, b"ef", ts=11)]
    assert bytes(receive(FIRST, odd, 1).stream) == b"abcdef"
    assert receive(FIRST, odd, 1).ts_recent_at_start is None


def test_frames_whose_order_decides() -> None:
    segments = [
        Segment(0, FIRST, ACK, b"abcd"),
        Segment(1, FIRST + 4, ACK, b"efgh"),
        Segment(2, FIRST + 6, ACK, b"XY"),
        Segment(3, FIRST + 2, ACK, b"cd"),
        Segment(4, FIRST + 8, ACK, b"ij"),
        Segment(5, FIRST + 10, RST, b""),
    ]
    assert order_matters(receive(FIRST, segments, None), segments) == {1, 2, 5}


def _frames(wire: Wire) -> list:
    return [parse_frame(packet.frame) for packet in wire.frames]


def test_port_reuse_and_a_stray_syn() -> None:
    first = Wire("10.0.0.1|5000", "10.0.0.2|443")
    first.open()
    first.send("server", b"one")
    first.segment("client", 10**6, b"", SYN)  # nobody answers
    first.send("server", b"two")
    second = Wire("10.0.0.1|5000", "10.0.0.2|443", iss={"client": 10**8, "server": 10**9})
    second.open()
    second.send("server", b"three")
    found = collect(_frames(first) + _frames(second))
    assert [bytes(c.server.stream) for c in found] == [b"onetwo", b"three"]


class KernelSide:
    """The kernel model as the other judge of a stream."""

    def __init__(self) -> None:
        self.loop = EventLoop()
        self.stack = Stack(self.loop)
        self.stack.sysctl["kern.ipc.maxsockbuf"] = 1 << 40
        self.stack.sysctl["net.inet.tcp.delayed_ack"] = 0
        self.so = self.stack.adopt("10.0.0.2", 443, "10.0.0.1", 5000, FIRST, rcvbuf=1 << 30)

    def segment(self, s: Segment) -> None:
        tcp = TcpSegment(5000, 443, s.seq, SeqNum(0), s.flags, 1000, TcpOptions(), s.payload)
        assert self.so.inp is not None
        inp = self.so.inp
        frame = build_tcp_frame(inp.dst_mac, inp.src_mac, inp.faddr, inp.laddr, tcp)
        self.stack.if_input([_mbuf(frame)])
        self.loop.run_until(self.loop.now + 1000)

    def read(self) -> bytes:
        out = b""
        while True:
            errno, data = self.so.recv(1 << 20)
            if errno or not data:
                return out
            out += data


def _mbuf(frame: bytes) -> Mbuf:
    return m_gethdr(frame, PktHdr())


@pytest.mark.parametrize("trial", range(60))
def test_same_stream_as_the_kernel(seed: int, trial: int) -> None:
    """Overlapping copies with different bytes in them, in any order."""
    rng = stream(seed, f"receiver/{trial}")
    kernel, receiver = KernelSide(), TcpReceiver(FIRST)
    for i in range(30):
        at = max(0, len(receiver.stream) + rng.randrange(-10, 30))
        data = bytes((65 + i,)) * rng.randrange(1, 25)
        fin = ACK | (FIN if rng.random() < 0.03 else 0)
        one = seg(at, data, fin)
        kernel.segment(one)
        receiver.segment(one)
    assert kernel.read() == bytes(receiver.stream)
