# SPDX-License-Identifier: BSD-2-Clause
"""What rx_track is given: a list of packets and commands, with the reference run along.

The order is fixed before the simulation starts, so the reference predicts everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sw_model.nic.layout import PktMeta
from tests.block.rx_track.reference import Result, Tracker
from tests.block.rx_track.slot_reference import Static
from tests.block.structs import CTX_REQ, pack

OPS = {"set_static": 0, "set_psv": 1, "get_psv": 2, "destroy": 3}
KEY_BITS = 302
LONG = 40 * 64  # an oversize frame is longer than the ring
# Fields of track_ev_t.
EVENTS = ("auth_ok", "auth_fail", "resync_req", "resync_lock", "resync_ok", "resync_skip")


def look_alike(header: bytes) -> bool:
    """What the parser takes for a record header, whatever the version."""
    length = header[3] << 8 | header[4]
    return 20 <= header[0] <= 23 and header[1:3] == b"\x03\x03" and 17 <= length <= 16408


@dataclass
class Packet:
    """A frame as parser and lookup hand it over; `ok` is the crypto's verdict, if there is one."""

    flow: int
    seq: int
    payload: bytes
    head: int = 54  # bytes before the payload
    pad: bytes = b""  # bytes behind it
    ok: bool = True
    looked_at: bool = True
    oversize: bool = False
    change: dict[str, Any] = field(default_factory=dict)  # metadata fields

    def frame(self) -> bytes:
        pad = self.pad + bytes(LONG) if self.oversize else self.pad
        return Random(self.seq).randbytes(self.head) + self.payload + pad

    def meta(self, cmd_count: int = 0) -> PktMeta:
        values: dict[str, Any] = {
            "cmd_count": cmd_count,
            "frame_len": self.head + len(self.payload) + len(self.pad),
            "tcp_seq": self.seq & 0xFFFF_FFFF,
            "payload_len": len(self.payload),
            "payload_off": self.head,
            "l3_off": 14,
            "l4_off": 34,
            "tcp_flags": 0x10,
            "is_ipv4": True,
            "is_tcp": True,
            "l3_checked": True,
            "l3_ok": True,
            "l4_checked": True,
            "l4_ok": True,
            "flow_valid": True,
            "flow": self.flow,
        }
        if self.oversize:
            values["frame_len"] = 65535
        return PktMeta(**(values | self.change))

    def header(self) -> int:
        key = 0x5A5A << 16  # the tracker must not care
        flags = self.oversize << 2 | 1 << 1 | self.clean()
        return flags << KEY_BITS + 160 | key << 160 | self.meta().pack()

    def clean(self) -> bool:
        """No header lies wholly in the payload; every third clean packet does not say so."""
        data = self.payload
        headers = (data[at : at + 5] for at in range(len(data) - 4))
        return self.seq % 3 > 0 and not any(look_alike(header) for header in headers)


@dataclass
class Command:
    """A command on a context; `psv` is what it must read."""

    op: str
    flow: int
    static: Static | None = None
    resync_sn: int = 0
    next_sn: int = 0
    psv: tuple[int, ...] = ()
    frames: int = 0

    def request(self) -> int:
        values: dict[str, int] = {"op": OPS[self.op], "ctx": self.flow}
        if self.static:
            values |= {
                "tls13": self.static.tls13,
                "key": self.static.key,
                "iv": int.from_bytes(self.static.iv, "big"),
                "record_number": self.static.number,
                "resync_tcp_sn": self.resync_sn,
            }
        return pack(CTX_REQ, **values, next_tcp_sn=self.next_sn)


class Script:
    """The list of packets and commands, with the reference run along."""

    def __init__(self, width: int, relock_records: int = 4096) -> None:
        self.reference = Tracker(width, relock_records)
        self.relock = relock_records
        self.items: list[Packet | Command] = []
        self.results: list[Result] = []  # one for each packet
        self.keys: dict[int, list[int]] = {}
        self.events = dict.fromkeys(EVENTS, 0)

    def packet(self, packet: Packet) -> Result:
        result = Result(flow=packet.flow)
        if packet.looked_at:
            result = self.reference.packet(packet.flow, packet.seq & 0xFFFF_FFFF, packet.payload)
        packet.ok = packet.ok or result.checks == 0
        if result.verdict:
            self.reference.verdict(result, packet.ok)
        self.events["resync_req"] += result.lost
        self.events["resync_lock"] += result.locks
        self.events["auth_ok"] += result.settle and packet.ok
        self.events["auth_fail"] += result.settle and not packet.ok
        static = self.reference.context(packet.flow).static
        self.keys[len(self.results)] = [static.key if static else 0]
        self.items.append(packet)
        self.results.append(result)
        return result

    def command(self, command: Command) -> Command:
        flow = command.flow
        if command.op == "set_static":
            assert command.static
            taken = self.reference.set_static(flow, command.static, command.resync_sn)
            self.events["resync_ok"] += taken is True
            self.events["resync_skip"] += taken is False
        elif command.op == "set_psv":
            self.reference.set_psv(flow, command.next_sn)
        elif command.op == "destroy":
            self.reference.destroy(flow)
        else:
            command.psv = self.reference.context(flow).psv()
        command.frames = len(self.results)
        self.items.append(command)
        return command

    def static(self, flow: int, static: Static, resync_sn: int = 0) -> None:
        self.command(Command("set_static", flow, static, resync_sn & 0xFFFF_FFFF))

    def psv(self, flow: int, next_sn: int) -> None:
        self.command(Command("set_psv", flow, next_sn=next_sn & 0xFFFF_FFFF))

    def destroy(self, flow: int) -> None:
        self.command(Command("destroy", flow))

    def get(self, flow: int) -> tuple[int, ...]:
        return self.command(Command("get_psv", flow)).psv

    def packets(self) -> Iterator[Packet]:
        return (item for item in self.items if isinstance(item, Packet))
