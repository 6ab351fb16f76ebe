# SPDX-License-Identifier: BSD-2-Clause
"""Enable, refuse, fall back."""

from __future__ import annotations

from errno import EALREADY, EINVAL, ENOMEM, ENOTSUP, EOPNOTSUPP, EPROTONOSUPPORT

import pytest

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_session import (
    CRYPTO_AES_CBC,
    CRYPTO_SHA1_HMAC,
    CRYPTO_SHA2_256_HMAC,
    TCP_TLS_MODE_IFNET,
    TCP_TLS_MODE_NONE,
    TCP_TLS_MODE_SW,
    TlsEnable,
)
from sw_model.kernel.ktls_wq import KtlsTiming
from tests.unit.kernel_bench import HOST, Bench

CBC = {
    "cipher_algorithm": CRYPTO_AES_CBC,
    "auth_algorithm": CRYPTO_SHA1_HMAC,
    "auth_key": bytes(20),
    "iv": bytes(16),
}


def test_a1_enable_offloads() -> None:
    b = Bench()
    assert b.done == [0]
    assert b.so.mode() == TCP_TLS_MODE_IFNET
    assert b.counter("ifnet.gcm") == 1
    assert (b.tag.seq, b.tag.number) == (0x10000, 5)


def test_a2_not_permitted_by_default_the_driver_is_never_called() -> None:
    b = Bench(permitted=0)
    assert b.done == [0]
    assert b.so.mode() == TCP_TLS_MODE_SW
    assert b.counter("sw.gcm") == 1
    assert b.nic.log == []


@pytest.mark.parametrize("how", ["chacha20", "cbc"])
def test_a3_only_gcm_reaches_the_driver(how: str) -> None:
    b = Bench(enable=False, cipher="chacha20" if how == "chacha20" else "gcm")
    assert b.enable(**(CBC if how == "cbc" else {})) == 0
    b.run()
    assert b.so.mode() == TCP_TLS_MODE_SW
    assert b.counter(f"sw.{how}") == 1
    assert b.nic.log == []


def test_a4_second_enable_changes_nothing() -> None:
    b = Bench()
    first = b.record()
    b.send("E")
    assert b.enable(cipher_key=bytes(16), rec_seq=bytes(8)) == EALREADY
    assert b.done == [0, EALREADY]
    second = b.record()
    b.send("E")
    b.user_ok(first, second)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"tls_vminor": 2}, EINVAL),
        ({"cipher_key": bytes(24)}, EINVAL),
        ({"cipher_key": bytes(1025)}, EINVAL),
        ({"cipher_key": b""}, EINVAL),
        ({"flags": 1}, EINVAL),
        ({"iv": bytes(12)}, EINVAL),
        ({"iv": bytes(17)}, EINVAL),
        ({"tls_vmajor": 2}, EINVAL),
        ({"tls_vminor": 5}, EINVAL),
        ({"cipher_algorithm": 99}, EINVAL),
        ({"auth_key": b"x"}, EINVAL),
        ({**CBC, "tls_vminor": 1}, EPROTONOSUPPORT),
        ({**CBC, "tls_vminor": 1, "iv": b""}, EINVAL),
        ({**CBC, "tls_vminor": 4}, EINVAL),
        ({**CBC, "auth_key": b""}, EINVAL),
        ({**CBC, "auth_algorithm": CRYPTO_SHA2_256_HMAC, "tls_vminor": 2}, EINVAL),
    ],
)
def test_a5_bad_parameters(changes: dict[str, object], error: int) -> None:
    b = Bench(enable=False)
    assert b.enable(**changes) == error
    assert b.so.mode() == TCP_TLS_MODE_NONE
    assert b.counter("stats.enable_calls") == 1
    assert b.counter("stats.active") == 0


def test_a5_knobs() -> None:
    b = Bench(enable=False)
    b.stack.sysctl["kern.ipc.tls.cbc_enable"] = 0
    assert b.enable(**CBC) == ENOTSUP
    b.stack.sysctl["kern.ipc.tls.enable"] = 0
    assert b.enable() == ENOTSUP
    assert b.counter("stats.enable_calls") == 1  # the second call came no further


def test_a5_listening_socket() -> None:
    b = Bench(enable=False)
    so = b.stack.listen(HOST[4], 1, lambda _: None)
    assert so.setsockopt_rxtls(b.tls_enable()) == EINVAL


