# SPDX-License-Identifier: BSD-2-Clause
"""TCP connections in a capture, each direction with the stream a receiver would reassemble."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sw_model.wire.frame import IPAddress, ParsedFrame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, RST, SYN


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
    """What one end sent. ``first`` is the sequence number of stream offset 0."""

    sender: Endpoint
    receiver: Endpoint
    first: SeqNum | None = None
    stream: bytearray = field(default_factory=bytearray)
    fin_at: int | None = None
    missing: bool = False  # data beyond the stream was seen, so the capture lacks some
    indices: list[int] = field(default_factory=list)  # frames of this direction
    _ahead: dict[int, bytes] = field(default_factory=dict)

    def segment(self, seq: SeqNum, flags: int, payload: bytes) -> None:
        """Take one good segment; bytes already in the stream are never replaced."""
        if flags & SYN:
            self.first = seq + 1
            return
        if self.first is None:
            self.first = seq
        at = seq.minus(self.first + len(self.stream)) + len(self.stream)
        if flags & FIN and not flags & RST:
            self.fin_at = at + len(payload)
        if payload and at + len(payload) > len(self.stream):
            self._ahead.setdefault(at, payload)
            if len(payload) > len(self._ahead[at]):
                self._ahead[at] = payload
        self._deliver()

    def _deliver(self) -> None:
        moved = True
        while moved:
            moved = False
            for at in sorted(self._ahead):
                if at > len(self.stream):
                    break
                payload = self._ahead.pop(at)
                if fresh := payload[len(self.stream) - at :]:
                    self.stream += fresh
                    moved = True
        self.missing = bool(self._ahead)


@dataclass
class Connection:
    """Both directions; ``client`` is the end that opened it (or sent the first frame seen)."""

    client: Direction
    server: Direction
    vlan: int = 0
    handshake_seen: bool = False

    @property
    def directions(self) -> tuple[Direction, Direction]:
        return (self.client, self.server)


def collect(frames: Iterable[ParsedFrame]) -> list[Connection]:
    """Connections in order of their first frame. Frames that no receiver would accept (bad
    checksum, fragments, not TCP) belong to no connection."""
    found: list[Connection] = []
    open_now: dict[frozenset[Endpoint], Connection] = {}
    for index, frame in enumerate(frames):
        if not frame.good or frame.tcp is None or frame.src is None or frame.dst is None:
            continue
        sender, receiver = Endpoint(frame.src, frame.sport), Endpoint(frame.dst, frame.dport)
        pair = frozenset((sender, receiver))
        tcp = frame.tcp
        connection = open_now.get(pair)
        if connection is None or _reopened(connection, sender, tcp.flags, tcp.seq):
            if tcp.flags & (SYN | ACK) == SYN | ACK:  # the capture begins with the answer
                ends = (Direction(receiver, sender), Direction(sender, receiver))
            else:
                ends = (Direction(sender, receiver), Direction(receiver, sender))
            connection = Connection(*ends, vlan=frame.vid if frame.vlan else 0)
            open_now[pair] = connection
            found.append(connection)
        connection.handshake_seen |= bool(tcp.flags & SYN)
        direction = connection.client if sender == connection.client.sender else connection.server
        direction.indices.append(index)
        direction.segment(tcp.seq, tcp.flags, frame.payload)
    return found


def _reopened(connection: Connection, sender: Endpoint, flags: int, seq: SeqNum) -> bool:
    """A fresh SYN on a port pair that has been used: another connection."""
    if flags & (SYN | ACK) != SYN:
        return False
    mine = connection.client if sender == connection.client.sender else connection.server
    return mine.first is not None and mine.first != seq + 1
