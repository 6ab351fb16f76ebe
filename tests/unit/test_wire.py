# SPDX-License-Identifier: BSD-2-Clause
"""wire/: known frames, round trips, limits of the parser, and that no input makes it raise."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sw_model.rng import stream
from sw_model.wire import build, ip, tcp, tls
from sw_model.wire import checksum as cs
from sw_model.wire import frame as fr
from sw_model.wire.seq import SeqNum

A_MAC, B_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
V4 = (ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("10.0.0.2"))
V6 = (ipaddress.ip_address("fd00::1"), ipaddress.ip_address("fd00::2"))
SEGMENT = tcp.TcpSegment(
    443, 50000, SeqNum(0xFFFF_FFF0), SeqNum(7), tcp.ACK | tcp.PSH, 1000, payload=b"hello world, odd"
)

# RFC 1071 section 3 example words, and an IPv4 header from common textbooks (checksum b861).
TEXTBOOK = bytes.fromhex("4500007300004000401100 00c0a80001c0a800c7".replace(" ", ""))


def slow_sum(data: bytes) -> int:
    """RFC 1071 word by word: the independent opinion."""
    total = 0
    for i in range(0, len(data), 2):
        total += (data[i] << 8) + (data[i + 1] if i + 1 < len(data) else 0)
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_checksum_known_answers() -> None:
    assert cs.ones_sum(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2
    assert cs.checksum(TEXTBOOK) == 0xB861
    assert cs.verifies(TEXTBOOK[:10] + b"\xb8\x61" + TEXTBOOK[12:])
    assert not cs.verifies(TEXTBOOK[:10] + b"\xb8\x60" + TEXTBOOK[12:])
    assert cs.ones_sum(b"\0\0") == 0
    assert cs.ones_sum(b"\xff\xff") == 0xFFFF


@given(st.binary(max_size=200))
def test_checksum_is_the_slow_one(data: bytes) -> None:
    assert cs.ones_sum(data) == slow_sum(data)


@given(st.integers(0, 2**32 - 1), st.integers(-(2**31) + 1, 2**31 - 1))
def test_seqnum_wraps(base: int, step: int) -> None:
    a = SeqNum(base)
    b = a + step
    assert b - a == step
    assert (b > a) == (step > 0)
    assert (b <= a) == (step <= 0)
    assert isinstance(b, SeqNum)
    assert 0 <= int(b) < 2**32


OPTIONS = [
    (tcp.TcpOptions(mss=1460), "020405b4"),
    (tcp.TcpOptions(wscale=7), "01030307"),
    (tcp.TcpOptions(sack_permitted=True), "01010402"),
    (tcp.TcpOptions(ts=(1, 2)), "0101080a0000000100000002"),
    (tcp.TcpOptions(sack=((SeqNum(1), SeqNum(5)),)), "0101050a0000000100000005"),
]


@pytest.mark.parametrize(("options", "hexa"), OPTIONS)
def test_options_known_answers(options: tcp.TcpOptions, hexa: str) -> None:
    assert options.emit().hex() == hexa
    assert tcp.TcpOptions.parse(bytes.fromhex(hexa)) == options


def test_options_all_together_and_limits() -> None:
    syn = tcp.TcpOptions(1460, 7, True, (), (9, 0))
    assert tcp.TcpOptions.parse(syn.emit()) == syn
    blocks = tuple((SeqNum(i), SeqNum(i + 1)) for i in range(6))
    assert len(tcp.TcpOptions(sack=blocks).emit()) == 36  # four blocks
    assert len(tcp.TcpOptions(sack=blocks, ts=(1, 1)).emit()) == 40  # three blocks


@pytest.mark.parametrize("hexa", ["02", "0200", "0201", "020505b4", "0514000000", "08"])
def test_bad_option_ends_the_list(hexa: str) -> None:
    assert tcp.TcpOptions.parse(bytes.fromhex("01030307" + hexa)) == tcp.TcpOptions(wscale=7)


@given(st.binary(max_size=40))
def test_options_never_raise(data: bytes) -> None:
    tcp.TcpOptions.parse(data)


@pytest.mark.parametrize("ends", [V4, V6])
@pytest.mark.parametrize("vlan", [None, 100, (5, 100)])
@pytest.mark.parametrize("pad", [False, True])
def test_round_trip(ends: tuple[fr.IPAddress, fr.IPAddress], vlan: Any, pad: bool) -> None:
    segment = tcp.TcpSegment(1, 2, SeqNum(3), payload=b"", options=tcp.TcpOptions(ts=(4, 5)))
    for seg in (SEGMENT, segment):
        p = fr.parse_frame(build.build_tcp_frame(A_MAC, B_MAC, *ends, seg, vlan=vlan, pad=pad))
        assert p.segment() == seg
        assert (p.src, p.dst) == ends
        assert p.good
        assert p.l4_checked
        assert p.l3_checked == (ends is V4)
        assert (p.src_mac, p.dst_mac) == (A_MAC, B_MAC)
        assert p.lookup == (vlan != (5, 100))
        assert p.tags == ({None: (), 100: (100,), (5, 100): (5, 100)}[vlan])
        assert p.payload_off == p.l4_off + 20 + len(seg.options.emit())


def test_known_frame_bytes() -> None:
    """A SYN written out by hand; the checksums are from the slow sum above."""
    seg = tcp.TcpSegment(0x1234, 0x0050, SeqNum(1), flags=tcp.SYN, window=0x2000)
    want = bytes.fromhex(
        "020000000002020000000001080045000028000000004006"
        "66ce"
        "0a0000010a000002"
        "123400500000000100000000"
        "50022000"
        "695b"
        "0000"
    )
    got = build.build_tcp_frame(A_MAC, B_MAC, *V4, seg)
    pseudo = V4[0].packed + V4[1].packed + struct.pack("!II", 20, 6)
    assert slow_sum(want[14:34]) == slow_sum(pseudo + want[34:]) == 0xFFFF
    assert got == want


def test_padding_is_not_payload() -> None:
    frame = build.build_tcp_frame(A_MAC, B_MAC, *V4, SEGMENT) + b"trailer"
    assert fr.parse_frame(frame).payload == SEGMENT.payload


def damaged(frame: bytes, at: int, value: int) -> fr.ParsedFrame:
    return fr.parse_frame(frame[:at] + bytes((value,)) + frame[at + 1 :])


def test_bad_ipv4_lengths_and_checksums() -> None:
    frame = build.build_tcp_frame(A_MAC, B_MAC, *V4, SEGMENT)
    assert not damaged(frame, 14, 0x55).is_ipv4  # version
    assert not damaged(frame, 14, 0x44).is_ipv4  # IHL
    assert not damaged(frame, 17, 255).is_ipv4  # total length beyond the frame
    assert not damaged(frame, 17, 19).is_ipv4  # total length below the header
    assert damaged(frame, 46, 0x40).is_tcp is False  # data offset below 20
    assert damaged(frame, 46, 0xF0).is_tcp is False  # data offset beyond the packet
    ttl = damaged(frame, 22, 1)
    assert ttl.is_tcp
    assert ttl.l4_ok
    assert not ttl.l3_ok
    assert not ttl.lookup
    text = damaged(frame, len(frame) - 1, 0)
    assert text.is_tcp
    assert text.l3_ok
    assert not text.l4_ok
    assert not text.lookup


@pytest.mark.parametrize(("frag", "is_frag"), [(0x4000, False), (0x2000, True), (0x0001, True)])
def test_ipv4_fragments(frag: int, is_frag: bool) -> None:
    raw = SEGMENT.emit(V4[0].packed, V4[1].packed)
    packet = ip.build_ipv4(V4[0].packed, V4[1].packed, raw, frag=frag)
    p = fr.parse_frame(build.build_ethernet(A_MAC, B_MAC, 0x0800, packet))
    assert (p.is_ipv4, p.is_frag, p.is_tcp) == (True, is_frag, not is_frag)


def test_ipv4_options_and_other_protocols() -> None:
    p = fr.parse_frame(build.build_tcp_frame(A_MAC, B_MAC, *V4, SEGMENT, ip_options=b"\x01" * 40))
    assert p.good
    assert p.l4_off == 14 + 60
    udp = ip.build_ipv4(V4[0].packed, V4[1].packed, b"x" * 40, protocol=17)
    p = fr.parse_frame(build.build_ethernet(A_MAC, B_MAC, 0x0800, udp))
    assert p.is_ipv4
    assert p.l3_ok
    assert not p.is_tcp
    assert p.l4_off == 0
    assert not fr.parse_frame(build.build_ethernet(A_MAC, B_MAC, 0x0806, udp)).is_ipv4


@pytest.mark.parametrize(
    ("kinds", "sizes", "ok"),
    [
        ((0, 60), (8, 8), True),  # 54 + 16
        ((0, 43, 60), (8, 8, 8), False),  # two are skipped, not three
        ((60,), (48,), True),  # TCP header ends at byte 122
        ((60,), (56,), False),  # ... at 130: outside the window
        ((60,), (54 - 14,), True),
        ((51,), (8,), False),  # AH is not skipped
    ],
)
def test_ipv6_extensions(kinds: tuple[int, ...], sizes: tuple[int, ...], ok: bool) -> None:
    ext = [(k, bytes(n - 2)) for k, n in zip(kinds, sizes, strict=True)]
    p = fr.parse_frame(build.build_tcp_frame(A_MAC, B_MAC, *V6, SEGMENT, extensions=ext))
    assert p.is_ipv6
    assert p.is_tcp == ok
    if ok:
        assert p.l4_off == 54 + sum(sizes)
        assert p.good
        assert p.payload == SEGMENT.payload


@pytest.mark.parametrize(("left", "checked"), [(0, True), (1, False)])
def test_ipv6_routing_header_with_segments_left(left: int, checked: bool) -> None:
    ext = [(43, bytes((0, left)) + bytes(4))]
    p = fr.parse_frame(build.build_tcp_frame(A_MAC, B_MAC, *V6, SEGMENT, extensions=ext))
    assert p.is_tcp
    assert p.l4_checked == checked
    assert p.good == checked


def test_ipv6_fragment_and_lengths() -> None:
    ext = [(44, bytes(6))]
    p = fr.parse_frame(build.build_tcp_frame(A_MAC, B_MAC, *V6, SEGMENT, extensions=ext))
    assert p.is_ipv6
    assert p.is_frag
    assert not p.is_tcp
    frame = build.build_tcp_frame(A_MAC, B_MAC, *V6, SEGMENT)
    assert not fr.parse_frame(frame[:-1]).is_ipv6
    assert damaged(frame, 19, 0).is_ipv6
    assert not damaged(frame, 19, 0).is_tcp
    long_ext = build.build_tcp_frame(A_MAC, B_MAC, *V6, SEGMENT, extensions=[(60, bytes(6))])
    assert not damaged(long_ext, 55, 3).is_tcp  # the extension leaves the packet


def test_window_edge_with_tags() -> None:
    """TCP's fixed bytes end at 22 + 60 + 20 = 102, its options behind the window."""
    seg = tcp.TcpSegment(
        1,
        2,
        SeqNum(3),
        options=tcp.TcpOptions(sack=((SeqNum(1), SeqNum(2)),) * 4),
        payload=b"z" * 100,
    )
    p = fr.parse_frame(
        build.build_tcp_frame(A_MAC, B_MAC, *V4, seg, vlan=(1, 2), ip_options=b"\x01" * 40)
    )
    assert p.is_tcp
    assert p.payload_off == 138
    assert p.segment() == seg
    three = build.build_tcp_frame(A_MAC, B_MAC, *V4, seg, vlan=(1, 2, 3))
    assert not fr.parse_frame(three).is_ipv4


