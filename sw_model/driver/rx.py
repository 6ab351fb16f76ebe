# SPDX-License-Identifier: BSD-2-Clause
"""A received packet and its metadata become an mbuf (mlx5_en_rx.c, mlx5e_build_rx_mbuf)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

from sw_model.driver.faults import DriverFaults
from sw_model.kernel.mbuf import (
    CSUM_DATA_VALID,
    CSUM_IP_CHECKED,
    CSUM_IP_VALID,
    CSUM_PSEUDO_HDR,
    CSUM_TLS_DECRYPTED,
    M_HASHTYPE_OPAQUE,
    M_HASHTYPE_RSS_TCP_IPV4,
    M_HASHTYPE_RSS_TCP_IPV6,
    MCLBYTES,
    MHLEN,
    Mbuf,
    PktHdr,
    m_gethdr,
)
from sw_model.nic.layout import PktMeta, TlsStatus

ETHER_ALIGN = 2
ALMOST_MHLEN = range(MHLEN - ETHER_ALIGN + 1, MHLEN + 1)  # fit, but the driver leaves room to align
CSUM_GOOD = CSUM_IP_CHECKED | CSUM_IP_VALID | CSUM_DATA_VALID | CSUM_PSEUDO_HDR
# Attributes of an Enum are slow to look up; these are needed for every packet.
DECRYPTED, AUTH_FAIL, RESYNC = TlsStatus.DECRYPTED, TlsStatus.AUTH_FAIL, TlsStatus.RESYNC


@dataclass(slots=True)
class RqStats:
    """Counters of one receive ring."""

    packets: int = 0
    bytes: int = 0
    csum_none: int = 0
    decrypted_ok_packets: int = 0
    decrypted_error_packets: int = 0


def checksums_good(meta: PktMeta) -> bool:
    """The hardware verified every checksum this packet has; only then LRO may take it."""
    l3_good = meta.is_ipv6 or (meta.l3_checked and meta.l3_ok)
    return l3_good and meta.l4_checked and meta.l4_ok and not meta.bad


def flow_hash(frame: bytes, meta: PktMeta) -> tuple[int, int]:
    """(flowid, hash type): a stand-in for the device's RSS hash over addresses and ports."""
    if not meta.is_tcp:
        return 0, M_HASHTYPE_OPAQUE
    start, size = (12, 8) if meta.is_ipv4 else (8, 32)
    start += meta.l3_off
    addresses = frame[start : start + size]
    ports = frame[meta.l4_off : meta.l4_off + 4]
    kind = M_HASHTYPE_RSS_TCP_IPV4 if meta.is_ipv4 else M_HASHTYPE_RSS_TCP_IPV6
    return zlib.crc32(addresses + ports), kind


def is_decrypted(status: TlsStatus, faults: DriverFaults) -> bool:
    """Only code 1 marks the packet; codes 0, 2 and 3 go up as encrypted."""
    return (
        status == DECRYPTED
        or (status == AUTH_FAIL and faults.code3_is_decrypted)
        or (status == RESYNC and faults.code2_is_decrypted)
    )


def build_rx_mbuf(
    frame: bytes, meta: PktMeta, ifp: Any, stats: RqStats, faults: DriverFaults
) -> Mbuf:
    """One packet for the stack; FreeBSD ignores the resync code."""
    stats.packets += 1
    stats.bytes += len(frame)
    flowid, rsstype = flow_hash(frame, meta)
    hdr = PktHdr(0, ifp, ifp, flowid, rsstype)
    if checksums_good(meta):
        hdr.csum_flags, hdr.csum_data = CSUM_GOOD, 0xFFFF
    else:
        stats.csum_none += 1
    if is_decrypted(meta.tls_status, faults):
        hdr.csum_flags |= CSUM_TLS_DECRYPTED
        stats.decrypted_ok_packets += 1
    elif meta.tls_status == AUTH_FAIL:
        stats.decrypted_error_packets += 1
    # Up to MHLEN - 2 bytes are copied into the mbuf; the rest stays in the ring's cluster.
    return m_gethdr(frame, hdr, MCLBYTES if len(frame) in ALMOST_MHLEN else None)
