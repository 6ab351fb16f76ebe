# SPDX-License-Identifier: BSD-2-Clause
"""The driver's command queue ("IQ", mlx5_en_iq.c) over the engine's command stream.

Work entries (``post``) never block: without room they fail with ENOMEM. Each completion runs its
callback once; tear-down runs the callbacks of everything outstanding with None, so that no
reference is ever leaked. Firmware commands (``execute``: keys, rules, contexts) sleep in a real
driver until the device answers; they are not work entries and never lack room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOMEM

from sw_model.nic.layout import Completion, with_tag

BASIC_BLOCK = 64  # MLX5_SEND_WQE_BB
MAX_ENTRY_BLOCKS = 16  # MLX5_SEND_WQE_MAX_WQEBBS
ROOM = 2 * MAX_ENTRY_BLOCKS  # an entry, and a NOP that pads to the ring's end
TAGS = 1 << 16

Callback = Callable[[Completion | None], None]


@dataclass(frozen=True, slots=True)
class _Pending:
    blocks: int  # 0: a firmware command
    callback: Callback | None


class CommandQueue:
    """One command queue; ``post_command`` puts bytes on the engine's command stream.

    Invariant, see ``check``: the basic blocks in use are those of the outstanding work entries.
    """

    def __init__(self, post_command: Callable[[bytes], None], blocks: int = 1024) -> None:
        self._post_command = post_command
        self.blocks = blocks
        self.used = 0
        self.running = True
        self._pending: dict[int, _Pending] = {}
        self._next_tag = 0

    @property
    def outstanding(self) -> int:
        """Commands posted and not completed."""
        return len(self._pending)

    def post(self, cmd: bytes, callback: Callback | None = None) -> int:
        """Post one work entry; ENOMEM when stopped or without room for the largest entry."""
        if not self.running or self.blocks - self.used < ROOM or len(self._pending) == TAGS:
            return ENOMEM
        self._send(cmd, _Pending(-(-len(cmd) // BASIC_BLOCK), callback))
        return 0

    def execute(self, cmd: bytes, callback: Callback) -> None:
        """Run a firmware command; a stopped queue answers None at once."""
        if not self.running or len(self._pending) == TAGS:
            callback(None)
            return
        self._send(cmd, _Pending(0, callback))

    def _send(self, cmd: bytes, pending: _Pending) -> None:
        while self._next_tag in self._pending:
            self._next_tag = (self._next_tag + 1) % TAGS
        tag = self._next_tag
        self._next_tag = (tag + 1) % TAGS
        self._pending[tag] = pending
        self.used += pending.blocks
        self._post_command(with_tag(cmd, tag))

    def completion(self, data: bytes) -> None:
        """The engine's answer to one command; one for an unknown tag is dropped (torn down)."""
        cpl = Completion.parse(data)
        pending = self._pending.pop(cpl.tag, None)
        if pending is None:
            return
        self.used -= pending.blocks
        if pending.callback is not None:
            pending.callback(cpl)

    def abort_firmware(self) -> None:
        """End the outstanding firmware commands without an answer; work entries stay."""
        self._end([tag for tag, pending in self._pending.items() if not pending.blocks])

    def stop(self) -> None:
        """Tear down: refuse new entries, then run every outstanding callback with None."""
        self.running = False
        self._end(list(self._pending))

    def _end(self, tags: list[int]) -> None:
        for tag in tags:
            pending = self._pending.pop(tag)
            self.used -= pending.blocks
            if pending.callback is not None:
                pending.callback(None)

    def check(self) -> None:
        """Assert the invariant above."""
        assert self.used == sum(p.blocks for p in self._pending.values())
        assert 0 <= self.used <= self.blocks
