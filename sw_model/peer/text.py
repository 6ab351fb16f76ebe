# SPDX-License-Identifier: BSD-2-Clause
"""Application text from a seed, at the speed of the cipher rather than of a random generator."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sw_model.rng import stream


class TextStream:
    """Bytes without pattern; the same seed and name give the same bytes, however they are cut."""

    def __init__(self, seed: int, name: str) -> None:
        key = stream(seed, name).randbytes(16)
        self._cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        return self._cipher.update(bytes(size))
