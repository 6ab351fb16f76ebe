# SPDX-License-Identifier: BSD-2-Clause
"""Beats, descriptors, keystream and verdicts come at their own pace; each frame leaves whole."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge, with_timeout
from cocotbext.axi import AxiStreamFrame

from sw_model.nic.layout import PktMeta, TlsStatus
from sw_model.rng import stream
from tests.block.pkt_hold.bench import Bench, Packet, decrypted, random_packet


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.4], stall=[0.0, 0.4], late=[0.0, 0.7])
async def random_packets(dut: HierarchyObject, gap: float, stall: float, late: float) -> None:
    rng = stream(cocotb.RANDOM_SEED, f"pkt_hold/{gap}/{stall}/{late}")
    bench = Bench(dut, rng, gap, stall)
    await bench.reset()
    packets = [random_packet(rng, number) for number in range(60)]
    bench.play(packets, late)
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
async def waits_for_descriptor_and_verdict(dut: HierarchyObject) -> None:
    """Nothing of a frame leaves before it is known whether it may."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/wait")
    bench = Bench(dut, rng, 0.0, 0.0)
    await bench.reset()
    packet = decrypted(rng, 200)

    async def nothing_leaves() -> None:
        for _ in range(60):
            await RisingEdge(dut.clk_i)
            assert dut.m_axis_rx_tvalid.value == 0, "a beat left too early"

    await bench.source.send(AxiStreamFrame(tdata=packet.data))
    cocotb.start_soon(bench.give_words([packet]))
    await nothing_leaves()
    await bench.post(packet)
    await nothing_leaves()
    cocotb.start_soon(bench.give_verdicts([packet]))
    await with_timeout(bench.check([packet]), 10, "us")


@cocotb.test()
async def descriptors_run_far_ahead(dut: HierarchyObject) -> None:
    """As many descriptors as there is room for wait for beats; one more is not taken."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/ahead")
    bench = Bench(dut, rng, 0.0, 0.0)
    await bench.reset()
    packets = [decrypted(rng, 64, number) for number in range(140)]
    bench.source.pause = True
    bench.play(packets)
    await bench.cycles(300)
    assert dut.desc_ready_o.value == 0, "took more descriptors than there is room for"
    assert dut.m_axis_rx_tvalid.value == 0
    bench.source.pause = False
    await with_timeout(bench.check(packets), 1, "ms")


@cocotb.test()
async def streams_longer_than_the_store(dut: HierarchyObject) -> None:
    """A frame without crypto may be longer than the store: it flows through under back-pressure."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/long")
    bench = Bench(dut, rng, 0.0, 0.3)
    await bench.reset()
    packet = Packet(rng.randbytes(9000), PktMeta(frame_len=9000))
    bench.play([packet])
    await with_timeout(bench.check([packet]), 100, "us")


@cocotb.test()
@cocotb.parametrize(shut=[True, False], size=[64, 150])
async def no_bubble_between_frames(dut: HierarchyObject, shut: bool, size: int) -> None:
    """One beat a cycle, one-beat frames too: out of a full hold, and straight through."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/rate")
    bench = Bench(dut, rng, 0.0, 0.0)
    bench.sink.pause = shut
    await bench.reset()
    count = 60 if size == 64 else 20
    packets = [decrypted(rng, size, number) for number in range(count)]
    bench.play(packets)
    if shut:
        await bench.cycles(80)
        bench.sink.pause = False
    due = count * -(-size // bench.width)
    beats = busy = 0
    while beats < due:
        await RisingEdge(dut.clk_i)
        fired = dut.m_axis_rx_tvalid.value == 1 and dut.m_axis_rx_tready.value == 1
        beats += fired
        busy += fired or beats > 0
    assert busy == beats, f"{beats} beats took {busy} cycles"
    await with_timeout(bench.check(packets), 10, "us")


@cocotb.test()
async def stores_fill_up_together(dut: HierarchyObject) -> None:
    """Every beat of a full hold has its keystream word, and nothing is lost."""
    rng = stream(cocotb.RANDOM_SEED, "pkt_hold/full")
    bench = Bench(dut, rng, 0.0, 0.0)
    bench.sink.pause = True
    await bench.reset()
    packets = []
    for number in range(6):
        data = rng.randbytes(1500)
        meta = PktMeta(cmd_count=number, frame_len=1500, payload_off=0, payload_len=1500)
        packets.append(Packet(data, meta, rng.randbytes(1500), markable=True, verdict=True))
    bench.play(packets)
    await bench.cycles(700)
    assert dut.s_axis_frm_tready.value == 0, "the hold is not full"
    assert int(dut.u_store.u_keystream.count_o.value) > 4096 // bench.width - 3
    bench.sink.pause = False
    await with_timeout(bench.check(packets), 100, "us")
