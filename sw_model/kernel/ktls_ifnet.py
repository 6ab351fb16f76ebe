# SPDX-License-Identifier: BSD-2-Clause
"""Kernel TLS and the interface: send tag, resync calls, route change. sys/kern/uipc_ktls.c."""

from __future__ import annotations

from collections.abc import Callable
from errno import ECONNRESET, EINVAL, ENXIO, EOPNOTSUPP
from typing import TYPE_CHECKING, Any

from sw_model.kernel.if_snd_tag import TlsRxAllocParams, TlsRxTag, rxtls_capable
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, KtlsSession
from sw_model.kernel.sockbuf import SockBuf
from sw_model.wire.seq import SeqNum

if TYPE_CHECKING:
    from sw_model.kernel.ktls import Ktls
    from sw_model.kernel.socket import Socket

Done = Callable[[int], None]
EOPNOTSUPP_SILENT = -EOPNOTSUPP


class KtlsIfnet:
    """The half of kernel TLS that talks to drivers."""

    def __init__(self, ktls: Ktls) -> None:
        self.ktls = ktls

    # Allocation -------------------------------------------------------------------------------

    def ktls_try_ifnet(self, so: Socket, tls: KtlsSession, done: Done) -> None:
        """Ask for a tag in ``tag_alloc_ns``; ``done(errno)`` when the answer is there."""
        self.ktls.loop.call_later(self.ktls.timing.tag_alloc_ns, self._try_now, so, tls, done)

    def _try_now(self, so: Socket, tls: KtlsSession, done: Done) -> None:
        if tls.rekey is not None:  # ktls_rekey.py: between two keys there is nothing to offload
            self.ktls_try_ifnet(so, tls, done)
            return
        epoch = tls.key_epoch

        def allocated(error: int, tag: Any) -> None:
            if not error and (tls.destroyed or epoch != tls.key_epoch):
                tag.free()
                tag = None
                error = ECONNRESET if tls.destroyed else 0
            if not error:
                tls.mode = TCP_TLS_MODE_IFNET
                tls.snd_tag = tag
                self.ktls.counters.inc(f"ifnet.{tls.counter_name}")
            self._emit(so, "tag_alloc", errno=error)
            done(error)

        error = ECONNRESET if tls.destroyed else self.ktls_alloc_rcv_tag(so, tls, allocated)
        if error:
            self._emit(so, "tag_alloc", errno=error)
            done(error)

    def ktls_alloc_rcv_tag(
        self, so: Socket, tls: KtlsSession, allocated: Callable[[int, Any], None]
    ) -> int:
        """An errno before the driver is asked, or 0 and ``allocated(errno, tag)`` later."""
        if not tls.recrypt_supported:
            return ENXIO
        inp = so.inp
        if inp is None or inp.dropped or inp.inp_socket is None:
            return ECONNRESET
        if not self.ktls.sysctl["kern.ipc.tls.ifnet.permitted"]:
            return ENXIO
        ifp = inp.ro_nh  # the interface of the cached OUTPUT route
        if ifp is None:
            return ENXIO
        tls.rx_ifp = ifp
        params = TlsRxAllocParams.of(inp, tls)
        if not rxtls_capable(ifp, inp.vflag, self.ktls.bugs.alloc_capability_by_number):
            return EOPNOTSUPP

        def done(error: int, tag: TlsRxTag | None) -> None:
            if not error:
                tls.rx_vlan_id = params.vlan_id  # a VLAN interface wrote its id here
            allocated(error, tag)

        ifp.snd_tag_alloc(params, done)
        return 0

    def release_tag(self, tls: KtlsSession) -> None:
        """m_snd_tag_rele of the session's tag, if there is one."""
        tag, tls.snd_tag = tls.snd_tag, None
        if tag is not None:
            tag.free()

    # Resync -----------------------------------------------------------------------------------

    def ktls_resync_ifnet(
        self, so: Socket, tls_len: int, tls_rcd_num: int, stale: TlsRxTag | None = None
    ) -> int:
        """Report a record (or, with length 0, that decryption resumed behind it).

        The record already left sb_tlscc, so the sequence is that of its own header, or of the byte
        behind it when ``tls_len`` is 0. The worker ignores the result. ``stale``: a tag read before
        the lock was taken (Bugs.unlocked_snd_tag).
        """
        sb, inp = so.so_rcv, so.inp
        tls = sb.sb_tls_info
        tag = stale or (tls.snd_tag if tls else None)
        if tag is None or inp is None or inp.inp_socket is None:
            return EINVAL
        if inp.dropped or inp.tp is None:
            return ECONNRESET
        if tls_len:
            so.record_stats.resync_calls += 1
        else:
            so.record_stats.resync_end_calls += 1
        tls_hdr_tcp_sn = SeqNum(inp.tp.stream_nxt() - sb.sb_tlscc - tls_len)
        error = tag.modify(tls_hdr_tcp_sn, tls_len, tls_rcd_num)
        self._emit(so, "resync", sn=int(tls_hdr_tcp_sn), len=tls_len, num=tls_rcd_num, errno=error)
        return error

    # Route change -----------------------------------------------------------------------------

    def ktls_input_ifp_mismatch(self, sb: SockBuf, ifp: Any) -> None:
        """Packets arrive by another leaf interface: follow it, and queue one reset task."""
        tls = sb.sb_tls_info
        assert tls is not None
        tls.rx_ifp = ifp
        if not tls.reset_pending and tls.rekey is None:
            tls.reset_pending = True
            sb.so.soref()
            self.ktls.loop.call_later(
                self.ktls.timing.reset_task_ns, self.ktls_reset_receive_tag, sb.so, tls
            )

    def ktls_reset_receive_tag(self, so: Socket, tls: KtlsSession) -> None:
        """The task: release the old tag FIRST, then ask the leaf interface for a new one.

        Until the answer resync calls fail with EINVAL and are lost. On failure the connection goes
        on in software; a later change of the path tries again.
        """
        inp = so.inp
        if inp is None or inp.dropped or tls.rekey is not None:
            self._reset_done(so, tls)
            return
        self.release_tag(tls)

        def done(error: int) -> None:
            if error != EOPNOTSUPP_SILENT:
                self.ktls.counters.inc("ifnet.reset_failed" if error else "ifnet.reset")
            self._emit(so, "tag_reset", errno=error)
            self._reset_done(so, tls)

        self.ktls_alloc_leaf(so, tls, done)

    def ktls_alloc_leaf(self, so: Socket, tls: KtlsSession, done: Done) -> None:
        """Ask the interface the packets come from, under the saved VLAN id.

        ``done`` gets EOPNOTSUPP_SILENT if it lacks the capability: the kernel does not count that.
        """
        inp, ifp = so.inp, tls.rx_ifp
        assert inp is not None
        assert ifp is not None
        if not rxtls_capable(ifp, inp.vflag, self.ktls.bugs.reset_capability_by_number):
            done(EOPNOTSUPP_SILENT)
            return
        epoch = tls.key_epoch

        def allocated(error: int, tag: TlsRxTag | None) -> None:
            if tag is not None and (tls.destroyed or epoch != tls.key_epoch):
                tag.free()
                error = ECONNRESET
            elif not error:
                # The first allocation may have ended while this one was under way; FreeBSD would
                # overwrite its tag here and never release it.
                self.release_tag(tls)
                tls.snd_tag = tag
            done(error)

        ifp.snd_tag_alloc(TlsRxAllocParams.of(inp, tls, tls.rx_vlan_id), allocated)

    def _reset_done(self, so: Socket, tls: KtlsSession) -> None:
        tls.reset_pending = False
        so.sorele()

    def _emit(self, so: Socket, what: str, **fields: int) -> None:
        self.ktls.trace.emit(self.ktls.loop.now, "kernel", what, flow=so.name, **fields)
