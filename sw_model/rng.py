# SPDX-License-Identifier: BSD-2-Clause
"""Independent random streams from one seed: adding a component never shifts another's numbers."""

from __future__ import annotations

import hashlib
import random


def derive(seed: int, name: str) -> int:
    """A 64-bit seed for the component ``name``, the same on every machine."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def stream(seed: int, name: str) -> random.Random:
    """The random stream of the component ``name``."""
    return random.Random(derive(seed, name))
