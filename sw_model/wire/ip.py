# SPDX-License-Identifier: BSD-2-Clause
"""IPv4 (RFC 791) and IPv6 (RFC 8200) headers: parse and emit together.

The parsers follow the engine's rules, which are written in ``wire/frame.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sw_model.wire.checksum import IPPROTO_TCP, addresses_sum, complement, ones_sum

HEADER_WINDOW = 128  # headers are seen in the first bytes of a frame only
IPV4_HLEN, IPV6_HLEN = 20, 40
IP_MF, IP_OFFMASK = 0x2000, 0x1FFF
SKIPPABLE = (0, 43, 60)  # hop-by-hop, routing, destination options
ROUTING, FRAGMENT = 43, 44
MAX_SKIPPED = 2

_IPV4_EMIT = struct.Struct("!BBHHHBBH4s4s")
_IPV4 = struct.Struct("!BxH2xHxBxx4s4s")  # what a receiver looks at


# What the IP layer found: is it IPv4; where the next header begins and the packet ends; protocol;
# is it a fragment; packed source and destination; is that the final destination, which the TCP
# checksum counts. A plain tuple, as two are made for every packet.
IpInfo = tuple[bool, int, int, int, bool, bytes, bytes, bool]


def parse_ipv4(data: bytes, off: int) -> IpInfo | None:
    """RFC 791 header at ``off``, or None if malformed; with two tags it ends at byte 82."""
    if off + IPV4_HLEN > min(len(data), HEADER_WINDOW):
        return None
    first, total, frag, protocol, src, dst = _IPV4.unpack_from(data, off)
    hlen = (first & 0xF) * 4
    if first >> 4 != 4 or hlen < IPV4_HLEN or total < hlen or off + total > len(data):
        return None
    fragment = frag & (IP_MF | IP_OFFMASK) != 0
    return True, off + hlen, off + total, protocol, fragment, src, dst, True


def parse_ipv6(data: bytes, off: int) -> IpInfo | None:
    """RFC 8200 header at ``off`` and the extension headers that can be skipped."""
    if off + IPV6_HLEN > min(len(data), HEADER_WINDOW) or data[off] >> 4 != 6:
        return None
    (length,) = struct.unpack_from("!H", data, off + 4)
    protocol, l4_off, end = data[off + 6], off + IPV6_HLEN, off + IPV6_HLEN + length
    if end > len(data):
        return None
    final = True
    for _ in range(MAX_SKIPPED):
        if protocol not in SKIPPABLE or l4_off + 8 > min(end, HEADER_WINDOW):
            break
        if protocol == ROUTING and data[l4_off + 3]:  # segments left
            final = False
        protocol, l4_off = data[l4_off], l4_off + (data[l4_off + 1] + 1) * 8
    src, dst = data[off + 8 : off + 24], data[off + 24 : off + 40]
    return False, l4_off, end, protocol, protocol == FRAGMENT, src, dst, final


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
    return ipv4_header(src, dst, len(payload), ttl, ident, options, frag, protocol) + payload


def ipv4_header(
    src: bytes,
    dst: bytes,
    payload_len: int,
    ttl: int = 64,
    ident: int = 0,
    options: bytes = b"",
    frag: int = 0,
    protocol: int = IPPROTO_TCP,
) -> bytes:
    """The part of ``build_ipv4`` before the payload."""
    if len(options) % 4 or len(options) > 40:
        raise ValueError("IPv4 options must be a multiple of 4, at most 40 bytes")
    hlen = IPV4_HLEN + len(options)
    first, total, ident = 0x40 | hlen >> 2, hlen + payload_len, ident & 0xFFFF
    words = (first << 8) + total + ident + frag + (ttl << 8 | protocol) + addresses_sum(src, dst)
    csum = complement(words + ones_sum(options) if options else words)
    header = _IPV4_EMIT.pack(first, 0, total, ident, frag, ttl, protocol, csum, src, dst)
    return header + options if options else header


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
    return ipv6_header(src, dst, len(payload), hop_limit, extensions, protocol) + payload


def ipv6_header(
    src: bytes,
    dst: bytes,
    payload_len: int,
    hop_limit: int = 64,
    extensions: Sequence[tuple[int, bytes]] = (),
    protocol: int = IPPROTO_TCP,
) -> bytes:
    """The part of ``build_ipv6`` before the payload."""
    chain = [kind for kind, _ in extensions] + [protocol]
    ext = b""
    for (kind, body), following in zip(extensions, chain[1:], strict=True):
        if (len(body) + 2) % 8:
            raise ValueError(f"extension header {kind}: body must be 8n - 2 bytes")
        ext += bytes((following, (len(body) + 2) // 8 - 1)) + body
    fixed = struct.pack("!IHBB", 6 << 28, len(ext) + payload_len, chain[0], hop_limit)
    return fixed + src + dst + ext
