# SPDX-License-Identifier: BSD-2-Clause
"""cmd_unit between a command source and a completion sink; tracker, flow table and key store are
played here.
"""

from __future__ import annotations

from random import Random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from sw_model.nic import layout
from sw_model.nic.layout import Completion, CplStatus
from tests.block.pauses import pauses
from tests.block.structs import CTX_REQ, unpack

FLOWS, KEYS = 20, 12
RULE_REQ = (
    ("add", 1), ("ipv6", 1), ("vlan", 1), ("vid", 12), ("src", 128), ("dst", 128), ("sport", 16),
    ("dport", 16), ("flow", 12),
)  # fmt: skip
KEY_REQ = (("op", 2), ("idx", 12), ("is_256", 1), ("key", 256))
EVENTS = (("ctx", 1), ("del", 1), ("get_skip", 1), ("cpl", 1))
IDLE = 0b111  # lookup, tracker, crypto
CTX_OPS = ("set_static", "set_psv", "get_psv", "destroy")
KEY_OPS = ("write", "wipe", "sum_wipe")
Request = tuple[str, dict[str, Any]]


class Bench:
    """The unit between a command source, a completion sink and three played executors."""

    def __init__(self, dut: HierarchyObject, rng: Random, gap: float = 0.0, stall: float = 0.0):
        self.dut, self.rng = dut, rng
        self.requests: list[Request] = []
        self.events = dict.fromkeys((name for name, _ in EVENTS), 0)
        self.psv = layout.ProgressParams()
        self.rule_status = CplStatus.OK
        self.frames = 0
        for name in ("ctx_done_i", "rule_done_i", "key_done_i", "ctx_psv_i", "rule_status_i"):
            getattr(dut, name).value = 0
        dut.idle_i.value = IDLE
        dut.frames_i.value = 0
        dut.rst_i.value = 1  # before the first edge
        Clock(dut.clk_i, 4, unit="ns").start(start_high=False)
        cmd = AxiStreamBus.from_prefix(dut, "s_axis_cmd")
        cpl = AxiStreamBus.from_prefix(dut, "m_axis_cpl")
        self.source = AxiStreamSource(cmd, dut.clk_i, dut.rst_i)
        self.sink = AxiStreamSink(cpl, dut.clk_i, dut.rst_i)
        if gap:
            self.source.set_pause_generator(pauses(self.rng, gap))
        if stall:
            self.sink.set_pause_generator(pauses(self.rng, stall))

    async def start(self) -> None:
        self.dut.rst_i.value = 1
        await self.cycles(3)
        self.dut.rst_i.value = 0
        await self.cycles(2)
        for executor in (self.play_tracker, self.play_rules, self.play_keys, self.count_events):
            cocotb.start_soon(executor())

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk_i)

    async def serve(self, valid: Any, done: Any) -> None:
        """Wait for a request and for as long as the work takes, then say done for one cycle."""
        while valid.value == 0:
            await RisingEdge(self.dut.clk_i)
        await self.cycles(self.rng.randint(0, 6))
        assert valid.value == 1, "a request was given up before it was done"
        assert self.dut.pause_o.value == 1, "a request while frames may enter"
        done.value = 1
        await RisingEdge(self.dut.clk_i)

    async def play_tracker(self) -> None:
        dut = self.dut
        while True:
            psv = self.psv
            dut.ctx_psv_i.value = (
                psv.next_record_tcp_sn << 60
                | psv.hw_resync_tcp_sn << 28
                | psv.track << 26
                | psv.auth << 24
                | psv.record_offset
            )
            await self.serve(dut.ctx_valid_o, dut.ctx_done_i)
            request = unpack(CTX_REQ, int(dut.ctx_req_o.value))
            self.requests.append((CTX_OPS[request.pop("op")], request))
            dut.ctx_done_i.value = 0
            await RisingEdge(dut.clk_i)

    async def play_rules(self) -> None:
        dut = self.dut
        while True:
            dut.rule_status_i.value = int(self.rule_status)
            await self.serve(dut.rule_valid_o, dut.rule_done_i)
            request = unpack(RULE_REQ, int(dut.rule_req_o.value))
            self.requests.append(("add" if request.pop("add") else "delete", request))
            dut.rule_done_i.value = 0
            await RisingEdge(dut.clk_i)

    async def play_keys(self) -> None:
        dut = self.dut
        while True:
            await self.serve(dut.key_valid_o, dut.key_done_i)
            request = unpack(KEY_REQ, int(dut.key_req_o.value))
            self.requests.append((KEY_OPS[request.pop("op")], request))
            dut.key_done_i.value = 0
            await RisingEdge(dut.clk_i)

    async def count_events(self) -> None:
        while True:
            await RisingEdge(self.dut.clk_i)
            for name, value in unpack(EVENTS, int(self.dut.ev_o.value)).items():
                self.events[name] += value

    async def command(self, data: bytes) -> Completion:
        self.source.send_nowait(AxiStreamFrame(tdata=data))
        return await self.completion()

    async def completion(self) -> Completion:
        frame = await with_timeout(self.sink.recv(), 100, "us")
        assert len(frame.tdata) == layout.CPL_BYTES
        return Completion.parse(bytes(frame.tdata))
