# SPDX-License-Identifier: BSD-2-Clause
"""One small story for each row of the tables in docs/engine.md, with its outcome written down.

A story asserts what the page says; the bench then holds the engine to the same packets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.block.rx_track.bench import Packet, Script
from tests.block.rx_track.reference import (
    AUTHENTICATION,
    NO_OFFLOAD,
    OFFLOAD,
    SEARCHING,
    START,
    TRACKING,
    Result,
    Static,
)

FLOW, S0, NUMBER = 5, 0x10000, 7
RELOCK = 5
STORIES: list[Callable[[Script], None]] = []


def story(function: Callable[[Script], None]) -> Callable[[Script], None]:
    STORIES.append(function)
    return function


def static(tls13: bool = True, number: int = NUMBER) -> Static:
    return Static(tls13, 3, bytes(range(0xB0, 0xBC)), number)


def record(size: int, kind: int = 23, fill: int = 0xA5) -> bytes:
    """A record with a body of `size` bytes in which no header can be seen."""
    return bytes((kind, 3, 3)) + size.to_bytes(2, "big") + bytes([fill]) * size


class Flow:
    """One connection: bytes go out in order, or from where the story says."""

    def __init__(self, script: Script, tls13: bool = True, start: int = S0) -> None:
        self.script, self.at, self.tls13 = script, start, tls13
        script.destroy(FLOW)  # else the parameters would be a confirmation
        script.static(FLOW, static(tls13))
        script.psv(FLOW, start)

    def send(self, data: bytes, ok: bool = True, **other: object) -> Result:
        packet = Packet(FLOW, self.at & 0xFFFF_FFFF, data, ok=ok, **other)  # type: ignore[arg-type]
        self.at += len(data)
        return self.script.packet(packet)

    def lose(self, size: int) -> None:
        self.at += size

    def confirm(self, sn: int, number: int) -> None:
        self.script.static(FLOW, static(self.tls13, number), sn)

    def state(self, track: int, auth: int) -> tuple[int, ...]:
        psv = self.script.get(FLOW)
        assert psv[2:4] == (track, auth), psv
        return psv

    def lock(self) -> int:
        """Lose a header, find a candidate; its position."""
        self.send(record(30))
        self.lose(50)
        assert self.send(b"\0" * 9).lost
        sn = self.at & 0xFFFF_FFFF
        result = self.send(record(40))
        assert (result.lost, result.slots) == (False, [])
        assert self.state(TRACKING, NO_OFFLOAD)[1] == sn
        return sn

    def offload_again(self) -> None:
        self.confirm(self.lock(), 100)
        self.state(TRACKING, AUTHENTICATION)
        result = self.send(record(40))
        assert (result.ks, result.checks) == (False, 1)
        self.state(TRACKING, OFFLOAD)


def decrypted(results: Iterable[Result]) -> list[bool]:
    return [result.markable for result in results]


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


@story
def scan_goes_on_behind_a_refuted_header(script: Script) -> None:
    """One byte behind its start, also when the header was cut over packets."""
    true = record(40)
    for cut in range(1, 6):
        flow, data = Flow(script), b"\x17" + true
        flow.send(record(20) + data[:cut])
        assert flow.send(data[cut:]).lost == (cut < 5)
        assert flow.state(TRACKING, NO_OFFLOAD)[1] == S0 + 25 + 1


@story
def candidate_starts_in_the_packet_before(script: Script) -> None:
    for cut in range(1, 5):
        flow = Flow(script)
        flow.lose(100)
        sn = flow.at + 20
        flow.send(bytes(20) + record(40)[:cut])
        flow.state(SEARCHING, NO_OFFLOAD)
        flow.send(record(40)[cut:])
        assert flow.state(TRACKING, NO_OFFLOAD)[1] == sn
    flow = Flow(script)
    flow.lose(100)
    flow.send(bytes(20) + record(40)[:3])
    flow.lose(1)  # the carried bytes are worth nothing behind a gap
    flow.send(record(40)[3:])
    flow.state(SEARCHING, NO_OFFLOAD)


@story
def padding_is_no_part_of_a_header(script: Script) -> None:
    """Bytes behind the payload would complete a header of its last bytes."""
    data = record(40)
    for cut in range(1, 5):
        for more in range(5 - cut):
            flow = Flow(script)
            flow.lose(100)
            sn = flow.at + 40
            flow.send(bytes(40) + data[:cut], pad=data[cut:])
            flow.state(SEARCHING, NO_OFFLOAD)
            if more:  # now its first bytes are carried
                flow.send(data[cut : cut + more], pad=data[cut + more :])
                flow.state(SEARCHING, NO_OFFLOAD)
            flow.send(data[cut + more :])
            assert flow.state(TRACKING, NO_OFFLOAD)[1] == sn


@story
def header_in_the_padding_is_not_found(script: Script) -> None:
    flow = Flow(script)
    flow.lose(100)
    for gap in range(4):
        for size in (48, 49, 51):  # some of them do not say that they are clean
            flow.send(bytes(size), pad=bytes(gap) + record(40))
            flow.state(SEARCHING, NO_OFFLOAD)
    sn = flow.at
    flow.send(record(40))
    assert flow.state(TRACKING, NO_OFFLOAD)[1] == sn


@story
def scan_over_one_byte_packets(script: Script) -> None:
    flow = Flow(script)
    flow.lose(9)
    for byte in b"\x17\x17\x03\x17\x03\x03" + record(30)[3:]:
        flow.send(bytes([byte]))
    assert flow.state(TRACKING, NO_OFFLOAD)[1] == S0 + 9 + 3


@story
def scan_over_short_packets(script: Script) -> None:
    """Four bytes carried, then packets that bring fewer, as many and more than the scan carries."""
    for size in range(1, 10):
        flow = Flow(script)
        flow.lose(9)
        flow.send(b"abcd")
        sn = flow.at + 7
        data = b"\x17\x03\0\x17\x03\x03\xff" + record(30)
        for at in range(0, len(data), size):
            flow.send(data[at : at + size])
        assert flow.state(TRACKING, NO_OFFLOAD)[1] == sn


@story
def scan_ignores_the_past_and_cuts_overlap(script: Script) -> None:
    flow = Flow(script)
    flow.lose(100)
    flow.send(bytes(20) + record(40)[:2])
    flow.at -= 22
    flow.send(bytes(22))
    flow.at -= 10
    flow.send(bytes(8) + record(40))
    assert flow.state(TRACKING, NO_OFFLOAD)[1] == S0 + 120


@story
def confirmation_to_offload(script: Script) -> None:
    flow = Flow(script)
    sn = flow.lock()
    for _ in range(3):
        flow.send(record(25))
    assert flow.state(TRACKING, NO_OFFLOAD)[4] == 3
    flow.send(record(60)[:20])
    for wrong in (sn + 1, sn - 1, flow.at, 0):
        flow.confirm(wrong, 50)
        flow.state(TRACKING, NO_OFFLOAD)
    flow.confirm(sn, 50)
    flow.state(TRACKING, AUTHENTICATION)
    result = flow.send(record(60)[20:] + record(30) + record(90)[:40])
    assert (result.ks, result.checks, result.settle) == (False, 1, True)
    number = (50 + 4 + 1).to_bytes(12, "big")
    nonce = bytes(a ^ b for a, b in zip(static().iv, number, strict=True))
    assert result.slots[0].nonce == nonce
    flow.state(TRACKING, OFFLOAD)
    assert flow.send(record(90)[40:]).markable


@story
def confirmation_in_any_other_state(script: Script) -> None:
    flow = Flow(script)
    flow.confirm(0, 9)
    flow.state(START, NO_OFFLOAD)
    flow.send(record(30))
    flow.confirm(0, 9)
    flow.state(TRACKING, OFFLOAD)
    flow.lose(5)
    flow.send(bytes(30))
    flow.confirm(0, 9)
    flow.state(SEARCHING, NO_OFFLOAD)
    flow = Flow(script)
    sn = flow.lock()
    flow.confirm(sn, 9)
    flow.confirm(sn, 10)
    flow.state(TRACKING, AUTHENTICATION)


@story
def confirmation_inside_a_header(script: Script) -> None:
    """Fewer than five bytes seen: this header becomes whole; five and more: the next one."""
    for tls13 in (True, False):
        for cut in range(1, 14):
            flow = Flow(script, tls13)
            sn = flow.lock()
            flow.send(record(33)[:cut])
            flow.confirm(sn, 77)
            result = flow.send(record(33)[cut:])
            assert result.checks == (cut < 5)


@story
def authentication_fails(script: Script) -> None:
    flow = Flow(script)
    flow.confirm(flow.lock(), 50)
    result = flow.send(record(30) + record(30)[:3], ok=False)
    assert result.settle
    flow.state(SEARCHING, NO_OFFLOAD)
    flow.send(record(30)[3:])  # nothing was carried
    flow.state(SEARCHING, NO_OFFLOAD)
    assert not flow.send(record(30)).lost
    flow.state(TRACKING, NO_OFFLOAD)


@story
def authentication_waits_for_a_whole_record(script: Script) -> None:
    flow = Flow(script)
    sn = flow.lock()
    flow.send(record(60)[:20])
    flow.confirm(sn, 50)
    assert not flow.send(record(60)[20:]).settle
    assert not flow.send(record(40)[:30]).settle
    flow.state(TRACKING, AUTHENTICATION)
    flow.lose(5)
    assert not flow.send(record(40)[35:] + record(50)[:10]).settle  # torn: no record completes
    flow.state(TRACKING, AUTHENTICATION)
    assert flow.send(record(50)[10:]).settle
    flow.state(TRACKING, OFFLOAD)


@story
def authentication_lost(script: Script) -> None:
    """A gap, and a packet that completes a record but loses tracking too: no verdict counts."""
    flow = Flow(script)
    flow.confirm(flow.lock(), 50)
    flow.lose(40)
    assert flow.send(bytes(40)).lost
    flow.state(SEARCHING, NO_OFFLOAD)
    for ok in (True, False):
        flow = Flow(script)
        flow.confirm(flow.lock(), 50)
        result = flow.send(record(30) + bytes(50), ok=ok)
        assert (result.lost, result.checks, result.settle) == (True, 1, False)
        flow.state(SEARCHING, NO_OFFLOAD)


@story
def bad_tag_in_offload(script: Script) -> None:
    flow = Flow(script)
    assert flow.send(record(30), ok=False).markable
    flow.state(TRACKING, OFFLOAD)
    assert flow.send(record(30)).markable


@story
def back_to_offload(script: Script) -> None:
    flow = Flow(script)
    flow.offload_again()
    assert flow.send(record(30)).markable


@story
def candidate_nobody_confirms(script: Script) -> None:
    """At RelockRecords back to SEARCHING, one byte behind the header, without a code."""
    flow = Flow(script)
    flow.lock()
    for _ in range(RELOCK - 1):
        flow.send(record(25))
    assert flow.state(TRACKING, NO_OFFLOAD)[4] == RELOCK - 1
    result = flow.send(record(25)[:5])
    assert not result.lost
    assert flow.state(SEARCHING, NO_OFFLOAD)[4] == RELOCK - 1
    sn = flow.at + 25
    flow.send(record(25)[5:] + record(40))
    assert flow.state(TRACKING, NO_OFFLOAD)[1::3] == (sn, 0)


@story
def refuted_candidate(script: Script) -> None:
    """A false header in the payload locks the scan until its chain breaks; that is a loss again."""
    flow = Flow(script)
    flow.lose(100)
    false = flow.at + 10
    assert flow.send(bytes(10) + record(20)[:5] + bytes(60)).lost
    sn = flow.at
    assert not flow.send(record(40)).lost
    assert flow.state(TRACKING, NO_OFFLOAD)[1] == sn
    assert false != sn


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
