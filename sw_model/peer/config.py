# SPDX-License-Identifier: BSD-2-Clause
"""How a TCP end behaves."""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.peer.rto import DEFAULT_INITIAL_RTO, DEFAULT_MIN_RTO


@dataclass(frozen=True, slots=True)
class TcpConfig:
    """How an end behaves. ``random_cut`` sends segments of 1..mss bytes, drawn from the seed;
    ``fixed_window`` replaces congestion control; ``linger`` is TIME_WAIT in ns."""

    mss: int = 1460
    window: int = 1 << 20
    wscale: int = 7
    sack: bool = True
    timestamps: bool = False
    min_rto: int = DEFAULT_MIN_RTO
    initial_rto: int = DEFAULT_INITIAL_RTO
    fixed_window: int | None = None
    random_cut: bool = False
    recut: bool = False
    linger: int = 1_000_000
