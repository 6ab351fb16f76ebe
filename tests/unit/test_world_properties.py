# SPDX-License-Identifier: BSD-2-Clause
"""The properties of every run bite: each broken promise ends a world with the property's own words.

103 and 104 are shown by tests/system/test_mutants.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sw_model.check.packets import Violation
from sw_model.driver.tls_rx import TlsRxTag
from sw_model.kernel.ktls import Ktls
from sw_model.kernel.ktls_record import KTLS_MBUF_CRYPTO_ST_DECRYPTED
from sw_model.kernel.ktls_session import KtlsSession
from sw_model.nic.faults import NO_FAULTS, NicFaults
from sw_model.nic.layout import PktMeta, TlsStatus
from sw_model.world.properties import MarksComeBack
from sw_model.world.run import run_on_model
from tests.system.scenarios import LOST_HEADER

LONG = replace(LOST_HEADER, sessions=(replace(LOST_HEADER.sessions[0], app_bytes=40_000),))


def end_of_world(nic: NicFaults = NO_FAULTS) -> str:
    """What the world's checks say."""
    try:
        run_on_model(LONG, faults=nic)
    except Violation as violation:
        return str(violation)
    return ""


def test_a_sound_world_holds_all() -> None:
    assert end_of_world() == ""


def test_105_an_end_call_for_every_decrypted_record(monkeypatch: pytest.MonkeyPatch) -> None:
    notify = Ktls._notify

    def twice(self: Ktls, so: Any, *how: Any) -> None:
        resumed = so.so_rcv.sb_flags
        notify(self, so, *how)
        so.so_rcv.sb_flags = resumed  # SB_TLS_RX_RESYNC stays set

    monkeypatch.setattr(Ktls, "_notify", twice)
    assert "end calls against the runs that ended" in end_of_world()


def test_105_no_end_call(monkeypatch: pytest.MonkeyPatch) -> None:
    notify = Ktls._notify

    def silent(self: Ktls, so: Any, tls_len: int, seqno: int, state: int, *how: Any) -> None:
        if state != KTLS_MBUF_CRYPTO_ST_DECRYPTED:
            notify(self, so, tls_len, seqno, state, *how)

    monkeypatch.setattr(Ktls, "_notify", silent)
    assert "-1 end calls against the runs that ended" in end_of_world()


def test_106_a_driver_that_never_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    def ignore(self: TlsRxTag, sn: int, rcd: int) -> None:
        self._emit("not_found", sn=sn)

    monkeypatch.setattr(TlsRxTag, "_confirm", ignore)
    assert "bytes came up unmarked since the stream was quiet" in end_of_world()


def test_106_a_hole_is_not_quiet() -> None:
    """While a byte is missing software cannot report; the limit counts from the last hole on."""
    watch = MarksComeBack("flow", 1000)
    watch.packet(0, meta(0, 100), True)
    for i in range(2, 80):
        watch.packet(i * 10_000, meta(100 * i, 100), True)  # 100..200 is missing
    watch.packet(800_000, meta(100, 100), True)
    for i in range(80, 91):
        watch.packet(800_000, meta(100 * i, 100), True)  # not quiet for long enough
    for i in range(91, 101):
        watch.packet(900_000, meta(100 * i, 100), True)
    with pytest.raises(Violation, match="1100 bytes came up unmarked"):
        watch.packet(900_000, meta(10_100, 100), True)


@pytest.mark.parametrize("status", [TlsStatus.RESYNC, TlsStatus.AUTH_FAIL])
def test_106_a_packet_that_lost_or_failed_starts_again(status: TlsStatus) -> None:
    watch = MarksComeBack("flow", 1000)
    for i in range(100):
        kind = status if i % 10 == 9 else TlsStatus.NONE
        watch.packet(i * 1_000_000, meta(100 * i, 100, kind), True)


def test_106_a_stream_that_is_not_offloaded_may_stay_unmarked() -> None:
    watch = MarksComeBack("flow", 1000)
    for i in range(100):
        watch.packet(i * 1_000_000, meta(100 * i, 100), False)


def meta(at: int, length: int, status: TlsStatus = TlsStatus.NONE) -> PktMeta:
    """A packet at this place of a stream that begins just below the wrap."""
    seq = (0xFFFF_FFF0 + at) & 0xFFFF_FFFF
    return PktMeta(tcp_seq=seq, payload_len=length, is_tcp=True, l4_ok=True, tls_status=status)


def forget(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    """The driver skips a step of the release."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TlsRxTag, name, lambda self, done: done())

    return patch


@pytest.mark.parametrize(
    ("patch", "says"),
    [
        (lambda m: m.setattr(KtlsSession, "wipe", lambda self: None), "1 sessions with a key left"),
        (forget("_delete_rule"), "1 rules in the NIC left"),
        (forget("_destroy_key"), "keys"),
        (forget("_destroy_context"), "contexts"),
    ],
)
def test_107_something_is_left(
    patch: Callable[[pytest.MonkeyPatch], None], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch(monkeypatch)
    assert says in end_of_world()


def test_107_a_key_left_in_the_nic() -> None:
    assert end_of_world(NicFaults(keep_key_on_destroy=True)) == "1 keys in the NIC left after close"
