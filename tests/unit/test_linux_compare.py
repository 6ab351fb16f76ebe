# SPDX-License-Identifier: BSD-2-Clause
"""Scenario 102: one wire trace through FreeBSD, Linux in its three resync modes and a receiver
without any NIC: the same data, types and failing records. Both kernels sit behind the golden NIC.

Differences that are allowed: Linux stays at the first record that fails, FreeBSD goes on behind it;
Linux gives several data records in one read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from errno import EAGAIN, EBADMSG
from functools import partial
from ipaddress import ip_address
from typing import Any

import pytest

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.driver.ifnet import Ifnet
from sw_model.kernel.ktls_session import TlsEnable
from sw_model.kernel.mbuf import M_HASHTYPE_RSS_TCP_IPV4
from sw_model.kernel.stack import Stack
from sw_model.linux.host import LinuxHost
from sw_model.linux.mlx5_ktls_rx import Mlx5e
from sw_model.linux.nfp_tls import NfpNet
from sw_model.linux.xlio import Xlio
from sw_model.loop import EventLoop
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import TlsStatus
from sw_model.nic.port import Batch, ModelPort
from sw_model.peer.reassembly import Reassembly
from sw_model.peer.synthetic import SyntheticTls
from sw_model.rng import stream
from sw_model.trace import Trace
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpSegment
from sw_model.wire.tls import RecordHeader

PEER, LOCAL = ip_address("192.0.2.1"), ip_address("192.0.2.2")
SPORT, DPORT = 443, 50000
MAC = bytes(6)
TYPES = (23,) * 9 + (22, 21)
Records = list[tuple[int, bytes]]


@dataclass
class TraceOfFrames:
    """Frames in the order of their arrival, and the sender's truth."""

    tls: SyntheticTls
    keys: Any
    start: int
    wire: bytes
    frames: list[bytes]

    @property
    def sent(self) -> list[Any]:
        return self.tls.records


