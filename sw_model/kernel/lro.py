# SPDX-License-Identifier: BSD-2-Clause
"""Large receive offload. FreeBSD sys/netinet/tcp_lro.c, tcp_lro.h.

Decrypted and other segments of one connection have different keys, so they never merge. Entries
go to the head of the active list and are flushed from its head: the flow (or state) seen last
goes up first. One poll of D1 D2 E3 D4 therefore reaches TCP as E3, D1+D2, D4.

Packets without payload are never merged here (the kernel condenses some pure ACKs).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sw_model.kernel.counters import Counters, Sysctl
from sw_model.kernel.lro_parser import LroPacket, tcp_lro_parser
from sw_model.kernel.mbuf import (
    CSUM_DATA_VALID,
    CSUM_IP_CHECKED,
    CSUM_IP_VALID,
    CSUM_PSEUDO_HDR,
    CSUM_TLS_DECRYPTED,
    Mbuf,
    PktHdr,
    m_adj,
    m_demote_pkthdr,
    m_last,
)
from sw_model.wire.ip import IPV6_HLEN
from sw_model.wire.seq import MASK, SeqNum
from sw_model.wire.tcp import SYN, TCP_HLEN

LRO_FLAG_DECRYPTED = 1
LRO_LENGTH_LIM = 65535 - 255
LRO_NSEGS_LIM = 65535
TCP_LRO_CANNOT, TCP_LRO_NOT_SUPPORTED, TCP_LRO_NO_ENTRIES = -1, 1, -2

CSUM_GOOD = CSUM_DATA_VALID | CSUM_PSEUDO_HDR


# Flags, and the key of the packets.
LroKey = tuple[int, tuple[tuple[int, ...], bytes]]


@dataclass(slots=True)
class LroEntry:
    """struct lro_entry: the packets of one key, in arrival order."""

    key: LroKey
    packets: list[LroPacket] = field(default_factory=list)


class LroCtrl:
    """struct lro_ctrl of one receive ring; ``if_input`` takes what comes out."""

    def __init__(
        self,
        sysctl: Sysctl,
        counters: Counters,
        if_input: Callable[[Mbuf], None],
    ) -> None:
        self.sysctl, self.counters, self.if_input = sysctl, counters, if_input
        self.lro_active: list[LroEntry] = []  # head first

    def tcp_lro_rx(self, m: Mbuf) -> int:
        """0: queued. Else the driver has to pass the packet up itself."""
        hdr = m.m_pkthdr
        assert hdr is not None
        if self.sysctl["net.inet.ip.forwarding"]:
            return TCP_LRO_CANNOT
        if hdr.csum_flags & CSUM_GOOD != CSUM_GOOD or hdr.csum_data != 0xFFFF:
            self.counters.inc("lro.bad_csum")
            return TCP_LRO_CANNOT
        pkt = tcp_lro_parser(m)
        if pkt is None:
            return TCP_LRO_NOT_SUPPORTED
        if pkt.flags & SYN:
            return TCP_LRO_CANNOT
        key = (LRO_FLAG_DECRYPTED if hdr.tls_decrypted else 0, pkt.key)
        for entry in self.lro_active:
            if entry.key == key:
                break
        else:
            new = self._new_entry(key)
            if new is None:
                return TCP_LRO_NO_ENTRIES
            entry = new
        entry.packets.append(pkt)
        self.counters.inc("lro.queued")
        return 0

    def _new_entry(self, key: LroKey) -> LroEntry | None:
        """At the head of the active list, if there is room."""
        if len(self.lro_active) >= self.sysctl["net.inet.tcp.lro.entries"]:
            self.counters.inc("lro.full")
            return None
        entry = LroEntry(key)
        self.lro_active.insert(0, entry)
        return entry

    def tcp_lro_flush_all(self) -> None:
        """tcp_lro_rx_done: pop from the head until nothing is active."""
        while self.lro_active:
            self._flush(self.lro_active.pop(0))

    def _flush(self, le: LroEntry) -> None:
        """tcp_lro_condense: join what follows the head, push the head where something does not."""
        flags, _ = le.key
        run = LroRun(le.packets[0])
        for pkt in le.packets[1:]:
            if run.accepts(pkt):
                run.add(pkt)
            else:
                self._push(run, flags)
                run = LroRun(pkt)
        self._push(run, flags)

    def _push(self, run: LroRun, flags: int) -> None:
        self.counters.inc("lro.flushed")
        if run.nsegs > 1:
            run.rewrite(flags)
        self.if_input(run.head.m)


class LroRun:
    """A packet that grows: the head of an entry with what was merged behind it."""

    __slots__ = ("data_len", "flags", "head", "latest", "next_seq", "nsegs", "tail")

    def __init__(self, head: LroPacket) -> None:
        self.head = self.latest = head
        self.tail = m_last(head.m)
        self.nsegs = 1
        self.data_len = head.payload_len
        self.next_seq = head.next_seq
        self.flags = head.flags

    def accepts(self, pkt: LroPacket) -> bool:
        """Everything a receiver could tell apart must be equal, or newer."""
        latest = self.latest
        return (
            latest.mergeable
            and pkt.mergeable
            and pkt.seq == self.next_seq
            and len(pkt.options) == len(self.head.options)
            and (pkt.ts is None or latest.ts is None or SeqNum(pkt.ts[0]) >= SeqNum(latest.ts[0]))
            and self.data_len + pkt.payload_len <= LRO_LENGTH_LIM
            and self.nsegs < LRO_NSEGS_LIM
        )

    def add(self, pkt: LroPacket) -> None:
        """Link the payload behind the head; its own packet header goes, the head's covers it."""
        head_hdr = self.head.m.m_pkthdr
        assert head_hdr is not None
        if self.nsegs == 1:
            trim_padding(self.head)
        trim_padding(pkt)
        m, size = pkt.m, pkt.payload_len
        m_adj(m, pkt.payload_off)
        m_demote_pkthdr(m)
        self.tail.m_next = m
        self.tail = m_last(m)
        head_hdr.len += size
        self.data_len += size
        self.next_seq = (self.next_seq + size) & MASK
        self.flags |= pkt.flags
        self.nsegs += 1
        self.latest = pkt

    def rewrite(self, lro_flags: int) -> None:
        """Headers and csum_flags of the merged packet, the latter built from scratch."""
        head, latest, m = self.head, self.latest, self.head.m
        length = head.payload_off - head.l3_off + self.data_len
        at = head.l3_off + 2 if head.is_ipv4 else head.l3_off + 4
        _patch(m, at, (length if head.is_ipv4 else length - IPV6_HLEN).to_bytes(2, "big"))
        _patch(m, head.l4_off + 8, latest.ack.to_bytes(4, "big"))
        _patch(m, head.l4_off + 13, bytes((self.flags & 0xFF,)))
        _patch(m, head.l4_off + 14, latest.window.to_bytes(2, "big"))
        _patch(m, head.l4_off + TCP_HLEN, latest.options)
        hdr: PktHdr | None = m.m_pkthdr
        assert hdr is not None
        hdr.csum_flags = CSUM_DATA_VALID | CSUM_PSEUDO_HDR
        hdr.csum_flags |= CSUM_IP_CHECKED | CSUM_IP_VALID if head.is_ipv4 else 0
        hdr.csum_flags |= CSUM_TLS_DECRYPTED if lro_flags & LRO_FLAG_DECRYPTED else 0
        hdr.csum_data = 0xFFFF
        hdr.lro_nsegs = self.nsegs


def trim_padding(pkt: LroPacket) -> None:
    """Bytes behind the IP length are not payload."""
    if pkt.pad:
        m_adj(pkt.m, -pkt.pad)


def _patch(m: Mbuf, off: int, data: bytes) -> None:
    m.store[m.m_off + off : m.m_off + off + len(data)] = data
