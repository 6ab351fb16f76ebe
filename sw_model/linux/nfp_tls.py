# SPDX-License-Identifier: BSD-2-Clause
"""A driver in the manner of Netronome's nfp (drivers/net/ethernet/netronome/nfp/crypto/tls.c).

By default software names the next record after a number of undecrypted ones (CORE_NEXT_HINT); the
driver tells the device and waits for no answer. With ``stream_scan`` the device looks for headers
itself (DRIVER_REQ). The nfp firmware reports what it found with the packet; here the driver has to
ask (GET_PSV), for as long as packets come up not decrypted, and names the header that the hardware
expects next, because the one it locked onto may be read already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOSPC, EOPNOTSUPP
from typing import Any

from sw_model.linux.host import LinuxHost
from sw_model.linux.hw_ctx import HwContext, ok
from sw_model.linux.netdev import TlsNetDevice, driver_state
from sw_model.linux.skbuff import SkBuff
from sw_model.linux.sock import Sock
from sw_model.linux.tls import TLS_1_3_VERSION, TLS_CIPHER_AES_GCM_256, CryptoInfo
from sw_model.linux.tls_resync import CoreNextHint, DriverReq, Resync
from sw_model.nic.layout import (
    AuthState,
    Completion,
    PktMeta,
    ProgressParams,
    TlsStatus,
    TrackState,
)
from sw_model.wire.frame import ParsedFrame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tls import TLS_HLEN

STALE = 1 << 15  # bytes: more than a record
NUMBER_MASK = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(slots=True)
class NfpTlsStats:
    """Counters, each with ``rx_`` in front."""

    tls_decrypted_packets: int = 0
    tls_decrypted_bytes: int = 0
    tls_add: int = 0
    tls_del: int = 0
    ktls_no_space: int = 0
    tls_resync_req: int = 0
    tls_resync_sent: int = 0
    tls_resync_ign: int = 0
    tls_err: int = 0


@dataclass(slots=True)
class NfpPriv:
    """One connection. ``asked``: where the hardware was when the core was asked."""

    hw: HwContext
    resync: Resync
    psv_pending: bool = False
    asked: ProgressParams | None = None


class NfpNet(TlsNetDevice):
    """One interface. ``tls13`` and ``aes256`` False: as the real one, TLS 1.2 AES-GCM-128 only."""

    def __init__(
        self,
        host: LinuxHost,
        post_command: Callable[[bytes], None],
        name: str = "eth0",
        *,
        stream_scan: bool = False,
        tls13: bool = True,
        aes256: bool = True,
        **device: Any,
    ) -> None:
        super().__init__(host, post_command, name, **device)
        self.stats: NfpTlsStats = NfpTlsStats()
        self.stream_scan, self.tls13, self.aes256 = stream_scan, tls13, aes256

    # ---- tlsdev_ops ---------------------------------------------------------------------------

    def refuses(self, info: CryptoInfo) -> int:
        if info.version == TLS_1_3_VERSION and not self.tls13:
            return EOPNOTSUPP
        if info.cipher_type == TLS_CIPHER_AES_GCM_256 and not self.aes256:
            return EOPNOTSUPP
        return super().refuses(info)

    def new_priv(self, sk: Sock, hw: HwContext) -> NfpPriv:
        return NfpPriv(hw, DriverReq() if self.stream_scan else CoreNextHint(self.host.bugs))

    def added(self, errno: int) -> None:
        """Only a full table counts, not what else may go wrong."""
        self.stats.ktls_no_space += errno == ENOSPC
        self.stats.tls_add += not errno

    def removed(self) -> None:
        self.stats.tls_del += 1

    def tls_dev_resync(self, sk: Sock, seq: SeqNum, rcd_sn: int) -> None:
        """nfp_net_tls_resync: posted and forgotten."""
        priv: NfpPriv | None = driver_state(sk.tls)
        if priv is None:
            self.stats.tls_resync_ign += 1
            return
        if self.stream_scan:
            self._confirm(priv, rcd_sn)
        elif priv.hw.restart(seq, rcd_sn):
            self.stats.tls_resync_ign += 1
        else:
            self.stats.tls_resync_sent += 1
            priv.hw.event("next_hint", sn=int(seq), rcd=rcd_sn)

    def _confirm(self, priv: NfpPriv, rcd_sn: int) -> None:
        """The header asked about is ``record_offset + 1`` records behind the one it locked onto."""
        psv, priv.asked = priv.asked, None
        if psv is None:
            self.stats.tls_resync_ign += 1
            return
        number = (rcd_sn - psv.record_offset - 1) & NUMBER_MASK
        if priv.hw.confirm(psv.hw_resync_tcp_sn, number):
            self.stats.tls_resync_ign += 1
            return
        self.stats.tls_resync_sent += 1
        priv.hw.event("confirm", sn=psv.hw_resync_tcp_sn, rcd=number)

    # ---- packets ------------------------------------------------------------------------------

    def handle_rx_skb(self, frame: ParsedFrame, skb: SkBuff, meta: PktMeta) -> None:
        """nfp_net_tls_rx_resync_req, and the counters."""
        self.mark(skb, meta.tls_status)
        if meta.tls_status is TlsStatus.DECRYPTED:
            self.stats.tls_decrypted_packets += 1
            self.stats.tls_decrypted_bytes += len(skb.data)
            return
        self.stats.tls_err += meta.tls_status is TlsStatus.AUTH_FAIL
        if self.stream_scan and meta.flow_valid:
            self._ask(frame, skb, meta.tls_status is TlsStatus.RESYNC)

    def _ask(self, frame: ParsedFrame, skb: SkBuff, lost: bool) -> None:
        """A request stands until it is answered, the hardware loses its place, or it is so far
        behind that software must have missed it: a newer one would always be ahead of software."""
        sk = self.lookup(frame)
        priv: NfpPriv | None = driver_state(sk.tls) if sk is not None else None
        if priv is None or priv.psv_pending:
            return
        if lost:
            priv.asked = None
        if priv.asked is not None and skb.seq.minus(priv.asked.next_record_tcp_sn) < STALE:
            return
        priv.psv_pending = not priv.hw.get_psv(lambda cpl: self._psv_completed(priv, cpl))

    def _psv_completed(self, priv: NfpPriv, cpl: Completion | None) -> None:
        priv.psv_pending = False
        if cpl is None or not ok(cpl) or priv.hw.deleting:
            return
        psv = cpl.progress
        if psv.track is not TrackState.TRACKING or psv.auth is not AuthState.NO_OFFLOAD:
            priv.hw.event("not_tracking", state=psv.track << 6 | psv.auth << 4)
            return
        priv.asked = psv
        priv.hw.event("resync_req_end", sn=psv.next_record_tcp_sn)
        assert isinstance(priv.resync, DriverReq)
        priv.resync.request(psv.next_record_tcp_sn + TLS_HLEN - 1)
        self.stats.tls_resync_req += 1
