# SPDX-License-Identifier: BSD-2-Clause
"""Classic pcap files, read: both byte orders, micro- and nanoseconds."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from sw_model.link.capture import ByteSource, Capture, CapturedPacket, Interface

# first four bytes as they are in the file -> (byte order for struct, ns per tick)
MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
MAX_PACKET = 1 << 24  # a length beyond this is damage, not a packet


class PcapCapture(Capture):
    """A reader behind the magic number, which the caller has taken."""

    def __init__(self, source: ByteSource, magic: bytes) -> None:
        super().__init__(source)
        self._order, self._tick = MAGICS[magic]
        header = source.read(20, "the file header")
        major, _, _, _, _, network = struct.unpack(self._order + "HHiIII", header)
        if major != 2:
            raise source.error(f"pcap version {major}, expected 2", 4)
        self.interfaces.append(Interface("", network & 0xFFFF))  # upper bits: FCS length

    def _packets(self) -> Iterator[CapturedPacket]:
        packet = struct.Struct(self._order + "IIII")
        source = self._source
        while header := source.read(packet.size, "a packet header", may_end=True):
            seconds, fraction, size, wire_len = packet.unpack(header)
            if size > MAX_PACKET:
                raise source.error(f"packet of {size} bytes", source.offset - packet.size)
            data = source.read(size, "a packet")
            ns = seconds * 1_000_000_000 + fraction * self._tick
            yield CapturedPacket(ns, data, 0, (), wire_len)
