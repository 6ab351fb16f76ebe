# SPDX-License-Identifier: BSD-2-Clause
"""Stories of the walk: in order, past, overlapping, torn, and what counts as a header."""

from __future__ import annotations

from tests.block.rx_track.reference import NO_OFFLOAD, OFFLOAD, SEARCHING, START, TRACKING
from tests.block.rx_track.script import Packet, Script
from tests.block.rx_track.story_kit import FLOW, S0, Chapter, Flow, record

story = Chapter()


@story
def first_packet_is_offloaded(script: Script) -> None:
    flow = Flow(script)
    flow.state(START, NO_OFFLOAD)
    result = flow.send(record(40))
    assert result.markable
    assert [bool(slot.aad) for slot in result.slots][0::9] == [True]
    assert result.checks == 1
    assert flow.state(TRACKING, OFFLOAD)[0] == S0 + 45


@story
def past_data_changes_nothing(script: Script) -> None:
    flow = Flow(script)
    flow.send(record(100)[:60])
    before = script.get(FLOW)
    for seq, size in ((S0, 60), (S0 + 59, 1), (S0 - 10, 10), (S0 + 10, 3)):
        assert not script.packet(Packet(FLOW, seq, bytes(size))).slots
    assert script.get(FLOW) == before
    assert flow.send(record(100)[60:]).markable


@story
def far_away_is_not_looked_at(script: Script) -> None:
    flow = Flow(script)
    flow.send(record(40))
    before = script.get(FLOW)
    for far in (1 << 30, 1 << 31, -(1 << 30), 3 << 29):
        result = script.packet(Packet(FLOW, (flow.at + far) & 0xFFFF_FFFF, b"data"))
        assert not result.lost
    assert script.get(FLOW) == before
    assert script.packet(Packet(FLOW, flow.at + (1 << 30) - 1, b"data")).lost


@story
def overlap_is_walked_from_expected_on(script: Script) -> None:
    flow, data = Flow(script), record(100) + record(30)
    assert flow.send(data[:60]).markable
    flow.at -= 20
    result = flow.send(data[40:])
    assert not result.ks
    assert result.checks == 2
    assert flow.send(record(20)).markable


@story
def overlap_at_the_start(script: Script) -> None:
    flow = Flow(script)
    flow.at -= 33
    result = flow.send(bytes(33) + record(30))
    assert (result.ks, result.checks) == (False, 1)
    assert flow.send(record(20)).markable


@story
def torn_record_relocks_by_itself(script: Script) -> None:
    """Scenario 51: the packet with the torn record's end is passed, its next record is whole."""
    flow, data = Flow(script), record(100) + record(40)
    assert flow.send(data[:50]).markable
    flow.lose(10)
    result = flow.send(data[60:120])
    assert (result.ks, result.lost, result.checks) == (False, False, 0)
    assert result.slots  # the next record's header and first bytes are absorbed
    assert flow.send(data[120:]).markable
    flow.state(TRACKING, OFFLOAD)


@story
def torn_to_its_last_byte(script: Script) -> None:
    """The whole rest is hidden, but the next header stands at the packet's first byte."""
    flow, data = Flow(script), record(100) + record(40)
    flow.send(data[:50])
    flow.lose(55)
    result = flow.send(data[105:])
    assert (result.ks, result.lost, result.checks) == (False, False, 1)
    assert flow.send(record(20)).markable


@story
def one_byte_further_hides_the_header(script: Script) -> None:
    flow, data = Flow(script), record(100) + record(40)
    flow.send(data[:50])
    flow.lose(56)
    assert flow.send(data[106:]).lost
    flow.state(SEARCHING, NO_OFFLOAD)
    assert not flow.send(bytes(40)).lost  # the code comes once


@story
def gap_between_records_hides_a_header(script: Script) -> None:
    flow = Flow(script)
    flow.send(record(40))
    flow.lose(1)
    assert flow.send(bytes(30)).lost
    flow.state(SEARCHING, NO_OFFLOAD)


@story
def gap_at_the_start(script: Script) -> None:
    flow = Flow(script)
    flow.lose(10)
    sn = flow.at + 3
    assert flow.send(bytes(3) + record(40)).lost
    assert flow.state(TRACKING, NO_OFFLOAD)[1] == sn


@story
def gap_inside_header_and_nonce(script: Script) -> None:
    """Five bytes seen are enough to know the next header, four are not."""
    for seen, lost in ((1, True), (4, True), (5, False), (9, False), (12, False), (13, False)):
        flow = Flow(script, tls13=False)
        flow.send(record(40)[:seen])
        flow.lose(2)
        assert flow.send(record(40)[seen + 2 :]).lost == lost
        if not lost:
            assert flow.send(record(30)).markable


@story
def header_cut_at_every_byte(script: Script) -> None:
    for tls13 in (False, True):
        flow = Flow(script, tls13)
        for cut in range(1, 15):
            first, second = flow.send(record(40)[:cut]), flow.send(record(40)[cut:])
            assert first.markable
            assert second.markable
            assert (first.checks, second.checks) == (0, 1)


@story
def bytes_one_by_one(script: Script) -> None:
    for tls13 in (False, True):
        flow = Flow(script, tls13)
        for byte in record(26) + record(30):
            assert flow.send(bytes([byte])).markable
    flow.state(TRACKING, OFFLOAD)


@story
def plausible_headers(script: Script) -> None:
    """Bounds of type, version and length, each with its neighbours."""
    good12 = [(20, 24), (23, 16408), (21, 25), (22, 16407)]
    bad12 = [(19, 40), (24, 40), (23, 23), (23, 16409), (23, 0), (23, 65535)]
    good13 = [(23, 17), (23, 16401)]
    bad13 = [(22, 40), (24, 40), (23, 16), (23, 16402), (20, 40)]
    for tls13, good, bad in ((False, good12, bad12), (True, good13, bad13)):
        for kind, size in good + bad:
            flow = Flow(script, tls13)
            result = flow.send(record(size, kind)[:9])
            assert result.lost == ((kind, size) in bad)
    for version in (b"\x02\x03", b"\x03\x04", b"\x03\x02", b"\x04\x03", b"\x83\x03", b"\x03\x83"):
        assert Flow(script).send(b"\x17" + version + b"\0\x30" + bytes(20)).lost


@story
def lost_inside_a_markable_packet(script: Script) -> None:
    """A record before the loss is still cut, and its check counts."""
    flow = Flow(script)
    result = flow.send(record(30) + b"\x17\x03\x04\0\x20" + bytes(60) + record(40), ok=False)
    assert (result.ks, result.lost, result.markable, result.checks) == (True, True, False, 1)
    assert sum(len(slot.text + slot.tag) for slot in result.slots) == 30
    flow.state(TRACKING, NO_OFFLOAD)
