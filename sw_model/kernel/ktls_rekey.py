# SPDX-License-Identifier: BSD-2-Clause
"""A new receive key in mid-stream: NOT in FreeBSD, where a second enable answers EALREADY.

After the rules of the 2026 Linux series (net/tls/tls_device.c, KeyUpdate). Off unless a socket asks
for it with ``pause_rx_on``:

1. The worker stops behind a record for which the predicate is true (KeyUpdate, ChangeCipherSpec).
   The tag with the old key is released at once.
2. The reader takes the record and calls ``rekey_rx``; the next record has the new key's number.
3. The NIC did not know: it went on with the old key and its own count. A record it touched is
   re-encrypted under the OLD key and number, then opened with the new key. The old number counts on
   with every record. Nothing a NIC says about a tag is believed meanwhile.
4. From the first untouched record at or behind the boundary (everything received when the key
   arrived) on, the new key may go to the NIC.
5. While the driver works, a touched record may be the old or the new key's. Both are tried, the tag
   decides; so it is for all that was received before the tag was there.
"""

from __future__ import annotations

from dataclasses import dataclass
from errno import EBADMSG, EBUSY, EINVAL
from typing import TYPE_CHECKING

from sw_model.kernel.ktls_ocf import KtlsOcf, write_text
from sw_model.kernel.ktls_record import KTLS_MBUF_CRYPTO_ST_ENCRYPTED
from sw_model.kernel.ktls_session import (
    TCP_TLS_MODE_IFNET,
    TLS_RLTYPE_HANDSHAKE,
    KtlsSession,
    TlsEnable,
    check_params,
    ktls_ocf_try,
)
from sw_model.kernel.mbuf import Mbuf, m_copydata
from sw_model.kernel.sockbuf import SB_TLS_RX_RESYNC
from sw_model.wire.seq import SeqNum

if TYPE_CHECKING:
    from sw_model.kernel.ktls import Ktls
    from sw_model.kernel.socket import Socket

TLS_RLTYPE_CCS = 20
HT_KEY_UPDATE = 24


def is_key_change(record_type: int, payload: bytes) -> bool:
    """The record after which the sender uses its next key: KeyUpdate (1.3), CCS (1.2)."""
    if record_type == TLS_RLTYPE_HANDSHAKE:
        return payload[:1] == bytes((HT_KEY_UPDATE,))
    return record_type == TLS_RLTYPE_CCS


@dataclass(slots=True)
class OldKey:
    """A key the NIC may have used, and the number it would give to the next record."""

    tls: KtlsSession
    number: int


class RekeyState:
    """``KtlsSession.rekey``: exists from the pause until no byte of an old key can come any more.

    ``boundary``: nothing from here on was received when the key (once ``settled``: the tag) came.
    ``asked``: the driver has the new key, or is being given it. ``settled``: it has answered.
    """

    def __init__(self, ocf: KtlsOcf) -> None:
        self.ocf = ocf
        self.olds: list[OldKey] = []
        self.paused = True
        self.boundary = SeqNum(0)
        self.asked = False
        self.settled = False

    def open_touched(self, tls: KtlsSession, m: Mbuf, tls_len: int, seqno: int) -> tuple[int, int]:
        """Open a record the NIC changed, under whatever key: (errno, trailer length)."""
        original = m_copydata(m, 0, tls_len)
        used = [(old.tls, old.number) for old in self.olds]
        if self.asked:
            used.append((tls, seqno))
        error = EBADMSG
        for key, number in used:
            error = self.ocf.ktls_ocf_recrypt(key, m, tls_len, number)
            if error:
                return error, 0
            error, trail_len = self.ocf.ktls_ocf_decrypt(tls, m, tls_len, seqno)
            if not error:
                return 0, trail_len
            write_text(m, 0, original)
        return error, 0

    def forget(self) -> None:
        """Old keys do not outlive their use."""
        for old in self.olds:
            old.tls.wipe()
        self.olds.clear()


