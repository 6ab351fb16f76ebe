# SPDX-License-Identifier: BSD-2-Clause
"""Scenarios as whole stories: sender, NIC, driver, kernel and user. They run on the RTL as well.

Marks, one a packet: D decrypted, - not, R tracking was lost here, X a tag failed here.
"""

from __future__ import annotations

from dataclasses import replace
from errno import EBADMSG
from typing import Any

import pytest

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.crypto.keys import TrafficKeys
from sw_model.driver.faults import DriverFaults
from sw_model.driver.tls_rx import TagState
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, TCP_TLS_MODE_SW
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.nic import layout as lo
from tests import nic_under_test
from tests.unit.kernel_bench import DPORT, HOST, PEER, Record
from tests.unit.loop_kit import ROUND, US, Host, Loop


def loop(
    count: int, size: int = 1000, version: str = "1.2", **host: Any
) -> tuple[Loop, list[Record]]:
    """An offloaded connection and the records of its stream."""
    c = Loop(Host(**host), version)
    return c, [c.record(size) for _ in range(count)]


def finish(c: Loop) -> None:
    """Close, and look for what was forgotten."""
    c.close()
    c.host.nothing_left()


def confirmed(c: Loop, *records: Record) -> None:
    """These records were confirmed, in this order, and no others."""
    assert c.host.confirmations == [(c.s(r), r.number) for r in records]


def test_1_set_up_and_first_packet() -> None:
    c, (rec,) = loop(1)
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
    finish(c)


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
    confirmed(c, recs[2])
    reported = [(c.s(r), 1029, r.number) for r in recs[2:4]]  # before, there was no tag
    assert c.calls == [*reported, (c.s(recs[5]), 0, recs[4].number)]
    c.user_ok(*recs)
    finish(c)


def test_14_close_while_a_request_is_outstanding() -> None:
    c, recs = loop(4)
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
    confirmed(a, of_a[2])
    a.user_ok(*of_a)
    b.user_ok(*of_b)
    for mine, other in ((a, b), (b, a)):
        keys = TrafficKeys("1.2", other.key, other.iv)
        with pytest.raises(RecordError, match="tag"):
            open_record(keys, 5, bytes(mine.wire[:1029]))
    a.close()
    finish(b)


def test_43_bad_tag_in_one_packet() -> None:
    c = Loop(Host())
    recs = [c.record(spoil=-1), c.record()]
    c.arrive(*recs)
    c.run()
    assert c.marks == "XD"
    assert c.host.ifp.rq.decrypted_error_packets == 1
    got = c.msgs()
    assert [m.errno for m in got if m.errno] == [EBADMSG]
    assert [m.data for m in got if m.data] == [recs[1].payload]
    assert c.counter("stats.failed_crypto") == 1
    finish(c)


def test_44_bad_tag_in_the_last_of_three_packets() -> None:
    c = Loop(Host())
    c.record(spoil=-1)
    c.arrive((0, 343), (343, 686), (686, 1029))
    c.run()
    assert c.marks == "DDX"
    assert c.counter("stats.ocf.tls12_gcm_recrypts") == 1
    assert [(m.errno, m.data) for m in c.msgs()] == [(EBADMSG, b"")]
    finish(c)


def test_47_bad_and_good_record_in_one_packet() -> None:
    c = Loop(Host())
    _, good = c.record(spoil=-1), c.record()
    c.arrive((0, good.end))
    c.run()
    assert c.marks == "X"
    assert sorted((m.errno, m.data) for m in c.msgs()) == [(0, good.payload), (EBADMSG, b"")]
    finish(c)


def test_51_relock_at_a_known_header() -> None:
    """Packets of 500 bytes; the second is lost, the third has the next header inside."""
    c, recs = loop(3, 1400)
    spans = [(a, min(a + 500, len(c.wire))) for a in range(0, len(c.wire), 500)]
    c.arrive(spans[0], spans[2], spans[3], spans[4], spans[1], *spans[5:])
    c.run()
    assert c.marks == "D-DD-DDDD"
    stats = c.so.record_stats
    assert (stats.mixed, stats.encrypted, stats.decrypted) == (2, 0, 1)
    assert c.calls[:2] == [(c.s(r), len(r.wire), r.number) for r in recs[:2]]
    assert c.host.confirmations == []
    c.user_ok(*recs)
    finish(c)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_52_hidden_header(version: str) -> None:
    c, recs = loop(10, version=version)
    c.arrive(recs[0], recs[2], recs[1])
    c.run()
    c.arrive(*recs[3:], gap=ROUND)
    c.run()
    assert c.marks == "DR--" + "D" * 6
    confirmed(c, recs[2])
    c.user_ok(*recs)
    finish(c)


def test_55_copy_of_a_decrypted_packet() -> None:
    c, recs = loop(3)
    c.arrive(recs[0], recs[1], recs[1], recs[2])
    c.run()
    assert (c.marks, c.calls) == ("DD-D", [])
    c.user_ok(*recs)
    finish(c)


@pytest.mark.parametrize("at", [24, 50, -1])  # IP checksum, TCP checksum, payload
def test_56_bad_checksum_then_retransmission(at: int) -> None:
    c, recs = loop(3)
    c.arrive(recs[0])
    broken = bytearray(c.frame(recs[1].start, recs[1].end))
    broken[at] ^= 0x40
    c.host.port.rx_frame(bytes(broken))
    c.arrive(recs[1], recs[2])
    c.run()
    assert (c.marks, c.calls) == ("D-DD", [])
    c.user_ok(*recs)
    finish(c)


