# SPDX-License-Identifier: BSD-2-Clause
"""Each known bug of the FreeBSD receive path: what it does when switched on, and not when off.

Weak points that are behaviour rather than bugs have no switch; tests at the end show what they
cost. docs/kernel.md lists both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from errno import EBADMSG, EMSGSIZE
from typing import Any

import pytest

from sw_model.driver.faults import DriverFaults
from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, TCP_TLS_MODE_SW
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.nic import layout as lo
from sw_model.nic.layout import TrackState
from tests.unit.driver_kit import GAP, Conn, Script, locked
from tests.unit.driver_kit import Bench as DriverBench
from tests.unit.fake_nic import FakeNic
from tests.unit.kernel_bench import Bench
from tests.unit.ktls_test_kit import SUITES, Connection, Sender
from tests.unit.nic_kit import Flow


def first_allocation(bugs: Bugs) -> int:
    """10.1: bit number for mask. IPv4 is ANDed with 0: never offloaded."""
    return Bench(bugs=bugs).so.mode()


def route_change(bugs: Bugs) -> int:
    """10.1 in the reset task: IPv4 never goes back to the NIC, and nobody counts it."""
    b = Bench(bugs=bugs)
    other = FakeNic(b.loop, "mce1")
    b.record()
    b.poll([b.mbuf(0, 1029, "E", ifp=other)])
    assert b.counter("ifnet.reset_failed") == 0
    return len(other.tags)


def all_zero_text(bugs: Bugs) -> list[Any]:
    """10.3: a length byte is taken for the record type, the length becomes -1 (65535)."""
    b = Bench("1.3", bugs=bugs)
    b.record(inner=bytes(17))
    b.send("E")
    return [(m.errno, m.record_type, m.tls.tls_length if m.tls else None) for m in b.msgs()]


def short_and_decrypted(bugs: Bugs) -> list[Any]:
    """10.4: 25 bytes cannot hold a tag; a length of -4 (65532) is told to the user."""
    b = Bench(bugs=bugs)
    b.raw(bytes((23, 3, 3, 0, 20)) + bytes(20))
    b.send("D")
    return [(m.errno, m.record_type, m.tls.tls_length if m.tls else None) for m in b.msgs()]


def two_headers_in_a_chain(bugs: Bugs) -> int:
    """10.5: the interface of a chain with several packets is not looked at: no new tag."""
    b = Bench(bugs=bugs)
    for _ in range(3):
        b.record()
    other = FakeNic(b.loop, "mce1")
    for start in (1029, 2058, 0):  # the third closes the gap: the two behind it come as one chain
        b.poll([b.mbuf(start, start + 1029, "E", ifp=other)])
    return b.counter("ifnet.reset")


def tag_released_under_the_worker(bugs: Bugs) -> str:
    """10.6: the route changes between reading the tag's pointer and following it."""
    b = Bench(bugs=bugs, timing=KtlsTiming(wakeup_ns=1_000, preempt_ns=1_000, reset_task_ns=1_500))
    other = FakeNic(b.loop, "mce1")
    rec = b.record()
    try:
        b.poll([b.mbuf(0, 1029, "E", ifp=other)])
    except AssertionError as error:
        return str(error)
    b.user_ok(rec)
    return ""


def fin_before_the_record(bugs: Bugs) -> tuple[int, bool]:
    """10.14: (position reported, does it lie at the record's header?)."""
    b = Bench(bugs=bugs)
    b.record()
    b.poll([b.mbuf(0, 1029, "E")], run=False)
    b.poll([b.mbuf(1029, 1029, "E", 0x11)], run=False)
    b.run()
    return b.calls[0][0], b.calls[0][0] == 0x10000


USE_AFTER_FREE = "modify after free"
KERNEL: dict[str, tuple[Callable[[Bugs], Any], Any, Any]] = {
    "alloc_capability_by_number": (first_allocation, TCP_TLS_MODE_SW, TCP_TLS_MODE_IFNET),
    "reset_capability_by_number": (route_change, 0, 1),
    "all_zero_inner": (all_zero_text, [(0, 33, 65535)], [(EBADMSG, None, None)]),
    "decrypted_no_min_length": (short_and_decrypted, [(0, 23, 65532)], [(EMSGSIZE, None, None)]),
    "leaf_ifp_of_first_mbuf": (two_headers_in_a_chain, 0, 1),
    "unlocked_snd_tag": (tag_released_under_the_worker, USE_AFTER_FREE, ""),
    "fin_in_rcv_nxt": (fin_before_the_record, (0x10001, False), (0x10000, True)),
}


@pytest.mark.parametrize("name", KERNEL)
def test_damage_and_cure(name: str) -> None:
    run, damage, cure = KERNEL[name]
    assert run(Bugs(**{name: True})) == damage
    assert run(Bugs()) == cure


