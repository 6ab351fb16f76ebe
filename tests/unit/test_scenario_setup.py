# SPDX-License-Identifier: BSD-2-Clause
"""Whole stories of set-up and close: sender, NIC, driver, kernel and user.

They run on the RTL as well. Marks, one a packet: D decrypted, - not, R tracking was lost
here, X a tag failed here.
"""

from __future__ import annotations

import pytest

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.crypto.keys import TrafficKeys
from sw_model.driver.tls_rx import TagState
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, TCP_TLS_MODE_SW
from sw_model.nic import layout as lo
from tests import nic_under_test
from tests.unit.kernel_bench import DPORT, HOST, PEER
from tests.unit.loop_kit import ROUND, US, Host, Loop, offloaded


def test_1_set_up_and_first_packet() -> None:
    c, (rec,) = offloaded(1)
    assert (c.done, c.so.mode(), c.counter("ifnet.gcm")) == ([0], TCP_TLS_MODE_IFNET, 1)
    assert c.host.ops == ["CREATE_KEY", "SET_STATIC", "SET_PSV", "ADD_RULE"]
    static = lo.StaticParams.parse(c.host.commands[1].payload)
    assert (static.initial_record_number, static.resync_tcp_sn) == (5, 0)
    psv = lo.ProgressParams.parse(c.host.commands[2].payload)
    assert psv == lo.ProgressParams(psv.context, next_record_tcp_sn=0x10000)
    c.arrive(rec)
    c.run()
    assert (c.marks, c.calls) == ("D", [])
    c.user_ok(rec)
    c.finish()


def test_6_device_full_and_room_again() -> None:
    host = Host(max_resources=2)
    first, second, third = (Loop(host, sport=443 + i) for i in range(3))
    modes = [c.so.mode() for c in (first, second, third)]
    assert modes == [TCP_TLS_MODE_IFNET, TCP_TLS_MODE_IFNET, TCP_TLS_MODE_SW]
    assert host.ifp.tls_rx.num_resources == 2
    rec = third.record()
    third.arrive(rec)
    third.run()
    assert third.marks == "-"
    third.user_ok(rec)
    first.close()
    fourth = Loop(host, sport=450)
    assert (fourth.so.mode(), host.ifp.tls_rx.num_resources) == (TCP_TLS_MODE_IFNET, 2)
    for c in (second, third, fourth):
        c.close()
    host.nothing_left()


def test_8_rule_refused_and_the_connection_works() -> None:
    """The rule is there already: the driver's ADD_RULE is answered with an error."""
    nic = nic_under_test.current.nic()
    nic.command(lo.add_rule(60, lo.FlowRule.of(PEER[4], HOST[4], 443, DPORT, None)))
    c = Loop(Host(nic=nic))
    assert (c.so.mode(), c.host.ifp.stats.rx_error) == (TCP_TLS_MODE_SW, 1)
    assert c.host.ops[3:] == ["ADD_RULE", "DESTROY_KEY", "DESTROY_CTX"]
    c.host.nothing_left()
    rec = c.record()
    c.arrive(rec)
    c.run()
    assert c.marks == "-"
    c.user_ok(rec)


def test_13_packets_before_the_rule() -> None:
    c = Loop(Host(), enable=False)
    recs = [c.record() for _ in range(8)]
    c.host.hold[lo.Op.ADD_RULE] = 20 * US
    assert c.enable() == 0
    c.run(10 * US)  # the pair was read, the rule is on its way
    assert (c.done, c.host.ops[-1]) == ([], "ADD_RULE")
    c.arrive(*recs[:2])
    c.run()
    assert (c.done, c.marks) == ([0], "--")
    c.arrive(*recs[2:], gap=ROUND)
    c.run()
    assert c.marks == "--R-DDDD"
    c.confirmed(recs[2])
    reported = [(c.s(r), 1029, r.number) for r in recs[2:4]]  # before, there was no tag
    assert c.calls == [*reported, (c.s(recs[5]), 0, recs[4].number)]
    c.user_ok(*recs)
    c.finish()


def test_14_close_while_a_request_is_outstanding() -> None:
    c, recs = offloaded(4)
    c.host.hold[lo.Op.GET_PSV] = 50 * US
    c.arrive(recs[0], recs[2], recs[1])
    c.run(10 * US)
    assert c.host.ops[4:] == ["GET_PSV"]
    tag = c.sb.sb_tls_info.snd_tag
    c.so.abort()
    c.host.run(10 * US)
    assert (tag.state, tag.closing) == (TagState.READY, True)
    c.host.run(300 * US)
    assert c.host.ops[4:] == ["GET_PSV", "DEL_RULE", "DESTROY_KEY", "DESTROY_CTX"]
    assert c.host.confirmations == []
    c.host.nothing_left()


def test_15_loss_on_one_connection() -> None:
    """Same addresses, another source port, another key: nothing of the first one's loss shows."""
    host = Host()
    a, b = Loop(host), Loop(host, sport=444, key=bytes(range(16, 48)))
    of_a, of_b = ([c.record() for _ in range(6)] for c in (a, b))
    for k in (0, 2, 3, 1, 4, 5):
        a.arrive(of_a[k])
        b.arrive(of_b[len(b.marks)], gap=ROUND)
    a.run()
    assert (a.marks[:4], b.marks) == ("DR--", "D" * 6)
    table = b.sb.sb_tls_info.snd_tag.table
    assert (table.active, table.pc, table.cc) == (False, 0, 0)
    a.confirmed(of_a[2])
    a.user_ok(*of_a)
    b.user_ok(*of_b)
    for mine, other in ((a, b), (b, a)):
        keys = TrafficKeys("1.2", other.key, other.iv)
        with pytest.raises(RecordError, match="tag"):
            open_record(keys, 5, bytes(mine.wire[:1029]))
    a.close()
    b.finish()


@pytest.mark.parametrize("tagged", [True, False])
def test_96_rule_and_packets_differ_in_their_tag(tagged: bool) -> None:
    """All through software; at most one request a record, none confirmed."""
    host = Host()
    vlan = VlanIfnet(host.ifp, 7)
    host.stack.attach_vlan(vlan)
    c = Loop(host, enable=False)
    assert c.so.inp is not None
    if not tagged:
        c.so.inp.ro_nh = vlan
    assert c.enable() == 0
    c.run()
    assert lo.FlowRule.parse(host.commands[3].payload).vlan != tagged
    recs = [c.record() for _ in range(6)]
    c.arrive(*recs, gap=ROUND, vlan=7 if tagged else None)
    c.run()
    assert c.marks == "-" * 6
    assert host.ops.count("GET_PSV") <= 6
    assert host.confirmations == []
    c.user_ok(*recs)
    c.finish()