class KtlsRekey:
    """The extension's verbs, for one kernel."""

    def __init__(self, ktls: Ktls) -> None:
        self.ktls = ktls

    def pause(self, so: Socket, tls: KtlsSession) -> None:
        """Behind the record that announced a new key: the NIC's context is of no more use."""
        tls.rekey = tls.rekey or RekeyState(self.ktls.ocf)
        tls.rekey.paused = True
        tls.key_epoch += 1
        self.ktls.ifnet.release_tag(tls)
        so.so_rcv.sb_flags &= ~SB_TLS_RX_RESYNC
        self._emit(so, "rekey_pause", num=so.so_rcv.sb_tls_seqno)

    def resume_rx(self, so: Socket) -> int:
        """Go on with the old key: the record was not what it looked like."""
        tls = so.so_rcv.sb_tls_info
        if tls is None or tls.rekey is None or not tls.rekey.paused:
            return EINVAL
        self._go_on(so, tls, OldKey(KtlsSession(tls.params), so.so_rcv.sb_tls_seqno))
        return 0

    def rekey_rx(self, so: Socket, en: TlsEnable) -> int:
        """Install the next key. EBUSY unless the worker waits for it; EINVAL for another suite."""
        sb = so.so_rcv
        tls = sb.sb_tls_info
        if tls is None:
            return EINVAL
        if tls.rekey is None or not tls.rekey.paused:
            return EBUSY
        old = tls.params
        if (en.cipher_algorithm, en.tls_vminor) != (old.cipher_algorithm, old.tls_vminor):
            return EINVAL
        error = check_params(en) or ktls_ocf_try(en)
        if error:
            return error
        touched_by = OldKey(KtlsSession(old), sb.sb_tls_seqno)
        tls.params, tls.key, tls.iv = en, en.cipher_key, en.iv
        sb.sb_tls_seqno = tls.rec_seq
        self.ktls.counters.inc("TlsRxRekey")
        self._go_on(so, tls, touched_by)
        return 0

    def _go_on(self, so: Socket, tls: KtlsSession, old: OldKey) -> None:
        rekey: RekeyState = tls.rekey
        rekey.olds.append(old)
        rekey.paused = rekey.asked = rekey.settled = False
        rekey.boundary = received_end(so)
        self.ktls.ktls_requeue(so)

    def record_done(
        self, so: Socket, tls: KtlsSession, start: SeqNum, tls_len: int, state: int
    ) -> None:
        """Behind each record; only counts while old keys are remembered."""
        rekey: RekeyState | None = tls.rekey
        if rekey is None:
            return
        for old in rekey.olds:
            old.number += 1
        beyond = start >= rekey.boundary
        if rekey.settled:
            if start + tls_len >= rekey.boundary:
                rekey.forget()
                tls.rekey = None
        elif beyond and state == KTLS_MBUF_CRYPTO_ST_ENCRYPTED and not rekey.asked:
            rekey.asked = True
            self._give_new_key(so, tls, rekey)

    def _give_new_key(self, so: Socket, tls: KtlsSession, rekey: RekeyState) -> None:
        """The driver asks for the live pair itself (ktls_get_rx_sequence)."""
        epoch = tls.key_epoch

        def done(error: int) -> None:
            if epoch != tls.key_epoch:
                return  # the next key change came first
            self.ktls.counters.inc("TlsRxRekeyFallback" if error else "TlsRxRekeyOk")
            self._emit(so, "rekey_done", errno=error)
            rekey.settled = True
            rekey.boundary = received_end(so)

        if tls.mode == TCP_TLS_MODE_IFNET:
            self.ktls.ifnet.ktls_alloc_leaf(so, tls, done)
        else:
            rekey.settled = True

    def _emit(self, so: Socket, what: str, **fields: int) -> None:
        self.ktls.trace.emit(self.ktls.loop.now, "kernel", what, flow=so.name, **fields)


def received_end(so: Socket) -> SeqNum:
    """End of everything TCP holds: in order, and in the reassembly queue."""
    assert so.inp is not None
    assert so.inp.tp is not None
    tp = so.inp.tp
    return tp.t_segq[-1].end if tp.t_segq else tp.rcv_nxt