def make_trace(version: str, seed: int) -> TraceOfFrames:
    """Records of all sizes, some forged; segments lost, swapped, doubled and sent again with other
    boundaries, until everything has arrived."""
    rng = stream(seed, f"compare/{version}")
    tls = SyntheticTls(seed, version, first_number=rng.choice((0, 7, (1 << 32) - 3)))  # type: ignore[arg-type]
    keys = tls.keys
    wire = b""
    forged = {rng.randrange(8, 30)} if rng.random() < 0.6 else set()
    forged |= {rng.randrange(20, 40)} if rng.random() < 0.3 else set()
    for k in range(40):
        size = rng.choice((0, 1, 40, 300, 300, 900, 900, 2500, 6000))
        payload = k.to_bytes(2, "big") + rng.randbytes(size)
        kind = rng.choice(TYPES)
        wire += tls.seal_forged(payload, kind) if k in forged else tls.seal(payload, kind)
    start = rng.choice((0x10000, (1 << 32) - len(wire) // 2))
    frames = [
        build_tcp_frame(
            MAC, MAC, PEER, LOCAL,
            TcpSegment(SPORT, DPORT, SeqNum(start + a), SeqNum(1000), ACK, payload=wire[a:b]),
        )
        for a, b in cut(rng, len(wire))
    ]  # fmt: skip
    return TraceOfFrames(tls, keys, start, wire, frames)


def cut(rng: Any, length: int) -> list[tuple[int, int]]:
    """Ranges of the stream in order of arrival."""
    due: list[tuple[int, int, int]] = []  # (when, begin, end)
    at = when = 0
    while at < length:
        end = min(length, at + rng.choice((1448, 1448, 1448, 700, 30)))
        fate = rng.random()
        delay = 0
        if fate < 0.05:
            delay = rng.randint(3, 25) * 10  # lost, sent again
            if rng.random() < 0.5:  # with other boundaries
                due.append((when + delay, max(0, at - rng.randint(0, 500)), min(length, end + 300)))
        elif fate < 0.10:
            delay = 15  # overtaken by the next
        elif fate < 0.13:
            due.append((when + rng.randint(1, 60), at, end))
        due.append((when + delay, at, end))
        at, when = end, when + 10
    return [(a, b) for _, a, b in sorted(due, key=lambda d: d[0])]


@dataclass
class Outcome:
    """What one receiver made of the trace."""

    got: Records = field(default_factory=list)
    failed: list[int] = field(default_factory=list)  # record numbers
    marked: int = 0  # packets the NIC decrypted
    confirmed: int = 0

    def add(self, kind: int, data: bytes) -> None:
        """Neighbouring data records are one: how many come at once is not compared."""
        if kind == 23 and self.got and self.got[-1][0] == 23:
            self.got[-1] = (23, self.got[-1][1] + data)
        else:
            self.got.append((kind, data))


def run_software(t: TraceOfFrames, sticky: bool) -> Outcome:
    """TCP reassembly and ``cryptography``, nothing else."""
    out, rx = Outcome(), Reassembly(SeqNum(t.start))
    data = b""
    for frame in t.frames:
        seg = parse_frame(frame).segment()
        data += rx.insert(seg.seq, seg.payload, 1 << 20)
    number, at = t.sent[0].number, 0
    while (header := RecordHeader.parse(data, at)) is not None:
        record = data[at : at + header.record_len]
        try:
            kind, payload = open_record(t.keys, number, record)
            out.add(kind, payload)
        except RecordError:
            out.failed.append(number)
            if sticky:
                return out
        at, number = at + len(record), number + 1
    return out


class Behind:
    """A golden NIC in front of something that takes polls and completions."""

    def __init__(self) -> None:
        self.loop, self.trace = EventLoop(), Trace()
        self.port = ModelPort(self.loop, GoldenNic())
        self.out = Outcome()

    def run(self, t: TraceOfFrames, rx_poll: Callable[[Batch], None]) -> None:
        def on_rx(batch: Batch) -> None:
            self.out.marked += sum(m.tls_status is TlsStatus.DECRYPTED for _, m in batch)
            rx_poll(batch)

        self.port.on_rx = on_rx
        self.loop.run_until(1_000_000)
        for frame in t.frames:
            self.port.rx_frame(frame)
            self.loop.run_until(self.loop.now + 4_000)
        self.loop.run_until(self.loop.now + 200_000_000)
        self.out.confirmed = sum(e["what"] in ("confirm", "next_hint") for e in self.trace.events)


def run_freebsd(t: TraceOfFrames) -> Outcome:
    b = Behind()
    ifp = Ifnet("mce0", loop=b.loop, trace=b.trace, post_command=b.port.post_command)
    b.port.on_cpl = ifp.completion
    stack = Stack(b.loop, b.trace)
    stack.attach(ifp)
    stack.sysctl["kern.ipc.tls.ifnet.permitted"] = 1
    so = stack.adopt(LOCAL, DPORT, PEER, SPORT, t.start, 1000, rcvbuf=1 << 20, flowid=7,
                     flowtype=M_HASHTYPE_RSS_TCP_IPV4)  # fmt: skip
    first = t.sent[0].number
    so.setsockopt_rxtls(TlsEnable.aes_gcm(t.keys.version, t.keys.key, t.keys.iv, first))
    seen: set[int] = set()

    def read() -> None:
        while (msg := so.recvmsg(1 << 16)).errno != EAGAIN and not msg.eof:
            if msg.errno:
                assert msg.errno == EBADMSG
                continue
            assert msg.record_type is not None
            b.out.add(msg.record_type, msg.data)
            seen.add(int.from_bytes(msg.data[:2], "big"))

    so.on_readable = read
    b.run(t, ifp.rx_poll)
    b.out.failed = [r.number for k, r in enumerate(t.sent) if k not in seen]
    return b.out


def run_linux(t: TraceOfFrames, driver: Callable[..., Any]) -> Outcome:
    b = Behind()
    host = LinuxHost(b.loop, b.trace)
    dev = driver(host, b.port.post_command)
    b.port.on_cpl = dev.completion
    sk = host.adopt(LOCAL, DPORT, PEER, SPORT, t.start)

    def read() -> None:
        while (msg := sk.recvmsg(1 << 16)).errno != EAGAIN and not msg.eof:
            if msg.errno:
                assert msg.errno == EBADMSG
                return
            assert msg.record_type is not None
            b.out.add(msg.record_type, msg.data)

    sk.on_readable = read
    assert sk.enable_rx(t.keys, t.sent[0].number, lambda _: None) == 0
    b.run(t, dev.rx_poll)
    b.out.failed = [e["rcd"] for e in b.trace.events if e["what"] == "record_failed"]
    return b.out


LINUX = {"ASYNC": Mlx5e, "HINT": NfpNet, "REQ": partial(NfpNet, stream_scan=True), "HISTORY": Xlio}
SEEDS = range(6)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("seed", SEEDS)
def test_102_all_receivers_agree(version: str, seed: int) -> None:
    t = make_trace(version, seed)
    bad = [r.number for r in t.sent if not r.good]
    want = run_software(t, sticky=False)
    freebsd = run_freebsd(t)
    assert (freebsd.got, freebsd.failed) == (want.got, bad)
    assert freebsd.marked
    sticky = run_software(t, sticky=True)
    assert sticky.failed == bad[:1]
    for driver in LINUX.values():
        linux = run_linux(t, driver)
        assert (linux.got, linux.failed) == (sticky.got, bad[:1])
        assert linux.marked


def test_102_traces_are_worth_comparing() -> None:
    """Over the seeds: records fail, and every way of resyncing is used."""
    traces = [make_trace("1.2", seed) for seed in SEEDS]
    assert any(not r.good for t in traces for r in t.sent)
    assert any(all(r.good for r in t.sent) for t in traces)
    assert sum(run_freebsd(t).confirmed for t in traces) > 0
    for driver in LINUX.values():
        assert sum(run_linux(t, driver).confirmed for t in traces) > 0
