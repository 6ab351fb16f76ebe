# SPDX-License-Identifier: BSD-2-Clause
"""Records in, whole or in pieces: known answers, bad bits, any order, random mixes, full queues."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.gcm_core.bench import KEY_WRITE, Bench
from tests.block.gcm_core.known import NIST, RECORDS
from tests.block.gcm_core.slots import Cutter, Record, end_packet
from tests.block.gcm_core.traffic import flows, packets


async def bench_with_keys(dut: HierarchyObject, keys: list[bytes]) -> Bench:
    bench = Bench(dut)
    await bench.reset()
    for index, key in enumerate(keys):
        await bench.key(KEY_WRITE, index, key)
    return bench


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def flip(data: bytes, bit: int) -> bytes:
    return xor(data, (1 << bit).to_bytes(len(data), "big"))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def known_records(dut: HierarchyObject) -> None:
    """One packet a record: the published plaintext comes out and the tag is good."""
    bench = await bench_with_keys(dut, [record.key for record, _ in RECORDS])
    keystream = []
    for index, (record, plain) in enumerate(RECORDS):
        cutter = Cutter(bench.width, flow=index, key=index)
        await bench.send(end_packet(cutter.piece(record, 0, record.wire_len)))
        keystream.append(bytes(record.header_len) + xor(record.text, plain) + bytes(16))
    await bench.finish(keystream, [True] * len(RECORDS))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def nist_keystream(dut: HierarchyObject) -> None:
    bench = await bench_with_keys(dut, [key for key, _, _, _ in NIST])
    keystream = []
    for index, (key, nonce, plain, text) in enumerate(NIST):
        record = Record(key, nonce, bytes(5), text, bytes(16))
        cutter = Cutter(bench.width, flow=index, key=index)
        await bench.send(end_packet(cutter.piece(record, 0, record.wire_len)))
        keystream.append(bytes(5) + xor(plain, text) + bytes(16))
    await bench.finish(keystream, [False] * len(NIST))  # their tags are for no AAD


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def cut_everywhere(dut: HierarchyObject) -> None:
    """Each known record cut in two packets at each of its bytes."""
    bench = await bench_with_keys(dut, [record.key for record, _ in RECORDS])
    keystream: list[bytes] = []
    for index, (record, _) in enumerate(RECORDS):
        cutter = Cutter(bench.width, flow=index, key=index)
        for cut in range(1, record.wire_len):
            for start, end in [(0, cut), (cut, record.wire_len)]:
                await bench.send(end_packet(cutter.piece(record, start, end)))
                keystream.append(record.keystream()[start:end])
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=20, timeout_unit="ms")
@cocotb.parametrize(gaps=[0.0, 0.4])
async def random_mix(dut: HierarchyObject, gaps: float) -> None:
    """Flows, keys, key sizes and versions change from packet to packet; a tenth of tags is bad."""
    rng = stream(cocotb.RANDOM_SEED, f"gcm_core/mix/{gaps}")
    pauses = stream(cocotb.RANDOM_SEED, f"gcm_core/gaps/{gaps}")
    bench = Bench(dut)
    await bench.reset()
    all_flows = flows(rng, 6, bench.width, bad_share=0.1)
    for flow in all_flows:
        await bench.key(KEY_WRITE, flow.key_index, flow.key)
    bench.gap = lambda: pauses.random() < gaps
    keystream, verdicts = [], []
    for slots, stream_bytes, verdict in packets(rng, all_flows, 250):
        await bench.send(slots)
        keystream.append(stream_bytes)
        verdicts.append(verdict)
    assert not all(verdicts), "no bad tag was drawn: nothing shows that one is found"
    await bench.finish(keystream, verdicts)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def bad_bits(dut: HierarchyObject) -> None:
    """Each bit of a tag, and one bit of each byte of text and AAD, spoils exactly its packet."""
    rng = stream(cocotb.RANDOM_SEED, "gcm_core/bits")
    key = rng.randbytes(32)
    bench = await bench_with_keys(dut, [key])
    good = Record.seal(key, rng.randbytes(12), rng.randbytes(13), rng.randbytes(37))
    spoilt = [replace(good, tag=flip(good.tag, bit)) for bit in range(128)]
    spoilt += [replace(good, text=flip(good.text, 8 * k + rng.randrange(8))) for k in range(37)]
    spoilt += [replace(good, aad=flip(good.aad, 8 * k + rng.randrange(8))) for k in range(13)]
    cutter = Cutter(bench.width, flow=3, key=0)
    keystream, verdicts = [], []
    for record in [x for bad in spoilt for x in (bad, good)]:
        await bench.send(end_packet(cutter.piece(record, 0, record.wire_len)))
        keystream.append(record.keystream())
        verdicts.append(record is good)
    await bench.finish(keystream, verdicts)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def any_order(dut: HierarchyObject) -> None:
    """Pieces of a record in any order behind its SlotAad: positions count, not history."""
    rng = stream(cocotb.RANDOM_SEED, "gcm_core/order")
    key = rng.randbytes(16)
    bench = await bench_with_keys(dut, [key])
    keystream, verdicts = [], []
    for number in range(24):
        record = Record.seal(
            key, rng.randbytes(12), rng.randbytes(rng.choice([5, 13])), rng.randbytes(300)
        )
        if number % 4 == 3:
            record = replace(record, tag=flip(record.tag, rng.randrange(128)))
        head = record.header_len
        cuts = sorted(rng.sample(range(head + 1, record.wire_len), rng.randrange(1, 8)))
        bounds = [0, *cuts, record.wire_len]
        pieces = list(pairwise(bounds))
        rest = pieces[1:]
        rng.shuffle(rest)
        cutter = Cutter(bench.width, flow=number % 2, key=0)
        for place, (start, end) in enumerate([pieces[0], *rest]):
            last = place == len(pieces) - 1
            await bench.send(end_packet(cutter.piece(record, start, end, check=last)))
            keystream.append(record.keystream()[start:end])
            verdicts.append(number % 4 != 3 or not last)
    await bench.finish(keystream, verdicts)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def longest_record(dut: HierarchyObject) -> None:
    """16 KiB, its header in a packet of its own: powers of H up to the highest bit."""
    rng = stream(cocotb.RANDOM_SEED, "gcm_core/long")
    key = rng.randbytes(32)
    bench = await bench_with_keys(dut, [key])
    record = Record.seal(key, rng.randbytes(12), rng.randbytes(5), rng.randbytes(16384 + 1))
    cutter = Cutter(bench.width, flow=63, key=0)
    keystream = []
    bounds = [0, record.header_len, *range(1000, record.wire_len, 1448), record.wire_len]
    for start, end in pairwise(bounds):
        await bench.send(end_packet(cutter.piece(record, start, end)))
        keystream.append(record.keystream()[start:end])
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def full_queue(dut: HierarchyObject) -> None:
    """Bursts of tiny packets that need a high power, then packets full of tiny records."""
    rng = stream(cocotb.RANDOM_SEED, "gcm_core/queue")
    key = rng.randbytes(16)
    bench = await bench_with_keys(dut, [key])
    long = Record.seal(key, rng.randbytes(12), rng.randbytes(5), rng.randbytes(16384))
    tiny = Record.seal(key, rng.randbytes(12), rng.randbytes(5), b"")
    one = Cutter(bench.width, flow=1, key=0)
    many = Cutter(bench.width, flow=2, key=0)
    keystream: list[bytes] = []
    at = 5
    await bench.send(end_packet(one.piece(long, 0, at)))
    keystream.append(bytes(at))
    for _ in range(3):
        for _ in range(40):
            await bench.send(end_packet(one.piece(long, at, at + 1)))
            keystream.append(long.keystream()[at : at + 1])
            at += 1
        slots = many.piece(tiny, 0, tiny.wire_len) * 200
        await bench.send(end_packet(slots))
        keystream.append(bytes(tiny.wire_len * 200))
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def jobs_a_cycle(dut: HierarchyObject) -> None:
    """Packets of one slot without crypto: a verdict every cycle."""
    bench = await bench_with_keys(dut, [bytes(16)])
    cutter = Cutter(bench.width, flow=1, key=0)
    for _ in range(100):
        await bench.send(end_packet(cutter.skip(1)))
    await bench.finish([bytes(1)] * 100, [True] * 100)
    first, last = bench.verdicts[0][0], bench.verdicts[-1][0]
    assert last - first == 99, f"100 verdicts took {last - first + 1} cycles"


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def latencies(dut: HierarchyObject) -> None:
    """Cycles from a packet's last slot to its verdict, by power: written to the log."""
    key = bytes(range(16))
    bench = await bench_with_keys(dut, [key])
    record = Record.seal(key, bytes(12), b"\x17\x03\x03\x40\x10", bytes(16384))
    cutter = Cutter(bench.width, flow=1, key=0)
    await bench.send(end_packet(cutter.piece(record, 0, 5)))
    await bench.idle()
    bounds = [5, 5 + 32, 5 + 16384 - 16, record.wire_len]
    for start, end in pairwise(bounds):
        await bench.send(end_packet(cutter.piece(record, start, end)))
        await bench.idle()
        sent = bench.sent[-1]
        took = bench.verdicts[-1][0] - sent[0]
        assert bench.verdicts[-1][1], "a good record failed"
        dut._log.info("verdict after %d cycles, exponent %d", took, sent[1].exponent)
        assert took <= 8 + (2 + sent[1].exponent.bit_length() if sent[1].exponent else 0)
