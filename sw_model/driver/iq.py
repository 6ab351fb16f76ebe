# SPDX-License-Identifier: BSD-2-Clause
"""The driver's command queue ("IQ", mlx5_en_iq.c) over the engine's command stream.

Work entries (``post``) never block: without room they fail with ENOMEM. Entries never wrap: where
fewer than 16 basic blocks are left before the ring's end, one NOP takes them. Each completion runs
its callback once; tear-down runs the callbacks of everything outstanding with None, so that no
reference is ever leaked. A GET_PSV entry names a buffer: the answer is there before the callback
runs, and in it whoever comes later finds the newest answer only.

Firmware commands (``execute``: keys, rules, contexts) sleep in a real driver until the device
answers; they are not work entries and never lack room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from errno import ENOMEM

from sw_model.nic.layout import Completion, CplStatus, with_tag

BASIC_BLOCK = 64  # MLX5_SEND_WQE_BB
MAX_ENTRY_BLOCKS = 16  # MLX5_SEND_WQE_MAX_WQEBBS
ROOM = 2 * MAX_ENTRY_BLOCKS  # an entry, and a NOP that pads to the ring's end
TAGS = 1 << 16

Callback = Callable[[Completion | None], None]


@dataclass(frozen=True, slots=True)
class _Pending:
    blocks: int  # of the entry and the NOP in front of it; 0: a firmware command
    callback: Callback | None
    buffer: bytearray | None = None


class CommandQueue:
    """One command queue; ``post_command`` puts bytes on the engine's command stream.

    ``tags``: the completion tags it may use. Invariant, see ``check``: the basic blocks in use are
    those of the outstanding work entries and their NOPs.
    """

    def __init__(
        self,
        post_command: Callable[[bytes], None],
        blocks: int = 1024,
        tags: range = range(TAGS),
    ) -> None:
        self._post_command = post_command
        self.blocks = blocks
        self.tags = tags
        self.used = 0
        self.pc = 0  # producer, in basic blocks
        self.nops = 0
        self.running = True
        self._pending: dict[int, _Pending] = {}
        self._next = 0
        self._doorbell_held = False
        self._not_rung: deque[bytes] = deque()
        self._cqes: deque[tuple[_Pending, Completion]] = deque()

    @property
    def outstanding(self) -> int:
        """Commands posted whose callback has not run."""
        return len(self._pending) + len(self._cqes)

    # ---- posting ----

    def has_room_for(self, blocks: int) -> bool:
        """mlx5e_iq_has_room_for."""
        return self.blocks - self.used >= blocks

    def post(
        self, cmd: bytes, callback: Callback | None = None, buffer: bytearray | None = None
    ) -> int:
        """Post one work entry; ENOMEM when stopped or without room for the largest entry."""
        if not self.running or not self.has_room_for(ROOM) or self._tags_gone():
            return ENOMEM
        pad = self.blocks - self.pc % self.blocks
        if pad >= MAX_ENTRY_BLOCKS:
            pad = 0
        else:
            self.nops += 1  # one NOP of ``pad`` blocks; the engine never sees it
        blocks = pad + -(-len(cmd) // BASIC_BLOCK)
        self.pc += blocks
        self._send(cmd, _Pending(blocks, callback, buffer))
        return 0

    def execute(self, cmd: bytes, callback: Callback) -> None:
        """Run a firmware command; a stopped queue answers None at once."""
        if not self.running or self._tags_gone():
            callback(None)
            return
        self._send(cmd, _Pending(0, callback))

    def _tags_gone(self) -> bool:
        return len(self._pending) == len(self.tags)

    def _send(self, cmd: bytes, pending: _Pending) -> None:
        while self.tags[self._next] in self._pending:
            self._next = (self._next + 1) % len(self.tags)
        tag = self.tags[self._next]
        self._next = (self._next + 1) % len(self.tags)
        self._pending[tag] = pending
        self.used += pending.blocks
        if self._doorbell_held and pending.blocks:
            self._not_rung.append(with_tag(cmd, tag))
        else:
            self._post_command(with_tag(cmd, tag))

    def hold_doorbell(self) -> None:
        """From now on entries take their place, but the device does not look at them."""
        self._doorbell_held = True

    def ring_doorbell(self) -> None:
        """One doorbell for everything posted while it was held."""
        self._doorbell_held = False
        while self._not_rung:
            self._post_command(self._not_rung.popleft())

    # ---- completing ----

    def arrive(self, data: bytes) -> None:
        """The engine's answer by DMA: data into its buffer, an entry into the completion queue.

        An answer to an unknown tag is dropped (torn down).
        """
        cpl = Completion.parse(data)
        pending = self._pending.pop(cpl.tag, None)
        if pending is None:
            return
        if pending.buffer is not None and cpl.status == CplStatus.OK:
            pending.buffer[: len(cpl.psv)] = cpl.psv
        self._cqes.append((pending, cpl))

    def poll(self) -> None:
        """mlx5e_iq_poll: run the callbacks of what arrived, in order, and give its blocks back."""
        while self._cqes:
            pending, cpl = self._cqes.popleft()
            self._finish(pending, cpl)

    def completion(self, data: bytes) -> None:
        """Arrival and poll in one."""
        self.arrive(data)
        self.poll()

    def abort_firmware(self) -> None:
        """End the outstanding firmware commands without an answer; work entries stay."""
        self._end([tag for tag, pending in self._pending.items() if not pending.blocks])

    def stop(self) -> None:
        """Tear down: refuse new entries, then run every outstanding callback with None."""
        self.running = False
        self._not_rung.clear()
        self.poll()
        self._end(list(self._pending))

    def _end(self, tags: list[int]) -> None:
        for tag in tags:
            self._finish(self._pending.pop(tag), None)

    def _finish(self, pending: _Pending, cpl: Completion | None) -> None:
        self.used -= pending.blocks
        if pending.callback is not None:
            pending.callback(cpl)

    def check(self) -> None:
        """Assert the invariant above."""
        waiting = [p for p, _ in self._cqes]
        assert self.used == sum(p.blocks for p in (*self._pending.values(), *waiting))
        assert 0 <= self.used <= self.blocks
