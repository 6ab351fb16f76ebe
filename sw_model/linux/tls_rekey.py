# SPDX-License-Identifier: BSD-2-Clause
"""A new receive key on a device (KeyUpdate, TLS 1.3): the 2026 series to net/tls/tls_device.c.

1. KeyUpdate is decoded: the old key leaves the NIC (``del_key``), reads fail with EKEYEXPIRED.
2. setsockopt brings the new key. What TCP holds may still carry the old key's keystream: up to the
   boundary (rcv_nxt, or the end of the out-of-order queue) the old key and its count are kept.
3. Records that start before the boundary (``drain``): not touched, open with the new key; touched,
   put the old key's keystream back first. The old number counts on with each of them. A touched
   record at or behind the boundary moves the boundary to its end.
4. The first record that is neither: the new key goes to the NIC with that record's start and
   number. A refusal means software, for good (``Fallback``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sw_model.linux.tls import (
    REC_SEQ_MASK,
    CipherContext,
    CryptoInfo,
    Rekey,
    RxFlag,
    TlsConf,
    TlsContext,
)
from sw_model.linux.tls_device import OFF_DEVICE, tls_device_reencrypt
from sw_model.linux.tls_strp import StrpMsg
from sw_model.wire.seq import SeqNum
from sw_model.wire.tls import HANDSHAKE

TLS_HANDSHAKE_KEYUPDATE = 24


def tls_check_pending_rekey(ctx: TlsContext, control: int, payload: bytes) -> None:
    """A record was decoded. Whether it is a well-formed KeyUpdate is the application's business."""
    if not ctx.rx.prot.tls13 or control != HANDSHAKE:
        return
    if payload[:1] != bytes((TLS_HANDSHAKE_KEYUPDATE,)):
        return
    ctx.key_update_pending = True
    ctx.mib.inc("TlsRxRekeyReceived")
    tls_device_rx_del_key(ctx)


def tls_device_rx_del_key(ctx: TlsContext) -> None:
    """The NIC must not touch records of the new key with the old one. The kernel waits here until
    the key is gone; what would come behind that waits in ``after_del``."""
    netdev = ctx.netdev
    if ctx.rx_conf is not TlsConf.HW or netdev is None or RxFlag.DEV_CLOSED in ctx.flags:
        return
    rx = ctx.offload
    ctx.flags |= RxFlag.DEV_CLOSED
    rx.busy = True

    def deleted() -> None:
        rx.busy = False
        _device_is_free(ctx)

    ctx.sk.host.synchronize_net(lambda: netdev.tlsdev_ops.tls_dev_del(ctx, deleted))


def _device_is_free(ctx: TlsContext) -> None:
    then, ctx.offload.after_del = ctx.offload.after_del, None
    if then is not None:
        then()


def rekey_rx(ctx: TlsContext, info: CryptoInfo, done: Callable[[int], None]) -> None:
    """tls_set_device_offload_rx with a new key, or tls_set_sw_offload."""
    tls_device_rx_del_key(ctx)  # for a rekey that no KeyUpdate announced
    if ctx.priv_ctx_rx is not None and ctx.priv_ctx_rx.busy:
        ctx.priv_ctx_rx.after_del = lambda: _install(ctx, info, done)
    else:
        _install(ctx, info, done)


def _install(ctx: TlsContext, info: CryptoInfo, done: Callable[[int], None]) -> None:
    """The device knows no key now. Then tls_finish_key_update; it always succeeds here."""
    old = ctx.rx
    ctx.rx = CipherContext(info)
    ctx.key_update_pending = False
    if ctx.rx_conf is not TlsConf.HW:
        ctx.mib.inc("TlsRxRekeyOk")
    elif not ctx.closed:
        _device_rekey(ctx, old)
    ctx.strp.tls_strp_check_rcv()
    done(0)
    ctx.sk.data_ready()


