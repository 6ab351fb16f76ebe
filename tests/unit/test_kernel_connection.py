# SPDX-License-Identifier: BSD-2-Clause
"""Real handshakes, transfers over a lossy path and shutdown, against the peer's TCP."""

from __future__ import annotations

from errno import EAGAIN, ECONNREFUSED

import pytest

from sw_model.kernel.mbuf import PktHdr, m_gethdr
from sw_model.kernel.socket import Socket
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.rng import stream
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import parse_frame
from sw_model.wire.tcp import TcpSegment
from tests.unit.fake_nic import FakeNic
from tests.unit.kernel_bench import CSUM_GOOD, HOST, MAC_HOST, MAC_PEER, PEER

DELAY = 50_000


class Wire:
    """A stack and a peer, ``DELAY`` apart, with random loss."""

    def __init__(self, loss: float = 0.0, seed: int = 1, ip: int = 4) -> None:
        self.loop, self.rng, self.loss, self.ip = EventLoop(), stream(seed, "wire"), loss, ip
        self.stack = Stack(self.loop, seed=seed, output=self.to_peer)
        self.nic = FakeNic(self.loop)
        self.stack.attach(self.nic)
        self.peer = TcpEndpoint(self.loop, self.to_host, 443, 50000)
        self.got = bytearray()
        self.peer.on_data = self.got.extend
        self.closed: list[str] = []
        self.peer.on_close = self.closed.append

    def to_peer(self, frame: bytes) -> None:
        parsed = parse_frame(frame)
        assert parsed.good
        if self.rng.random() >= self.loss:
            self.loop.call_later(DELAY, self.peer.input, parsed.segment())

    def to_host(self, seg: TcpSegment) -> None:
        if self.rng.random() >= self.loss:
            self.loop.call_later(DELAY, self.arrive, seg)

    def arrive(self, seg: TcpSegment) -> None:
        frame = build_tcp_frame(MAC_PEER, MAC_HOST, PEER[self.ip], HOST[self.ip], seg)
        hdr = PktHdr(rcvif=self.nic, leaf_rcvif=self.nic, csum_flags=CSUM_GOOD, csum_data=0xFFFF)
        self.stack.if_input([m_gethdr(frame, hdr)])

    def connect(self) -> Socket:
        self.peer.listen()
        return self.stack.connect(HOST[self.ip], 50000, PEER[self.ip], 443)

    def run(self, seconds: float = 60) -> None:
        self.loop.run_until(self.loop.now + int(seconds * 1e9))


def drain(so: Socket, into: bytearray) -> None:
    while True:
        errno, data = so.recv(1 << 16)
        into += data
        if errno == EAGAIN or not data:
            return


@pytest.mark.parametrize("ip", [4, 6])
def test_connect_negotiates_options(ip: int) -> None:
    w = Wire(ip=ip)
    opened: list[Socket] = []
    so = w.connect()
    so.on_connected = opened.append
    w.run(1)
    assert opened == [so]
    assert so.inp is not None
    assert so.inp.tp is not None
    assert so.inp.tp.rcv_scale > 0


@pytest.mark.parametrize("passive", [False, True])
@pytest.mark.parametrize(("loss", "seed"), [(0.0, 1), (0.03, 2), (0.03, 3), (0.1, 4)])
def test_both_directions_under_loss(passive: bool, loss: float, seed: int) -> None:
    w = Wire(loss, seed)
    up, down = w.rng.randbytes(60_000), w.rng.randbytes(200_000)
    received = bytearray()
    sockets: list[Socket] = []

    def begin(so: Socket) -> None:
        sockets.append(so)
        so.on_readable = lambda: drain(so, received)
        so.send(up)

    if passive:
        w.stack.listen(None, 50000, begin)
        w.peer.connect()
    else:
        w.connect().on_connected = begin
    w.peer.send(down)
    w.run(300)
    assert received == down
    assert w.got == up
    (so,) = sockets
    w.peer.close()
    w.run(60)
    assert so.recvmsg(10).eof
    so.close()
    w.run(120)
    assert w.closed == ["closed"]
    assert w.stack.sockets() == []
    so.so_rcv.check()


def test_refused() -> None:
    w = Wire()
    so = w.stack.connect(HOST[4], 50000, PEER[4], 443)
    w.run(1)
    assert so.recvmsg(1).errno == ECONNREFUSED


def test_no_listener_answers_with_a_reset() -> None:
    w = Wire()
    w.peer.connect()
    w.run(1)
    assert w.closed == ["reset"]


def test_active_close_waits_in_time_wait() -> None:
    w = Wire()
    so = w.connect()
    w.run(1)
    so.close()
    w.peer.on_eof = w.peer.close
    w.run(1)
    assert len(w.stack.sockets()) <= 1
    w.run(120)
    assert w.stack.sockets() == []


def test_flow_hash_is_taken_from_packets() -> None:
    w = Wire()
    so = w.connect()
    w.run(1)
    assert so.inp is not None
    assert (so.inp.inp_flowid, so.inp.inp_flowtype) == (0, 0)
    segment = TcpSegment(443, 50000, w.peer.iss)
    frame = build_tcp_frame(MAC_PEER, MAC_HOST, PEER[4], HOST[4], segment)
    w.stack.if_input(
        [
            m_gethdr(
                frame,
                PktHdr(rcvif=w.nic, flowid=9, rsstype=2, csum_flags=CSUM_GOOD, csum_data=0xFFFF),
            )
        ]
    )
    assert (so.inp.inp_flowid, so.inp.inp_flowtype) == (9, 2)
