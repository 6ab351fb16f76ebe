# SPDX-License-Identifier: BSD-2-Clause
"""Command agent: the command queue and its completions."""

from __future__ import annotations

from pyuvm import (
    ConfigDB,
    uvm_agent,
    uvm_analysis_port,
    uvm_driver,
    uvm_monitor,
    uvm_sequence_item,
    uvm_sequencer,
)

from tb.bfm.file_axis import FileSink, FileSource
from tb.pacer import Pacer
from tb.port import TimedCommand


class CommandItem(uvm_sequence_item):
    """Commands in the order in which they are posted."""

    def __init__(self, name: str, commands: list[TimedCommand]) -> None:
        super().__init__(name)
        self.commands = commands


class CommandDriver(uvm_driver):
    """Plays commands into ``s_axis_cmd`` and publishes each."""

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.pacer: Pacer = ConfigDB().get(self, "", "pacer")
        self.source: FileSource = ConfigDB().get(self, "", "cmd_source")

    async def run_phase(self) -> None:
        while True:
            item = await self.seq_item_port.get_next_item()
            for command in item.commands:
                self.source.send_nowait(command.data, self.pacer.cycle_at(command.at))
                self.ap.write(command)
            self.source.flush()
            self.seq_item_port.item_done()


class CompletionMonitor(uvm_monitor):
    """Samples ``m_axis_cpl`` at the end of each window and publishes the completions as bytes."""

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.sink: FileSink = ConfigDB().get(self, "", "cpl_sink")
        pacer: Pacer = ConfigDB().get(self, "", "pacer")
        pacer.samplers.append(self)

    def sample(self) -> None:
        batch = [frame.data for frame in self.sink.take()]
        if batch:
            self.ap.write(batch)


class CommandAgent(uvm_agent):
    """Sequencer and driver of the command queue, monitor of its completions."""

    def build_phase(self) -> None:
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = CommandDriver("driver", self)
        self.monitor = CompletionMonitor("monitor", self)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
