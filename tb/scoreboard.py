# SPDX-License-Identifier: BSD-2-Clause
"""Scoreboard against the golden NIC: every frame, every metadata bit, every completion.

The golden model is called in the order in which the design says it executed things: each frame
carries the number of commands executed before it, each completion the number of frames before it.
"""

from __future__ import annotations

from collections import deque

from pyuvm import ConfigDB, uvm_scoreboard, uvm_subscriber

from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import Completion, PktMeta
from tb.agents.host import HostFrame
from tb.port import TimedCommand, TimedFrame


class Mismatch(AssertionError):
    """The design and the golden model differ."""


def _differences(got: PktMeta, want: PktMeta) -> str:
    names = [n for n in PktMeta.__dataclass_fields__ if getattr(got, n) != getattr(want, n)]
    return ", ".join(f"{n}: got {getattr(got, n)!r}, expected {getattr(want, n)!r}" for n in names)


class GoldenComparator:
    """Predicts in the design's own order and compares; knows nothing of UVM."""

    def __init__(self, golden: GoldenNic) -> None:
        self.golden = golden
        self.frames_in: deque[TimedFrame] = deque()
        self.commands_in: deque[TimedCommand] = deque()
        self._predicted: deque[tuple[int, bytes]] = deque()  # (frames before, completion)
        self._completions: deque[bytes] = deque()
        self.frames = self.commands = self.completions = 0

    def host_frame(self, got: HostFrame) -> None:
        """Compare one frame from the design with the prediction for it."""
        if not self.frames_in:
            raise Mismatch(f"frame {self.frames} came out, but none went in")
        while (self.commands - got.meta.cmd_count) & 0xFFFF:
            self._execute_command()
        sent = self.frames_in.popleft()
        data, meta = self.golden.frame(sent.data, sent.bad)
        where = f"frame {self.frames} (seq 0x{got.meta.tcp_seq:08x}, flow {got.meta.flow})"
        if got.meta != meta:
            raise Mismatch(f"{where}: metadata differs: {_differences(got.meta, meta)}")
        if got.data != data:
            at = next(
                (i for i, (a, b) in enumerate(zip(got.data, data, strict=False)) if a != b),
                len(data),
            )
            raise Mismatch(
                f"{where}: byte {at} of {len(data)} differs: got {got.data[at : at + 8].hex()}, "
                f"expected {data[at : at + 8].hex()} (length {len(got.data)})"
            )
        self.frames += 1
        self._settle()

    def completion(self, data: bytes) -> None:
        """Compare one completion; it may be seen before frames that were tracked earlier."""
        self._completions.append(data)
        self._settle()

    def _execute_command(self) -> None:
        if not self.commands_in:
            raise Mismatch(
                f"the design executed {self.commands + 1} commands or more, "
                f"but only {self.commands} were posted"
            )
        command = self.commands_in.popleft()
        self._predicted.append((self.frames, self.golden.command(command.data)))
        self.commands += 1

    def _settle(self) -> None:
        while self._completions:
            got = self._completions[0]
            before = Completion.parse(got).frames
            if not self._predicted:
                if (before - self.frames) & 0xFFFF_FFFF:
                    return  # frames tracked before it have not come out yet
                self._execute_command()
            frames, want = self._predicted.popleft()
            self._completions.popleft()
            if got != want:
                raise Mismatch(
                    f"completion {self.completions} (golden after {frames} frames): got "
                    f"{Completion.parse(got)}, expected {Completion.parse(want)}"
                )
            self.completions += 1

    def finish(self) -> None:
        """Everything that went in must have come out."""
        if self.frames_in or self.commands_in or self._completions or self._predicted:
            raise Mismatch(
                f"left at the end: {len(self.frames_in)} frames, {len(self.commands_in)} "
                f"commands, {len(self._completions) + len(self._predicted)} completions"
            )


class _WireIn(uvm_subscriber):
    def write(self, frame: TimedFrame) -> None:
        self.parent.comparator.frames_in.append(frame)


class _CommandIn(uvm_subscriber):
    def write(self, command: TimedCommand) -> None:
        self.parent.comparator.commands_in.append(command)


class _HostOut(uvm_subscriber):
    def write(self, batch: list[HostFrame]) -> None:
        for frame in batch:
            self.parent.comparator.host_frame(frame)


class _CompletionOut(uvm_subscriber):
    def write(self, batch: list[bytes]) -> None:
        for data in batch:
            self.parent.comparator.completion(data)


class Scoreboard(uvm_scoreboard):
    """Connects the comparator to the agents' analysis ports."""

    def build_phase(self) -> None:
        self.comparator = GoldenComparator(ConfigDB().get(self, "", "golden"))
        self.wire_in = _WireIn("wire_in", self)
        self.command_in = _CommandIn("command_in", self)
        self.host_out = _HostOut("host_out", self)
        self.completion_out = _CompletionOut("completion_out", self)

    def check_phase(self) -> None:
        self.comparator.finish()
