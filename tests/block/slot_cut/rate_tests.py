# SPDX-License-Identifier: BSD-2-Clause
"""One slot a cycle: a ring so large that everything is in it before the first packet begins."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject

from tests.block.slot_cut.bench import Bench, rng_of
from tests.block.slot_cut.traffic import Packet, flows


@cocotb.test()
@cocotb.parametrize(sizes=[(1, 64), (64, 64), (2000, 9000)], ks=[False, True])
async def a_slot_every_cycle(dut: HierarchyObject, sizes: tuple[int, int], ks: bool) -> None:
    """All bytes are in the ring, all pieces are there: one slot or passed packet a cycle."""
    width = len(dut.word_o) // 8
    depth = int(dut.Depth.value)
    rng = rng_of(dut, f"every {sizes} {ks}")
    streams = flows(rng, 4, sizes)
    packets: list[Packet] = []
    beats = 0
    while beats < depth - 100:
        if rng.random() < 0.1:
            packet = Packet(rng.randbytes(60))
        else:
            packet = rng.choice(streams).packet(rng.choice((1, 100, 700, 1460)), ks)
        beats += len(packet.beats(width))
        packets.append(packet)
    # A first packet whose slot marks the start, and a last one behind all passed packets.
    packets = [streams[0].packet(1, True), *packets, streams[0].packet(1, True)]
    bench = Bench(dut, packets, hold_packets=beats + 30)
    await bench.run()
    cycles = bench.slot_cycles[-1] - bench.slot_cycles[0] + 1
    ends = [i + 1 for i, slot in enumerate(bench.slots) if slot["pkt_end"]]
    slots = [b - a for a, b in zip([0, *ends], ends, strict=False)]
    words = [len(packet.words(width)) for packet in packets if packet.has_slots()]
    passed = len(packets) - len(words)
    want = passed + sum(slots)
    assert cycles >= want
    if not ks:
        assert cycles == want, f"{cycles} cycles for {want} slots and passed packets"
    # A word leaves each cycle: a packet with more words than slots takes as many cycles.
    most = passed + sum(max(pair) for pair in zip(slots, words, strict=True))
    assert cycles <= most, f"{cycles} cycles, not {most}"
    assert bench.checker.fillers <= len(packets) // 2
