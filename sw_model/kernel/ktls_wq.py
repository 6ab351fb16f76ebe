# SPDX-License-Identifier: BSD-2-Clause
"""The worker threads of kernel TLS as events: ktls_wq and ktls_work_thread of uipc_ktls.c."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from sw_model.kernel.counters import Counters
from sw_model.loop import EventLoop

if TYPE_CHECKING:
    from sw_model.kernel.socket import Socket


@dataclass(slots=True)
class KtlsTiming:
    """What the kernel's own threads cost, in ns (crypto in ps per byte: 250 is 4 GB/s).

    ``cpus`` workers; ``worker_wakeup_ns[cpu]`` overrides ``wakeup_ns`` of that one.
    ``cpuid_lookup``: CPUs in the order in which threads were bound to them, default 0, 1, ...
    ``threads_start`` False: the threads cannot be made. ``preempt_ns``: how long a worker is off
    its CPU at the place that Bugs.unlocked_snd_tag opens. ``mbuf_wait_ns``: there is never an mbuf
    at once, and the worker sleeps that long for each record that ends inside one.
    """

    wakeup_ns: int = 2_000
    record_ns: int = 0
    crypto_ps_per_byte: int = 0
    tag_alloc_ns: int = 1_000
    reset_task_ns: int = 5_000
    cpus: int = 2
    worker_wakeup_ns: dict[int, int] = field(default_factory=dict)
    cpuid_lookup: tuple[int, ...] = ()
    threads_start: bool = True
    preempt_ns: int = 1_000
    mbuf_wait_ns: int = 0


@dataclass(slots=True)
class RecordStats:
    """Records of one session by state; the kernel has no such counters, reports need them."""

    decrypted: int = 0
    mixed: int = 0
    encrypted: int = 0
    failed: int = 0
    decrypted_bytes: int = 0
    software_bytes: int = 0
    resync_calls: int = 0
    resync_end_calls: int = 0


class KtlsWork(Protocol):
    """What a worker thread needs of the module."""

    loop: EventLoop
    counters: Counters
    timing: KtlsTiming

    def ktls_decrypt(self, so: Socket) -> Iterator[int]: ...


class KtlsWorkQueue:
    """struct ktls_wq with its ktls_work_thread: sockets wait in line, one runs at a time."""

    def __init__(self, ktls: KtlsWork, cpu: int = 0) -> None:
        self.ktls, self.cpu = ktls, cpu
        self.wakeup_ns = ktls.timing.worker_wakeup_ns.get(cpu, ktls.timing.wakeup_ns)
        self.waiting: deque[Socket] = deque()
        self.running = False

    def enqueue(self, so: Socket) -> None:
        """ktls_enqueue_to_run: only a sleeping thread has to be woken."""
        self.waiting.append(so)
        if not self.running:
            self.running = True
            self.ktls.loop.call_later(self.wakeup_ns, self._next)

    def _next(self) -> None:
        if not self.waiting:
            self.running = False
            return
        so = self.waiting.popleft()
        self._step(so, self.ktls.ktls_decrypt(so))

    def _step(self, so: Socket, work: Iterator[int]) -> None:
        delay = next(work, None)
        if delay is None:
            self.ktls.counters.inc("stats.sw_rx_inqueue", -1)
            so.sorele()
            self._next()
        else:
            self.ktls.loop.call_later(delay, self._step, so, work)
