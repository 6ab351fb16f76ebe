# SPDX-License-Identifier: BSD-2-Clause
"""Contexts, keys and rules of the golden NIC, and what it answers and tells of a packet."""

from __future__ import annotations

import pytest

from sw_model.crypto.keys import TrafficKeys
from sw_model.nic import layout as lo
from tests.unit.nic_kit import KEYS12, D, Flow, N, R, Rig, X


def keys_of(key: bytes) -> TrafficKeys:
    return TrafficKeys("1.2", key, KEYS12.iv)


def test_16_old_key_is_gone_before_the_tuple_comes_back() -> None:
    old = Flow().records(2)
    rig = Rig().program(old)
    rig.send_records(old, 0, 1)
    rig.do(lo.del_rule(3, old.rule()))
    rig.do(lo.destroy_key(4))
    rig.do(lo.destroy_ctx(3))
    assert rig.nic.key(4) is None
    assert rig.psv() == lo.ProgressParams(3)
    new = Flow(keys=keys_of(b"k" * 16)).records(3)
    assert rig.send_records(new, 0, 1) == [N]
    rig.program(new, number=new.first + 1, next_record_tcp_sn=new.s(1))
    assert rig.send_records(new, 1, 3) == [D, D]


def test_15_two_flows_do_not_touch_each_other() -> None:
    a, b = Flow().records(6), Flow(sport=444, keys=keys_of(b"b" * 32)).records(6)
    rig = Rig().program(a, 3, 4).program(b, 0, 63)
    assert rig.send_records(a, 0, 1) + rig.send_records(b, 0, 1) == [D, D]
    assert rig.send_records(a, 2, 3) == [R]
    assert rig.send_records(b, 1, 4) == [D, D, D]


def test_rules_match_tagging_exactly() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    assert rig.send(flow, 0, 1029, vlan=100) == N
    rig.do(lo.add_rule(3, flow.rule(vid=100)))
    assert rig.send(flow, 0, 1029, vlan=100) == D
    assert rig.send(flow, 1029, 2058, vlan=101) == N
    assert rig.send(flow, 1029, 2058, vlan=0) == N
    assert rig.send(flow, 1029, 2058) == D


def status_of(rig: Rig, cmd: bytes) -> int:
    return lo.Completion.parse(rig.nic.command(cmd)).status


@pytest.mark.model_only
def test_command_errors() -> None:
    flow = Flow()
    rig = Rig(num_flows=2)
    assert status_of(rig, lo.Command(0, 0).pack()) == lo.CplStatus.BAD_CMD
    assert status_of(rig, lo.Command(9, 0).pack()) == lo.CplStatus.BAD_CMD
    assert status_of(rig, lo.Command(lo.Op.SET_PSV, 0).pack()) == lo.CplStatus.BAD_CMD
    assert status_of(rig, lo.get_psv(2)) == lo.CplStatus.BAD_INDEX
    assert status_of(rig, lo.create_key(2, bytes(16))) == lo.CplStatus.BAD_INDEX
    assert status_of(rig, lo.add_rule(0, flow.rule())) == lo.CplStatus.OK
    assert status_of(rig, lo.add_rule(1, flow.rule())) == lo.CplStatus.EXISTS
    assert status_of(rig, lo.del_rule(0, flow.rule(vid=1))) == lo.CplStatus.NOT_FOUND
    assert status_of(rig, lo.add_rule(1, flow.rule(vid=1))) == lo.CplStatus.OK
    assert status_of(rig, lo.add_rule(1, flow.rule(vid=2))) == lo.CplStatus.FULL
    assert status_of(rig, lo.del_rule(0, flow.rule())) == lo.CplStatus.OK
    assert rig.nic.commands == 11


def test_completions_and_metadata_count_the_order() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    sent = flow.frame(flow.start, flow.wire[:1029])
    _, meta = rig.nic.frame(sent)
    assert (meta.cmd_count, meta.flow_valid, meta.flow, meta.frame_len) == (4, True, 3, len(sent))
    cpl = rig.do(lo.with_tag(lo.get_psv(3), 0xBEEF))
    assert (cpl.cmd_count, cpl.frames, cpl.tag, cpl.index) == (5, 1, 0xBEEF, 3)


def test_oversize_frame_passes_without_a_look() -> None:
    flow = Flow().records(20)
    rig = Rig().program(flow)
    big = flow.frame(flow.start, flow.wire[:16384])
    got, meta = rig.nic.frame(big)
    assert (got, meta) == (big, lo.PktMeta(frame_len=0xFFFF, cmd_count=4))


def test_disabled_engine_matches_nothing() -> None:
    flow = Flow().records(1)
    rig = Rig(enable=False).program(flow)
    assert rig.send_records(flow, 0, 1) == [N]


def test_destroyed_key_never_verifies() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    rig.send(flow, 0, 500)
    rig.do(lo.destroy_key(4))
    sent = flow.frame(flow.seq(500), flow.wire[500:1029])
    got, meta = rig.nic.frame(sent)
    assert (got, meta.tls_status) == (sent, X)
