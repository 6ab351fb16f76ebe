# SPDX-License-Identifier: BSD-2-Clause
"""Captures on disk: one function that reads them all, one that writes packets and secrets."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from sw_model.link.capture import (
    ByteSource,
    Capture,
    CapturedPacket,
    CaptureError,
    open_sink,
    open_source,
)
from sw_model.link.pcap import MAGICS, PcapCapture
from sw_model.link.pcapng import SECTION, PcapNgCapture, PcapNgWriter


def open_capture(path: Path) -> Capture:
    """A reader for pcap or pcapng, plain or gzip; CaptureError if it is neither."""
    source = open_source(path)
    try:
        return _reader(source)
    except CaptureError:
        source.close()
        raise


def _reader(source: ByteSource) -> Capture:
    magic = source.read(4, "the file's magic number")
    if magic == struct.pack("<I", SECTION):
        return PcapNgCapture(source)
    if magic in MAGICS:
        return PcapCapture(source, magic)
    raise source.error(f"neither pcap nor pcapng: starts with {magic.hex()}", 0)


def write_capture(
    path: Path,
    packets: Iterable[CapturedPacket],
    interfaces: Sequence[str] = ("wire",),
    keylog: str = "",
    application: str = "",
) -> None:
    """A pcapng file, gzip if the name ends in ``.gz``; the secrets come first."""
    with open_sink(path) as stream:
        writer = PcapNgWriter(stream, interfaces, application)
        if keylog:
            writer.secrets(keylog)
        for packet in packets:
            writer.packet(packet.ns, packet.data, packet.interface, packet.comments)
