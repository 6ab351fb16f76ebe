# SPDX-License-Identifier: BSD-2-Clause
"""snd_tag_status_str, the shared answer buffer, channels, statistics by name, allocation errors."""

from __future__ import annotations

from errno import EINVAL, ENOMEM, ENXIO, EOPNOTSUPP
from typing import Any

import pytest

from sw_model.driver.device import STATS_TEXT, select_channel
from sw_model.driver.tls_rx_status import snd_tag_status_str, status_text
from sw_model.nic import layout as lo
from sw_model.nic.layout import AuthState, TrackState
from tests.unit.driver_kit import MS, SET_UP, S, Script, conn

Answers = list[tuple[int, str]]


def psv(sn: int = 0, track: int = TrackState.TRACKING, auth: int = 0) -> lo.ProgressParams:
    return lo.ProgressParams(0, 0, sn, TrackState(track), AuthState(auth), 0)


def asked(s: Script, tag: Any) -> Answers:
    got: Answers = []
    snd_tag_status_str(tag, lambda errno, text: got.append((errno, text)))
    return got


# ---- snd_tag_status_str ----


@pytest.mark.parametrize(
    ("track", "auth", "result"),
    [
        (0, 0, (0, "tracker_state: start, auth_state: no_offload")),
        (1, 1, (0, "tracker_state: tracking, auth_state: offload")),
        (2, 2, (0, "tracker_state: searching, auth_state: authentication")),
        (3, 0, (EINVAL, "")),
        (0, 3, (EINVAL, "")),
    ],
)
def test_status_text(track: int, auth: int, result: tuple[int, str]) -> None:
    assert status_text(track, auth) == result


def test_status_posts_one_request_and_waits() -> None:
    s = Script()
    tag = s.ready(conn())
    s.log.clear()
    got = asked(s, tag)
    s.run(30 * S)
    assert (s.ops, got, tag.refcount) == (["GET_PSV"], [], 2)
    s.answer(psv=psv(0x10405, TrackState.SEARCHING))
    assert got == [(0, "tracker_state: searching, auth_state: no_offload")]
    s.run(5 * S)
    assert (len(got), tag.refcount) == (1, 1)


@pytest.mark.parametrize("how", ["internal_error", "pci_channel_offline"])
def test_status_of_a_device_that_dies(how: str) -> None:
    s = Script()
    tag = s.ready(conn())
    got = asked(s, tag)
    s.run(3 * S + 1)
    setattr(s.ifp.tls_rx, how, True)
    s.run(S - 2)
    assert got == []
    s.run(2)
    assert got == [(ENXIO, "")]
    assert asked(s, tag) == [(ENXIO, "")]
    s.answer(psv=psv())  # too late: nobody waits, the reference comes back
    assert (len(got), tag.refcount) == (1, 1)


def test_status_without_room() -> None:
    s = Script()
    tag = s.ready(conn())
    s.ifp.iq.blocks = 0
    assert asked(s, tag) == [(ENOMEM, "")]
    assert tag.refcount == 1


# ---- races of answers ----


def test_status_and_resync_share_the_buffer() -> None:
    """Both answers arrive before one is looked at: the first callback already sees the second.

    The position it confirms is the newer lock; the older would not have matched any more.
    """
    s = Script(iq_poll_ns=MS)
    tag = s.ready(conn())
    s.log.clear()
    tag.modify(0x1080A, 1029, 7)
    tag.modify(0x10C0F, 1029, 8)
    got = asked(s, tag)
    s.answer(psv=psv(0x1080A))
    s.answer(psv=psv(0x10C0F))
    assert (got, tag.resync_pending) == ([], True)
    s.run(2 * MS)
    assert s.ops == ["GET_PSV", "GET_PSV", "SET_STATIC"]
    assert lo.StaticParams.parse(s.log[2].payload).resync_tcp_sn == 0x10C0F
    assert got == [(0, "tracker_state: tracking, auth_state: no_offload")]


def test_a_report_between_arrival_and_callback() -> None:
    """Pending until the callback ran: no second request, and the new report can match."""
    s = Script(iq_poll_ns=MS)
    tag = s.ready(conn())
    s.log.clear()
    tag.modify(0x1080A, 1029, 7)
    s.answer(psv=psv(0x10C0F))
    tag.modify(0x10C0F, 1029, 8)
    assert s.ops == ["GET_PSV"]
    s.run(2 * MS)
    assert s.ops == ["GET_PSV", "SET_STATIC"]
    assert lo.StaticParams.parse(s.log[1].payload).initial_record_number == 8


def test_free_between_arrival_and_callback() -> None:
    s = Script(iq_poll_ns=MS)
    tag = s.ready(conn())
    s.log.clear()
    tag.modify(0x1080A, 1029, 7)
    s.answer(psv=psv(0x1080A))
    tag.free()
    assert (tag.refcount, s.ops) == (1, ["GET_PSV"])  # the request's own reference
    s.run(2 * MS)
    while s.ifp.tls_rx.tags:
        s.settle()
        s.run(2 * MS)
    assert s.ops == ["GET_PSV", "DEL_RULE", "DESTROY_KEY", "DESTROY_CTX"]


