# SPDX-License-Identifier: BSD-2-Clause
"""Numbers of the scenarios that no other test states: tables, splits, windows, dead devices."""

from __future__ import annotations

from errno import ENXIO

import pytest

from sw_model.driver.resync_table import ResyncTable
from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_record import ktls_detach_record, sbcreatecontrol
from sw_model.kernel.ktls_session import TCP_TLS_MODE_NONE, TCP_TLS_MODE_SW
from sw_model.kernel.mbuf import M_DECRYPTED, m_copydata, m_length
from sw_model.nic import layout as lo
from sw_model.nic.layout import AuthState, TrackState
from tests.unit.driver_kit import Conn, S, Script
from tests.unit.kernel_bench import Bench
from tests.unit.loop_kit import ROUND, Host, Loop
from tests.unit.nic_kit import Flow


def finds(table: ResyncTable, expected: dict[int, int | None]) -> None:
    assert {sn: table.find(sn) for sn in expected} == expected


def test_10_enable_on_a_device_that_never_answers() -> None:
    """The enable waits, in steps of a second, until the device is declared dead."""
    host = Host()
    answer = host.port.on_cpl

    def deaf(data: bytes) -> None:
        if lo.Completion.parse(data).opcode != lo.Op.SET_PSV:
            answer(data)

    host.port.on_cpl = deaf
    c = Loop(host, enable=False)
    assert c.enable() == 0
    c.run(30 * S)
    assert (c.done, c.so.mode()) == ([], TCP_TLS_MODE_NONE)
    host.ifp.tls_rx.enter_internal_error()
    c.run(S)
    assert (c.done, c.so.mode(), host.ifp.stats.rx_error) == ([0], TCP_TLS_MODE_SW, 1)
    rec = c.record()
    c.arrive(rec)
    c.run()
    c.user_ok(rec)


def test_20_length_in_the_control_message_is_big_endian() -> None:
    control = sbcreatecontrol(bytes((23, 3, 3, 0x40, 0x18)), 23, 16384)
    assert bytes((23, 3, 3, 0, 0x40, 0x00)) in control.data  # the fourth byte is C's padding


def test_23_both_halves_of_a_split_mbuf_keep_the_mark() -> None:
    b = Bench(lro=0)
    first, second = b.record(), b.record()
    for span in ((0, 600), (600, 1600), (1600, second.end)):
        b.poll([b.mbuf(*span, "D")], run=False)
    record = ktls_detach_record(b.sb, len(first.wire))
    rest = b.sb.sb_mtls
    assert (m_length(record), m_length(rest)) == (1029, 1029)
    assert all(m.m_flags & M_DECRYPTED for half in (record, rest) for m in half.chain())


def test_23_both_records_are_decrypted() -> None:
    b = Bench(lro=0)
    first, second = b.record(), b.record()
    b.send("DDD", [600, 1600])
    stats = b.so.record_stats
    assert (stats.decrypted, stats.mixed, stats.encrypted) == (2, 0, 0)
    b.user_ok(first, second)


def test_28_recrypt_changes_no_byte_of_ciphertext(monkeypatch: pytest.MonkeyPatch) -> None:
    """Header and explicit nonce came marked, the text did not."""
    b = Bench()
    rec = b.record()
    recrypt, seen = b.stack.ktls.ocf.ktls_ocf_recrypt, []

    def spy(tls, m, tls_len, seqno):  # type: ignore[no-untyped-def]
        before = m_copydata(m, 0, tls_len)
        error = recrypt(tls, m, tls_len, seqno)
        seen.append((error, before, m_copydata(m, 0, tls_len)))
        return error

    monkeypatch.setattr(b.stack.ktls.ocf, "ktls_ocf_recrypt", spy)
    b.send("DE", [13])
    assert seen == [(0, rec.wire, rec.wire)]
    b.user_ok(rec)


