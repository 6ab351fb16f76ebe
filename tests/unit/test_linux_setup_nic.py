# SPDX-License-Identifier: BSD-2-Clause
"""Set-up and tear-down with the drivers: what each counts, what waits for what."""

from __future__ import annotations

from functools import partial

import pytest

from sw_model.crypto.keys import TrafficKeys
from sw_model.linux.nfp_tls import NfpNet
from sw_model.linux.tls import TlsConf
from sw_model.linux.tls_resync import CoreNextHint, SyncType
from sw_model.nic.layout import TlsStatus
from sw_model.wire.seq import SeqNum
from tests.unit.linux_kit import Bench
from tests.unit.linux_nic_kit import NicBench
from tests.unit.nic_kit import Flow

NFP_AS_REAL = partial(NfpNet, tls13=False, aes256=False)


def conf(b: NicBench) -> TlsConf:
    assert b.sk.tls is not None
    return b.sk.tls.rx_conf


@pytest.mark.parametrize(("free", "no_space"), [(1024, 1), (0, 0), (33, 0)])
def test_nfp_counts_a_full_table_and_nothing_else(free: int, no_space: int) -> None:
    """ktls_no_space is ENOSPC of the firmware; a command queue without room is another thing."""
    b = NicBench(Flow().records(1), partial(NfpNet, iq_blocks=free), max_resources=1)
    if no_space:
        b.open(Flow(sport=444))
    assert b.dev.ethtool()["rx_ktls_no_space"] == no_space
    assert b.dev.ethtool()["rx_tls_add"] == no_space  # the one that found room


@pytest.mark.parametrize(
    ("keys", "mode"),
    [
        (TrafficKeys("1.2", bytes(16), bytes(4)), TlsConf.HW),
        (TrafficKeys("1.2", bytes(32), bytes(4)), TlsConf.SW),
        (TrafficKeys("1.3", bytes(16), bytes(12)), TlsConf.SW),
    ],
)
def test_what_the_real_nfp_does(keys: TrafficKeys, mode: TlsConf) -> None:
    b = NicBench(Flow(keys=keys).records(2), NFP_AS_REAL)
    assert conf(b) is mode
    b.send_records(0, 2)
    assert b.kinds == ((2, 0, 0, 0) if mode is TlsConf.HW else (0, 0, 2, 0))


def test_mlx5_confirmation_that_waits_when_the_socket_closes() -> None:
    """It is not written any more: the context may be somebody else's when there is room."""
    b = NicBench(Flow().records(12), iq_blocks=64)
    b.send_records(0, 2)
    b.send_records(3, 4)
    b.dev.iq.used += 64  # somebody else's work entries
    b.send_records(2, 3)
    b.send_records(4, 6)
    assert b.dev.stats.tls_resync_res_retry > 0
    skipped = b.dev.stats.tls_resync_res_skip
    b.sk.close()
    b.dev.iq.used -= 64
    b.run()
    assert b.dev.stats.tls_resync_res_skip == skipped + 1
    assert (b.dev.stats.tls_resync_res_ok, b.confirmations()) == (0, [])
    b.closed()


@pytest.mark.parametrize(("mark", "hints"), [("EE", 2), ("DE", 1), ("ED", 1), ("D", 1)])
def test_a_record_the_device_touched_starts_the_count_of_hints_again(mark: str, hints: int) -> None:
    """CORE_NEXT_HINT counts records of which no byte was decrypted, a mixed one is none of them."""
    b = Bench(kind=SyncType.CORE_NEXT_HINT)
    for k in range(5):
        rec = b.record()
        b.send(mark if k == 3 else "E")
        b.user_ok(rec)
    assert len(b.dev.confirmed) == hints


def test_mlx5_two_resync_packets_of_one_poll_are_one_request() -> None:
    """The work item is queued already: both are counted, one GET_PSV goes out, for the first's
    range."""
    flow = Flow().records(8)
    b = NicBench(flow)
    b.send_records(0, 2)
    batch = []
    for k in (3, 4):
        frame = flow.frame(flow.s(k), flow.wire[flow.headers[k] : flow.headers[k + 1]])
        data, meta = b.nic.frame(frame)
        meta.tls_status = TlsStatus.RESYNC
        batch.append((data, meta))
    before = b.ops().count("GET_PSV")
    b.dev.rx_poll(batch)
    assert b.sk.tls is not None
    assert b.sk.tls.priv_ctx_rx is not None
    assert b.sk.tls.priv_ctx_rx.resync.req >> 32 == flow.s(3)
    b.run()
    stats = b.dev.stats
    assert (stats.tls_resync_req_pkt, stats.tls_resync_req_start) == (2, 1)
    assert b.ops().count("GET_PSV") == before + 1


@pytest.mark.parametrize(("posted", "rule"), [("SET_PSV", False), ("ADD_RULE", True)])
def test_close_while_the_rule_is_on_its_way(posted: str, rule: bool) -> None:
    """Parameters under way: no rule is made any more. The rule itself: it is waited for, so that
    it can be deleted before the key goes."""
    b = NicBench(Flow().records(1), settle=False)
    while posted not in b.ops():
        b.run(100)
    b.sk.close()
    b.run()
    assert ("ADD_RULE" in b.ops(), "DEL_RULE" in b.ops()) == (rule, rule)
    assert b.ops()[-2:] == ["DESTROY_CTX", "DESTROY_KEY"]
    b.closed()


def test_mlx5_counts_contexts_that_were_made() -> None:
    b = NicBench(Flow().records(1), max_resources=1)
    b.open(Flow(sport=444))
    b.closed()
    assert (b.dev.ethtool()["rx_tls_ctx"], b.dev.ethtool()["rx_tls_del"]) == (1, 1)


def test_a_hint_that_waits_for_the_queue_to_drain_is_one_hint() -> None:
    """Records read meanwhile do not count, and do not give the hint in the parser's place."""
    hint, at = CoreNextHint(), SeqNum(0)
    for k in range(3):
        assert hint.encrypted(at + 100 * k, 100, k, 1000) is None
    assert hint.nh_do_now
    assert hint.encrypted(at + 300, 100, 3, 100) is None
    assert (hint.decrypted_failed, hint.new_rec(at + 400, 100, 4, 200)) == (3, None)
    assert hint.new_rec(at + 500, 100, 5, 100) == (at + 600, 6)
    assert hint.new_rec(at + 600, 100, 6, 100) is None
