# SPDX-License-Identifier: BSD-2-Clause
"""Frames around a TCP segment: Ethernet with VLAN tags, IPv4 or IPv6, right checksums."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sw_model.wire.checksum import IPPROTO_TCP, addresses_sum, complement, ones_sum
from sw_model.wire.frame import ETHERTYPE_IPV4, ETHERTYPE_IPV6, BuiltFrame, IPAddress
from sw_model.wire.ip import IPV4_HLEN, ipv4_header, ipv6_header
from sw_model.wire.tcp import NO_OPTIONS, TCP_HLEN, TcpSegment

MIN_FRAME = 60  # 64 less the FCS

# IPv4 and TCP header of the usual frame, without options; time to live and protocol are one word.
_USUAL = struct.Struct("!BBHHHHH4s4sHHIIBBHHH")


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
    frame = ethernet_header(src_mac, dst_mac, ethertype, vlan) + payload
    return frame.ljust(MIN_FRAME, b"\0") if pad else frame


def ethernet_header(
    src_mac: bytes, dst_mac: bytes, ethertype: int, vlan: int | Sequence[int] | None = None
) -> bytes:
    """Addresses, tags and type."""
    vids = () if vlan is None else (vlan,) if isinstance(vlan, int) else tuple(vlan)
    tpids = [0x8100] * len(vids)
    if len(vids) > 1:
        tpids[0] = 0x88A8  # IEEE 802.1ad: the service tag is outermost
    tags = b"".join(struct.pack("!HH", tpid, vid) for tpid, vid in zip(tpids, vids, strict=True))
    return dst_mac + src_mac + tags + struct.pack("!H", ethertype)


class TcpPath:
    """From one host to another: what the frames of a connection have in common, made once."""

    def __init__(
        self,
        src_mac: bytes,
        dst_mac: bytes,
        src: IPAddress,
        dst: IPAddress,
        vlan: int | Sequence[int] | None = None,
    ) -> None:
        if src.version != dst.version:
            raise ValueError(f"addresses of two families: {src} and {dst}")
        self.v4 = src.version == 4
        self.raw_src, self.raw_dst = src.packed, dst.packed
        ethertype = ETHERTYPE_IPV4 if self.v4 else ETHERTYPE_IPV6
        self.addresses = addresses_sum(self.raw_src, self.raw_dst)
        self.ethernet = ethernet_header(src_mac, dst_mac, ethertype, vlan)

    def frame(
        self,
        segment: TcpSegment,
        ttl: int = 64,
        ident: int = 0,
        ip_options: bytes = b"",
        extensions: Sequence[tuple[int, bytes]] = (),
    ) -> bytes:
        """A frame with right checksums, not padded."""
        if self.v4 and segment.options is NO_OPTIONS and not ip_options:
            return self._usual(segment, ttl, ident & 0xFFFF)
        src, dst, payload = self.raw_src, self.raw_dst, segment.payload
        tcp = segment.emit_header(src, dst)
        size = len(tcp) + len(payload)
        if self.v4:
            ip = ipv4_header(src, dst, size, ttl, ident, ip_options)
        else:
            ip = ipv6_header(src, dst, size, ttl, extensions)
        return BuiltFrame(b"".join((self.ethernet, ip, tcp, payload)))

    def _usual(self, segment: TcpSegment, ttl: int, ident: int) -> bytes:
        """Headers of IPv4 and TCP without options, as one write: most frames have them."""
        payload, seq, ack = segment.payload, int(segment.seq), int(segment.ack)
        sport, dport = segment.sport, segment.dport
        flags, window = segment.flags, segment.window
        tcp_len = TCP_HLEN + len(payload)
        total, time = IPV4_HLEN + tcp_len, ttl << 8 | IPPROTO_TCP
        ip_sum = 0x4500 + total + ident + time + self.addresses
        tcp_sum = self.addresses + IPPROTO_TCP + tcp_len + sport + dport + seq + ack
        tcp_sum += TCP_HLEN << 10 | flags
        tcp_sum += window + ones_sum(payload)
        headers = _USUAL.pack(
            0x45, 0, total, ident, 0, time, complement(ip_sum), self.raw_src, self.raw_dst,
            sport, dport, seq, ack, TCP_HLEN << 2, flags, window, complement(tcp_sum), 0,
        )  # fmt: skip
        return BuiltFrame(b"".join((self.ethernet, headers, payload)))


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
    path = TcpPath(src_mac, dst_mac, src, dst, vlan)
    frame = path.frame(segment, ttl, ident, ip_options, extensions)
    return frame.ljust(MIN_FRAME, b"\0") if pad else frame
