# SPDX-License-Identifier: BSD-2-Clause
"""Socket buffers with the TLS receive chain. FreeBSD sys/kern/uipc_sockbuf.c, sys/sys/sockbuf.h.

A TLS receive buffer holds three kinds of bytes:

    sb_mb    finished records and what came before TLS was enabled: readable (sb_acc)
    sb_mtls  bytes of records not yet processed (sb_tlscc), every mbuf M_NOTREADY
    -        one record detached by the worker (sb_tlsdcc), in no chain

Invariant (SBCHECK): sb_ccc == bytes(sb_mb) + sb_tlscc + sb_tlsdcc, and sb_mbcnt is the memory of
the two chains. ``check`` tests it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from sw_model.kernel.mbuf import (
    M_DECRYPTED,
    M_DEMOTEFLAGS,
    M_EOR,
    M_EXTPG,
    M_NOTREADY,
    M_PKTHDR,
    MCLBYTES,
    MT_CONTROL,
    Mbuf,
    m_demote_pkthdr,
    m_free,
    m_freem,
    m_last,
    m_length,
)

if TYPE_CHECKING:
    from sw_model.kernel.ktls_session import KtlsSession

SB_TLS_RX = 0x01
SB_TLS_RX_RUNNING = 0x02
SB_NOCOALESCE = 0x200
SB_TLS_RX_RESYNC = 0x8000
SBS_CANTSENDMORE = 0x10
SBS_CANTRCVMORE = 0x20
SB_EFFICIENCY = 8


class KtlsRxHooks(Protocol):
    """What the socket buffer calls in sys/kern/uipc_ktls.c."""

    def ktls_check_rx(self, sb: SockBuf) -> None: ...
    def ktls_input_ifp_mismatch(self, sb: SockBuf, ifp: Any) -> None: ...


class SockBuf:
    """struct sockbuf, receive side."""

    def __init__(
        self,
        hiwat: int,
        sb_max: int,
        hooks: KtlsRxHooks | None = None,
        leaf_ifp_of_first_mbuf: bool = False,
    ) -> None:
        self.hooks = hooks
        self.leaf_ifp_of_first_mbuf = leaf_ifp_of_first_mbuf  # see Bugs
        self.so: Any = None
        self.sb_mb: Mbuf | None = None
        self.sb_lastrecord: Mbuf | None = None
        self.sb_mtls: Mbuf | None = None
        self.sb_mtlstail: Mbuf | None = None
        self.sb_ccc = self.sb_acc = self.sb_ctl = self.sb_mbcnt = 0
        self.sb_tlscc = self.sb_tlsdcc = 0
        self.sb_tls_seqno = 0
        self.sb_tls_info: KtlsSession | None = None
        self.sb_flags = self.sb_state = 0
        self.sbreserve(hiwat, sb_max)

    def sbreserve(self, hiwat: int, sb_max: int) -> None:
        """sbreserve_locked."""
        self.sb_hiwat = hiwat
        self.sb_mbmax = min(hiwat * SB_EFFICIENCY, sb_max)

    def sbavail(self) -> int:
        """Readable bytes: what poll and kevent see."""
        return self.sb_acc

    def sbspace(self) -> int:
        """Room left: records that wait for the worker count against it."""
        return min(self.sb_hiwat - self.sb_ccc, self.sb_mbmax - self.sb_mbcnt)

    @property
    def cantrcvmore(self) -> bool:
        return bool(self.sb_state & SBS_CANTRCVMORE)

    # Accounting -------------------------------------------------------------------------------

    def sballoc(self, m: Mbuf) -> None:
        self.sb_ccc += m.m_len
        self.sb_acc += m.m_len
        if m.m_type == MT_CONTROL:
            self.sb_ctl += m.m_len
        self.sb_mbcnt += m.mem

    def sbfree(self, m: Mbuf) -> None:
        self.sb_ccc -= m.m_len
        self.sb_acc -= m.m_len
        if m.m_type == MT_CONTROL:
            self.sb_ctl -= m.m_len
        self.sb_mbcnt -= m.mem

    def sballoc_ktls_rx(self, m: Mbuf) -> None:
        self.sb_ccc += m.m_len
        self.sb_tlscc += m.m_len
        self.sb_mbcnt += m.mem

    def sbfree_ktls_rx(self, m: Mbuf) -> None:
        self.sb_ccc -= m.m_len
        self.sb_tlscc -= m.m_len
        self.sb_mbcnt -= m.mem

    # Append -----------------------------------------------------------------------------------

    def sbappendstream_locked(self, m: Mbuf) -> None:
        """Stream data from TCP: to the TLS chain, or compressed into the last record."""
        if self.sb_flags & SB_TLS_RX:
            self.sbappend_ktls_rx(m)
            return
        last = m_last(self.sb_lastrecord) if self.sb_lastrecord else None
        self.sbcompress(m, last)

    def sbcompress(self, m: Mbuf, n: Mbuf | None) -> None:
        """Link the chain behind mbuf ``n``, copying small pieces together."""
        cur: Mbuf | None = m
        while cur is not None:
            cur.m_flags &= M_DEMOTEFLAGS | M_EOR
            cur.m_pkthdr = None
            if cur.m_len == 0:
                cur = m_free(cur)
                continue
            if (
                n is not None
                and not n.m_flags & M_EOR
                and n.m_type == cur.m_type
                and self._may_copy(cur, n)
            ):
                n.append(cur.data)
                self.sb_ccc += cur.m_len
                self.sb_acc += cur.m_len
                cur = m_free(cur)
                continue
            if n is None:
                self.sb_mb = self.sb_lastrecord = cur
            else:
                n.m_next = cur
            n, cur = cur, cur.m_next
            n.m_next = None
            self.sballoc(n)

    def sbappend_ktls_rx(self, m: Mbuf) -> None:
        """Turn each packet header's decrypted bit into M_DECRYPTED of the packet's mbufs.

        An mbuf without a header belongs to the last header seen, also where that header's own
        bytes were trimmed away.
        """
        if not m.m_flags & M_PKTHDR:
            raise AssertionError("sbappend_ktls_rx: not a packet")
        ifp = None
        flags = 0
        n: Mbuf | None = m
        while n is not None:
            if n.m_flags & M_PKTHDR:
                assert n.m_pkthdr is not None
                flags = M_NOTREADY | (M_DECRYPTED if n.m_pkthdr.tls_decrypted else 0)
                # The kernel reads m, not n; m's header is already zeroed at the second packet.
                source = m if self.leaf_ifp_of_first_mbuf else n
                ifp = source.m_pkthdr.leaf_rcvif if source.m_pkthdr else None
                m_demote_pkthdr(n)
            n.m_flags = (n.m_flags & M_DEMOTEFLAGS) | flags
            n = n.m_next
        self.sbcompress_ktls_rx(m, self.sb_mtlstail)
        tls = self.sb_tls_info
        if self.hooks is not None and tls is not None:
            self.hooks.ktls_check_rx(self)
            if ifp is not None and tls.rx_ifp is not None and ifp is not tls.rx_ifp:
                self.hooks.ktls_input_ifp_mismatch(self, ifp)

    def sbcompress_ktls_rx(self, m: Mbuf, n: Mbuf | None) -> None:
        """Link the chain to sb_mtls; mbufs of different decrypted bits never merge."""
        cur: Mbuf | None = m
        while cur is not None:
            if cur.m_len == 0:
                cur = m_free(cur)
                continue
            if (
                n is not None
                and not (n.m_flags ^ cur.m_flags) & M_DECRYPTED
                and self._may_copy(cur, n)
            ):
                n.append(cur.data)
                self.sb_ccc += cur.m_len
                self.sb_tlscc += cur.m_len
                cur = m_free(cur)
                continue
            if n is None:
                self.sb_mtls = cur
            else:
                n.m_next = cur
            self.sb_mtlstail = n = cur
            cur, n.m_next = cur.m_next, None
            self.sballoc_ktls_rx(n)

    def _may_copy(self, m: Mbuf, n: Mbuf) -> bool:
        """The part of the merge test both compress functions share."""
        return (
            not self.sb_flags & SB_NOCOALESCE
            and m.m_len <= MCLBYTES // 4
            and n.writable()
            and not n.m_flags & M_EXTPG
            and m.m_len <= n.trailing_space()
        )

    def sbappendcontrol_locked(self, m0: Mbuf | None, control: Mbuf) -> None:
        """One record: its control mbuf, then its data, linked as a record of its own."""
        m_last(control).m_next = m0
        n: Mbuf | None = control
        while n is not None:
            self.sballoc(n)
            n = n.m_next
        if self.sb_lastrecord is None:
            self.sb_mb = control
        else:
            self.sb_lastrecord.m_nextpkt = control
        self.sb_lastrecord = control

    def sb_mark_notready(self) -> None:
        """Everything readable becomes undecrypted TLS bytes (ktls_enable_rx, uipc_ktls.c)."""
        m = self.sb_mb
        if m is None:
            return
        self.sb_mb = self.sb_lastrecord = None
        for n in m.chain():
            self.sb_acc -= n.m_len
            self.sb_tlscc += n.m_len
            n.m_flags |= M_NOTREADY
        self.sb_mtls, self.sb_mtlstail = m, m_last(m)

    # Remove -----------------------------------------------------------------------------------

    def sbdrop_first(self) -> Mbuf:
        """Take the first mbuf of the first record off sb_mb (soreceive_generic's bookkeeping)."""
        m = self.sb_mb
        assert m is not None
        self.sbfree(m)
        rest = m.m_next
        if rest is not None:
            rest.m_nextpkt = m.m_nextpkt
            if self.sb_lastrecord is m:
                self.sb_lastrecord = rest
            self.sb_mb = rest
        else:
            if self.sb_lastrecord is m:
                self.sb_lastrecord = None
            self.sb_mb = m.m_nextpkt
        m.m_next = m.m_nextpkt = None
        return m

    def sbflush(self) -> None:
        """Free everything, the account of a detached record included (sbcut_internal)."""
        while self.sb_mb is not None:
            m_free(self.sbdrop_first())
        m_freem(self.sb_mtls)
        self.sb_mtls = self.sb_mtlstail = None
        self.sb_ccc = self.sb_acc = self.sb_ctl = self.sb_mbcnt = 0
        self.sb_tlscc = self.sb_tlsdcc = 0

    # Check ------------------------------------------------------------------------------------

    def records(self) -> Iterator[Mbuf]:
        """First mbufs of the readable records."""
        m = self.sb_mb
        while m is not None:
            yield m
            m = m.m_nextpkt

    def check(self) -> None:
        """SBCHECK."""
        ready = sum(m_length(r) for r in self.records())
        memory = sum(m.mem for r in self.records() for m in r.chain())
        tls = 0
        for m in self.sb_mtls.chain() if self.sb_mtls else ():
            assert m.m_flags & M_NOTREADY, "sb_mtls mbuf is not M_NOTREADY"
            assert m.m_nextpkt is None, "sb_mtls mbuf has m_nextpkt"
            assert m.m_len > 0, "empty mbuf on sb_mtls"
            tls += m.m_len
            memory += m.mem
            if m.m_next is None:
                assert m is self.sb_mtlstail, "sb_mtlstail is not the last mbuf"
        assert tls == self.sb_tlscc, f"sb_tlscc {self.sb_tlscc}, chain {tls}"
        assert ready == self.sb_acc, f"sb_acc {self.sb_acc}, chain {ready}"
        total = ready + tls + self.sb_tlsdcc
        assert total == self.sb_ccc, f"sb_ccc {self.sb_ccc}, chains and detached {total}"
        assert memory == self.sb_mbcnt, f"sb_mbcnt {self.sb_mbcnt}, chains {memory}"
