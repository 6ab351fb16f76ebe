# SPDX-License-Identifier: BSD-2-Clause
"""Stories of the limits: numbers that wrap, sizes, packets and contexts that do not count."""

from __future__ import annotations

from tests.block.rx_track.reference import NO_OFFLOAD, OFFLOAD, SEARCHING, TRACKING
from tests.block.rx_track.script import Packet, Script
from tests.block.rx_track.story_kit import FLOW, S0, Chapter, Flow, record, static

story = Chapter()


@story
def sequence_numbers_wrap(script: Script) -> None:
    for start in (0xFFFF_FFF0, 0xFFFF_FFFF, 0, 0x7FFF_FFF0):
        flow = Flow(script, start=start)
        for _ in range(3):
            assert flow.send(record(40)).markable
        flow.send(record(40)[:30])
        flow.lose(5)
        assert not flow.send(record(40)[35:]).lost
        flow.state(TRACKING, OFFLOAD)
    flow = Flow(script, start=0xFFFF_FFD0)
    flow.offload_again()


@story
def torn_across_the_wrap(script: Script) -> None:
    """The torn record begins below 2^32 (2^31) and ends above."""
    for start in (0xFFFF_FFE0, 0x7FFF_FFE0):
        flow, data = Flow(script, start=start), record(100)
        flow.send(data[:20])
        flow.lose(5)
        assert not flow.send(data[25:60]).lost
        flow.send(data[60:])
        assert flow.send(record(30)).markable


@story
def longer_than_the_ring(script: Script) -> None:
    """Past bytes, a torn record and a scan: what needs no crypto must not wait in the ring."""
    flow, data = Flow(script), record(3500) + record(200)
    flow.send(data[:3505])
    flow.at -= 3505
    assert flow.send(data).checks == 1
    data = record(5000) + record(60)
    flow.send(data[:10])
    flow.lose(10)
    assert flow.send(data[20:]).checks == 1
    flow.lose(1)
    sn = flow.at + 4000
    assert flow.send(bytes(4000) + record(40)).lost
    assert flow.state(TRACKING, NO_OFFLOAD)[1] == sn


@story
def record_numbers_carry(script: Script) -> None:
    for number in ((1 << 32) - 1, (1 << 64) - 1, (1 << 64) - 2):
        script.static(FLOW + 1, static(number=number))
        script.psv(FLOW + 1, S0)
        result = script.packet(Packet(FLOW + 1, S0, record(20) * 3))
        assert result.checks == 3
        script.destroy(FLOW + 1)


@story
def longest_and_shortest_records(script: Script) -> None:
    for tls13, sizes in ((True, (17, 18, 32, 33, 16401)), (False, (24, 25, 40, 41, 16408))):
        flow = Flow(script, tls13)
        for size in sizes:
            data = record(size)
            for at in range(0, len(data), 1448):
                assert flow.send(data[at : at + 1448]).markable
        assert flow.send(record(24) * 20).checks == 20


@story
def tags_cut_at_every_byte(script: Script) -> None:
    flow = Flow(script)
    data = record(50)
    for cut in range(len(data) - 17, len(data)):
        assert not flow.send(data[:cut]).checks
        assert flow.send(data[cut:]).checks == 1


@story
def packets_not_worth_a_look(script: Script) -> None:
    flow = Flow(script)
    data = record(40)
    flow.send(data[:20])
    for change in (
        {"bad": True}, {"is_tcp": False}, {"is_frag": True}, {"flow_valid": False},
        {"l3_ok": False}, {"l4_ok": False}, {"l4_checked": False}, {"tcp_flags": 0x12},
        {"tcp_flags": 0x14}, {"payload_len": 0},
    ):  # fmt: skip
        packet = Packet(FLOW, flow.at, data[20:], looked_at=False, change=change)
        assert not script.packet(packet).slots
    for pad in (0, 16 * 2100):  # less and more than half of what beat numbers count
        packet = Packet(FLOW, flow.at, data[20:], pad=bytes(pad), looked_at=False, oversize=True)
        script.packet(packet)
    fin = {"tcp_flags": 0x11, "l3_checked": False, "l3_ok": False}
    assert script.packet(Packet(FLOW, flow.at, data[20:], change=fin)).markable


@story
def contexts_come_and_go(script: Script) -> None:
    packet = Packet(FLOW, S0, record(40))
    assert not script.packet(packet).slots
    script.psv(FLOW, S0)  # without static parameters
    assert script.get(FLOW) == (0, 0, 0, 0, 0)
    assert not script.packet(packet).slots
    script.static(FLOW, static())
    assert not script.packet(packet).slots
    script.psv(FLOW, S0)
    assert script.packet(packet).markable
    script.psv(FLOW, S0)  # start over: the same bytes once more
    assert script.packet(packet).markable
    script.destroy(FLOW)
    assert not script.packet(packet).slots
    assert script.get(FLOW) == (0, 0, 0, 0, 0)


@story
def flows_do_not_touch_each_other(script: Script) -> None:
    flow = Flow(script)
    script.static(2, static(False))
    script.psv(2, S0)
    flow.send(record(60)[:30])
    script.packet(Packet(2, S0 + 7, bytes(50)))
    assert flow.send(record(60)[30:]).markable
    assert script.get(2)[2] == SEARCHING
