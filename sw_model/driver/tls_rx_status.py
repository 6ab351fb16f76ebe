# SPDX-License-Identifier: BSD-2-Clause
"""snd_tag_status_str of a receive tag: what the hardware says about a connection, as text.

mlx5_en_hw_tls_rx.c of the later main branch. The caller sleeps; ``done(errno, text)`` is its
return. The question uses the tag's one answer buffer, which the resync path uses too: of two
answers that arrive before either is looked at, both sides see the newer one.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import EINVAL, ENXIO

from sw_model.driver.tls_rx import TlsRxTag
from sw_model.nic.layout import AuthState, TrackState

WAIT_NS = 1_000_000_000

TRACK_NAMES = {TrackState.START: "start", TrackState.TRACKING: "tracking",
               TrackState.SEARCHING: "searching"}  # fmt: skip
AUTH_NAMES = {AuthState.NO_OFFLOAD: "no_offload", AuthState.OFFLOAD: "offload",
              AuthState.AUTHENTICATION: "authentication"}  # fmt: skip

Done = Callable[[int, str], None]


def status_text(track: int, auth: int) -> tuple[int, str]:
    """(errno, text) of two state codes; EINVAL for one that does not exist."""
    if track > TrackState.SEARCHING or auth > AuthState.AUTHENTICATION:
        return EINVAL, ""
    text = f"tracker_state: {TRACK_NAMES[TrackState(track)]}, "
    return 0, text + f"auth_state: {AUTH_NAMES[AuthState(auth)]}"


def snd_tag_status_str(tag: TlsRxTag, done: Done) -> None:
    """mlx5e_tls_rx_snd_tag_status_str: ENXIO for a dead device, ENOMEM for a full queue."""
    dev = tag.dev
    if dev.gone:
        done(ENXIO, "")
        return
    over = False

    def answered(_: object) -> None:
        nonlocal over
        if not over:
            over = True
            state = tag.rx_progress[12]
            done(*status_text(state >> 6, state >> 4 & 3))

    def waited() -> None:
        nonlocal over
        if over:
            return
        if dev.gone:
            over = True
            done(ENXIO, "")
        else:
            dev.loop.call_later(WAIT_NS, waited)

    error = tag.post_get_psv(answered)
    if error:
        done(error, "")
        return
    dev.loop.call_later(WAIT_NS, waited)
