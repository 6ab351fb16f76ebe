# SPDX-License-Identifier: BSD-2-Clause
"""What the engine and its bench should reach."""

from __future__ import annotations

from collections.abc import Mapping

WIDTHS = (128, 256, 512)


def _all(value: float) -> Mapping[int, float]:
    return dict.fromkeys(WIDTHS, value)


# Lowest efficiency by width; traffic or width without an entry is stated only.
EFFICIENCY: Mapping[str, Mapping[int, float]] = {
    "16k-1flow": _all(0.99),
    "16k-64flows": _all(0.99),
    "1k": _all(0.95),
    "256": {512: 0.85},
    "64": {128: 0.85, 512: 0.60},
    "plain": _all(0.99),
    "search": _all(0.99),
    "acks": _all(0.99),
}

PYTHON_VS_CPP = 0.7
VS_COCOTBEXT_AXI = 8.0


def efficiency_goal(traffic: str, data_w: int) -> float | None:
    return EFFICIENCY.get(traffic, {}).get(data_w)
