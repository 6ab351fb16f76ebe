# SPDX-License-Identifier: BSD-2-Clause
"""What the options of two SYNs agree on (RFC 9293 section 3.7.1, RFC 7323, RFC 2018)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sw_model.peer.config import TcpConfig
from sw_model.wire.tcp import TcpOptions

TS_OPTION_LEN = 12
DEFAULT_MSS = 536  # RFC 9293 section 3.7.1: when the peer sends no MSS option


@dataclass(slots=True)
class Agreed:
    """What both sides agreed on in their SYNs; shifts of the windows sent and received."""

    snd_shift: int = 0
    rcv_shift: int = 0
    sack: bool = False
    timestamps: bool = False
    ts_recent: int = 0
    options: TcpOptions = field(default_factory=TcpOptions)  # the peer's


def agree(config: TcpConfig, offered: TcpOptions) -> Agreed:
    """What both want is used."""
    return Agreed(
        snd_shift=offered.wscale or 0,
        rcv_shift=0 if offered.wscale is None else config.wscale,
        sack=config.sack and offered.sack_permitted,
        timestamps=config.timestamps and offered.ts is not None,
        ts_recent=offered.ts[0] if offered.ts else 0,
        options=offered,
    )


def segment_size(config: TcpConfig, agreed: Agreed) -> int:
    """The most data a segment of ours carries: time stamps take their room from it."""
    offered = agreed.options.mss
    mss = min(config.mss, DEFAULT_MSS if offered is None else offered)
    return max(1, mss - (TS_OPTION_LEN if agreed.timestamps else 0))


def syn_options(config: TcpConfig, ts: tuple[int, int]) -> TcpOptions:
    """All we know, in an active open."""
    return TcpOptions(
        mss=config.mss,
        wscale=config.wscale,
        sack_permitted=config.sack,
        ts=ts if config.timestamps else None,
    )


def syn_ack_options(config: TcpConfig, agreed: Agreed, ts: tuple[int, int]) -> TcpOptions:
    """In an answer only what the peer offered too."""
    return TcpOptions(
        mss=config.mss,
        wscale=None if agreed.options.wscale is None else config.wscale,
        sack_permitted=agreed.sack,
        ts=ts if agreed.timestamps else None,
    )
