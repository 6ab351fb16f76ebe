# SPDX-License-Identifier: BSD-2-Clause
"""Random marks, cuts, order and copies: the user sees what a software receiver sees.

Each byte is the sender's; the number of end calls is the number of runs that hardware resumed.
"""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.socket import Msg
from sw_model.rng import stream
from tests.unit.kernel_bench import Bench
from tests.unit.stream_kit import Record

SEEDS = range(40)
Piece = tuple[int, int, str]


def traffic(rng: random.Random, b: Bench) -> list[Record]:
    """Records of all sizes, some of them empty, padded or spoiled."""
    records = []
    for _ in range(rng.randint(5, 25)):
        size = rng.choice([0, 1, 15, 16, 17, 300, 1000, 1400, 5000, 16384])
        pad = rng.choice([0, 0, 1, 40]) if b.version == "1.3" and size < 16000 else 0
        spoil = -rng.randint(1, 16) if rng.random() < 0.08 else None
        records.append(b.record(size, rng.choice([21, 22, 23, 23, 23]), pad, spoil=spoil))
    return records


def pieces(rng: random.Random, b: Bench, bad: list[Record]) -> list[Piece]:
    """The stream cut at random, marked at random; a marked packet never ends a bad record."""
    fits = [size for size, most in ((1, 2000), (40, 8000), (9000, 1 << 30)) if len(b.wire) <= most]
    longest = rng.choice([1460, 1460, *fits])
    out: list[Piece] = []
    at = 0
    while at < len(b.wire):
        end = min(len(b.wire), at + rng.randint(1, longest))
        honest = not any(at < r.end <= end for r in bad)
        out.append((at, end, "D" if honest and rng.random() < 0.7 else "E"))
        at = end
    return out


def disturb(rng: random.Random, parts: list[Piece]) -> list[Piece]:
    """Swap neighbours, copy, retransmit with other edges and without the mark."""
    keyed = []
    for i, part in enumerate(parts):
        keyed.append((i + rng.choice([0, 0, 0, 1.5, 4.2]), part))
        if rng.random() < 0.1:
            keyed.append((i + rng.uniform(0, 3), part))
        if rng.random() < 0.1:
            start, end, _ = part
            wide = (max(0, start - rng.randint(0, 500)), end, "E")
            keyed.append((i + rng.uniform(0, 3), wide))
    return [p for _, p in sorted(keyed, key=lambda k: k[0])]


def deliver(b: Bench, rng: random.Random, parts: list[Piece], marks: bool) -> list[Msg]:
    """Feed in poll batches; read now and then, at random sizes in the end."""
    got: list[Msg] = []
    queue = list(parts)
    while queue:
        batch = [queue.pop(0) for _ in range(min(len(queue), rng.randint(1, 6)))]
        b.poll((b.mbuf(s, e, m if marks else "E") for s, e, m in batch), run=False)
        b.run(rng.choice([0, 1000, 20_000]))
        if rng.random() < 0.3:
            got += b.msgs()
    b.run()
    return got + b.msgs()


def view(msgs: list[Msg]) -> tuple[list[tuple[int | None, bytes]], bool]:
    """What does not depend on time: records in order, and whether an error was seen."""
    return [(m.record_type, m.data) for m in msgs if not m.errno], any(m.errno for m in msgs)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("seed", SEEDS)
def test_user_sees_a_software_receiver(version: str, seed: int) -> None:
    rng = stream(seed, f"kernel.random.{version}")
    timing = KtlsTiming(record_ns=rng.choice([0, 500]), crypto_ps_per_byte=rng.choice([0, 300]))
    start = rng.choice([0x10000, 0xFFFFF000, 0x7FFFF000])
    rec_seq = rng.choice([0, 5, (1 << 32) - 3])
    b = Bench(version, timing=timing, start=start, rec_seq=rec_seq)
    records = traffic(rng, b)
    bad = [r for r in records if _sealed(b, r) != r.wire]
    parts = disturb(rng, pieces(rng, b, bad))
    got = deliver(b, rng, parts, marks=True)

    plain = Bench(version, start=start, rec_seq=rec_seq, permitted=0)
    plain.wire, plain.plain = b.wire, b.plain
    want = deliver(plain, rng, parts, marks=False)

    assert view(got) == view(want)
    assert view(got)[0] == [(r.type, r.payload) for r in records if r not in bad]
    assert b.sb.sb_ccc == 0
    _check_calls(b, records, bad)


def _sealed(b: Bench, rec: Record) -> bytes:
    """The record as it would be without a spoiled byte: decided by the tag, not by the test."""
    probe = Bench(b.version, enable=False)
    probe.number = rec.number
    pad = len(rec.wire) - 5 - 17 - len(rec.payload) if b.version == "1.3" else 0
    return probe.record(rec.payload, rec.type, pad).wire


def _check_calls(b: Bench, records: list[Record], bad: list[Record]) -> None:
    """Every report is a true pair, one per record not fully decrypted; one end per run."""
    states = [e["state"] for e in b.trace.events if e["what"] == "record"]
    numbers = [e["num"] for e in b.trace.events if e["what"] == "record"]
    assert numbers == [r.number for r in records if r not in bad]
    true = {r.number: (b.start + r.start, len(r.wire), r.number) for r in records}
    starts = [c for c in b.calls if c[1]]
    assert starts == [true[n] for n, s in zip(numbers, states, strict=True) if s != "decrypted"]
    ends = [c for c in b.calls if not c[1]]
    runs = sum(a != "decrypted" and z == "decrypted" for a, z in pairwise(states))
    assert len(ends) == runs
    for sn, _, number in ends:
        assert sn == true[number][0] + true[number][1]
