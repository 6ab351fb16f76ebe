# SPDX-License-Identifier: BSD-2-Clause
"""Simulated time in windows, so that Python and the design meet at known instants only.

The event loop may run ahead of the simulator by one window (the NIC's interrupt moderation time),
because nothing that leaves the design inside a window is seen by the host before its end. At each
window's end, while the clock is low, every monitor samples in a fixed order. Hence one seed gives
the same run on every simulator.
"""

from __future__ import annotations

from typing import Any, Protocol

from cocotb.triggers import FallingEdge, Timer

PERIOD_NS = 4  # of the clock in tb/hdl/tls_rx_tb.sv


class Sampler(Protocol):
    """A monitor that looks at its stream when told to."""

    def sample(self) -> None: ...


class Pacer:
    """Advances the simulator window by window and samples the monitors."""

    def __init__(self, dut: Any, window_ns: int) -> None:
        if window_ns <= 0 or window_ns % PERIOD_NS:
            raise ValueError(f"window of {window_ns} ns is not a multiple of {PERIOD_NS} ns")
        self.dut = dut
        self.window_ns = window_ns
        self.now = 0
        self._cycle0 = 0
        self.samplers: list[Sampler] = []

    async def reset(self, cycles: int = 16) -> None:
        """Hold reset, then start counting time at 0; called while the clock is low."""
        self.dut.rst.value = 1
        await Timer(cycles * PERIOD_NS, unit="ns")
        self.dut.rst.value = 0
        await Timer(cycles * PERIOD_NS, unit="ns")
        self._cycle0 = int(self.dut.cycle.value)
        self.now = 0

    def cycle_at(self, ns: int) -> int:
        """The first cycle whose clock edge is not before ``ns``."""
        return self._cycle0 + -(-ns // PERIOD_NS)

    async def align(self) -> None:
        """Start time again at 0 on a falling clock edge, after set-up that took simulated time."""
        await FallingEdge(self.dut.clk)
        self._cycle0 = int(self.dut.cycle.value)
        self.now = 0

    async def advance(self, windows: int = 1) -> None:
        """Let the design run for some windows, then sample every monitor."""
        await Timer(windows * self.window_ns, unit="ns")
        self.now += windows * self.window_ns
        for sampler in self.samplers:
            sampler.sample()