def test_every_switch_has_a_row() -> None:
    assert {f.name for f in fields(Bugs)} == set(KERNEL)
    assert not any(getattr(Bugs(), f.name) for f in fields(Bugs))  # all off by default


def test_a_real_tag_notices_its_use_after_free() -> None:
    """The same race against the driver instead of the test's tag."""
    s = Script()
    tag = s.ready(Conn(Flow().records(3)))
    tag.free()
    with pytest.raises(RuntimeError, match="after it was freed"):
        tag.modify(0x10000, 1029, 5)


@pytest.mark.model_only
@pytest.mark.parametrize(("v1", "kinds"), [(True, "EE" + "D" * 6), (False, "D" * 8)])
def test_10_2_first_parameters(v1: bool, kinds: str) -> None:
    """The 2022 driver lets the hardware wait for sequence number 0: only a resync starts it."""
    b, flow = DriverBench(faults=DriverFaults(v1_programming=v1)), Flow().records(8)
    conn = b.open(flow)
    b.send_records(flow, 0, 8, GAP)
    b.run()
    assert conn.kinds == kinds


# Behaviour without a switch ---------------------------------------------------------------------


def test_10_7_a_failed_record_makes_candidates_unknown() -> None:
    """Reported: 7, then 9. The hardware locked at 7, but the table restarted at 9."""
    b = Bench()
    for spoil in (None, 100, None):
        b.record(spoil=spoil)
    b.send("EEE")
    s = Script()
    tag = s.ready(Conn(Flow().records(3)))
    s.log.clear()
    for call in b.calls:
        tag.modify(*call)
    s.answer(psv=locked(0x10000))
    assert s.ops == ["GET_PSV"]  # nothing is confirmed
    assert [c[2] for c in b.calls] == [5, 7]


def test_10_8_rx_resync_ok_counts_requests() -> None:
    """The hardware found nothing, nothing resumed: "successful resync requests" 1."""
    s = Script()
    tag = s.ready(Conn(Flow().records(3)))
    tag.modify(0x10000, 1029, 5)
    s.answer(psv=lo.ProgressParams(track=TrackState.SEARCHING))
    assert s.ifp.sysctl()["tls_rx.stats.rx_resync_ok"] == 1


def test_10_13_lro_hands_up_the_newest_entry_first() -> None:
    """D1 D2 E3 D4 of one poll: E3 goes up first and TCP answers with a duplicate ACK."""
    b = Bench(lro=1)
    records = [b.record() for _ in range(4)]
    seen = b.to_tcp()
    marks = "DDED"
    b.poll([b.mbuf(r.start, r.end, m) for r, m in zip(records, marks, strict=True)])
    assert seen == [(2058, 1029, False), (0, 2058, True), (3087, 1029, True)]
    assert b.counter("tcps_rcvoopack") == 1
    b.user_ok(*records)


@pytest.mark.parametrize(("transformed", "errors"), [(True, [EBADMSG]), (False, [])])
def test_10_15_no_third_mark(transformed: bool, errors: list[int]) -> None:
    """Last packet of a good record, code 3: holding keystream-XORed bytes, the record is lost."""
    b = Bench()
    rec = b.record()
    if transformed:
        b.wire[700:] = rec.plain[700:]
    b.send("DDE", [300, 700])
    assert b.errors() == errors


def test_10_16_a_bad_header_stalls_a_small_buffer() -> None:
    """65535 bytes announced, bad version, a buffer of 16 KiB: the window closes, no error comes."""
    sender = Sender(SUITES[0], "stall")
    c = Connection(rcvbuf=16384)
    assert c.so.setsockopt_rxtls(sender.enable()) == 0
    c.run()
    c.write(b"\x17\x02\x03\xff\xff" + bytes(70_000))
    c.run(60_000_000_000)
    assert (c.so.so_error, c.so.poll(), c.closed) == (0, 4, [])
    assert c.so.so_rcv.sb_tlscc <= 16384
    assert c.so.so_rcv.sbspace() < 1460


def test_10_17_two_errors_are_one_and_data_comes_first() -> None:
    b = Bench()
    b.record(spoil=100)
    good = b.record()
    b.record(spoil=100)
    b.send("EEE")
    assert [(m.errno, m.data) for m in b.msgs()] == [(0, good.payload), (EBADMSG, b"")]


def test_record_numbers_are_64_bits_in_the_buffer() -> None:
    """sb_tls_seqno is a u64: behind 2^64 - 1 comes 0. TLS forbids to get there."""
    b = Bench(rec_seq=(1 << 64) - 1)
    last = b.record()
    b.number = 0
    first = b.record()
    b.send("EE")
    b.user_ok(last, first)
    assert [c[2] for c in b.calls] == [(1 << 64) - 1, 0]
