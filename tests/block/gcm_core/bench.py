# SPDX-License-Identifier: BSD-2-Clause
"""Drives gcm_core with packets of slots and collects what comes out, with the cycle it came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import FallingEdge

from tests.block.gcm_core.slots import Slot

SLOT_LATENCY = 18
KEY_WRITE, KEY_WIPE, SUM_WIPE = 0, 1, 2

Packet = list[Slot]


def never() -> bool:
    return False


@dataclass
class Bench:
    """Writes and samples at the falling edge; `gap` says before each slot whether to pause."""

    dut: HierarchyObject
    gap: Callable[[], bool] = never
    late: int = 0  # packets that still start after ready_o fell
    cycle: int = 0
    most_jobs: int = 0
    sent: list[tuple[int, Slot]] = field(default_factory=list)
    ks: list[tuple[int, int, int]] = field(default_factory=list)  # cycle, slot, keystream
    verdicts: list[tuple[int, bool]] = field(default_factory=list)
    _started: int = 0  # packets since ready_o fell

    @property
    def width(self) -> int:
        return len(self.dut.slot_data_i) // 8

    async def reset(self) -> None:
        cocotb.start_soon(Clock(self.dut.clk_i, 10, unit="ns").start())
        for name in ("slot_valid_i", "slot_i", "slot_data_i", "slot_tag_i", "key_valid_i"):
            getattr(self.dut, name).value = 0
        for name in ("key_op_i", "key_idx_i", "key_256_i", "key_i"):
            getattr(self.dut, name).value = 0
        self.dut.rst_i.value = 1
        for _ in range(3):
            await FallingEdge(self.dut.clk_i)
        self.dut.rst_i.value = 0
        await self.tick()

    async def tick(self) -> None:
        await FallingEdge(self.dut.clk_i)
        self.cycle += 1
        self.most_jobs = max(self.most_jobs, int(self.dut.u_auth.u_sum.u_queue.job_count.value))
        if int(self.dut.ks_valid_o.value):
            item = (self.cycle, int(self.dut.ks_slot_o.value), int(self.dut.ks_o.value))
            self.ks.append(item)
        if int(self.dut.verdict_valid_o.value):
            self.verdicts.append((self.cycle, bool(int(self.dut.verdict_ok_o.value))))

    async def send(self, packet: Packet) -> None:
        """One packet; it starts when the core is ready, as the slot cutter does."""
        while not int(self.dut.ready_o.value) and self._started == self.late:
            await self.tick()
        self._started = 0 if int(self.dut.ready_o.value) else self._started + 1
        for slot in packet:
            while self.gap():
                await self.tick()
            self.dut.slot_valid_i.value = 1
            self.dut.slot_i.value = slot.pack()
            self.dut.slot_data_i.value = slot.word
            self.dut.slot_tag_i.value = slot.tag_word
            self.sent.append((self.cycle, slot))
            await self.tick()
            self.dut.slot_valid_i.value = 0

    async def idle(self) -> None:
        while not int(self.dut.idle_o.value):
            await self.tick()

    async def key(self, op: int, index: int, key: bytes = b"") -> int:
        """One command of the key port; the cycles it took."""
        await self.idle()
        began = self.cycle
        self.dut.key_valid_i.value = 1
        self.dut.key_op_i.value = op
        self.dut.key_idx_i.value = index
        self.dut.key_256_i.value = int(len(key) == 32)
        self.dut.key_i.value = int.from_bytes(key, "big")
        await self.tick()
        while not int(self.dut.key_done_o.value):
            await self.tick()
        await self.tick()
        self.dut.key_valid_i.value = 0
        await self.tick()
        return self.cycle - began

    async def finish(self, keystream: list[bytes], verdicts: list[bool]) -> None:
        """Wait for the end and compare: keystream of each packet's text, verdicts in order."""
        await self.idle()
        for _ in range(4):
            await self.tick()
        self._check_slots()
        got = self.collected()
        assert len(got) == len(keystream), f"{len(got)} packets, expected {len(keystream)}"
        for number, (mine, want) in enumerate(zip(got, keystream, strict=True)):
            assert mine == want, f"packet {number}: keystream {mine.hex()}, expected {want.hex()}"
        ok = [value for _, value in self.verdicts]
        assert ok == verdicts, f"verdicts {ok}, expected {verdicts}"

    def _check_slots(self) -> None:
        """Every slot with ks_en came back whole, in order and after the fixed latency."""
        want = [(at + SLOT_LATENCY, slot.pack()) for at, slot in self.sent if slot.ks_en]
        have = [(at, slot) for at, slot, _ in self.ks]
        assert have == want, "slots of the keystream are not those that went in 18 cycles before"

    def collected(self) -> list[bytes]:
        """Keystream of each packet's text bytes, from the slots' places; the rest must be zero."""
        packets: list[bytes] = []
        row = b""
        words = iter(self.ks)
        for _, slot in self.sent:
            if slot.ks_en:
                _, _, word = next(words)
                data = word.to_bytes(self.width, "little")
                first, last = slot.text_from, slot.text_from + slot.text_bytes
                rest = data[:first] + data[last:]
                assert not any(rest), f"keystream outside the bytes of {slot}: {data.hex()}"
                row += data[first:last]
            if slot.pkt_end:
                packets.append(row)
                row = b""
        return packets
