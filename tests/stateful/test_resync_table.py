# SPDX-License-Identifier: BSD-2-Clause
"""The driver's compressed table against the plain list of reports that it stands for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sw_model.driver import resync_table
from sw_model.driver.resync_table import ResyncTable
from tests.stateful.kit import bites, run

SEQ, NUMBER = 1 << 32, 1 << 64
LENGTHS = st.sampled_from([29, 45, 100, 101, 1029, 16406])
RUNS, RUN = 32, 2048  # what the driver's table holds


class PlainList:
    """Every report since the last restart as (sequence number, length, record number, run)."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, int, int, int]] = []
        self.next = 0

    def report(self, sn: int, length: int, number: int) -> bool:
        if sn != self.next or length == 0:
            self.reports = []
        self.next = (sn + length) % SEQ
        if length == 0:
            return False
        run = 0
        if self.reports:
            _, before, last, run = self.reports[-1]
            number = (last + 1) % NUMBER  # counted on: what the kernel says is not looked at
            run += length != before or [r[3] for r in self.reports[-RUN:]] == [run] * RUN
        self.reports.append((sn, length, number, run))
        self.reports = [r for r in self.reports if r[3] > run - RUNS]
        return True

    def find(self, sn: int) -> int | None:
        return next((number for at, _, number, _ in self.reports if at == sn), None)

    def runs(self) -> list[tuple[int, int]]:
        names = sorted({r[3] for r in self.reports})
        mine = [[r for r in self.reports if r[3] == name] for name in names]
        return [(rs[0][1], len(rs)) for rs in mine]


