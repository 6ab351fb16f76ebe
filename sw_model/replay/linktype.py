# SPDX-License-Identifier: BSD-2-Clause
"""Captured packets of other link types as Ethernet frames (tcpdump.org/linktypes.html)."""

from __future__ import annotations

from sw_model.wire.frame import ETHERTYPE_IPV4, ETHERTYPE_IPV6

NULL, ETHERNET, LOOP, LINUX_SLL, LINUX_SLL2 = 0, 1, 108, 113, 276
RAW_IP = (12, 14, 101, 228, 229)
SUPPORTED = (NULL, ETHERNET, LOOP, LINUX_SLL, LINUX_SLL2, *RAW_IP)
NAMES = "Ethernet, Linux cooked (SLL, SLL2), raw IP, BSD loopback"

SRC_MAC, DST_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")


def to_ethernet(linktype: int, data: bytes) -> bytes | None:
    """The packet as an Ethernet frame, None if there is no IP packet in it that could be one."""
    if linktype == ETHERNET:
        return data
    if linktype == LINUX_SLL:
        return _ethernet(_mac(data[6:14], data[4:6]), data[14:16], data[16:])
    if linktype == LINUX_SLL2:
        return _ethernet(_mac(data[12:20], data[11:12]), data[0:2], data[20:])
    if linktype in (NULL, LOOP):
        return _raw_ip(data[4:])  # the address family's number differs between systems
    return _raw_ip(data)


def _mac(address: bytes, length: bytes) -> bytes:
    return address[:6] if int.from_bytes(length, "big") == 6 else SRC_MAC


def _ethernet(source: bytes, ethertype: bytes, packet: bytes) -> bytes | None:
    return DST_MAC + source + ethertype + packet if len(ethertype) == 2 else None


def _raw_ip(packet: bytes) -> bytes | None:
    if not packet:
        return None
    ethertype = {4: ETHERTYPE_IPV4, 6: ETHERTYPE_IPV6}.get(packet[0] >> 4)
    return _ethernet(SRC_MAC, ethertype.to_bytes(2, "big"), packet) if ethertype else None
