# SPDX-License-Identifier: BSD-2-Clause
"""The network interface as the kernel sees it: tags, received packets, command completions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from sw_model.driver.caps import HcaCaps
from sw_model.driver.device import STATS_TEXT, TlsRxDevice, TlsRxStats
from sw_model.driver.faults import NO_FAULTS, DriverFaults
from sw_model.driver.iq import TAGS, CommandQueue
from sw_model.driver.rx import RqStats, build_rx_mbuf
from sw_model.driver.tls_rx_alloc import Done, TlsRxAlloc
from sw_model.kernel.if_snd_tag import (
    IFCAP2_RXTLS4,
    IFCAP2_RXTLS6,
    TlsRxAllocParams,
    ifcap2_bit,
)
from sw_model.kernel.mbuf import Mbuf
from sw_model.loop import EventLoop
from sw_model.nic.layout import Completion, CplStatus, PktMeta
from sw_model.trace import Trace

CAP_RXTLS = ifcap2_bit(IFCAP2_RXTLS4) | ifcap2_bit(IFCAP2_RXTLS6)


class Ifnet:
    """One physical interface with receive TLS offload.

    ``post_command`` takes command bytes, the NIC's answers come back through ``completion`` and its
    packets through ``rx_poll``, one interrupt's worth at a time. ``if_input`` is the kernel.
    ``capenable2`` is what the kernel tests before it asks for a tag. ``channels`` command queues
    share the command stream. ``iq_poll_ns``: from an answer's arrival to its callback; 0 = at once.
    ``caps``: a device that can do less; its number of contexts counts instead of ``max_resources``.
    """

    def __init__(
        self,
        name: str,
        capabilities: int = CAP_RXTLS,
        *,
        loop: EventLoop,
        trace: Trace,
        post_command: Callable[[bytes], None],
        max_resources: int = 64,
        iq_blocks: int = 1024,
        pcp: int | None = None,
        channels: int = 1,
        iq_poll_ns: int = 0,
        caps: HcaCaps | None = None,
        faults: DriverFaults = NO_FAULTS,
    ) -> None:
        self.name = name
        self.capenable2 = capabilities
        self.loop = loop
        self.trace = trace
        self.pcp = pcp
        self.faults = faults
        self.iq_poll_ns = iq_poll_ns
        share = TAGS // channels
        self.iqs = [
            CommandQueue(post_command, iq_blocks, range(i * share, (i + 1) * share))
            for i in range(channels)
        ]
        self.iq = self.iqs[0]
        size = caps.max_resources if caps else max_resources
        self.tls_rx = TlsRxDevice(name, loop, trace, self.iq, size, faults=faults, iqs=self.iqs)
        if caps is not None:  # mlx5e_tls_rx_init
            self.tls_rx.initialised, self.tls_rx.suites = caps.initialised, caps.suites
            self.capenable2 = capabilities if caps.initialised else 0
        self.rq = RqStats()
        self.if_input: Callable[[list[Mbuf]], None] = lambda _: None

    @property
    def stats(self) -> TlsRxStats:
        return self.tls_rx.stats

    def snd_tag_alloc(self, params: TlsRxAllocParams, done: Done) -> None:
        """if_snd_tag_alloc, type TLS_RX; ``done(errno, tag)`` now or later."""
        TlsRxAlloc(self.tls_rx, self, params, done, self.pcp).start()

    def rx_poll(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        """All packets of one poll go up together, so that LRO can merge them."""
        for iq in self.iqs:
            iq.hold_doorbell()
        self.if_input([build_rx_mbuf(f, m, self, self.rq, self.faults) for f, m in batch])
        for iq in self.iqs:
            iq.ring_doorbell()

    def completion(self, data: bytes) -> None:
        """One completion from the NIC."""
        cpl = Completion.parse(data)
        if cpl.status != CplStatus.OK:
            where = {"op": cpl.opcode, "index": cpl.index, "status": cpl.status}
            self.trace.emit(self.loop.now, self.name, "cpl_error", **where)
        iq = next((q for q in self.iqs if cpl.tag in q.tags), self.iq)
        iq.arrive(data)
        if self.iq_poll_ns:
            self.loop.call_later(self.iq_poll_ns, iq.poll)
        else:
            iq.poll()

    def sysctl(self) -> dict[str, int]:
        """Statistics under the driver's own names."""
        named = {f"tls_rx.stats.{name}": getattr(self.stats, name) for name in STATS_TEXT}
        return named | {f"rxstat0.{f.name}": getattr(self.rq, f.name) for f in fields(self.rq)}

    def __repr__(self) -> str:
        return f"Ifnet({self.name})"
