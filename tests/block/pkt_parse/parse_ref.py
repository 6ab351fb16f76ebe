# SPDX-License-Identifier: BSD-2-Clause
"""What the parser must say of a frame: docs/engine.md written down a second time.

Kept apart from ``sw_model.wire`` on purpose, so that two readings of the rules are compared.
"""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.nic.layout import PktMeta
from tests.block.pkt_parse.frame_kit import internet_checksum, pseudo

WINDOW = 128
MAX_FRAME = 16384
KEY_W = 302


@dataclass(frozen=True, slots=True)
class Header:
    """pkt_hdr_t; ``key`` only where a lookup is worth it."""

    oversize: bool
    lookup: bool
    clean: bool
    key: tuple[int, ...] | None
    meta: PktMeta

    @classmethod
    def unpack(cls, word: int) -> Header:
        clean, lookup = (bool(word >> (KEY_W + bit) & 1) for bit in (160, 161))
        key = word >> 160 & ((1 << KEY_W) - 1)
        fields: list[int] = []
        for width in (16, 16, 128, 128, 12, 1, 1):
            fields.insert(0, key & ((1 << width) - 1))
            key >>= width
        return cls(
            bool(word >> (KEY_W + 162)),
            lookup,
            clean,
            tuple(fields) if lookup else None,
            PktMeta.unpack(word & ((1 << 160) - 1)),
        )


def expected(frame: bytes, bad: bool = False) -> Header:
    """The header that belongs to ``frame``."""
    if len(frame) > MAX_FRAME:
        return Header(True, False, True, None, PktMeta(frame_len=0xFFFF))
    fields: dict[str, int] = {"frame_len": len(frame), "bad": bad}
    key = None
    tags, l3, kind = _tags(frame)
    if tags:
        fields |= {"vlan": True, "vid": tags[0]}
    ip = None
    if kind == 0x0800:
        ip = _ipv4(frame, l3)
    elif kind == 0x86DD:
        ip = _ipv6(frame, l3)
    if ip is not None:
        fields |= {"l3_off": l3, **ip.fields}
        ports = _tcp(frame, ip, fields)
        good = fields.get("l4_ok") and (ip.six or fields["l3_ok"]) and not bad and len(tags) < 2
        if ports is not None and good:
            key = (int(ip.six), int(bool(tags)), tags[0] if tags else 0, *ip.addresses, *ports)
    meta = PktMeta(**fields)  # type: ignore[arg-type]
    payload = frame[meta.payload_off :][: meta.payload_len]
    return Header(False, key is not None, not holds_record_header(payload), key, meta)


def holds_record_header(payload: bytes) -> bool:
    """Whether five bytes in a row could be a record header of TLS 1.2 or TLS 1.3."""
    return any(
        payload[at] in (20, 21, 22, 23)
        and payload[at + 1 : at + 3] == b"\x03\x03"
        and 17 <= _u16(payload, at + 3) <= 16408
        for at in range(len(payload) - 4)
    )


@dataclass(slots=True)
class _Ip:
    six: bool
    at: int
    end: int
    proto: int
    src: bytes
    dst: bytes
    checkable: bool
    fields: dict[str, int]

    @property
    def addresses(self) -> tuple[int, int]:
        return int.from_bytes(self.src, "big"), int.from_bytes(self.dst, "big")


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big") if at + 2 <= len(data) else 0


def _tags(frame: bytes) -> tuple[list[int], int, int]:
    tags: list[int] = []
    at = 12
    while len(tags) < 2 and _u16(frame, at) in (0x8100, 0x88A8) and at + 6 <= len(frame):
        tags.append(_u16(frame, at + 2) & 0xFFF)
        at += 4
    return tags, at + 2, _u16(frame, at)


def _ipv4(frame: bytes, l3: int) -> _Ip | None:
    seen = frame[:WINDOW]
    if len(seen) < l3 + 20 or seen[l3] >> 4 != 4:
        return None
    hlen = 4 * (seen[l3] & 15)
    total = _u16(seen, l3 + 2)
    if hlen < 20 or l3 + hlen > len(seen) or total < hlen or l3 + total > len(frame):
        return None
    fields = {
        "is_ipv4": True,
        "l3_checked": True,
        "l3_ok": internet_checksum(seen[l3 : l3 + hlen]) == 0,
        "is_frag": _u16(seen, l3 + 6) & 0x3FFF != 0,
    }
    src, dst = seen[l3 + 12 : l3 + 16], seen[l3 + 16 : l3 + 20]
    return _Ip(False, l3 + hlen, l3 + total, seen[l3 + 9], src, dst, True, fields)


def _ipv6(frame: bytes, l3: int) -> _Ip | None:
    seen = frame[:WINDOW]
    if len(seen) < l3 + 40 or seen[l3] >> 4 != 6:
        return None
    end = l3 + 40 + _u16(seen, l3 + 4)
    if end > len(frame):
        return None
    proto, at, checkable = seen[l3 + 6], l3 + 40, True
    for _ in range(2):
        if proto in (0, 43, 60) and at + 8 <= len(seen) and at + 8 <= end:
            if proto == 43 and seen[at + 3] != 0:
                checkable = False
            proto, at = seen[at], at + 8 + 8 * seen[at + 1]
    fields = {"is_ipv6": True, "is_frag": proto == 44}
    src, dst = seen[l3 + 8 : l3 + 24], seen[l3 + 24 : l3 + 40]
    return _Ip(True, at, end, proto, src, dst, checkable, fields)


def _tcp(frame: bytes, ip: _Ip, fields: dict[str, int]) -> tuple[int, int] | None:
    """Add the TCP fields if the header holds; the ports or None."""
    if ip.proto != 6 or ip.fields["is_frag"] or ip.at + 20 > min(len(frame), WINDOW):
        return None
    payload = ip.at + 4 * (frame[ip.at + 12] >> 4)
    if payload < ip.at + 20 or payload > ip.end:
        return None
    segment = frame[ip.at : ip.end]
    check = internet_checksum(pseudo(ip.src, ip.dst, len(segment)) + segment)
    fields |= {
        "is_tcp": True,
        "tcp_seq": int.from_bytes(segment[4:8], "big"),
        "tcp_flags": segment[13],
        "l4_off": ip.at,
        "payload_off": payload,
        "payload_len": ip.end - payload,
        "l4_checked": ip.checkable,
        "l4_ok": ip.checkable and check == 0,
    }
    return _u16(segment, 0), _u16(segment, 2)
