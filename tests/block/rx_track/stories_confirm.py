# SPDX-License-Identifier: BSD-2-Clause
"""Stories of the way back: candidate, confirmation, authentication, offload."""

from __future__ import annotations

from tests.block.rx_track.reference import (
    AUTHENTICATION,
    NO_OFFLOAD,
    OFFLOAD,
    SEARCHING,
    START,
    TRACKING,
)
from tests.block.rx_track.script import Script
from tests.block.rx_track.story_kit import RELOCK, Chapter, Flow, record, static

story = Chapter()


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
