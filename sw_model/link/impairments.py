# SPDX-License-Identifier: BSD-2-Clause
"""What a network does to frames: delay, loss, reordering, duplication, corruption.

Each stage has its own random stream, so switching one off leaves the choices of the others alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from random import Random

from sw_model.link.stage import Stage
from sw_model.loop import EventLoop
from sw_model.wire.checksum import checksum, pseudo_sum
from sw_model.wire.frame import parse_frame

NS_PER_S = 1_000_000_000
# On the wire each frame also takes preamble and start (8), FCS (4) and the gap (12).
WIRE_OVERHEAD = 24


class Delay(Stage):
    """A cable: ``ns`` of propagation and, if ``bits_per_second`` is set, a serialising sender."""

    def __init__(self, loop: EventLoop, ns: int, bits_per_second: int = 0) -> None:
        super().__init__()
        self.loop, self.ns = loop, ns
        per_byte = Fraction(8 * NS_PER_S, bits_per_second) if bits_per_second else Fraction(0)
        self._ns_per_byte = per_byte.as_integer_ratio()  # in lowest terms the numbers stay small
        self._free_at = 0

    def send(self, frame: bytes) -> None:
        self.frames += 1
        loop, (ns, per) = self.loop, self._ns_per_byte
        start = loop.now if loop.now > self._free_at else self._free_at
        self._free_at = start = start + ((len(frame) + WIRE_OVERHEAD) * ns + per - 1) // per
        loop.post_at(start + self.ns, self.deliver, frame)


class Loss(Stage):
    """Drops each frame with probability ``p``."""

    def __init__(self, rng: Random, p: float) -> None:
        super().__init__()
        self.rng, self.p = rng, p

    def send(self, frame: bytes) -> None:
        self.frames += 1
        if self.rng.random() < self.p:
            self.hits += 1
        else:
            self.deliver(frame)


class Duplicate(Stage):
    """Delivers a frame twice with probability ``p``."""

    def __init__(self, rng: Random, p: float) -> None:
        super().__init__()
        self.rng, self.p = rng, p

    def send(self, frame: bytes) -> None:
        self.frames += 1
        self.deliver(frame)
        if self.rng.random() < self.p:
            self.hits += 1
            self.deliver(frame)


class Reorder(Stage):
    """Holds a frame back with probability ``p`` until 1..``places`` later frames have overtaken it.

    A held frame leaves after ``max_wait`` ns at the latest, so the last one never gets stuck.
    """

    def __init__(
        self, loop: EventLoop, rng: Random, p: float, places: int = 3, max_wait: int = 100_000
    ) -> None:
        super().__init__()
        self.loop, self.rng, self.p, self.places, self.max_wait = loop, rng, p, places, max_wait
        self._held: dict[int, tuple[int, bytes]] = {}  # number -> (frames still to pass, frame)

    def send(self, frame: bytes) -> None:
        self.frames += 1
        if self.rng.random() < self.p:
            self.hits += 1
            self._held[self.frames] = (self.rng.randint(1, self.places), frame)
            self.loop.call_later(self.max_wait, self._release, self.frames)
            return
        self._pass(self.frames, frame)

    def _pass(self, number: int, frame: bytes) -> None:
        """Deliver a frame, and every held one for which it was the last to overtake."""
        self.deliver(frame)
        overtaken = [n for n in self._held if n < number]
        for n in overtaken:
            left, held = self._held[n]
            self._held[n] = (left - 1, held)
        for n in overtaken:
            if n in self._held and self._held[n][0] <= 0:
                self._release(n)

    def _release(self, number: int) -> None:
        entry = self._held.pop(number, None)
        if entry is not None:
            self._pass(number, entry[1])


class Corrupt(Stage):
    """Flips one random payload bit with probability ``p``.

    By default the TCP checksum becomes wrong. ``forge`` repairs it: the flip then looks like data
    that was changed by somebody on the path, which only the record's tag can tell.
    """

    def __init__(self, rng: Random, p: float, forge: bool = False) -> None:
        super().__init__()
        self.rng, self.p, self.forge = rng, p, forge

    def send(self, frame: bytes) -> None:
        self.frames += 1
        if self.rng.random() < self.p:
            parsed = parse_frame(frame)
            if parsed.payload_len:
                self.hits += 1
                bit = self.rng.randrange(8 * parsed.payload_len)
                frame = flip_bit(frame, 8 * parsed.payload_off + bit)
                frame = fix_tcp_checksum(frame) if self.forge else frame
        self.deliver(frame)


class Script(Stage):
    """Directed faults: ``rule(index, frame)`` gives the frames to deliver instead of this one.

    ``Script.drop({3, 7})`` loses the fourth and the eighth frame.
    """

    def __init__(self, rule: Callable[[int, bytes], Iterable[bytes]]) -> None:
        super().__init__()
        self.rule = rule

    @classmethod
    def drop(cls, indices: Iterable[int]) -> Script:
        gone = frozenset(indices)
        return cls(lambda index, frame: () if index in gone else (frame,))

    def send(self, frame: bytes) -> None:
        out = tuple(self.rule(self.frames, frame))
        self.frames += 1
        self.hits += out != (frame,)
        for each in out:
            self.deliver(each)


def flip_bit(frame: bytes, bit: int) -> bytes:
    """The frame with one bit changed; bit 0 is the lowest of byte 0."""
    out = bytearray(frame)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def fix_tcp_checksum(frame: bytes) -> bytes:
    """The same TCP frame with a right TCP checksum; other frames unchanged."""
    p = parse_frame(frame)
    if not p.is_tcp:
        return frame
    tcp = bytearray(frame[p.l4_off : p.payload_off + p.payload_len])
    tcp[16:18] = bytes(2)
    tcp[16:18] = checksum(bytes(tcp), pseudo_sum(p.raw_src, p.raw_dst, len(tcp))).to_bytes(2, "big")
    return frame[: p.l4_off] + bytes(tcp) + frame[p.payload_off + p.payload_len :]
