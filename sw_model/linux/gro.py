# SPDX-License-Identifier: BSD-2-Clause
"""GRO: consecutive segments of one poll become one packet (net/core/gro.c, tcp_offload.c).

Unlike FreeBSD's LRO the order of a flow's packets never changes: what does not fit to the held
packet sends it up first. Packets of which the marks differ are never merged.
"""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.linux.skbuff import SkBuff, skb_mergeable
from sw_model.wire.frame import ParsedFrame
from sw_model.wire.tcp import ACK, PSH, TcpSegment

GRO_MAX_SIZE = 65536


@dataclass(slots=True)
class RxPacket:
    """One received TCP packet on its way up: headers of the first frame, payload of all."""

    frame: ParsedFrame
    skb: SkBuff
    flags: int
    segs: int = 1
    size: int = 0  # gso_size: payload of the first segment
    flush: bool = False

    @classmethod
    def of(cls, frame: ParsedFrame, skb: SkBuff) -> RxPacket:
        assert frame.tcp is not None
        return cls(frame, skb, frame.tcp.flags, size=len(skb.data))

    @property
    def key(self) -> tuple[object, ...]:
        f = self.frame
        return f.raw_src, f.raw_dst, f.sport, f.dport, f.tags

    def segment(self) -> TcpSegment:
        tcp = self.frame.tcp
        assert tcp is not None
        return TcpSegment(
            tcp.sport, tcp.dport, tcp.seq, tcp.ack, self.flags, tcp.window, tcp.options,
            self.skb.data,
        )  # fmt: skip


def tcp_gro_receive(held: RxPacket, new: RxPacket) -> bool:
    """Append ``new`` to ``held`` if a receiver could not tell the difference."""
    a, b = held.frame.tcp, new.frame.tcp
    assert a is not None
    assert b is not None
    fits = (
        held.skb.end_seq == new.skb.seq
        and not held.flush
        and not (held.flags | new.flags) & ~(ACK | PSH)
        and a.ack == b.ack
        and a.window == b.window
        and a.raw_options == b.raw_options
        and 0 < len(new.skb.data) <= held.size
        and len(held.skb.data) + len(new.skb.data) <= GRO_MAX_SIZE
        and skb_mergeable(held.skb, new.skb)
    )
    if fits:
        held.skb.data += new.skb.data
        held.flags |= new.flags
        held.segs += 1
        held.flush = len(new.skb.data) < held.size or bool(new.flags & PSH)
    return fits


def napi_gro_receive(batch: list[RxPacket]) -> list[RxPacket]:
    """The packets of one poll, merged; flows leave in the order of their first packet."""
    out: list[RxPacket] = []
    held: dict[tuple[object, ...], RxPacket] = {}
    for packet in batch:
        key = packet.key
        last = held.get(key)
        if last is not None and tcp_gro_receive(last, packet):
            continue
        out.append(packet)
        held.pop(key, None)
        if packet.skb.data and not packet.flags & ~(ACK | PSH):
            held[key] = packet
    return out
