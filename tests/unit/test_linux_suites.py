# SPDX-License-Identifier: BSD-2-Clause
"""Every suite in software, and self tests of tools/testing/selftests/net/tls.c that need one read
or one bad record more than test_linux_tls.py has."""

from __future__ import annotations

from dataclasses import replace
from errno import EAGAIN, EBADMSG, EOPNOTSUPP

import pytest

from sw_model.linux.tls import (
    TLS_1_2_VERSION,
    TLS_1_3_VERSION,
    TLS_CIPHER_AES_GCM_128,
    TLS_CIPHER_AES_GCM_256,
    TLS_CIPHER_CHACHA20_POLY1305,
    CryptoInfo,
    TlsConf,
)
from sw_model.linux.tls_sw import Msg
from tests.unit.linux_kit import Bench
from tests.unit.linux_nic_kit import NicBench
from tests.unit.nic_kit import Flow
from tests.unit.stream_kit import Keys, payload_of

IV = bytes(range(0xB0, 0xBC))
FIRST = 5


def suite(version: str, cipher: str, size: int) -> tuple[CryptoInfo, Keys]:
    """What setsockopt gets, and the sender's keys."""
    key = bytes(range(size))
    number = TLS_1_2_VERSION if version == "1.2" else TLS_1_3_VERSION
    if cipher == "chacha20":
        info = CryptoInfo(number, TLS_CIPHER_CHACHA20_POLY1305, key, b"", IV, FIRST)
        return info, Keys(version, cipher, key, IV)
    kind = TLS_CIPHER_AES_GCM_128 if size == 16 else TLS_CIPHER_AES_GCM_256
    info = CryptoInfo(number, kind, key, IV[:4], IV[4:], FIRST)
    return info, Keys(version, cipher, key, IV[:4] if version == "1.2" else IV)


def opened(info: CryptoInfo) -> Bench:
    """A connection that no device takes part in."""
    b = Bench("1.2" if info.version == TLS_1_2_VERSION else "1.3", enable=False, device=False)
    assert b.sk.set_ulp_tls() == 0
    assert b.sk.set_tls_rx(info) == 0
    assert b.tls.rx_conf is TlsConf.SW
    return b


def put(b: Bench, keys: Keys, number: int, payload: bytes, kind: int = 23, flip: int = 0) -> None:
    """One record; ``flip``: offset of a byte to change, 0 for none."""
    inner = payload + bytes((kind,)) if keys.version == "1.3" else payload
    head, sealed = keys.seal(number, inner, 23 if keys.version == "1.3" else kind)
    wire = bytearray(head + sealed)
    if flip:
        wire[flip] ^= 1
    b.raw(bytes(wire))


SUITES = [
    (version, cipher, size)
    for version in ("1.2", "1.3")
    for cipher, size in (("gcm", 16), ("gcm", 32), ("chacha20", 32))
]


@pytest.mark.parametrize(("version", "cipher", "size"), SUITES)
def test_keysizes(version: str, cipher: str, size: int) -> None:
    """Data and control records, the longest included; the number goes into each."""
    info, keys = suite(version, cipher, size)
    b = opened(info)
    sent = [(23, payload_of(1, 16384)), (22, b"hand"), (23, b""), (23, payload_of(2, 100))]
    for i, (kind, payload) in enumerate(sent):
        put(b, keys, FIRST + i, payload, kind)
    b.send("EEE")
    assert [(m.record_type, m.data) for m in b.msgs()] == [sent[0], sent[1], sent[3]]
    assert (b.tls.rx.rec_seq, b.kinds) == (FIRST + 4, (0, 0, 4, 0))


@pytest.mark.parametrize(("version", "cipher", "size"), SUITES)
@pytest.mark.parametrize("flip", [-1, 30, "number"])
def test_bad_auth(version: str, cipher: str, size: int, flip: int | str) -> None:
    info, keys = suite(version, cipher, size)
    b = opened(info)
    put(b, keys, FIRST, b"good")
    if flip == "number":
        put(b, keys, FIRST + 2, bytes(60))
    else:
        put(b, keys, FIRST + 1, bytes(60), flip=int(flip))
    b.send("E")
    assert b.read() == Msg(b"good", 23, True)
    assert [b.read().errno for _ in range(2)] == [EBADMSG, EBADMSG]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_devices_do_aes_gcm_only(version: str) -> None:
    b = NicBench(Flow().records(1))
    for cipher, size, errno in (("chacha20", 32, EOPNOTSUPP), ("gcm", 16, 0), ("gcm", 32, 0)):
        assert b.dev.refuses(suite(version, cipher, size)[0]) == errno


def test_bad_cmsg() -> None:
    """Two data records, then a control record that fails: the data comes, then the error twice."""
    info, keys = suite("1.2", "gcm", 16)
    b = opened(info)
    put(b, keys, FIRST, b"one")
    put(b, keys, FIRST + 1, b"two")
    put(b, keys, FIRST + 2, bytes(60), kind=100, flip=40)
    put(b, keys, FIRST + 3, b"behind")
    b.send("E")
    assert b.read() == Msg(b"onetwo", 23, True)
    assert [b.read().errno for _ in range(2)] == [EBADMSG, EBADMSG]


@pytest.mark.parametrize("mark", ["D", "E", "DE"])
def test_recv_peek_multiple(mark: str) -> None:
    """Peeking a hundred times takes nothing and decrypts nothing twice."""
    b = Bench()
    recs = b.records(2, 100)
    b.send(mark)
    whole = recs[0].payload + recs[1].payload
    for _ in range(100):
        assert b.read(1 << 12, peek=True).data == whole
    assert sum(b.kinds) == 2
    assert b.read().data == whole
    assert b.read().errno == EAGAIN


def test_recv_peek_large_buf_mult_recs() -> None:
    """A second record that comes behind the first peek is seen by the next one, then both read."""
    b = Bench()
    first = b.record(100)
    b.send("D")
    assert b.read(peek=True).data == first.payload
    second = b.record(50)
    b.send("E")
    assert b.read(peek=True).data == first.payload + second.payload
    assert b.read(120).data == first.payload + second.payload[:20]
    assert b.read(120).data == second.payload[20:]


def test_a_device_that_comes_up_again_is_for_new_connections() -> None:
    """The old one stays in software: nothing on the receive side goes back to a device."""
    flow, other = Flow().records(4), Flow(sport=444).records(2)
    b = NicBench(flow)
    b.send_records(0, 2)
    b.host.netdev_down(b.dev)
    b.run()
    b.dev.up = True
    b.send_records(2, 4)
    assert b.kinds == (2, 0, 2, 0)
    sk = b.open(replace(other))
    assert sk.tls is not None
    assert sk.tls.rx_conf is TlsConf.HW
    assert len(b.nic.rules) == 1
    sk.close()
    b.closed()
