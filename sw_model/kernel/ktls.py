# SPDX-License-Identifier: BSD-2-Clause
"""Kernel TLS, receive side: enable, queueing and the worker. FreeBSD sys/kern/uipc_ktls.c.

The worker threads are events on the loop. ``ktls_decrypt`` is a generator: where the kernel drops
the socket buffer lock to do crypto it yields the time this takes, and everything else may run.
"""

from __future__ import annotations

from collections.abc import Iterator
from errno import EBADMSG, EMSGSIZE
from typing import TYPE_CHECKING

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.counters import Counters, Sysctl
from sw_model.kernel.if_snd_tag import TlsRxTag
from sw_model.kernel.ktls_enable import KtlsEnable
from sw_model.kernel.ktls_ifnet import KtlsIfnet
from sw_model.kernel.ktls_ocf import KtlsOcf
from sw_model.kernel.ktls_record import (
    KTLS_MBUF_CRYPTO_ST_DECRYPTED,
    KTLS_MBUF_CRYPTO_ST_ENCRYPTED,
    KTLS_MBUF_CRYPTO_ST_MIXED,
    check_header,
    ends_inside_mbuf,
    ktls_detach_record,
    ktls_mbuf_crypto_state,
    record_length,
    sbcreatecontrol,
    strip_record,
    tls13_find_record_type,
)
from sw_model.kernel.ktls_rekey import KtlsRekey
from sw_model.kernel.ktls_session import (
    TLS_HEADER_LEN,
    KtlsSession,
)
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.mbuf import Mbuf, m_copydata, m_freem, m_length
from sw_model.kernel.sockbuf import SB_TLS_RX_RESYNC, SB_TLS_RX_RUNNING, SockBuf
from sw_model.loop import EventLoop
from sw_model.trace import Trace
from sw_model.wire.seq import SeqNum

if TYPE_CHECKING:
    from sw_model.kernel.socket import Socket

U64_MAX = (1 << 64) - 1

STATE_NAMES = {
    KTLS_MBUF_CRYPTO_ST_MIXED: "mixed",
    KTLS_MBUF_CRYPTO_ST_ENCRYPTED: "encrypted",
    KTLS_MBUF_CRYPTO_ST_DECRYPTED: "decrypted",
}


