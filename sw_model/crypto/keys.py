# SPDX-License-Identifier: BSD-2-Clause
"""Traffic keys of the four AES-GCM suites, derived from what a key log holds.

TLS 1.2: RFC 5246 sections 5 and 6.3 with the AEAD key block of RFC 5288. TLS 1.3: RFC 8446
sections 7.1 to 7.3. In all four suites the hash follows the key size: AES-128 with SHA-256,
AES-256 with SHA-384.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass

from sw_model.crypto.aead import AES_GCM, Aead
from sw_model.wire.tls import Version

SALT_LEN, IV13_LEN = 4, 12
_HASH_OF_KEY_LEN = {16: "sha256", 32: "sha384"}


@dataclass(frozen=True, slots=True)
class TrafficKeys:
    """What seals one direction of one epoch; ``iv`` is the 4-byte salt in 1.2, 12 bytes in 1.3."""

    version: Version
    key: bytes
    iv: bytes
    aead: Aead = AES_GCM

    def __post_init__(self) -> None:
        if len(self.key) not in _HASH_OF_KEY_LEN:
            raise ValueError(f"AES-GCM key of {len(self.key)} bytes, expected 16 or 32")
        want = SALT_LEN if self.version == "1.2" else IV13_LEN
        if len(self.iv) != want:
            raise ValueError(f"TLS {self.version} iv of {len(self.iv)} bytes, expected {want}")


def prf12(secret: bytes, label: bytes, seed: bytes, size: int, hash_name: str) -> bytes:
    """The TLS 1.2 pseudo-random function (RFC 5246 section 5)."""
    seed = label + seed
    chain, out = seed, b""
    while len(out) < size:
        chain = hmac.digest(secret, chain, hash_name)
        out += hmac.digest(secret, chain + seed, hash_name)
    return out[:size]


def key_block_12(
    master: bytes, client_random: bytes, server_random: bytes, key_len: int
) -> tuple[TrafficKeys, TrafficKeys]:
    """(client's, server's) write keys from the master secret of a CLIENT_RANDOM line."""
    seed = server_random + client_random
    block = prf12(master, b"key expansion", seed, 2 * (key_len + SALT_LEN), hash_of(key_len))
    ivs = block[2 * key_len :]
    return (
        TrafficKeys("1.2", block[:key_len], ivs[:SALT_LEN]),
        TrafficKeys("1.2", block[key_len : 2 * key_len], ivs[SALT_LEN:]),
    )


def hash_of(key_len: int) -> str:
    """Name of the suite's hash."""
    return _HASH_OF_KEY_LEN[key_len]


def expand_label(secret: bytes, label: str, context: bytes, size: int, hash_name: str) -> bytes:
    """HKDF-Expand-Label (RFC 8446 section 7.1)."""
    full = b"tls13 " + label.encode()
    info = struct.pack("!HB", size, len(full)) + full + bytes((len(context),)) + context
    block, out, counter = b"", b"", 0
    while len(out) < size:
        counter += 1
        block = hmac.digest(secret, block + info + bytes((counter,)), hash_name)
        out += block
    return out[:size]


def traffic_keys_13(secret: bytes, key_len: int, aead: Aead = AES_GCM) -> TrafficKeys:
    """Write keys from a ..._TRAFFIC_SECRET_N."""
    name = hash_of(key_len)
    if len(secret) != hashlib.new(name).digest_size:
        raise ValueError(f"a secret of {len(secret)} bytes does not belong to AES-{key_len * 8}")
    return TrafficKeys(
        "1.3",
        expand_label(secret, "key", b"", key_len, name),
        expand_label(secret, "iv", b"", IV13_LEN, name),
        aead,
    )


def next_secret_13(secret: bytes) -> bytes:
    """The traffic secret after a KeyUpdate; record numbers start again at 0 with its keys."""
    name = {32: "sha256", 48: "sha384"}[len(secret)]
    return expand_label(secret, "traffic upd", b"", len(secret), name)
