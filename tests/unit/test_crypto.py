# SPDX-License-Identifier: BSD-2-Clause
"""crypto/: known answers (RFC 8448, TLS PRF, golden records), then independent implementations."""

from __future__ import annotations

import itertools

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from sw_model.crypto import gcm, keys
from sw_model.crypto.keylog import KeyLog, parse_line
from sw_model.crypto.keys import TrafficKeys
from sw_model.rng import stream
from sw_model.wire.tls import RecordHeader

# RFC 8448 section 3, application traffic: secret, key, iv, then records as (number, type, record).
RFC8448 = {
    "client": (
        "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
        "17422dda596ed5d9acd890e3c63f5051",
        "5b78923dee08579033e523d9",
        [
            (
                0,
                23,
                bytes(range(50)),
                "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a"
                "20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4",
            ),
            (1, 21, b"\x01\x00", "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3"),
        ],
    ),
    "server": (
        "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
        "9f02283b6c9c07efc26bb9f2ac92e356",
        "cf782b88dd83549aadf1e984",
        [
            (
                1,
                23,
                bytes(range(50)),
                "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb"
                "501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d",
            ),
        ],
    ),
}

# TLS 1.2 PRF test vectors circulated on the IETF TLS list, "test label".
PRF = [
    (
        "sha256",
        "9bbe436ba940f017b17652849a71db35",
        "a0ba9f936cda311827a6f796ffd5198c",
        "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9"
        "af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110ff"
        "f70187347b66",
    ),
    (
        "sha384",
        "b80b733d6ceefcdc71566ea48e5567df",
        "cd665cf6a8447dd6ff8b27555edb7465",
        "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146"
        "a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d91"
        "84259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e"
        "0990703d73e56f",
    ),
]

GOLDEN_KEY = bytes(range(16))
GOLDEN_TEXT = b"0123456789abcdef0123"
GOLDEN12 = TrafficKeys("1.2", GOLDEN_KEY, bytes.fromhex("a0a1a2a3"))
GOLDEN13 = TrafficKeys("1.3", GOLDEN_KEY, bytes.fromhex("b0b1b2b3b4b5b6b7b8b9babb"))
GOLDEN12_RECORD = bytes.fromhex(
    "170303002c01020304050607082c0ca9f90ffdaaf3be9e96627b6053698d06b1619592e99ab90e30e96b3afac80a9d"
    "81f2"
)
GOLDEN13_RECORD = bytes.fromhex(
    "17030300256eceb9faa202ef0f92652526012d87b3cebf7f0692f4ca5f097de038a3fec5576e8ece34fe"
)
ALL_KEYS = [
    TrafficKeys(version, bytes(range(size)), bytes(range(100, 100 + iv)))
    for version, iv in (("1.2", 4), ("1.3", 12))
    for size in (16, 32)
]


@pytest.mark.parametrize("side", ["client", "server"])
def test_rfc8448(side: str) -> None:
    secret, key, iv, records = RFC8448[side]
    derived = keys.traffic_keys_13(bytes.fromhex(secret), 16)
    assert (derived.key.hex(), derived.iv.hex()) == (key, iv)
    for number, kind, payload, record in records:
        assert gcm.open_record(derived, number, bytes.fromhex(record)) == (kind, payload)
        assert gcm.seal_record(derived, number, kind, payload).hex() == record


@pytest.mark.parametrize(("name", "secret", "seed", "want"), PRF)
def test_prf12(name: str, secret: str, seed: str, want: str) -> None:
    out = bytes.fromhex(want)
    got = keys.prf12(bytes.fromhex(secret), b"test label", bytes.fromhex(seed), len(out), name)
    assert got == out


def test_golden_records() -> None:
    explicit = bytes.fromhex("0102030405060708")
    assert gcm.seal_record(GOLDEN12, 5, 23, GOLDEN_TEXT, 0, explicit) == GOLDEN12_RECORD
    assert gcm.seal_record(GOLDEN13, 5, 23, GOLDEN_TEXT) == GOLDEN13_RECORD
    assert gcm.open_record(GOLDEN12, 5, GOLDEN12_RECORD) == (23, GOLDEN_TEXT)
    assert gcm.open_record(GOLDEN13, 5, GOLDEN13_RECORD) == (23, GOLDEN_TEXT)
    assert gcm.nonce(GOLDEN13, 5).hex() == "b0b1b2b3b4b5b6b7b8b9babe"


@pytest.mark.parametrize(("size", "algorithm"), [(32, hashes.SHA256()), (48, hashes.SHA384())])
def test_key_update_and_labels_against_cryptography(
    size: int, algorithm: hashes.HashAlgorithm
) -> None:
    secret = bytes(range(size))
    info = bytes((0, size, 17)) + b"tls13 traffic upd" + b"\0"
    want = HKDFExpand(algorithm, size, info).derive(secret)
    assert keys.next_secret_13(secret) == want
    assert len(keys.traffic_keys_13(want, {32: 16, 48: 32}[size]).iv) == 12


def test_key_block_order() -> None:
    """Client key, server key, client salt, server salt (RFC 5246 section 6.3)."""
    master, c_rnd, s_rnd = bytes(48), b"c" * 32, b"s" * 32
    for size, name in ((16, "sha256"), (32, "sha384")):
        block = keys.prf12(master, b"key expansion", s_rnd + c_rnd, 2 * size + 8, name)
        client, server = keys.key_block_12(master, c_rnd, s_rnd, size)
        assert client.key + server.key + client.iv + server.iv == block


