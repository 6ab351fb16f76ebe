# SPDX-License-Identifier: BSD-2-Clause
"""Host agent: what leaves ``m_axis_rx``, with its metadata."""

from __future__ import annotations

from dataclasses import dataclass

from pyuvm import ConfigDB, uvm_agent, uvm_analysis_port, uvm_monitor

from sw_model.nic.layout import PktMeta
from tb.bfm.file_axis import FileSink
from tb.pacer import Pacer


@dataclass(frozen=True, slots=True)
class HostFrame:
    """A frame from the NIC; cycles of its first and last beat."""

    data: bytes
    meta: PktMeta
    first_cycle: int
    last_cycle: int


class HostMonitor(uvm_monitor):
    """Samples at the end of each window and publishes one batch: the receive interrupt."""

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.sink: FileSink = ConfigDB().get(self, "", "host_sink")
        pacer: Pacer = ConfigDB().get(self, "", "pacer")
        pacer.samplers.append(self)

    def sample(self) -> None:
        batch = [
            HostFrame(f.data, PktMeta.unpack(f.user), f.first_cycle, f.last_cycle)
            for f in self.sink.take()
        ]
        if batch:
            self.ap.write(batch)


class HostAgent(uvm_agent):
    """Passive: the sink's back-pressure comes from its own generator."""

    def build_phase(self) -> None:
        self.monitor = HostMonitor("monitor", self)
