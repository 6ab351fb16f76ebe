# SPDX-License-Identifier: BSD-2-Clause
"""Resync on the golden NIC, driver by driver: mlx5 asks once, xlio again, nfp is told."""

from __future__ import annotations

import pytest

from sw_model.linux.bugs import Bugs
from sw_model.linux.nfp_tls import NfpNet
from sw_model.linux.xlio import Xlio
from sw_model.nic.layout import AuthState, TrackState
from tests.unit.linux_nic_kit import NicBench, text_of
from tests.unit.nic_kit import Flow


def test_mlx5_names_and_counts() -> None:
    """One loss, one request, one answer, one confirmation: the counters of ethtool."""
    flow = Flow().records(12)
    b = NicBench(flow)
    b.send_records(0, 2)
    b.send_records(3, 12)
    b.send_records(2, 3)
    assert bytes(b.got) == text_of(flow)
    stats = b.dev.ethtool()
    assert {k: v for k, v in stats.items() if "resync" in k} == {
        "rx_tls_resync_req_pkt": 1,
        "rx_tls_resync_req_start": 1,
        "rx_tls_resync_req_end": 1,
        "rx_tls_resync_req_skip": 0,
        "rx_tls_resync_res_ok": 1,
        "rx_tls_resync_res_retry": 0,
        "rx_tls_resync_res_skip": 0,
    }
    assert (stats["rx_tls_ctx"], stats["rx_tls_del"], stats["rx_tls_err"]) == (1, 0, 0)
    assert b.confirmations() == [(flow.s(3), flow.first + 3)]


def test_mlx5_answer_searching_cancels_and_nobody_asks_again() -> None:
    """A gap in a long record, no header in sight: the driver gives up; FreeBSD would ask with the
    next record. Offload stays off until the hardware loses a candidate and says so."""
    flow = Flow().records(2)
    flow.record(bytes(9000)).record(bytes(9000)).records(8)
    b = NicBench(flow)
    b.send_records(0, 1)
    begin = flow.headers[2] + 2000  # record 1 and the start of record 2 are lost
    b.send(begin, begin + 1000)
    assert b.dev.stats.tls_resync_req_skip == 1
    for at in range(begin + 1000, len(flow.wire), 1400):
        b.send(at, min(at + 1400, len(flow.wire)))
    b.send(flow.headers[1], begin)
    for _ in range(20):
        at = len(flow.wire)
        flow.records(1)
        b.send(at, len(flow.wire))
    assert len(b.got) == 2 * 1000 + 2 * 9000 + 28 * 1000
    assert b.confirmations() == []
    assert b.kinds[0] == 1


def test_xlio_asks_again_and_finds_any_header() -> None:
    """The same stream as above, with a history of headers and a driver that goes on asking."""
    flow = Flow().records(2)
    flow.record(bytes(9000)).record(bytes(9000)).records(28)
    b = NicBench(flow, Xlio)
    b.send_records(0, 1)
    begin = flow.headers[2] + 2000
    for at in range(begin, len(flow.wire), 1400):
        b.send(at, min(at + 1400, len(flow.wire)))
    b.send(flow.headers[1], begin)
    flow.records(10)
    b.send_records(32, 42)
    assert len(b.got) == len(flow.headers) * 1000 + 16_000
    assert b.confirmations() == [(flow.s(3), flow.first + 3)]
    assert b.kinds[0] > 5


@pytest.mark.parametrize("first", [0, 1])
def test_bug_xlio_zero_is_unknown(first: int) -> None:
    """The NIC waits at record 0; with the bug nobody can tell it so."""
    decrypted = []
    for bugs in (Bugs(), Bugs(xlio_zero_is_unknown=True)):
        flow = Flow(first=first).records(1).record(bytes(9000)).records(10)
        b = NicBench(flow, Xlio, bugs=bugs, settle=False)
        b.send(0, flow.headers[1], wait=0)
        b.run()
        nic = b.nic.context(0)
        nic.track, nic.chain.hw_resync_tcp_sn = TrackState.TRACKING, flow.start
        nic.auth = AuthState.NO_OFFLOAD
        nic.expected = flow.s(1)
        nic.chain.record_offset = 0
        priv = b.sk.tls.offload.driver_state  # type: ignore[union-attr]
        priv.wanted = True
        for at in range(flow.headers[1], len(flow.wire), 1000):
            b.send(at, min(at + 1000, len(flow.wire)))
        assert len(b.got) == 11_000 + 9000
        decrypted.append(b.kinds[0] > 0)
    assert decrypted == ([True, False] if first == 0 else [True, True])


