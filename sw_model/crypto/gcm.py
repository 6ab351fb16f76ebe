# SPDX-License-Identifier: BSD-2-Clause
"""AES-GCM records: seal, open, and the bare keystream at any offset.

| | TLS 1.2 (RFC 5288) | TLS 1.3 (RFC 8446 section 5.2, 5.3) |
| --- | --- | --- |
| nonce | salt[4], explicit[8] from the record | iv[12] XOR record number in the last 8 bytes |
| AAD | number[8], type, version, plaintext length | the five header bytes as on the wire |
| sealed text | payload | payload, type byte, zero padding |

The cipher itself is ``keys.aead`` (``crypto/aead.py``).
"""

from __future__ import annotations

import struct
from typing import Literal

from sw_model.crypto.keys import TrafficKeys
from sw_model.wire.tls import (
    APPLICATION_DATA,
    EXPLICIT_NONCE_LEN,
    TAG_LEN,
    TLS_HLEN,
    WIRE_VERSION,
    RecordHeader,
)


class RecordError(ValueError):
    """A record that cannot be opened; ``reason`` says which rule it broke."""

    def __init__(self, reason: Literal["length", "tag", "inner"], text: str) -> None:
        super().__init__(text)
        self.reason = reason


def text_off(keys: TrafficKeys) -> int:
    """Offset of the first ciphertext byte in a record."""
    return TLS_HLEN + (EXPLICIT_NONCE_LEN if keys.version == "1.2" else 0)


def nonce(keys: TrafficKeys, number: int, explicit: bytes = b"") -> bytes:
    """The 12-byte GCM nonce; TLS 1.2 takes the record's explicit part, TLS 1.3 its number."""
    if keys.version == "1.2":
        return keys.iv + explicit
    masked = int.from_bytes(keys.iv, "big") ^ (number & 0xFFFF_FFFF_FFFF_FFFF)
    return masked.to_bytes(12, "big")


def nonce_of(keys: TrafficKeys, number: int, record: bytes) -> bytes:
    """The nonce under which ``record`` (at least its header and explicit nonce) was sealed."""
    return nonce(keys, number, record[TLS_HLEN : TLS_HLEN + EXPLICIT_NONCE_LEN])


def aad(keys: TrafficKeys, number: int, header: RecordHeader) -> bytes:
    """Additional data of a record with this wire header."""
    if keys.version == "1.3":
        return header.emit()
    plain_len = header.length - EXPLICIT_NONCE_LEN - TAG_LEN
    return struct.pack("!QBHH", number, header.type, header.version, plain_len)


def seal_record(
    keys: TrafficKeys,
    number: int,
    type: int,
    payload: bytes,
    pad: int = 0,
    explicit_nonce: bytes | None = None,
) -> bytes:
    """A whole record. ``pad`` zero bytes exist in TLS 1.3 only; the explicit nonce defaults to the
    record number (RFC 5288 section 3 leaves it free)."""
    if keys.version == "1.3":
        text = payload + bytes((type,)) + bytes(pad)
        header = RecordHeader(APPLICATION_DATA, len(text) + TAG_LEN)
        explicit = b""
    else:
        if pad:
            raise ValueError("TLS 1.2 AES-GCM has no padding")
        explicit = struct.pack("!Q", number) if explicit_nonce is None else explicit_nonce
        if len(explicit) != EXPLICIT_NONCE_LEN:
            raise ValueError(f"explicit nonce of {len(explicit)} bytes, expected 8")
        text = payload
        header = RecordHeader(type, EXPLICIT_NONCE_LEN + len(text) + TAG_LEN, WIRE_VERSION)
    iv, ad = nonce(keys, number, explicit), aad(keys, number, header)
    sealed = keys.aead.encrypt(keys.key, iv, text, ad)
    return header.emit() + explicit + sealed


def open_record(keys: TrafficKeys, number: int, record: bytes) -> tuple[int, bytes]:
    """(content type, payload) of a whole record, or RecordError. Sizes above the protocol's limits
    are the caller's business."""
    header = RecordHeader.parse(record)
    start = text_off(keys)
    shortest = start + TAG_LEN + (1 if keys.version == "1.3" else 0)
    if header is None or header.record_len != len(record) or len(record) < shortest:
        raise RecordError("length", f"record of {len(record)} bytes: {header}")
    iv, ad = nonce_of(keys, number, record), aad(keys, number, header)
    text = keys.aead.decrypt(keys.key, iv, bytes(record[start:]), ad)
    if text is None:
        raise RecordError("tag", f"record {number}: tag does not verify")
    if keys.version == "1.2":
        return header.type, text
    inner = text.rstrip(b"\0")
    if not inner:
        raise RecordError("inner", f"record {number}: no content type, all zero")
    return inner[-1], inner[:-1]


def ctr(keys: TrafficKeys, nonce: bytes, data: bytes, offset: int = 0) -> bytes:
    """XOR ``data`` with the record's keystream from text byte ``offset`` on (both directions)."""
    return keys.aead.ctr(keys.key, nonce, data, offset)
