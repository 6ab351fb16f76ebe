# SPDX-License-Identifier: BSD-2-Clause
"""flow_lookup at its full size: cleared in time, every number kept, filled to the last rule."""

from __future__ import annotations

import cocotb
from cocotb.triggers import RisingEdge

from sw_model.nic.layout import CplStatus
from tests.block.flow_lookup.bench import TB, any_key, flows_of, server_key


@cocotb.test()
async def cleared_one_bucket_a_cycle(dut) -> None:
    cycles = await TB(dut).start()
    buckets = flows_of(dut) // 2
    assert buckets <= cycles <= buckets + 4, f"ready after {cycles} cycles"


@cocotb.test()
async def filled_to_the_last_rule(dut) -> None:
    """Keys as a server sees them and any others; each rule has its own number."""
    tb = TB(dut)
    await tb.start()
    flows = flows_of(dut)
    while len(tb.rules) < flows:
        make = server_key if len(tb.rules) < 500 else any_key
        await tb.update(True, make(tb.rng), len(tb.rules))
    extra = any_key(tb.rng)
    assert await tb.update(True, extra, 1) == CplStatus.FULL
    await tb.look(extra)
    for key in list(tb.rules):
        await tb.look(key)
    await tb.drain()
    assert tb.out_cycles[-1] - tb.out_cycles[0] == flows, "not one lookup a cycle"
    await RisingEdge(dut.clk_i)
    assert int(dut.rules_o.value) == flows
