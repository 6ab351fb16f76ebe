# SPDX-License-Identifier: BSD-2-Clause
"""Python side of tb/hdl/axis_file_src.sv and axis_file_snk.sv: whole frames, a few calls a burst.

The stream itself never crosses into Python. Frames wait in files; only small counters (how many
frames may be played, how many have arrived) are read and written through the simulator.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cocotb_bus.bus import Bus

_SRC_META = struct.Struct(">III")


class SourceBus(Bus):
    """Handshake variables of one ``axis_file_src``."""

    def __init__(self, entity: Any) -> None:
        super().__init__(entity, None, ["avail", "seed", "gap_prob", "sent"])


class SinkBus(Bus):
    """Handshake variables of one ``axis_file_snk``."""

    def __init__(self, entity: Any) -> None:
        super().__init__(entity, None, ["seed", "stall_prob", "frames"])


class FileSource:
    """Plays frames into the design; ``send_nowait`` then ``flush``.

    ``width`` is the stream's width in bits, ``name`` the file stem given to the module.
    """

    def __init__(self, entity: Any, name: str, width: int, folder: Path = Path()) -> None:
        self.bus = SourceBus(entity)
        self._beat = width // 8
        self._data: BinaryIO = (folder / f"{name}.data").open("wb")
        self._meta: BinaryIO = (folder / f"{name}.meta").open("wb")
        self.count = 0
        self._flushed = 0

    def configure(self, seed: int, gap_prob: int) -> None:
        """Set the idle generator before reset: ``gap_prob``/256 before each beat."""
        self.bus.seed.value = seed & 0xFFFF_FFFF or 1
        self.bus.gap_prob.value = gap_prob

    def send_nowait(self, frame: bytes, not_before: int = 0, user: int = 0) -> None:
        """Queue one frame for the cycle ``not_before`` or later."""
        if not frame:
            raise ValueError("a frame has at least one byte")
        beat = self._beat
        padded = frame + bytes(-len(frame) % beat)
        self._data.write(
            b"".join(padded[at : at + beat][::-1] for at in range(0, len(padded), beat))
        )
        self._meta.write(_SRC_META.pack(not_before & 0xFFFF_FFFF, len(frame), user))
        self.count += 1

    def flush(self) -> None:
        """Make queued frames visible to the simulator."""
        if self.count != self._flushed:
            self._data.flush()
            self._meta.flush()
            self.bus.avail.value = self.count
            self._flushed = self.count

    def sent(self) -> int:
        """Frames that have left completely."""
        return int(self.bus.sent.value)


@dataclass(frozen=True, slots=True)
class ReceivedFrame:
    """One frame as the sink saw it; cycles of its first and last beat, tuser as an integer."""

    data: bytes
    first_cycle: int
    last_cycle: int
    user: int


class FileSink:
    """Collects frames from the design; ``take`` returns those that arrived since the last call."""

    def __init__(
        self, entity: Any, name: str, width: int, user_width: int, folder: Path = Path()
    ) -> None:
        self.bus = SinkBus(entity)
        self._beat = width // 8
        self._paths = (folder / f"{name}.data", folder / f"{name}.meta")
        for path in self._paths:
            path.unlink(missing_ok=True)
        self._files: tuple[BinaryIO, BinaryIO] | None = None
        self._user_bytes = user_width // 8
        self._record = 20 + self._user_bytes
        self.count = 0

    def configure(self, seed: int, stall_prob: int) -> None:
        """Set the stall generator before reset: ``stall_prob``/256 in each cycle."""
        self.bus.seed.value = seed & 0xFFFF_FFFF or 1
        self.bus.stall_prob.value = stall_prob

    def take(self) -> list[ReceivedFrame]:
        """Frames that are complete now, in order. Call while the clock is low."""
        new = int(self.bus.frames.value) - self.count
        if new == 0:
            return []
        if self._files is None:
            self._files = (self._paths[0].open("rb"), self._paths[1].open("rb"))
        data_file, meta_file = self._files
        frames = []
        for _ in range(new):
            record = meta_file.read(self._record)
            first, last, beats, keep = struct.unpack_from("<IIIQ", record)
            raw = data_file.read(beats * self._beat)
            size = (beats - 1) * self._beat + keep.bit_length()
            user = int.from_bytes(record[20:], "little")
            frames.append(ReceivedFrame(raw[:size], first, last, user))
        self.count += new
        return frames
