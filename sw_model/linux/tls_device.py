# SPDX-License-Identifier: BSD-2-Clause
"""Receive offload between net/tls and the device (net/tls/tls_device.c).

Where the kernel sleeps in the driver or in synchronize_net(), the caller here passes ``done``.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import EINVAL, ENOMEM, EOPNOTSUPP
from typing import TYPE_CHECKING

from sw_model.linux.tls import RxFlag, TlsConf, TlsContext, TlsOffloadContextRx
from sw_model.linux.tls_resync import CoreNextHint, Resync
from sw_model.linux.tls_strp import StrpMsg
from sw_model.wire.seq import SeqNum

if TYPE_CHECKING:
    from sw_model.linux.host import LinuxHost

OFF_DEVICE = RxFlag.DEV_DEGRADED | RxFlag.DEV_CLOSED


def tls_set_device_offload_rx(
    host: LinuxHost, ctx: TlsContext, done: Callable[[int], None]
) -> None:
    """Try the device; ``done(errno)`` at once or when the driver has answered.

    The position given to the driver is copied_seq, the first byte that nobody has read.
    """
    info = ctx.rx.info
    netdev = host.get_netdev_for_sock(ctx.sk)
    if ctx.rx.prot.tls13 and not host.device_tls13:
        done(EOPNOTSUPP)
        return
    if netdev is None:
        done(EINVAL)
        return
    if not netdev.hw_tls_rx:
        done(EOPNOTSUPP)
        return
    if not netdev.up:
        done(EINVAL)
        return
    if host.out_of_memory:
        done(ENOMEM)
        return
    ctx.priv_ctx_rx = TlsOffloadContextRx()

    def added(errno: int) -> None:
        if errno:
            ctx.priv_ctx_rx = None
        else:
            ctx.netdev = netdev
            host.device_list.append(ctx)
            if ctx.closed or not netdev.up:  # while the driver was busy
                tls_device_detach(host, ctx)
        done(errno)

    netdev.tlsdev_ops.tls_dev_add(ctx.sk, info, ctx.strp.queue.copied_seq, added)


def set_resync(ctx: TlsContext, resync: Resync) -> None:
    """tls_offload_rx_resync_set_type, called by the driver in tls_dev_add."""
    ctx.offload.resync = resync


def tls_device_offload_cleanup_rx(host: LinuxHost, ctx: TlsContext) -> None:
    """The socket closes."""
    rx = ctx.priv_ctx_rx
    if ctx.netdev is not None and (RxFlag.DEV_CLOSED not in ctx.flags or ctx.bugs.dev_del_twice):
        ctx.flags |= RxFlag.DEV_CLOSED
        ctx.netdev.tlsdev_ops.tls_dev_del(ctx)
    if not ctx.bugs.dev_del_twice:
        ctx.netdev = None
        if ctx in host.device_list:
            host.device_list.remove(ctx)
    if rx is not None:
        rx.rekey = None
        if rx.dev_add_pending:
            rx.dev_add_pending = False
            ctx.mib.inc("TlsRxRekeyAborted")
            ctx.mib.dec("TlsCurrRxRekey")


def tls_device_down(host: LinuxHost, netdev: object) -> None:
    """NETDEV_DOWN: every connection on the device goes on in software."""
    for ctx in [c for c in host.device_list if c.netdev is netdev]:
        tls_device_detach(host, ctx)


def tls_device_detach(host: LinuxHost, ctx: TlsContext) -> None:
    """No resync from now on; when the packets on their way have passed, the key leaves the NIC."""
    netdev = ctx.netdev
    assert netdev is not None
    ctx.netdev = None
    ctx.flags |= RxFlag.DEV_DEGRADED
    host.device_list.remove(ctx)

    def synchronized() -> None:
        if RxFlag.DEV_CLOSED not in ctx.flags or ctx.bugs.dev_del_twice:
            ctx.flags |= RxFlag.DEV_CLOSED
            netdev.tlsdev_ops.tls_dev_del(ctx)

    host.synchronize_net(synchronized)


# ---- resync ------------------------------------------------------------------------------------


def _resync(ctx: TlsContext) -> Resync | None:
    """Nothing of resync happens while the key is not on the device."""
    if ctx.rx_conf is not TlsConf.HW or ctx.flags & OFF_DEVICE or ctx.priv_ctx_rx is None:
        return None
    resync = ctx.priv_ctx_rx.resync
    assert resync is None or isinstance(resync, Resync)
    return resync


def tls_device_rx_resync_new_rec(ctx: TlsContext, seq: SeqNum, rcd_len: int, inq: int) -> None:
    """The parser found a header at ``seq``."""
    resync = _resync(ctx)
    found = resync.new_rec(seq, rcd_len, ctx.rx.rec_seq, inq) if resync else None
    if found:
        tls_device_resync_rx(ctx, *found)


def tls_device_core_ctrl_rx_resync(ctx: TlsContext, msg: StrpMsg) -> None:
    """A record that the device did not touch is being read."""
    resync = _resync(ctx)
    if not isinstance(resync, CoreNextHint):
        return
    queued = msg.full_len + ctx.strp.behind
    found = resync.encrypted(msg.seq, msg.full_len, ctx.rx.rec_seq, queued)
    if found:
        tls_device_resync_rx(ctx, *found)


def tls_device_resync_rx(ctx: TlsContext, seq: SeqNum, rcd_sn: int) -> None:
    """Tell the driver that record ``rcd_sn`` is at ``seq``."""
    if ctx.netdev is not None:
        ctx.netdev.tlsdev_ops.tls_dev_resync(ctx.sk, seq, rcd_sn)
    ctx.mib.inc("TlsRxDeviceResync")
    ctx.sk.emit("rx_device_resync", sn=int(seq), rcd=rcd_sn)


# ---- records -----------------------------------------------------------------------------------


def tls_device_reencrypt(ctx: TlsContext, msg: StrpMsg) -> bytes:
    """The record as it was on the wire.

    The kernel decrypts the whole record for its keystream and ignores that the tag is wrong; what
    comes out for pieces that the device decrypted is ciphertext again, and only that is stored.
    """
    record = msg.data
    other = ctx.rx.keystream_xor(record)
    out = bytearray(record)
    at = 0
    whole = ctx.bugs.strp_mixed_in_place  # the copy has the first piece's bit for everything
    for frag in msg.frags:
        end = min(at + len(frag.data), len(record))
        if msg.decrypted if whole else frag.touched:
            out[at:end] = other[at:end]
        at = end
    return bytes(out)
