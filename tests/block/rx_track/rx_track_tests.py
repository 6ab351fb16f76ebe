# SPDX-License-Identifier: BSD-2-Clause
"""The tracker against the reference: stories, real records, random streams, speed."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.rx_track.bench import PACES, Bench, Packet, Script
from tests.block.rx_track.directed import FLOW, RELOCK, S0, STORIES, record, static
from tests.block.rx_track.opener import Opener, sealed_records
from tests.block.rx_track.streams import random_script


def width_of(dut: HierarchyObject) -> int:
    return len(dut.slot_data_o) // 8


@cocotb.test()
@cocotb.parametrize(number=range(len(STORIES)))
async def story(dut: HierarchyObject, number: int) -> None:
    tell = STORIES[number]
    dut._log.info("%s", tell.__name__)
    script = Script(width_of(dut), RELOCK)
    tell(script)
    rng = stream(cocotb.RANDOM_SEED, tell.__name__)
    await Bench(dut, script, rng.choice(PACES), rng.getrandbits(32)).run()


@cocotb.test()
@cocotb.parametrize(tls13=[False, True])
async def slots_open_real_records(dut: HierarchyObject, tls13: bool) -> None:
    """Sealed by a crypto library, opened from nothing but the slots."""
    rng = stream(cocotb.RANDOM_SEED, f"sealed {tls13}")
    params = static(tls13, number=(1 << 32) - 3)
    key = rng.randbytes(16)
    wire, plain = sealed_records(rng, key, params, [0, 1, 15, 16, 17, 64, 100, 777, 0, 31])
    script = Script(width_of(dut))
    script.static(FLOW, params)
    script.psv(FLOW, S0)
    at = 0
    while at < len(wire):
        size = rng.choice((1, 7, 40, 300))
        script.packet(Packet(FLOW, S0 + at, wire[at : at + size]))
        at += size
    bench = Bench(dut, script, PACES[0], rng.getrandbits(32))
    await bench.run()
    opener = Opener(key, width_of(dut))
    for slot in bench.slots:
        opener.slot(slot)
    assert opener.text == plain
    assert opener.sums == [0] * 10


@cocotb.test()
@cocotb.parametrize(pace=range(len(PACES)))
async def random_streams(dut: HierarchyObject, pace: int) -> None:
    rng = stream(cocotb.RANDOM_SEED, f"streams {pace}")
    script = random_script(rng, width_of(dut), packets=300)
    await Bench(dut, script, PACES[pace], rng.getrandbits(32)).run()


@cocotb.test()
async def in_order_speed(dut: HierarchyObject) -> None:
    """Cycles a full-size packet costs, in order and while searching."""
    data = record(16401) * 4
    for first, least in ((S0, 6), (S0 + 16406 + 9, 12)):
        script = Script(width_of(dut))
        script.static(FLOW, static())
        script.psv(FLOW, S0)
        for seq in range(first, S0 + len(data) - 1448, 1448):
            script.packet(Packet(FLOW, seq, data[seq - S0 : seq - S0 + 1448]))
        bench = Bench(dut, script, PACES[0], 1)
        await bench.run()
        packets = len(script.results)
        beats = -(-(54 + 1448) // width_of(dut))
        cycles = bench.active / packets
        dut._log.info("%.1f cycles a packet of %d beats", cycles, beats)
        assert cycles <= beats + least
