# SPDX-License-Identifier: BSD-2-Clause
"""The engine with independent stream models on its ports, and one TLS flow through it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from random import Random

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiStreamBus,
    AxiStreamFrame,
    AxiStreamSink,
    AxiStreamSource,
)

from sw_model.crypto import gcm
from sw_model.crypto.keys import TrafficKeys
from sw_model.driver import csr
from sw_model.nic import layout
from sw_model.nic.layout import Completion, CplStatus, PktMeta
from sw_model.rng import stream
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpSegment
from tests.block.pauses import pauses

MAC_A, MAC_B = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
LIMIT_US = 2000


class Engine:
    """The device under test; verbs as a driver would have them."""

    def __init__(self, dut: HierarchyObject, rng: Random, gap: float = 0.0, stall: float = 0.0):
        self.dut, self.rng = dut, rng
        clock, reset = dut.clk_i, dut.rst_i
        reset.value = 1  # before the first edge
        Clock(clock, 4, unit="ns").start(start_high=False)
        self.rx = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_rx"), clock, reset)
        self.host = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_rx"), clock, reset)
        self.cmd = AxiStreamSource(AxiStreamBus.from_prefix(dut, "s_axis_cmd"), clock, reset)
        self.cpl = AxiStreamSink(AxiStreamBus.from_prefix(dut, "m_axis_cpl"), clock, reset)
        self.registers = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), clock, reset)
        if gap:
            self.rx.set_pause_generator(pauses(self.rng, gap))
            self.cmd.set_pause_generator(pauses(self.rng, gap))
        if stall:
            self.host.set_pause_generator(pauses(self.rng, stall))
            self.cpl.set_pause_generator(pauses(self.rng, stall))

    async def start(self) -> None:
        self.dut.rst_i.value = 1
        await self.cycles(4)
        self.dut.rst_i.value = 0
        await self.cycles(4)
        await self.write(csr.CONTROL, csr.CONTROL_ENABLE_MASK)

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk_i)

    async def read(self, address: int) -> int:
        return int(await with_timeout(self.registers.read_dword(address), LIMIT_US, "us"))

    async def write(self, address: int, value: int) -> None:
        await with_timeout(self.registers.write_dword(address, value), LIMIT_US, "us")

    def post(self, command: bytes) -> None:
        self.cmd.send_nowait(AxiStreamFrame(tdata=command))

    async def completion(self) -> bytes:
        frame = await with_timeout(self.cpl.recv(), LIMIT_US, "us")
        return bytes(frame.tdata)

    async def command(self, command: bytes, status: CplStatus = CplStatus.OK) -> Completion:
        self.post(command)
        answer = Completion.parse(await self.completion())
        assert answer.status == status, f"command {command[0]} completed with {answer.status}"
        return answer

    async def offload(self, flow: Flow) -> None:
        for command in flow.set_up():
            await self.command(command)

    def send(self, frame: bytes, bad: bool = False) -> None:
        self.rx.send_nowait(AxiStreamFrame(tdata=frame, tuser=int(bad)))

    async def receive(self) -> tuple[bytes, PktMeta]:
        frame = await with_timeout(self.host.recv(), LIMIT_US, "us")
        users = set(frame.tuser) if isinstance(frame.tuser, list) else {frame.tuser}
        assert len(users) == 1, "metadata changes within a frame"
        return bytes(frame.tdata), PktMeta.unpack(users.pop())


@dataclass
class Flow:
    """A TCP connection that carries TLS records; makes commands, records and frames."""

    index: int
    keys: TrafficKeys
    src: IPv4Address | IPv6Address = field(default_factory=lambda: ip_address("192.0.2.1"))
    dst: IPv4Address | IPv6Address = field(default_factory=lambda: ip_address("192.0.2.9"))
    sport: int = 443
    dport: int = 40000
    vlan: int | None = None
    first_number: int = 0
    start_seq: int = 0xFFFF_FF00  # wraps soon

    def rule(self) -> layout.FlowRule:
        return layout.FlowRule.of(self.src, self.dst, self.sport, self.dport, self.vlan)

    def static(self, number: int | None = None, resync_sn: int = 0) -> bytes:
        params = layout.StaticParams(
            tls13=self.keys.version == "1.3",
            iv=self.keys.iv,
            dek_index=self.index,
            initial_record_number=self.first_number if number is None else number,
            resync_tcp_sn=resync_sn,
        )
        return layout.set_static(self.index, params)

    def set_up(self) -> list[bytes]:
        """The commands that put the flow under offload."""
        progress = layout.ProgressParams(next_record_tcp_sn=self.start_seq)
        return [
            layout.create_key(self.index, self.keys.key),
            self.static(),
            layout.set_psv(self.index, progress),
            layout.add_rule(self.index, self.rule()),
        ]

    def record(self, number: int, payload: bytes) -> bytes:
        """Record number `number` of the connection, counted from the first of the offload."""
        return gcm.seal_record(self.keys, self.first_number + number, 23, payload)

    def clear(self, number: int, record: bytes) -> bytes:
        """The record with its ciphertext replaced by what it decrypts to."""
        start = gcm.text_off(self.keys)
        nonce = gcm.nonce_of(self.keys, self.first_number + number, record)
        text = gcm.ctr(self.keys, nonce, record[start:-16])
        return record[:start] + text + record[-16:]

    def frame(self, offset: int, payload: bytes, flags: int = ACK) -> bytes:
        """A frame with `payload` at `offset` of the offloaded stream."""
        seq = SeqNum((self.start_seq + offset) & 0xFFFFFFFF)
        segment = TcpSegment(self.sport, self.dport, seq, flags=flags, payload=payload)
        return build_tcp_frame(MAC_A, MAC_B, self.src, self.dst, segment, vlan=self.vlan)

    def frames(self, stream: bytes, sizes: list[int]) -> list[bytes]:
        """The stream cut into packets of these payload sizes, the last as long as needed."""
        made, at = [], 0
        for size in itertools.chain(sizes, itertools.repeat(1460)):
            if at >= len(stream):
                return made
            made.append(self.frame(at, stream[at : at + size]))
            at += size
        return made


def payload_of(frame: bytes, meta: PktMeta) -> bytes:
    return frame[meta.payload_off : meta.payload_off + meta.payload_len]


def keys_of(rng: Random, version: str, key_bytes: int) -> TrafficKeys:
    return TrafficKeys(
        version, rng.randbytes(key_bytes), rng.randbytes(4 if version == "1.2" else 12)
    )


def make(dut: HierarchyObject, name: str, gap: float = 0.0, stall: float = 0.0) -> Engine:
    """An engine whose random choices depend on the seed and the test's name only."""
    return Engine(dut, stream(cocotb.RANDOM_SEED, f"tls_rx_top/{name}"), gap, stall)
