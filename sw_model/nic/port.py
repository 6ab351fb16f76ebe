# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC behind the NIC port, in the time of the event loop, without a simulator.

Frames and commands enter the NIC in the order of their times; that is the order of execution.
Received frames wait for the interrupt: everything that completed is handed over in one batch at
the next multiple of ``poll_ns``. Command answers take their own way and are not ordered against
packets, as with the real device.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from sw_model.loop import EventLoop
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import PktMeta

Batch = list[tuple[bytes, PktMeta]]


class ModelPort:
    """NIC port of docs/models.md: ``rx_frame``, ``post_command``, ``on_rx``, ``on_cpl``.

    ``latency_ns``: from the last bit of a frame to its completion. ``command_ns``: from the
    doorbell to execution, and again from there to the driver. ``poll_ns`` = 0: no moderation.
    """

    def __init__(
        self,
        loop: EventLoop,
        nic: GoldenNic,
        *,
        latency_ns: int = 1_000,
        poll_ns: int = 20_000,
        command_ns: int = 1_000,
    ) -> None:
        self.loop, self.nic = loop, nic
        self.latency_ns, self.poll_ns, self.command_ns = latency_ns, poll_ns, command_ns
        self.on_rx: Callable[[Batch], None] = lambda _: None
        self.on_cpl: Callable[[bytes], None] = lambda _: None
        self._inside: deque[tuple[int, tuple[bytes, PktMeta]]] = deque()  # and when they complete
        self._poll_armed = False

    def rx_frame(self, frame: bytes, bad: bool = False) -> None:
        """A frame arrives from the wire now."""
        complete = self.loop.now + self.latency_ns
        self._inside.append((complete, self.nic.frame(frame, bad)))
        if not self._poll_armed:
            self._arm(complete)

    def post_command(self, cmd: bytes) -> None:
        """A doorbell now; the command executes ``command_ns`` later."""
        self.loop.call_later(self.command_ns, self._execute, cmd)

    def _execute(self, cmd: bytes) -> None:
        answer = self.nic.command(cmd)
        self.loop.call_later(self.command_ns, lambda: self.on_cpl(answer))

    def _arm(self, complete: int) -> None:
        """The next interrupt comes at the first multiple of ``poll_ns`` from ``complete`` on."""
        self._poll_armed = True
        wait = -complete % self.poll_ns if self.poll_ns else 0
        self.loop.call_at(complete + wait, self._poll)

    def _poll(self) -> None:
        self._poll_armed = False
        batch: Batch = []
        while self._inside and self._inside[0][0] <= self.loop.now:
            batch.append(self._inside.popleft()[1])
        if self._inside:
            self._arm(self._inside[0][0])
        self.on_rx(batch)
