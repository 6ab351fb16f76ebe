# SPDX-License-Identifier: BSD-2-Clause
"""The three resync modes with their exact arithmetic: scenarios 100 and 101."""

from __future__ import annotations

import pytest

from sw_model.linux.bugs import Bugs
from sw_model.linux.tls_resync import (
    RESYNC_REQ,
    RESYNC_REQ_ASYNC,
    CoreNextHint,
    DriverReq,
    DriverReqAsync,
    SyncType,
    make_resync,
)
from sw_model.wire.seq import SeqNum
from tests.unit.linux_kit import Bench

REC = 1029
S0 = 0x10000


def s(k: int, start: int = S0) -> SeqNum:
    return SeqNum(start + k * REC)


class Parser:
    """Headers of equal records, one after the other; R(0) = 5."""

    def __init__(self, resync: DriverReq | DriverReqAsync, start: int = S0, k: int = 0) -> None:
        self.resync, self.start, self.k = resync, start, k

    def headers(self, count: int) -> list[tuple[int, int]]:
        out = []
        for _ in range(count):
            found = self.resync.new_rec(s(self.k, self.start), REC, 5 + self.k, REC)
            if found:
                out.append((int(found[0]), found[1]))
            self.k += 1
        return out


# ---- ASYNC (scenario 100) ------------------------------------------------------------------------


def test_100_request_word() -> None:
    r = DriverReqAsync()
    r.start(0xFFFF_0001, 40000)
    assert r.req == 0xFFFF_0001 << 32 | 40000 << 16 | RESYNC_REQ | RESYNC_REQ_ASYNC
    r.end(0x1234)
    assert r.req == 0x1234 << 32 | RESYNC_REQ
    r.cancel()
    assert r.req == 0


@pytest.mark.parametrize("index", [0, 1, 2])
def test_100_logged_header_gets_its_own_number(index: int) -> None:
    """h0..h2 logged, then the answer: the next header confirms h(i) with its number."""
    r = DriverReqAsync()
    p = Parser(r)
    r.start(int(s(0)), 3 * REC)
    assert p.headers(3) == []
    assert (r.log, r.rcd_delta) == ([s(0), s(1), s(2)], 3)
    r.end(int(s(index)))
    assert p.headers(1) == [(int(s(index)), 5 + index)]
    assert (r.req, r.log, r.rcd_delta) == (0, [], 0)
    assert p.headers(5) == []


def test_100_thirteen_headers_are_logged_and_all_counted() -> None:
    r = DriverReqAsync()
    p = Parser(r)
    r.start(int(s(0)), 20 * REC)
    p.headers(14)
    assert (len(r.log), r.rcd_delta) == (13, 14)
    r.end(int(s(12)))
    assert p.headers(1) == [(int(s(12)), 17)]
    r.start(int(p.start + p.k * REC), 20 * REC)
    p.headers(14)
    r.end(int(s(p.k - 1)))  # the fourteenth: not in the log, and never to come again
    assert p.headers(3) == []
    assert r.req


def test_100_headers_before_the_request_do_not_count_those_behind_it_do() -> None:
    r = DriverReqAsync()
    p = Parser(r)
    r.start(int(s(2)), REC)
    p.headers(6)
    assert (r.log, r.rcd_delta) == ([s(2), s(3)], 4)
    r.end(int(s(3)))
    assert p.headers(1) == [(int(s(3)), 8)]


def test_100_answer_ahead_of_software_waits() -> None:
    r = DriverReqAsync()
    p = Parser(r)
    r.start(int(s(0)), REC)
    p.headers(2)
    r.end(int(s(4)))
    assert p.headers(2) == []
    assert (r.log, r.rcd_delta) == ([], 0)
    assert p.headers(1) == [(int(s(4)), 9)]


def test_100_cancelled_request_and_a_late_answer() -> None:
    r = DriverReqAsync()
    p = Parser(r)
    r.start(int(s(0)), REC)
    p.headers(1)
    r.cancel()
    assert p.headers(3) == []
    r.end(int(s(0)))  # its answer after all: the position was parsed long ago
    assert p.headers(3) == []
    r.start(int(s(p.k)), REC)
    assert r.req & RESYNC_REQ_ASYNC


def test_100_new_request_forgets_the_old_log() -> None:
    r = DriverReqAsync()
    p = Parser(r)
    r.start(int(s(0)), 3 * REC)
    p.headers(2)
    r.start(int(s(2)), REC)
    assert (r.log, r.rcd_delta) == ([], 0)
    p.headers(1)
    r.end(int(s(2)))
    assert p.headers(1) == [(int(s(2)), 7)]


def test_100_sequence_wrap() -> None:
    start = 0xFFFF_FF00
    r = DriverReqAsync()
    p = Parser(r, start)
    r.start(start, 3 * REC)
    p.headers(3)
    assert r.log == [SeqNum(0xFFFF_FF00), SeqNum(0x305), SeqNum(0x70A)]
    r.end(0x305)
    assert p.headers(1) == [(0x305, 6)]


def test_100_overflow_cancels_with_a_warning() -> None:
    r = DriverReqAsync()
    p = Parser(r)
    r.start(int(s(0)), REC)
    p.headers(65535)
    assert (r.rcd_delta, r.warned, bool(r.req)) == (65535, False, True)
    p.headers(1)
    assert (r.warned, r.req) == (True, 0)


def test_bug_wrong_record_number() -> None:
    r = DriverReqAsync(Bugs(async_wrong_number=True))
    p = Parser(r)
    r.start(int(s(0)), 3 * REC)
    p.headers(3)
    r.end(int(s(1)))
    assert p.headers(1) == [(int(s(1)), 8)]  # the number of the record being parsed, not 6


