# SPDX-License-Identifier: BSD-2-Clause
"""What is fast because something is known already, against the way that knows nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sw_model.crypto.aead import AES_GCM, ByReference
from sw_model.kernel import lro_parser
from sw_model.kernel.mbuf import Mbuf, m_adj, m_get, m_gethdr
from sw_model.loop import EventLoop
from sw_model.nic.records import Coverage
from sw_model.peer.text import TextStream
from sw_model.rng import stream
from sw_model.wire import checksum as cs
from sw_model.wire.build import TcpPath
from sw_model.wire.frame import BuiltFrame, _parse_usual, parse_any_frame, parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import TcpOptions, TcpSegment
from sw_model.world.config import SessionConfig, WorldConfig
from sw_model.world.expected import Expected
from sw_model.world.run import run_on_model
from tests.system.scenarios import SCENARIOS
from tools import bench_model

FIELDS = [n.lstrip("_") for n in parse_frame(b"").__slots__ if n not in ("data", "tcp")]
# Bytes that say what kind of frame it is: ether type, IP version, length, fragment, protocol, TCP.
DECIDING = (12, 13, 14, 16, 17, 20, 21, 23, 46)
GOOD = [
    name
    for name, s in SCENARIOS.items()
    if s.bench.get("enable", True)
    and not s.world.forward.forge
    and all(x.tls == "synthetic" and not x.forged for x in s.world.sessions)
    and not any(x.close_after for x in s.world.sessions)
]


def slow_sum(data: bytes) -> int:
    """RFC 1071 word by word."""
    total = 0
    for i in range(0, len(data), 2):
        total += int.from_bytes(data[i : i + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_long_checksums(seed: int) -> None:
    rng = stream(seed, "sums")
    for size in [*range(cs.LONG - 5, cs.LONG + 9), 1460, 1461, 1462, 1463, 8999]:
        for data in (rng.randbytes(size), bytes(size), b"\xff" * size):
            assert cs.ones_sum(data) == slow_sum(data)
            good = cs.checksum(data).to_bytes(2, "big")
            even = data + b"\0" * (size & 1)
            assert cs.verifies(even + good)
            assert not cs.verifies(even + bytes((good[0], good[1] ^ 1)))


def test_built_frames_are_what_a_parser_finds(seed: int) -> None:
    """Verdicts known from the builder are those computed from the bytes."""
    rng = stream(seed, "frames")
    ends = [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")]
    for number in range(200):
        src, dst = (ip_address(end) for end in ends[number & 1])
        vlan = rng.choice((None, 5, (6, 7)))
        segment = TcpSegment(
            rng.getrandbits(16),
            rng.getrandbits(16),
            SeqNum(rng.getrandbits(32)),
            SeqNum(rng.getrandbits(32)),
            rng.getrandbits(8),
            rng.getrandbits(16),
            rng.choice((TcpOptions(), TcpOptions(ts=(1, rng.getrandbits(32))))),
            rng.randbytes(rng.choice((0, 1, 2, 300, 1461))),
        )
        frame = TcpPath(bytes(6), bytes(6), src, dst, vlan).frame(
            segment, ident=rng.getrandbits(16)
        )
        assert isinstance(frame, BuiltFrame)
        known, found = parse_frame(frame), parse_frame(bytes(frame))
        assert type(found.data) is bytes
        assert {n: getattr(known, n) for n in FIELDS} == {n: getattr(found, n) for n in FIELDS}
        assert known.tcp == found.tcp
        assert found.l4_ok
        assert found.good


def test_the_usual_headers_are_written_as_any_other(seed: int) -> None:
    """Absent options are one constant in the fast way, and an empty list in the other."""
    rng = stream(seed, "written")
    path = TcpPath(bytes(6), bytes(6), ip_address("192.0.2.1"), ip_address("192.0.2.2"), 7)
    for size in (0, 1, 2, 300, 1459, 1460):
        seq, ack = SeqNum(rng.getrandbits(32)), SeqNum(rng.getrandbits(32))
        segment = TcpSegment(rng.getrandbits(16), 443, seq, ack, rng.getrandbits(8), 0xFFFF)
        segment.payload = rng.randbytes(size)
        usual = path.frame(segment, ttl=3, ident=0x12345)
        segment.options = TcpOptions()
        assert usual == path.frame(segment, ttl=3, ident=0x12345)
        assert parse_frame(bytes(usual)).good


def spoilt_frames(seed: int) -> Iterator[bytes]:
    """Spoilt anywhere in their headers, cut anywhere, with options, padding; or not at all."""
    rng = stream(seed, "usual")
    path = TcpPath(bytes(6), bytes(6), ip_address("192.0.2.1"), ip_address("192.0.2.2"))
    for number in range(3000):
        options = rng.choice((TcpOptions(), TcpOptions(), TcpOptions(ts=(1, 2)), TcpOptions(mss=1)))
        size = rng.choice((0, 1, 60))
        segment = TcpSegment(1, 2, SeqNum(3), SeqNum(4), 16, 5, options, rng.randbytes(size))
        frame = bytearray(path.frame(segment, ip_options=rng.choice((b"", b"", bytes(4)))))
        if number % 3:
            at = rng.choice((*DECIDING, rng.randrange(12, 48)))
            frame[at] = rng.choice((0, 1, 6, 0x20, 0x40, 0x45, 0x46, 0x50, rng.getrandbits(8)))
        frame += bytes(rng.choice((0, 0, 9)))
        yield bytes(frame[: rng.choice((len(frame), len(frame), rng.randrange(len(frame))))])


def test_the_usual_frame_is_read_as_any_other(seed: int) -> None:
    usual = 0
    for data in spoilt_frames(seed):
        got, want = parse_frame(data), parse_any_frame(data)
        assert {n: getattr(got, n) for n in FIELDS} == {n: getattr(want, n) for n in FIELDS}
        assert got.tcp == want.tcp
        assert (got.data, got.payload) == (want.data, want.payload)
        usual += _parse_usual(data) is not None
    assert 500 < usual < 2500


def test_lro_reads_the_usual_packet_as_any_other(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its own mbuf at an offset, or in a chain of two, which is not the usual packet."""
    parse_any, number = lro_parser._parse_any, 0
    rest: list[Mbuf] = []

    def other(m: Mbuf) -> lro_parser.LroPacket | None:
        rest.append(m)
        return parse_any(m)

    monkeypatch.setattr(lro_parser, "_parse_any", other)
    for number, data in enumerate(spoilt_frames(seed), 1):
        m = m_gethdr(b"xy" + data)
        m_adj(m, 2)
        if number % 7 == 0:
            m.m_next = m_get(b"behind")
        assert lro_parser.tcp_lro_parser(m) == parse_any(m)
    assert 200 < number - len(rest) < 2500


