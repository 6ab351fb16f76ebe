# SPDX-License-Identifier: BSD-2-Clause
"""Cycles that packets cost when nothing around the tracker rests: one more a packet fails.

A packet costs at least a cycle for each beat of its frame and for each slot. Its walk costs two for
each record header, and some for the packet, but goes on while the packet before it is cut. Cycles
are counted, so no bound depends on how fast the simulator runs.
"""

from __future__ import annotations

from itertools import pairwise

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.rx_track.bench import PACES, Bench, width_of
from tests.block.rx_track.script import Packet, Script
from tests.block.rx_track.story_kit import FLOW, S0, record, static

MSS = 1446  # divisible by 3: either all packets of a script say that they are clean, or none
ROOM = 0.5  # cycles a packet: half of what a bubble would cost
WALK = 4  # cycles of a walk beside its headers: decision, start, the records cut by its ends
# Cycles between the scans of two packets that the beats cannot hide, by bytes of a beat.
SCAN = {16: 10, 32: 12, 64: 13}


class Rate(Bench):
    """Cycles a packet costs once queues are full: behind the first quarter of a script."""

    def __init__(self, dut: HierarchyObject, script: Script) -> None:
        super().__init__(dut, script, PACES[0], seed=1)
        frames = [len(packet.frame()) for packet in script.packets()]
        self.beats = mean([-(-size // self.width) for size in frames])
        self.groups = mean([len(result.slots) for result in script.results])
        heads = [[bool(slot.aad) for slot in result.slots] for result in script.results]
        self.walk = mean([2 * sum(row) for row in heads]) + WALK

    async def costs(self, least: float) -> None:
        """Run, and judge where it is slowest."""
        await self.run()
        ends = [at for at, slot in zip(self.slot_at, self.slots, strict=True) if slot["pkt_end"]]
        rates = {
            name: mean([behind - at for at, behind in pairwise(times)])
            for name, times in (("beats", self.frame_at), ("slots", ends))
            if times
        }
        text = f"{self.beats:.1f} beats, {self.groups:.1f} slots, walk {self.walk:.1f}"
        self.dut._log.info("a packet of %s: %s", text, rates)
        cycles = max(rates.values())
        assert cycles < least + ROOM, f"{cycles:.2f} cycles a packet, not {least:.2f}"


def mean(values: list[int]) -> float:
    values = values[len(values) // 4 :]
    return sum(values) / len(values)


@cocotb.test()
@cocotb.parametrize(tls13=[True, False], size=[16400, 1024])
async def in_order(dut: HierarchyObject, tls13: bool, size: int) -> None:
    """Full packets of one flow."""
    script = Script(width_of(dut))
    script.static(FLOW, static(tls13))
    script.psv(FLOW, S0)
    data = record(size) * (70_000 // size)
    for at in range(0, len(data) - MSS, MSS):
        script.packet(Packet(FLOW, S0 + at, data[at : at + MSS]))
    rate = Rate(dut, script)
    await rate.costs(max(rate.beats, rate.groups))


@cocotb.test()
@cocotb.parametrize(flows=[1, 12], clean=[True, False])
async def searching(dut: HierarchyObject, flows: int, clean: bool) -> None:
    """No header in sight: the scan jumps if it is told so, else it looks at a beat a cycle."""
    script = Script(width_of(dut))
    start = S0 + 99 + (-S0 % 3) + clean
    for flow in range(flows):
        script.static(flow, static())
        script.psv(flow, S0)
    for number in range(48):
        script.packet(Packet(number % flows, start + number // flows * MSS, bytes(MSS)))
    assert {packet.clean() for packet in script.packets()} == {clean}
    rate = Rate(dut, script)
    await rate.costs(rate.beats + (0 if clean else SCAN[rate.width]))


@cocotb.test()
async def small_records_of_many_flows(dut: HierarchyObject) -> None:
    """64 bytes of text a record: slots or headers are more than beats."""
    script = Script(width_of(dut))
    flows = range(12)
    for flow in flows:
        script.static(flow, static(number=flow))
        script.psv(flow, S0)
    data = b"".join(record(64 + 1 + 16, fill=number) for number in range(80))
    for at in range(0, len(data) - MSS, MSS):
        for flow in flows:
            assert script.packet(Packet(flow, S0 + at, data[at : at + MSS])).markable
    rate = Rate(dut, script)
    await rate.costs(max(rate.beats, rate.groups, rate.walk))


@cocotb.test()
async def small_packets(dut: HierarchyObject) -> None:
    """A record a packet, of one flow and of many: what the walk costs."""
    for flows in (1, 12):
        script = Script(width_of(dut))
        for flow in range(flows):
            script.destroy(flow)
            script.static(flow, static())
            script.psv(flow, S0)
        data = record(64 + 1 + 16)
        for number in range(96):
            at = S0 + number // flows * len(data)
            assert script.packet(Packet(number % flows, at, data)).markable
        rate = Rate(dut, script)
        await rate.costs(max(rate.beats, rate.groups, rate.walk))


@cocotb.test()
async def passed_packets(dut: HierarchyObject) -> None:
    """Frames of one beat that are passed: one a cycle."""
    width = width_of(dut)
    script = Script(width)
    rng = stream(cocotb.RANDOM_SEED, "passed")
    for number in range(200):
        change = rng.choice(({"flow_valid": False}, {"is_tcp": False}, {"tcp_flags": 0x12}))
        head = width - 2
        script.packet(Packet(FLOW, S0 + number, b"ab", head, looked_at=False, change=change))
    await Rate(dut, script).costs(1)