@settings(max_examples=300)
@given(st.binary(max_size=160))
def test_never_raises(data: bytes) -> None:
    fr.parse_frame(data)


def test_never_raises_near_real_frames() -> None:
    rng = stream(1, "wire-mutations")
    for ends in (V4, V6):
        ext = [(0, bytes(6))] if ends is V6 else ()
        base = build.build_tcp_frame(A_MAC, B_MAC, *ends, SEGMENT, vlan=(1, 2), extensions=ext)
        for _ in range(3000):
            frame = bytearray(base[: rng.randrange(len(base) + 1)])
            for _ in range(rng.randrange(3)):
                if frame:
                    frame[rng.randrange(len(frame))] = rng.randrange(256)
            p = fr.parse_frame(bytes(frame))
            assert p.payload_off + p.payload_len <= len(frame)
            assert p.is_tcp == (p.tcp is not None)


def test_segment_length_and_bad_header() -> None:
    seg = tcp.TcpSegment(1, 2, SeqNum(0xFFFF_FFFF), flags=tcp.SYN | tcp.FIN, payload=b"ab")
    assert seg.length == 4
    assert seg.end_seq == 3
    with pytest.raises(ValueError, match="TCP"):
        tcp.TcpSegment.parse(b"short")


def test_tls_headers() -> None:
    header = tls.RecordHeader.parse(bytes.fromhex("170303002c") + b"x")
    assert header == tls.RecordHeader(23, 44)
    assert header.emit().hex() == "170303002c"
    assert header.record_len == 49
    assert tls.RecordHeader.parse(b"\x17\x03\x03\x00") is None
    for version, low, high in (("1.2", 24, 16408), ("1.3", 17, 16401)):
        for length in (low - 1, low, high, high + 1):
            assert tls.RecordHeader(23, length).plausible(version) == (low <= length <= high)
        assert not tls.RecordHeader(23, low, 0x0302).plausible(version)
        assert not tls.RecordHeader(24, low).plausible(version)
        assert tls.RecordHeader(22, low).plausible(version) == (version == "1.2")
    data = tls.RecordHeader(23, 2).emit() + b"ab" + tls.RecordHeader(21, 3).emit() + b"xy"
    assert tls.split_records(data) == ([(tls.RecordHeader(23, 2), 0)], 7)
