# SPDX-License-Identifier: BSD-2-Clause
"""The tracker against the reference: stories, real records, random streams."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.rx_track.bench import PACES, Bench, width_of
from tests.block.rx_track.opener import Opener, sealed_records
from tests.block.rx_track.script import Packet, Script
from tests.block.rx_track.stories import STORIES
from tests.block.rx_track.story_kit import FLOW, RELOCK, S0, static
from tests.block.rx_track.streams import random_script


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
