# SPDX-License-Identifier: BSD-2-Clause
"""The environment: three agents around the engine, one scoreboard."""

from __future__ import annotations

from pyuvm import ConfigDB, uvm_env, uvm_subscriber

from tb.agents.command import CommandAgent
from tb.agents.host import HostAgent, HostFrame
from tb.agents.wire import WireAgent
from tb.pacer import Pacer
from tb.port import QueuePort
from tb.scoreboard import Scoreboard


class _ToModels(uvm_subscriber):
    """Hands a batch to the models through the NIC port: the receive interrupt."""

    def write(self, batch: list[HostFrame]) -> None:
        port: QueuePort = self.parent.port
        frames = [(f.data, f.meta) for f in batch]
        port.loop.call_at(port.loop.now, port.on_rx, frames)


class _CompletionsToModels(uvm_subscriber):
    def write(self, batch: list[bytes]) -> None:
        port: QueuePort = self.parent.port
        for data in batch:
            port.loop.call_at(port.loop.now, port.on_cpl, data)


class TlsRxEnv(uvm_env):
    """Agents, scoreboard and the way back to the software models."""

    def build_phase(self) -> None:
        self.pacer: Pacer = ConfigDB().get(self, "", "pacer")
        self.port: QueuePort = ConfigDB().get(self, "", "port")
        self.wire = WireAgent("wire", self)
        self.host = HostAgent("host", self)
        self.command = CommandAgent("command", self)
        self.scoreboard = Scoreboard("scoreboard", self)
        self.to_models = _ToModels("to_models", self)
        self.completions_to_models = _CompletionsToModels("completions_to_models", self)

    def connect_phase(self) -> None:
        board = self.scoreboard
        self.wire.driver.ap.connect(board.wire_in.analysis_export)
        self.command.driver.ap.connect(board.command_in.analysis_export)
        self.host.monitor.ap.connect(board.host_out.analysis_export)
        self.command.monitor.ap.connect(board.completion_out.analysis_export)
        # After the scoreboard: a wrong frame is reported before the models act on it.
        self.host.monitor.ap.connect(self.to_models.analysis_export)
        self.command.monitor.ap.connect(self.completions_to_models.analysis_export)

    def idle(self) -> bool:
        """Nothing is inside the design."""
        comparator = self.scoreboard.comparator
        return (
            self.wire.driver.source.count == comparator.frames
            and self.command.driver.source.count == comparator.completions
        )

    def pending(self) -> str:
        """What is still inside the design, for messages."""
        c = self.scoreboard.comparator
        return (
            f"{self.wire.driver.source.count - c.frames} frames and "
            f"{self.command.driver.source.count - c.completions} commands are inside"
        )