def test_records_by_reference_are_those_computed(seed: int) -> None:
    """Pieces looked up, spoilt, of other records and of records forgotten, both ways."""
    rng = stream(seed, "looked up")
    known, bare = ByReference(remember=3), ByReference(remember=0)
    key, pool = bytes(16), []
    for number in range(60):
        nonce, aad, text = bytes((number // 2,)) * 12, rng.randbytes(5), rng.randbytes(100)
        sealed = known.encrypt(key, nonce, text, aad)
        assert sealed == bare.encrypt(key, nonce, text, aad)
        pool.append((nonce, aad, sealed, text))
        for nonce, aad, sealed, text in pool[-5:]:
            for data in (sealed, text + bytes(16)):
                begin = rng.randrange(100)
                piece = bytearray(data[begin : rng.randrange(begin, len(data) + 1)])
                offset = rng.choice((begin, begin, begin + 1))
                if piece and rng.random() < 0.3:
                    piece[rng.randrange(len(piece))] ^= 1
                piece = bytes(piece)
                assert known.ctr(key, nonce, piece, offset) == bare.ctr(key, nonce, piece, offset)
            for box, more in ((sealed, aad), (sealed[:-1] + b"x", aad), (sealed, b"y")):
                got = known.decrypt(key, nonce, box, more)
                assert got == bare.decrypt(key, nonce, box, more)
                assert (got == text) == (box == sealed and more == aad)


def test_one_cipher_for_all_packets(seed: int) -> None:
    """Set to one nonce and offset after another it gives what a new cipher does."""
    rng = stream(seed, "ciphers")
    keys = [rng.randbytes(16), rng.randbytes(32)]
    for _ in range(300):
        key, nonce, offset = rng.choice(keys), rng.randbytes(12), rng.randrange(16384)
        data = rng.randbytes(rng.randrange(200))
        fresh = Cipher(algorithms.AES(key), modes.CTR(nonce + (2).to_bytes(4, "big"))).encryptor()
        want = fresh.update(bytes(offset) + data)[offset:]
        assert AES_GCM.ctr(key, nonce, data, offset) == want


def test_coverage_is_a_set_of_bytes(seed: int) -> None:
    rng = stream(seed, "coverage")
    for _ in range(100):
        coverage, seen = Coverage(), set[int]()
        for _ in range(30):
            begin = rng.randrange(60)
            piece = set(range(begin, begin + rng.randrange(1, 12)))
            if piece & seen:
                with pytest.raises(ValueError, match="covered already"):
                    coverage.add(begin, begin + len(piece))
                continue
            coverage.add(begin, begin + len(piece))
            seen |= piece
            assert {at for b, e in coverage.intervals for at in range(b, e)} == seen
            assert coverage.total == len(seen)
            ends = [at for interval in coverage.intervals for at in interval]
            assert ends == sorted(set(ends))


def test_text_is_the_same_however_it_is_cut() -> None:
    whole, cut = TextStream(7, "x"), TextStream(7, "x")
    assert whole.take(1000) == b"".join(cut.take(size) for size in (1, 15, 16, 17, 951))
    assert TextStream(8, "x").take(16) != TextStream(7, "x").take(16)


def test_events_that_nobody_cancels_keep_their_turn() -> None:
    loop, seen = EventLoop(), []
    for number in range(6):
        (loop.post_at if number % 2 else loop.call_at)(5, seen.append, number)
    loop.call_at(3, seen.append, "never").cancel()
    assert loop.next_time() == 5
    loop.run_until(5)
    assert seen == list(range(6))


@pytest.mark.parametrize("name", GOOD)
def test_a_run_that_keeps_nothing_is_the_same_run(name: str, seed: int) -> None:
    config = SCENARIOS[name].config(seed, scaled=False)
    kept, bare = run_on_model(config), run_on_model(replace(config, keep=False))
    want, got = kept.report(), bare.report()
    for flow in (*want["flows"], *got["flows"]):
        del flow["app_sha256"]
    assert got == want
    assert dict(bare.host.counters()) == dict(kept.host.counters())
    assert not bare.trace.events
    assert not bare.tap.wire


def test_a_wrong_byte_is_found_without_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: the application gets one record with another last byte."""
    deliver, number = Expected.delivered, iter(range(1000))

    def spoilt(self: Expected, data: bytes) -> None:
        deliver(self, data if next(number) != 3 else data[:-1] + bytes((data[-1] ^ 1,)))

    monkeypatch.setattr(Expected, "delivered", spoilt)
    session = SessionConfig(tls="synthetic", app_bytes=100_000, record=10_000, wait_ns=100_000)
    with pytest.raises(AssertionError, match="byte 39999 is not the one sent"):
        run_on_model(WorldConfig(sessions=(session,), keep=False))


def test_reads_need_not_end_with_records() -> None:
    expected = Expected("x", SeqNum(1))
    for number in range(3):
        expected.sealed(bytes(32), number, 23, b"0123456789")
    for size in (3, 9, 11, 7):
        at = expected.read
        expected.delivered((b"0123456789" * 3)[at : at + size])
    expected.finish()
    assert expected.number_at(2 + 32) == 1
    with pytest.raises(AssertionError, match="byte 30"):
        expected.delivered(b"0")


def test_scripts_need_what_is_kept() -> None:
    forged = SessionConfig(tls="synthetic", forged=(1,))
    with pytest.raises(ValueError, match="good records"):
        WorldConfig(sessions=(forged,), keep=False)


def test_the_bench_measures_what_it_says(tmp_path: Path) -> None:
    code = bench_model.run_bench_model(quick=True, update=False, out=tmp_path, seed=1, size=300_000)
    result = json.loads((tmp_path / "model.json").read_text())
    assert code == 0
    assert set(result["packets_per_s"]) == {"real_crypto", "by_reference"}
    assert all(value > 0 for value in result["packets_per_s"].values())
    real, by_reference = result["runs"]
    assert real["packets"] == by_reference["packets"] >= 300_000 / bench_model.MSS
    assert abs(sum(result["share_of_time"].values()) - 1) < 0.01
