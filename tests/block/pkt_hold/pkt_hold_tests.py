# SPDX-License-Identifier: BSD-2-Clause
"""Frames, descriptors, keystream and verdicts come at their own pace; each frame leaves whole."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.queue import Queue
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from sw_model.nic.layout import PktMeta, TlsStatus
from sw_model.rng import stream


@dataclass
class Packet:
    """One frame and what the tracker and the crypto say of it."""

    data: bytes
    meta: PktMeta
    keystream: bytes = b""  # for the whole payload; empty: the frame has none
    markable: bool = False
    lost: bool = False
    verdict: bool | None = None

    def descriptor(self) -> int:
        flags = self.markable << 3 | self.lost << 2 | bool(self.keystream) << 1
        return self.meta.pack() << 4 | flags | (self.verdict is not None)

    def status(self) -> TlsStatus:
        if self.verdict is False:
            return TlsStatus.AUTH_FAIL
        if self.lost:
            return TlsStatus.RESYNC
        return TlsStatus.DECRYPTED if self.markable else TlsStatus.NONE

    def expected(self) -> bytes:
        if self.status() != TlsStatus.DECRYPTED or not self.keystream:
            return self.data
        first = self.meta.payload_off
        last = first + self.meta.payload_len
        text = bytes(a ^ b for a, b in zip(self.data[first:last], self.keystream, strict=True))
        return self.data[:first] + text + self.data[last:]

    def words(self, width: int) -> list[int]:
        """The keystream words that ks_align makes of the payload."""
        if not self.keystream:
            return []
        row = bytes(self.meta.payload_off % width) + self.keystream
        row += bytes(-len(row) % width)
        return [int.from_bytes(row[i : i + width], "little") for i in range(0, len(row), width)]


def random_packet(rng: Random, number: int) -> Packet:
    size = rng.choice([60, 64, 66, rng.randint(60, 300), rng.randint(60, 1514)])
    data = rng.randbytes(size)
    off = rng.randint(34, min(size, 110))
    length = rng.randint(0, size - off)
    meta = PktMeta(cmd_count=number, frame_len=size, payload_off=off, payload_len=length)
    if length == 0 or rng.random() < 0.3:
        return Packet(data, meta)
    return Packet(
        data,
        meta,
        keystream=rng.randbytes(length) if rng.random() < 0.8 else b"",
        markable=rng.random() < 0.7,
        lost=rng.random() < 0.15,
        verdict=rng.random() < 0.75,
    )


class Bench:
    """Drives the five inputs and keeps what leaves."""

    def __init__(self, dut: HierarchyObject, rng: Random, gap: float, stall: float) -> None:
        self.dut, self.rng, self.gap = dut, rng, gap
        self.width = len(dut.beat_i) // 8
        for name in ("desc_valid_i", "beat_valid_i", "verdict_valid_i", "desc_i", "beat_i"):
            getattr(dut, name).value = 0
        dut.verdict_ok_i.value = 0
        dut.rst_i.value = 1  # before the first edge
        Clock(dut.clk_i, 4, unit="ns").start(start_high=False)
        self.source = AxiStreamSource(
            AxiStreamBus.from_prefix(dut, "s_axis_frm"), dut.clk_i, dut.rst_i
        )
        self.sink = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_rx"), dut.clk_i, dut.rst_i)
        if gap:
            self.source.set_pause_generator(self.coins(gap))
        if stall:
            self.sink.set_pause_generator(self.coins(stall))
        self.descriptors: Queue[int] = Queue()
        self.events = {"packet": 0, "decrypted": 0, "resync": 0, "auth_fail": 0, "bytes": 0}

    def coins(self, chance: float) -> itertools.chain[bool]:
        return itertools.chain.from_iterable([self.rng.random() < chance] for _ in iter(int, 1))

    async def reset(self) -> None:
        self.dut.rst_i.value = 1
        await self.cycles(3)
        self.dut.rst_i.value = 0
        await self.cycles(2)
        cocotb.start_soon(self.post_descriptors())
        cocotb.start_soon(self.count_events())

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk_i)

    async def pause(self) -> None:
        while self.rng.random() < self.gap:
            await self.cycles(1)

    async def post_descriptors(self) -> None:
        while True:
            self.dut.desc_i.value = await self.descriptors.get()
            self.dut.desc_valid_i.value = 1
            await RisingEdge(self.dut.clk_i)
            while self.dut.desc_ready_o.value == 0:
                await RisingEdge(self.dut.clk_i)
            self.dut.desc_valid_i.value = 0

    async def count_events(self) -> None:
        while True:
            await RisingEdge(self.dut.clk_i)
            for name in ("packet", "decrypted", "resync", "auth_fail"):
                self.events[name] += int(getattr(self.dut, f"ev_{name}_o").value)
            if self.dut.ev_decrypted_o.value == 1:
                self.events["bytes"] += int(self.dut.ev_decrypted_bytes_o.value)

    async def give_keystream(self, packet: Packet) -> None:
        for word in packet.words(self.width):
            await self.pause()
            self.dut.beat_i.value = word
            self.dut.beat_valid_i.value = 1
            await RisingEdge(self.dut.clk_i)
            self.dut.beat_valid_i.value = 0
        if packet.verdict is not None:
            await self.pause()
            self.dut.verdict_ok_i.value = int(packet.verdict)
            self.dut.verdict_valid_i.value = 1
            await RisingEdge(self.dut.clk_i)
            self.dut.verdict_valid_i.value = 0

    async def play(self, packets: list[Packet]) -> None:
        """As the tracker does: a frame with crypto enters only when there is room for it all."""
        for packet in packets:
            while int(self.dut.free_o.value) * self.width < len(packet.data) + self.width:
                await self.cycles(1)
            if packet.verdict is None:
                self.descriptors.put_nowait(packet.descriptor())
            await self.source.send(frame(packet.data))
            await self.source.wait()
            if packet.verdict is not None:
                if self.rng.random() < 0.5:  # the verdict may come before the descriptor
                    await self.give_keystream(packet)
                    self.descriptors.put_nowait(packet.descriptor())
                else:
                    self.descriptors.put_nowait(packet.descriptor())
                    await self.give_keystream(packet)

    async def check(self, packets: list[Packet]) -> None:
        for number, packet in enumerate(packets):
            got = await self.sink.recv()
            want, status = packet.expected(), packet.status()
            assert bytes(got.tdata) == want, f"frame {number} ({status.name}): wrong bytes"
            users = set(got.tuser) if isinstance(got.tuser, list) else {got.tuser}
            assert len(users) == 1, f"frame {number}: metadata changes within the frame"
            meta = PktMeta.unpack(users.pop())
            assert meta.tls_status == status, f"frame {number}: {meta.tls_status.name}"
            assert meta.cmd_count == packet.meta.cmd_count
            assert meta.frame_len == len(packet.data)


def frame(data: bytes) -> AxiStreamFrame:
    return AxiStreamFrame(tdata=data)


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.4], stall=[0.0, 0.4])
async def random_packets(dut: HierarchyObject, gap: float, stall: float) -> None:
    rng = stream(cocotb.RANDOM_SEED, f"pkt_hold/{gap}/{stall}")
    bench = Bench(dut, rng, gap, stall)
    await bench.reset()
    packets = [random_packet(rng, number) for number in range(60)]
    cocotb.start_soon(bench.play(packets))
    await with_timeout(bench.check(packets), 1, "ms")
    await bench.cycles(5)
    marked = [packet for packet in packets if packet.status() == TlsStatus.DECRYPTED]
    assert bench.events == {
        "packet": len(packets),
        "decrypted": len(marked),
        "resync": sum(packet.status() == TlsStatus.RESYNC for packet in packets),
        "auth_fail": sum(packet.status() == TlsStatus.AUTH_FAIL for packet in packets),
        "bytes": sum(packet.meta.payload_len for packet in marked),
    }


@cocotb.test()
async def waits_for_the_verdict(dut: HierarchyObject) -> None:
    """Nothing of a frame leaves before it is known whether it may."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/wait")
    bench = Bench(dut, rng, 0.0, 0.0)
    await bench.reset()
    meta = PktMeta(frame_len=200, payload_off=54, payload_len=146)
    packet = Packet(rng.randbytes(200), meta, rng.randbytes(146), markable=True, verdict=True)
    await bench.source.send(frame(packet.data))
    bench.descriptors.put_nowait(packet.descriptor())
    for _ in range(100):
        await RisingEdge(dut.clk_i)
        assert dut.m_axis_rx_tvalid.value == 0, "a beat left before the verdict"
    cocotb.start_soon(bench.give_keystream(packet))
    await with_timeout(bench.check([packet]), 10, "us")


