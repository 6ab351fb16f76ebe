# SPDX-License-Identifier: BSD-2-Clause
"""The mlx5 and nfp drivers on the golden NIC: set-up, resync in all three modes, tear-down."""

from __future__ import annotations

from errno import EBADMSG, EOPNOTSUPP
from functools import partial
from typing import Any

import pytest

from sw_model.linux.bugs import Bugs
from sw_model.linux.mlx5_ktls_rx import Mlx5e
from sw_model.linux.nfp_tls import NfpNet
from sw_model.linux.tls import TlsConf
from sw_model.linux.xlio import Xlio
from sw_model.nic.faults import NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import AuthState, TrackState
from tests.unit.linux_nic_kit import NicBench
from tests.unit.nic_kit import KEYS12, KEYS13, Flow

DRIVERS: dict[str, Any] = {
    "mlx5": Mlx5e,
    "nfp": NfpNet,
    "nfp-scan": partial(NfpNet, stream_scan=True),
    "xlio": Xlio,
}
ALL = pytest.mark.parametrize("name", DRIVERS)
VERSIONS = pytest.mark.parametrize("keys", [KEYS12, KEYS13], ids=["1.2", "1.3"])


def truth(flow: Flow) -> bytes:
    """The payload of all records made by ``Flow.records``."""
    sizes = [1000] * len(flow.headers)
    return b"".join(bytes((k * 7 + j) & 0xFF for j in range(n)) for k, n in enumerate(sizes))


@ALL
@VERSIONS
def test_in_order_stream_is_all_decrypted(name: str, keys: object) -> None:
    flow = Flow(keys=keys).records(20)  # type: ignore[arg-type]
    b = NicBench(flow, DRIVERS[name])
    assert b.ops() == ["CREATE_KEY", "SET_STATIC", "SET_PSV", "ADD_RULE"]
    b.send_records(0, 20)
    assert bytes(b.got) == truth(flow)
    assert b.kinds == (20, 0, 0, 0)
    assert b.dev.ethtool()["rx_tls_decrypted_packets"] == 20
    assert b.dev.ethtool()["rx_tls_decrypted_bytes"] == len(flow.wire)
    b.closed()
    assert b.ops()[-3:] == ["DEL_RULE", "DESTROY_CTX", "DESTROY_KEY"]


@ALL
@VERSIONS
def test_lost_header_resyncs(name: str, keys: object) -> None:
    """A record is lost and comes when everything else is there."""
    flow = Flow(keys=keys).records(40)  # type: ignore[arg-type]
    b = NicBench(flow, DRIVERS[name])
    b.send_records(0, 40, skip=(4,))
    assert len(b.got) == 4000
    b.send_records(4, 5)
    assert bytes(b.got) == truth(flow)
    b.check_confirmations()
    b.closed()


@ALL
def test_offload_returns(name: str) -> None:
    flow = Flow().records(60)
    b = NicBench(flow, DRIVERS[name])
    b.send_records(0, 4)
    b.send_records(5, 8)
    b.send_records(4, 5)  # late: software has all of it now
    b.send_records(8, 60)
    assert bytes(b.got) == truth(flow)
    _, mixed, encrypted, failed = b.kinds
    assert (mixed, failed) == (0, 0)
    assert encrypted <= 12
    assert b.confirmations()
    b.check_confirmations()
    assert b.host.mib["TlsRxDeviceResync"] >= 1
    b.closed()


def test_mlx5_names_and_counts() -> None:
    """One loss, one request, one answer, one confirmation: the counters of ethtool."""
    flow = Flow().records(12)
    b = NicBench(flow)
    b.send_records(0, 2)
    b.send_records(3, 12, skip=())
    b.send_records(2, 3)
    assert bytes(b.got) == truth(flow)
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
    at = len(flow.wire)
    flow.records(10)
    b.send_records(32, 42)
    assert len(b.got) == len(flow.headers) * 1000 + 16_000
    assert b.confirmations() == [(flow.s(3), flow.first + 3)]
    assert b.kinds[0] > 5
    assert at


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
    assert bytes(b.got) == truth(flow)


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
    assert bytes(b.got) == truth(flow)
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


