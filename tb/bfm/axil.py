# SPDX-License-Identifier: BSD-2-Clause
"""AXI4-Lite manager for a bench whose clock runs in the simulator: one access at a time.

Signals are sampled and driven while the clock is low. There every simulator agrees on what the
next rising edge will see, which is not so at the edge itself.
"""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge
from cocotb_bus.bus import Bus

_WRITE = ["awaddr", "awprot", "awvalid", "awready", "wdata", "wstrb", "wvalid", "wready"]
_ANSWER = ["bresp", "bvalid", "bready"]
_READ = ["araddr", "arprot", "arvalid", "arready", "rdata", "rresp", "rvalid", "rready"]


class AxiLiteError(AssertionError):
    """A register access was answered with an error, or not at all."""


class AxiLiteManager:
    """Reads and writes 32-bit registers; ``limit`` cycles for each handshake."""

    def __init__(self, entity: Any, prefix: str, clock: Any, limit: int = 1000) -> None:
        self.bus = Bus(entity, prefix, [*_WRITE, *_ANSWER, *_READ])
        self._clock, self._limit = clock, limit

    async def write(self, address: int, value: int) -> None:
        await FallingEdge(self._clock)
        self.bus.awaddr.value = address
        self.bus.wdata.value = value
        self.bus.wstrb.value = 0xF
        self.bus.bready.value = 1
        await self._offer({"aw", "w"})
        await self._answer("b", address)
        await FallingEdge(self._clock)
        self.bus.bready.value = 0

    async def read(self, address: int) -> int:
        await FallingEdge(self._clock)
        self.bus.araddr.value = address
        self.bus.rready.value = 1
        await self._offer({"ar"})
        await self._answer("r", address)
        value = int(self.bus.rdata.value)
        await FallingEdge(self._clock)
        self.bus.rready.value = 0
        return value

    def _signal(self, channel: str, name: str) -> Any:
        return getattr(self.bus, channel + name)

    async def _offer(self, channels: set[str]) -> None:
        """Raise valid on the channels and drop each after the edge that took it."""
        for channel in channels:
            self._signal(channel, "valid").value = 1
        waiting = set(channels)
        for _ in range(self._limit):
            taken = {c for c in waiting if int(self._signal(c, "ready").value)}
            await FallingEdge(self._clock)
            for channel in taken:
                self._signal(channel, "valid").value = 0
            waiting -= taken
            if not waiting:
                return
        raise AxiLiteError(f"no ready on {', '.join(sorted(waiting))} for {self._limit} cycles")

    async def _answer(self, channel: str, address: int) -> None:
        """Wait for the response, seen before the edge that takes it."""
        for _ in range(self._limit):
            if int(self._signal(channel, "valid").value):
                if int(self._signal(channel, "resp").value):
                    raise AxiLiteError(f"register 0x{address:03x}: error response")
                return
            await FallingEdge(self._clock)
        raise AxiLiteError(f"register 0x{address:03x}: no response for {self._limit} cycles")
