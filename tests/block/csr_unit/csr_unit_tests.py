# SPDX-License-Identifier: BSD-2-Clause
"""Registers by the generated constants, driven by cocotbext-axi; events by hand."""

from __future__ import annotations

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiLiteBus, AxiLiteMaster

from sw_model.driver import csr
from sw_model.rng import stream
from tests.block.pauses import pauses

# Which event each counter counts: input and bit of the struct.
EVENTS = {
    "rx_packets": ("hold", 19),
    "rx_tls_decrypted_packets": ("hold", 18),
    "rx_tls_ctx": ("cmd", 3),
    "rx_tls_del": ("cmd", 2),
    "rx_tls_resync_req_pkt": ("hold", 17),
    "rx_tls_resync_req_start": ("track", 3),
    "rx_tls_resync_req_end": ("track", 2),
    "rx_tls_resync_req_skip": ("cmd", 1),
    "rx_tls_resync_res_ok": ("track", 1),
    "rx_tls_resync_res_skip": ("track", 0),
    "rx_tls_err": ("hold", 16),
}
COMPLETION = ("cmd", 0)


class Registers:
    """The block, its clock and an AXI4-Lite master."""

    def __init__(self, dut: HierarchyObject) -> None:
        self.dut = dut
        for name in ("hold", "track", "cmd"):
            getattr(dut, f"{name}_ev_i").value = 0
        dut.rules_i.value = 0
        dut.rst_i.value = 1  # before the first edge
        Clock(dut.clk_i, 4, unit="ns").start(start_high=False)
        self.master = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk_i, dut.rst_i)

    async def reset(self) -> None:
        self.dut.rst_i.value = 1
        await self.cycles(4)
        self.dut.rst_i.value = 0
        await self.cycles(2)

    async def cycles(self, count: int) -> None:
        for _ in range(count):
            await RisingEdge(self.dut.clk_i)

    async def read(self, address: int) -> int:
        return int(await with_timeout(self.master.read_dword(address), 10, "us"))

    async def write(self, address: int, value: int) -> None:
        await with_timeout(self.master.write_dword(address, value), 10, "us")

    async def pulse(self, event: tuple[str, int], count: int = 1, size: int = 0) -> None:
        """An event in `count` cycles, of a frame with `size` bytes of payload."""
        name, bit = event
        signal = getattr(self.dut, f"{name}_ev_i")
        signal.value = 1 << bit | size
        await self.cycles(count)
        signal.value = min(size, 1)  # without an event a size counts for nothing


@cocotb.test()
async def identity_and_settings(dut: HierarchyObject) -> None:
    regs = Registers(dut)
    await regs.reset()
    assert await regs.read(csr.ID) == int.from_bytes(b"TLSR", "big")
    assert await regs.read(csr.SIZES) == 64 << csr.SIZES_NUM_FLOWS_LSB | 256
    assert await regs.read(csr.CAPABILITIES) == 0x303
    assert await regs.read(csr.CONTROL) == 0
    assert await regs.read(csr.RELOCK_RECORDS) == 4096
    assert dut.enable_o.value == 0
    await regs.write(csr.CONTROL, 0xFFFFFFFF)
    await regs.write(csr.RELOCK_RECORDS, 0xAB123456)
    assert await regs.read(csr.CONTROL) == 1
    assert await regs.read(csr.RELOCK_RECORDS) == 0x123456
    assert dut.enable_o.value == 1
    assert int(dut.relock_records_o.value) == 0x123456
    await regs.write(csr.ID, 0)
    assert await regs.read(csr.ID) == csr.ID_MAGIC_RESET
    dut.rules_i.value = 17
    assert await regs.read(csr.RULES) == 17


@cocotb.test()
async def each_event_has_its_counter(dut: HierarchyObject) -> None:
    regs = Registers(dut)
    await regs.reset()
    for count, event in enumerate(EVENTS.values(), 1):
        await regs.pulse(event, count)
    await regs.cycles(3)
    for count, name in enumerate(EVENTS, 1):
        assert await regs.read(csr.COUNTERS[name]) == count, name


@cocotb.test()
async def bytes_are_counted_in_64_bits(dut: HierarchyObject) -> None:
    regs = Registers(dut)
    await regs.reset()
    await regs.pulse(EVENTS["rx_tls_decrypted_packets"], 66000, 0xFFFF)
    await regs.cycles(3)
    total = 66000 * 0xFFFF
    assert await regs.read(csr.RX_TLS_DECRYPTED_BYTES_HI) == total >> 32
    assert await regs.read(csr.RX_TLS_DECRYPTED_BYTES_LO) == total & 0xFFFFFFFF


@cocotb.test()
async def interrupt(dut: HierarchyObject) -> None:
    """A level: pending and enabled; cleared by writing 1 to the bit, and only that bit."""
    regs = Registers(dut)
    await regs.reset()
    await regs.pulse(COMPLETION)
    await regs.pulse(EVENTS["rx_tls_resync_req_pkt"])
    await regs.cycles(4)
    assert await regs.read(csr.IRQ_STATUS) == 3
    assert dut.irq_o.value == 0
    await regs.write(csr.IRQ_ENABLE, csr.IRQ_ENABLE_COMPLETION_MASK)
    await regs.cycles(4)
    assert dut.irq_o.value == 1
    await regs.write(csr.IRQ_STATUS, csr.IRQ_STATUS_COMPLETION_MASK)
    await regs.cycles(4)
    assert dut.irq_o.value == 0
    assert await regs.read(csr.IRQ_STATUS) == csr.IRQ_STATUS_RESYNC_MASK
    await regs.write(csr.IRQ_ENABLE, csr.IRQ_ENABLE_RESYNC_MASK)
    await regs.cycles(4)
    assert dut.irq_o.value == 1
    await regs.write(csr.IRQ_STATUS, csr.IRQ_STATUS_RESYNC_MASK)
    await regs.cycles(4)
    assert dut.irq_o.value == 0


@cocotb.test()
async def random_accesses_with_pauses(dut: HierarchyObject) -> None:
    """Reads and writes under back-pressure on every channel against a plain dictionary."""
    rng = stream(cocotb.RANDOM_SEED, "csr_unit")
    regs = Registers(dut)
    await regs.reset()
    for channel in (
        regs.master.write_if.aw_channel,
        regs.master.write_if.w_channel,
        regs.master.write_if.b_channel,
        regs.master.read_if.ar_channel,
        regs.master.read_if.r_channel,
    ):
        channel.set_pause_generator(pauses(rng, 0.4))
    masks = {csr.CONTROL: 1, csr.RELOCK_RECORDS: 0xFFFFFF, csr.IRQ_ENABLE: 3}
    model = {csr.CONTROL: 0, csr.RELOCK_RECORDS: 4096, csr.IRQ_ENABLE: 0}
    for _ in range(200):
        address = rng.choice(list(masks))
        if rng.random() < 0.5:
            model[address] = rng.getrandbits(32) & masks[address]
            await regs.write(address, model[address] | ~masks[address] & 0xFFFFFFFF)
        else:
            assert await regs.read(address) == model[address], f"0x{address:03x}"
