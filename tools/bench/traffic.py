# SPDX-License-Identifier: BSD-2-Clause
"""The kinds of traffic that are measured, as a table, and how each is made.

Every frame is predicted by the golden NIC; beside that, each kind says which status its packets
must get, and decrypted payload is compared with the plaintext the sender sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import TlsStatus, TrackState
from sw_model.rng import stream
from tools.bench.flows import HEADERS, Flow
from tools.bench.stimulus import Stimulus, StimulusFrame

KIB = 1024
# More than both frame stores hold: behind so much the engine is in its steady state, and with so
# much behind the window the source is not idle in it.
SETTLE_BYTES = 80 * KIB
ACK_FRAME = 64
SMALLEST_DATA_FRAME = 64


@dataclass(frozen=True, slots=True)
class Sent:
    """One frame of a kind; ``clear`` is the payload it must leave with if it is decrypted."""

    frame: bytes
    status: TlsStatus = TlsStatus.NONE
    clear: bytes = b""


Maker = Callable[[list[Flow], int], Iterator[Sent]]


@dataclass(frozen=True, slots=True)
class Traffic:
    """``record``: plaintext bytes of a record. ``window``: bytes of frames that are measured."""

    name: str
    make: Maker
    record: int
    flows: int
    window: int
    frames: tuple[int, ...] = (1514, 9014)


def tls(flows: list[Flow], frame: int) -> Iterator[Sent]:
    """Records back to back, a packet of each flow in turn."""
    while True:
        for flow in flows:
            wire, clear = flow.take(frame - HEADERS)
            yield Sent(flow.frame(wire), TlsStatus.DECRYPTED, clear)


def plain(flows: list[Flow], frame: int) -> Iterator[Sent]:
    """Random bytes on connections without a flow rule, while all flows are under offload."""
    rng = stream(flows[0].seed, "bench/plain")
    others = [Flow(flow.seed, flow.index + len(flows), 1) for flow in flows]
    while True:
        for flow in others:
            yield Sent(flow.frame(rng.randbytes(frame - HEADERS)))


def search(flows: list[Flow], frame: int) -> Iterator[Sent]:
    """Each flow starts with a gap, and never shows the version bytes of a record header again."""
    rng = stream(flows[0].seed, "bench/search")
    status = TlsStatus.RESYNC
    for flow in flows:
        flow.seq = (flow.seq + 1000) & 0xFFFF_FFFF
    while True:
        for flow in flows:
            payload = rng.randbytes(frame - HEADERS).replace(b"\x03\x03", b"\x03\x04")
            # No pair across the packets of a flow either.
            yield Sent(flow.frame(payload[:-1] + b"\x55"), status)
        status = TlsStatus.NONE


def acks(flows: list[Flow], frame: int) -> Iterator[Sent]:
    """Padded pure acknowledgements; each flow has sent a data packet before."""
    for flow in flows:
        wire, clear = flow.take(frame - HEADERS)
        yield Sent(flow.frame(wire), TlsStatus.DECRYPTED, clear)
    while True:
        for flow in flows:
            yield Sent(flow.frame(b"").ljust(frame, b"\0"))


TRAFFIC: tuple[Traffic, ...] = (
    Traffic("16k-1flow", tls, 16 * KIB, 1, 1_200_000),
    Traffic("16k-64flows", tls, 16 * KIB, 64, 3_000_000),
    Traffic("1k", tls, KIB, 4, 600_000),
    Traffic("256", tls, 256, 4, 400_000),
    Traffic("64", tls, 64, 4, 300_000),
    Traffic("1", tls, 1, 4, 200_000),
    Traffic("plain", plain, 1, 64, 600_000),
    Traffic("search", search, 1, 4, 600_000),
    Traffic("acks", acks, 16 * KIB, 64, 200_000, (ACK_FRAME,)),
)

# One frame at a time. The smallest frames carry small records, so that some hold header or tag.
LATENCY: tuple[Traffic, ...] = (
    Traffic("latency", tls, 100, 1, 48 * SMALLEST_DATA_FRAME, (SMALLEST_DATA_FRAME,)),
    Traffic("latency", tls, 16 * KIB, 1, 36 * 1514, (1514,)),
    Traffic("latency", tls, 16 * KIB, 1, 16 * 9014, (9014,)),
)


def build(
    traffic: Traffic, frame: int, seed: int, scale: float = 1.0, settle: bool = True
) -> Stimulus:
    """Commands, frames and predictions; `scale` shortens the measured window."""
    flows = [Flow(seed, index, traffic.record) for index in range(traffic.flows)]
    golden = GoldenNic(num_flows=64)
    commands = [command for flow in flows for command in flow.set_up()]
    for command in commands:
        golden.command(command)
    settled = -(-SETTLE_BYTES // frame) if settle else 0
    warm = max(settled, traffic.flows) if settle else 0
    count = max(1, round(traffic.window * scale / frame))
    maker = traffic.make(flows, frame)
    frames = [_predicted(golden, next(maker), frame) for _ in range(warm + count + settled)]
    if traffic.make is search:
        states = {golden.context(flow.index).psv(flow.index).track for flow in flows}
        assert states == {TrackState.SEARCHING}, f"{traffic.name}: a flow found a header"
    return Stimulus(commands, frames, warm, count)


def _predicted(golden: GoldenNic, sent: Sent, size: int) -> StimulusFrame:
    expected, meta = golden.frame(sent.frame)
    assert len(sent.frame) == size, f"frame of {len(sent.frame)} bytes, wanted {size}"
    assert meta.tls_status == sent.status, f"{meta.tls_status!r}, wanted {sent.status!r}"
    if sent.status == TlsStatus.DECRYPTED:
        payload = expected[meta.payload_off : meta.payload_off + meta.payload_len]
        assert payload == sent.clear, "the golden NIC's plaintext is not what the sender sealed"
    else:
        assert expected == sent.frame, "a packet without a mark must be as it came"
    return StimulusFrame(sent.frame, expected, meta.to_bytes())
