# SPDX-License-Identifier: BSD-2-Clause
"""Random TLS byte streams, cut into packets that are lost, doubled, overlapped and out of order."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.block.rx_track.reference import NO_OFFLOAD, TRACKING
from tests.block.rx_track.script import Command, Packet, Script
from tests.block.rx_track.slot_reference import Static

RELOCK = 6  # small, so that it happens


def record(rng: Random, tls13: bool, size: int | None = None) -> bytes:
    """A record that looks like TLS; its payload sometimes holds false headers."""
    low, high = (17, 16401) if tls13 else (24, 16408)
    if size is None:
        size = rng.choice((low, low + 1, rng.randint(low, 60), rng.randint(low, 700), 1450))
    size = max(low, min(high, size))
    body = bytearray(rng.randbytes(size))
    for _ in range(rng.choice((0, 0, 0, 1, 3))):
        at = rng.randrange(size)
        body[at : at + 5] = false_header(rng, tls13)
    return header(rng, tls13, size) + bytes(body[:size])


def header(rng: Random, tls13: bool, size: int) -> bytes:
    kind = 23 if tls13 else rng.choice((20, 21, 22, 23, 23, 23))
    return bytes((kind, 3, 3)) + size.to_bytes(2, "big")


def false_header(rng: Random, tls13: bool) -> bytes:
    """Five bytes that are plausible, or nearly so."""
    limits = (0, 16, 17, 23, 24, 30, 60, 16401, 16402, 16408, 16409, 65535)
    kind = rng.choice((19, 20, 22, 23, 23, 23, 24))
    return bytes((kind, 3, rng.choice((3, 3, 3, 4)))) + rng.choice(limits).to_bytes(2, "big")


@dataclass
class Sender:
    """One flow's byte stream and where its sender stands."""

    rng: Random
    flow: int
    tls13: bool
    start: int
    data: bytearray = field(default_factory=bytearray)
    heads: list[int] = field(default_factory=list)
    at: int = 0

    def grow(self, to: int) -> None:
        while len(self.data) < to:
            rng = self.rng
            self.heads.append(len(self.data))
            piece = bytearray(record(rng, self.tls13))
            if rng.random() < 0.03:  # a header that nobody can believe
                piece[rng.randrange(5)] ^= 1 << rng.randrange(8)
            self.data += piece

    def packet(self, at: int, size: int) -> Packet:
        self.grow(at + size)
        rng = self.rng
        return Packet(
            self.flow,
            (self.start + at) & 0xFFFF_FFFF,
            bytes(self.data[at : at + size]),
            head=rng.choice((54, 58, 66, 74, rng.randint(40, 127))),
            pad=rng.choice((b"", b"", b"", rng.randbytes(rng.randint(1, 40)))),
            ok=rng.random() < 0.8,
        )

    def next_packets(self) -> list[Packet]:
        """The next packet, with what the network does to it."""
        rng = self.rng
        size = rng.choice((1, rng.randint(1, 20), rng.randint(1, 200), rng.randint(1, 1448)))
        if rng.random() < 0.3:  # end near a header, where most can go wrong
            self.grow(self.at + 1500)
            head = next(head for head in self.heads if head > self.at)
            size = max(1, head - self.at + rng.randint(-18, 16))
        packet, fate = self.packet(self.at, size), rng.random()
        self.at += size
        if fate < 0.06:  # lost
            return []
        if fate < 0.09:  # doubled
            return [packet, packet]
        if fate < 0.14:  # comes again with more, or from further back
            back = rng.randint(0, min(self.at, 300))
            return [packet, self.packet(self.at - back, rng.randint(1, 400))]
        if fate < 0.17:  # swapped with the next
            late = self.packet(self.at, rng.randint(1, 300))
            self.at += len(late.payload)
            return [late, packet]
        if fate < 0.173:  # far away
            far = self.packet(self.at, 40)
            far.seq = (far.seq + rng.choice((1 << 30, (1 << 30) - 1, 1 << 31, 3 << 30))) % (1 << 32)
            return [packet, far]
        return [packet]


def passed(rng: Random, packet: Packet) -> Packet:
    """The same packet, made not worth a look."""
    change = rng.choice(
        (
            {"bad": True}, {"l4_ok": False}, {"l3_ok": False}, {"l4_checked": False},
            {"tcp_flags": 0x12}, {"tcp_flags": 0x14}, {"is_frag": True}, {"is_tcp": False},
            {"flow_valid": False}, {"payload_len": 0},
        )
    )  # fmt: skip
    oversize = rng.random() < 0.1
    return Packet(
        packet.flow, packet.seq, packet.payload, packet.head, packet.pad,
        looked_at=False, oversize=oversize, change={} if oversize else change,
    )  # fmt: skip


def confirm(rng: Random, script: Script, flow: int, static: Static) -> None:
    """What a driver might say at this moment, right or wrong."""
    context = script.reference.context(flow)
    sn = context.resync_sn
    if rng.random() < 0.3:
        sn = rng.choice((context.expected, (sn + 1) % (1 << 32), 0))
    number = rng.getrandbits(64)
    script.static(flow, Static(not static.tls13, static.key ^ 1, bytes(12), number), sn)


def random_script(rng: Random, width: int, packets: int, flows: int = 3) -> Script:
    script = Script(width, RELOCK)
    senders: dict[int, tuple[Sender, Static]] = {}
    for flow in rng.sample(range(16), flows):
        static = Static(rng.random() < 0.5, rng.getrandbits(12), rng.randbytes(12), 0)
        static.number = rng.choice((0, 1, (1 << 32) - 2, rng.getrandbits(64)))
        start = rng.choice((0, 0xFFFF_FC00, 0x7FFF_FD00, rng.getrandbits(32)))
        senders[flow] = Sender(rng, flow, static.tls13, start), static
        script.static(flow, static)
        script.psv(flow, start)
    while len(script.results) < packets:
        flow = rng.choice(list(senders))
        sender, static = senders[flow]
        for packet in sender.next_packets():
            if rng.random() < 0.05:
                script.packet(passed(rng, packet))
            script.packet(packet)
        step(rng, script, sender, static)
    return script


def step(rng: Random, script: Script, sender: Sender, static: Static) -> None:
    """Perhaps a command."""
    flow, chance = sender.flow, rng.random()
    context = script.reference.context(flow)
    waiting = (context.track, context.auth) == (TRACKING, NO_OFFLOAD)
    if chance < 0.2:
        script.get(flow)
    elif chance < (0.6 if waiting else 0.22):
        confirm(rng, script, flow, static)
    elif chance > 0.98:  # a new tag for the same connection
        if rng.random() < 0.7:
            script.destroy(flow)
            if rng.random() < 0.5:
                script.command(Command("set_psv", flow, next_sn=context.expected))
            script.static(flow, static)
        following = [head for head in sender.heads if head >= sender.at]
        sender.grow(sender.at + 1500)
        following = following or [head for head in sender.heads if head >= sender.at]
        script.psv(flow, sender.start + (following[0] if following else sender.at))
