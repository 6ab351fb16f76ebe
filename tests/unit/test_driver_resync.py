# SPDX-License-Identifier: BSD-2-Clause
"""Reports, requests and confirmations of a tag against a scripted NIC: scenarios F."""

from __future__ import annotations

from errno import ENOMEM, ENXIO

import pytest

from sw_model.driver.tls_rx import TagState, TlsRxTag
from sw_model.nic import layout as lo
from sw_model.nic.layout import AuthState, TrackState
from sw_model.rng import stream
from tests.unit.driver_kit import MS, S, Script, conn, locked


def reported(s: Script) -> TlsRxTag:
    """Scenario 61: records 2, 3, 4 were reported, one request is under way."""
    tag = s.ready(conn())
    s.log.clear()
    for sn, rcd in ((0x1080A, 7), (0x10C0F, 8), (0x11014, 9)):
        assert tag.modify(sn, 1029, rcd) == 0
    assert tag.table.entries() == [(1029, 3)]
    assert tag.table.next == 0x11419
    assert s.ops == ["GET_PSV"]
    return tag


def test_62_end_call_empties_the_table() -> None:
    s = Script()
    tag = reported(s)
    assert tag.modify(0x1181E, 0, 10) == 0
    assert not tag.table.active
    s.answer(psv=locked(0x10C0F))
    assert s.ops == ["GET_PSV"]  # scenario 70: nothing to confirm


def test_63_confirmation_changes_only_position_and_number() -> None:
    s = Script()
    tag = reported(s)
    before = tag.static
    s.answer(psv=locked(0x10C0F))
    assert s.ops == ["GET_PSV", "SET_STATIC"]
    static = lo.StaticParams.parse(s.log[1].payload)
    assert (static.resync_tcp_sn, static.initial_record_number) == (0x10C0F, 8)
    assert before is not None
    assert (static.iv[:4], static.dek_index, static.tls13) == (before.iv, before.dek_index, False)
    assert (tag.refcount, tag.resync_pending) == (2, False)
    s.answer()
    assert tag.refcount == 1


@pytest.mark.parametrize(
    ("track", "auth"),
    [
        (TrackState.START, AuthState.NO_OFFLOAD),
        (TrackState.SEARCHING, AuthState.NO_OFFLOAD),
        (TrackState.TRACKING, AuthState.OFFLOAD),
        (TrackState.TRACKING, AuthState.AUTHENTICATION),
    ],
)
def test_64_65_other_answers_write_nothing(track: TrackState, auth: AuthState) -> None:
    s = Script()
    tag = reported(s)
    s.answer(psv=lo.ProgressParams(0, 0, 0x10C0F, track, auth))
    assert s.ops == ["GET_PSV"]
    assert not tag.resync_pending
    s.run(10 * S)
    assert s.ops == ["GET_PSV"]  # no retry of its own
    tag.modify(0x11419, 1029, 10)
    assert s.ops == ["GET_PSV", "GET_PSV"]


def test_reserved_state_in_an_answer_writes_nothing() -> None:
    s = Script()
    tag = reported(s)
    cmd = lo.Command.parse(s.sent.pop())
    psv = locked(0x10C0F).pack()[:12] + b"\xf0" + bytes(3)
    s.ifp.completion(lo.Completion(cmd.opcode, 0, cmd.tag, cmd.index, 0, 0, psv).pack())
    assert (s.ops, tag.resync_pending) == (["GET_PSV"], False)


@pytest.mark.parametrize("sn", [0x10C10, 0x10405, 0x11419, 0x20000])
def test_66_unknown_positions_are_not_confirmed(sn: int) -> None:
    s = Script()
    tag = reported(s)
    s.answer(psv=locked(sn))
    assert s.ops == ["GET_PSV"]
    tag.modify(0x11419, 1029, 10)
    s.answer(psv=locked(0x11419))
    assert s.ops == ["GET_PSV", "GET_PSV", "SET_STATIC"]
    assert lo.StaticParams.parse(s.log[2].payload).initial_record_number == 10


