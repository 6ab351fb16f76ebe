# SPDX-License-Identifier: BSD-2-Clause
"""GCM rows through hdl/crypto/gcm_core: the program for tb/vectors/gcm_tb.sv, and what came back.

The rows of a batch have their keys stored side by side. Each row is cut at random places into
packets; packets of all rows of the batch follow each other in random order, a row's own in theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from sw_model.rng import stream
from tb.build import BuildSpec
from tb.runner import RunResult, run
from tb.sources import ROOT, resolve
from tb.vectors.rows import GcmRow
from tb.vectors.slots import SLOT_BITS, TAG_LEN, Slot, Text

TOP = "gcm_tb"
HERE = ROOT / "tb" / "vectors"
PROGRAM, KEYSTREAM, VERDICTS = "gcm.program", "gcm.keystream", "gcm.verdicts"
NUM_ROWS = 64  # of the key store: rows in a batch
OP_END, OP_KEY, OP_START, OP_SLOT = range(4)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the core says of one row; ``faults``: promises that it broke on the way."""

    keystream: bytes
    ok: bool
    faults: tuple[str, ...]


class IncompleteError(Exception):
    """The core gave more or less than one answer for each slot and packet."""


@dataclass(slots=True)
class _Packet:
    row: int
    slots: list[Slot]


class Program:
    """All rows as words for the simulation, and the way back from its output to the rows."""

    def __init__(self, rows: list[GcmRow], data_w: int, seed: int) -> None:
        self.rows, self.width = rows, data_w // 8
        self.words: list[bytes] = []
        self.packets: list[_Packet] = []  # in the order of the verdicts
        rng = stream(seed, "vectors/gcm")
        for first in range(0, len(rows), NUM_ROWS):
            self._batch(range(first, min(first + NUM_ROWS, len(rows))), rng)
        self._word(OP_END)

    def _word(self, op: int, operand: int = 0, tag: int = 0, data: int = 0, gap: int = 0) -> None:
        value = (op << 8 | gap) << 240 | operand
        value = (value << 128 | tag) << 8 * self.width | data
        self.words.append(value.to_bytes(48 + self.width, "big"))

    def _batch(self, numbers: range, rng: Random) -> None:
        places = rng.sample(range(NUM_ROWS), len(numbers))
        flows = rng.sample(range(NUM_ROWS), len(numbers))
        waiting: list[list[_Packet]] = []
        for number, place, flow in zip(numbers, places, flows, strict=True):
            row = self.rows[number]
            self._key(place, row.key)
            text = Text(row.iv, row.aad, row.ct, row.tag, flow, place)
            waiting.append([_Packet(number, s) for s in _cut(text, self.width, rng)])
        while waiting:
            chosen = rng.randrange(len(waiting))
            self._send(waiting[chosen].pop(0), rng)
            if not waiting[chosen]:
                waiting.pop(chosen)

    def _key(self, place: int, key: bytes) -> None:
        value = int.from_bytes(key, "big")
        low = value & (1 << 128) - 1
        self._word(OP_KEY, (len(key) == 32) << 12 | place, value >> 128, low)

    def _send(self, packet: _Packet, rng: Random) -> None:
        op = OP_START
        for slot in packet.slots:
            tag = int.from_bytes(slot.tag_data, "little")
            data = int.from_bytes(slot.data, "little")
            gap = rng.randrange(1, 20) if rng.random() < 0.05 else 0
            self._word(op, slot.pack(), tag, data, gap)
            op = OP_SLOT
        self.packets.append(packet)

    # ---- the way back ---------------------------------------------------------------------------

    def answers(self, keystream: bytes, verdicts: str) -> list[Answer]:
        """One for each row."""
        texts = [bytearray(len(row.ct)) for row in self.rows]
        ok = [True] * len(self.rows)
        faults: list[list[str]] = [[] for _ in self.rows]
        words = self._split(keystream)
        if len(verdicts) != len(self.packets):
            raise IncompleteError(f"{len(verdicts)} verdicts, {len(self.packets)} packets")
        for packet, verdict in zip(self.packets, verdicts, strict=True):
            row = packet.row
            good = verdict == "1"
            if packet.slots[-1].check:
                ok[row] = good
            elif not good:
                faults[row].append("a packet without a check has a bad verdict")
            for slot in packet.slots:
                word = next(words)
                first, stop = slot.text_from, slot.text_from + slot.text_bytes
                texts[row][slot.at : slot.at + slot.text_bytes] = word[first:stop]
                if any(word[:first]) or any(word[stop:]):
                    faults[row].append("keystream outside the bytes of a slot")
        return [Answer(bytes(t), o, tuple(f)) for t, o, f in zip(texts, ok, faults, strict=True)]

    def _split(self, keystream: bytes) -> Iterator[bytes]:
        slots = sum(len(packet.slots) for packet in self.packets)
        if len(keystream) != slots * self.width:
            raise IncompleteError(f"{len(keystream)} bytes of keystream for {slots} slots")
        return (keystream[i : i + self.width] for i in range(0, len(keystream), self.width))


def _cut(text: Text, width: int, rng: Random) -> Iterator[list[Slot]]:
    """Packets: perhaps the head alone, then pieces of any size."""
    cuts = {rng.randrange(1, text.size) for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 6)))}
    if rng.random() < 0.3:
        cuts.add(len(text.text) + rng.randrange(TAG_LEN))
    if rng.random() < 0.1:
        cuts.add(0)
    bounds = [0, *sorted(cuts), text.size]
    for number, (start, end) in enumerate(pairwise(bounds)):
        if number == 0 or start != end:
            yield text.piece(start, end, width, head=number == 0)


def gcm_spec(sim: str, data_w: int) -> BuildSpec:
    """What to build."""
    extra = [HERE / f"{TOP}.sv"]
    return BuildSpec(
        top=TOP,
        sim=sim,
        sources=(HERE / f"{TOP}.vlt", *resolve(TOP, extra)),
        parameters={"DataW": data_w, "NumRows": NUM_ROWS, "SlotBits": SLOT_BITS},
    )


def run_program(program: Program, sim: str, folder: Path) -> RunResult:
    """Simulate; the folder then holds what the core gave."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / PROGRAM).open("wb") as file:
        file.writelines(program.words)
    for name in (KEYSTREAM, VERDICTS):
        (folder / name).unlink(missing_ok=True)
    spec = gcm_spec(sim, program.width * 8)
    return run(spec, "tb.tests.vectors_gcm", folder, time_limit=3600.0)


def read_answers(program: Program, folder: Path) -> list[Answer]:
    """Of a run that ended well."""
    verdicts = (folder / VERDICTS).read_text("ascii")
    return program.answers((folder / KEYSTREAM).read_bytes(), verdicts)
