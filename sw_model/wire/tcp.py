# SPDX-License-Identifier: BSD-2-Clause
"""TCP header and options: parse and emit together (RFC 9293, RFC 7323, RFC 2018).

0                   1                   2                   3
|          Source Port          |       Destination Port        |
|                        Sequence Number                        |
|                    Acknowledgment Number                      |
| DOff  | Rsrvd |C E U A P R S F|            Window             |
|           Checksum            |         Urgent Pointer        |
|                           [Options]                           |
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from sw_model.wire.checksum import complement, ones_sum, pseudo_sum
from sw_model.wire.seq import SeqNum

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80

TCP_HLEN = 20
MAX_OPTIONS = 40

OPT_EOL, OPT_NOP, OPT_MSS, OPT_WSCALE, OPT_SACK_PERMITTED, OPT_SACK, OPT_TS = 0, 1, 2, 3, 4, 5, 8

_new_seq = int.__new__  # of numbers read from 32 bits nothing has to be cut off
_FIXED = struct.Struct("!HHIIBBHHH")

SEQ_ZERO = SeqNum(0)
SackBlock = tuple[SeqNum, SeqNum]


@dataclass(frozen=True, slots=True)
class TcpOptions:
    """The options both ends use; None, False or empty = absent. ``ts`` is (value, echo reply)."""

    mss: int | None = None
    wscale: int | None = None
    sack_permitted: bool = False
    sack: tuple[SackBlock, ...] = ()
    ts: tuple[int, int] | None = None

    @classmethod
    def parse(cls, data: bytes) -> TcpOptions:
        """Read an option list; never raises. A malformed option ends the list, as in the kernel."""
        mss: int | None = None
        wscale: int | None = None
        ts: tuple[int, int] | None = None
        permitted = False
        sack: tuple[SackBlock, ...] = ()
        pos, end = 0, len(data)
        while pos < end and data[pos] != OPT_EOL:
            kind = data[pos]
            if kind == OPT_NOP:
                pos += 1
                continue
            size = data[pos + 1] if pos + 1 < end else 0
            if size < 2 or pos + size > end:
                break
            body = data[pos + 2 : pos + size]
            if kind == OPT_MSS and size == 4:
                mss = int.from_bytes(body, "big")
            elif kind == OPT_WSCALE and size == 3:
                wscale = min(body[0], 14)  # RFC 7323 section 2.3: larger shifts mean 14
            elif kind == OPT_SACK_PERMITTED and size == 2:
                permitted = True
            elif kind == OPT_SACK and size > 2 and (size - 2) % 8 == 0:
                edges = struct.unpack(f"!{(size - 2) // 4}I", body)
                sack = tuple(
                    (SeqNum(a), SeqNum(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)
                )
            elif kind == OPT_TS and size == 10:
                ts = struct.unpack("!II", body)
            pos += size
        return cls(mss, wscale, permitted, sack, ts)

    def emit(self) -> bytes:
        """The option list, padded with NOPs to 4n bytes; SACK blocks without room are cut."""
        out = b""
        if self.mss is not None:
            out += struct.pack("!BBH", OPT_MSS, 4, self.mss)
        if self.wscale is not None:
            out += struct.pack("!BBBB", OPT_NOP, OPT_WSCALE, 3, self.wscale)
        if self.sack_permitted:
            out += bytes((OPT_NOP, OPT_NOP, OPT_SACK_PERMITTED, 2))
        if self.ts is not None:
            value, echo = (v & 0xFFFF_FFFF for v in self.ts)
            out += struct.pack("!BBBBII", OPT_NOP, OPT_NOP, OPT_TS, 10, value, echo)
        blocks = self.sack[: max(0, (MAX_OPTIONS - len(out) - 4) // 8)]
        if blocks:
            out += bytes((OPT_NOP, OPT_NOP, OPT_SACK, 2 + 8 * len(blocks)))
            out += b"".join(struct.pack("!II", left, right) for left, right in blocks)
        return out


NO_OPTIONS = TcpOptions()


@dataclass(slots=True)
class TcpHeader:
    """A header as found in a frame, options still as bytes: most receivers never look at them."""

    sport: int
    dport: int
    seq: SeqNum
    ack: SeqNum
    data_off: int
    flags: int
    window: int
    checksum: int
    urgent: int
    raw_options: bytes

    @classmethod
    def parse(cls, data: bytes, offset: int, end: int) -> TcpHeader | None:
        """The header at ``data[offset:end]``, or None if it does not fit or its length is bad."""
        if end - offset < TCP_HLEN:
            return None
        sport, dport, seq, ack, doff, flags, window, csum, urgent = _FIXED.unpack_from(data, offset)
        data_off = (doff >> 4) * 4
        if data_off < TCP_HLEN or offset + data_off > end:
            return None
        raw = data[offset + TCP_HLEN : offset + data_off] if data_off > TCP_HLEN else b""
        seq, ack = _new_seq(SeqNum, seq), _new_seq(SeqNum, ack)
        return cls(sport, dport, seq, ack, data_off, flags, window, csum, urgent, raw)

    @property
    def options(self) -> TcpOptions:
        return TcpOptions.parse(self.raw_options) if self.raw_options else NO_OPTIONS


@dataclass(slots=True)
class TcpSegment:
    """A whole segment as a value."""

    sport: int
    dport: int
    seq: SeqNum
    ack: SeqNum = SEQ_ZERO
    flags: int = ACK
    window: int = 0xFFFF
    options: TcpOptions = NO_OPTIONS
    payload: bytes = b""

    @property
    def length(self) -> int:
        """Sequence space taken: payload, SYN and FIN."""
        return len(self.payload) + bool(self.flags & SYN) + bool(self.flags & FIN)

    @property
    def end_seq(self) -> SeqNum:
        return self.seq + self.length

    @classmethod
    def parse(cls, data: bytes) -> TcpSegment:
        """Read a segment without its IP header; the checksum is not looked at.

        Raises ValueError on a bad header length.
        """
        header = TcpHeader.parse(data, 0, len(data))
        if header is None:
            raise ValueError("not a TCP segment: header shorter or longer than the data")
        return cls.of(header, bytes(data[header.data_off :]))

    @classmethod
    def of(cls, header: TcpHeader, payload: bytes) -> TcpSegment:
        return cls(
            header.sport,
            header.dport,
            header.seq,
            header.ack,
            header.flags,
            header.window,
            header.options,
            payload,
        )

    def emit(self, src: bytes, dst: bytes) -> bytes:
        """Wire bytes with the checksum over the pseudo-header of these packed IP addresses."""
        return self.emit_header(src, dst) + self.payload

    def emit_header(self, src: bytes, dst: bytes) -> bytes:
        """The part of ``emit`` before the payload."""
        options = b"" if self.options is NO_OPTIONS else self.options.emit()
        hlen = TCP_HLEN + len(options)
        sport, dport, seq, ack = self.sport, self.dport, self.seq, self.ack
        data_off, flags, window = hlen << 2, self.flags, self.window  # words in the high nibble
        # A header is a whole number of 16-bit words, so its fields and the payload sum apart.
        words = sport + dport + int(seq) + int(ack) + (data_off << 8 | flags) + window
        words += pseudo_sum(src, dst, hlen + len(self.payload)) + ones_sum(self.payload)
        csum = complement(words + ones_sum(options) if options else words)
        fixed = _FIXED.pack(sport, dport, seq, ack, data_off, flags, window, csum, 0)
        return fixed + options if options else fixed
