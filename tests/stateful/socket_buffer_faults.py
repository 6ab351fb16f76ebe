# SPDX-License-Identifier: BSD-2-Clause
"""Planted faults of the socket buffer's accounts and marks; its machine must see each.

Each takes the function it stands for and returns the broken one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sw_model.kernel.mbuf import M_DECRYPTED, Mbuf
from sw_model.kernel.sockbuf import SockBuf

Patched = Callable[..., Any]


def detached_bytes_not_claimed(real: Patched) -> Patched:
    """ktls_detach_record forgets that sb_ccc counts the record still."""

    def detach(sb: SockBuf, length: int) -> Mbuf:
        m: Mbuf = real(sb, length)
        sb.sb_ccc -= length
        return m

    return detach


def detached_record_not_told(real: Patched) -> Patched:
    """ktls_detach_record does not set sb_tlsdcc."""

    def detach(sb: SockBuf, length: int) -> Mbuf:
        m: Mbuf = real(sb, length)
        sb.sb_tlsdcc = 0
        return m

    return detach


def split_loses_the_mark(real: Patched) -> Patched:
    """The rest of an mbuf behind a record's end is not marked any more."""
    return lambda m, off, flags: real(m, off, flags & ~M_DECRYPTED)


def small_packets_take_the_tails_mark(real: Patched) -> Patched:
    """sbcompress_ktls_rx merges mbufs of different marks."""

    def compress(sb: SockBuf, m: Mbuf, n: Mbuf | None) -> None:
        if n is not None and m.m_len <= n.trailing_space():
            m.m_flags = (m.m_flags & ~M_DECRYPTED) | (n.m_flags & M_DECRYPTED)
        real(sb, m, n)

    return compress


def flush_keeps_the_detached_record(real: Patched) -> Patched:
    """sbflush leaves the account of the record that the worker holds."""

    def flush(sb: SockBuf) -> None:
        held = sb.sb_tlsdcc
        real(sb)
        sb.sb_tlsdcc = sb.sb_ccc = held

    return flush


def memory_of_freed_mbufs(real: Patched) -> Patched:
    """sbfree_ktls_rx gives the bytes back, not the memory."""

    def free(sb: SockBuf, m: Mbuf) -> None:
        real(sb, m)
        sb.sb_mbcnt += m.mem

    return free
