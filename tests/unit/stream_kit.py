# SPDX-License-Identifier: BSD-2-Clause
"""A record stream as a test lays it out: sealed records behind one another, cut in packets.

Records are sealed with ``cryptography`` alone, so that nothing of the code under test prepares its
own input.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

KEY_UPDATE = bytes((24, 0, 0, 1, 0))  # the handshake message (RFC 8446 4.6.3)


@dataclass(frozen=True)
class Record:
    """One record: position in the stream, wire bytes, and the bytes a NIC hands up."""

    start: int
    number: int
    wire: bytes
    plain: bytes
    payload: bytes
    type: int

    @property
    def end(self) -> int:
        return self.start + len(self.wire)


@dataclass(frozen=True)
class Keys:
    """Of one direction. ``iv``: 12 bytes, but the 4 of the salt for AES-GCM under TLS 1.2."""

    version: str
    cipher: str
    key: bytes
    iv: bytes

    def seal(self, number: int, text: bytes, type: int) -> tuple[bytes, bytes]:
        """Header (with the explicit nonce, if there is one), and ciphertext with its tag.

        ``text`` of TLS 1.3 has the inner type and the padding in it. (RFC 5288, 7905, 8446 5.2)
        """
        explicit = struct.pack("!Q", number ^ 0x0102030405060708) if len(self.iv) == 4 else b""
        head = struct.pack("!BBBH", type, 3, 3, len(explicit) + len(text) + 16)
        aad = (
            head if self.version == "1.3" else struct.pack("!QBBBH", number, type, 3, 3, len(text))
        )
        nonce = self.iv + explicit
        if not explicit:
            nonce = (int.from_bytes(self.iv, "big") ^ number).to_bytes(12, "big")
        aead = AESGCM(self.key) if self.cipher == "gcm" else ChaCha20Poly1305(self.key)
        return head + explicit, aead.encrypt(nonce, text, aad)


def payload_of(number: int, size: int) -> bytes:
    """Bytes that differ from record to record and within one."""
    return bytes((i + number) & 0xFF for i in range(size))


def packets(
    marks: str, begin: int, end: int, cuts: Iterable[int] | None = None
) -> Iterator[tuple[str, int, int]]:
    """(mark, begin, end) of a packet a mark: cut evenly, or at these stream offsets."""
    if cuts is None:
        step = (end - begin) / len(marks)
        cuts = [begin + round(step * i) for i in range(1, len(marks))]
    for mark, to in zip(marks, [*cuts, end], strict=True):
        yield mark, begin, to
        begin = to
