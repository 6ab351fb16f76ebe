# SPDX-License-Identifier: BSD-2-Clause
"""Wire agent: batches of frames towards ``s_axis_rx``."""

from __future__ import annotations

from pyuvm import (
    ConfigDB,
    uvm_agent,
    uvm_analysis_port,
    uvm_driver,
    uvm_sequence_item,
    uvm_sequencer,
)

from tb.bfm.file_axis import FileSource
from tb.pacer import Pacer
from tb.port import TimedFrame


class WireItem(uvm_sequence_item):
    """One burst of frames, in the order in which they arrive."""

    def __init__(self, name: str, frames: list[TimedFrame]) -> None:
        super().__init__(name)
        self.frames = frames


class WireDriver(uvm_driver):
    """Plays items into the source and publishes each frame in the order of the wire."""

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.pacer: Pacer = ConfigDB().get(self, "", "pacer")
        self.source: FileSource = ConfigDB().get(self, "", "wire_source")

    async def run_phase(self) -> None:
        while True:
            item = await self.seq_item_port.get_next_item()
            for frame in item.frames:
                self.source.send_nowait(frame.data, self.pacer.cycle_at(frame.at), int(frame.bad))
                self.ap.write(frame)
            self.source.flush()
            self.seq_item_port.item_done()


class WireAgent(uvm_agent):
    """Sequencer and driver of the receive stream."""

    def build_phase(self) -> None:
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = WireDriver("driver", self)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
