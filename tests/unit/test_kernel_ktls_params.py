# SPDX-License-Identifier: BSD-2-Clause
"""Suites: what ktls_create_session and ktls_ocf_try accept, and the lengths that follow.

FreeBSD sys/kern/uipc_ktls.c, sys/opencrypto/ktls_ocf.c.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from errno import EINVAL, EMSGSIZE, EPROTONOSUPPORT

import pytest

from sw_model.kernel.ktls_record import check_header
from sw_model.kernel.ktls_session import (
    CRYPTO_AES_128_NIST_GMAC,
    CRYPTO_AES_192_NIST_GMAC,
    CRYPTO_AES_256_NIST_GMAC,
    CRYPTO_AES_CBC,
    CRYPTO_CHACHA20_POLY1305,
    CRYPTO_SHA1_HMAC,
    CRYPTO_SHA2_256_HMAC,
    CRYPTO_SHA2_384_HMAC,
    TCP_TLS_MODE_IFNET,
    TCP_TLS_MODE_SW,
    KtlsSession,
    TlsEnable,
)
from tests.unit.kernel_bench import Bench

GCM12 = TlsEnable(bytes(16), bytes(4))
GCM13 = TlsEnable(bytes(16), bytes(12), tls_vminor=4)
CHACHA12 = TlsEnable(bytes(32), bytes(12), cipher_algorithm=CRYPTO_CHACHA20_POLY1305)
CHACHA13 = replace(CHACHA12, tls_vminor=4)


def cbc(mac: int, minor: int) -> TlsEnable:
    return TlsEnable(bytes(16), b"", bytes(8), CRYPTO_AES_CBC, mac, bytes(20), 3, minor)


SUITES = [
    (GCM12, 13, 16, 1, 16413),
    (GCM13, 5, 17, 1, 16406),
    (CHACHA12, 5, 16, 1, 16405),
    (CHACHA13, 5, 17, 1, 16406),
    (cbc(CRYPTO_SHA1_HMAC, 2), 21, 36, 16, 16441),
    (cbc(CRYPTO_SHA1_HMAC, 3), 21, 36, 16, 16441),
    (cbc(CRYPTO_SHA2_256_HMAC, 3), 21, 48, 16, 16453),
    (cbc(CRYPTO_SHA2_384_HMAC, 3), 21, 64, 16, 16469),
]


@pytest.mark.parametrize(("en", "hlen", "tlen", "bs", "longest"), SUITES)
def test_lengths_of_a_suite(en: TlsEnable, hlen: int, tlen: int, bs: int, longest: int) -> None:
    tls = KtlsSession(en)
    assert (tls.tls_hlen, tls.tls_tlen, tls.tls_bs) == (hlen, tlen, bs)
    minor = min(en.tls_vminor, 3)
    for record, errno in ((longest, 0), (longest + 1, EMSGSIZE), (hlen, 0), (hlen - 1, EMSGSIZE)):
        if record >= 5:
            assert check_header(tls, struct.pack("!BBBH", 23, 3, minor, record - 5)) == errno


@pytest.mark.parametrize("en", [GCM12, GCM13])
def test_version_and_type_are_looked_at_before_the_length(en: TlsEnable) -> None:
    tls = KtlsSession(en)
    assert check_header(tls, struct.pack("!BBBH", 23, 3, 3, 0xFFFF)) == EMSGSIZE
    assert check_header(tls, struct.pack("!BBBH", 23, 3, 4, 0xFFFF)) == EINVAL
    assert check_header(tls, struct.pack("!BBBH", 23, 2, 3, 0xFFFF)) == EINVAL
    other = EINVAL if tls.tls13 else EMSGSIZE
    assert check_header(tls, struct.pack("!BBBH", 24, 3, 3, 0xFFFF)) == other


SHA1_12 = cbc(CRYPTO_SHA1_HMAC, 3)


@pytest.mark.parametrize(
    ("en", "errno"),
    [
        (CHACHA12, 0),
        (replace(CHACHA12, iv=bytes(11)), EINVAL),
        (replace(CHACHA12, iv=bytes(4)), EINVAL),
        (replace(CHACHA12, cipher_key=bytes(16)), EINVAL),
        (replace(CHACHA12, auth_algorithm=CRYPTO_SHA1_HMAC), EINVAL),
        (replace(CHACHA12, auth_key=b"x"), EINVAL),
        (replace(CHACHA12, tls_vminor=2), EINVAL),
        (replace(GCM12, cipher_key=bytes(32)), 0),
        (replace(GCM12, auth_algorithm=CRYPTO_SHA1_HMAC), EINVAL),
        (replace(GCM12, auth_algorithm=CRYPTO_AES_128_NIST_GMAC, auth_key=b"x"), EINVAL),
        (replace(GCM13, iv=bytes(4)), EINVAL),
        (replace(SHA1_12, cipher_key=bytes(24)), EINVAL),
        (replace(SHA1_12, auth_key=bytes(1025)), EINVAL),
        (replace(SHA1_12, auth_key=bytes(1024)), 0),
        (replace(SHA1_12, auth_algorithm=0), EINVAL),
        (replace(SHA1_12, iv=bytes(3)), 0),  # ignored: each record brings its own
        (replace(cbc(CRYPTO_SHA1_HMAC, 1), iv=bytes(16)), EPROTONOSUPPORT),
        (replace(cbc(CRYPTO_SHA1_HMAC, 1), iv=bytes(16), cipher_key=bytes(24)), EINVAL),
    ],
)
def test_parameters(en: TlsEnable, errno: int) -> None:
    b = Bench(enable=False)
    assert b.so.setsockopt_rxtls(en) == errno
    assert b.counter("stats.active") == (errno == 0)


@pytest.mark.parametrize(
    "gmac", [CRYPTO_AES_128_NIST_GMAC, CRYPTO_AES_192_NIST_GMAC, CRYPTO_AES_256_NIST_GMAC]
)
def test_programs_of_freebsd_12_may_name_gmac(gmac: int) -> None:
    """Whatever its size: the name is not used for anything, and the session is as without it."""
    b = Bench(enable=False)
    assert b.enable(auth_algorithm=gmac) == 0
    b.run()
    assert b.so.mode() == TCP_TLS_MODE_IFNET
    rec = b.record()
    b.send("DE")
    b.user_ok(rec)


@pytest.mark.parametrize(
    ("en", "mode", "gauge"),
    [
        (GCM12, TCP_TLS_MODE_IFNET, "ifnet.gcm"),
        (CHACHA12, TCP_TLS_MODE_SW, "sw.chacha20"),
        (SHA1_12, TCP_TLS_MODE_SW, "sw.cbc"),
    ],
)
def test_gauges_and_totals(en: TlsEnable, mode: int, gauge: str) -> None:
    """A session counts where it runs, as long as it lives; a refused call is no offload."""
    b = Bench(enable=False)
    assert b.so.setsockopt_rxtls(replace(en, flags=1)) == EINVAL
    assert b.so.setsockopt_rxtls(en) == 0
    assert b.counter("stats.offload_total") == 0  # the mode is not settled yet
    b.run()
    gauges = {n: b.counter(n) for n in (f"{where}.{c}" for where in ("sw", "ifnet", "toe")
                                        for c in ("cbc", "gcm", "chacha20"))}  # fmt: skip
    assert (b.so.mode(), gauges.pop(gauge), sum(gauges.values())) == (mode, 1, 0)
    assert (b.counter("stats.enable_calls"), b.counter("stats.offload_total")) == (2, 1)
    tls = b.sb.sb_tls_info
    b.so.abort()
    b.run()
    assert (b.counter(gauge), b.counter("stats.active")) == (0, 0)
    assert (b.counter("stats.offload_total"), tls.rx_ifp) == (1, None)
    assert (set(tls.key), set(tls.iv)) <= ({0}, {0})