def test_67_one_request_for_ten_reports() -> None:
    s = Script()
    tag = s.ready(conn())
    s.log.clear()
    for k in range(10):
        tag.modify(0x1080A + 1029 * k, 1029, 7 + k)
    assert (s.ops, s.ifp.stats.rx_resync_ok) == (["GET_PSV"], 1)
    s.answer(psv=locked(0x1080A + 1029 * 9))
    assert lo.StaticParams.parse(s.log[1].payload).initial_record_number == 16
    tag.modify(0x1080A + 1029 * 10, 1029, 17)
    assert s.ifp.stats.rx_resync_ok == 2


def test_68_queue_full_on_a_report() -> None:
    s = Script()
    tag = s.ready(conn())
    room, s.ifp.iq.blocks = s.ifp.iq.blocks, 0
    assert tag.modify(0x1080A, 1029, 7) == ENOMEM
    assert (s.ifp.stats.rx_resync_err, s.ifp.stats.rx_resync_ok) == (1, 0)
    assert (tag.resync_pending, tag.refcount, tag.table.find(0x1080A)) == (False, 1, 7)
    s.ifp.iq.blocks = room
    assert tag.modify(0x10C0F, 1029, 8) == 0
    assert s.ifp.stats.rx_resync_ok == 1


def test_69_queue_full_on_the_confirmation() -> None:
    s = Script()
    tag = reported(s)
    s.ifp.iq.blocks = 0
    s.answer(psv=locked(0x10C0F))
    assert (s.ops, s.ifp.stats.rx_error, tag.refcount) == (["GET_PSV"], 1, 1)
    s.ifp.iq.blocks = 1024
    tag.modify(0x11419, 1029, 10)
    s.answer(psv=locked(0x10C0F))
    assert s.ops == ["GET_PSV", "GET_PSV", "SET_STATIC"]


def test_80_end_call_on_an_inactive_table() -> None:
    s = Script()
    tag = s.ready(conn())
    s.log.clear()
    assert tag.modify(0x11419, 0, 10) == 0
    assert s.ops == []


def test_81_quiet_peer_means_no_requests() -> None:
    s = Script()
    tag = s.ready(conn())
    s.log.clear()
    tag.modify(0x1080A, 1029, 7)
    s.answer(psv=lo.ProgressParams(track=TrackState.SEARCHING))
    s.run(10 * S)
    assert s.ops == ["GET_PSV"]


def test_82_dead_device() -> None:
    s = Script()
    tag = s.ready(conn())
    s.log.clear()
    s.ifp.tls_rx.enter_internal_error()
    assert tag.modify(0x1080A, 1029, 7) == ENXIO
    assert s.ops == []
    tag.free()
    s.run()
    s.nothing_left()


@pytest.mark.parametrize("block", range(10))
def test_83_report_free_and_completion_in_random_order(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        rng = stream(seed, "race")
        s = Script()
        tag = s.ready(conn())
        s.log.clear()
        k = 0
        while not tag.closing or s.sent or not s.ifp.tls_rx.work.idle:
            if not tag.closing and rng.random() < 0.5:
                tag.modify(0x1080A + 1029 * k, rng.choice((1029, 1029, 1029, 0)), 7 + k)
                k += 1
            elif not tag.closing and rng.random() < 0.15:
                tag.free()
            elif s.sent and rng.random() < 0.7:
                s.answer(psv=locked(0x1080A + 1029 * rng.randrange(k + 1)))
            else:
                s.run(rng.choice((0, MS)))
            outstanding = [lo.Command.parse(c).opcode for c in s.sent]
            assert outstanding.count(lo.Op.GET_PSV) <= 1
            tag.check()
            s.ifp.iq.check()
        assert s.ops[-3:] == ["DEL_RULE", "DESTROY_KEY", "DESTROY_CTX"]
        assert (tag.state, tag.refcount) == (TagState.FREED, 0)
        s.nothing_left()