@pytest.mark.parametrize("k", ALL_KEYS)
@pytest.mark.parametrize("number", [0, 1, 0xFFFF_FFFF, 2**32, 2**64 - 1])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 16384])
def test_round_trip(k: TrafficKeys, number: int, size: int) -> None:
    payload = bytes(i * 7 & 0xFF for i in range(size))
    record = gcm.seal_record(k, number, 22, payload)
    assert gcm.open_record(k, number, record) == (22, payload)
    for wrong in (number ^ 1, (number + 1) % 2**64):
        with pytest.raises(gcm.RecordError) as err:
            gcm.open_record(k, wrong, record)
        assert err.value.reason == "tag"


@pytest.mark.parametrize("k", ALL_KEYS)
def test_any_flipped_bit_is_seen(k: TrafficKeys) -> None:
    record = gcm.seal_record(k, 3, 23, b"payload")
    for byte, bit in itertools.product(range(len(record)), range(8)):
        bad = bytearray(record)
        bad[byte] ^= 1 << bit
        with pytest.raises(gcm.RecordError) as err:
            gcm.open_record(k, 3, bytes(bad))
        assert err.value.reason == ("length" if byte in (3, 4) else "tag")


def test_padding_inner_type_and_short_records() -> None:
    record = gcm.seal_record(GOLDEN13, 0, 23, b"AB", pad=3)
    assert len(record) == 5 + 22
    assert gcm.open_record(GOLDEN13, 0, record) == (23, b"AB")
    record = gcm.seal_record(GOLDEN13, 0, 23, b"\0\0")
    assert gcm.open_record(GOLDEN13, 0, record) == (23, b"\0\0")
    with pytest.raises(gcm.RecordError) as err:
        gcm.open_record(GOLDEN13, 0, gcm.seal_record(GOLDEN13, 0, 0, b"", pad=8))
    assert err.value.reason == "inner"
    for k, shortest in ((GOLDEN12, 24), (GOLDEN13, 17)):
        header = bytes((23, 3, 3, 0, shortest - 1))
        with pytest.raises(gcm.RecordError) as err:
            gcm.open_record(k, 0, header + bytes(shortest - 1))
        assert err.value.reason == "length"
    with pytest.raises(ValueError, match="padding"):
        gcm.seal_record(GOLDEN12, 0, 23, b"", pad=1)


@pytest.mark.parametrize("k", ALL_KEYS)
def test_ctr_at_any_offset(k: TrafficKeys) -> None:
    """Cutting a record anywhere and transforming the pieces gives what GCM gives."""
    rng = stream(2, "ctr")
    payload = rng.randbytes(777)
    record = gcm.seal_record(k, 9, 23, payload)
    start, n = gcm.text_off(k), gcm.nonce_of(k, 9, record)
    text = AESGCM(k.key).decrypt(n, record[start:], gcm.aad(k, 9, RecordHeader.parse(record)))
    for _ in range(100):
        a, b = sorted(rng.sample(range(len(text) + 1), 2))
        assert gcm.ctr(k, n, record[start + a : start + b], a) == text[a:b]


def test_keys_are_checked() -> None:
    for version, key, iv in (("1.2", 16, 12), ("1.3", 16, 4), ("1.3", 24, 12)):
        with pytest.raises(ValueError, match="expected"):
            TrafficKeys(version, bytes(key), bytes(iv))
    with pytest.raises(ValueError, match="belong"):
        keys.traffic_keys_13(bytes(48), 16)


def test_keylog_round_trip() -> None:
    text = (
        "# comment\n\n"
        f"CLIENT_RANDOM {'ab' * 32} {'cd' * 48}\r\n"
        f"SERVER_TRAFFIC_SECRET_0 {'01' * 32} {'02' * 32}\n"
        f"SERVER_TRAFFIC_SECRET_1 {'01' * 32} {'03' * 48}\n"
    )
    log = KeyLog.parse(text)
    assert log.secret("CLIENT_RANDOM", b"\xab" * 32) == b"\xcd" * 48
    assert log.client_randoms() == [b"\xab" * 32, b"\x01" * 32]
    assert KeyLog.parse(log.emit()).entries() == log.entries()
    assert len(log.entries()) == 3
    assert log.get("CLIENT_RANDOM", bytes(32)) is None
    with pytest.raises(KeyError, match="no CLIENT_RANDOM"):
        log.secret("CLIENT_RANDOM", bytes(32))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("CLIENT_RANDOM abcd", "2 fields"),
        ("client_random " + "ab" * 32 + " " + "cd" * 48, "not a label"),
        ("CLIENT_RANDOM " + "ab" * 31 + " " + "cd" * 48, "31 bytes"),
        ("CLIENT_RANDOM " + "xy" * 32 + " " + "cd" * 48, "random is not hex"),
        ("CLIENT_RANDOM " + "ab" * 32 + " " + "cd" * 47, "47 bytes"),
        ("SERVER_TRAFFIC_SECRET_0 " + "ab" * 32 + " " + "cd" * 31, "31 bytes"),
        ("EXPORTER_SECRET " + "ab" * 32 + " c", "secret is not hex"),
    ],
)
def test_keylog_errors_name_the_line(line: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"line 3.*{message}") as err:
        KeyLog.parse(["# x", "", line])
    assert "cd" * 20 not in str(err.value)
    assert parse_line("  # nothing") is None
