# SPDX-License-Identifier: BSD-2-Clause
"""Cutting one record out of the socket buffer and judging it.

FreeBSD sys/kern/uipc_ktls.c: ktls_detach_record, ktls_mbuf_crypto_state, tls13_find_record_type.
"""

from __future__ import annotations

import struct
from errno import EBADMSG, EINVAL, EMSGSIZE

from sw_model.kernel.ktls_session import (
    TLS_HEADER_LEN,
    TLS_MAJOR_VER_ONE,
    TLS_MAX_MSG_SIZE_V10_2,
    TLS_MINOR_VER_TWO,
    TLS_RLTYPE_APP,
    KtlsSession,
)
from sw_model.kernel.mbuf import (
    M_DECRYPTED,
    M_EOR,
    M_NOTREADY,
    MT_CONTROL,
    Mbuf,
    m_adj,
    m_free,
    m_split_tail,
)
from sw_model.kernel.sockbuf import SockBuf

KTLS_MBUF_CRYPTO_ST_MIXED = 0
KTLS_MBUF_CRYPTO_ST_ENCRYPTED = 1
KTLS_MBUF_CRYPTO_ST_DECRYPTED = -1

IPPROTO_TCP = 6
TLS_GET_RECORD = 2
CMSG_HDR = struct.Struct("<IIII")  # struct cmsghdr with its alignment: len, level, type, pad
TLS_GET_RECORD_FMT = struct.Struct(">BBBxH")  # type, vmajor, vminor, pad, length (network order)
CMSG_LEN = CMSG_HDR.size + TLS_GET_RECORD_FMT.size
CMSG_SPACE = 24


def record_length(hdr: bytes) -> int:
    """Whole record: the five header bytes and the length they announce."""
    return TLS_HEADER_LEN + int.from_bytes(hdr[3:5], "big")


def check_header(tls: KtlsSession, hdr: bytes) -> int:
    """The worker's validation: 0, EINVAL (version, type) or EMSGSIZE (length)."""
    vminor = TLS_MINOR_VER_TWO if tls.tls13 else tls.params.tls_vminor
    if hdr[1] != TLS_MAJOR_VER_ONE or hdr[2] != vminor:
        return EINVAL
    if tls.tls13 and hdr[0] != TLS_RLTYPE_APP:
        return EINVAL
    tls_len = record_length(hdr)
    if tls_len < tls.tls_hlen or tls_len > tls.tls_hlen + TLS_MAX_MSG_SIZE_V10_2 + tls.tls_tlen:
        return EMSGSIZE
    return 0


def ends_inside_mbuf(sb: SockBuf, length: int) -> bool:
    """Will detaching ``length`` bytes need a new mbuf?"""
    m = sb.sb_mtls
    while m is not None and length >= m.m_len:
        length -= m.m_len
        m = m.m_next
    return bool(length)


def ktls_detach_record(sb: SockBuf, length: int) -> Mbuf:
    """Take exactly ``length`` bytes off sb_mtls.

    The kernel's sleep for an mbuf to split into is in ``Ktls.ktls_decrypt``, before this.
    """
    if sb.sb_tlsdcc:
        raise AssertionError("a record is already detached")
    top = m = sb.sb_mtls
    assert m is not None
    assert top is not None
    left = length
    while left > m.m_len:
        left -= m.m_len
        sb.sbfree_ktls_rx(m)
        assert m.m_next is not None
        m = m.m_next
    sb.sbfree_ktls_rx(m)
    if left < m.m_len:
        rest = m_split_tail(m, left, M_NOTREADY | M_DECRYPTED)
        was_tail = sb.sb_mtlstail is m
        sb.sb_mtls = rest
        if was_tail:
            sb.sb_mtlstail = rest
        sb.sballoc_ktls_rx(rest)
    else:
        sb.sb_mtls, m.m_next = m.m_next, None
        if sb.sb_mtls is None:
            sb.sb_mtlstail = None
    sb.sb_tlsdcc = length
    sb.sb_ccc += length
    return top


def ktls_mbuf_crypto_state(m: Mbuf, length: int) -> int:
    """OR and AND of M_DECRYPTED over every byte: header, explicit nonce and tag included."""
    m_flags_ored, m_flags_anded = 0, -1
    for n in m.chain():
        if length <= 0:
            break
        m_flags_ored |= n.m_flags
        m_flags_anded &= n.m_flags
        length -= n.m_len
    if (m_flags_ored ^ m_flags_anded) & M_DECRYPTED:
        return KTLS_MBUF_CRYPTO_ST_MIXED
    if m_flags_ored & M_DECRYPTED:
        return KTLS_MBUF_CRYPTO_ST_DECRYPTED
    return KTLS_MBUF_CRYPTO_ST_ENCRYPTED


def tls13_find_record_type(
    tls: KtlsSession, m: Mbuf, tls_len: int, header_counts: bool
) -> tuple[int, int, int]:
    """(errno, record type, trailer length) of a decrypted TLS 1.3 record.

    The type is the last non-zero byte before the tag. ``header_counts`` is the kernel's bug: its
    scan starts at the header and its test is ``<``, so with an all-zero text the low byte of the
    length field (offset 4) is taken for a type and the payload length becomes -1.
    """
    digest_len = tls.tls_tlen - 1
    record_type, last_offset, offset = 0, 0, 0
    remain = max(0, tls_len - digest_len)
    for n in m.chain():
        size = min(n.m_len, remain)
        last = size
        if size and not n.store[n.m_off + size - 1]:
            last = len(n.data[:size].rstrip(b"\0"))
        if last:
            record_type, last_offset = n.store[n.m_off + last - 1], offset + last
        offset += size
        remain -= size
        if not remain:
            break
    if last_offset < tls.tls_hlen + (0 if header_counts else 1):
        return EBADMSG, 0, 0
    return 0, record_type, tls_len - last_offset + 1


def sbcreatecontrol(hdr: bytes, record_type: int, payload_len: int) -> Mbuf:
    """The TLS_GET_RECORD control message; version bytes are those of the wire."""
    m = Mbuf(m_type=MT_CONTROL)
    tgr = TLS_GET_RECORD_FMT.pack(record_type, hdr[1], hdr[2], payload_len & 0xFFFF)
    m.append(
        (CMSG_HDR.pack(CMSG_LEN, IPPROTO_TCP, TLS_GET_RECORD, 0) + tgr).ljust(CMSG_SPACE, b"\0")
    )
    return m


def strip_record(data: Mbuf, tls_hlen: int, payload_len: int) -> Mbuf:
    """Payload of a record as a readable chain: no header, no trailer, M_EOR on its last mbuf."""
    m_adj(data, tls_hlen)
    keep: Mbuf | None = data
    while keep is not None and keep.m_len == 0:
        keep = m_free(keep)
    assert keep is not None
    left = payload_len
    m = keep
    while True:
        m.m_flags &= ~(M_NOTREADY | M_DECRYPTED)
        if left <= m.m_len:
            break
        left -= m.m_len
        assert m.m_next is not None
        m = m.m_next
    m.m_len = left
    rest, m.m_next = m.m_next, None
    while rest is not None:
        rest = m_free(rest)
    m.m_flags |= M_EOR
    return keep
