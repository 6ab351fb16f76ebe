# SPDX-License-Identifier: BSD-2-Clause
"""The key port: a key can be replaced, and a wiped one is nowhere in the core any more."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.gcm_core.bench import KEY_WIPE, KEY_WRITE, SUM_WIPE, Bench
from tests.block.gcm_core.slots import Cutter, Record, one_piece

ROUNDS = 14


async def use(bench: Bench, key: bytes, index: int) -> list[bytes]:
    """A record in two packets, so that the power unit sees H too; the keystream it must give."""
    record = Record.seal(key, bytes(12), bytes(13), bytes(200))
    cutter = Cutter(bench.width, flow=5, key=index)
    await bench.send(one_piece(cutter, record, 0, 60))
    await bench.send(one_piece(cutter, record, 60, record.wire_len))
    await bench.idle()
    return [record.keystream(0, 60), record.keystream(60)]


def rows(dut: HierarchyObject, index: int) -> list[int]:
    """What the three RAMs hold of one key."""
    store = dut.u_keys.u_rows
    rams = (store.u_key_ram, store.u_power_ram, store.u_sum_ram)
    return [int(ram.mem[index].value) for ram in rams]


def leftovers(dut: HierarchyObject) -> list[int]:
    """Registers outside the RAMs that hold a key, a round key or a power of H after use."""
    keys, aes = dut.u_keys, dut.u_cipher.u_aes
    pipe = [int(aes.prev_q.value), int(aes.cur_q.value)]
    for r in range(1, ROUNDS):
        stage = aes.gen_round[r].u_stage
        pipe += [int(stage.prev_o.value), int(stage.cur_o.value)]
    hashes = [dut.u_auth.u_ghash.power_q, dut.u_auth.u_sum.u_power.square_q, keys.sum_h_o]
    hashes += [keys.key_o, keys.power_o, keys.h_q]
    return [*pipe, *[int(handle.value) for handle in hashes]]


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def replace_key(dut: HierarchyObject) -> None:
    """The row takes keys of either size one after another; each works at once."""
    rng = stream(cocotb.RANDOM_SEED, "gcm_keys/replace")
    bench = Bench(dut)
    await bench.reset()
    keystream: list[bytes] = []
    for size in [16, 32, 16, 16, 32, 32]:
        key = rng.randbytes(size)
        took = await bench.key(KEY_WRITE, 3, key)
        dut._log.info("key write took %d cycles", took)
        keystream += await use(bench, key, 3)
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(size=[16, 32])
async def wipe_leaves_nothing(dut: HierarchyObject, size: int) -> None:
    """Rows are zero; registers are what they are after the wipe of any other key."""
    rng = stream(cocotb.RANDOM_SEED, "gcm_keys/wipe")
    bench = Bench(dut)
    await bench.reset()
    keystream: list[bytes] = []
    after = []
    neighbour = rng.randbytes(32)
    await bench.key(KEY_WRITE, 2, neighbour)
    for key in (rng.randbytes(size), rng.randbytes(size)):
        await bench.key(KEY_WRITE, 6, key)
        assert all(rows(dut, 6)), "the key was not stored"
        keystream += await use(bench, key, 6)
        before = leftovers(dut)
        await bench.key(KEY_WIPE, 6)
        assert rows(dut, 6) == [0, 0, 0], "a wiped row is not zero"
        after.append(leftovers(dut))
        assert before != after[-1], "the check of leftovers sees nothing"
    assert after[0] == after[1], "a register still depends on the wiped key"
    keystream += await use(bench, neighbour, 2)
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def wipe_sum(dut: HierarchyObject) -> None:
    bench = Bench(dut)
    await bench.reset()
    key = bytes(range(32))
    await bench.key(KEY_WRITE, 0, key)
    record = Record.seal(key, bytes(12), bytes(5), bytes(100))
    cutter = Cutter(bench.width, flow=7, key=0)
    await bench.send(one_piece(cutter, record, 0, 50))
    await bench.idle()
    ram = dut.u_auth.u_sum.u_judge.u_sum_ram
    assert int(ram.mem[7].value) != 0, "no sum was stored"
    await bench.key(SUM_WIPE, 7)
    assert int(ram.mem[7].value) == 0, "the sum is still there"
