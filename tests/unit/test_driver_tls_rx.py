# SPDX-License-Identifier: BSD-2-Clause
"""Tag life cycle against a scripted NIC: scenarios A and F of the kernel facts, property 107."""

from __future__ import annotations

from errno import EINVAL, ENOMEM, ENXIO, EOPNOTSUPP, EPROTONOSUPPORT
from ipaddress import ip_address
from typing import Any

import pytest

from sw_model.driver.faults import DriverFaults
from sw_model.driver.tls_rx import TagState, TlsRxTag
from sw_model.driver.tls_rx_alloc import flow_rule
from sw_model.kernel.if_snd_tag import TlsRxAllocParams
from sw_model.nic import layout as lo
from sw_model.nic.layout import AuthState, TrackState
from sw_model.rng import stream
from tests.unit.driver_kit import MS, Conn, FakeSession, S, Script
from tests.unit.nic_kit import Flow

SETUP = ["CREATE_KEY", "SET_STATIC", "SET_PSV", "ADD_RULE"]


def conn() -> Conn:
    return Conn(Flow().records(20))


def locked(sn: int) -> lo.ProgressParams:
    return lo.ProgressParams(0, 0, sn, TrackState.TRACKING, AuthState.NO_OFFLOAD, 0)


def nothing_left(s: Script) -> None:
    """Property 107, as far as the driver knows."""
    dev = s.ifp.tls_rx
    assert (dev.num_resources, dev.tags, dev.contexts.used, dev.keys.used) == (0, 0, 0, 0)
    assert (s.ifp.iq.outstanding, s.ifp.iq.used) == (0, 0)
    assert dev.work.idle


# ---- A: set-up and tear-down ----


def test_1_set_up_writes_in_order_with_the_start_as_progress() -> None:
    s, c = Script(), conn()
    tag = s.ready(c)
    assert s.ops == SETUP
    static = lo.StaticParams.parse(s.log[1].payload)
    assert (static.initial_record_number, static.resync_tcp_sn) == (5, 0)
    assert static.iv[:4] == c.flow.keys.iv
    assert static.dek_index == s.log[0].index
    psv = lo.ProgressParams.parse(s.log[2].payload)
    assert psv == lo.ProgressParams(s.log[2].index, next_record_tcp_sn=0x10000)
    assert lo.FlowRule.parse(s.log[3].payload) == c.flow.rule()
    assert (tag.state, tag.refcount, s.ifp.tls_rx.num_resources) == (TagState.READY, 1, 1)
    tag.check()


def test_progress_is_waited_for_but_static_is_not() -> None:
    s, c = Script(), conn()
    s.alloc(c)
    s.run()
    assert s.ops == SETUP[:1]
    s.answer()
    assert s.ops == SETUP[:3]
    s.answer()
    s.run(5 * S)
    assert s.ops == SETUP[:3]
    assert c.errno is None


@pytest.mark.parametrize(
    ("params", "errno"),
    [
        ({"flowtype": 0}, EOPNOTSUPP),
        ({"session": FakeSession(version="1.1")}, EPROTONOSUPPORT),
        ({"session": FakeSession(cipher="chacha20-poly1305")}, EPROTONOSUPPORT),
        ({"session": FakeSession(key=bytes(24))}, EINVAL),
        ({"session": FakeSession(iv=bytes(8))}, EINVAL),
    ],
)
def test_refused_before_any_hardware_access(params: dict[str, Any], errno: int) -> None:
    s, c = Script(), conn()
    s.alloc(c, **params)
    assert (c.errno, c.tag) == (errno, None)
    assert s.log == []
    nothing_left(s)


def test_order_of_refusals() -> None:
    """A dead device answers before the memory check, that before the counter, that before keys."""
    s = Script(max_resources=1)
    dev = s.ifp.tls_rx
    bad = FakeSession(version="1.1")
    dev.internal_error, dev.tag_memory = True, 0
    dev.num_resources = 1
    for change, errno in (
        ({"internal_error": False}, EOPNOTSUPP),
        ({"tag_memory": None}, ENOMEM),
        ({"num_resources": 0}, ENOMEM),
        ({"suites": frozenset()}, EPROTONOSUPPORT),
        ({}, EPROTONOSUPPORT),
    ):
        c = conn()
        s.alloc(c, session=bad if errno != EPROTONOSUPPORT or change else FakeSession())
        assert c.errno == errno
        for name, value in change.items():
            setattr(dev, name, value)
    assert dev.stats.rx_error == 0


def test_missing_pcb_or_failing_sequence_is_einval() -> None:
    s, c = Script(), conn()
    c.sequence_errno = 54
    s.alloc(c)
    assert c.errno == EINVAL
    got = []
    none = TlsRxAllocParams(None, FakeSession(), 0, 2)
    s.ifp.snd_tag_alloc(none, lambda e, t: got.append((e, t)))
    assert got == [(EINVAL, None)]
    nothing_left(s)


def test_6_device_full_and_room_again() -> None:
    s = Script(max_resources=2)
    conns = [conn(), conn(), conn()]
    tags = [s.ready(c) for c in conns[:2]]
    s.alloc(conns[2])
    assert (conns[2].errno, s.ifp.tls_rx.num_resources) == (ENOMEM, 2)
    tags[0].free()
    s.settle()
    assert tags[0].state == TagState.FREED
    again = conn()
    s.ready(again)
    assert s.ifp.tls_rx.num_resources == 2


