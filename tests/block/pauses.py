# SPDX-License-Identifier: BSD-2-Clause
"""Idle gaps and back-pressure for cocotbext-axi's sources and sinks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from random import Random


def pauses(rng: Random, share: float) -> Iterator[bool]:
    """For ``set_pause_generator``: whether the interface rests, in this ``share`` of cycles."""
    return (rng.random() < share for _ in itertools.count())
