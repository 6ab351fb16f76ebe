# SPDX-License-Identifier: BSD-2-Clause
"""pkt_hold between its four sources and the host: packets, and what must leave of each."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from sw_model.nic.layout import PktMeta, TlsStatus
from tests.block.pauses import pauses


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
    """Drives the four inputs, each at its own pace, and keeps what leaves."""

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
            self.source.set_pause_generator(pauses(self.rng, gap))
        if stall:
            self.sink.set_pause_generator(pauses(self.rng, stall))
        self.beats = 0  # taken by the hold
        self.events = {"packet": 0, "decrypted": 0, "resync": 0, "auth_fail": 0, "bytes": 0}

    async def reset(self) -> None:
        self.dut.rst_i.value = 1
        await self.cycles(3)
        self.dut.rst_i.value = 0
        await self.cycles(2)
        cocotb.start_soon(self.count())

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk_i)

    async def pause(self) -> None:
        while self.rng.random() < self.gap:
            await self.cycles(1)

    async def count(self) -> None:
        dut = self.dut
        while True:
            await RisingEdge(dut.clk_i)
            self.beats += int(dut.s_axis_frm_tvalid.value and dut.s_axis_frm_tready.value)
            bits = str(dut.ev_o.value)  # hold_ev_t; the bytes are X until the first frame
            for bit, name in enumerate(("packet", "decrypted", "resync", "auth_fail")):
                self.events[name] += bits[bit] == "1"
            if bits[1] == "1":
                self.events["bytes"] += int(bits[4:], 2)

    async def beats_in(self, count: int) -> None:
        while self.beats < count:
            await self.cycles(1)

    async def post(self, packet: Packet) -> None:
        """Hand in one descriptor."""
        self.dut.desc_i.value = packet.descriptor()
        self.dut.desc_valid_i.value = 1
        await RisingEdge(self.dut.clk_i)
        while self.dut.desc_ready_o.value == 0:
            await RisingEdge(self.dut.clk_i)
        self.dut.desc_valid_i.value = 0

    async def post_all(self, packets: list[Packet], late: float) -> None:
        """Descriptors as early as there is room for them, or (``late``) long after the beats."""
        end = 0
        for packet in packets:
            end += -(-len(packet.data) // self.width)
            if self.rng.random() < late:
                await self.beats_in(end)
                await self.cycles(self.rng.randrange(80))
            await self.pause()
            await self.post(packet)

    async def give_words(self, packets: list[Packet]) -> None:
        """Keystream words, each as soon as its beat is in the hold or later."""
        start = 0
        for packet in packets:
            first = packet.meta.payload_off // self.width
            for number, word in enumerate(packet.words(self.width)):
                await self.beats_in(start + first + number + 1)
                await self.pause()
                self.dut.beat_i.value = word
                self.dut.beat_valid_i.value = 1
                await RisingEdge(self.dut.clk_i)
                self.dut.beat_valid_i.value = 0
            start += -(-len(packet.data) // self.width)

    async def give_verdicts(self, packets: list[Packet]) -> None:
        """Verdicts, each when its frame is in the hold or later."""
        end = 0
        for packet in packets:
            end += -(-len(packet.data) // self.width)
            if packet.verdict is None:
                continue
            await self.beats_in(end)
            await self.pause()
            self.dut.verdict_ok_i.value = int(packet.verdict)
            self.dut.verdict_valid_i.value = 1
            await RisingEdge(self.dut.clk_i)
            self.dut.verdict_valid_i.value = 0

    def play(self, packets: list[Packet], late: float = 0.0) -> None:
        """Start everything that belongs to the packets."""
        for packet in packets:
            self.source.send_nowait(AxiStreamFrame(tdata=packet.data))
        cocotb.start_soon(self.post_all(packets, late))
        cocotb.start_soon(self.give_words(packets))
        cocotb.start_soon(self.give_verdicts(packets))

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


def decrypted(rng: Random, size: int, number: int = 0) -> Packet:
    """A packet that leaves decrypted, with 54 bytes of headers."""
    meta = PktMeta(cmd_count=number, frame_len=size, payload_off=54, payload_len=size - 54)
    keystream = rng.randbytes(size - 54)
    return Packet(rng.randbytes(size), meta, keystream, markable=True, verdict=True)
