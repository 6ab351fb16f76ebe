# SPDX-License-Identifier: BSD-2-Clause
"""A discrete-event loop in integer nanoseconds.

Every model that needs time takes an ``EventLoop`` and only uses ``now``, ``call_at`` and
``call_later``. The loop itself never sleeps: a simulator bridge or a plain script advances it with
``run_until``. Events of one instant run in the order in which they were scheduled, so a run is a
pure function of its inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any


class Handle:
    """One scheduled call; ``cancel`` makes it a no-op."""

    __slots__ = ("cancelled", "when")

    def __init__(self, when: int) -> None:
        self.when = when
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class EventLoop:
    """Calls functions at given times; ``now`` never goes back."""

    def __init__(self) -> None:
        self.now = 0
        self._heap: list[tuple[int, int, Handle | None, Callable[..., Any], tuple[Any, ...]]] = []
        self._order = 0

    def call_at(self, when: int, fn: Callable[..., Any], *args: Any) -> Handle:
        """Call ``fn(*args)`` at ``when`` ns, or at once (after pending events of now) if past."""
        when = max(when, self.now)
        handle = Handle(when)
        self._order += 1
        heappush(self._heap, (when, self._order, handle, fn, args))
        return handle

    def post_at(self, when: int, fn: Callable[..., Any], *args: Any) -> None:
        """``call_at`` for what nobody will cancel."""
        self._order = order = self._order + 1
        heappush(self._heap, (when if when > self.now else self.now, order, None, fn, args))

    def call_later(self, delay: int, fn: Callable[..., Any], *args: Any) -> Handle:
        """Call ``fn(*args)`` ``delay`` ns from now."""
        return self.call_at(self.now + delay, fn, *args)

    def next_time(self) -> int | None:
        """Time of the next live event, or None when nothing is scheduled."""
        while self._heap and (handle := self._heap[0][2]) is not None and handle.cancelled:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_until(self, when: int) -> None:
        """Run every event up to and including ``when``, then set ``now`` to it."""
        heap, pop = self._heap, heappop
        while heap and heap[0][0] <= when:
            at, _, handle, fn, args = pop(heap)
            if handle is None or not handle.cancelled:
                self.now = at
                fn(*args)
        self.now = max(self.now, when)