@pytest.mark.parametrize(("length", "broken"), [(32767, False), (32768, True)])
def test_bug_sign_extension(length: int, broken: bool) -> None:
    r = DriverReqAsync(Bugs(async_sign_extension=True))
    p = Parser(r)
    r.start(int(s(0)), length)
    p.headers(2)
    assert r.req >> 32 == (0xFFFF_FFFF if broken else S0)
    r.end(int(s(1)))
    assert (p.headers(1) == []) == broken


def test_bug_cancel_keeps_the_log() -> None:
    """The header was record 5; three more were parsed, one of them counted."""
    r = DriverReqAsync(Bugs(async_cancel_keeps_log=True))
    p = Parser(r)
    r.start(int(s(0)), REC)
    p.headers(1)
    r.cancel()
    p.headers(2)
    r.end(int(s(0)))
    assert p.headers(1) == [(int(s(0)), 7)]


def test_bug_endless_async_stage() -> None:
    """Without an answer nothing ends the request; at 65535 headers it stays as it is."""
    r = DriverReqAsync(Bugs(async_endless=True))
    p = Parser(r)
    r.start(int(s(0)), REC)
    p.headers(65540)
    assert (r.rcd_delta, r.warned, bool(r.req)) == (65535, True, True)


# ---- DRIVER_REQ and CORE_NEXT_HINT (scenario 101) ------------------------------------------------


@pytest.mark.parametrize(("offset", "matches"), [(4, True), (0, False), (3, False), (5, False)])
def test_101_driver_req_names_the_last_byte_of_the_header(offset: int, matches: bool) -> None:
    r = DriverReq()
    p = Parser(r)
    r.request(int(s(2)) + offset)
    assert p.headers(5) == ([(int(s(2)) + 4, 7)] if matches else [])
    assert bool(r.resync_req) is not matches


def test_101_a_position_already_parsed_never_matches() -> None:
    r = DriverReq()
    p = Parser(r, k=3)
    r.request(int(s(2)) + 4)
    assert p.headers(20) == []


def hints(r: CoreNextHint, count: int) -> list[int]:
    """Which of ``count`` undecrypted records, counted from 1, bring a hint."""
    return [k for k in range(1, count + 1) if r.encrypted(s(k), REC, k, REC) == (s(k + 1), k + 1)]


def test_101_hints_behind_2_4_8_up_to_128_then_every_128() -> None:
    passed = [2, 4, 8, 16, 32, 64, 128, 256, 384, 512]
    assert hints(CoreNextHint(), 600) == [n + 1 for n in passed]


def test_101_a_touched_record_starts_the_count_again() -> None:
    r = CoreNextHint()
    hints(r, 40)
    r.touched()
    assert hints(r, 10) == [3, 5, 9]


def test_101_data_behind_the_record_leaves_the_hint_to_the_parser() -> None:
    r = CoreNextHint()
    hints(r, 2)
    assert r.encrypted(s(3), REC, 8, REC + 1) is None
    assert r.nh_do_now
    assert r.encrypted(s(4), REC, 9, 2 * REC) is None  # scheduled already: not counted
    assert r.new_rec(s(5), REC, 10, REC + 100) is None  # more than this record is here
    assert r.new_rec(s(6), REC, 11, REC) == (s(7), 12)
    assert r.new_rec(s(7), REC, 12, REC) is None


def test_bug_hint_names_the_record_just_read() -> None:
    r = CoreNextHint(Bugs(hint_copied_seq=True))
    assert hints(r, 2) == []
    assert r.encrypted(s(3), REC, 8, REC) == (s(3), 9)


def test_each_type_is_made_by_its_number() -> None:
    assert [make_resync(kind).sync_type.value for kind in SyncType] == [0, 1, 2]


# ---- through the parser --------------------------------------------------------------------------


def test_async_through_the_socket() -> None:
    b = Bench()
    recs = b.records(6)
    r = b.dev.resync
    assert isinstance(r, DriverReqAsync)
    r.start(b.s(recs[1].start), 2058)
    b.send("EEEEE", [x.end for x in recs[:4]])
    b.user_ok(*recs[:6])
    assert (r.log, r.rcd_delta) == ([b.s(recs[k].start) for k in (1, 2, 3)], 5)
    r.end(b.s(recs[2].start))
    last = b.record()
    b.send("E")
    b.user_ok(last)
    assert b.dev.confirmed == [(b.s(recs[2].start), 7)]
    assert b.mib("TlsRxDeviceResync") == 1


def test_hint_through_the_socket() -> None:
    """Reading each record as it comes: the hint is for the record that follows at once."""
    b = Bench(kind=SyncType.CORE_NEXT_HINT)
    for k in range(6):
        rec = b.record()
        b.send("E")
        b.user_ok(rec)
        assert len(b.dev.confirmed) == (k >= 2) + (k >= 4)
    assert b.dev.confirmed == [(b.s(3 * REC), 8), (b.s(5 * REC), 10)]


def test_hint_waits_until_the_queue_is_drained() -> None:
    b = Bench(kind=SyncType.CORE_NEXT_HINT)
    recs = b.records(7)
    b.send("E" * 7)
    b.user_ok(*recs)
    assert b.dev.confirmed == [(b.s(recs[-1].end), recs[-1].number + 1)]


def test_driver_req_through_the_socket() -> None:
    b = Bench(kind=SyncType.DRIVER_REQ)
    recs = b.records(4)
    assert isinstance(b.dev.resync, DriverReq)
    b.dev.resync.request(b.s(recs[2].start + 4))
    b.send("EEEE")
    b.user_ok(*recs)
    assert b.dev.confirmed == [(b.s(recs[2].start + 4), 7)]
