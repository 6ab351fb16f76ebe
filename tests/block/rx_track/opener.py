# SPDX-License-Identifier: BSD-2-Clause
"""Opens records from their slots alone: the position arithmetic of docs/engine.md, in slow motion.

Block ciphers come from a crypto library, GHASH from its definition; nothing comes from the engine.
"""

from __future__ import annotations

from random import Random

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.block.gf128_mul.field import mul, power
from tests.block.rx_track.slot_reference import Static


def sealed_records(
    rng: Random, key: bytes, params: Static, sizes: list[int]
) -> tuple[bytes, bytes]:
    """Wire bytes of records with texts of `sizes`, and the texts."""
    wire, plain = b"", b""
    for i, size in enumerate(sizes):
        number = params.number + i
        text = rng.randbytes(size + params.tls13)  # TLS 1.3: never empty
        head = bytes((23, 3, 3)) + (len(text) + (16 if params.tls13 else 24)).to_bytes(2, "big")
        if params.tls13:
            mask = number.to_bytes(12, "big")
            nonce = bytes(a ^ b for a, b in zip(params.iv, mask, strict=True))
            sealed = AESGCM(key).encrypt(nonce, text, head)
        else:
            explicit = rng.randbytes(8)
            aad = number.to_bytes(8, "big") + head[:3] + len(text).to_bytes(2, "big")
            sealed = explicit + AESGCM(key).encrypt(params.iv[:4] + explicit, text, aad)
        wire += head + sealed
        plain += text
    return wire, plain


class Opener:
    """Takes the slots of one flow; collects its text and the sum of each record."""

    def __init__(self, key: bytes, width: int) -> None:
        self.aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        self.h = int.from_bytes(self.block(bytes(16)), "big")
        self.width = width
        self.text = b""
        self.sums: list[int] = []
        self.sum = self.piece = 0

    def block(self, data: bytes) -> bytes:
        return self.aes.update(data)

    def keystream(self, nonce: bytes, ctr: int) -> bytes:
        counters = range(ctr, ctr + self.width // 16)
        return b"".join(self.block(nonce + i.to_bytes(4, "big")) for i in counters)

    def absorb(self, block: bytes) -> None:
        self.piece = mul(self.piece ^ int.from_bytes(block, "big"), self.h)

    def slot(self, slot: dict[str, int]) -> None:
        data = slot["data"].to_bytes(self.width, "little")
        nonce = slot["nonce"].to_bytes(12, "big")
        if slot["head"]:  # the record starts with E(J0)
            self.sum = int.from_bytes(self.block(nonce + (1).to_bytes(4, "big")), "big")
            self.absorb(data[:16])
        if slot["text_bytes"]:
            self._text(slot, data, nonce)
        if slot["length"]:
            bits = slot["aad_len"] * 8, slot["text_len"] * 8
            self.absorb(b"".join(n.to_bytes(8, "big") for n in bits))
        self.sum ^= int.from_bytes(slot["tag_data"].to_bytes(16, "little"), "big")
        if slot["piece_end"]:
            self.sum ^= mul(self.piece, power(self.h, slot["exponent"]))
            self.piece = 0
        if slot["check"]:
            self.sums.append(self.sum)

    def _text(self, slot: dict[str, int], data: bytes, nonce: bytes) -> None:
        first, last = slot["text_from"], slot["text_from"] + slot["text_bytes"]
        stream = self.keystream(nonce, slot["ctr"])
        self.text += bytes(a ^ b for a, b in zip(data, stream, strict=True))[first:last]
        for at in range(first // 16 * 16, last, 16):
            self.absorb(data[at : at + 16])
