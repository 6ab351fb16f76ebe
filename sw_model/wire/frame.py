# SPDX-License-Identifier: BSD-2-Clause
"""Ethernet, VLAN, IPv4 and IPv6 around a TCP segment: what a receiver finds in a frame.

``parse_frame`` mirrors the engine's parser (docs/engine.md), rule by rule:

1. Headers are only seen in the first 128 bytes of a frame, up to and including the 20 fixed bytes
   of TCP; TCP options may reach further.
2. Tags: TPID 0x8100 or 0x88a8, at most two; a third one leaves an unknown ether type.
3. ``is_ipv4`` / ``is_ipv6``: a complete, consistent IP header (version, IHL >= 5, total length >=
   header and inside the frame). The IPv4 checksum may still be wrong (``l3_ok``).
4. Fragments (IPv4: MF or an offset; IPv6: a fragment header, even an atomic one) set ``is_frag``
   and are not TCP. At most two of the IPv6 headers hop-by-hop (0), routing (43) and destination
   (60) are skipped; a routing header with segments left makes the checksum unverifiable.
5. ``is_tcp``: unfragmented TCP whose header length is >= 20 and inside the IP length. Bytes beyond
   the IP length are padding.
6. ``l3_off`` is 0 without IP; ``l4_off``, ``payload_off``, ``payload_len``, ports and the TCP
   header are 0 or None without ``is_tcp``.
"""

from __future__ import annotations

import ipaddress
import struct

from sw_model.wire.checksum import (
    IPPROTO_TCP,
    pseudo_sum,
    verifies,
)
from sw_model.wire.ip import (
    HEADER_WINDOW,
    IP_MF,
    IP_OFFMASK,
    IpInfo,
    parse_ipv4,
    parse_ipv6,
)
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import TCP_HLEN, TcpHeader, TcpSegment

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

ETH_HLEN = 14
ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
TPIDS = (0x8100, 0x88A8)
MAX_TAGS = 2

NO_IP: IpInfo = (False, 0, 0, 0, False, b"", b"", False)
_TAG = struct.Struct("!HH")

# Ether type, IPv4 and TCP of the usual frame: no tag, no options of IP; as one read.
_USUAL = struct.Struct("!HBxH2xHxB2x4s4sHHIIBBHHH")
USUAL_L4 = 34
USUAL_LEN = USUAL_L4 + TCP_HLEN
_new_seq = int.__new__


class BuiltFrame(bytes):
    """A frame from ``wire.build.TcpPath``: its checksums are right, and bytes do not change.
    Whatever makes another frame of it makes plain bytes."""

    __slots__ = ()


