# SPDX-License-Identifier: BSD-2-Clause
"""What the device did to the record that is read (net/tls/tls_device.c, tls_device_decrypted)."""

from __future__ import annotations

from sw_model.linux.tls import RxFlag, TlsContext
from sw_model.linux.tls_device import tls_device_core_ctrl_rx_resync, tls_device_reencrypt
from sw_model.linux.tls_rekey import drain
from sw_model.linux.tls_strp import StrpMsg


def tls_device_decrypted(ctx: TlsContext, msg: StrpMsg) -> tuple[bool, bytes]:
    """(True, plain record) if the device decrypted and verified all of it, else (False, wire)."""
    rx = ctx.offload
    if rx.rekey is not None:
        wire = drain(ctx, msg)
        if wire is not None:
            return False, wire
    if not msg.mixed and msg.decrypted:
        if rx.resync is not None:
            rx.resync.touched()
        return True, msg.data
    if not msg.mixed:
        if RxFlag.DEV_DEGRADED not in ctx.flags:
            tls_device_core_ctrl_rx_resync(ctx, msg)
        return False, msg.data
    if rx.resync is not None:
        rx.resync.touched()
    return False, tls_device_reencrypt(ctx, msg)