def test_34_window_shrinks_with_a_stopped_worker() -> None:
    """What waits for the worker counts against the window that is offered."""
    b = Bench(rcvbuf=32_000)
    assert b.so.inp is not None
    assert b.so.inp.tp is not None
    whole = b.sb.sbspace()
    for _ in range(4):
        b.record()
        b.send("E", run=False)
    ack = b.frames()[-1].tcp
    assert ack is not None
    assert (ack.ack.minus(b.start), b.sb.sb_acc, b.sb.sb_ccc) == (4 * 1029, 0, 4 * 1029)
    offered = ack.window << b.so.inp.tp.rcv_scale
    assert offered <= whole - 4 * 1029 < offered + (1 << b.so.inp.tp.rcv_scale)


def test_49_table_restarts_behind_a_bad_record() -> None:
    """Records 2 and 4 are reported, 3 is not: it was bad."""
    c = Loop(Host())
    recs = [c.record() for _ in range(3)] + [c.record(spoil=100)] + [c.record() for _ in range(2)]
    c.arrive(recs[0])
    c.host.hold[lo.Op.GET_PSV] = S  # the table stays as the reports leave it
    c.arrive(*recs[2:5], recs[1])
    c.run()
    reported = [(c.s(r), 1029, r.number) for r in (recs[1], recs[2], recs[4])]
    assert c.calls == reported
    assert reported[1:] == [(0x1080A, 1029, 7), (0x11014, 1029, 9)]
    finds(c.sb.sb_tls_info.snd_tag.table, {0x1080A: None, 0x11014: 9})


def test_60_table_across_the_wrap() -> None:
    table = ResyncTable()
    table.add(0xFFFFFF00, 1029, 77)
    table.add(0x305, 1029, 78)
    finds(table, {0xFFFFFF00: 77, 0x305: 78, 0: None, 0x70A: None})


def test_61_table_of_three_reports() -> None:
    table = ResyncTable()
    for sn, number in ((0x1080A, 7), (0x10C0F, 8), (0x11014, 9)):
        assert table.add(sn, 1029, number)
    assert (table.entries(), table.start, table.rcd_start) == ([(1029, 3)], 0x1080A, 7)
    assert table.next == 0x11419
    finds(table, {0x1080A: 7, 0x10C0F: 8, 0x11014: 9, 0x11419: None})


@pytest.mark.parametrize("k", range(10))
def test_67_the_answer_may_match_any_report(k: int) -> None:
    s = Script()
    tag = s.ready(Conn(Flow().records(20)))
    s.log.clear()
    for i in range(10):
        tag.modify(0x1080A + 1029 * i, 1029, 7 + i)
    held = lo.ProgressParams(
        hw_resync_tcp_sn=0x1080A + 1029 * k, track=TrackState.TRACKING, auth=AuthState.NO_OFFLOAD
    )
    s.answer(psv=held)
    assert s.ops == ["GET_PSV", "SET_STATIC"]
    write = lo.StaticParams.parse(s.log[1].payload)
    assert (write.resync_tcp_sn, write.initial_record_number) == (0x1080A + 1029 * k, 7 + k)


def test_82_data_goes_on_without_the_device() -> None:
    """The device stops answering commands; packets still come up as they are."""
    c = Loop(Host())
    recs = [c.record() for _ in range(5)]
    c.arrive(recs[0])
    c.run()
    c.host.ifp.tls_rx.enter_internal_error()
    posted = len(c.host.commands)
    c.arrive(recs[2], recs[1], *recs[3:], gap=ROUND)
    c.run()
    assert c.marks == "DR---"
    errors = [e["errno"] for e in c.trace.events if e["what"] == "resync"]
    assert errors == [ENXIO] * 4
    assert len(c.host.commands) == posted
    c.user_ok(*recs)


def test_90_a_position_one_too_high_is_never_found() -> None:
    """The kernel reports S + 1 when FIN was counted; the NIC, which holds S, gets no answer."""
    b = Bench(bugs=Bugs(fin_in_rcv_nxt=True))
    b.record()
    b.poll([b.mbuf(0, 1029, "E")], run=False)
    b.poll([b.mbuf(1029, 1029, "E", 0x11)])
    assert b.calls == [(0x10001, 1029, 5)]
    table = ResyncTable()
    table.add(*b.calls[0])
    finds(table, {0x10000: None, 0x10405: None, 0x10001: 5})
