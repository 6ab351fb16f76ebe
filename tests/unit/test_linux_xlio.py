# SPDX-License-Identifier: BSD-2-Clause
"""libxlio's cases: what the hardware may answer, and where software's parser is then.

Case numbers are those of the comment in sockinfo_ulp.cpp.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sw_model.linux.xlio import HISTORY, HeaderHistory, Xlio, XlioPriv
from sw_model.nic import layout as lo
from sw_model.nic.layout import AuthState, Completion, CplStatus, TlsStatus, TrackState
from sw_model.wire.seq import SeqNum
from tests.unit.linux_nic_kit import NicBench
from tests.unit.nic_kit import Flow

LOCKED = TrackState.TRACKING, AuthState.NO_OFFLOAD


class XlioBench(NicBench):
    """Packets come up with the code the test says; GET_PSV is answered as the test says."""

    def __init__(self) -> None:
        super().__init__(Flow().records(10), Xlio, iq_blocks=64)
        assert self.sk.tls is not None
        assert self.sk.tls.priv_ctx_rx is not None
        self.priv: XlioPriv = self.sk.tls.priv_ctx_rx.driver_state
        self.asked: list[Callable[[Completion | None], None]] = []
        self.priv.hw.get_psv = self._ask  # type: ignore[method-assign]

    def _ask(self, done: Callable[[Completion | None], None]) -> int:
        self.asked.append(done)
        return 0

    def record(self, k: int, code: TlsStatus = TlsStatus.NONE) -> None:
        """Record ``k`` in one packet, as it was on the wire."""
        end = [*self.flow.headers, len(self.flow.wire)][k + 1]
        frame = self.flow.frame(self.flow.s(k), self.flow.wire[self.flow.headers[k] : end])
        _, meta = self.nic.frame(frame)
        meta.tls_status = code
        self.dev.rx_poll([(frame, meta)])
        self.run()

    def answer(self, k: int, state: tuple[TrackState, AuthState] = LOCKED, off: int = 0) -> None:
        """The oldest GET_PSV: record ``k``'s header, or ``off`` bytes behind it."""
        psv = lo.ProgressParams(0, 0, self.flow.s(k) + off, *state, 0)
        self.asked.pop(0)(Completion(lo.Op.GET_PSV, CplStatus.OK, 0, 0, 0, 0, psv.pack()))
        self.run()

    def pair(self, k: int) -> tuple[int, int]:
        return self.flow.s(k), self.flow.first + k


def lost_at(k: int) -> XlioBench:
    """Records up to ``k`` came up not decrypted, that one with the resync code."""
    b = XlioBench()
    for i in range(k):
        b.record(i)
    assert b.asked == []
    b.record(k, TlsStatus.RESYNC)
    assert len(b.asked) == 1
    return b


@pytest.mark.parametrize("track", [TrackState.SEARCHING, TrackState.START])
def test_1_not_tracking_is_asked_again_with_the_next_packet(track: TrackState) -> None:
    b = lost_at(2)
    b.answer(0, (track, AuthState.NO_OFFLOAD))
    assert (b.asked, b.confirmations()) == ([], [])
    b.record(3)
    b.answer(3)
    assert b.confirmations() == [b.pair(3)]
    b.record(4)
    assert b.asked == []  # helped


@pytest.mark.parametrize("k", [0, 1, 2])
def test_2_1_any_header_already_parsed(k: int) -> None:
    b = lost_at(2)
    b.answer(k)
    assert b.confirmations() == [b.pair(k)]


def test_2_2_1_a_header_ahead_waits_for_the_parser() -> None:
    b = lost_at(2)
    b.answer(4)
    b.record(3)
    assert (b.asked, b.confirmations()) == ([], [])
    b.record(4)
    assert b.confirmations() == [b.pair(4)]


@pytest.mark.parametrize("k", [1, 3])
def test_2_2_2_a_false_lock_is_never_confirmed_and_asked_about_again(k: int) -> None:
    """Behind the parser it shows at once, ahead of it when the parser has passed."""
    b = lost_at(2)
    b.answer(k, off=7)
    assert b.dev.stats.tls_resync_false_lock == (k < 2)
    b.record(3)
    b.record(4)
    b.record(5)
    assert (len(b.asked), b.confirmations()) == (1, [])
    b.answer(5)
    assert b.confirmations() == [b.pair(5)]


def test_2_3_1_lost_again_forgets_what_was_ahead() -> None:
    b = lost_at(2)
    b.answer(5)
    b.record(3, TlsStatus.RESYNC)
    assert b.priv.resync.ahead is None
    b.record(4)
    b.record(5)
    assert b.confirmations() == []  # 5 was the old lock's
    b.answer(4)
    assert b.confirmations() == [b.pair(4)]


@pytest.mark.parametrize("auth", [AuthState.OFFLOAD, AuthState.AUTHENTICATION])
def test_2_3_2_and_3_hardware_that_was_helped_already(auth: AuthState) -> None:
    b = lost_at(2)
    b.answer(2, (TrackState.TRACKING, auth))
    b.record(3)
    assert (b.asked, b.confirmations()) == ([], [])


def test_no_room_for_the_confirmation() -> None:
    """The next packet asks again; nothing counts as confirmed meanwhile."""
    b = lost_at(2)
    b.dev.iq.used += 64
    b.answer(2)
    b.dev.iq.used -= 64
    assert (b.dev.stats.tls_resync_confirmed, b.confirmations()) == (0, [])
    b.record(3)
    b.answer(3)
    assert (b.dev.stats.tls_resync_confirmed, b.confirmations()) == (1, [b.pair(3)])


def test_the_history_is_bounded() -> None:
    history = HeaderHistory()
    for k in range(HISTORY + 1):
        assert history.new_rec(SeqNum(100 * k), 100, k, 100) is None
    assert history.lookup(SeqNum(0)) is None
    assert history.lookup(SeqNum(100)) == (SeqNum(100), 1)
    assert history.lookup(SeqNum(100 * HISTORY)) == (SeqNum(100 * HISTORY), HISTORY)
