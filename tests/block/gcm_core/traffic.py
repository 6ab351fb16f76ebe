# SPDX-License-Identifier: BSD-2-Clause
"""Random contexts whose records are cut at any byte into packets, and what the core must answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random

from tests.block.gcm_core.slots import Cutter, Frame, Record, Slot


@dataclass
class Flow:
    """One context: its key, its records and how far they were sent."""

    rng: Random
    flow: int
    key_index: int
    width: int
    bad_share: float
    key: bytes = b""
    aad_len: int = 5
    open: list[tuple[Record, bool]] = field(default_factory=list)  # record, its tag is good
    at: int = 0  # bytes of the first open record that were sent

    def __post_init__(self) -> None:
        self.key = self.rng.randbytes(self.rng.choice([16, 32]))
        self.aad_len = self.rng.choice([5, 13, self.rng.randrange(17)])

    def _record(self) -> tuple[Record, bool]:
        size = self.rng.choice([0, 1, 15, 16, 17, *[self.rng.randrange(1, 700) for _ in range(6)]])
        record = Record.seal(
            self.key,
            self.rng.randbytes(12),
            self.rng.randbytes(self.aad_len),
            self.rng.randbytes(size),
        )
        good = self.rng.random() >= self.bad_share
        if not good:
            flip = 1 << self.rng.randrange(128)
            tag = int.from_bytes(record.tag, "big") ^ flip
            record = replace(record, tag=tag.to_bytes(16, "big"))
        return record, good

    def packet(self, size: int) -> tuple[list[Slot], bytes, bool]:
        """The next `size` bytes: slots, keystream (empty if it is not collected) and verdict."""
        cutter = Cutter(self.width, self.flow, self.key_index, self.rng.random() < 0.8)
        frame = Frame(cutter, self.rng.randrange(2 * self.width))
        keystream = b""
        verdict = True
        while size:
            if not self.open:
                self.open.append(self._record())
                self.at = 0
            record, good = self.open[0]
            end = min(self.at + size, record.wire_len)
            frame.piece(record, self.at, end)
            keystream += record.keystream(self.at, end)
            size -= end - self.at
            self.at = end
            if end == record.wire_len:
                verdict &= good
                self.open.pop(0)
        return frame.end(), keystream if cutter.ks_en else b"", verdict


def flows(rng: Random, count: int, width: int, bad_share: float) -> list[Flow]:
    """Contexts with numbers and key rows all over the range."""
    numbers = rng.sample(range(64), count)
    keys = rng.sample(range(32), count)
    return [Flow(rng, flow, key, width, bad_share) for flow, key in zip(numbers, keys, strict=True)]


def packets(
    rng: Random, all_flows: list[Flow], count: int
) -> Iterator[tuple[list[Slot], bytes, bool]]:
    """Packets of random sizes, from random contexts."""
    for _ in range(count):
        size = rng.choice([1, 2, 5, 12, rng.randrange(1, 40), rng.randrange(1, 400)])
        yield rng.choice(all_flows).packet(size)