class ResyncTableMachine(RuleBasedStateMachine):
    """Reports in order, gaps, repeats and ends; lookups at and around every kind of position."""

    table_class = ResyncTable

    def __init__(self) -> None:
        super().__init__()
        self.table, self.plain = self.table_class(), PlainList()
        self.number = 0

    @initialize(
        sn=st.one_of(st.integers(0, SEQ - 1), st.sampled_from([0, SEQ - 3000, SEQ // 2 - 3000])),
        number=st.sampled_from([0, 5, (1 << 32) - 2, NUMBER - 3]),
        length=LENGTHS,
    )
    def first_report(self, sn: int, number: int, length: int) -> None:
        self.number = number
        self._report(sn, length, number)

    def _report(self, sn: int, length: int, number: int) -> None:
        assert self.table.add(sn, length, number) == self.plain.report(sn, length, number)
        self.number = (number + 1) % NUMBER

    @rule(length=LENGTHS, count=st.integers(1, 5))
    def in_order(self, length: int, count: int) -> None:
        for _ in range(count):
            self._report(self.plain.next, length, self.number)

    @rule(one=LENGTHS, other=LENGTHS, count=st.sampled_from([2, 15, 40]))
    def alternating(self, one: int, other: int, count: int) -> None:
        for i in range(count):
            self._report(self.plain.next, one if i % 2 else other, self.number)

    @precondition(lambda self: self.table.active)
    @rule(short_of_full=st.integers(-1, 2))
    def long_run(self, short_of_full: int) -> None:
        """Records of the newest length until its entry is full, or nearly, or one more."""
        length = self.plain.reports[-1][1]
        missing = RUN - self.table.num[(self.table.pc - 1) % RUNS]
        # All but the last few at once, on both sides: a report at a time takes too long here.
        bulk = max(0, missing - 4)
        self.table.num[(self.table.pc - 1) % RUNS] += bulk
        for _ in range(bulk):
            sn, number, run = self.plain.next, self.plain.reports[-1][2], self.plain.reports[-1][3]
            self.plain.reports.append((sn, length, (number + 1) % NUMBER, run))
            self.plain.next = (sn + length) % SEQ
        self.table.next = self.plain.next
        for _ in range(min(missing, 4) - short_of_full):
            self._report(self.plain.next, length, self.number)

    @rule(by=st.sampled_from([-45, -1, 1, 7, 16406, 1 << 31]), length=LENGTHS)
    def gap(self, by: int, length: int) -> None:
        self.number = (self.number + 1) % NUMBER
        self._report((self.plain.next + by) % SEQ, length, self.number)

    @precondition(lambda self: self.table.active)
    @rule()
    def same_again(self) -> None:
        sn, length, number, _ = self.plain.reports[-1]
        self._report(sn, length, number)

    @rule(by=st.sampled_from([0, 0, 45]))
    def end(self, by: int) -> None:
        self._report((self.plain.next + by) % SEQ, 0, self.number)

    @precondition(lambda self: self.table.active)
    @rule(lie=st.integers(0, NUMBER - 1), length=LENGTHS)
    def wrong_number(self, lie: int, length: int) -> None:
        assert self.table.add(self.plain.next, length, lie)
        self.plain.report(self.plain.next, length, lie)

    @rule()
    def clear(self) -> None:
        self.table.clear()
        self.plain.reports = []

    @precondition(lambda self: self.table.active)
    @rule()
    def ages(self) -> None:
        """Many times 32 evictions later the slots are the same; both counters have 16 bits."""
        by = 0x10000 - RUNS - (self.table.cc - self.table.cc % RUNS)
        self.table.pc = (self.table.pc + by) & 0xFFFF
        self.table.cc = (self.table.cc + by) & 0xFFFF

    @precondition(lambda self: self.table.active)
    @rule(data=st.data(), off=st.sampled_from([-1, 0, 0, 1, 28, 45]))
    def find(self, data: st.DataObject, off: int) -> None:
        at = data.draw(st.integers(0, len(self.plain.reports) - 1))
        self._find(self.plain.reports[at][0] + off)

    @rule(sn=st.integers(0, SEQ - 1))
    def find_anywhere(self, sn: int) -> None:
        self._find(sn)

    def _find(self, sn: int) -> None:
        assert self.table.find(sn % SEQ) == self.plain.find(sn % SEQ)

    @invariant()
    def agrees(self) -> None:
        self.table.check()
        assert self.table.entries() == self.plain.runs()
        assert self.table.next == self.plain.next

    @invariant()
    def ends_of_the_history(self) -> None:
        self._find(self.table.next)  # strict: what comes behind the last record is unknown
        self._find(self.table.next - 1)
        if self.plain.reports:
            first, last = self.plain.reports[0][0], self.plain.reports[-1][0]
            for sn in (first - 1, first, first + 1, last - 1, last, last + 1):
                self._find(sn)


def test_resync_table_machine() -> None:
    run(ResyncTableMachine, steps=25, examples=60)


class UpperBound(ResyncTable):
    """The end of the last record is found."""

    def find(self, sn: int) -> int | None:
        if self.active and sn == self.next:
            return sum(num for _, num in self.entries()) + self.rcd_start
        return super().find(sn)


class ForgetsEvicted(ResyncTable):
    """The number of the oldest record stays when its entry goes."""

    def _evict(self) -> None:
        before = self.rcd_start
        super()._evict()
        self.rcd_start = before


class WideCounters(ResyncTable):
    """Producer and consumer do not wrap at 16 bits where they are compared."""

    def entries(self) -> list[tuple[int, int]]:
        slots = ((self.cc + i) % RUNS for i in range(self.pc - self.cc))
        return [(self.len[j], self.num[j]) for j in slots]


class KeepsOnGap(ResyncTable):
    """DriverFaults.keep_table_on_gap: a report that does not join is appended."""

    def add(self, sn: int, length: int, rcd: int) -> bool:
        self.next = sn
        return super().add(sn, length, rcd)


class TakesAnyByte(ResyncTable):
    """A position inside a record is taken for its header."""

    def find(self, sn: int) -> int | None:
        found = super().find(sn)
        return found if found is not None else super().find((sn - 1) % SEQ)


@pytest.mark.parametrize(
    "broken", [UpperBound, ForgetsEvicted, WideCounters, KeepsOnGap, TakesAnyByte]
)
def test_bites(broken: type[ResyncTable], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ResyncTableMachine, "table_class", broken)
    bites(ResyncTableMachine, steps=25, examples=300)


@pytest.mark.parametrize(("name", "wrong"), [("NUM_MAX", 2047), ("NUM_MAX", 4096)])
def test_bites_at_limits(name: str, wrong: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resync_table, name, wrong)
    bites(ResyncTableMachine, steps=25, examples=300)