def test_7_no_room_for_the_static_parameters() -> None:
    s, c = Script(iq_blocks=32), conn()
    s.ifp.iq.blocks = 31
    s.alloc(c)
    s.settle()
    assert (c.errno, c.tag, s.ifp.stats.rx_error) == (ENOMEM, None, 1)
    assert s.ops == ["CREATE_KEY", "DESTROY_KEY", "DESTROY_CTX"]
    nothing_left(s)


def test_8_rule_refused() -> None:
    s, c = Script(), conn()
    s.alloc(c)
    s.run()
    for status in (0, 0, 0, lo.CplStatus.FULL):
        s.answer(status)
    s.settle()
    assert (c.errno, s.ifp.stats.rx_error) == (ENOMEM, 1)
    assert s.ops == [*SETUP, "DESTROY_KEY", "DESTROY_CTX"]
    nothing_left(s)


def test_key_refused() -> None:
    s, c = Script(), conn()
    s.alloc(c)
    s.run()
    s.answer(lo.CplStatus.BAD_INDEX)
    s.settle()
    assert (c.errno, s.ifp.stats.rx_error) == (ENOMEM, 1)
    assert s.ops == ["CREATE_KEY", "DESTROY_CTX"]
    nothing_left(s)


def test_10_device_never_answers_the_progress_write() -> None:
    s, c = Script(), conn()
    s.alloc(c)
    s.run()
    s.answer()
    s.run(30 * S)
    assert c.errno is None
    s.ifp.tls_rx.enter_internal_error()
    s.run(1 * S)
    assert (c.errno, s.ifp.stats.rx_error) == (ENOMEM, 1)
    s.ifp.iq.stop()  # the driver is detached: references of outstanding entries come back
    s.run()
    nothing_left(s)


def test_14_close_while_a_request_is_outstanding() -> None:
    s, c = Script(), conn()
    tag = s.ready(c)
    assert tag.modify(0x1080A, 1029, 7) == 0
    tag.free()
    s.run(S)
    assert tag.state == TagState.READY
    assert s.ops == [*SETUP, "GET_PSV"]
    s.answer(psv=locked(0x1080A))
    assert tag.state == TagState.RELEASE
    s.settle()
    assert s.ops == [*SETUP, "GET_PSV", "DEL_RULE", "DESTROY_KEY", "DESTROY_CTX"]
    assert tag.state == TagState.FREED
    tag.check()
    nothing_left(s)


def test_tear_down_of_the_queue_returns_every_reference() -> None:
    s, c = Script(), conn()
    tag = s.ready(c)
    tag.modify(0x1080A, 1029, 7)
    assert tag.refcount == 2
    s.ifp.iq.stop()
    assert (tag.refcount, tag.resync_pending) == (1, False)
    assert tag.modify(0x1080A, 1029, 7) == ENOMEM
    tag.free()
    s.run()
    nothing_left(s)


def test_v1_programming_is_a_switch() -> None:
    s, c = Script(faults=DriverFaults(v1_programming=True)), conn()
    s.ready(c)
    assert lo.StaticParams.parse(s.log[1].payload).resync_tcp_sn == 0x10000
    assert lo.ProgressParams.parse(s.log[2].payload).next_record_tcp_sn == 0


# ---- flow rules ----


def rule_of(c: Conn, vlan_id: int = 0, pcp: int | None = None) -> lo.FlowRule:
    rule = flow_rule(c, vlan_id, pcp)
    assert rule is not None
    return rule


def test_97_98_rules() -> None:
    c = conn()
    assert (rule_of(c).vlan, rule_of(c).vid) == (False, 0)
    assert (rule_of(c, 100).vlan, rule_of(c, 100).vid) == (True, 100)
    assert (rule_of(c, 0, pcp=3).vlan, rule_of(c, 0, pcp=3).vid) == (True, 0)
    c.vflag = 6
    c.flow.src, c.flow.dst = ip_address("::ffff:192.0.2.1"), ip_address("::ffff:198.51.100.2")
    assert not rule_of(c).ipv6
    assert rule_of(c).src == int(ip_address("192.0.2.1"))
    c.flow.src, c.flow.dst = ip_address("2001:db8::1"), ip_address("2001:db8::2")
    assert rule_of(c).ipv6
    c.vflag = 0
    assert flow_rule(c, 0, None) is None


# ---- F: table and resync ----


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
    nothing_left(s)


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
        nothing_left(s)


def test_double_free_is_a_bug() -> None:
    s = Script()
    tag = s.ready(conn())
    tag.free()
    with pytest.raises(RuntimeError, match="twice"):
        tag.free()


def test_numbers_are_reused_only_after_the_context_is_gone() -> None:
    s = Script(max_resources=1)
    tag = s.ready(conn())
    tag.free()
    s.run()
    for op in ("DEL_RULE", "DESTROY_KEY", "DESTROY_CTX"):
        late = conn()
        s.alloc(late)
        assert late.errno == ENOMEM
        assert lo.Op(s.answer().opcode).name == op
    s.ready(conn())
