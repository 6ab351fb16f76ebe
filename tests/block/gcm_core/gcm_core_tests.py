# SPDX-License-Identifier: BSD-2-Clause
"""Records in, whole or in pieces: known answers, bad bits, any order, random mixes, full queues."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.gcm_core.bench import KEY_WRITE, Bench
from tests.block.gcm_core.known import RECORDS, nist
from tests.block.gcm_core.slots import Cutter, Frame, Record, one_piece
from tests.block.gcm_core.traffic import flows, packets

PACKETS_AFTER = 4  # may start after ready_o fell
SUM_LATENCY = 10  # from a packet's last slot to its verdict, without a power of H


async def bench_with_keys(dut: HierarchyObject, keys: list[bytes]) -> Bench:
    bench = Bench(dut)
    await bench.reset()
    for index, key in enumerate(keys):
        await bench.key(KEY_WRITE, index, key)
    return bench


def xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def power_cycles(exponent: int, lanes: int) -> int:
    """What a power of H adds: a multiplication by 16 bits a lane and cycle, or a squaring."""
    bits = [8 // lanes if bit == "1" else 1 for bit in f"{exponent:b}"]
    return 2 + sum(bits) if exponent else 0


def flip(data: bytes, bit: int) -> bytes:
    return xor(data, (1 << bit).to_bytes(len(data), "big"))


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def known_records(dut: HierarchyObject) -> None:
    """One packet a record: the published plaintext comes out and the tag is good."""
    bench = await bench_with_keys(dut, [record.key for record, _ in RECORDS])
    keystream = []
    for index, (record, plain) in enumerate(RECORDS):
        cutter = Cutter(bench.width, flow=index, key=index)
        await bench.send(one_piece(cutter, record, 0, record.wire_len))
        keystream.append(xor(record.text, plain))
    await bench.finish(keystream, [True] * len(RECORDS))


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def nist_vectors(dut: HierarchyObject) -> None:
    """Each with its tag, and once more with a bad one."""
    vectors = list(nist(every=8))
    assert len(vectors) > 30, f"only {len(vectors)} vectors were found"
    rng = stream(cocotb.RANDOM_SEED, "gcm_core/nist")
    bench = Bench(dut)
    await bench.reset()
    keystream = []
    for number, (record, plain) in enumerate(vectors):
        cutter = Cutter(bench.width, flow=number % 64, key=number % 32)
        await bench.key(KEY_WRITE, cutter.key, record.key)
        bad = replace(record, tag=flip(record.tag, rng.randrange(128)))
        for sent in (record, bad):
            await bench.send(one_piece(cutter, sent, 0, sent.wire_len))
            keystream.append(xor(record.text, plain))
    await bench.finish(keystream, [True, False] * len(vectors))


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def every_length(dut: HierarchyObject) -> None:
    """All AAD lengths from 0 to 16 beside all text lengths of two groups."""
    rng = stream(cocotb.RANDOM_SEED, "gcm_core/lengths")
    keys = [rng.randbytes(16), rng.randbytes(32)]
    bench = await bench_with_keys(dut, keys)
    keystream = []
    for size in range(2 * bench.width + 1):
        key = size % 2
        aad = rng.randbytes((5 * size + 13) % 17)
        record = Record.seal(keys[key], rng.randbytes(12), aad, rng.randbytes(size))
        await bench.send(one_piece(Cutter(bench.width, size % 3, key), record, 0, record.wire_len))
        keystream.append(record.keystream())
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=5, timeout_unit="ms")
async def cut_everywhere(dut: HierarchyObject) -> None:
    """A TLS 1.2 and a TLS 1.3 record cut in two packets at each of their bytes."""
    records = [record for record, _ in RECORDS[:2]]
    bench = await bench_with_keys(dut, [record.key for record in records])
    keystream: list[bytes] = []
    for index, record in enumerate(records):
        cutter = Cutter(bench.width, flow=index, key=index)
        for cut in range(1, record.wire_len):
            for start, end in [(0, cut), (cut, record.wire_len)]:
                await bench.send(one_piece(cutter, record, start, end))
                keystream.append(record.keystream(start, end))
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
    for slots, stream_bytes, verdict in packets(rng, all_flows, 160):
        await bench.send(slots)
        if slots:  # else nothing of the packet reaches the core
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
        await bench.send(one_piece(cutter, record, 0, record.wire_len))
        keystream.append(record.keystream())
        verdicts.append(record is good)
    await bench.finish(keystream, verdicts)


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def any_order(dut: HierarchyObject) -> None:
    """Pieces of a record in any order behind its head: positions count, not history."""
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
            await bench.send(one_piece(cutter, record, start, end, check=last))
            keystream.append(record.keystream(start, end))
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
        await bench.send(one_piece(cutter, record, start, end))
        keystream.append(record.keystream(start, end))
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=10, timeout_unit="ms")
async def full_queue(dut: HierarchyObject) -> None:
    """Bursts of tiny packets that need a high power, then packets full of tiny records.

    Packets go on for as long as the core's contract lets them after ready_o fell.
    """
    rng = stream(cocotb.RANDOM_SEED, "gcm_core/queue")
    key = rng.randbytes(16)
    bench = await bench_with_keys(dut, [key])
    bench.late = PACKETS_AFTER
    long = Record.seal(key, rng.randbytes(12), rng.randbytes(5), rng.randbytes(16384))
    tiny = Record.seal(key, rng.randbytes(12), rng.randbytes(5), rng.randbytes(1))
    one = Cutter(bench.width, flow=1, key=0)
    many = Cutter(bench.width, flow=2, key=0)
    keystream: list[bytes] = []
    at = 5
    await bench.send(one_piece(one, long, 0, at))
    keystream.append(b"")
    for powers, packets_full, count in [(40, 1, 500), (6, 4, 120), (1, 1, 7)]:
        for _ in range(powers):
            await bench.send(one_piece(one, long, at, at + 1))
            keystream.append(long.keystream(at, at + 1))
            at += 1
        for _ in range(packets_full):
            frame = Frame(many)
            for _ in range(count):
                frame.piece(tiny, 0, tiny.wire_len)
            frame.piece(tiny, 0, tiny.header_len)  # a head alone needs a power too
            await bench.send(frame.end())
            keystream.append(tiny.keystream() * count)
    dut._log.info("at most %d jobs were queued", bench.most_jobs)
    await bench.finish(keystream, [True] * len(keystream))


@cocotb.test(timeout_time=2, timeout_unit="ms")
@cocotb.parametrize(size=[0, 1, 17, 32, 48])
async def slot_a_cycle(dut: HierarchyObject, size: int) -> None:
    """Whole records, each with a key and context of its own, back to back: nothing ever waits."""
    rng = stream(cocotb.RANDOM_SEED, f"gcm_core/cycle/{size}")
    keys = [rng.randbytes(rng.choice([16, 32])) for _ in range(16)]
    bench = await bench_with_keys(dut, keys)
    keystream = []
    packets_sent = []
    for _ in range(60):
        index = rng.randrange(16)
        aad = rng.randbytes(rng.choice([5, 13]))
        record = Record.seal(keys[index], rng.randbytes(12), aad, rng.randbytes(size))
        frame = Frame(Cutter(bench.width, flow=rng.randrange(64), key=index))
        frame.piece(record, 0, record.wire_len)
        packets_sent.append(frame.end())
        keystream.append(record.keystream())
    for packet in packets_sent:
        assert int(dut.ready_o.value), "the core holds up records that need no power"
        await bench.send(packet)
    await bench.finish(keystream, [True] * len(keystream))
    slots = sum(len(packet) for packet in packets_sent)
    took = bench.verdicts[-1][0] - bench.verdicts[0][0]
    rest = slots - len(packets_sent[0])
    assert took == rest, f"verdicts took {took} cycles for {rest} slots"


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def fillers(dut: HierarchyObject) -> None:
    """Packets of one slot without crypto: a verdict every cycle."""
    bench = await bench_with_keys(dut, [bytes(16)])
    for _ in range(100):
        frame = Frame(Cutter(bench.width, flow=1, key=0))
        frame.skip(1)
        await bench.send(frame.end())
    await bench.finish([b""] * 100, [True] * 100)
    first, last = bench.verdicts[0][0], bench.verdicts[-1][0]
    assert last - first == 99, f"100 verdicts took {last - first + 1} cycles"


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def latencies(dut: HierarchyObject) -> None:
    """Cycles from a packet's last slot to its verdict, by power: written to the log."""
    key = bytes(range(16))
    bench = await bench_with_keys(dut, [key])
    record = Record.seal(key, bytes(12), b"\x17\x03\x03\x40\x10", bytes(16384))
    cutter = Cutter(bench.width, flow=1, key=0)
    await bench.send(one_piece(cutter, record, 0, 5))
    await bench.idle()
    bounds = [5, 5 + 32, 5 + 16384 - 16, record.wire_len]
    for start, end in pairwise(bounds):
        await bench.send(one_piece(cutter, record, start, end))
        await bench.idle()
        sent = bench.sent[-1]
        took = bench.verdicts[-1][0] - sent[0]
        assert bench.verdicts[-1][1], "a good record failed"
        dut._log.info("verdict after %d cycles, exponent %d", took, sent[1].exponent)
        assert took == SUM_LATENCY + power_cycles(sent[1].exponent, bench.width // 16)
