# SPDX-License-Identifier: BSD-2-Clause
"""The frames that the parser is shown, each with a name that says why: one for each of its rules,
record headers planted everywhere, cut ones, random ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.block.pkt_parse.frame_kit import (
    DST4,
    DST6,
    SRC4,
    SRC6,
    ether,
    ext,
    ipv4,
    ipv6,
    record_header,
    tcp,
    tcp4,
    tcp6,
    text,
)


def directed() -> Iterator[tuple[str, bytes]]:
    """One frame a rule."""
    seg4, seg6 = tcp(SRC4, DST4, text(40)), tcp(SRC6, DST6, text(40))
    yield "ipv4", tcp4(text(100))
    yield "ipv6", tcp6(text(100))
    yield "odd length", tcp4(text(101))
    yield "no payload, padded to 60", tcp4().ljust(60, b"\x00")
    yield "padding that is not zero", tcp4(text(3)) + text(50)
    yield "long padding", tcp4(text(3)) + text(1000)
    yield "jumbo", tcp4(text(9018 - 54))
    yield "tcp options", tcp4(text(33), options=bytes((1,)) * 40)  # type: ignore[arg-type]
    yield "syn", tcp4(flags=0x02)
    yield "all flags", tcp4(text(8), flags=0xFF)
    yield from _tags(seg4, seg6)
    yield from _ipv4_cases(seg4)
    yield from _ipv6_cases(seg6)
    yield from _tcp_cases()
    yield "arp", ether(text(28), 0x0806).ljust(60, b"\x00")
    yield "udp", ether(ipv4(text(30), proto=17), 0x0800)
    yield "802.3 length", ether(text(80), 80)


def _tags(seg4: bytes, seg6: bytes) -> Iterator[tuple[str, bytes]]:
    yield "vlan", ether(ipv4(seg4), 0x0800, ((0x8100, 0xE123),))
    yield "service tag alone", ether(ipv4(seg4), 0x0800, ((0x88A8, 0x0FFF),))
    yield "vlan ipv6", ether(ipv6(seg6), 0x86DD, ((0x8100, 5),))
    yield "priority tag", ether(ipv4(seg4), 0x0800, ((0x8100, 0xE000),))
    yield "qinq", ether(ipv4(seg4), 0x0800, ((0x88A8, 7), (0x8100, 9)))
    yield "qinq ipv6", ether(ipv6(seg6), 0x86DD, ((0x8100, 7), (0x8100, 9)))
    yield "three tags", ether(ipv4(seg4), 0x0800, ((0x88A8, 7), (0x8100, 9), (0x8100, 1)))


def _ipv4_cases(seg: bytes) -> Iterator[tuple[str, bytes]]:
    for words in (1, 5, 10):
        yield f"ipv4 options {words}", ether(ipv4(seg, bytes((1,)) * (4 * words)), 0x0800)
    yield (
        "most headers",
        ether(
            ipv4(tcp(SRC4, DST4, text(9), bytes((1,)) * 40), bytes((1,)) * 40),
            0x0800,
            ((0x88A8, 1), (0x8100, 2)),
        ),
    )
    yield "ipv4 checksum bad", ether(ipv4(seg, flip=0x0100), 0x0800)
    yield "ihl 4", ether(ipv4(seg, first=0x44), 0x0800)
    yield "ihl 15 of a short frame", ether(ipv4(b"", first=0x4F), 0x0800)
    yield "version 5", ether(ipv4(seg, first=0x55), 0x0800)
    yield "version 6 as ipv4", ether(ipv6(seg), 0x0800)
    yield "more fragments", ether(ipv4(seg, frag=0x2000), 0x0800)
    yield "fragment offset", ether(ipv4(seg, frag=0x0001), 0x0800)
    yield "reserved flag is no fragment", ether(ipv4(seg, frag=0x8000), 0x0800)
    for total in (0, 19, 20, 39, 40, 41, 20 + len(seg) + 1, 65535):
        yield f"total length {total}", ether(ipv4(seg, total=total), 0x0800)


def _ipv6_cases(seg: bytes) -> Iterator[tuple[str, bytes]]:
    hop, dest, route = (0, ext(0)), (60, ext(1)), (43, ext(2, 0, 0))
    yield "hop by hop", tcp6(text(30), (hop,))
    yield "destination options", tcp6(text(30), (dest,))
    yield "routing, done", tcp6(text(30), (route,))
    yield "routing, segments left", tcp6(text(30), ((43, ext(2, 0, 1)),))
    yield "segments left in the second", tcp6(text(30), (hop, (43, ext(0, 4, 9))))
    yield "two headers", tcp6(text(30), (hop, dest))
    yield "three headers", tcp6(text(30), (hop, route, dest))
    for length in (3, 5, 6, 7, 10, 11, 20, 255):
        yield f"extension of {8 * length + 8} bytes", tcp6(text(30), ((60, ext(length)),))
    yield (
        "extension beyond the packet",
        ether(ipv6(tcp(SRC6, DST6), ((0, ext(0)),), length=7) + text(40), 0x86DD),
    )
    yield "fragment header", tcp6(text(30), ((44, ext(0)),))
    yield "fragment behind hop by hop", tcp6(text(30), (hop, (44, ext(0))))
    yield "fragment behind a long one", tcp6(text(30), ((60, ext(9)), (44, ext(0))))
    yield "fragment behind two", tcp6(text(30), (hop, dest, (44, ext(0))))
    yield "no next header", ether(ipv6(seg, proto=59), 0x86DD)
    yield "version 4 as ipv6", ether(ipv6(seg, version=4), 0x86DD)
    for length in (0, 19, 20, len(seg) - 1, len(seg) + 1, 65535):
        yield f"payload length {length}", ether(ipv6(seg, length=length), 0x86DD)
    yield "ipv6 padded", tcp6().ljust(90, b"\xa5")
    yield "ipv6 checksum bad", ether(ipv6(tcp(SRC6, DST6, text(5), flip=1)), 0x86DD)


def _tcp_cases() -> Iterator[tuple[str, bytes]]:
    yield "tcp checksum bad", tcp4(text(64), flip=0x8000)
    for offset in (0, 4, 6, 15):
        yield f"data offset {offset}", tcp4(text(24), data_offset=offset)
    # Sums whose carries need more than one round, and the two forms of zero.
    for size in (0, 1, 2, 3, 63, 64, 65):
        yield f"all ones {size}", tcp4(b"\xff" * size)
        yield f"all zero {size}", tcp4(bytes(size), seq=0)


def planted(size: int = 150) -> Iterator[tuple[str, bytes]]:
    """A record header at every place of a payload, at its edges and around them."""
    for at in range(size - 4):
        yield f"header at {at}", tcp4(_with(bytes(size), at, record_header()))
    for short in range(1, 5):  # the header's end is not there
        yield f"header cut by {short}", tcp4(bytes(size) + record_header()[:-short])
    # The rest of it is padding behind the packet, so it must not be found.
    for behind in range(5):
        payload = bytes(size - behind) + record_header()
        inside = len(payload) - 5 + behind
        whole = ether(ipv4(tcp(SRC4, DST4, payload[:inside])), 0x0800)
        yield f"header with {behind} bytes inside", whole + payload[inside:]
    yield from _in_the_headers()
    yield from _limits()
    # One after another: what one frame left must not count for the next.
    yield "dirty end", tcp4(bytes(100) + record_header())
    yield "clean behind it", tcp4(bytes(100))
    yield "half of a header", tcp4(bytes(100) + record_header()[:3])
    yield "the other half", tcp4(record_header()[3:] + bytes(100))


def _with(payload: bytes, at: int, piece: bytes) -> bytes:
    return payload[:at] + piece + payload[at + len(piece) :]


def _in_the_headers() -> Iterator[tuple[str, bytes]]:
    """A header before the payload, wholly or in part."""
    for inside in range(6):
        options = (bytes(12) + record_header())[: 12 + 5 - inside].rjust(20, b"\1")
        rest = record_header()[5 - inside :] + bytes(60)
        frame = ether(ipv4(tcp(SRC4, DST4, rest, options)), 0x0800)
        yield f"header with {inside} bytes behind TCP's", frame


def _limits() -> Iterator[tuple[str, bytes]]:
    for kind in (0, 19, 20, 21, 22, 23, 24, 87, 151):
        yield f"record type {kind}", tcp4(bytes(30) + record_header(kind=kind))
    for version in (0x0302, 0x0304, 0x0203, 0x0403, 0x0383):
        yield f"record version {version:x}", tcp4(bytes(30) + record_header(version=version))
    for kind in (20, 23):
        for length in (0, 16, 17, 18, 23, 24, 16400, 16401, 16402, 16407, 16408, 16409, 32785):
            header = record_header(kind=kind, length=length)
            yield f"record type {kind} length {length}", tcp4(bytes(30) + header)


def truncations() -> Iterator[tuple[str, bytes]]:
    """Every length from 1 to 130 of frames with deep headers."""
    deep4 = ether(
        ipv4(tcp(SRC4, DST4, text(90)), bytes((1,)) * 24), 0x0800, ((0x88A8, 1), (0x8100, 2))
    )
    deep6 = ether(
        ipv6(tcp(SRC6, DST6, text(90)), ((0, ext(0)), (60, ext(0)))), 0x86DD, ((0x8100, 3),)
    )
    for size in range(1, 131):
        yield f"deep ipv4 cut to {size}", deep4[:size]
        yield f"deep ipv6 cut to {size}", deep6[:size]
        # Lengths that are true, so that the bound of the window itself decides.
        yield f"ipv4 of {size}", _true_length4(size)


def _true_length4(size: int) -> bytes:
    if size < 54:
        return tcp4()[:size]
    return tcp4(text(size - 54))


def mutated(rng: random.Random, frame: bytes) -> bytes:
    """The frame with a few bytes changed, mostly in its headers, or cut, or lengthened."""
    out = bytearray(frame)
    for _ in range(rng.choice((0, 1, 1, 2, 5))):
        at = rng.randrange(min(len(out), rng.choice((24, 80, 4096))))
        out[at] = rng.choice((0, 0xFF, rng.randrange(256), out[at] ^ (1 << rng.randrange(8))))
    if rng.random() < 0.1:
        del out[rng.randrange(1, len(out) + 1) :]
    if rng.random() < 0.1:
        out += text(rng.randrange(1, 80))
    return bytes(out)


def random_frame(rng: random.Random, pool: list[bytes]) -> bytes:
    """Good, mutated or garbage."""
    kind = rng.randrange(10)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 200))
    if kind == 1:
        return _strewn(rng)
    if kind < 5:
        return tcp4(rng.randbytes(rng.choice((0, 1, 5, 10, rng.randrange(300)))))
    if kind < 7:
        return tcp6(rng.randbytes(rng.randrange(200)), ((60, ext(rng.randrange(4))),))
    return mutated(rng, rng.choice(pool))


def _strewn(rng: random.Random) -> bytes:
    """A payload of near misses and headers, at times with headers in the padding."""
    payload = bytes(rng.choice((3, 3, 22, 23, 0, 17, 64)) for _ in range(rng.randrange(5, 180)))
    padding = rng.choice((b"", record_header(), bytes(rng.choice((3, 23)) for _ in range(9))))
    return tcp4(payload) + padding