class Ktls(KtlsEnable):
    """The kernel TLS module of one stack. Functions bear their names in uipc_ktls.c."""

    def __init__(
        self,
        loop: EventLoop,
        trace: Trace,
        counters: Counters,
        sysctl: Sysctl,
        bugs: Bugs,
        timing: KtlsTiming,
    ) -> None:
        super().__init__()
        self.loop, self.trace, self.counters, self.sysctl = loop, trace, counters, sysctl
        self.bugs, self.timing = bugs, timing
        self.ocf = KtlsOcf(counters)
        self.ifnet = KtlsIfnet(self)
        self.rekey = KtlsRekey(self)

    # Queueing ---------------------------------------------------------------------------------

    def ktls_check_rx(self, sb: SockBuf) -> None:
        """Give the socket to a worker once a whole record, right or wrong, is queued."""
        if sb.sb_flags & SB_TLS_RX_RUNNING:
            return
        if sb.sb_tlscc < TLS_HEADER_LEN:
            if sb.cantrcvmore and sb.sb_tlscc:
                sb.so.so_error = EMSGSIZE
            return
        if sb.sb_tlscc < record_length(m_copydata(sb.sb_mtls, 0, TLS_HEADER_LEN)):
            if sb.cantrcvmore:
                sb.so.so_error = EMSGSIZE
            return
        sb.sb_flags |= SB_TLS_RX_RUNNING
        self.ktls_requeue(sb.so)

    def ktls_pending_rx_info(self, sb: SockBuf) -> tuple[int, int] | None:
        """(number of the last record in the buffer, its bytes still missing).

        None while the header of that record is incomplete. TOE drivers ask this to find a boundary.
        """
        seqno, resid, offset = sb.sb_tls_seqno, sb.sb_tlscc, 0
        if not resid:
            return seqno, 0
        while resid >= TLS_HEADER_LEN:
            record_len = record_length(m_copydata(sb.sb_mtls, offset, TLS_HEADER_LEN))
            if resid <= record_len:
                return seqno, record_len - resid
            resid -= record_len
            offset += record_len
            seqno += 1
        return None

    def ktls_requeue(self, so: Socket) -> None:
        """ktls_enqueue_to_run, with the reference and the counter of ktls_check_rx."""
        assert so.so_rcv.sb_tls_info is not None
        so.soref()
        self.counters.inc("stats.sw_rx_inqueue")
        self.workers[so.so_rcv.sb_tls_info.wq_index].enqueue(so)

    def ktls_input_ifp_mismatch(self, sb: SockBuf, ifp: object) -> None:
        self.ifnet.ktls_input_ifp_mismatch(sb, ifp)

    # The worker -------------------------------------------------------------------------------

    def ktls_decrypt(self, so: Socket) -> Iterator[int]:
        """All whole records of one socket. Between yields the buffer lock is held."""
        sb, tls = so.so_rcv, so.so_rcv.sb_tls_info
        assert tls is not None
        while sb.sb_tlscc >= tls.tls_hlen:
            hdr = m_copydata(sb.sb_mtls, 0, tls.tls_hlen)
            tls_len = record_length(hdr)
            error = check_header(tls, hdr)
            if error:
                self.counters.inc("stats.corrupted_records")
                self._emit(so, "corrupted_record", errno=error, len=tls_len)
                so.ktls_drop(error)
                return  # SB_TLS_RX_RUNNING stays set: this buffer is never looked at again
            if sb.sb_tlscc < tls_len:
                break
            if self.timing.mbuf_wait_ns and ends_inside_mbuf(sb, tls_len):
                top = sb.sb_mtls
                yield self.timing.mbuf_wait_ns
                if sb.sb_mtls is not top:
                    continue
            data = ktls_detach_record(sb, tls_len)
            seqno, sb.sb_tls_seqno = sb.sb_tls_seqno, (sb.sb_tls_seqno + 1) & U64_MAX
            state = ktls_mbuf_crypto_state(data, tls_len)
            start = self._record_start(so, tls_len)
            yield self._cost(state, tls_len)
            error, record_type, trail_len = self._open(tls, data, hdr, seqno, state)
            if error:
                self.counters.inc("stats.failed_crypto")
                so.record_stats.failed += 1
                self._emit(
                    so,
                    "failed_record",
                    errno=error,
                    num=seqno,
                    len=tls_len,
                    state=STATE_NAMES[state],
                )
            if sb.sb_tlsdcc == 0:  # flushed meanwhile
                m_freem(data)
                break
            sb.sb_ccc -= tls_len
            sb.sb_tlsdcc = 0
            if error:
                so.so_error = EMSGSIZE if error == EMSGSIZE else EBADMSG
                so.sorwakeup()
                m_freem(data)
                self.rekey.record_done(so, tls, start, tls_len, state)
                continue
            payload = self._deliver(so, tls, data, hdr, record_type, trail_len)
            self._count(so, state, tls_len)
            self._emit(
                so,
                "record",
                sn=int(start),
                num=seqno,
                len=tls_len,
                state=STATE_NAMES[state],
                type=record_type,
            )
            stale = None
            if self.bugs.unlocked_snd_tag:
                stale = tls.snd_tag
                yield self.timing.preempt_ns  # between reading the pointer and following it
            self._notify(so, tls_len, seqno, state, stale)
            self.rekey.record_done(so, tls, start, tls_len, state)
            if tls.pause_on is not None and tls.pause_on(record_type, payload):
                self.rekey.pause(so, tls)
                so.sorwakeup()
                return  # SB_TLS_RX_RUNNING stays set until rekey_rx or resume_rx
        self.ktls_decrypt_end(so)

    def _record_start(self, so: Socket, tls_len: int) -> SeqNum:
        """Stream position of the record just detached."""
        assert so.inp is not None
        assert so.inp.tp is not None
        return SeqNum(so.inp.tp.stream_nxt() - so.so_rcv.sb_tlscc - tls_len)

    def ktls_decrypt_end(self, so: Socket) -> None:
        """Behind the worker's loop."""
        sb = so.so_rcv
        sb.sb_flags &= ~SB_TLS_RX_RUNNING
        if sb.cantrcvmore and sb.sb_tlscc > 0:
            so.so_error = EMSGSIZE
        so.sorwakeup()

    def _cost(self, state: int, tls_len: int) -> int:
        """How long the lock is dropped; a MIXED record is passed over twice (recrypt, decrypt)."""
        passes = {KTLS_MBUF_CRYPTO_ST_MIXED: 2, KTLS_MBUF_CRYPTO_ST_ENCRYPTED: 1}.get(state, 0)
        return self.timing.record_ns + passes * tls_len * self.timing.crypto_ps_per_byte // 1000

    def _open(
        self, tls: KtlsSession, m: Mbuf, hdr: bytes, seqno: int, state: int
    ) -> tuple[int, int, int]:
        """(errno, record type, trailer length) by state; the record ends up as plaintext."""
        tls_len = m_length(m)
        trail_len = tls.tls_tlen
        if tls.rekey is not None and state != KTLS_MBUF_CRYPTO_ST_ENCRYPTED:
            error, trail_len = tls.rekey.open_touched(tls, m, tls_len, seqno)
            if error:
                return error, 0, 0
        elif state == KTLS_MBUF_CRYPTO_ST_DECRYPTED:
            # No tag check: whoever marked the last packet vouches for the tag.
            if tls_len < tls.tls_hlen + tls.tls_tlen and not self.bugs.decrypted_no_min_length:
                self.trace.emit(self.loop.now, "kernel", "impossible_mark", num=seqno, len=tls_len)
                return EMSGSIZE, 0, 0
        else:
            if state == KTLS_MBUF_CRYPTO_ST_MIXED:
                error = self.ocf.ktls_ocf_recrypt(tls, m, tls_len, seqno)
                if error:
                    return error, 0, 0
            error, trail_len = self.ocf.ktls_ocf_decrypt(tls, m, tls_len, seqno)
            if error:
                return error, 0, 0
        if not tls.tls13:
            return 0, hdr[0], trail_len
        return tls13_find_record_type(tls, m, tls_len, self.bugs.all_zero_inner)

    def _deliver(
        self, so: Socket, tls: KtlsSession, data: Mbuf, hdr: bytes, record_type: int, trail_len: int
    ) -> bytes:
        """Append control message and payload; the payload is returned for ``pause_on`` only."""
        payload_len = record_length(hdr) - tls.tls_hlen - trail_len
        control = sbcreatecontrol(hdr, record_type, payload_len)
        if payload_len <= 0:
            m_freem(data)
            so.so_rcv.sbappendcontrol_locked(None, control)
            return b""
        chain = strip_record(data, tls.tls_hlen, payload_len)
        so.so_rcv.sbappendcontrol_locked(chain, control)
        return m_copydata(chain, 0, payload_len) if tls.pause_on else b""

    def _notify(
        self, so: Socket, tls_len: int, seqno: int, state: int, stale: TlsRxTag | None
    ) -> None:
        """Tell the NIC about a record it did not fully decrypt, and once when it resumed."""
        sb = so.so_rcv
        if state != KTLS_MBUF_CRYPTO_ST_DECRYPTED:
            sb.sb_flags |= SB_TLS_RX_RESYNC
            self.ifnet.ktls_resync_ifnet(so, tls_len, seqno, stale)
        elif sb.sb_flags & SB_TLS_RX_RESYNC:
            sb.sb_flags &= ~SB_TLS_RX_RESYNC
            self.ifnet.ktls_resync_ifnet(so, 0, seqno, stale)

    def _count(self, so: Socket, state: int, tls_len: int) -> None:
        stats, name = so.record_stats, STATE_NAMES[state]
        setattr(stats, name, getattr(stats, name) + 1)
        if state == KTLS_MBUF_CRYPTO_ST_DECRYPTED:
            stats.decrypted_bytes += tls_len
        else:
            stats.software_bytes += tls_len

    def _emit(self, so: Socket, what: str, **fields: int | str) -> None:
        self.trace.emit(self.loop.now, "kernel", what, flow=so.name, **fields)
