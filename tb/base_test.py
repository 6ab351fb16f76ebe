# SPDX-License-Identifier: BSD-2-Clause
"""The base of all system tests: builds the environment, resets, enables, runs the closed loop.

A test is a subclass that says which scenario runs, and changes one thing.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import cocotb
from pyuvm import ConfigDB, uvm_test

from sw_model.driver import csr
from sw_model.nic.faults import NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import CMD_W, META_W
from sw_model.rng import derive
from tb.bfm.axil import AxiLiteManager
from tb.bfm.file_axis import FileSink, FileSource
from tb.config import BenchConfig
from tb.env import TlsRxEnv
from tb.pacer import Pacer
from tb.port import QueuePort
from tb.seqs.closed_loop import ClosedLoopSequence, Scenario


class BaseTest(uvm_test):
    """Subclasses give ``scenario()``; what it leaves behind is in ``report()``."""

    def build_phase(self) -> None:
        self.config = BenchConfig.load()
        self.dut = cocotb.top
        self.pacer = Pacer(self.dut, self.config.window_ns)
        self.golden = self.make_golden()
        self.world = self.scenario()
        self.port: QueuePort = self.world.port
        self.registers = AxiLiteManager(self.dut, "s_axil", self.dut.clk)
        for name, value in self._shared().items():
            ConfigDB().set(None, "*", name, value)
        self.env = TlsRxEnv("env", self)

    def make_golden(self) -> GoldenNic:
        """The model that predicts the design."""
        c = self.config
        return GoldenNic(
            num_flows=c.num_flows,
            enable=c.enable,
            relock_records=c.relock_records,
            faults=NicFaults(**c.nic_faults),
        )

    def scenario(self) -> Scenario:
        """What drives the loop; has ``loop``, ``port``, ``start()``, ``done()``, ``finish()``."""
        raise NotImplementedError

    def _shared(self) -> dict[str, object]:
        c, dut = self.config, self.dut
        self.sources = {
            "wire_source": FileSource(dut.u_wire, "wire", c.data_w),
            "cmd_source": FileSource(dut.u_cmd, "cmd", CMD_W),
        }
        self.sinks = {
            "host_sink": FileSink(dut.u_host, "host", c.data_w, META_W),
            "cpl_sink": FileSink(dut.u_cpl, "cpl", CMD_W, 32),
        }
        return {
            "pacer": self.pacer,
            "port": self.port,
            "golden": self.golden,
            **self.sources,
            **self.sinks,
        }

    def _configure_streams(self) -> None:
        c = self.config
        for name, source in self.sources.items():
            source.configure(derive(c.seed, f"gaps/{name}"), c.gap_prob)
        for name, sink in self.sinks.items():
            sink.configure(derive(c.seed, f"stalls/{name}"), c.stall_prob)

    async def bring_up(self) -> None:
        """Reset, registers, and time 0."""
        self._configure_streams()
        await self.pacer.reset()
        enable = int(self.config.enable) << csr.CONTROL_ENABLE_LSB
        await self.registers.write(csr.CONTROL, enable)
        await self.registers.write(csr.RELOCK_RECORDS, self.config.relock_records)
        await self.pacer.align()

    async def run_phase(self) -> None:
        self.raise_objection()
        await self.bring_up()
        sequence = ClosedLoopSequence(
            "closed_loop",
            self.env,
            self.world,
            self.port,
            limit_ns=self.config.limit_ns,
            progress=self._progress,
        )
        await sequence.start()
        self.counters = {name: await self.registers.read(at) for name, at in csr.COUNTERS.items()}
        self.world.finish()
        await self.inspect()
        self.report()
        self.drop_objection()

    def _progress(self, now: int) -> None:
        """Tell the outer process how far the run is, through a file, at most 5 times a second."""
        path = self.config.progress_file
        if path is None or time.monotonic() < getattr(self, "_next_progress", 0.0):
            return
        self._next_progress = time.monotonic() + 0.2
        done, total = self.world.progress()
        Path(path).write_text(json.dumps({"ns": now, "done": done, "total": total}))

    async def inspect(self) -> None:
        """Look into the design when everything is over."""

    def report(self) -> None:
        """Write artefacts into the run's folder (the current one)."""