def test_mlx5_confirmation_waits_for_room() -> None:
    flow = Flow().records(12)
    b = NicBench(flow, iq_blocks=64)
    b.send_records(0, 2)
    b.send_records(3, 4)
    b.dev.iq.used += 64  # somebody else's work entries
    b.send_records(2, 3)
    b.send_records(4, 6)
    assert b.dev.stats.tls_resync_res_retry > 0
    assert b.confirmations() == []
    b.dev.iq.used -= 64
    b.run()
    assert b.confirmations() == [(flow.s(3), flow.first + 3)]
    b.send_records(6, 12)
    assert bytes(b.got) == text_of(flow)


def test_mlx5_no_room_for_get_psv() -> None:
    flow = Flow().records(8)
    b = NicBench(flow, iq_blocks=64)
    b.send_records(0, 2)
    b.dev.iq.used += 64
    b.send_records(3, 4)
    b.dev.iq.used -= 64
    assert b.dev.stats.tls_resync_req_skip == 1
    b.send_records(2, 3)
    b.send_records(4, 8)
    assert bytes(b.got) == text_of(flow)
    assert b.confirmations() == []


def test_mlx5_resync_packet_that_tcp_drops_counts() -> None:
    """The code is seen by the driver before TCP; here the very same packet comes twice."""
    flow = Flow().records(6)
    b = NicBench(flow)
    b.send_records(0, 2)
    frame = flow.frame(flow.s(3), flow.wire[flow.headers[3] : flow.headers[4]])
    b.port.rx_frame(frame)
    b.port.rx_frame(frame)
    b.run()
    assert b.dev.stats.tls_resync_req_start == 1
    b.closed()


def test_bug_resync_socket_leak() -> None:
    flow = Flow().records(6)
    b = NicBench(flow, bugs=Bugs(resync_sock_leak=True))
    b.send_records(0, 2)
    b.send_records(3, 6)
    assert b.dev.sock_refs == 1


def test_close_with_get_psv_outstanding() -> None:
    flow = Flow().records(6)
    b = NicBench(flow)
    b.send_records(0, 2)
    b.send_records(3, 4, wait=22_000)
    b.sk.close()
    b.run()
    assert b.dev.stats.tls_resync_req_skip == 1
    assert b.confirmations() == []
    b.closed()


def test_wrong_number_bug_keeps_the_offload_off() -> None:
    """No damage to data: the hardware verifies a whole record before it marks again."""
    counts = {}
    for bugs in (Bugs(), Bugs(async_wrong_number=True)):
        flow = Flow().records(30)
        b = NicBench(flow, bugs=bugs)
        b.send_records(0, 2)
        # The answer comes when software has parsed on: everything in one burst.
        b.send_records(2, 8, wait=2000, skip=(2,))
        b.send_records(2, 3, wait=500)
        b.send_records(8, 30)
        assert bytes(b.got) == text_of(flow)
        counts[bugs] = b.kinds[0]
        wrong = [c for c in b.confirmations() if c[1] != flow.first + 3]
        assert bool(wrong) == bugs.async_wrong_number
    assert counts[Bugs()] > counts[Bugs(async_wrong_number=True)]


def test_hint_bug_restarts_the_nic_in_the_past() -> None:
    """The hint names a record that has gone by: the NIC waits for it and never decrypts again."""
    decrypted = []
    for bugs in (Bugs(), Bugs(hint_copied_seq=True)):
        flow = Flow().records(40)
        b = NicBench(flow, NfpNet, bugs=bugs, settle=False)
        b.send_records(0, 2, wait=0)
        b.run()
        b.send_records(2, 40)
        assert bytes(b.got) == text_of(flow)
        decrypted.append(b.kinds[0])
    assert decrypted[1] == 0
    assert decrypted[0] > 20
