# SPDX-License-Identifier: BSD-2-Clause
"""Undo what a sender's own offloads hide from a capture: checksums not there yet, super-frames.

A frame captured on its way out (or on loopback) carries in the TCP checksum field only the sum over
the pseudo-header; the card would have completed it. A field with any other wrong value is a damaged
frame and stays as it is. Frames longer than a segment were cut by the card (TSO, GSO) or joined on
reception (LRO, GRO); here they are cut again.
"""

from __future__ import annotations

from collections.abc import Iterator

from sw_model.wire.checksum import checksum, pseudo_sum
from sw_model.wire.frame import ParsedFrame, parse_frame
from sw_model.wire.tcp import CWR, FIN, PSH, SYN

MAX_FRAME = 16384  # of the engine (docs/engine.md); longer ones pass unprocessed
PLAIN_MSS = 1448  # where the connection's own segment size is unknown or does not fit
_IPV4_TOTAL, _IPV4_ID, _IPV4_SUM = 2, 4, 10
_TCP_SEQ, _TCP_FLAGS, _TCP_SUM = 4, 13, 16


def with_ip_length(data: bytes) -> bytes:
    """Some systems hand super-frames to the capture with an IPv4 total length of 0."""
    for off in (14, 18):
        if data[off - 2 : off] == b"\x08\x00" and len(data) > off + 40:
            if data[off] >> 4 != 4 or data[off + _IPV4_TOTAL : off + 4] != b"\0\0":
                return data
            length = min(len(data) - off, 0xFFFF).to_bytes(2, "big")
            return _with_ip_sum(data[: off + 2] + length + data[off + 4 :], off)
    return data


def with_checksums(frame: ParsedFrame) -> ParsedFrame | None:
    """The frame with its checksums completed, or None if there was nothing left to complete."""
    if not frame.is_tcp or frame.tcp is None:
        return None
    data = frame.data
    if frame.is_ipv4 and not frame.l3_ok:
        at = frame.l3_off + _IPV4_SUM
        if data[at : at + 2] != b"\0\0":
            return None
        data = _with_ip_sum(data, frame.l3_off)
    elif frame.l4_ok:
        return None
    if not frame.l4_ok:
        length = len(frame.payload) + frame.payload_off - frame.l4_off
        partial = (pseudo_sum(frame.raw_src, frame.raw_dst, n) for n in (length, 0))
        if frame.tcp.checksum not in partial:
            return None
        end = frame.payload_off + frame.payload_len
        data = _with_tcp_sum(data, frame.l4_off, end, frame.raw_src, frame.raw_dst)
    return parse_frame(data)


def segments(frame: ParsedFrame, mss: int | None) -> Iterator[bytes]:
    """The frames as they were on the wire; ``frame`` itself if it can have been there."""
    fits = len(frame.data) <= MAX_FRAME
    room = MAX_FRAME - frame.payload_off
    if not frame.good or frame.tcp is None or frame.tcp.flags & SYN:
        yield frame.data
        return
    options = len(frame.tcp.raw_options)
    size = max(mss - options, 1) if mss else room if fits else PLAIN_MSS
    if size > room:  # loopback: its segment does not fit into the engine's frame store
        size = room if fits else PLAIN_MSS
    if frame.payload_len <= size and fits:
        yield frame.data
        return
    for start in range(0, frame.payload_len, size):
        yield _piece(frame, start, frame.payload[start : start + size])


def _piece(frame: ParsedFrame, start: int, payload: bytes) -> bytes:
    tcp = frame.tcp
    assert tcp is not None
    first, last = start == 0, start + len(payload) == frame.payload_len
    head = bytearray(frame.data[: frame.payload_off])
    at = frame.l4_off
    head[at + _TCP_SEQ : at + _TCP_SEQ + 4] = int(tcp.seq + start).to_bytes(4, "big")
    drop = (0 if last else FIN | PSH) | (0 if first else CWR)
    head[at + _TCP_FLAGS] = tcp.flags & ~drop
    data = bytes(head) + payload
    off = frame.l3_off
    if frame.is_ipv4:
        length = (len(data) - off).to_bytes(2, "big")
        data = data[: off + _IPV4_TOTAL] + length + data[off + _IPV4_ID :]
        data = _with_ip_sum(data, off)
    else:
        length = (len(data) - off - 40).to_bytes(2, "big")
        data = data[: off + 4] + length + data[off + 6 :]
    return _with_tcp_sum(data, at, len(data), frame.raw_src, frame.raw_dst)


def _with_ip_sum(data: bytes, off: int) -> bytes:
    size = (data[off] & 0xF) * 4
    at = off + _IPV4_SUM
    header = data[off:at] + b"\0\0" + data[at + 2 : off + size]
    return data[:at] + checksum(header).to_bytes(2, "big") + data[at + 2 :]


def _with_tcp_sum(data: bytes, l4_off: int, end: int, src: bytes, dst: bytes) -> bytes:
    at = l4_off + _TCP_SUM
    segment = data[l4_off:at] + b"\0\0" + data[at + 2 : end]
    value = checksum(segment, pseudo_sum(src, dst, len(segment)))
    return data[:at] + value.to_bytes(2, "big") + data[at + 2 :]


def offered_mss(frame: ParsedFrame) -> int | None:
    """The MSS option of a SYN: what the other end may send."""
    if frame.tcp is None or not frame.tcp.flags & SYN:
        return None
    return frame.tcp.options.mss