def test_tear_down_finds_an_old_answer_in_the_buffer() -> None:
    """The callback of a torn down entry takes the buffer for an answer; the queue refuses it."""
    s = Script()
    tag = s.ready(conn())
    tag.modify(0x1080A, 1029, 7)
    s.answer(psv=psv(0x1080A))
    s.answer()  # the confirmation's completion
    tag.modify(0x10C0F, 1029, 8)
    s.log.clear()
    s.ifp.iq.stop()
    assert (s.ops, tag.refcount, tag.resync_pending) == ([], 1, False)
    assert s.ifp.stats.rx_error == 1


def test_a_freed_tag_must_not_be_used() -> None:
    s = Script()
    tag = s.ready(conn())
    tag.free()
    with pytest.raises(RuntimeError, match="after it was freed"):
        tag.modify(0x1080A, 1029, 7)


# ---- channels ----


@pytest.mark.parametrize(
    ("flowid", "channels", "rss_mask", "channel"),
    [
        (0, 4, None, 0),
        (5, 4, None, 1),
        (127, 4, None, 3),
        (128, 3, None, 0),  # 128 % 128, not 128 % 3
        (130, 3, None, 2),
        (130, 3, 0xFF, 1),  # bucket 130
        (0x1FF, 4, 0x3, 3),
    ],
)
def test_select_channel(flowid: int, channels: int, rss_mask: int | None, channel: int) -> None:
    assert select_channel(flowid, channels, rss_mask) == channel


def test_each_connection_uses_the_queue_of_its_channel() -> None:
    s = Script(channels=2)
    tags = []
    for flowid in (4, 5):
        c = conn(1000 + flowid)
        s.alloc(c, flowid=flowid)
        s.settle()
        assert c.tag is not None
        tags.append(c.tag)
    assert [t.iq for t in tags] == s.ifp.iqs
    s.ifp.iqs[1].blocks = 0
    assert tags[0].modify(0x1080A, 1029, 7) == 0
    assert tags[1].modify(0x1080A, 1029, 7) == ENOMEM
    s.log.clear()
    s.answer(psv=psv(0x1080A))
    assert s.ops == ["SET_STATIC"]
    assert [q.used for q in s.ifp.iqs] == [2, 0]


def test_doorbells_wait_for_the_end_of_the_interrupt() -> None:
    """What the kernel posts while packets are handed up goes out behind the last of them."""
    s = Script()
    tag = s.ready(conn())
    s.log.clear()
    seen: list[list[str]] = []

    def stack(_: object) -> None:
        tag.modify(0x1080A, 1029, 7)
        seen.append(s.ops)

    s.ifp.if_input = stack
    s.ifp.rx_poll([])
    assert (seen, s.ops) == ([[]], ["GET_PSV"])


# ---- numbers and names ----


def test_statistics_by_name() -> None:
    s = Script()
    tag = s.ready(conn())
    tag.modify(0x1080A, 1029, 7)
    names = s.ifp.sysctl()
    assert {f"tls_rx.stats.{n}" for n in STATS_TEXT} <= set(names)
    assert names["tls_rx.stats.rx_resync_ok"] == 1
    assert names["rxstat0.decrypted_ok_packets"] == names["rxstat0.decrypted_error_packets"] == 0


# ---- allocation: who fails last ----

UNDO = ["DESTROY_KEY", "DESTROY_CTX"]


@pytest.mark.parametrize(
    ("statuses", "ops"),
    [
        ([lo.CplStatus.FULL], ["CREATE_KEY", "DESTROY_CTX"]),
        ([0, 0, lo.CplStatus.BAD_INDEX], [*SET_UP[:3], *UNDO]),
        ([0, 0, 0, lo.CplStatus.FULL], [*SET_UP, *UNDO]),
    ],
)
def test_each_step_undoes_those_before(statuses: list[int], ops: list[str]) -> None:
    s, c = Script(), conn()
    s.alloc(c)
    s.run()
    for status in statuses:
        s.answer(status)
    s.settle()
    assert (c.errno, c.tag, s.ops) == (ENOMEM, None, ops)
    assert (s.ifp.stats.rx_error, s.ifp.tls_rx.num_resources) == (1, 0)


def test_no_room_for_the_progress_parameters() -> None:
    """The static parameters took the last entry; they are in hardware when the tag gives up."""
    s, c = Script(iq_blocks=ROOM_FOR_ONE), conn()
    s.alloc(c)
    s.run()
    s.answer()
    s.settle()
    assert (c.errno, s.ops) == (ENOMEM, [*SET_UP[:2], *UNDO])
    assert s.ifp.stats.rx_error == 1


ROOM_FOR_ONE = 33


def test_no_context_number_is_like_no_key() -> None:
    s, c = Script(), conn()
    for _ in range(64):
        s.ifp.tls_rx.contexts.take()
    s.alloc(c)
    s.settle()
    assert (c.errno, s.ops, s.ifp.stats.rx_error) == (ENOMEM, [], 1)
    assert (s.ifp.tls_rx.num_resources, s.ifp.tls_rx.keys.used) == (0, 0)


@pytest.mark.parametrize("how", ["internal_error", "pci_channel_offline"])
def test_dead_device(how: str) -> None:
    s, c = Script(), conn()
    tag = s.ready(conn(99))
    setattr(s.ifp.tls_rx, how, True)
    s.alloc(c)
    assert (c.errno, tag.modify(0x1080A, 1029, 7)) == (EOPNOTSUPP, ENXIO)
