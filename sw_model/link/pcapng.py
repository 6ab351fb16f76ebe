# SPDX-License-Identifier: BSD-2-Clause
"""pcapng: written with nanoseconds, comments and TLS secrets; read in all byte orders and units.

A block is: type u32, total length u32, body, total length u32. Secrets must stand in front of the
packets they open: Wireshark does not look back.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from sw_model.link.capture import LINKTYPE_ETHERNET, ByteSource, Capture, CapturedPacket, Interface

SECTION, INTERFACE, PACKET, SIMPLE_PACKET, ENHANCED_PACKET, SECRETS = 0x0A0D0D0A, 1, 2, 3, 6, 10
ORDER_MAGIC = 0x1A2B3C4D
TLS_KEY_LOG = 0x544C534B  # "TLSK"
OPT_END, OPT_COMMENT = 0, 1
OPT_SHB_USERAPPL = 4
OPT_IF_NAME, OPT_IF_TSRESOL, OPT_IF_TSOFFSET = 2, 9, 14
NS_PER_S = 1_000_000_000
MAX_BLOCK = 1 << 26


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


class PcapNgWriter:
    """Writes one section, little endian, times in nanoseconds."""

    def __init__(
        self, stream: BinaryIO, interfaces: Sequence[str] = ("wire",), application: str = ""
    ) -> None:
        self._stream = stream
        self._interfaces = len(interfaces)
        options = _option(OPT_SHB_USERAPPL, application.encode()) if application else b""
        fixed = struct.pack("<IHHq", ORDER_MAGIC, 1, 0, -1)
        self._block(SECTION, fixed + (options + _option(OPT_END, b"") if options else b""))
        for name in interfaces:
            options = _option(OPT_IF_NAME, name.encode()) + _option(OPT_IF_TSRESOL, b"\x09")
            fixed = struct.pack("<HHI", LINKTYPE_ETHERNET, 0, 0)
            self._block(INTERFACE, fixed + options + _option(OPT_END, b""))

    def _block(self, kind: int, body: bytes) -> None:
        size = len(body) + 12
        self._stream.write(struct.pack("<II", kind, size) + body + struct.pack("<I", size))

    def secrets(self, keylog: str) -> None:
        """Key log lines, to be written before the packets that need them."""
        data = keylog.encode()
        self._block(SECRETS, struct.pack("<II", TLS_KEY_LOG, len(data)) + _padded(data))

    def packet(
        self, ns: int, frame: bytes, interface: int = 0, comments: Iterable[str] = ()
    ) -> None:
        """One packet at ``ns`` since the epoch."""
        if not 0 <= interface < self._interfaces:
            raise ValueError(f"interface {interface}: the file has {self._interfaces}")
        options = b"".join(_option(OPT_COMMENT, text.encode()) for text in comments)
        fixed = struct.pack("<IIIII", interface, ns >> 32, ns & 0xFFFF_FFFF, len(frame), len(frame))
        tail = options + _option(OPT_END, b"") if options else b""
        self._block(ENHANCED_PACKET, fixed + _padded(frame) + tail)


class PcapNgCapture(Capture):
    """A reader behind the first block's type, which the caller has taken."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__(source)
        self._order = "<"
        self._base = 0  # interfaces of earlier sections
        self._clocks: list[tuple[int, int, int]] = []  # (numerator, denominator, offset ns)
        self._body_at = 0

    def _packets(self) -> Iterator[CapturedPacket]:
        kind_bytes = struct.pack("<I", SECTION)
        while kind_bytes:
            kind, body = self._next_block(kind_bytes)
            if kind == INTERFACE:
                self._interface(body)
            elif kind == SECRETS:
                self._secrets(body)
            elif kind == ENHANCED_PACKET:
                yield self._enhanced(body)
            elif kind == PACKET:
                yield self._old_packet(body)
            elif kind == SIMPLE_PACKET:
                yield self._simple(body)
            kind_bytes = self._source.read(4, "a block type", may_end=True)

    def _next_block(self, kind_bytes: bytes) -> tuple[int, bytes]:
        source, start = self._source, self._source.offset - 4
        size_bytes = source.read(4, "a block length")
        head = b""
        if kind_bytes == struct.pack("<I", SECTION):  # reads the same in both orders
            head = source.read(4, "a section header")
            self._order = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}.get(head, "")
            if not self._order:
                raise source.error("section header without byte order magic", start + 8)
            self._base = len(self.interfaces)
        (kind,) = struct.unpack(self._order + "I", kind_bytes)
        (size,) = struct.unpack(self._order + "I", size_bytes)
        if size < 12 + len(head) or size % 4 or size > MAX_BLOCK:
            raise source.error(f"block of type {kind:#x} with length {size}", start + 4)
        self._body_at = start + 8
        body = head + source.read(size - 12 - len(head), f"a block of type {kind:#x}")
        if source.read(4, "the closing length of a block") != size_bytes:
            raise source.error("the two lengths of a block differ", source.offset - 4)
        return kind, body

    def _unpack(self, form: str, body: bytes, what: str) -> tuple[int, ...]:
        layout = struct.Struct(self._order + form)
        if len(body) < layout.size:
            raise self._source.error(f"{what} of only {len(body)} bytes", self._body_at)
        return layout.unpack_from(body)

    def _options(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        pos = 0
        while pos + 4 <= len(data):
            code, size = struct.unpack_from(self._order + "HH", data, pos)
            if code == OPT_END:
                return
            value = data[pos + 4 : pos + 4 + size]
            if len(value) < size:
                raise self._source.error(f"option {code} leaves its block", self._body_at)
            yield code, value
            pos += 4 + size + -size % 4

    def _interface(self, body: bytes) -> None:
        linktype, _, _ = self._unpack("HHI", body, "an interface block")
        name, resolution, offset = "", 6, 0
        for code, value in self._options(body[8:]):
            if code == OPT_IF_NAME:
                name = value.decode("utf-8", "replace")
            elif code == OPT_IF_TSRESOL and len(value) == 1:
                resolution = value[0]
            elif code == OPT_IF_TSOFFSET and len(value) == 8:
                (offset,) = struct.unpack(self._order + "q", value)
        per_second = 1 << (resolution & 0x7F) if resolution & 0x80 else 10**resolution
        self._clocks.append((NS_PER_S, per_second, offset * NS_PER_S))
        self.interfaces.append(Interface(name, linktype))

    def _secrets(self, body: bytes) -> None:
        kind, size = self._unpack("II", body, "a secrets block")
        if size > len(body) - 8:
            raise self._source.error(f"secrets of {size} bytes leave their block", self._body_at)
        if kind == TLS_KEY_LOG:
            self.secrets.append(body[8 : 8 + size].decode("ascii", "replace"))

    def _enhanced(self, body: bytes) -> CapturedPacket:
        fields = self._unpack("IIIII", body, "a packet block")
        return self._packet(body, 20, *fields)

    def _old_packet(self, body: bytes) -> CapturedPacket:
        interface, _, *rest = self._unpack("HHIIII", body, "an old packet block")
        return self._packet(body, 20, interface, *rest)

    def _packet(
        self, body: bytes, start: int, interface: int, high: int, low: int, size: int, wire_len: int
    ) -> CapturedPacket:
        interface += self._base
        if interface >= len(self.interfaces):
            raise self._source.error(f"packet of unknown interface {interface}", self._body_at)
        if start + size > len(body):
            raise self._source.error(f"packet of {size} bytes leaves its block", self._body_at)
        numerator, denominator, offset = self._clocks[interface]
        ns = (high << 32 | low) * numerator // denominator + offset
        comments = tuple(
            value.decode("utf-8", "replace")
            for code, value in self._options(body[start + size + -size % 4 :])
            if code == OPT_COMMENT
        )
        return CapturedPacket(ns, body[start : start + size], interface, comments, wire_len)

    def _simple(self, body: bytes) -> CapturedPacket:
        (wire_len,) = self._unpack("I", body, "a simple packet block")
        if self._base >= len(self.interfaces):
            raise self._source.error("simple packet without an interface", self._body_at)
        return CapturedPacket(0, body[4 : 4 + wire_len], self._base, (), wire_len)
