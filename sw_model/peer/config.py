# SPDX-License-Identifier: BSD-2-Clause
"""How a TCP end behaves, and what it and its peer agreed on."""

from __future__ import annotations

from dataclasses import dataclass, field

from sw_model.peer.rto import DEFAULT_INITIAL_RTO, DEFAULT_MIN_RTO
from sw_model.wire.tcp import TcpOptions

TS_OPTION_LEN = 12
DEFAULT_MSS = 536  # RFC 9293 section 3.7.1: when the peer sends no MSS option


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


@dataclass(slots=True)
class Agreed:
    """What both sides agreed on in their SYNs; shifts of the windows sent and received."""

    snd_shift: int = 0
    rcv_shift: int = 0
    sack: bool = False
    timestamps: bool = False
    ts_recent: int = 0
    options: TcpOptions = field(default_factory=TcpOptions)
