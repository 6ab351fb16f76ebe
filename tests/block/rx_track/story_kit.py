# SPDX-License-Identifier: BSD-2-Clause
"""What the stories of the tracker are told with: one connection, its records, its losses.

A story asserts what docs/engine.md says; the bench then holds the engine to the same packets.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.block.rx_track.reference import AUTHENTICATION, NO_OFFLOAD, OFFLOAD, TRACKING, Result
from tests.block.rx_track.script import Packet, Script
from tests.block.rx_track.slot_reference import Static

FLOW, S0, NUMBER = 5, 0x10000, 7
RELOCK = 5  # records until a candidate that nobody confirms is given up
Story = Callable[[Script], None]


class Chapter(list[Story]):
    """The stories of one module in their order; ``@story`` of a ``Chapter`` adds one."""

    def __call__(self, tell: Story) -> Story:
        self.append(tell)
        return tell


def static(tls13: bool = True, number: int = NUMBER) -> Static:
    return Static(tls13, 3, bytes(range(0xB0, 0xBC)), number)


def record(size: int, kind: int = 23, fill: int = 0xA5) -> bytes:
    """A record with a body of `size` bytes in which no header can be seen."""
    return bytes((kind, 3, 3)) + size.to_bytes(2, "big") + bytes([fill]) * size


class Flow:
    """One connection: bytes go out in order, or from where the story says."""

    def __init__(self, script: Script, tls13: bool = True, start: int = S0) -> None:
        self.script, self.at, self.tls13 = script, start, tls13
        script.destroy(FLOW)  # else the parameters would be a confirmation
        script.static(FLOW, static(tls13))
        script.psv(FLOW, start)

    def send(self, data: bytes, ok: bool = True, **other: object) -> Result:
        packet = Packet(FLOW, self.at & 0xFFFF_FFFF, data, ok=ok, **other)  # type: ignore[arg-type]
        self.at += len(data)
        return self.script.packet(packet)

    def lose(self, size: int) -> None:
        self.at += size

    def confirm(self, sn: int, number: int) -> None:
        self.script.static(FLOW, static(self.tls13, number), sn)

    def state(self, track: int, auth: int) -> tuple[int, ...]:
        psv = self.script.get(FLOW)
        assert psv[2:4] == (track, auth), psv
        return psv

    def lock(self) -> int:
        """Lose a header, find a candidate; its position."""
        self.send(record(30))
        self.lose(50)
        assert self.send(b"\0" * 9).lost
        sn = self.at & 0xFFFF_FFFF
        result = self.send(record(40))
        assert (result.lost, result.slots) == (False, [])
        assert self.state(TRACKING, NO_OFFLOAD)[1] == sn
        return sn

    def offload_again(self) -> None:
        self.confirm(self.lock(), 100)
        self.state(TRACKING, AUTHENTICATION)
        result = self.send(record(40))
        assert (result.ks, result.checks) == (False, 1)
        self.state(TRACKING, OFFLOAD)
