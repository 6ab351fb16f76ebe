# SPDX-License-Identifier: BSD-2-Clause
"""TCP connections in a capture, each direction with the stream a receiver would reassemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sw_model.capture.receiver import Segment, TcpReceiver, receive
from sw_model.wire.frame import IPAddress, ParsedFrame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN, TcpHeader


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One end of a connection."""

    addr: IPAddress
    port: int

    def __str__(self) -> str:
        host = f"[{self.addr}]" if self.addr.version == 6 else str(self.addr)
        return f"{host}:{self.port}"


@dataclass
class Direction:
    """What one end sent. ``first`` is the sequence number of stream offset 0; ``ack`` the highest
    acknowledgement; ``tags`` the VLAN ids of its first frame."""

    sender: Endpoint
    receiver: Endpoint
    first: SeqNum | None = None
    ack: SeqNum | None = None
    syn_ts: int | None = None
    closed: bool = False  # a FIN or RST was seen
    tags: tuple[int, ...] = ()
    segments: list[Segment] = field(default_factory=list)
    other: Direction | None = field(default=None, repr=False)

    def take(self, index: int, frame: ParsedFrame, tcp: TcpHeader) -> None:
        """Note one good segment."""
        if not self.segments:
            self.tags = frame.tags
        ts = tcp.options.ts
        if tcp.flags & SYN and not self.segments:
            self.first = tcp.seq + 1
            self.syn_ts = ts[0] if ts else None
        elif self.first is None:
            self.first = tcp.seq
        if tcp.flags & ACK and (self.ack is None or tcp.ack > self.ack):
            self.ack = tcp.ack
        self.closed |= bool(tcp.flags & (FIN | RST))
        stamp = ts[0] if ts else None
        self.segments.append(Segment(index, tcp.seq, tcp.flags, frame.payload, stamp))

    @property
    def ts_recent(self) -> int | None:
        """The sender's first timestamp, if both ends agreed to use them."""
        agreed = self.other is not None and self.other.syn_ts is not None
        return self.syn_ts if agreed else None

    @cached_property
    def received(self) -> TcpReceiver:
        """What a receiver makes of it; ask only when all frames were taken."""
        return receive(self.first or SeqNum(0), self.segments, self.ts_recent)

    @property
    def stream(self) -> bytearray:
        return self.received.stream

    @property
    def missing(self) -> bool:
        return self.received.missing


@dataclass
class Connection:
    """Both directions; ``client`` is the end that opened it (or sent the first frame seen)."""

    client: Direction
    server: Direction
    handshake_seen: bool = False

    def __post_init__(self) -> None:
        self.client.other, self.server.other = self.server, self.client

    @property
    def directions(self) -> tuple[Direction, Direction]:
        return (self.client, self.server)

    @property
    def first_index(self) -> int:
        """Place of its first frame in the capture."""
        return min(d.segments[0].index for d in self.directions if d.segments)

    @property
    def closed(self) -> bool:
        return self.client.closed and self.server.closed


def collect(frames: Sequence[ParsedFrame]) -> list[Connection]:
    """Connections in order of their first frame. Frames that no receiver would accept (bad
    checksum, fragments, not TCP) belong to no connection."""
    found: list[Connection] = []
    open_now: dict[frozenset[Endpoint], Connection] = {}
    answers = _syn_answers(frames)
    for index, frame in enumerate(frames):
        if not frame.good or frame.tcp is None or frame.src is None or frame.dst is None:
            continue
        sender, receiver = Endpoint(frame.src, frame.sport), Endpoint(frame.dst, frame.dport)
        pair = frozenset((sender, receiver))
        tcp = frame.tcp
        connection = open_now.get(pair)
        if connection is None or _reopened(connection, sender, tcp, answers):
            if tcp.flags & (SYN | ACK) == SYN | ACK:  # the capture begins with the answer
                ends = (Direction(receiver, sender), Direction(sender, receiver))
            else:
                ends = (Direction(sender, receiver), Direction(receiver, sender))
            connection = open_now[pair] = Connection(*ends)
            found.append(connection)
        connection.handshake_seen |= bool(tcp.flags & SYN)
        client = connection.client
        direction = client if sender == client.sender else connection.server
        direction.take(index, frame, tcp)
    return found


Answer = tuple[Endpoint, Endpoint, int]


def _syn_answers(frames: Sequence[ParsedFrame]) -> set[Answer]:
    """(client, server, acknowledged number) of every SYN|ACK."""
    return {
        (Endpoint(f.dst, f.dport), Endpoint(f.src, f.sport), int(f.tcp.ack))
        for f in frames
        if f.tcp is not None
        and f.good
        and f.tcp.flags & (SYN | ACK) == SYN | ACK
        and f.src is not None
        and f.dst is not None
    }


def _reopened(
    connection: Connection, sender: Endpoint, tcp: TcpHeader, answers: set[Answer]
) -> bool:
    """A fresh SYN on a port pair that has been used: another connection, if somebody took it up. A
    SYN into a living connection that nobody answers with SYN|ACK is an attack or a stray."""
    if tcp.flags & (SYN | ACK | RST) != SYN:
        return False
    mine = next(d for d in connection.directions if d.sender == sender)
    if mine.first is None or mine.first == tcp.seq + 1:
        return False
    other = mine.other
    if other is None or not other.segments or connection.closed or mine.closed:
        return True
    return (sender, mine.receiver, int(tcp.seq + 1)) in answers
