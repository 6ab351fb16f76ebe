# SPDX-License-Identifier: BSD-2-Clause
"""TCP_RXTLS_ENABLE: the order of checks, the session, the worker threads. sys/kern/uipc_ktls.c."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from errno import EALREADY, EINVAL, ENOTSUP, ENXIO, EOPNOTSUPP
from typing import TYPE_CHECKING

from sw_model.kernel.counters import Counters, Sysctl
from sw_model.kernel.ktls_ifnet import KtlsIfnet
from sw_model.kernel.ktls_record import IPPROTO_TCP
from sw_model.kernel.ktls_session import (
    CRYPTO_AES_CBC,
    TCP_TLS_MODE_IFNET,
    TCP_TLS_MODE_SW,
    KtlsSession,
    TlsEnable,
    check_params,
    copyin,
    ktls_ocf_try,
)
from sw_model.kernel.ktls_wq import KtlsTiming, KtlsWorkQueue
from sw_model.kernel.sockbuf import SB_TLS_RX, SockBuf
from sw_model.loop import EventLoop

if TYPE_CHECKING:
    from sw_model.kernel.socket import Socket


class KtlsEnable(ABC):
    """The part of ``Ktls`` that makes and ends sessions."""

    loop: EventLoop
    counters: Counters
    sysctl: Sysctl
    timing: KtlsTiming
    ifnet: KtlsIfnet

    def __init__(self) -> None:
        self.workers: list[KtlsWorkQueue] = []
        self.ktls_cpuid_lookup: tuple[int, ...] = ()
        self.init_failed = False

    @abstractmethod
    def ktls_check_rx(self, sb: SockBuf) -> None: ...

    @abstractmethod
    def ktls_decrypt(self, so: Socket) -> Iterator[int]: ...

    def ktls_enable_rx(self, so: Socket, en: TlsEnable, done: Callable[[int], None]) -> int:
        """TCP_RXTLS_ENABLE. An errno at once, or 0 and ``done`` when the mode is settled.

        The kernel thread sleeps in the tag's allocation, after the buffer went over to TLS: data
        is already processed in software then.
        """
        if not self.sysctl["kern.ipc.tls.enable"]:
            return ENOTSUP
        self.counters.inc("stats.enable_calls")
        sb = so.so_rcv
        if so.protocol != IPPROTO_TCP:
            return EINVAL
        if sb.sb_tls_info is not None:
            return EALREADY
        if en.cipher_algorithm == CRYPTO_AES_CBC and not self.sysctl["kern.ipc.tls.cbc_enable"]:
            return ENOTSUP
        error, tls = self.ktls_create_session(so, en)
        if tls is None:
            return error
        if so.listening:
            self.ktls_free(tls)
            return EINVAL
        tls.so = so
        sb.sb_tls_seqno = tls.rec_seq
        sb.sb_tls_info = tls
        sb.sb_flags |= SB_TLS_RX
        sb.sb_mark_notready()
        self.ktls_check_rx(sb)

        def settled(error: int) -> None:
            if tls.destroyed:  # closed while the driver was busy
                done(error)
                return
            if error:
                self._ktls_use_sw(tls)
            self.counters.inc("stats.offload_total")
            done(0)

        if self.ktls_try_toe(so, tls):
            self.ifnet.ktls_try_ifnet(so, tls, settled)
        return 0

    def ktls_create_session(self, so: Socket, en: TlsEnable) -> tuple[int, KtlsSession | None]:
        """(errno, session): parameters, threads, copyin of the keys, then the software decryptor.

        ktls_ocf_try comes right behind it in the kernel; every session has a decryptor.
        """
        error = check_params(en) or self.ktls_start_kthreads() or copyin(en)
        if error:
            return error, None
        self.counters.inc("stats.active")
        tls = KtlsSession(en)
        tls.wq_index = self.ktls_get_cpu(so)
        error = ktls_ocf_try(en)
        if error:
            self.ktls_free(tls)
            return error, None
        return 0, tls

    def ktls_start_kthreads(self) -> int:
        """ktls_init: on the first session, one thread a CPU; ENXIO for ever if that failed once."""
        if self.init_failed or not self.timing.threads_start:
            self.init_failed = True
            return ENXIO
        if not self.workers:
            cpus = self.timing.cpus
            self.workers = [KtlsWorkQueue(self, cpu) for cpu in range(cpus)]
            self.ktls_cpuid_lookup = self.timing.cpuid_lookup or tuple(range(cpus))
            self.counters.inc("stats.threads", cpus)
        return 0

    def ktls_get_cpu(self, so: Socket) -> int:
        """The worker of a connection, by its flow id: one thread serves it for its whole life.

        A socket that is not connected yet has flow id 0. ``ktls_cpuid_lookup`` lists the CPUs in
        the order in which they were bound (kern.ipc.tls.bind_threads).
        """
        flowid = so.inp.inp_flowid if so.inp else 0
        return self.ktls_cpuid_lookup[flowid % len(self.ktls_cpuid_lookup)]

    def ktls_try_toe(self, so: Socket, tls: KtlsSession) -> int:
        """No modelled interface owns TCP (TF_TOE): EOPNOTSUPP, and the NIC's turn comes."""
        return EOPNOTSUPP

    def ktls_free(self, tls: KtlsSession) -> None:
        """The last reference to a session is gone (refcount_release, then ktls_destroy)."""
        self.ktls_destroy(tls)

    def _ktls_use_sw(self, tls: KtlsSession) -> None:
        tls.mode = TCP_TLS_MODE_SW
        self.counters.inc(f"sw.{tls.counter_name}")

    def ktls_destroy(self, tls: KtlsSession) -> None:
        """The session's last reference is gone with its socket."""
        if tls.destroyed:
            return
        tls.destroyed = True
        self.counters.inc("stats.active", -1)
        if tls.mode == TCP_TLS_MODE_SW:
            self.counters.inc(f"sw.{tls.counter_name}", -1)
        elif tls.mode == TCP_TLS_MODE_IFNET:
            self.counters.inc(f"ifnet.{tls.counter_name}", -1)
        self.ifnet.release_tag(tls)
        tls.rx_ifp = None
        tls.wipe()
