# SPDX-License-Identifier: BSD-2-Clause
"""Whole stories of the way back to offload: sender, NIC, driver, kernel and user.

They run on the RTL as well. Marks, one a packet: D decrypted, - not, R tracking was lost
here, X a tag failed here.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from sw_model.driver.faults import DriverFaults
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.nic import layout as lo
from tests.unit.loop_kit import ROUND, US, Host, Loop, offloaded


@pytest.mark.parametrize(("length", "answer"), [(0x20, "not_tracking"), (0x1E, "not_found")])
def test_59_false_headers_are_never_confirmed(length: int, answer: str) -> None:
    """A gap of more than a record, then ciphertext that shows nothing but headers. At length 0x20
    each of them is refuted by what stands behind it, at 0x1e they make a chain."""
    c = Loop(Host())
    recs = [c.record(), c.record(16384), c.record(16384)]
    recs.append(c.record(c.showing(bytes((23, 3, 3, 0, length)), 6000)))
    recs += [c.record() for _ in range(8)]
    false = recs[3]
    spans = [(a, min(a + 1400, false.end)) for a in range(recs[1].start, false.end, 1400)]
    c.arrive(recs[0])
    inside = [span for span in spans if span[0] > false.start]
    c.arrive(*inside)
    c.run()
    assert "R" in c.marks
    c.arrive(*[span for span in spans if span not in inside], gap=ROUND)
    c.arrive(*recs[4:], gap=ROUND)
    c.run()
    true = {(c.s(r), r.number) for r in recs}
    assert set(c.host.confirmations) <= true
    assert c.host.confirmations
    assert c.trace.count("mce0", answer)
    assert c.marks.endswith("DD")
    c.user_ok(*recs)
    c.finish()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_63_confirmation_changes_position_and_number_only(version: str) -> None:
    c, recs = offloaded(6, version=version)
    c.arrive(recs[0], recs[2], recs[3], recs[1])
    c.run()
    writes = [cmd for cmd in c.host.commands if cmd.opcode == lo.Op.SET_STATIC]
    assert len(writes) == 2
    set_up, confirmation = (lo.StaticParams.parse(cmd.payload) for cmd in writes)
    assert confirmation == replace(
        set_up, resync_tcp_sn=c.s(recs[2]), initial_record_number=recs[2].number
    )
    c.arrive(*recs[4:])
    c.run()
    assert c.marks == "DR---D"
    c.user_ok(*recs)
    c.finish()


def test_66_position_ahead_of_the_table() -> None:
    """The worker is slow: at the answer only the first record was reported. Asked again later."""
    c, recs = offloaded(8, timing=KtlsTiming(record_ns=20 * US))
    c.arrive(recs[0], recs[2], recs[3], recs[1])
    c.run()
    told = [e["what"] for e in c.trace.events if e["what"] in ("get_psv", "not_found", "confirm")]
    assert told[:4] == ["get_psv", "not_found", "get_psv", "confirm"]
    c.confirmed(recs[2])
    c.arrive(*recs[4:], gap=ROUND)
    c.run()
    assert c.marks == "DR---DDD"
    c.user_ok(*recs)
    c.finish()


def test_71_lock_lost_before_the_confirmation() -> None:
    c, recs = offloaded(12)
    c.host.hold[lo.Op.SET_STATIC] = 50 * US
    c.arrive(recs[0], recs[2], recs[1])
    c.run(20 * US)
    c.confirmed(recs[2])  # under way
    c.arrive(recs[4])  # 3 is missing
    c.run(100 * US)
    c.host.hold.clear()
    c.arrive(recs[3], recs[5])
    c.run()
    c.confirmed(recs[2], recs[4])
    c.arrive(*recs[6:], gap=ROUND)
    c.run()
    assert c.marks == "DR-R---DDDDD"
    c.user_ok(*recs)
    c.finish()


def test_72_found_again_before_the_answer() -> None:
    c, recs = offloaded(12)
    c.host.hold[lo.Op.GET_PSV] = 50 * US
    c.arrive(recs[0], recs[2], recs[1])
    c.run(20 * US)
    assert c.host.ops.count("GET_PSV") == 1
    c.arrive(recs[4], recs[3], recs[5])
    c.run(100 * US)
    c.confirmed(recs[4])
    c.arrive(*recs[6:], gap=ROUND)
    c.run()
    assert c.marks == "DR-R---DDDDD"
    c.confirmed(recs[4])
    c.user_ok(*recs)
    c.finish()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_73_wrong_number_is_good_through_software(version: str) -> None:
    c, recs = offloaded(12, version=version, faults=DriverFaults(confirm_wrong_number=True))
    c.arrive(recs[0], recs[2], recs[1])
    c.run()
    c.arrive(*recs[3:], gap=ROUND)
    c.run()
    assert c.marks.count("D") == 1
    assert "X" in c.marks
    assert len(c.host.confirmations) > 1
    c.user_ok(*recs)
    c.finish()
