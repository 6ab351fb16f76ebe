# SPDX-License-Identifier: BSD-2-Clause
"""Life cycle of a tag against a scripted NIC: scenarios A, property 107."""

from __future__ import annotations

from errno import EINVAL, ENOMEM, EOPNOTSUPP, EPROTONOSUPPORT
from ipaddress import ip_address
from typing import Any

import pytest

from sw_model.driver.faults import DriverFaults
from sw_model.driver.tls_rx import TagState
from sw_model.driver.tls_rx_alloc import flow_rule
from sw_model.kernel.if_snd_tag import TlsRxAllocParams
from sw_model.nic import layout as lo
from tests.unit.driver_kit import SET_UP, Conn, FakeSession, S, Script, conn, locked

# ---- A: set-up and tear-down ----


def test_1_set_up_writes_in_order_with_the_start_as_progress() -> None:
    s, c = Script(), conn()
    tag = s.ready(c)
    assert s.ops == SET_UP
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
    assert s.ops == SET_UP[:1]
    s.answer()
    assert s.ops == SET_UP[:3]
    s.answer()
    s.run(5 * S)
    assert s.ops == SET_UP[:3]
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
    s.nothing_left()


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
    s.nothing_left()


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
    s.nothing_left()


def test_8_rule_refused() -> None:
    s, c = Script(), conn()
    s.alloc(c)
    s.run()
    for status in (0, 0, 0, lo.CplStatus.FULL):
        s.answer(status)
    s.settle()
    assert (c.errno, s.ifp.stats.rx_error) == (ENOMEM, 1)
    assert s.ops == [*SET_UP, "DESTROY_KEY", "DESTROY_CTX"]
    s.nothing_left()


def test_key_refused() -> None:
    s, c = Script(), conn()
    s.alloc(c)
    s.run()
    s.answer(lo.CplStatus.BAD_INDEX)
    s.settle()
    assert (c.errno, s.ifp.stats.rx_error) == (ENOMEM, 1)
    assert s.ops == ["CREATE_KEY", "DESTROY_CTX"]
    s.nothing_left()


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
    s.nothing_left()


def test_14_close_while_a_request_is_outstanding() -> None:
    s, c = Script(), conn()
    tag = s.ready(c)
    assert tag.modify(0x1080A, 1029, 7) == 0
    tag.free()
    s.run(S)
    assert tag.state == TagState.READY
    assert s.ops == [*SET_UP, "GET_PSV"]
    s.answer(psv=locked(0x1080A))
    assert tag.state == TagState.RELEASE
    s.settle()
    assert s.ops == [*SET_UP, "GET_PSV", "DEL_RULE", "DESTROY_KEY", "DESTROY_CTX"]
    assert tag.state == TagState.FREED
    tag.check()
    s.nothing_left()


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
    s.nothing_left()


def test_v1_programming_is_a_switch() -> None:
    s, c = Script(faults=DriverFaults(v1_programming=True)), conn()
    s.ready(c)
    assert lo.StaticParams.parse(s.log[1].payload).resync_tcp_sn == 0x10000
    assert lo.ProgressParams.parse(s.log[2].payload).next_record_tcp_sn == 0


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