def _device_rekey(ctx: TlsContext, old: CipherContext) -> None:
    rx, queue, start = ctx.offload, ctx.strp.queue, ctx.strp.record_start
    was_pending = rx.dev_add_pending
    if rx.rekey is None or not start < rx.rekey.old_nic_boundary:
        boundary = queue.rcv_nxt
        if queue.out_of_order_queue:
            boundary = queue.out_of_order_queue[-1].end_seq
        if start < boundary:
            rx.rekey = Rekey(boundary, old)
            rx.dev_add_pending = True
        else:
            rx.rekey = None
            rx.dev_add_pending = False
    # else: the key before the last one is still needed, the one between never was on the NIC
    if not rx.dev_add_pending:
        if was_pending:
            ctx.mib.inc("TlsRxRekeyOk")
            ctx.mib.dec("TlsCurrRxRekey")
        tls_device_dev_add_rx(ctx, start)
    else:
        ctx.mib.inc("TlsRxRekeyOk" if was_pending else "TlsCurrRxRekey")


def drain(ctx: TlsContext, msg: StrpMsg) -> bytes | None:
    """The wire bytes of a record from before the boundary; None: the old key is history."""
    rx, start = ctx.offload, ctx.strp.record_start
    rekey = rx.rekey
    assert rekey is not None
    encrypted = not msg.mixed and not msg.decrypted
    touched = not encrypted or any(f.decrypt_failed for f in msg.frags)
    if touched and not start < rekey.old_nic_boundary:
        rekey.old_nic_boundary = start + msg.full_len
    if not start < rekey.old_nic_boundary:
        rx.rekey = None
        if rx.dev_add_pending:
            rx.dev_add_pending = False
            tls_device_dev_add_rx(ctx, start)
            ctx.mib.dec("TlsCurrRxRekey")
        return None
    wire = msg.data
    if not encrypted:
        new, ctx.rx = ctx.rx, rekey.old
        wire = tls_device_reencrypt(ctx, msg)
        ctx.rx = new
        if rx.resync is not None:
            rx.resync.touched()
    rekey.old.rec_seq = (rekey.old.rec_seq + 1) & REC_SEQ_MASK
    return wire


def tls_device_dev_add_rx(ctx: TlsContext, start: SeqNum) -> None:
    """Give the new key to the NIC, with the record that starts at ``start``."""
    netdev = ctx.netdev
    if netdev is None:
        _fallback(ctx)
        return
    rx = ctx.offload
    rx.busy = True

    def added(errno: int) -> None:
        rx.busy = False
        if not errno and ctx.netdev is None:
            # Closed, or the device went down, meanwhile.
            netdev.tlsdev_ops.tls_dev_del(ctx, lambda: _device_is_free(ctx))
            if not ctx.closed:
                _fallback(ctx)
        elif errno:
            ctx.flags |= OFF_DEVICE
            _fallback(ctx)
            _device_is_free(ctx)
        else:
            _on_device(ctx)
            if ctx.key_update_pending or rx.after_del is not None:
                tls_device_rx_del_key(ctx)  # that key is history already

    live = replace(ctx.rx.info, rec_seq=ctx.rx.rec_seq)
    netdev.tlsdev_ops.tls_dev_add(ctx.sk, live, start, added)


def _on_device(ctx: TlsContext) -> None:
    ctx.flags &= ~OFF_DEVICE
    if RxFlag.REKEY_FAILED in ctx.flags:
        ctx.flags &= ~RxFlag.REKEY_FAILED
        ctx.mib.dec("TlsCurrRxSw")
        ctx.mib.inc("TlsCurrRxDevice")
    ctx.mib.inc("TlsRxRekeyOk")


def _fallback(ctx: TlsContext) -> None:
    """The key is not on the NIC: the gauges move once, the event counts every time."""
    ctx.mib.inc("TlsRxRekeyFallback")
    if RxFlag.REKEY_FAILED not in ctx.flags:
        ctx.flags |= RxFlag.REKEY_FAILED
        ctx.mib.dec("TlsCurrRxDevice")
        ctx.mib.inc("TlsCurrRxSw")
