# SPDX-License-Identifier: BSD-2-Clause
"""Record rows on the golden NIC, without a simulator; a NIC that breaks a promise is found."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sw_model.crypto.gcm import seal_record
from sw_model.crypto.keys import TrafficKeys
from sw_model.nic.faults import NO_FAULTS, NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.nic.port import ModelPort
from sw_model.rng import stream
from tb.vectors.judge import Message, Packet, Seen, judge_gcm, judge_record, tag_is_wrong
from tb.vectors.plan import MAX_PIECES, plan_record
from tb.vectors.records import RecordRun
from tb.vectors.rows import GcmRow, RecordRow, parse_row
from tests.vectors import EXAMPLE
from tests.vectors.odd import odd_records

ROWS = [parse_row(row) for row in json.loads(EXAMPLE.read_text("utf-8"))]
RECORDS = [row for row in ROWS if isinstance(row, RecordRow)]


def play(rows: list[RecordRow], seed: int = 1, faults: NicFaults = NO_FAULTS) -> list[list[str]]:
    """What differs, for each row."""
    nic = GoldenNic(num_flows=64, faults=faults)
    run = RecordRun(rows, lambda loop: ModelPort(loop, nic, poll_ns=1_000), seed=seed)
    run.start()
    while not run.done():
        run.loop.run_until(run.loop.now + 1_000)
    run.finish()
    numbered = enumerate(zip(rows, run.seen, strict=True))
    return [judge_record(r, plan_record(r, i, seed), s) for i, (r, s) in numbered]


def sealed(number: int, size: int, kind: int = 23) -> RecordRow:
    rng = stream(3, f"vectors/{number}")
    version = ("1.2", "1.3")[number % 2]
    keys = TrafficKeys(
        version, rng.randbytes(rng.choice((16, 32))), rng.randbytes(4 if version == "1.2" else 12)
    )
    seq, payload = rng.getrandbits(64), rng.randbytes(size)
    record = seal_record(keys, seq, kind, payload)
    name = f"{number}"
    return RecordRow(name, "g", version, keys.key, keys.iv, seq, record, payload, kind, True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_example(seed: int) -> None:
    assert play(RECORDS, seed) == [[]] * len(RECORDS)


@pytest.mark.parametrize("seed", [1, 2])
def test_records_at_the_limits(seed: int) -> None:
    rows = [row for row in map(parse_row, odd_records()) if isinstance(row, RecordRow)]
    faults = zip(rows, play(rows, seed), strict=True)
    assert [(row.id, f) for row, f in faults if f] == []


def test_more_rows_than_connections_at_a_time() -> None:
    rows = [sealed(n, (0, 1, 16, 300, 5000, 16384)[n % 6], (21, 22, 23)[n % 3]) for n in range(150)]
    assert play(rows) == [[]] * len(rows)


@pytest.mark.parametrize(
    "change",
    [
        {"valid": False},
        {"payload": b"other"},
        {"type": 21},
        {"seq": 1},
        {"key": bytes(16)},
    ],
    ids=str,
)
def test_a_wrong_expectation_is_found(change: dict[str, object]) -> None:
    row = next(r for r in RECORDS if r.valid and r.payload and r.type == 23)
    (faults,) = play([replace(row, **change)])  # type: ignore[arg-type]
    assert faults


def test_a_record_that_is_not_valid_and_expected_is_found() -> None:
    rows = [replace(r, valid=True, payload=b"", type=23) for r in RECORDS if not r.valid]
    assert all(play(rows))


@pytest.mark.parametrize("fault", ["mark_bad_tag", "transformed_bytes_on_auth_fail", "mix_bytes"])
def test_a_nic_that_breaks_a_promise_is_found(fault: str) -> None:
    assert any(play(RECORDS, faults=NicFaults(**{fault: True})))


def test_the_judge_sees_each_single_difference() -> None:
    row = next(r for r in RECORDS if r.valid and r.payload)
    plan = replace(plan_record(row, 0, 1), follower=None)
    assert row.payload is not None
    packets = [Packet(a, b, "DECRYPTED", False) for a, b in plan.bounds]
    good = Seen(packets, [Message(row.type, row.payload)])
    assert judge_record(row, plan, good) == []
    assert Seen.from_json(json.loads(json.dumps(good.to_json()))) == good
    none = replace(packets[-1], status="NONE", same=True)
    worse = [
        replace(good, packets=packets[:-1]),
        replace(good, packets=[*packets[:-1], none]),
        replace(good, packets=[*packets[:-1], replace(none, same=False)]),
        replace(good, messages=[]),
        replace(good, messages=[*good.messages, *good.messages]),
        replace(good, messages=[Message(row.type, row.payload + b"x")]),
        replace(good, messages=[Message(20, row.payload)]),
        replace(good, error="EBADMSG"),
    ]
    assert all(judge_record(row, plan, seen) for seen in worse)


def test_the_judge_of_a_wrong_tag() -> None:
    row = next(r for r in RECORDS if tag_is_wrong(r))
    plan = plan_record(row, 0, 1)
    good = Seen([Packet(a, b, "NONE", True) for a, b in plan.bounds])
    assert judge_record(row, plan, good) == []
    marked = [Packet(a, b, "DECRYPTED", False) for a, b in plan.bounds]
    assert judge_record(row, plan, replace(good, packets=marked))
    assert judge_record(row, plan, replace(good, messages=[Message(23, b"")]))


def test_which_tags_are_wrong() -> None:
    wrong = {row.id for row in RECORDS if tag_is_wrong(row)}
    assert wrong == {
        "tls12-bad-tag", "tls13-bad-tag", "tls13-bad-text", "tls12-wrong-seq", "tls13-wrong-seq",
    }  # fmt: skip


def test_gcm_judge() -> None:
    row = next(r for r in ROWS if isinstance(r, GcmRow) and r.valid and r.ct)
    assert row.pt is not None
    keystream = bytes(a ^ b for a, b in zip(row.ct, row.pt, strict=True))
    assert judge_gcm(row, keystream, True) == []
    assert judge_gcm(row, keystream, False)
    assert judge_gcm(row, bytes(len(keystream)), True)
    assert judge_gcm(replace(row, valid=False), keystream, True)
    assert judge_gcm(replace(row, valid=False, pt=None), keystream, False) == []


def test_cuts_are_whole_and_differ() -> None:
    """Over all seeds: every segment once, headers cut at each byte, whole records too."""
    row = sealed(1, 400)
    plans = [plan_record(row, 0, seed) for seed in range(300)]
    inner = set()
    for plan in plans:
        joined = b"".join(plan.wire[a:b] for a, b in plan.bounds)
        assert joined == plan.wire
        assert len(plan.bounds) <= len(plan.wire)
        inner |= {a for a, _ in plan.bounds}
    assert set(range(1, 14)) <= inner
    assert any(len(plan.bounds) == 1 for plan in plans)
    assert {plan.follower is None for plan in plans} == {True, False}
    long = plan_record(sealed(1, 16384), 0, 1)
    assert len(long.bounds) <= MAX_PIECES + 20