def test_58_swapped_neighbours() -> None:
    """Inside a record, then where the next header is: the early ones come up unmarked."""
    c, recs = loop(4)
    inside = [(0, 300), (600, 900), (300, 600), (900, 1029)]
    c.arrive(*inside, recs[1])
    c.run()
    assert c.marks == "D---D"  # the fourth begins in the torn record
    c.arrive(recs[3], recs[2])
    c.run()
    assert c.marks == "D---DR-"
    c.user_ok(*recs)
    finish(c)


@pytest.mark.parametrize(("length", "answer"), [(0x20, "not_tracking"), (0x1E, "not_found")])
def test_59_false_headers_are_never_confirmed(length: int, answer: str) -> None:
    """A gap of more than a record, then ciphertext that shows nothing but headers. At length 0x20
    each of them is refuted by what stands behind it, at 0x1e they make a chain."""
    c = Loop(Host())
    recs = [c.record(), c.record(16384), c.record(16384)]
    recs.append(c.record(c.showing(bytes((23, 3, 3, 0, length)), 6000)))
    recs += [c.record() for _ in range(8)]
    false = recs[3]
    spans = [(a, min(a + 1400, false.end)) for a in range(recs[1].start, false.end, 1400)]
    c.arrive(recs[0])
    inside = [span for span in spans if span[0] > false.start]
    c.arrive(*inside)
    c.run()
    assert "R" in c.marks
    c.arrive(*[span for span in spans if span not in inside], gap=ROUND)
    c.arrive(*recs[4:], gap=ROUND)
    c.run()
    true = {(c.s(r), r.number) for r in recs}
    assert set(c.host.confirmations) <= true
    assert c.host.confirmations
    assert c.trace.count("mce0", answer)
    assert c.marks.endswith("DD")
    c.user_ok(*recs)
    finish(c)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_63_confirmation_changes_position_and_number_only(version: str) -> None:
    c, recs = loop(6, version=version)
    c.arrive(recs[0], recs[2], recs[3], recs[1])
    c.run()
    writes = [cmd for cmd in c.host.commands if cmd.opcode == lo.Op.SET_STATIC]
    assert len(writes) == 2
    set_up, confirmation = (lo.StaticParams.parse(cmd.payload) for cmd in writes)
    assert confirmation == replace(
        set_up, resync_tcp_sn=c.s(recs[2]), initial_record_number=recs[2].number
    )
    c.arrive(*recs[4:])
    c.run()
    assert c.marks == "DR---D"
    c.user_ok(*recs)
    finish(c)


def test_66_position_ahead_of_the_table() -> None:
    """The worker is slow: at the answer only the first record was reported. Asked again later."""
    c, recs = loop(8, timing=KtlsTiming(record_ns=20 * US))
    c.arrive(recs[0], recs[2], recs[3], recs[1])
    c.run()
    told = [e["what"] for e in c.trace.events if e["what"] in ("get_psv", "not_found", "confirm")]
    assert told[:4] == ["get_psv", "not_found", "get_psv", "confirm"]
    confirmed(c, recs[2])
    c.arrive(*recs[4:], gap=ROUND)
    c.run()
    assert c.marks == "DR---DDD"
    c.user_ok(*recs)
    finish(c)


def test_71_lock_lost_before_the_confirmation() -> None:
    c, recs = loop(12)
    c.host.hold[lo.Op.SET_STATIC] = 50 * US
    c.arrive(recs[0], recs[2], recs[1])
    c.run(20 * US)
    confirmed(c, recs[2])  # under way
    c.arrive(recs[4])  # 3 is missing
    c.run(100 * US)
    c.host.hold.clear()
    c.arrive(recs[3], recs[5])
    c.run()
    confirmed(c, recs[2], recs[4])
    c.arrive(*recs[6:], gap=ROUND)
    c.run()
    assert c.marks == "DR-R---DDDDD"
    c.user_ok(*recs)
    finish(c)


def test_72_found_again_before_the_answer() -> None:
    c, recs = loop(12)
    c.host.hold[lo.Op.GET_PSV] = 50 * US
    c.arrive(recs[0], recs[2], recs[1])
    c.run(20 * US)
    assert c.host.ops.count("GET_PSV") == 1
    c.arrive(recs[4], recs[3], recs[5])
    c.run(100 * US)
    confirmed(c, recs[4])
    c.arrive(*recs[6:], gap=ROUND)
    c.run()
    assert c.marks == "DR-R---DDDDD"
    confirmed(c, recs[4])
    c.user_ok(*recs)
    finish(c)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_73_wrong_number_is_good_through_software(version: str) -> None:
    c, recs = loop(12, version=version, faults=DriverFaults(confirm_wrong_number=True))
    c.arrive(recs[0], recs[2], recs[1])
    c.run()
    c.arrive(*recs[3:], gap=ROUND)
    c.run()
    assert c.marks.count("D") == 1
    assert "X" in c.marks
    assert len(c.host.confirmations) > 1
    c.user_ok(*recs)
    finish(c)


def test_84_unmarked_packet_between_marked_ones() -> None:
    """Four packets of one poll; the third begins with bytes that are known already."""
    c, recs = loop(4)
    c.arrive(recs[0], recs[1], (recs[2].start - 100, recs[2].end), recs[3])
    c.run()
    assert c.marks == "DD-D"
    assert c.calls == [(0x1080A, 1029, 7), (0x11014, 0, 8)]
    c.user_ok(*recs)
    finish(c)


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
    finish(c)
