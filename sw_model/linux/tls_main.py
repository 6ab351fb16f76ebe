# SPDX-License-Identifier: BSD-2-Clause
"""Socket options of TLS (net/tls/tls_main.c)."""

from __future__ import annotations

from collections.abc import Callable
from errno import EBUSY, EEXIST, EINVAL, ENOPROTOOPT, ENOTCONN
from typing import TYPE_CHECKING

from sw_model.linux.tls import (
    KEY_SIZES,
    TLS_1_2_VERSION,
    TLS_1_3_VERSION,
    TLS_CIPHER_CHACHA20_POLY1305,
    CipherContext,
    CryptoInfo,
    ProtInfo,
    RxFlag,
    TlsConf,
    TlsContext,
)
from sw_model.linux.tls_device import (
    tls_device_offload_cleanup_rx,
    tls_device_rx_resync_new_rec,
    tls_set_device_offload_rx,
)
from sw_model.linux.tls_rekey import rekey_rx
from sw_model.linux.tls_strp import TlsStrparser
from sw_model.peer.states import State

if TYPE_CHECKING:
    from sw_model.linux.sock import Sock


def tls_init(sk: Sock) -> int:
    """setsockopt(TCP_ULP, "tls")."""
    if sk.ulp:
        return EEXIST
    if sk.state is not State.ESTABLISHED:
        return ENOTCONN
    sk.ulp = True
    return 0


def check_crypto_info(info: CryptoInfo) -> int:
    """Version, cipher and sizes, in the kernel's order; 0 or EINVAL."""
    if info.version not in (TLS_1_2_VERSION, TLS_1_3_VERSION):
        return EINVAL
    size = KEY_SIZES.get(info.cipher_type)
    if size is None or len(info.key) != size:
        return EINVAL
    salt = 0 if info.cipher_type == TLS_CIPHER_CHACHA20_POLY1305 else 4
    return 0 if (len(info.salt), len(info.iv)) == (salt, 12 - salt) else EINVAL


def do_tls_setsockopt_conf(sk: Sock, info: CryptoInfo, done: Callable[[int], None]) -> int:
    """setsockopt(SOL_TLS, TLS_RX): an errno at once, or 0 and ``done(0)`` when the mode is settled.

    Any failure of the device means software. A second call is a rekey: TLS 1.3 only, same cipher.
    """
    if not sk.ulp:
        return ENOPROTOOPT
    if sk.tls is not None:
        return _rekey(sk.tls, info, done)
    error = check_crypto_info(info)
    if error:
        return error
    ctx = make_context(sk, info)
    sk.tls = ctx

    def settled(errno: int) -> None:
        mode = "Sw" if errno else "Device"
        ctx.rx_conf = TlsConf.SW if errno else TlsConf.HW
        ctx.mib.inc(f"TlsRx{mode}")
        ctx.mib.inc(f"TlsCurrRx{mode}")
        sk.emit("tls_rx", mode=mode, errno=errno)
        if ctx.closed:
            _forget(ctx)
        else:
            ctx.strp.stopped = False  # tls_sw_strparser_arm
            ctx.strp.tls_strp_check_rcv()
        done(0)

    tls_set_device_offload_rx(sk.host, ctx, settled)
    return 0


def make_context(sk: Sock, info: CryptoInfo) -> TlsContext:
    """The context with its parser, which does not run before the mode is settled."""
    strp = TlsStrparser(
        sk.queue,
        ProtInfo.of(info),
        sk.host.bugs,
        pressure=sk.under_pressure,
        new_rec=lambda seq, size, inq: tls_device_rx_resync_new_rec(ctx, seq, size, inq),
        abort=sk.report_error,
        stopped=True,
    )
    ctx = TlsContext(sk, sk.host.mib, sk.host.bugs, CipherContext(info), strp)
    return ctx


def _rekey(ctx: TlsContext, info: CryptoInfo, done: Callable[[int], None]) -> int:
    old = ctx.rx.info
    error = 0
    if old.version != TLS_1_3_VERSION:
        error = EBUSY
    elif (info.version, info.cipher_type) != (old.version, old.cipher_type):
        error = EINVAL
    error = error or check_crypto_info(info)
    if error:
        ctx.mib.inc("TlsRxRekeyError")
        return error
    rekey_rx(ctx, info, done)
    return 0


def tls_rx_expect_no_pad(ctx: TlsContext | None, value: bool) -> int:
    """setsockopt(TLS_RX_EXPECT_NO_PAD)."""
    if ctx is None or not ctx.rx.prot.tls13:
        return EINVAL
    ctx.rx_no_pad = value
    return 0


def tls_sk_proto_close(ctx: TlsContext) -> None:
    """close(): off the device, out of the gauges."""
    if ctx.closed:
        return
    ctx.closed = True
    ctx.strp.stopped = True
    if ctx.rx_conf is not TlsConf.BASE:
        _forget(ctx)


def _forget(ctx: TlsContext) -> None:
    if ctx.rx_conf is TlsConf.HW:
        tls_device_offload_cleanup_rx(ctx.sk.host, ctx)
    on_device = ctx.rx_conf is TlsConf.HW and RxFlag.REKEY_FAILED not in ctx.flags
    ctx.mib.dec("TlsCurrRxDevice" if on_device else "TlsCurrRxSw")
