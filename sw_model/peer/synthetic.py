# SPDX-License-Identifier: BSD-2-Clause
"""A TLS record layer without a handshake: every byte follows from the seed.

Used for runs that must repeat bit by bit, and for what OpenSSL never sends: forged tags, odd
lengths, padding, chosen ciphertext, KeyUpdate on demand.
"""

from __future__ import annotations

from collections.abc import Iterable

from sw_model.crypto.aead import AES_GCM, Aead
from sw_model.crypto.gcm import ctr, nonce, seal_record
from sw_model.crypto.keys import SALT_LEN, TrafficKeys, hash_of, traffic_keys_13
from sw_model.peer.records import KEY_UPDATE, Epoch, SentRecord
from sw_model.peer.session import KEY_LENS, CipherName
from sw_model.rng import stream
from sw_model.wire.tls import APPLICATION_DATA, HANDSHAKE, RecordHeader, Version

_SECRET_LENS = {"sha256": 32, "sha384": 48}


class SyntheticTls:
    """The sending side of a protected stream; both ends build it from the same seed and name.

    Every method returns the wire bytes and counts them in ``offset``; ``records`` holds the truth.
    A record number is used up by forged records too, as a receiver would count them.
    """

    def __init__(
        self,
        seed: int,
        version: Version,
        cipher: CipherName = "aes-128-gcm",
        name: str = "tls",
        first_number: int = 0,
        aead: Aead = AES_GCM,
    ) -> None:
        self._aead = aead
        self._rng = stream(seed, f"{name}/keys")
        self._text = stream(seed, f"{name}/text")
        self.version: Version = version
        self._epoch = self._first_epoch(KEY_LENS[cipher])
        self._explicit = self._rng.getrandbits(64)
        self.number = first_number
        self.offset = 0
        self.records: list[SentRecord] = []

    def _first_epoch(self, key_len: int) -> Epoch:
        if self.version == "1.2":
            key = self._rng.randbytes(key_len)
            return Epoch(TrafficKeys("1.2", key, self._rng.randbytes(SALT_LEN), self._aead))
        secret = self._rng.randbytes(_SECRET_LENS[hash_of(key_len)])
        return Epoch(traffic_keys_13(secret, key_len, self._aead), secret)

    @property
    def keys(self) -> TrafficKeys:
        """Keys of the next record."""
        return self._epoch.keys

    def seal(self, payload: bytes, type: int = APPLICATION_DATA, pad: int = 0) -> bytes:
        """One good record."""
        return self._out(self._seal(payload, type, pad), type, payload)

    def stream(self, sizes: Iterable[int]) -> bytes:
        """Application records of these sizes, filled from the seeded stream."""
        return b"".join(self.seal(self._text.randbytes(size)) for size in sizes)

    def seal_forged(
        self, payload: bytes, type: int = APPLICATION_DATA, flip: int = -1, pad: int = 0
    ) -> bytes:
        """A record with the lowest bit of byte ``flip`` changed; by default in the tag."""
        record = bytearray(self._seal(payload, type, pad))
        record[flip] ^= 1
        return self._out(bytes(record), type, payload, good=False)

    def seal_showing(self, ciphertext: bytes, type: int = APPLICATION_DATA) -> bytes:
        """A good record whose ciphertext starts with these bytes: false headers at any place."""
        explicit = self._explicit.to_bytes(8, "big") if self.version == "1.2" else b""
        payload = ctr(self.keys, nonce(self.keys, self.number, explicit), ciphertext)
        return self.seal(payload, type)

    def false_headers(self, size: int, header: RecordHeader) -> bytes:
        """A good record of ``size`` text bytes that show nothing but ``header`` again and again."""
        wire = header.emit()
        return self.seal_showing((wire * (size // len(wire) + 1))[:size])

    def raw(self, data: bytes) -> bytes:
        """Bytes that are no record of ours: bad lengths, bad versions, garbage."""
        self.offset += len(data)
        return data

    def key_update(self, request: bool = False) -> bytes:
        """A KeyUpdate; the next record uses the next keys and number 0 (TLS 1.3 only)."""
        if self.version != "1.3":
            raise ValueError("KeyUpdate exists in TLS 1.3 only")
        out = self.seal(bytes((KEY_UPDATE, 0, 0, 1, request)), HANDSHAKE)
        self._epoch, self.number = self._epoch.next(), 0
        return out

    def _seal(self, payload: bytes, type: int, pad: int) -> bytes:
        explicit = self._explicit.to_bytes(8, "big") if self.version == "1.2" else None
        return seal_record(self.keys, self.number, type, payload, pad, explicit)

    def _out(self, record: bytes, type: int, payload: bytes, good: bool = True) -> bytes:
        self.records.append(SentRecord(self.offset, len(record), self.number, type, payload, good))
        self.number = (self.number + 1) & 0xFFFF_FFFF_FFFF_FFFF
        self._explicit = (self._explicit + 1) & 0xFFFF_FFFF_FFFF_FFFF
        self.offset += len(record)
        return record
