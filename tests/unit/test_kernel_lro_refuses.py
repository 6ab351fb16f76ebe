# SPDX-License-Identifier: BSD-2-Clause
"""Packets that large receive offload leaves alone (FreeBSD sys/netinet/tcp_lro.c)."""

from __future__ import annotations

import pytest

from sw_model.kernel.mbuf import (
    CSUM_DATA_VALID,
    CSUM_IP_CHECKED,
    CSUM_IP_VALID,
    CSUM_PSEUDO_HDR,
    Mbuf,
    PktHdr,
    m_gethdr,
)
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.tcp import ACK, SYN, TcpSegment
from tests.unit.kernel_bench import CSUM_GOOD, DPORT, HOST, MAC_HOST, MAC_PEER, PEER, SPORT, Bench

NOP_OPTIONS = b"\x01\x01\x01\x01"


def packets(
    b: Bench, *, csum: int = CSUM_GOOD, csum_data: int = 0xFFFF, flags: int = ACK, vlan: int = 0,
    vlan_of_second: int | None = None, ip_options: bytes = b"",
) -> list[Mbuf]:  # fmt: skip
    """Two segments that follow each other."""
    out = []
    for i in range(2):
        vid = vlan if i == 0 or vlan_of_second is None else vlan_of_second
        segment = TcpSegment(
            SPORT, DPORT, b.start + 100 * i, 1000, flags, 0xFFFF, payload=bytes(100)
        )
        frame = build_tcp_frame(
            MAC_PEER, MAC_HOST, PEER[4], HOST[4], segment, vlan=vid or None, ip_options=ip_options
        )
        hdr = PktHdr(rcvif=b.nic, leaf_rcvif=b.nic, csum_data=csum_data, csum_flags=csum)
        out.append(m_gethdr(frame, hdr))
    return out


@pytest.mark.parametrize(
    ("how", "queued", "flushed"),
    [
        ({}, 2, 1),
        ({"vlan": 100}, 2, 1),
        ({"vlan": 100, "vlan_of_second": 200}, 2, 2),  # another key
        ({"vlan": 0, "vlan_of_second": 200}, 2, 2),
        ({"ip_options": NOP_OPTIONS}, 0, 0),
        ({"flags": ACK | SYN}, 0, 0),
        ({"csum": 0}, 0, 0),
        ({"csum": CSUM_IP_CHECKED | CSUM_IP_VALID | CSUM_DATA_VALID}, 0, 0),
        ({"csum": CSUM_IP_CHECKED | CSUM_IP_VALID | CSUM_PSEUDO_HDR}, 0, 0),
        ({"csum_data": 0}, 0, 0),
    ],
)
def test_who_is_queued_and_who_is_merged(how: dict[str, int], queued: int, flushed: int) -> None:
    b = Bench(enable=False)
    b.stack.if_input(packets(b, **how))  # type: ignore[arg-type]
    assert (b.counter("lro.queued"), b.counter("lro.flushed")) == (queued, flushed)


def test_a_packet_without_checksum_facts_does_not_even_come_there() -> None:
    """The driver passes it up itself: nothing is counted, and TCP computes the checksum."""
    b = Bench(enable=False)
    b.stack.if_input(packets(b, csum=0))
    assert (b.counter("lro.bad_csum"), b.counter("tcps_rcvbyte")) == (0, 200)
    b.stack.if_input(packets(b, csum_data=0))
    assert b.counter("lro.bad_csum") == 2


@pytest.mark.parametrize(("entries", "full"), [(1, 1), (2, 0)])
def test_no_entry_left(entries: int, full: int) -> None:
    """Decrypted and other packets of one connection need two; without room one goes straight up."""
    b = Bench(enable=False)
    b.stack.sysctl["net.inet.tcp.lro.entries"] = entries
    b.raw(bytes(300))
    b.poll([b.mbuf(0, 100, "E"), b.mbuf(100, 200, "D"), b.mbuf(200, 300, "E")])
    assert b.counter("lro.full") == full
    assert b.counter("lro.queued") == 3 - full
    assert b.so.recv(1000) == (0, bytes(300))
