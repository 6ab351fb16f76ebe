# SPDX-License-Identifier: BSD-2-Clause
"""The Linux drivers on the golden NIC, whichever it is: set-up, loss, refusals, tear-down."""

from __future__ import annotations

from errno import EBADMSG, EOPNOTSUPP
from functools import partial
from typing import Any

import pytest

from sw_model.linux.mlx5_ktls_rx import Mlx5e
from sw_model.linux.nfp_tls import NfpNet
from sw_model.linux.tls import TlsConf
from sw_model.linux.xlio import Xlio
from sw_model.nic.faults import NicFaults
from sw_model.nic.golden import GoldenNic
from tests.unit.linux_nic_kit import NicBench, text_of
from tests.unit.nic_kit import KEYS12, KEYS13, Flow

DRIVERS: dict[str, Any] = {
    "mlx5": Mlx5e,
    "nfp": NfpNet,
    "nfp-scan": partial(NfpNet, stream_scan=True),
    "xlio": Xlio,
}
ALL = pytest.mark.parametrize("name", DRIVERS)
VERSIONS = pytest.mark.parametrize("keys", [KEYS12, KEYS13], ids=["1.2", "1.3"])


@ALL
@VERSIONS
def test_in_order_stream_is_all_decrypted(name: str, keys: object) -> None:
    flow = Flow(keys=keys).records(20)  # type: ignore[arg-type]
    b = NicBench(flow, DRIVERS[name])
    assert b.ops() == ["CREATE_KEY", "SET_STATIC", "SET_PSV", "ADD_RULE"]
    b.send_records(0, 20)
    assert bytes(b.got) == text_of(flow)
    assert b.kinds == (20, 0, 0, 0)
    assert b.dev.ethtool()["rx_tls_decrypted_packets"] == 20
    headers = 20 * 54 if name == "mlx5" else 0  # it counts frames, the others payload
    assert b.dev.ethtool()["rx_tls_decrypted_bytes"] == len(flow.wire) + headers
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
    assert bytes(b.got) == text_of(flow)
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
    assert bytes(b.got) == text_of(flow)
    _, mixed, encrypted, failed = b.kinds
    assert (mixed, failed) == (0, 0)
    assert encrypted <= 12
    assert b.confirmations()
    b.check_confirmations()
    assert b.host.mib["TlsRxDeviceResync"] >= 1
    b.closed()


@ALL
def test_bad_tag_is_refused_for_ever(name: str) -> None:
    flow = Flow().records(10)
    flow.spoil(flow.headers[4] + 200)
    b = NicBench(flow, DRIVERS[name])
    b.send_records(0, 10)
    assert bytes(b.got) == text_of(flow)[:4000]
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
    assert bytes(b.got) == text_of(flow)
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
    assert bytes(b.got) == text_of(flow)
    assert b.kinds[0] > 20
    b.check_confirmations()
    b.closed()
