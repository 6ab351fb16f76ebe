# SPDX-License-Identifier: BSD-2-Clause
"""Captured packets as values, the error of a bad file, and the choice of a reader."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

LINKTYPE_ETHERNET = 1
GZIP_MAGIC = b"\x1f\x8b"


class CaptureError(ValueError):
    """A capture file that cannot be read; says which file, and where in it."""

    def __init__(self, name: str, offset: int, text: str) -> None:
        super().__init__(f"{name}: byte {offset}: {text}")
        self.name, self.offset = name, offset


@dataclass(frozen=True, slots=True)
class Interface:
    """Where packets were seen."""

    name: str = ""
    linktype: int = LINKTYPE_ETHERNET


@dataclass(frozen=True, slots=True)
class CapturedPacket:
    """One packet; ``wire_len`` is larger than the data if the capture cut it."""

    ns: int
    data: bytes
    interface: int = 0
    comments: tuple[str, ...] = ()
    wire_len: int = -1

    @property
    def complete(self) -> bool:
        return self.wire_len in (-1, len(self.data))


class ByteSource:
    """Reads exact pieces of a file and knows where it is; offsets count unpacked bytes."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self.name = stream, name
        self.offset = 0

    def read(self, size: int, what: str, may_end: bool = False) -> bytes:
        """``size`` bytes; b"" at a clean end if ``may_end``; else CaptureError."""
        try:
            data = self._stream.read(size)
        except (EOFError, OSError, zlib.error) as error:
            raise self.error(f"damaged gzip data in {what}: {error}") from None
        if len(data) < size and not (may_end and not data):
            raise self.error(f"file ends inside {what}: {len(data)} of {size} bytes")
        self.offset += len(data)
        return data

    def close(self) -> None:
        self._stream.close()

    def error(self, text: str, offset: int | None = None) -> CaptureError:
        return CaptureError(self.name, self.offset if offset is None else offset, text)


def open_source(path: Path) -> ByteSource:
    """A capture file, unpacked on the way if it is gzip."""
    with path.open("rb") as probe:
        packed = probe.read(2) == GZIP_MAGIC
    opener = gzip.open if packed else open
    return ByteSource(cast(BinaryIO, opener(path, "rb")), str(path))


def open_sink(path: Path) -> BinaryIO:
    """A file to write to; packed if its name ends in ``.gz``, with no time inside: reproducible."""
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.GzipFile(path, "wb", mtime=0))
    return path.open("wb")


class Capture:
    """What every reader gives: packets when iterated (once), and what the file says besides.

    ``interfaces`` and ``secrets`` (key log text) fill up while the packets are read. The file is
    closed when the iteration ends.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self.name = source.name
        self.interfaces: list[Interface] = []
        self.secrets: list[str] = []

    def __iter__(self) -> Iterator[CapturedPacket]:
        try:
            yield from self._packets()
        finally:
            self._source.close()

    def _packets(self) -> Iterator[CapturedPacket]:
        raise NotImplementedError

    def keylog(self) -> str:
        """All secrets read so far."""
        return "".join(self.secrets)
