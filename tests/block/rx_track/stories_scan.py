# SPDX-License-Identifier: BSD-2-Clause
"""Stories of the scan: a header is looked for, cut, in the padding, behind a refuted one."""

from __future__ import annotations

from tests.block.rx_track.reference import NO_OFFLOAD, SEARCHING, TRACKING
from tests.block.rx_track.script import Script
from tests.block.rx_track.story_kit import S0, Chapter, Flow, record

story = Chapter()


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
