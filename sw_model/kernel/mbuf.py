# SPDX-License-Identifier: BSD-2-Clause
"""mbuf chains: the packet header, private flags and the few m_* functions the receive path uses.

FreeBSD sys/sys/mbuf.h, sys/kern/kern_mbuf.c, sys/kern/uipc_mbuf.c. Bytes live in a store that is
either inside the mbuf (MLEN or MHLEN bytes) or a cluster shared by reference (``Ext``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MSIZE = 256
MLEN = 224
MHLEN = 160
MCLBYTES = 2048
CLUSTER_SIZES = (MCLBYTES, 4096, 9216, 16384, 65536)

M_EXT = 0x0000_0001
M_PKTHDR = 0x0000_0002
M_EOR = 0x0000_0004
M_RDONLY = 0x0000_0008
M_EXTPG = 0x0000_0100
M_NOFREE = 0x0000_0200
M_PROTO1 = 0x0000_2000
M_PROTO2 = 0x0000_4000
M_PROTO5 = 0x0002_0000
M_NOTREADY = M_PROTO1  # socket buffer private
M_BLOCKED = M_PROTO2
M_NOTAVAIL = M_NOTREADY | M_BLOCKED
M_DECRYPTED = M_PROTO5  # the payload was decrypted by the NIC
M_DEMOTEFLAGS = M_EXT | M_RDONLY | M_NOFREE | M_EXTPG

MT_DATA = 1
MT_CONTROL = 14

CSUM_L3_CALC, CSUM_L3_VALID = 0x0100_0000, 0x0200_0000
CSUM_L4_CALC, CSUM_L4_VALID = 0x0400_0000, 0x0800_0000
CSUM_L5_CALC, CSUM_L5_VALID = 0x1000_0000, 0x2000_0000
CSUM_COALESCED = 0x4000_0000
CSUM_SND_TAG = 0x8000_0000
CSUM_IP_CHECKED, CSUM_IP_VALID = CSUM_L3_CALC, CSUM_L3_VALID
CSUM_PSEUDO_HDR, CSUM_DATA_VALID = CSUM_L4_CALC, CSUM_L4_VALID
CSUM_TLS_MASK = CSUM_L5_CALC | CSUM_L5_VALID
CSUM_TLS_DECRYPTED = CSUM_L5_CALC

M_HASHTYPE_NONE = 0
M_HASHTYPE_RSS_TCP_IPV4 = 0x82  # M_HASHTYPE_HASHPROP: flowid is a good hash
M_HASHTYPE_RSS_TCP_IPV6 = 0x84
M_HASHTYPE_OPAQUE = 63


@dataclass(slots=True)
class PktHdr:
    """struct pkthdr: what the driver says about one packet. ``rcvif``/``leaf_rcvif`` are ifnets."""

    len: int = 0
    rcvif: Any = None
    leaf_rcvif: Any = None
    flowid: int = 0
    rsstype: int = M_HASHTYPE_NONE
    csum_flags: int = 0
    csum_data: int = 0
    ether_vtag: int = 0
    lro_nsegs: int = 0

    @property
    def tls_decrypted(self) -> bool:
        """The test every layer uses: L5_CALC set and L5_VALID clear."""
        return (self.csum_flags & CSUM_TLS_MASK) == CSUM_TLS_DECRYPTED


class Ext:
    """A cluster: bytes shared by reference between mbufs."""

    __slots__ = ("buf", "ref")

    def __init__(self, buf: bytearray) -> None:
        self.buf = buf
        self.ref = 1


class Mbuf:
    """struct mbuf. ``m_next`` links one packet or record, ``m_nextpkt`` the next of a queue."""

    __slots__ = (
        "ext",
        "m_flags",
        "m_len",
        "m_next",
        "m_nextpkt",
        "m_off",
        "m_pkthdr",
        "m_type",
        "mem",
        "store",
    )

    def __init__(self, size: int = MLEN, *, ext: bool = False, m_type: int = MT_DATA) -> None:
        self.store = store = bytearray(size)
        if ext:
            self.ext: Ext | None = Ext(store)
            self.m_flags, self.mem = M_EXT, MSIZE + size  # mem: cost in a socket buffer (sballoc)
        else:
            self.ext, self.m_flags, self.mem = None, 0, MSIZE
        self.m_type = m_type
        self.m_off = 0
        self.m_len = 0
        self.m_next: Mbuf | None = None
        self.m_nextpkt: Mbuf | None = None
        self.m_pkthdr: PktHdr | None = None

    @property
    def data(self) -> bytes:
        """The m_len valid bytes (a copy)."""
        return bytes(self.store[self.m_off : self.m_off + self.m_len])

    @data.setter
    def data(self, value: bytes) -> None:
        """Overwrite the valid bytes in place; the length must not change."""
        if len(value) != self.m_len:
            raise ValueError("m_data may only be overwritten in place")
        self.store[self.m_off : self.m_off + self.m_len] = value

    @property
    def decrypted(self) -> bool:
        return bool(self.m_flags & M_DECRYPTED)

    def writable(self) -> bool:
        """M_WRITABLE: not read-only and not a shared cluster."""
        return not self.m_flags & M_RDONLY and (self.ext is None or self.ext.ref == 1)

    def trailing_space(self) -> int:
        """M_TRAILINGSPACE."""
        return len(self.store) - self.m_off - self.m_len if self.writable() else 0

    def append(self, data: bytes) -> None:
        """Copy ``data`` behind the valid bytes; the caller checked the space."""
        end = self.m_off + self.m_len
        self.store[end : end + len(data)] = data
        self.m_len += len(data)

    def chain(self) -> Iterator[Mbuf]:
        """The mbufs linked by m_next, this one first."""
        m: Mbuf | None = self
        while m is not None:
            yield m
            m = m.m_next

    def __repr__(self) -> str:
        return f"Mbuf(len={self.m_len}, flags=0x{self.m_flags:x})"


def m_get(data: bytes, size: int | None = None) -> Mbuf:
    """An mbuf without a packet header; a cluster when the bytes do not fit inside."""
    return _fill(data, MLEN, size)


def m_gethdr(data: bytes, pkthdr: PktHdr | None = None, size: int | None = None) -> Mbuf:
    """A packet of one mbuf. ``size`` forces a cluster of that size, as a receive ring's does.

    Small packets live inside the mbuf (mlx5 copies up to MHLEN - 2 bytes; mlx5_en_rx.c).
    """
    m = _fill(data, MHLEN, size)
    m.m_flags |= M_PKTHDR
    m.m_pkthdr = pkthdr if pkthdr is not None else PktHdr()
    m.m_pkthdr.len = len(data)
    return m


def _fill(data: bytes, inside: int, size: int | None) -> Mbuf:
    length = len(data)
    if size is None and length > inside:
        at = bisect_left(CLUSTER_SIZES, length)
        size = CLUSTER_SIZES[at] if at < len(CLUSTER_SIZES) else length
    m = Mbuf(inside) if size is None else Mbuf(size, ext=True)
    m.store[:length] = data
    m.m_len = length
    return m


def m_length(m: Mbuf | None) -> int:
    """Bytes in a chain."""
    length = 0
    while m is not None:
        length += m.m_len
        m = m.m_next
    return length


def m_last(m: Mbuf) -> Mbuf:
    """The last mbuf of a chain."""
    while m.m_next is not None:
        m = m.m_next
    return m


def m_copydata(m: Mbuf | None, off: int, length: int) -> bytes:
    """``length`` bytes from offset ``off`` of a chain; all of them must exist."""
    if m is not None and off + length <= m.m_len:  # the usual case needs no assembly
        start = m.m_off + off
        return bytes(memoryview(m.store)[start : start + length])
    out = bytearray()
    while m is not None and length:
        if off < m.m_len:
            take = min(length, m.m_len - off)
            start = m.m_off + off
            out += m.store[start : start + take]
            length -= take
            off = 0
        else:
            off -= m.m_len
        m = m.m_next
    if length:
        raise ValueError("m_copydata past the end of the chain")
    return bytes(out)


def m_free(m: Mbuf) -> Mbuf | None:
    """Free one mbuf, return its m_next."""
    if m.ext is not None:
        m.ext.ref -= 1
        m.ext = None
    n, m.m_next = m.m_next, None
    return n


def m_freem(m: Mbuf | None) -> None:
    """Free a chain."""
    while m is not None:
        m = m_free(m)


def m_adj(m: Mbuf, req_len: int) -> None:
    """Trim from the front (positive) or the end (negative); emptied mbufs stay in the chain."""
    if 0 <= req_len <= m.m_len:  # the usual case: all of it in the first mbuf
        m.m_off += req_len
        m.m_len -= req_len
        left = 0
    elif req_len >= 0:
        left = req_len
        n: Mbuf | None = m
        while left and n is not None:
            cut = min(left, n.m_len)
            n.m_off += cut
            n.m_len -= cut
            left -= cut
            n = n.m_next
    else:
        left = -req_len
        keep = max(0, m_length(m) - left)
        for each in m.chain():
            each.m_len = min(each.m_len, keep)
            keep -= each.m_len
        left = 0
    if m.m_pkthdr is not None:
        m.m_pkthdr.len = max(0, m.m_pkthdr.len - abs(req_len) + left)


def m_demote_pkthdr(m: Mbuf) -> None:
    """Drop the packet header: its facts are gone afterwards (kern_mbuf.c)."""
    m.m_pkthdr = None
    m.m_flags &= ~M_PKTHDR


def m_split_tail(m: Mbuf, off: int, keep_flags: int) -> Mbuf:
    """The bytes of ONE mbuf from ``off`` on, as a new mbuf with the ``keep_flags`` of the old.

    The cluster is shared by reference, inside bytes are copied (ktls_detach_record's split).
    """
    rest = m.m_len - off
    if m.ext is not None:
        n = Mbuf(0)
        n.ext, n.store, n.mem = m.ext, m.ext.buf, m.mem
        m.ext.ref += 1
        n.m_flags = M_EXT | (m.m_flags & M_RDONLY)
        n.m_off, n.m_len = m.m_off + off, rest
    else:
        n = m_get(m.data[off:])
    n.m_flags |= m.m_flags & keep_flags
    n.m_next = m.m_next
    m.m_next = None
    m.m_len = off
    return n
