# SPDX-License-Identifier: BSD-2-Clause
"""What LRO reads of a packet's headers. FreeBSD sys/netinet/tcp_lro.c, tcp_lro_parser.

The headers are read where they lie, and only what LRO needs; the stack parses what comes out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sw_model.kernel.mbuf import Mbuf, m_copydata, m_length
from sw_model.wire.frame import ETH_HLEN, ETHERTYPE_IPV4, USUAL_L4, USUAL_LEN, parse_frame
from sw_model.wire.ip import IP_MF, IP_OFFMASK, IPV4_HLEN
from sw_model.wire.seq import MASK
from sw_model.wire.tcp import ACK, PSH, TCP_HLEN

TCPOLEN_TSTAMP_APPA = 12
ONE_SEGMENT = (ACK, ACK | PSH)  # flags of a segment that can be one of many

# Ether type, IPv4 and TCP of the usual packet: no tag, no options of IP, none of TCP. Addresses
# and ports stay together, as a key.
_USUAL = struct.Struct("!HBxH2xHxB2x12sIIBBH")
_PORTS = struct.Struct("!HH")
_NO_TCP_OPTIONS = TCP_HLEN << 2  # the header length as it stands in its byte
_V4_TCP = (ETHERTYPE_IPV4, 0x45, 6)


@dataclass(slots=True)
class LroPacket:
    """One packet and its headers; offsets count from its first byte.

    ``key``: tags, addresses and ports. ``pad``: bytes behind the IP length, which are not payload.
    ``mergeable``: payload, ACK and PSH only, no options or just the timestamp in its usual layout.
    """

    m: Mbuf
    key: tuple[tuple[int, ...], bytes]
    is_ipv4: bool
    l3_off: int
    l4_off: int
    payload_off: int
    payload_len: int
    pad: int
    seq: int
    ack: int
    flags: int
    window: int
    options: bytes
    ts: tuple[int, int] | None
    mergeable: bool

    @property
    def next_seq(self) -> int:
        """Sequence number behind the payload."""
        return (self.seq + self.payload_len) & MASK


def tcp_lro_parser(m: Mbuf) -> LroPacket | None:
    """The headers of a packet; None if it is not TCP, or of a kind that LRO does not take."""
    if m.m_len < USUAL_LEN:
        return _parse_any(m)
    ethertype, first, total, frag, protocol, key, seq, ack, doff, flags, window = (
        _USUAL.unpack_from(m.store, m.m_off + 12)
    )
    size = total - (IPV4_HLEN + TCP_HLEN)
    pad = m.m_len - (USUAL_LEN + size)
    usual = (ethertype, first, protocol) == _V4_TCP and doff & 0xF0 == _NO_TCP_OPTIONS
    if not usual or frag & (IP_MF | IP_OFFMASK) or size < 0 or pad < 0 or m.m_next is not None:
        return _parse_any(m)
    return LroPacket(  # in the order of the fields: names would take longer than all the rest
        m, ((), key), True, ETH_HLEN, USUAL_L4, USUAL_LEN, size, pad,
        seq, ack, flags, window, b"", None, size > 0 and flags in ONE_SEGMENT,
    )  # fmt: skip


def _parse_any(m: Mbuf) -> LroPacket | None:
    """The same from a whole parse; the usual way may know less than this, nothing else."""
    frame = parse_frame(m_copydata(m, 0, m_length(m)))
    th = frame.tcp
    if th is None or (frame.is_ipv4 and frame.l4_off - frame.l3_off != IPV4_HLEN):
        return None
    ts, size = th.options.ts, frame.payload_len
    return LroPacket(
        m=m,
        key=(frame.tags, frame.raw_src + frame.raw_dst + _PORTS.pack(frame.sport, frame.dport)),
        is_ipv4=frame.is_ipv4,
        l3_off=frame.l3_off,
        l4_off=frame.l4_off,
        payload_off=frame.payload_off,
        payload_len=size,
        pad=len(frame.data) - frame.payload_off - size,
        seq=int(th.seq),
        ack=int(th.ack),
        flags=th.flags,
        window=th.window,
        options=th.raw_options,
        ts=ts,
        mergeable=size > 0 and th.flags in ONE_SEGMENT and _usual_options(th.raw_options, ts),
    )


def _usual_options(raw: bytes, ts: tuple[int, int] | None) -> bool:
    return not raw or (len(raw) == TCPOLEN_TSTAMP_APPA and ts is not None)
