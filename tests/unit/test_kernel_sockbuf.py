# SPDX-License-Identifier: BSD-2-Clause
"""What may be merged in a TLS receive buffer, which flags survive, what its memory limit counts.

FreeBSD sys/kern/uipc_sockbuf.c: sbappend_ktls_rx, sbcompress_ktls_rx, sbspace.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sw_model.kernel.mbuf import (
    CSUM_TLS_DECRYPTED,
    M_DECRYPTED,
    M_EOR,
    M_EXT,
    M_EXTPG,
    M_NOTREADY,
    M_PKTHDR,
    M_PROTO2,
    M_RDONLY,
    MCLBYTES,
    MHLEN,
    MSIZE,
    Mbuf,
    PktHdr,
    m_get,
    m_gethdr,
)
from sw_model.kernel.sockbuf import SB_NOCOALESCE, SB_TLS_RX, SockBuf


def packet(size: int, mark: str = "E", cluster: int | None = MCLBYTES) -> Mbuf:
    hdr = PktHdr(csum_flags=CSUM_TLS_DECRYPTED if mark == "D" else 0)
    return m_gethdr(bytes(size), hdr, cluster)


def buffer(hiwat: int = 1 << 16) -> SockBuf:
    sb = SockBuf(hiwat, 1 << 21)
    sb.sb_flags = SB_TLS_RX
    return sb


def append(sb: SockBuf, *packets: Mbuf) -> list[Mbuf]:
    """Each packet on its own; the TLS chain as it is then."""
    for m in packets:
        sb.sbappendstream_locked(m)
        sb.check()
    return list(sb.sb_mtls.chain()) if sb.sb_mtls else []


def nothing(sb: SockBuf) -> None:
    pass


def set_nocoalesce(sb: SockBuf) -> None:
    sb.sb_flags |= SB_NOCOALESCE


def tail_flag(flag: int) -> Callable[[SockBuf], None]:
    def change(sb: SockBuf) -> None:
        assert sb.sb_mtlstail is not None
        sb.sb_mtlstail.m_flags |= flag

    return change


@pytest.mark.parametrize(
    ("change", "mbufs"),
    [
        (nothing, 1),
        (set_nocoalesce, 2),
        (tail_flag(M_EXTPG), 2),
        (tail_flag(M_RDONLY), 2),
    ],
)
def test_each_condition_of_a_merge(change: Callable[[SockBuf], None], mbufs: int) -> None:
    sb = buffer()
    append(sb, packet(100))
    change(sb)
    assert len(append(sb, packet(100))) == mbufs
    assert (sb.sb_ccc, sb.sb_tlscc, sb.sb_acc) == (200, 200, 0)


@pytest.mark.parametrize(("size", "mbufs"), [(60, 1), (61, 2)])
def test_a_merge_must_fit_into_the_tail(size: int, mbufs: int) -> None:
    sb = buffer()
    chain = append(sb, packet(MHLEN - 60, cluster=None), packet(size))
    assert [m.m_len for m in chain] == ([MHLEN] if mbufs == 1 else [MHLEN - 60, size])


def test_memory_is_counted_when_linked_not_when_merged() -> None:
    sb = buffer()
    append(sb, packet(100, cluster=None))
    assert sb.sb_mbcnt == MSIZE
    append(sb, packet(20))
    assert sb.sb_mbcnt == MSIZE
    append(sb, packet(600))
    assert sb.sb_mbcnt == MSIZE + MSIZE + MCLBYTES


def test_a_chain_without_packet_header_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="not a packet"):
        buffer().sbappendstream_locked(m_get(b"x"))


def test_only_demote_flags_survive_and_one_header_marks_all_its_mbufs() -> None:
    """M_EOR or a private flag of lower layers would end a record, or mean something else here."""
    m, second, bare = packet(600, "D"), packet(600, "E"), Mbuf(MCLBYTES, ext=True)
    bare.append(bytes(600))
    bare.m_flags |= M_EOR | M_PROTO2
    m.m_next, bare.m_next = bare, second
    chain = append(buffer(), m)
    assert [n.m_flags for n in chain] == [
        M_EXT | M_NOTREADY | M_DECRYPTED,
        M_EXT | M_NOTREADY | M_DECRYPTED,
        M_EXT | M_NOTREADY,
    ]
    assert not any(n.m_flags & M_PKTHDR or n.m_pkthdr for n in chain)


def test_empty_mbufs_are_freed() -> None:
    m, rest = packet(0, "D"), Mbuf(MCLBYTES, ext=True)
    rest.append(bytes(600))
    m.m_next = rest
    chain = append(buffer(), m)
    assert [(n.m_len, n.decrypted) for n in chain] == [(600, True)]


def test_memory_limits_the_window_before_the_bytes_do() -> None:
    """Clusters that are hardly used: sb_mbmax is eight times sb_hiwat, and never above sb_max."""
    sb = buffer(4096)
    sb.sb_flags |= SB_NOCOALESCE
    assert sb.sb_mbmax == 8 * 4096
    for _ in range(14):
        append(sb, packet(1))
    assert sb.sbspace() == 8 * 4096 - 14 * (MSIZE + MCLBYTES)
    assert SockBuf(1 << 20, 1 << 21).sb_mbmax == 1 << 21
