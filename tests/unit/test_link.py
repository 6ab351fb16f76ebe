# SPDX-License-Identifier: BSD-2-Clause
"""link/: each impairment does what it says, and only that."""

from __future__ import annotations

import pytest

from sw_model.link.config import LinkConfig, build_link
from sw_model.link.impairments import (
    Corrupt,
    Delay,
    Duplicate,
    Loss,
    Reorder,
    Script,
    fix_tcp_checksum,
)
from sw_model.link.stage import Link, Stage
from sw_model.link.tap import PcapTap
from sw_model.loop import EventLoop
from sw_model.rng import stream
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import TcpSegment
from tests.unit.net import A_IP, A_MAC, B_IP, B_MAC


def frames(count: int, size: int = 100) -> list[bytes]:
    return [
        build_tcp_frame(A_MAC, B_MAC, A_IP, B_IP, TcpSegment(1, 2, SeqNum(i), payload=bytes(size)))
        for i in range(count)
    ]


def through(stage: Stage, sent: list[bytes], loop: EventLoop | None = None) -> list[bytes]:
    got: list[bytes] = []
    stage.deliver = got.append
    for frame in sent:
        stage.send(frame)
    if loop is not None:
        loop.run_until(10**12)
    return got


def test_delay_and_rate() -> None:
    loop, times = EventLoop(), []
    link = Delay(loop, 1000, 10**9)
    link.deliver = lambda frame: times.append(loop.now)
    for size in (76, 976, 76):
        link.send(bytes(size))
    loop.run_until(10**9)
    assert times == [1000 + 800, 1000 + 800 + 8000, 1000 + 800 + 8000 + 800]


def test_loss_and_duplicate_rates() -> None:
    sent = frames(4000)
    loss = Loss(stream(1, "x"), 0.1)
    got = through(loss, sent)
    assert len(got) == 4000 - loss.hits
    assert 320 < loss.hits < 480
    dup = Duplicate(stream(1, "x"), 0.1)
    got = through(dup, sent)
    assert len(got) == 4000 + dup.hits
    assert 320 < dup.hits < 480
    assert through(Loss(stream(1, "x"), 0.0), sent) == sent
    assert through(Loss(stream(1, "x"), 1.0), sent) == []


@pytest.mark.parametrize("places", [1, 2, 8])
def test_reorder_keeps_every_frame_and_its_bound(places: int) -> None:
    loop, sent = EventLoop(), frames(2000)
    stage = Reorder(loop, stream(2, "x"), 0.2, places)
    got = through(stage, sent, loop)
    assert sorted(got) == sorted(sent)
    assert got != sent
    order = [sent.index(frame) for frame in got]
    overtaken = [
        sum(later > i for later in order[max(0, at - 100) : at]) for at, i in enumerate(order)
    ]
    assert max(overtaken) == places
    assert stage.hits > 300
    assert sum(n > 0 for n in overtaken) == stage.hits


def test_reorder_lets_the_last_frame_go() -> None:
    loop = EventLoop()
    stage = Reorder(loop, stream(2, "x"), 1.0, 3, max_wait=500)
    got: list[int] = []
    stage.deliver = lambda frame: got.append(loop.now)
    stage.send(b"only")
    loop.run_until(10_000)
    assert got == [500]


@pytest.mark.parametrize("forge", [False, True])
def test_corrupt_flips_one_payload_bit(forge: bool) -> None:
    sent = frames(50)
    for before, after in zip(sent, through(Corrupt(stream(3, "x"), 1.0, forge), sent), strict=True):
        p = parse_frame(after)
        diff = int.from_bytes(parse_frame(before).payload, "big") ^ int.from_bytes(p.payload, "big")
        assert diff.bit_count() == 1
        assert p.l4_ok == forge
        assert p.l3_ok
        assert before[: p.l4_off + 16] == after[: p.l4_off + 16]
    no_payload = frames(3, 0)
    assert through(Corrupt(stream(3, "x"), 1.0), no_payload) == no_payload


def test_fix_checksum_keeps_good_and_foreign_frames() -> None:
    good = frames(1)[0]
    assert fix_tcp_checksum(good) == good
    assert fix_tcp_checksum(b"arp") == b"arp"


def test_script_and_tap() -> None:
    loop, sent, packets = EventLoop(), frames(6), []
    tap = PcapTap(loop, packets, 1, comment=lambda f: f"{len(f)} bytes")
    link = Link([Script.drop({1, 4}), tap, Script(lambda i, f: (f, f) if i == 0 else (f,))])
    got = through(link, sent)
    assert got == [sent[0], sent[0], sent[2], sent[3], sent[5]]
    assert [p.data for p in packets] == [sent[0], sent[2], sent[3], sent[5]]
    assert packets[0].interface == 1
    assert packets[0].comments == ("154 bytes",)
    tap.record(b"beside", "note", "")
    assert packets[-1].comments == ("note",)


def test_config_builds_only_what_is_needed_and_streams_are_apart() -> None:
    loop = EventLoop()
    assert len(build_link(LinkConfig(), loop, 1, "l").stages) == 1
    sent = frames(500)

    def lost(config: LinkConfig) -> set[bytes]:
        loop = EventLoop()
        return set(sent) - set(through(build_link(config, loop, 5, "l"), sent, loop))

    alone = lost(LinkConfig(loss=0.1))
    assert alone
    assert alone == lost(LinkConfig(loss=0.1, reorder=0.3, duplicate=0.2))
    assert alone != set(sent) - set(
        through(build_link(LinkConfig(loss=0.1), loop, 6, "l"), sent, loop)
    )


@pytest.mark.parametrize(
    "bad", [{"loss": 1.5}, {"corrupt": -0.1}, {"reorder_places": 0}, {"delay_ns": -1}]
)
def test_config_is_checked(bad: dict) -> None:
    with pytest.raises(ValueError, match=r"probability|at least|negative"):
        LinkConfig(**bad)


def test_link_without_stages() -> None:
    got: list[bytes] = []
    Link([], got.append).send(b"x")
    assert got == [b"x"]
