# SPDX-License-Identifier: BSD-2-Clause
"""Cocotb tests of flow_lookup and flow_table: every rule that was added is found, and no other."""

from __future__ import annotations

import cocotb
from cocotb.triggers import RisingEdge, with_timeout

from sw_model.nic.layout import CplStatus
from tests.block.flow_lookup.bench import KEY_W, TB, Key, any_key, flows_of, server_key, unpack
from tests.block.flow_lookup.hash_ref import colliding


@cocotb.test()
async def clears_itself_after_reset(dut) -> None:
    tb = TB(dut)
    cycles = await tb.start()
    assert cycles >= flows_of(dut) // 2, "ready before every bucket was cleared"
    for _ in range(20):
        await tb.look(any_key(tb.rng))
    await tb.update(True, Key(1, 2, 3, 4), 9)
    await tb.look(Key(1, 2, 3, 4))
    await tb.drain()
    # A second reset forgets the rule although the RAM still holds it.
    dut.rst_i.value = 1
    await RisingEdge(dut.clk_i)
    dut.rst_i.value = 0
    tb.rules.clear()
    await RisingEdge(dut.clk_i)
    await tb.look(Key(1, 2, 3, 4))
    await tb.drain()


@cocotb.test()
async def every_field_of_the_key_counts(dut) -> None:
    tb = TB(dut)
    await tb.start()
    base = Key(0x0A000001, 0x0A000002, 1000, 443)
    await tb.update(True, base, 33)
    others = [base.pack() ^ 1 << bit for bit in range(KEY_W)]
    for word in others:
        await tb.look(unpack(word))
        await tb.look(base)
    await tb.look(base, lookup=False)
    await tb.drain()


@cocotb.test()
@cocotb.parametrize(kind=["server", "any"])
async def fills_up_empties_and_fills_again(dut, kind: str) -> None:
    """NumFlows rules always fit, one more never, and a deleted rule leaves no trace."""
    tb = TB(dut)
    await tb.start()
    make = server_key if kind == "server" else any_key
    for _ in range(2):
        while len(tb.rules) < flows_of(dut):
            await tb.update(True, make(tb.rng), tb.rng.getrandbits(12))
        extra = any_key(tb.rng)
        assert await tb.update(True, extra, 1) == CplStatus.FULL
        await tb.look(extra)
        present = list(tb.rules)
        assert await tb.update(True, present[0], 1) == CplStatus.EXISTS
        for key in present:
            await tb.look(key)
        await tb.drain()
        for key in tb.rng.sample(present, len(present)):
            assert await tb.update(False, key) == CplStatus.OK
            assert await tb.update(False, key) == CplStatus.NOT_FOUND
        for key in present:
            await tb.look(key)
        await tb.drain()


@cocotb.test()
async def full_table_churns(dut) -> None:
    """At half of all rows in use, some new rules only fit because a resident moves."""
    tb = TB(dut)
    await tb.start()
    moves = 0
    place = 5  # StPlace

    async def count_moves() -> None:
        nonlocal moves
        while True:
            await RisingEdge(dut.clk_i)
            moves += dut.u_table.u_update.state_q.value == place

    cocotb.start_soon(count_moves())
    while len(tb.rules) < flows_of(dut):
        await tb.update(True, any_key(tb.rng), tb.rng.getrandbits(12))
    for round_ in range(300):
        await tb.update(False, tb.rng.choice(list(tb.rules)))
        await tb.update(True, any_key(tb.rng), tb.rng.getrandbits(12))
        if round_ % 100 == 0:
            for key in list(tb.rules):
                await tb.look(key)
    for key in list(tb.rules):
        await tb.look(key)
    await tb.drain()
    dut._log.warning("%d of 300 rules moved a resident", moves)
    assert moves > 0, "the test never reached a move"


@cocotb.test()
async def keys_that_collide_everywhere(dut) -> None:
    """Four rules fill the only four rows of a key: a fifth is refused and disturbs none."""
    tb = TB(dut)
    await tb.start()
    width = (flows_of(dut) // 2).bit_length() - 1
    keys = [unpack(word) for word in colliding(tb.rng, width, 6)]
    for flow, key in enumerate(keys[:4]):
        await tb.update(True, key, flow)
    assert await tb.update(True, keys[4], 9, want=CplStatus.FULL) == CplStatus.FULL
    for key in keys:
        await tb.look(key)
    await tb.update(False, keys[1])
    await tb.update(True, keys[5], 10)
    await tb.update(True, keys[4], 9, want=CplStatus.FULL)
    for key in keys:
        await tb.look(key)
    await tb.drain()


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.4], stall=[0.0, 0.4])
async def random_against_a_dict(dut, gap: float, stall: float) -> None:
    """Bursts of lookups and updates that come while headers are still inside."""
    tb = TB(dut, stall, gap)
    await tb.start()
    pool = [(any_key if i % 2 else server_key)(tb.rng) for i in range(2 * flows_of(dut))]
    for _ in range(150):
        for _ in range(tb.rng.randrange(8)):
            await tb.look(tb.rng.choice(pool), tb.rng.random() < 0.9)
        add = tb.rng.random() < (0.8 if len(tb.rules) < flows_of(dut) * 3 // 4 else 0.4)
        await tb.update(add, tb.rng.choice(pool), tb.rng.getrandbits(12))
    await tb.drain()


@cocotb.test()
async def one_lookup_a_cycle(dut) -> None:
    tb = TB(dut)
    await tb.start()
    keys = [any_key(tb.rng) for _ in range(16)]
    for index, key in enumerate(keys):
        await tb.update(True, key, index)
    for _ in range(4):
        for key in keys:
            await tb.look(key)
    await tb.drain()
    assert tb.out_cycles[-1] - tb.out_cycles[0] == 63


@cocotb.test()
async def pause_and_enable(dut) -> None:
    tb = TB(dut)
    await tb.start()
    key = any_key(tb.rng)
    await tb.update(True, key, 5)
    dut.pause_i.value = 1
    task = cocotb.start_soon(tb.look(key))
    for _ in range(20):
        await RisingEdge(dut.clk_i)
        assert dut.hdr_ready_o.value == 0
        assert dut.idle_o.value == 1
    dut.pause_i.value = 0
    await with_timeout(task, 1, "us")
    dut.enable_i.value = 0
    await tb.look(key, enabled=False)
    dut.enable_i.value = 1
    await tb.look(key)
    await tb.drain()