@cocotb.test()
async def streams_longer_than_the_store(dut: HierarchyObject) -> None:
    """A frame without crypto may be longer than the store: it flows through under back-pressure."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/long")
    bench = Bench(dut, rng, 0.0, 0.3)
    await bench.reset()
    packet = Packet(rng.randbytes(9000), PktMeta(frame_len=9000))
    bench.descriptors.put_nowait(packet.descriptor())
    await bench.source.send(frame(packet.data))
    await with_timeout(bench.check([packet]), 100, "us")


@cocotb.test()
async def no_bubble_between_ready_frames(dut: HierarchyObject) -> None:
    """Frames that wait ready in the hold leave one beat a cycle, without a gap between them."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/rate")
    bench = Bench(dut, rng, 0.0, 0.0)
    bench.sink.pause = True
    await bench.reset()
    meta = PktMeta(frame_len=128, payload_off=54, payload_len=74)
    packets = [
        Packet(rng.randbytes(128), meta, rng.randbytes(74), markable=True, verdict=True)
        for _ in range(10)
    ]
    await bench.play(packets)
    await bench.cycles(20)
    bench.sink.pause = False
    beats = busy = 0
    while beats < 10 * 128 // bench.width:
        await RisingEdge(dut.clk_i)
        fired = dut.m_axis_rx_tvalid.value == 1 and dut.m_axis_rx_tready.value == 1
        beats += fired
        busy += fired or beats > 0
    assert busy == beats, f"{beats} beats took {busy} cycles"
    await with_timeout(bench.check(packets), 10, "us")