class ParsedFrame:
    """One frame and what its headers say; addresses are packed bytes until asked for.

    ``l3_ok`` and ``l4_ok`` are computed when they are asked for: who got these verdicts from a NIC
    never does. These are properties, as a ``__getattr__`` would make every attribute slow.
    """

    __slots__ = (
        "_l3_ok",
        "_l4_ok",
        "data",
        "dport",
        "is_frag",
        "is_ipv4",
        "is_ipv6",
        "is_tcp",
        "l3_checked",
        "l3_off",
        "l4_checked",
        "l4_off",
        "payload_len",
        "payload_off",
        "raw_dst",
        "raw_src",
        "sport",
        "tags",
        "tcp",
    )

    def __init__(
        self,
        data: bytes,
        tags: tuple[int, ...] = (),
        l3_off: int = 0,
        ip: IpInfo | None = None,
        tcp: TcpHeader | None = None,
    ) -> None:
        self.data, self.tags, self.l3_off, self.tcp = data, tags, l3_off, tcp
        self.is_tcp = tcp is not None
        v4, l4_off, end, _, frag, src, dst, final = ip or NO_IP
        self.is_ipv4 = self.l3_checked = v4
        self.is_ipv6, self.is_frag = ip is not None and not v4, frag
        self.raw_src, self.raw_dst = src, dst
        if tcp is None:
            self.l4_off = self.payload_off = self.payload_len = self.sport = self.dport = 0
            self.l4_checked = False
        else:
            self.l4_off = l4_off
            self.payload_off = payload_off = l4_off + tcp.data_off
            self.payload_len = end - payload_off
            self.l4_checked = final
            self.sport, self.dport = tcp.sport, tcp.dport
        self._l3_ok: bool | None = None
        self._l4_ok: bool | None = None
        if type(data) is BuiltFrame:
            self._l3_ok, self._l4_ok = v4, self.l4_checked

    @property
    def l3_ok(self) -> bool:
        """The IPv4 header checksum holds."""
        if self._l3_ok is None:
            self._l3_ok = self.is_ipv4 and self._header_ok()
        return self._l3_ok

    @property
    def l4_ok(self) -> bool:
        """The TCP checksum can be verified, and holds."""
        if self._l4_ok is None:
            self._l4_ok = self.l4_checked and self._segment_ok()
        return self._l4_ok

    def _header_ok(self) -> bool:
        off = self.l3_off
        return verifies(self.data[off : off + (self.data[off] & 0xF) * 4])

    def _segment_ok(self) -> bool:
        segment = self.data[self.l4_off : self.payload_off + self.payload_len]
        return verifies(segment, pseudo_sum(self.raw_src, self.raw_dst, len(segment)))

    @property
    def dst_mac(self) -> bytes:
        return self.data[0:6]

    @property
    def src_mac(self) -> bytes:
        return self.data[6:12]

    @property
    def vlan(self) -> bool:
        """An outermost tag is present."""
        return bool(self.tags)

    @property
    def vid(self) -> int:
        """VLAN id of the outermost tag, 0 without one."""
        return self.tags[0] if self.tags else 0

    @property
    def src(self) -> IPAddress | None:
        return ipaddress.ip_address(self.raw_src) if self.raw_src else None

    @property
    def dst(self) -> IPAddress | None:
        return ipaddress.ip_address(self.raw_dst) if self.raw_dst else None

    @property
    def payload(self) -> bytes:
        """TCP payload."""
        return self.data[self.payload_off : self.payload_off + self.payload_len]

    @property
    def good(self) -> bool:
        """TCP, and every checksum there is verified."""
        return self.is_tcp and self.l4_ok and (self.is_ipv6 or self.l3_ok)

    @property
    def lookup(self) -> bool:
        """The engine would look this frame's 5-tuple up: good TCP with at most one tag."""
        return len(self.tags) <= 1 and self.good

    def segment(self) -> TcpSegment:
        """The TCP segment as a value; only for ``is_tcp``."""
        if self.tcp is None:
            raise ValueError("not a TCP frame")
        return TcpSegment.of(self.tcp, self.payload)


def parse_frame(data: bytes) -> ParsedFrame:
    """Parse any bytes; never raises."""
    return _parse_usual(data) or parse_any_frame(data)


def _parse_usual(data: bytes) -> ParsedFrame | None:
    """TCP over IPv4 without tags and IP options; None for every other frame, or a damaged one."""
    if len(data) < USUAL_LEN:
        return None
    (
        ethertype, first, total, frag, protocol, src, dst,
        sport, dport, seq, ack, doff, flags, window, csum, urgent,
    ) = _USUAL.unpack_from(data, 12)  # fmt: skip
    if ethertype != ETHERTYPE_IPV4 or first != 0x45 or protocol != IPPROTO_TCP:
        return None
    data_off, end = doff >> 4 << 2, ETH_HLEN + total
    if frag & (IP_MF | IP_OFFMASK) or data_off < TCP_HLEN:
        return None
    if not USUAL_L4 + data_off <= end <= len(data):
        return None
    raw = data[USUAL_LEN : USUAL_L4 + data_off] if data_off > TCP_HLEN else b""
    seq, ack = _new_seq(SeqNum, seq), _new_seq(SeqNum, ack)
    tcp = TcpHeader(sport, dport, seq, ack, data_off, flags, window, csum, urgent, raw)
    ip = (True, USUAL_L4, end, protocol, False, src, dst, True)
    return ParsedFrame(data, (), ETH_HLEN, ip, tcp)


def parse_any_frame(data: bytes) -> ParsedFrame:
    """``parse_frame`` layer by layer; ``_parse_usual`` may know less than this, nothing else."""
    tags: tuple[int, ...] = ()
    off, ethertype = ETH_HLEN, int.from_bytes(data[12:14], "big")
    while ethertype in TPIDS and len(tags) < MAX_TAGS and off + 4 <= len(data):
        vid, ethertype = _TAG.unpack_from(data, off)
        tags += (vid & 0xFFF,)
        off += 4
    ip: IpInfo | None = None
    if ethertype == ETHERTYPE_IPV4:
        ip = parse_ipv4(data, off)
    elif ethertype == ETHERTYPE_IPV6:
        ip = parse_ipv6(data, off)
    if ip is None:
        return ParsedFrame(data, tags)
    tcp = None
    _, l4_off, end, protocol, frag, _, _, _ = ip
    if protocol == IPPROTO_TCP and not frag and l4_off + TCP_HLEN <= HEADER_WINDOW:
        tcp = TcpHeader.parse(data, l4_off, end)
    return ParsedFrame(data, tags, off, ip, tcp)
