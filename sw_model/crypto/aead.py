# SPDX-License-Identifier: BSD-2-Clause
"""The cipher below the record layer: AES-GCM, or bytes tracked by reference.

``ByReference`` is for large sweeps on machines where AES is slow, and for nothing else: the text is
XORed with a part of one fixed pad, chosen by key and nonce, and the tag is made of CRCs over key,
nonce, additional data and sealed text. A wrong key, number, header or bit shows in it just as it
does in AES-GCM, and a decrypted piece encrypted again is the piece that came. It protects nothing.
The records sealed last are kept beside their text: a piece that is found in one of them is looked
up, not computed. What differs by a bit is not found, and computed as ever.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import Literal, Protocol

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sw_model.rng import stream

CryptoName = Literal["real", "by_reference"]

FIRST_COUNTER = 2  # of the first text block: SP 800-38D section 7.1 with a 96-bit nonce
BLOCK = 16
CACHED_KEYS = 4096


class Aead(Protocol):
    """What records need of a cipher; nonces are 12 bytes, a tag is 16."""

    def encrypt(self, key: bytes, nonce: bytes, text: bytes, aad: bytes) -> bytes:
        """The sealed text and the tag behind it."""
        ...

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
        """The text, or None when the tag does not verify."""
        ...

    def ctr(self, key: bytes, nonce: bytes, data: bytes, offset: int = 0) -> bytes:
        """XOR ``data`` with the keystream from text byte ``offset`` on."""
        ...


class AesGcm:
    """AES-GCM by a library that uses the machine's own instructions."""

    def encrypt(self, key: bytes, nonce: bytes, text: bytes, aad: bytes) -> bytes:
        return _gcm(key).encrypt(nonce, text, aad)

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
        try:
            return _gcm(key).decrypt(nonce, sealed, aad)
        except InvalidTag:
            return None

    def ctr(self, key: bytes, nonce: bytes, data: bytes, offset: int = 0) -> bytes:
        block, skip = divmod(offset, BLOCK)
        counter = (FIRST_COUNTER + block) & 0xFFFF_FFFF
        cipher = _keystream(key)
        cipher.reset_nonce(nonce + counter.to_bytes(4, "big"))
        return cipher.update(bytes(skip) + data)[skip:] if skip else cipher.update(data)


@lru_cache(maxsize=CACHED_KEYS)
def _gcm(key: bytes) -> AESGCM:
    return AESGCM(key)


@lru_cache(maxsize=CACHED_KEYS)
def _keystream(key: bytes) -> CipherContext:
    """The cipher of one key, used over and over: to make one costs more than a packet's bytes."""
    return Cipher(algorithms.AES(key), modes.CTR(bytes(BLOCK))).encryptor()


class ByReference:
    """See the top of the file. ``remember`` = 0: compute everything."""

    def __init__(self, remember: int = 256) -> None:
        self._remember = remember
        # (key, nonce) -> (sealed text and tag, text, additional data), oldest first
        self._sealed: dict[tuple[bytes, bytes], tuple[bytes, bytes, bytes]] = {}

    def encrypt(self, key: bytes, nonce: bytes, text: bytes, aad: bytes) -> bytes:
        text = bytes(text)
        sealed = _xor_pad(key, nonce, text, 0)
        whole = sealed + _tag(key, nonce, sealed, aad)
        self._sealed[key, nonce] = whole, text, aad
        if len(self._sealed) > self._remember:
            del self._sealed[next(iter(self._sealed))]
        return whole

    def decrypt(self, key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
        known = self._sealed.get((key, nonce))
        if known is not None and known[0] == sealed and known[2] == aad:
            return known[1]
        text, tag = sealed[:-BLOCK], sealed[-BLOCK:]
        return _xor_pad(key, nonce, text, 0) if tag == _tag(key, nonce, text, aad) else None

    def ctr(self, key: bytes, nonce: bytes, data: bytes, offset: int = 0) -> bytes:
        known = self._sealed.get((key, nonce))
        if known is not None:
            sealed, text, _ = known
            end = offset + len(data)
            if end <= len(text):
                if sealed[offset:end] == data:
                    return text[offset:end]
                if text[offset:end] == data:
                    return sealed[offset:end]
        return _xor_pad(key, nonce, data, offset)


PAD_LEN = 65521  # prime: no offset of a record meets the start of another


def _xor_pad(key: bytes, nonce: bytes, data: bytes, offset: int) -> bytes:
    pad = _pad()
    start = (zlib.crc32(nonce, zlib.crc32(key)) + offset) % PAD_LEN
    if start + len(data) > len(pad):
        raise ValueError(f"{len(data)} bytes: more than a record")
    part = pad[start : start + len(data)]
    return np.bitwise_xor(np.frombuffer(data, np.uint8), part).tobytes()


@lru_cache(maxsize=1)
def _pad() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """A period and as much again as one record may take."""
    period = stream(0, "crypto/by_reference").randbytes(PAD_LEN)
    return np.frombuffer(period * 2, np.uint8)


def _tag(key: bytes, nonce: bytes, text: bytes, aad: bytes) -> bytes:
    whose = zlib.crc32(aad, zlib.crc32(nonce, zlib.crc32(key)))
    what = zlib.crc32(text, whose)
    return struct.pack("!IIII", whose, what, zlib.crc32(aad, what), len(text))


AES_GCM: Aead = AesGcm()
AEADS: dict[CryptoName, Aead] = {"real": AES_GCM, "by_reference": ByReference()}
