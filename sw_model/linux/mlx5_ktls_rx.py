# SPDX-License-Identifier: BSD-2-Clause
"""The mlx5 driver's receive offload (mlx5/core/en_accel/ktls_rx.c), resync DRIVER_REQ_ASYNC.

A packet with the resync code starts a request for its range and a GET_PSV in the work queue; if the
hardware then holds a position (TRACKING, NO_OFFLOAD) the request ends with it, else it is dropped:
the driver does not ask again before the next packet with that code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sw_model.linux.host import LinuxHost
from sw_model.linux.hw_ctx import HwContext, ok
from sw_model.linux.netdev import TlsNetDevice, driver_state
from sw_model.linux.skbuff import SkBuff
from sw_model.linux.sock import Sock
from sw_model.linux.tls_resync import DriverReqAsync
from sw_model.nic.layout import AuthState, Completion, PktMeta, TlsStatus, TrackState
from sw_model.wire.frame import ParsedFrame
from sw_model.wire.seq import SeqNum

RETRY_NS = 10_000  # the next NAPI poll


@dataclass(slots=True)
class Mlx5TlsStats:
    """``ethtool -S``, each with ``rx_`` in front."""

    tls_decrypted_packets: int = 0
    tls_decrypted_bytes: int = 0
    tls_ctx: int = 0
    tls_del: int = 0
    tls_resync_req_pkt: int = 0
    tls_resync_req_start: int = 0
    tls_resync_req_end: int = 0
    tls_resync_req_skip: int = 0
    tls_resync_res_ok: int = 0
    tls_resync_res_retry: int = 0
    tls_resync_res_skip: int = 0
    tls_err: int = 0


@dataclass(slots=True)
class KtlsRxPriv:
    """struct mlx5e_ktls_offload_context_rx."""

    hw: HwContext
    resync: DriverReqAsync
    work_queued: bool = False
    on_list: bool = False  # a confirmation waits for room in the command queue
    seq: int = 0
    rcd_sn: int = 0


class Mlx5e(TlsNetDevice):
    """One mlx5 interface."""

    def __init__(
        self,
        host: LinuxHost,
        post_command: Callable[[bytes], None],
        name: str = "eth0",
        **device: Any,
    ) -> None:
        super().__init__(host, post_command, name, **device)
        self.stats: Mlx5TlsStats = Mlx5TlsStats()

    # ---- tlsdev_ops ---------------------------------------------------------------------------

    def new_priv(self, sk: Sock, hw: HwContext) -> KtlsRxPriv:
        """mlx5e_ktls_add_rx."""
        return KtlsRxPriv(hw, DriverReqAsync(self.host.bugs))

    def added(self, errno: int) -> None:
        self.stats.tls_ctx += not errno

    def removed(self) -> None:
        """mlx5e_ktls_del_rx."""
        self.stats.tls_del += 1

    def tls_dev_resync(self, sk: Sock, seq: SeqNum, rcd_sn: int) -> None:
        """mlx5e_ktls_rx_resync: a confirmation; written at once, or when there is room."""
        priv: KtlsRxPriv | None = driver_state(sk.tls)
        if priv is None:
            self.stats.tls_resync_res_skip += 1
            return
        priv.seq, priv.rcd_sn = int(seq), rcd_sn
        if not priv.on_list:  # a second one replaces what waits, and is not listed twice
            self._handle_seq_match(priv)

    def _handle_seq_match(self, priv: KtlsRxPriv) -> None:
        """resync_handle_seq_match."""
        priv.on_list = False
        if priv.hw.deleting:
            self.stats.tls_resync_res_skip += 1
        elif priv.hw.confirm(priv.seq, priv.rcd_sn):
            self.stats.tls_resync_res_retry += 1
            priv.on_list = True
            self.host.loop.call_later(RETRY_NS, self._handle_seq_match, priv)
        else:
            self.stats.tls_resync_res_ok += 1
            priv.hw.event("confirm", sn=priv.seq, rcd=priv.rcd_sn)

    # ---- packets ------------------------------------------------------------------------------

    def handle_rx_skb(self, frame: ParsedFrame, skb: SkBuff, meta: PktMeta) -> None:
        """mlx5e_ktls_handle_rx_skb."""
        self.mark(skb, meta.tls_status)
        if meta.tls_status is TlsStatus.DECRYPTED:
            self.stats.tls_decrypted_packets += 1
            self.stats.tls_decrypted_bytes += len(frame.data)  # cqe_bcnt: with the headers
        elif meta.tls_status is TlsStatus.RESYNC:
            self.stats.tls_resync_req_pkt += 1
            self._resync_update_sn(frame, skb)
        elif meta.tls_status is TlsStatus.AUTH_FAIL:
            self.stats.tls_err += 1

    def _resync_update_sn(self, frame: ParsedFrame, skb: SkBuff) -> None:
        """resync_update_sn: every such packet counts, also one that TCP will drop."""
        sk = self.lookup(frame)
        if sk is None:
            return
        self.sock_refs += 1
        priv: KtlsRxPriv | None = driver_state(sk.tls)
        if priv is not None and self._queue_get_psv(priv):
            priv.resync.start(int(skb.seq), len(skb.data))
            self.stats.tls_resync_req_start += 1
        if not self.host.bugs.resync_sock_leak:
            self.sock_refs -= 1  # sock_gen_put

    def _queue_get_psv(self, priv: KtlsRxPriv) -> bool:
        """resync_queue_get_psv; False when the work is queued and has not run yet."""
        if priv.work_queued:
            return False
        priv.work_queued = True
        self.host.loop.call_later(self.dev.work_latency_ns, self._post_get_psv, priv)
        return True

    def _post_get_psv(self, priv: KtlsRxPriv) -> None:
        """resync_handle_work."""
        priv.work_queued = False
        if priv.hw.deleting or priv.hw.get_psv(lambda cpl: self._psv_completed(priv, cpl)):
            self._skip(priv)

    def _psv_completed(self, priv: KtlsRxPriv, cpl: Completion | None) -> None:
        """mlx5e_ktls_handle_get_psv_completion."""
        if cpl is None or not ok(cpl) or priv.hw.deleting:
            self._skip(priv)
            return
        psv = cpl.progress
        if psv.track is not TrackState.TRACKING or psv.auth is not AuthState.NO_OFFLOAD:
            self._skip(priv)
            priv.hw.event("not_tracking", state=psv.track << 6 | psv.auth << 4)
            return
        priv.hw.event("resync_req_end", sn=psv.hw_resync_tcp_sn)
        priv.resync.end(psv.hw_resync_tcp_sn)
        self.stats.tls_resync_req_end += 1

    def _skip(self, priv: KtlsRxPriv) -> None:
        """No position to be had: without the cancelling the core would log headers for ever."""
        self.stats.tls_resync_req_skip += 1
        if not self.host.bugs.async_endless:
            priv.resync.cancel()
