# SPDX-License-Identifier: BSD-2-Clause
"""Ethernet, VLAN, IPv4 and IPv6 around a TCP segment: parse and emit together.

``parse_frame`` mirrors the engine's parser (docs/engine.md), rule by rule:

1. Headers are only seen in the first 128 bytes of a frame, up to and including the 20 fixed bytes
   of TCP; TCP options may reach further.
2. Tags: TPID 0x8100 or 0x88a8, at most two; a third one leaves an unknown ether type.
3. ``is_ipv4`` / ``is_ipv6``: a complete, consistent IP header (version, IHL >= 5, total length >=
   header and inside the frame). The IPv4 checksum may still be wrong (``l3_ok``).
4. Fragments (IPv4: MF or an offset; IPv6: a fragment header, even an atomic one) set ``is_frag``
   and are not TCP. IPv6 hop-by-hop (0), routing (43) and destination (60) headers are skipped.
5. ``is_tcp``: unfragmented TCP whose header length is >= 20 and inside the IP length. Bytes beyond
   the IP length are padding.
6. ``l3_off`` is 0 without IP; ``l4_off``, ``payload_off``, ``payload_len``, ports and the TCP
   header are 0 or None without ``is_tcp``.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sw_model.wire.checksum import IPPROTO_TCP, checksum, pseudo_sum, verifies
from sw_model.wire.tcp import TCP_HLEN, TcpHeader, TcpSegment

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

HEADER_WINDOW = 128
MIN_FRAME = 60  # 64 less the FCS
ETH_HLEN, IPV4_HLEN, IPV6_HLEN = 14, 20, 40
ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
TPIDS = (0x8100, 0x88A8)
MAX_TAGS = 2
IP_MF, IP_OFFMASK = 0x2000, 0x1FFF
SKIPPABLE = (0, 43, 60)
FRAGMENT = 44


@dataclass(frozen=True, slots=True)
class _Ip:
    """What the IP layer found: where it ends, what it carries, between whom."""

    v4: bool
    l4_off: int
    end: int
    protocol: int
    frag: bool
    src: bytes
    dst: bytes
    ok: bool


@dataclass(frozen=True, slots=True)
class ParsedFrame:
    """One frame and what its headers say; addresses are packed bytes until asked for."""

    data: bytes
    tags: tuple[int, ...] = ()
    l3_off: int = 0
    l4_off: int = 0
    payload_off: int = 0
    payload_len: int = 0
    is_ipv4: bool = False
    is_ipv6: bool = False
    is_tcp: bool = False
    is_frag: bool = False
    l3_checked: bool = False
    l3_ok: bool = False
    l4_checked: bool = False
    l4_ok: bool = False
    raw_src: bytes = b""
    raw_dst: bytes = b""
    sport: int = 0
    dport: int = 0
    tcp: TcpHeader | None = None

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
        return self.is_tcp and self.l4_ok and (self.l3_ok or self.is_ipv6)

    @property
    def lookup(self) -> bool:
        """The engine would look this frame's 5-tuple up: good TCP with at most one tag."""
        return self.good and len(self.tags) <= 1

    def segment(self) -> TcpSegment:
        """The TCP segment as a value; only for ``is_tcp``."""
        if self.tcp is None:
            raise ValueError("not a TCP frame")
        return TcpSegment.of(self.tcp, self.payload)


def _parse_ipv4(data: bytes, off: int) -> _Ip | None:
    """RFC 791 header at ``off``, or None if it is malformed or leaves the header window."""
    if off + IPV4_HLEN > min(len(data), HEADER_WINDOW):
        return None
    hlen = (data[off] & 0xF) * 4
    total, frag = struct.unpack_from("!H2xH", data, off + 2)
    if data[off] >> 4 != 4 or hlen < IPV4_HLEN or off + hlen > HEADER_WINDOW:
        return None
    if total < hlen or off + total > len(data):
        return None
    ok = verifies(data[off : off + hlen])
    return _Ip(
        True,
        off + hlen,
        off + total,
        data[off + 9],
        bool(frag & (IP_MF | IP_OFFMASK)),
        data[off + 12 : off + 16],
        data[off + 16 : off + 20],
        ok,
    )


def _parse_ipv6(data: bytes, off: int) -> _Ip | None:
    """RFC 8200 header at ``off`` and the extension headers that can be skipped."""
    if off + IPV6_HLEN > min(len(data), HEADER_WINDOW) or data[off] >> 4 != 6:
        return None
    (length,) = struct.unpack_from("!H", data, off + 4)
    protocol, l4_off, end = data[off + 6], off + IPV6_HLEN, off + IPV6_HLEN + length
    if end > len(data):
        return None
    while protocol in SKIPPABLE and l4_off + 8 <= min(end, HEADER_WINDOW):
        protocol, l4_off = data[l4_off], l4_off + (data[l4_off + 1] + 1) * 8
    return _Ip(
        False,
        l4_off,
        end,
        protocol,
        protocol == FRAGMENT,
        data[off + 8 : off + 24],
        data[off + 24 : off + 40],
        False,
    )


def _parse_tcp(data: bytes, ip: _Ip) -> TcpHeader | None:
    """The TCP header, or None for another protocol, a fragment or a header that does not fit."""
    if ip.protocol != IPPROTO_TCP or ip.frag or ip.l4_off + TCP_HLEN > HEADER_WINDOW:
        return None
    return TcpHeader.parse(data, ip.l4_off, ip.end)


