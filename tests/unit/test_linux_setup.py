# SPDX-License-Identifier: BSD-2-Clause
"""Enabling, closing and the device's going away: order of checks, errors, gauges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from errno import EBUSY, EEXIST, EINVAL, ENOMEM, ENOPROTOOPT, ENOSPC, ENOTCONN

import pytest

from sw_model.linux.bugs import Bugs
from sw_model.linux.tls import TLS_CIPHER_CHACHA20_POLY1305, RxFlag, TlsConf
from tests.unit.linux_kit import Bench


def test_offload_starts_at_the_first_byte_not_read() -> None:
    b = Bench()
    assert (b.done, b.tls.rx_conf) == ([0], TlsConf.HW)
    assert b.dev.adds == [(b.info, 0x10000)]
    assert (b.mib("TlsRxDevice"), b.mib("TlsCurrRxDevice"), b.mib("TlsRxSw")) == (1, 1, 0)


def test_records_queued_before_the_enable_do_not_move_the_start() -> None:
    """copied_seq, not rcv_nxt: FreeBSD names the record that its worker processes next."""
    b = Bench(enable=False)
    b.sk.set_ulp_tls()
    recs = b.records(2)
    b.send("EE")
    b.number = 5
    assert b.enable() == 0
    assert b.dev.adds[0][1] == 0x10000
    b.user_ok(*recs)
    assert b.kinds == (0, 0, 2, 0)


Change = Callable[[Bench], object]

TO_SOFTWARE: list[tuple[str, str, Change]] = [
    ("TLS 1.3 before the 2026 series", "1.3", lambda b: setattr(b.host, "device_tls13", False)),
    ("no interface", "1.2", lambda b: setattr(b.host, "netdev", None)),
    ("no NETIF_F_HW_TLS_RX", "1.2", lambda b: setattr(b.dev, "hw_tls_rx", False)),
    ("interface down", "1.2", lambda b: setattr(b.dev, "up", False)),
    ("no memory", "1.2", lambda b: setattr(b.host, "out_of_memory", True)),
]


@pytest.mark.parametrize(("version", "change"), [c[1:] for c in TO_SOFTWARE],
                         ids=[c[0] for c in TO_SOFTWARE])  # fmt: skip
def test_refused_before_the_driver_is_asked(version: str, change: Change) -> None:
    b = Bench(version, enable=False)
    change(b)
    b.sk.set_ulp_tls()
    assert b.enable() == 0
    assert (b.done, b.tls.rx_conf, b.dev.adds) == ([0], TlsConf.SW, [])
    assert (b.mib("TlsRxSw"), b.mib("TlsCurrRxSw"), b.mib("TlsRxDevice")) == (1, 1, 0)
    rec = b.record()
    b.send("E")
    b.user_ok(rec)


@pytest.mark.parametrize("errno", [ENOMEM, ENOSPC])
@pytest.mark.parametrize("delay", [0, 5000])
def test_driver_refuses(errno: int, delay: int) -> None:
    """Data that comes while the driver is busy waits for the parser."""
    b = Bench(enable=False)
    b.dev.error, b.dev.delay = errno, delay
    b.sk.set_ulp_tls()
    assert b.enable() == 0
    recs = b.records(2)
    b.send("EE")
    b.run()
    assert (b.done, b.tls.rx_conf, len(b.dev.adds)) == ([0], TlsConf.SW, 1)
    b.user_ok(*recs)


def test_order_of_checks() -> None:
    """Version before interface, interface before feature, feature before state, then memory."""
    b = Bench("1.3", enable=False)
    b.sk.set_ulp_tls()
    seen = []
    b.sk.host.trace.events.clear()
    for _, _, change in TO_SOFTWARE:
        b = Bench("1.3", enable=False)
        for _, _, other in TO_SOFTWARE[len(seen) :]:
            other(b)
        b.sk.set_ulp_tls()
        b.enable()
        event = b.host.trace.events[-1]
        seen.append(event["errno"])
        change(b)
    assert seen == [95, 22, 95, 22, 12]  # EOPNOTSUPP EINVAL EOPNOTSUPP EINVAL ENOMEM


def test_setsockopt_errors() -> None:
    b = Bench(enable=False)
    assert b.enable() == ENOPROTOOPT
    assert [b.sk.set_ulp_tls(), b.sk.set_ulp_tls()] == [0, EEXIST]
    info = b.info
    for wrong in (
        replace(info, version=0x0302),
        replace(info, cipher_type=50),
        replace(info, key=bytes(24)),
        replace(info, salt=b""),
        replace(info, cipher_type=TLS_CIPHER_CHACHA20_POLY1305, key=bytes(32)),
    ):
        assert b.sk.set_tls_rx(wrong) == EINVAL
    assert b.enable() == 0
    assert b.enable() == EBUSY  # TLS 1.2 has no rekey
    assert b.mib("TlsRxRekeyError") == 1


def test_ulp_needs_a_connection() -> None:
    b = Bench(enable=False)
    b.sk.abort()
    assert b.sk.set_ulp_tls() == ENOTCONN


def test_close_takes_the_key_off_the_device_once() -> None:
    b = Bench()
    b.sk.close()
    b.sk.close()
    assert b.dev.dels == 1
    assert (b.mib("TlsCurrRxDevice"), b.mib("TlsRxDevice")) == (0, 1)
    b.host.netdev_down(b.dev)
    b.run()
    assert b.dev.dels == 1


def test_close_while_the_driver_is_busy() -> None:
    b = Bench(enable=False)
    b.dev.delay = 5000
    b.sk.set_ulp_tls()
    b.enable()
    b.sk.close()
    b.run()
    assert (b.dev.dels, b.mib("TlsCurrRxDevice"), b.mib("TlsCurrRxSw")) == (1, 0, 0)


# ---- tls_device_down -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_device_down_in_the_middle_of_a_record(version: str) -> None:
    """Decrypted start, encrypted tail: re-encrypted once, then all in software."""
    b = Bench(version)
    recs = [b.record(3000), b.record(), b.record()]
    b.poll(b.packet(0, 1400, "D"))
    b.host.netdev_down(b.dev)
    assert RxFlag.DEV_DEGRADED in b.tls.flags
    assert b.dev.dels == 0  # packets are still on their way
    b.run()
    assert b.dev.dels == 1
    b.sent = 1400
    b.send("E")
    b.user_ok(*recs)
    assert b.kinds == (0, 1, 2, 0)
    assert b.tls.rx_conf is TlsConf.HW  # stays, as do the gauges
    b.sk.close()
    assert b.dev.dels == 1


def test_device_down_stops_the_resync() -> None:
    from sw_model.linux.tls_resync import CoreNextHint, SyncType

    b = Bench(kind=SyncType.CORE_NEXT_HINT)
    b.host.netdev_down(b.dev)
    recs = b.records(6)
    for end in (r.end for r in recs):
        b.poll(b.packet(b.sent, end))
        b.sent = end
        b.read()
    assert b.dev.confirmed == []
    assert isinstance(b.dev.resync, CoreNextHint)
    assert b.dev.resync.decrypted_failed == 0


def test_record_fully_decrypted_behind_device_down() -> None:
    b = Bench()
    rec = b.record()
    b.host.netdev_down(b.dev)
    b.send("D")
    b.user_ok(rec)
    assert b.kinds == (1, 0, 0, 0)


def test_down_while_the_driver_is_busy() -> None:
    b = Bench(enable=False)
    b.dev.delay = 5000
    b.sk.set_ulp_tls()
    b.enable()
    b.host.netdev_down(b.dev)
    b.run()
    assert (b.dev.dels, b.tls.netdev) == (1, None)


def test_bug_dev_del_twice() -> None:
    """The driver frees what it has freed already: in the kernel a crash, here an exception."""
    b = Bench(bugs=Bugs(dev_del_twice=True))
    b.sk.close()
    b.host.netdev_down(b.dev)
    with pytest.raises(RuntimeError, match="removed already"):
        b.run()
