# SPDX-License-Identifier: BSD-2-Clause
"""slot_cut with slot_pipe, beat_ring and ks_align: slots, bulk data, packets that are passed."""

from __future__ import annotations

from random import Random

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import ReadOnly, RisingEdge

from tests.block.slot_cut.bench import Bench, Pace, rng_of
from tests.block.slot_cut.traffic import Flow, Packet, flows

PACES = (
    Pace(),
    Pace(write=0.5),
    Pace(packet=0.5, rest=20),
    Pace(piece=0.5, rest=6),
    Pace(write=0.2, packet=0.2, piece=0.2, gcm=0.7, rest=3),
)


def mixed(rng: Random, width: int, count: int) -> list[Packet]:
    """Small and large records, moves, packets that are passed, payload sizes round the beat's."""
    streams = [
        flow
        for sizes in ((0, 3), (0, 40), (0, 3 * width), (100, 900), (16384, 16384))
        for flow in flows(rng, 2, (max(1, sizes[0]), sizes[1]), 0.15)
    ]
    packets = []
    for _ in range(count):
        size = rng.choice((1, 2, 5, 13, 16, width, width + 1, rng.randint(1, 300), 1460))
        head, pad = rng.randint(54, 110), rng.choice((0, 0, 1, 6, width, 2 * width))
        if rng.random() < 0.15:
            packets.append(Packet(rng.randbytes(head + pad)))
        else:
            packets.append(rng.choice(streams).packet(size, rng.random() < 0.7, head, pad))
    return packets


@cocotb.test()
async def one_record_at_a_time(dut: HierarchyObject) -> None:
    """Known answer: 40 bytes of text behind a TLS 1.3 header at frame byte 54."""
    width = len(dut.word_o) // 8
    rng = rng_of(dut, "one")
    packet = Flow(rng, True, (40, 40), number=3, key=5).packet(61, ks=True)
    bench = Bench(dut, [packet])
    await bench.run()
    names = ("ctr", "head", "text_from", "text_bytes", "tag", "exponent", "ks_start", "ks_last")
    want = {
        16: [(1, 1, 0, 0), (2, 0, 0, 16), (3, 0, 0, 16), (4, 0, 0, 8), (5, 0, 0, 0)],
        32: [(1, 1, 16, 16), (3, 0, 0, 24), (5, 0, 0, 0)],
        64: [(1, 1, 16, 40), (5, 0, 0, 0)],
    }
    got = [tuple(slot[name] for name in names[:4]) for slot in bench.slots]
    assert got == want[width]
    assert [slot["tag"] for slot in bench.slots][-2:] == [0, 1]
    # Payload is bytes 54 to 114, text 59 to 98, tag to 114.
    advances = {16: [0, 0, 1, 1, 1], 32: [0, 1, 1], 64: [0, 1]}
    assert [slot["ks_adv"] for slot in bench.slots] == advances[width]
    assert bench.slots[-1]["ks_last"] == {16: 1, 32: 0, 64: 0}[width]
    assert bench.slots[-1]["check"] == bench.slots[-1]["length"] == 1


@cocotb.test()
async def tag_joins_the_text(dut: HierarchyObject) -> None:
    """Short records: with 512 bits head, text, lengths and tag are one slot."""
    width = len(dut.word_o) // 8
    rng = rng_of(dut, "joins")
    size = max(1, width - 32)
    packets = [Flow(rng, True, (size, size)).packet(5 + size + 16, ks=True) for _ in range(8)]
    bench = Bench(dut, packets)
    await bench.run()
    assert len(bench.slots) == len(packets) * {16: 3, 32: 2, 64: 1}[width]


@cocotb.test()
@cocotb.parametrize(pace=list(range(len(PACES))))
async def random_packets(dut: HierarchyObject, pace: int) -> None:
    packets = mixed(rng_of(dut, f"random {pace}"), len(dut.word_o) // 8, 150)
    await Bench(dut, packets, PACES[pace]).run()


@cocotb.test()
async def beats_are_cut_as_they_come(dut: HierarchyObject) -> None:
    """Bulk data through the ring: the writes never wait."""
    width = len(dut.word_o) // 8
    flow = Flow(rng_of(dut, "bulk"), True, (16384, 16384))
    packets = [flow.packet(1460, ks=True) for _ in range(60)]
    bench = Bench(dut, packets)
    await bench.run()
    beats = sum(len(packet.beats(width)) for packet in packets)
    cycles = bench.slot_cycles[-1]
    assert cycles <= beats + 20, f"{cycles} cycles for {beats} beats"
    assert cycles >= beats


@cocotb.test()
async def header_ends_payload_and_beat(dut: HierarchyObject) -> None:
    """A head without text, its text would begin in a beat that has no payload: no word for that."""
    width = len(dut.word_o) // 8
    rng = rng_of(dut, "header")
    packets: list[Packet] = []
    for tls13, header in ((False, 13), (True, 5)):
        flow = Flow(rng, tls13, (30, 30))
        for before in (0, header + 46):
            size = before + header
            packets.append(flow.packet(size, True, head=-size % width + width))
            packets.append(flow.packet(46, True))
    await Bench(dut, packets).run()


@cocotb.test()
async def four_packets_behind_ready(dut: HierarchyObject) -> None:
    """Packets of one slot each, and the crypto's ready falls: at most four more packet ends."""
    rng = rng_of(dut, "ready")
    flow = Flow(rng, True, (16384, 16384))
    packets = [flow.packet(5, ks=False), *(flow.packet(1, ks=True) for _ in range(80))]
    bench = Bench(dut, packets, hold_packets=80)
    counts: list[int] = []

    async def fall() -> None:
        for _ in range(95):
            await RisingEdge(dut.clk_i)
        for _ in range(3):
            dut.gcm_ready_i.value = 0
            await ReadOnly()  # slots of the cycle before are counted
            before = len(bench.slots)
            for _ in range(30):
                await RisingEdge(dut.clk_i)
            counts.append(len(bench.slots) - before)
            dut.gcm_ready_i.value = 1
            for _ in range(9):
                await RisingEdge(dut.clk_i)

    task = cocotb.start_soon(fall())
    await bench.run()
    await task
    assert all(0 < count <= 4 for count in counts), counts


@cocotb.test()
async def long_frames_are_passed_ahead_of_their_beats(dut: HierarchyObject) -> None:
    """A passed frame frees its beats before they are written; the next packet waits for its own."""
    width = len(dut.word_o) // 8
    rng = rng_of(dut, "passed")
    flow = Flow(rng, False, (1, 500))
    packets: list[Packet] = []
    for number in (1, 1, 5, 1, 2, 1):  # five are more beats than numbers compare
        for _ in range(number):
            packets.append(Packet(rng.randbytes(width * rng.randint(500, 1100))))
        packets.append(flow.packet(rng.randint(1, 1460), ks=True))
    bench = Bench(dut, packets)
    await bench.run()
    beats = sum(len(packet.beats(width)) for packet in packets)
    assert bench.slot_cycles[-1] <= beats + 40 * len(packets)
