# SPDX-License-Identifier: BSD-2-Clause
"""What one measurement plays and expects, as a file that Python and the C++ main both read.

Little endian: magic; four counts (commands, frames, frames before and in the measured window);
each command as length and bytes; each frame as length, tuser (20 bytes), the frame as it arrives,
the frame as it must leave (of the same length).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from sw_model.nic.layout import META_W, PktMeta

MAGIC = b"TLSRXST1"
USER_BYTES = META_W // 8
_COUNTS = struct.Struct("<IIII")
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class StimulusFrame:
    """A frame, and what must become of it."""

    sent: bytes
    expected: bytes
    user: bytes

    @property
    def meta(self) -> PktMeta:
        return PktMeta.from_bytes(self.user)


@dataclass(frozen=True, slots=True)
class Stimulus:
    """Commands first, then all frames; frames ``warm`` .. ``warm + count - 1`` are measured."""

    commands: list[bytes]
    frames: list[StimulusFrame]
    warm: int
    count: int

    def save(self, path: Path) -> None:
        parts = [
            MAGIC,
            _COUNTS.pack(len(self.commands), len(self.frames), self.warm, self.count),
        ]
        for command in self.commands:
            parts += [_LENGTH.pack(len(command)), command]
        for frame in self.frames:
            parts += [_LENGTH.pack(len(frame.sent)), frame.user, frame.sent, frame.expected]
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(b"".join(parts))
        partial.rename(path)

    @classmethod
    def load(cls, path: Path) -> Stimulus:
        data = path.read_bytes()
        if data[: len(MAGIC)] != MAGIC:
            raise ValueError(f"{path}: not a stimulus file")
        at = len(MAGIC)
        commands, frames, warm, count = _COUNTS.unpack_from(data, at)
        at += _COUNTS.size
        found = []
        for _ in range(commands):
            (size,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            found.append(data[at : at + size])
            at += size
        rows = []
        for _ in range(frames):
            (size,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size
            user, at = data[at : at + USER_BYTES], at + USER_BYTES
            rows.append(StimulusFrame(data[at : at + size], data[at + size : at + 2 * size], user))
            at += 2 * size
        return cls(found, rows, warm, count)
