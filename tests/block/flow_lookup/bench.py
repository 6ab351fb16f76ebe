# SPDX-License-Identifier: BSD-2-Clause
"""flow_lookup with a Python dict beside it: keys, header words, and a check of all that leaves."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotb.types import LogicArray

from sw_model.nic.layout import CplStatus

KEY_W, META_W, FLOW_W = 302, 160, 12
Expected = tuple[int, int | None]  # header word as sent, flow


@dataclass(frozen=True, slots=True)
class Key:
    """flow_key_t."""

    src: int
    dst: int
    sport: int
    dport: int
    ipv6: int = 0
    vlan: int = 0
    vid: int = 0

    def pack(self) -> int:
        word = self.ipv6 << 13 | self.vlan << 12 | self.vid
        for value, width in ((self.src, 128), (self.dst, 128), (self.sport, 16), (self.dport, 16)):
            word = word << width | value
        return word


def header(key: Key, lookup: bool, clean: bool, meta: int) -> int:
    """pkt_hdr_t: oversize, lookup, clean, key, meta; flow fields of the metadata are zero."""
    flow_mask = ((1 << 13) - 1) << 2
    flags = int(lookup) << 1 | int(clean)
    return (flags << KEY_W | key.pack()) << META_W | meta & ~flow_mask


def server_key(rng: random.Random) -> Key:
    """Keys as a server sees them: a few addresses, ports in sequence."""
    return Key(
        src=0x0A000000 | rng.randrange(4),
        dst=0xC0A80001,
        sport=rng.randrange(32768, 33500),
        dport=443,
        vlan=rng.randrange(2),
        vid=rng.choice((0, 0, 7)),
    )


def any_key(rng: random.Random) -> Key:
    return Key(
        rng.getrandbits(128), rng.getrandbits(128), rng.getrandbits(16), rng.getrandbits(16), 1
    )


class TB:
    """Drives headers and updates; checks each header that leaves."""

    def __init__(self, dut, stall: float = 0.0, gap: float = 0.0) -> None:
        self.dut = dut
        self.rng = random.Random(cocotb.RANDOM_SEED)
        self.stall, self.gap = stall, gap
        self.rules: dict[Key, int] = {}
        self.expect: list[Expected] = []
        self.seen = 0
        self.out_cycles: list[int] = []
        self.cycle = 0
        cocotb.start_soon(Clock(dut.clk_i, 4, unit="ns").start())

    async def start(self) -> int:
        """Reset; number of cycles until the table is ready."""
        dut = self.dut
        for port in ("hdr_valid_i", "hdr_i", "hdr_ready_i", "pause_i", "up_valid_i"):
            getattr(dut, port).value = 0
        dut.enable_i.value = 1
        dut.rst_i.value = 1
        for _ in range(4):
            await RisingEdge(dut.clk_i)
        dut.rst_i.value = 0
        cocotb.start_soon(self._take())
        cycles = 0
        while dut.hdr_ready_o.value != 1:
            assert dut.idle_o.value != 1 or cycles == 0
            cycles += 1
            await RisingEdge(dut.clk_i)
        while dut.idle_o.value != 1:
            await RisingEdge(dut.clk_i)
        return cycles

    async def _take(self) -> None:
        dut = self.dut
        while True:
            dut.hdr_ready_i.value = int(self.rng.random() >= self.stall)
            await RisingEdge(dut.clk_i)
            self.cycle += 1
            if dut.hdr_valid_o.value == 1 and dut.hdr_ready_i.value == 1:
                sent, flow = self.expect[self.seen]
                want = sent if flow is None else sent | 1 << 14 | flow << 2
                got = int(LogicArray(dut.hdr_o.value))
                assert got == want, f"header {self.seen}, flow {flow}: {got:x} for {want:x}"
                self.seen += 1
                self.out_cycles.append(self.cycle)

    async def look(self, key: Key, lookup: bool = True, enabled: bool = True) -> None:
        """Send one header and note what must become of it."""
        dut = self.dut
        while self.rng.random() < self.gap:
            await RisingEdge(dut.clk_i)
        word = header(key, lookup, self.rng.random() < 0.5, self.rng.getrandbits(META_W))
        dut.hdr_i.value = word
        dut.hdr_valid_i.value = 1
        self.expect.append((word, self.rules.get(key) if lookup and enabled else None))
        while True:
            await RisingEdge(dut.clk_i)
            if dut.hdr_ready_o.value == 1:
                break
        dut.hdr_valid_i.value = 0

    async def update(
        self, add: bool, key: Key, flow: int = 0, want: CplStatus | None = None
    ) -> CplStatus:
        """Execute one update, whether or not headers are inside, and compare with the dict.

        ``want`` is the outcome when the dict cannot know it: no free row for this key.
        """
        dut = self.dut
        dut.up_valid_i.value = 1
        dut.up_req_i.value = (int(add) << KEY_W | key.pack()) << FLOW_W | flow
        while True:
            await RisingEdge(dut.clk_i)
            if dut.up_done_o.value == 1:
                break
        dut.up_valid_i.value = 0
        status = CplStatus(int(dut.up_status_o.value))
        expected = self._model(add, key, flow) if want is None else want
        assert status == expected, f"add {add} {key}: {status!r} for {expected!r}"
        await RisingEdge(dut.clk_i)
        assert int(dut.rules_o.value) == len(self.rules)
        return status

    def _model(self, add: bool, key: Key, flow: int) -> CplStatus:
        if not add:
            return CplStatus.NOT_FOUND if self.rules.pop(key, None) is None else CplStatus.OK
        if key in self.rules:
            return CplStatus.EXISTS
        if len(self.rules) == flows_of(self.dut):
            return CplStatus.FULL
        self.rules[key] = flow
        return CplStatus.OK

    async def drain(self) -> None:
        while self.seen < len(self.expect):
            await RisingEdge(self.dut.clk_i)
        for _ in range(8):
            await RisingEdge(self.dut.clk_i)
        assert self.dut.hdr_valid_o.value == 0, "a header too many"
        assert self.dut.idle_o.value == 1


def flows_of(dut) -> int:
    return int(dut.NumFlows.value)


def unpack(word: int) -> Key:
    fields = []
    for width in (16, 16, 128, 128, 12, 1, 1):
        fields.append(word & ((1 << width) - 1))
        word >>= width
    dport, sport, dst, src, vid, vlan, ipv6 = fields
    return Key(src, dst, sport, dport, ipv6, vlan, vid)
