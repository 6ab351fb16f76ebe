# SPDX-License-Identifier: BSD-2-Clause
"""A hand-driven TCP connection that ends up in a capture: every frame as the test wants it."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from sw_model.link.capture import CapturedPacket
from sw_model.link.files import write_capture
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, PSH, RST, SYN, TcpOptions, TcpSegment

Side = Literal["client", "server"]
MACS = {"client": bytes.fromhex("02aa00000001"), "server": bytes.fromhex("02aa00000002")}
START_NS = 1_700_000_000_000_000_000
LINE_NS = 1_200
MSS = 1448


@dataclass
class Packet:
    """One frame of the capture; tests reorder, drop and change them before they are written."""

    ns: int
    side: Side
    frame: bytes


class Wire:
    """``send`` cuts data in segments and notes them; ``frames`` is the capture so far."""

    def __init__(
        self, client: str, server: str, *, vlan: int | tuple[int, int] | None = None,
        iss: dict[str, int] | None = None, stamps: bool = True, mss: int = MSS,
    ) -> None:  # fmt: skip
        (chost, cport), (shost, sport) = (end.rsplit("|", 1) for end in (client, server))
        self.addr = {"client": ip_address(chost), "server": ip_address(shost)}
        self.port = {"client": int(cport), "server": int(sport)}
        self.vlan, self.stamps, self.mss = vlan, stamps, mss
        iss = iss or {"client": 1000, "server": 5000}
        self.first = {side: SeqNum(iss[side]) + 1 for side in iss}
        self.sent = {"client": 0, "server": 0}
        self.now = START_NS
        self.frames: list[Packet] = []

    def other(self, side: Side) -> Side:
        return "server" if side == "client" else "client"

    def open(self) -> None:
        """SYN, SYN|ACK, ACK."""
        ts = (1, 0) if self.stamps else None
        options = TcpOptions(mss=self.mss + 12, wscale=7, sack_permitted=True, ts=ts)
        self.segment("client", -1, b"", SYN, options)
        self.segment("server", -1, b"", SYN | ACK, options)
        self.segment("client", 0, b"")

    def frame(
        self, side: Side, at: int, payload: bytes, flags: int = ACK,
        options: TcpOptions | None = None, ack: int | None = None,
    ) -> bytes:  # fmt: skip
        """A frame with ``payload`` at stream offset ``at``."""
        other = self.other(side)
        stamp = (self.now - START_NS) // 1000 + 10
        options = options or TcpOptions(ts=(stamp, 0) if self.stamps else None)
        acked = self.first[other] + (self.sent[other] if ack is None else ack)
        segment = TcpSegment(
            self.port[side], self.port[other], self.first[side] + at,
            acked if flags & ACK else SeqNum(0), flags, 0xFFFF, options, payload,
        )  # fmt: skip
        return build_tcp_frame(
            MACS[side], MACS[other], self.addr[side], self.addr[other], segment, vlan=self.vlan
        )

    def segment(
        self, side: Side, at: int, payload: bytes, flags: int = ACK,
        options: TcpOptions | None = None,
    ) -> Packet:  # fmt: skip
        """The same, and note it as captured now."""
        packet = Packet(self.now, side, self.frame(side, at, payload, flags, options))
        self.frames.append(packet)
        self.now += LINE_NS
        self.sent[side] = max(self.sent[side], at + len(payload))
        return packet

    def send(
        self, side: Side, data: bytes, cuts: Iterable[int] = (), fin: bool = False
    ) -> list[Packet]:
        """New data; segments of these sizes first, then of full size."""
        packets, pos, sizes = [], 0, iter(cuts)
        start = self.sent[side]
        while pos < len(data):
            size = min(next(sizes, self.mss), len(data) - pos)
            last = pos + size == len(data)
            flags = ACK | (PSH if last else 0) | (FIN if last and fin else 0)
            packets.append(self.segment(side, start + pos, data[pos : pos + size], flags))
            pos += size
        return packets

    def ack(self, side: Side) -> None:
        self.segment(side, self.sent[side], b"")

    def fin(self, side: Side) -> None:
        self.segment(side, self.sent[side], b"", FIN | ACK)

    def rst(self, side: Side) -> None:
        self.segment(side, self.sent[side], b"", RST | ACK)

    def pause(self, ns: int = 2_000_000) -> None:
        self.now += ns


def packets_of(wires: Iterable[Wire]) -> list[CapturedPacket]:
    """All connections in one capture: by time, and as their lists are ordered."""
    found = []
    for wire in wires:
        clock = START_NS
        for packet in wire.frames:
            clock = max(clock, packet.ns)
            found.append(CapturedPacket(clock, packet.frame))
    return sorted(found, key=lambda packet: packet.ns)


def write_pcap(path: Path, packets: Iterable[CapturedPacket], linktype: int = 1) -> None:
    """A classic pcap file with microseconds, as older tools write it."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, linktype)
    for p in packets:
        seconds, ns = divmod(p.ns, 1_000_000_000)
        wire_len = len(p.data) if p.wire_len < 0 else p.wire_len
        out += struct.pack("<IIII", seconds, ns // 1000, len(p.data), wire_len) + p.data
    path.write_bytes(gzip.compress(out, mtime=0) if path.suffix == ".gz" else out)


def write_pcapng(path: Path, packets: Iterable[CapturedPacket], keylog: str = "") -> None:
    write_capture(path, packets, ("wire",), keylog, "make_captures")