@pytest.mark.parametrize("error", [ENOMEM, EOPNOTSUPP])
def test_a9_driver_refuses_and_software_takes_over(error: int) -> None:
    """Also A 6, 7, 8 as far as the kernel sees them."""
    b = Bench(enable=False)
    b.nic.error, b.nic.delay = error, 1_000_000
    assert b.enable() == 0
    assert b.so.mode() == TCP_TLS_MODE_NONE
    b.run()
    assert b.done == [0]
    assert b.so.mode() == TCP_TLS_MODE_SW
    rec = b.record()
    b.send("E")
    b.user_ok(rec)


def test_capability_and_route() -> None:
    b = Bench(enable=False)
    b.nic.capenable2 = 2  # IPv6 only
    assert b.enable() == 0
    b.run()
    assert (b.so.mode(), b.nic.log) == (TCP_TLS_MODE_SW, [])
    b = Bench(enable=False)
    assert b.so.inp is not None
    b.so.inp.ro_nh = None
    b.enable()
    b.run()
    assert (b.so.mode(), b.nic.log) == (TCP_TLS_MODE_SW, [])


@pytest.mark.parametrize("ip", [4, 6])
def test_h98_address_families(ip: int) -> None:
    b = Bench(ip=ip)
    assert b.so.mode() == TCP_TLS_MODE_IFNET
    rec = b.record()
    b.send("DE")
    b.user_ok(rec)


@pytest.mark.parametrize(("ip", "caps", "mode"), [(4, 3, 1), (6, 1, 2), (6, 2, 1)])
def test_10_1_capability_by_bit_number(ip: int, caps: int, mode: int) -> None:
    """IPv4 is ANDed with 0, IPv6 with the IPv4 bit."""
    b = Bench(ip=ip, enable=False, bugs=Bugs(alloc_capability_by_number=True))
    b.nic.capenable2 = caps
    b.enable()
    b.run()
    assert b.so.mode() == mode


@pytest.mark.parametrize(
    ("alloc_ns", "pair"),
    [(0, (0x10000, 5)), (2_500, (0x10405, 6)), (1_000_000, (0x1080A, 7))],
)
def test_a11_records_queued_at_enable(alloc_ns: int, pair: tuple[int, int]) -> None:
    timing = KtlsTiming(tag_alloc_ns=alloc_ns, wakeup_ns=2_000, record_ns=1_000)
    b = Bench(enable=False, timing=timing)
    first, second, _third = b.record(), b.record(), b.record()
    b.sent = len(b.wire)
    b.poll([b.mbuf(0, 2500, "E")])
    assert b.enable() == 0
    assert (b.sb.sb_acc, b.sb.sb_tlscc) == (0, 2500)
    b.run()
    assert (b.tag.seq, b.tag.number) == pair
    assert b.counter("stats.ocf.tls12_gcm_decrypts") == 2
    b.user_ok(first, second)


def test_a12_partial_header_at_enable() -> None:
    b = Bench(enable=False)
    b.record()
    b.poll([b.mbuf(0, 3, "E")])
    b.enable()
    b.run()
    assert (b.tag.seq, b.tag.number) == (0x10000, 5)
    assert (b.sb.sb_acc, b.sb.sb_tlscc, b.so.so_error) == (0, 3, 0)
    assert b.msgs() == []


def test_close_releases_tag_and_keys() -> None:
    b = Bench()
    tls = b.sb.sb_tls_info
    b.so.abort()
    b.run()
    assert b.tag.freed
    assert tls.key == bytes(16)
    assert b.counter("stats.active") == b.counter("ifnet.gcm") == 0


def test_close_while_the_tag_is_being_allocated() -> None:
    b = Bench(enable=False)
    b.nic.delay = 1_000_000
    b.enable()
    b.run(10_000)
    b.so.abort()
    b.run()
    assert b.tag.freed
    assert b.counter("ifnet.gcm") == b.counter("sw.gcm") == 0


def test_golden_vectors_open_in_software() -> None:
    """The two golden record vectors."""
    for version, text in (
        (
            "1.2",
            "170303002c01020304050607082c0ca9f90ffdaaf3be9e96627b6053698d06b161"
            "9592e99ab90e30e96b3afac80a9d81f2",
        ),
        (
            "1.3",
            "17030300256eceb9faa202ef0f92652526012d87b3cebf7f0692f4ca5f097de038a3fec5576e8ece34fe",
        ),
    ):
        b = Bench(version)
        b.raw(bytes.fromhex(text))
        b.send("E")
        assert [m.data for m in b.msgs()] == [b"0123456789abcdef0123"]


def test_tls_enable_helper() -> None:
    en = TlsEnable.aes_gcm("1.3", bytes(32), bytes(12), 7)
    assert (en.tls_vminor, en.rec_seq) == (4, bytes(7) + b"\x07")
