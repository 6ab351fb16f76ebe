# SPDX-License-Identifier: BSD-2-Clause
"""Drives the cutter with a list of packets and judges what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import ReadOnly, RisingEdge

from sw_model.rng import stream
from tests.block.slot_cut.checker import Checker
from tests.block.slot_cut.traffic import BEATS, Packet, number_beats
from tests.block.structs import SLOT, unpack


def rng_of(dut: HierarchyObject, name: str) -> Random:
    return stream(cocotb.RANDOM_SEED, f"slot_cut/{len(dut.word_o)}/{name}")


@dataclass
class Pace:
    """Probability that an interface rests in a cycle."""

    write: float = 0.0
    packet: float = 0.0
    piece: float = 0.0
    gcm: float = 0.0  # the crypto is not ready
    rest: int = 1  # cycles of a rest, at most


@dataclass
class Bench:
    dut: HierarchyObject
    packets: list[Packet]
    pace: Pace = field(default_factory=Pace)
    hold_packets: int = 0  # cycles before the first packet is told
    slot_cycles: list[int] = field(default_factory=list)
    slots: list[dict[str, int]] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    cycle: int = 0

    def __post_init__(self) -> None:
        self.width = len(self.dut.word_o) // 8
        number_beats(self.packets, self.width)
        self.checker = Checker(self.packets, self.width)
        self.beats = [beat for packet in self.packets for beat in packet.beats(self.width)]
        self.word_beats = [
            beat for packet in self.packets for beat in packet.word_beats(self.width)
        ]
        self.want = [word for packet in self.packets for word in packet.words(self.width)]

    def rng(self, name: str) -> Random:
        return rng_of(self.dut, f"{self.pace}/{name}")

    async def run(self, limit: int | None = None) -> None:
        dut = self.dut
        for name in ("wr_valid_i", "pkt_valid_i", "piece_valid_i", "a_abs_i", "a_pos_i"):
            dut[name].value = 0
        dut.gcm_ready_i.value = 1
        dut.rst_i.value = 1
        Clock(dut.clk_i, 4, unit="ns").start(start_high=False)
        for _ in range(3):
            await RisingEdge(dut.clk_i)
        dut.rst_i.value = 0
        pieces = [p.word(self.rng("noise")) for k in self.packets for p in k.pieces]
        packets = [packet.word(self.width) for packet in self.packets]
        pace = self.pace
        tasks = [
            cocotb.start_soon(task)
            for task in (
                self._drive("wr", "data", self.beats, pace.write, 0),
                self._drive("pkt", "", packets, pace.packet, self.hold_packets),
                self._drive("piece", "", pieces, pace.piece, 0),
                self._gcm(pace.gcm),
                self._port_a(),
                self._watch(),
            )
        ]
        limit = limit or 1000 + 12 * (len(self.beats) + len(pieces)) * max(1, pace.rest)
        while not (self.checker.complete and len(self.words) >= len(self.want)):
            await RisingEdge(dut.clk_i)
            assert self.cycle < limit, f"stuck in packet {self.checker.at}"
        for _ in range(60):
            await RisingEdge(dut.clk_i)
        assert dut.idle_o.value == 1
        assert int(dut.wr_abs_o.value) == len(self.beats) % BEATS
        assert int(dut.free_abs_o.value) == len(self.beats) % BEATS
        for task in tasks:
            task.cancel()
        for index, (got, want) in enumerate(zip(self.words, self.want, strict=True)):
            assert got == want, f"word {index} is {got:x}, not {want:x}"

    async def _drive(self, name: str, data: str, items: list[int], rest: float, hold: int) -> None:
        dut, rng = self.dut, self.rng(name)
        valid, ready = dut[f"{name}_valid_i"], dut[f"{name}_ready_o"]
        bus = dut[f"{name}_data_i" if data else f"{name}_i"]
        for _ in range(hold):
            await RisingEdge(dut.clk_i)
        for item in items:
            while rng.random() < rest:
                for _ in range(rng.randint(1, self.pace.rest)):
                    await RisingEdge(dut.clk_i)
            bus.value = item
            valid.value = 1
            await RisingEdge(dut.clk_i)
            while ready.value != 1:
                await RisingEdge(dut.clk_i)
            valid.value = 0

    async def _gcm(self, rest: float) -> None:
        rng = self.rng("gcm")
        while rest:
            self.dut.gcm_ready_i.value = rng.random() >= rest
            await RisingEdge(self.dut.clk_i)

    async def _port_a(self) -> None:
        """Beats that are written and not freed are read at random."""
        dut, rng, width = self.dut, self.rng("port a"), self.width
        done = 0  # beats written, not modulo
        while True:
            await RisingEdge(dut.clk_i)
            done += (int(dut.wr_abs_o.value) - done) % BEATS
            free = done - (int(dut.wr_abs_o.value) - int(dut.free_abs_o.value)) % BEATS
            if not 0 <= free < done - 1 or done - free > 1024:
                continue
            beat, pos = rng.randrange(free, done - 1), rng.randrange(width)
            dut.a_abs_i.value = beat % BEATS
            dut.a_pos_i.value = pos
            await ReadOnly()
            both = self.beats[beat] | self.beats[beat + 1] << 8 * width
            if beat >= done - (int(dut.wr_abs_o.value) - int(dut.free_abs_o.value)) % BEATS:
                assert int(dut.a_beat_o.value) == self.beats[beat]
                assert int(dut.a_win_o.value) == both >> 8 * pos & (1 << 104) - 1
                assert int(dut.a_beyond_o.value) == self.beats[beat + 1] & 0xFFFF_FFFF

    async def _watch(self) -> None:
        dut = self.dut
        written = 0
        while True:
            await RisingEdge(dut.clk_i)
            self.cycle += 1
            written += (int(dut.wr_abs_o.value) - written) % BEATS
            if dut.word_valid_o.value == 1:
                beat = self.word_beats[len(self.words)]
                assert beat < written, f"a word for beat {beat}, {written} are written"
                self.words.append(int(dut.word_o.value))
            if dut.slot_valid_o.value == 1:
                slot = unpack(SLOT, int(dut.slot_o.value))
                self.slot_cycles.append(self.cycle)
                self.slots.append(slot)
                self.checker.feed(slot, int(dut.slot_data_o.value), int(dut.slot_tag_o.value))
