# SPDX-License-Identifier: BSD-2-Clause
"""The tracker against the reference: random streams."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.rx_track.bench import PACES, Bench
from tests.block.rx_track.streams import random_script


@cocotb.test()
@cocotb.parametrize(pace=range(len(PACES)))
async def random_streams(dut: HierarchyObject, pace: int) -> None:
    rng = stream(cocotb.RANDOM_SEED, f"streams {pace}")
    script = random_script(rng, len(dut.slot_data_o) // 8, packets=300)
    await Bench(dut, script, PACES[pace], rng.getrandbits(32)).run()
