# SPDX-License-Identifier: BSD-2-Clause
"""Drives rx_track with a list of packets and commands and compares it with the reference.

A command is driven when all packets before it were taken and the tracker is idle, as cmd_unit does
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge

from tests.block.rx_track.compare import compare_desc, compare_slots
from tests.block.rx_track.script import EVENTS, Command, Packet, Script
from tests.block.structs import SLOT, unpack

CTX_PSV = (("next_sn", 32), ("resync_sn", 32), ("track", 2), ("auth", 2), ("record_offset", 24))
DESC = (("meta", 160), ("markable", 1), ("lost", 1), ("ks", 1), ("verdict", 1))


@dataclass
class Pace:
    """Probability that an interface rests in a cycle."""

    source: float = 0.0
    sink: float = 0.0
    desc: float = 0.0
    gcm: float = 0.0  # and that the crypto or the hold have no room for a packet
    verdict: int = 12  # longest latency


PACES = (
    Pace(),
    Pace(source=0.4, verdict=60),
    Pace(sink=0.4, desc=0.5),
    Pace(source=0.3, sink=0.3, desc=0.3, gcm=0.3, verdict=200),
)


def width_of(dut: HierarchyObject) -> int:
    """Bytes of the data bus."""
    return len(dut.slot_data_o) // 8


class Bench:
    """The tracker's surroundings."""

    def __init__(self, dut: HierarchyObject, script: Script, pace: Pace, seed: int) -> None:
        self.dut, self.script, self.pace = dut, script, pace
        self.rng = Random(seed)
        self.width = width_of(dut)
        self.taken = self.executed = 0
        self.slots: list[dict[str, int]] = []
        self.descs: list[dict[str, int]] = []
        self.frames: list[bytes] = []
        self.events = dict.fromkeys(EVENTS, 0)
        self.cycles = self.active = 0
        # The cycle of each, in order; compare only what is cycles apart.
        self.desc_at: list[int] = []
        self.frame_at: list[int] = []
        self.slot_at: list[int] = []
        self.verdict_at: list[int] = []
        self.problems: list[str] = []
        self.oks = [
            packet.ok
            for packet, result in zip(script.packets(), script.results, strict=True)
            if result.verdict
        ]

    async def run(self) -> None:
        dut = self.dut
        for name in (
            "hdr_valid_i", "hdr_i", "s_axis_frm_tdata", "s_axis_frm_tkeep", "s_axis_frm_tvalid",
            "s_axis_frm_tlast", "m_axis_frm_tready", "desc_ready_i", "gcm_ready_i",
            "verdict_valid_i", "verdict_ok_i", "ctx_valid_i", "ctx_req_i", "cmd_count_i",
        ):  # fmt: skip
            getattr(dut, name).value = 0
        dut.relock_records_i.value = self.script.relock
        dut.rst_i.value = 1
        clock = cocotb.start_soon(Clock(dut.clk_i, 4, unit="ns").start())
        for _ in range(3):
            await RisingEdge(dut.clk_i)
        dut.rst_i.value = 0
        tasks = [
            cocotb.start_soon(coroutine)
            for coroutine in (
                self.frame_source(), self.frame_sink(), self.slot_sink(), self.desc_sink(),
                self.count(),
            )
        ]  # fmt: skip
        try:
            await self.control()
        finally:
            for task in [*tasks, clock]:
                task.cancel()
        self.compare()

    def rests(self, chance: float) -> bool:
        return chance > 0 and self.rng.random() < chance

    # ---- Headers and commands, in order ----------------------------------------------------------

    async def control(self) -> None:
        dut = self.dut
        for item in self.script.items:
            while self.rests(self.pace.source):
                await RisingEdge(dut.clk_i)
            if isinstance(item, Packet):
                dut.hdr_i.value = item.header()
                dut.hdr_valid_i.value = 1
                await self.until(dut.hdr_ready_o)
                dut.hdr_valid_i.value = 0
                self.taken += 1
            else:
                await self.until(dut.idle_o)
                await self.execute(item)
        want = len(self.script.results)
        for _ in range(4000):
            await RisingEdge(dut.clk_i)
            if len(self.descs) == len(self.frames) == want and dut.idle_o.value == 1:
                break
        for _ in range(300):
            await RisingEdge(dut.clk_i)

    async def until(self, signal: Any, limit: int = 5000) -> None:
        for _ in range(limit):
            await RisingEdge(self.dut.clk_i)
            if signal.value == 1:
                return
        raise AssertionError(f"waited in vain for {signal._name}; packet {self.taken}")

    async def execute(self, command: Command) -> None:
        dut = self.dut
        dut.ctx_req_i.value = command.request()
        dut.ctx_valid_i.value = 1
        await self.until(dut.ctx_done_o, 100)
        if command.op == "get_psv":
            got = tuple(unpack(CTX_PSV, int(dut.ctx_psv_o.value)).values())[::-1]
            if got != command.psv:
                self.problems.append(f"{command} after packet {self.taken}: read {got}")
        if int(dut.frames_o.value) != command.frames:
            self.problems.append(f"{command}: {dut.frames_o.value} frames")
        dut.ctx_valid_i.value = 0
        self.executed += 1
        dut.cmd_count_i.value = self.executed & 0xFFFF
        await RisingEdge(dut.clk_i)

    # ---- Streams -----------------------------------------------------------------------

    async def frame_source(self) -> None:
        dut, width = self.dut, self.width
        for number, packet in enumerate(self.script.packets()):
            while not self.offered(number):
                await RisingEdge(dut.clk_i)
            frame = packet.frame()
            for at in range(0, len(frame), width):
                while self.rests(self.pace.source):
                    await RisingEdge(dut.clk_i)
                piece = frame[at : at + width]
                dut.s_axis_frm_tdata.value = int.from_bytes(piece, "little")
                dut.s_axis_frm_tkeep.value = (1 << len(piece)) - 1
                dut.s_axis_frm_tlast.value = at + width >= len(frame)
                dut.s_axis_frm_tvalid.value = 1
                await RisingEdge(dut.clk_i)
                while dut.s_axis_frm_tready.value != 1:
                    await RisingEdge(dut.clk_i)
                dut.s_axis_frm_tvalid.value = 0

    def offered(self, number: int) -> bool:
        """Beats may come once the header is offered; early is the normal case."""
        return self.taken >= number

    async def frame_sink(self) -> None:
        dut, frame = self.dut, b""
        while True:
            await RisingEdge(dut.clk_i)
            if dut.m_axis_frm_tvalid.value == 1 and dut.m_axis_frm_tready.value == 1:
                size = int(dut.m_axis_frm_tkeep.value).bit_count()
                frame += int(dut.m_axis_frm_tdata.value).to_bytes(self.width, "little")[:size]
                if dut.m_axis_frm_tlast.value == 1:
                    self.frame_at.append(self.cycles)
                    self.frames.append(frame)
                    frame = b""
            dut.m_axis_frm_tready.value = not self.rests(self.pace.sink)
            dut.gcm_ready_i.value = not self.rests(self.pace.gcm)

    async def desc_sink(self) -> None:
        dut = self.dut
        while True:
            await RisingEdge(dut.clk_i)
            if dut.desc_valid_o.value == 1 and dut.desc_ready_i.value == 1:
                self.descs.append(unpack(DESC, int(dut.desc_o.value)))
                self.desc_at.append(self.cycles)
            dut.desc_ready_i.value = not self.rests(self.pace.desc)

    async def slot_sink(self) -> None:
        """Slots in, verdicts out, in order, after a while."""
        dut, due, now = self.dut, [], 0
        while True:
            await RisingEdge(dut.clk_i)
            now += 1
            if dut.slot_valid_o.value == 1:
                # What a filler does not use may come from a beat not received yet.
                slot = unpack(SLOT, int(dut.slot_o.value.resolve("zeros")))
                slot["data"] = int(dut.slot_data_o.value)
                slot["tag_data"] = int(dut.slot_tag_o.value)
                self.slots.append(slot)
                self.slot_at.append(self.cycles)
                if slot["pkt_end"]:
                    due.append(now + self.latency(len(self.verdict_at) + len(due)))
            dut.verdict_valid_i.value = 0
            if due and due[0] <= now and self.oks:
                due.pop(0)
                self.verdict_at.append(self.cycles)
                dut.verdict_valid_i.value = 1
                dut.verdict_ok_i.value = self.oks.pop(0)

    def latency(self, number: int) -> int:
        """Cycles from a packet's last slot to its verdict, the `number`-th."""
        return self.rng.randint(1, self.pace.verdict)

    async def count(self) -> None:
        dut = self.dut
        while True:
            await RisingEdge(dut.clk_i)
            self.cycles += 1
            self.active += dut.idle_o.value != 1
            for name, bit in zip(EVENTS, str(dut.ev_o.value), strict=True):
                self.events[name] += bit == "1"

    # ---- Comparison --------------------------------------------------------------------

    def compare(self) -> None:
        packets = list(self.script.packets())
        assert not self.problems, self.problems[0]
        assert len(self.frames) == len(packets), f"{len(self.frames)} of {len(packets)} frames"
        assert len(self.descs) == len(packets), f"{len(self.descs)} of {len(packets)} descriptors"
        slots, commands, number = iter(self.slots), 0, 0
        for item in self.script.items:
            if isinstance(item, Command):
                commands += 1
                continue
            result, frame, desc = (
                row[number] for row in (self.script.results, self.frames, self.descs)
            )
            where = f"packet {number} seq {item.seq:#x} len {len(item.payload)}"
            assert frame == item.frame(), f"{where}: frame changed"
            compare_desc(where, item, result, desc, commands)
            key = self.script.keys[number][0]
            compare_slots(where, item, result, slots, key, self.width)
            number += 1
        assert next(slots, None) is None, "more slots than the reference gives"
        assert self.events == self.script.events, f"{self.events} != {self.script.events}"