def parse_frame(data: bytes) -> ParsedFrame:
    """Parse any bytes; never raises."""
    data = bytes(data)
    tags: list[int] = []
    off, ethertype = ETH_HLEN, int.from_bytes(data[12:14], "big")
    while ethertype in TPIDS and len(tags) < MAX_TAGS and off + 4 <= len(data):
        tags.append(int.from_bytes(data[off : off + 2], "big") & 0xFFF)
        ethertype = int.from_bytes(data[off + 2 : off + 4], "big")
        off += 4
    ip: _Ip | None = None
    if ethertype == ETHERTYPE_IPV4:
        ip = _parse_ipv4(data, off)
    elif ethertype == ETHERTYPE_IPV6:
        ip = _parse_ipv6(data, off)
    if ip is None:
        return ParsedFrame(data, tuple(tags))
    tcp = _parse_tcp(data, ip)
    if tcp is None:
        return ParsedFrame(
            data,
            tuple(tags),
            off,
            is_ipv4=ip.v4,
            is_ipv6=not ip.v4,
            is_frag=ip.frag,
            l3_checked=ip.v4,
            l3_ok=ip.ok,
            raw_src=ip.src,
            raw_dst=ip.dst,
        )
    tcp_bytes = data[ip.l4_off : ip.end]
    payload_off = ip.l4_off + tcp.data_off
    return ParsedFrame(
        data,
        tuple(tags),
        off,
        ip.l4_off,
        payload_off,
        ip.end - payload_off,
        is_ipv4=ip.v4,
        is_ipv6=not ip.v4,
        is_tcp=True,
        is_frag=False,
        l3_checked=ip.v4,
        l3_ok=ip.ok,
        l4_checked=True,
        l4_ok=verifies(tcp_bytes, pseudo_sum(ip.src, ip.dst, len(tcp_bytes))),
        raw_src=ip.src,
        raw_dst=ip.dst,
        sport=tcp.sport,
        dport=tcp.dport,
        tcp=tcp,
    )


def build_ipv4(
    src: bytes,
    dst: bytes,
    payload: bytes,
    *,
    ttl: int = 64,
    ident: int = 0,
    options: bytes = b"",
    frag: int = 0,
    protocol: int = IPPROTO_TCP,
) -> bytes:
    """An IPv4 packet; ``options`` is 4n bytes, ``frag`` the word of flags and offset."""
    if len(options) % 4 or len(options) > 40:
        raise ValueError("IPv4 options must be a multiple of 4, at most 40 bytes")
    hlen = IPV4_HLEN + len(options)
    header = (
        struct.pack(
            "!BBHHHBBH",
            0x40 | hlen >> 2,
            0,
            hlen + len(payload),
            ident & 0xFFFF,
            frag,
            ttl,
            protocol,
            0,
        )
        + src
        + dst
        + options
    )
    return header[:10] + checksum(header).to_bytes(2, "big") + header[12:] + payload


def build_ipv6(
    src: bytes,
    dst: bytes,
    payload: bytes,
    *,
    hop_limit: int = 64,
    extensions: Sequence[tuple[int, bytes]] = (),
    protocol: int = IPPROTO_TCP,
) -> bytes:
    """An IPv6 packet; ``extensions`` are (type, body after the two fixed bytes), length 8n - 2."""
    chain = [kind for kind, _ in extensions] + [protocol]
    ext = b""
    for (kind, body), following in zip(extensions, chain[1:], strict=True):
        if (len(body) + 2) % 8:
            raise ValueError(f"extension header {kind}: body must be 8n - 2 bytes")
        ext += bytes((following, (len(body) + 2) // 8 - 1)) + body
    return struct.pack("!IHBB", 6 << 28, len(ext) + len(payload), chain[0], hop_limit) + (
        src + dst + ext + payload
    )


def build_ethernet(
    src_mac: bytes,
    dst_mac: bytes,
    ethertype: int,
    payload: bytes,
    *,
    vlan: int | Sequence[int] | None = None,
    pad: bool = False,
) -> bytes:
    """An Ethernet frame without FCS; ``vlan`` is one id or several, outermost first."""
    vids = () if vlan is None else (vlan,) if isinstance(vlan, int) else tuple(vlan)
    tpids = [0x8100] * len(vids)
    if len(vids) > 1:
        tpids[0] = 0x88A8  # IEEE 802.1ad: the service tag is outermost
    tags = b"".join(struct.pack("!HH", tpid, vid) for tpid, vid in zip(tpids, vids, strict=True))
    frame = dst_mac + src_mac + tags + struct.pack("!H", ethertype) + payload
    return frame.ljust(MIN_FRAME, b"\0") if pad else frame


def build_tcp_frame(
    src_mac: bytes,
    dst_mac: bytes,
    src: IPAddress,
    dst: IPAddress,
    segment: TcpSegment,
    vlan: int | Sequence[int] | None = None,
    ttl: int = 64,
    ident: int = 0,
    pad: bool = False,
    ip_options: bytes = b"",
    extensions: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """A TCP frame with right checksums; IPv4 or IPv6 by the type of the addresses."""
    if src.version != dst.version:
        raise ValueError(f"addresses of two families: {src} and {dst}")
    raw_src, raw_dst = src.packed, dst.packed
    tcp = segment.emit(raw_src, raw_dst)
    if src.version == 4:
        packet = build_ipv4(raw_src, raw_dst, tcp, ttl=ttl, ident=ident, options=ip_options)
        ethertype = ETHERTYPE_IPV4
    else:
        packet = build_ipv6(raw_src, raw_dst, tcp, hop_limit=ttl, extensions=extensions)
        ethertype = ETHERTYPE_IPV6
    return build_ethernet(src_mac, dst_mac, ethertype, packet, vlan=vlan, pad=pad)