@ALL
def test_bad_tag_is_refused_for_ever(name: str) -> None:
    flow = Flow().records(10)
    flow.spoil(flow.headers[4] + 200)
    b = NicBench(flow, DRIVERS[name])
    b.send_records(0, 10)
    assert bytes(b.got) == truth(flow)[:4000]
    assert set(b.errors) == {EBADMSG}
    assert b.dev.ethtool()["rx_tls_err"] >= 1
    assert b.kinds[3] == 1


def test_third_mark_repairs_what_transforming_hardware_fails() -> None:
    """Wrong number in the NIC, TLS 1.2: the early packets hold the truth, the last one failed with
    the keystream in it. With the third mark the record survives, without it is lost."""
    for marked in (True, False):
        flow = Flow().records(1).record(bytes(3000)).records(2)
        nic = GoldenNic(faults=NicFaults(transformed_bytes_on_auth_fail=True))
        b = NicBench(flow, nic=nic, code3_transformed=marked)
        b.send_records(0, 1)
        chain = nic.context(0).chain
        assert chain.last_number is not None
        chain.last_number += 1
        at = flow.headers[1]
        for begin in range(at, flow.headers[2], 1000):
            b.send(begin, min(begin + 1000, flow.headers[2]))
        assert b.errors == ([] if marked else [EBADMSG])
        assert b.kinds[1] == (1 if marked else 0)


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
        assert bytes(b.got) == truth(flow)
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
        assert bytes(b.got) == truth(flow)
        decrypted.append(b.kinds[0])
    assert decrypted[1] == 0
    assert decrypted[0] > 20


@ALL
def test_no_context_left(name: str) -> None:
    flow = Flow().records(3)
    b = NicBench(flow, DRIVERS[name], max_resources=1)
    other = Flow(sport=444)
    sk = b.open(other)
    assert sk.tls is not None
    assert sk.tls.rx_conf is TlsConf.SW
    b.send_records(0, 3)
    assert b.kinds == (3, 0, 0, 0)
    sk.close()
    b.closed()


@ALL
@pytest.mark.parametrize("free", [0, 33])
def test_no_room_for_the_parameters(name: str, free: int) -> None:
    """The queue takes neither of the two writes, or only the first: software, nothing stays."""
    flow = Flow().records(3)
    b = NicBench(flow, partial(DRIVERS[name], iq_blocks=free))
    assert b.sk.tls is not None
    assert b.sk.tls.rx_conf is TlsConf.SW
    assert b.nic.keys.slots == {}
    b.send_records(0, 3)
    assert b.kinds == (0, 0, 3, 0)
    b.closed()


def test_nfp_refuses_13() -> None:
    flow = Flow(keys=KEYS13).records(2)
    b = NicBench(flow, partial(NfpNet, tls13=False))
    assert b.commands == []
    errno = next(e["errno"] for e in b.trace.events if e["what"] == "tls_rx")
    assert errno == EOPNOTSUPP


@ALL
def test_device_down_in_mid_stream(name: str) -> None:
    flow = Flow().records(10)
    b = NicBench(flow, DRIVERS[name])
    b.send_records(0, 4)
    b.host.netdev_down(b.dev)
    b.run()
    assert len(b.nic.rules) == 0
    b.send_records(4, 10)
    assert bytes(b.got) == truth(flow)
    assert b.kinds == (4, 0, 6, 0)
    b.closed()


@ALL
def test_packets_before_the_rule(name: str) -> None:
    """They pass unseen; the NIC starts behind the stream and needs a resync."""
    flow = Flow().records(40)
    b = NicBench(flow, DRIVERS[name], settle=False)
    b.send_records(0, 2, wait=0)
    b.run()
    b.send_records(2, 40)
    assert bytes(b.got) == truth(flow)
    assert b.kinds[0] > 20
    b.check_confirmations()
    b.closed()
