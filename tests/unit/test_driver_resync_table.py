# SPDX-License-Identifier: BSD-2-Clause
"""The compressed table: golden vectors (scenarios 61, 76-80), then against a plain list."""

from __future__ import annotations

from itertools import cycle, islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sw_model.driver.resync_table import NUM_MAX, RESYNC_MAX, ResyncTable

MASK = 0xFFFF_FFFF


def fill(table: ResyncTable, sn: int, lengths: list[int], rcd: int) -> int:
    """Report records in order; where they are many, the invariants are checked at the end."""
    for length in lengths:
        assert table.add(sn, length, rcd)
        if len(lengths) < 5000:
            table.check()
        sn, rcd = (sn + length) & MASK, rcd + 1
    table.check()
    return sn


def finds(table: ResyncTable, expect: dict[int, int | None]) -> None:
    assert {sn: table.find(sn) for sn in expect} == expect


def test_two_runs() -> None:
    t = ResyncTable()
    fill(t, 0x1000, [100, 100, 200], 7)
    assert t.entries() == [(100, 2), (200, 1)]
    assert t.next == 0x1190
    finds(t, {0xFFF: None, 0x1000: 7, 0x1064: 8, 0x1065: None, 0x10C8: 9, 0x10C9: None})
    finds(t, {0x1190: None})


def test_wrap_of_the_sequence_number() -> None:
    t = ResyncTable()
    fill(t, 0xFFFFFF00, [0x80] * 4, 1000)
    assert t.entries() == [(0x80, 4)]
    assert t.next == 0x100
    finds(t, {0xFFFFFEFF: None, 0xFFFFFF00: 1000, 0xFFFFFF80: 1001, 0: 1002, 0x7F: None})
    finds(t, {0x80: 1003, 0x100: None})


def test_entry_is_full_at_2048_records() -> None:
    t = ResyncTable()
    fill(t, 0, [16406] * 2049, 0)
    assert t.entries() == [(16406, 2048), (16406, 1)]
    finds(t, {2047 * 16406: 2047, 2048 * 16406: 2048, 2049 * 16406: None})


def test_oldest_entry_is_evicted() -> None:
    t = ResyncTable()
    fill(t, 5000, list(islice(cycle([100, 101]), 33)), 0)
    assert (t.pc, t.cc, t.start, t.rcd_start, t.next) == (33, 1, 5100, 1, 8316)
    finds(t, {5000: None, 5100: 1, 5201: 2})


def test_gap_restarts_and_zero_length_drops() -> None:
    t = ResyncTable()
    fill(t, 100, [50, 50], 1)
    assert t.add(300, 50, 5)
    assert t.entries() == [(50, 1)]
    assert (t.start, t.rcd_start) == (300, 5)
    finds(t, {100: None, 150: None, 300: 5})
    assert not t.add(350, 0, 5)
    assert (t.active, t.pc, t.cc, t.next) == (False, 0, 0, 350)
    finds(t, {300: None, 350: None})
    assert t.add(350, 60, 6)
    finds(t, {350: 6})


def test_zero_length_on_an_inactive_table() -> None:
    t = ResyncTable()
    assert not t.add(350, 0, 5)
    t.check()


def test_same_record_twice_is_a_gap() -> None:
    t = ResyncTable()
    t.add(100, 50, 1)
    t.add(100, 50, 1)
    assert t.entries() == [(50, 1)]
    assert t.find(100) == 1


def test_counters_wrap_at_16_bits() -> None:
    t = ResyncTable()
    last = fill(t, 0, list(islice(cycle([100, 101]), 69999)), 0)
    t.add(last, 101, 69999)
    assert (t.pc, t.cc, t.rcd_start) == (4464, 4432, 69968)
    assert len(t.entries()) == RESYNC_MAX
    assert t.find(t.start) == 69968
    assert t.find(last) == 69999


def test_mixed_lengths_across_the_sign_bit() -> None:
    t = ResyncTable()
    fill(t, 0x7FFFFF00, [1029, 1029, 45, 45, 45, 16413, 29], 100)
    assert t.entries() == [(1029, 2), (45, 3), (16413, 1), (29, 1)]
    finds(t, {0x8000070A: 102, 0x80000764: 104, 0x800047AE: 106, 0x800047CB: None})


def test_largest_history_is_searchable() -> None:
    t = ResyncTable()
    lengths = [length for i in range(RESYNC_MAX) for length in [16406 - i % 2] * NUM_MAX]
    end = fill(t, 0x12345678, lengths, 3)
    assert len(t.entries()) == RESYNC_MAX
    assert t.rcd_start == 3
    assert t.find(0x12345678) == 3
    assert t.find((end - lengths[-1]) & MASK) == 3 + RESYNC_MAX * NUM_MAX - 1


@pytest.mark.parametrize("rcd", [0, 0xFFFFFFFF, (1 << 64) - 2])
def test_record_numbers_are_64_bits(rcd: int) -> None:
    t = ResyncTable()
    fill(t, 0x100, [40, 40, 50], rcd)
    assert t.find(0x128) == (rcd + 1) % (1 << 64)
    assert t.find(0x150) == (rcd + 2) % (1 << 64)


reports = st.lists(
    st.tuples(st.sampled_from([0, 40, 45, 45, 1029, 16413]), st.sampled_from([0] * 9 + [7])),
    max_size=120,
)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, MASK), st.integers(0, 1 << 40), reports)
def test_agrees_with_an_uncompressed_list(sn: int, rcd: int, steps: list[tuple[int, int]]) -> None:
    """The table holds the newest runs of the reports since the last restart, and no more."""
    t = ResyncTable()
    seen: list[tuple[int, int, int]] = []  # header, length, number of every report since restart
    for length, gap in steps:
        sn = (sn + gap) & MASK
        if gap or not seen or length == 0:
            seen = []
        if length:
            seen.append((sn, length, rcd))
        assert t.add(sn, length, rcd) == bool(seen)
        t.check()
        sn, rcd = (sn + length) & MASK, rcd + 1
    kept = sum(num for _, num in t.entries())
    assert len(t.entries()) == min(RESYNC_MAX, runs(seen))
    for i, (header, length, number) in enumerate(seen):
        assert t.find(header) == (number if i >= len(seen) - kept else None)
        assert t.find((header + 1) & MASK) is None
        assert t.find((header + length - 1) & MASK) is None
    assert t.find(sn) is None


def runs(seen: list[tuple[int, int, int]]) -> int:
    return sum(i == 0 or seen[i - 1][1] != length for i, (_, length, _) in enumerate(seen))
