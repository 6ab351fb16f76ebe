# SPDX-License-Identifier: BSD-2-Clause
"""link/: capture files, read back by us and by tshark, which also opens the records."""

from __future__ import annotations

import gzip
import io
import shutil
import struct
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sw_model.link.capture import ByteSource, CapturedPacket, CaptureError, Interface
from sw_model.link.files import open_capture, write_capture
from sw_model.link.pcap import MAGICS
from sw_model.link.pcapng import PcapNgCapture, PcapNgWriter
from sw_model.link.tap import PcapTap
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.peer.session import TlsSession
from tests.unit.net import Net

TSHARK = shutil.which("tshark")
PACKETS = [
    CapturedPacket(0, b"first", 0, (), 5),
    CapturedPacket(1_700_000_000_123_456_789, b"second frame", 1, ("decrypted", "\u00fc"), 12),
    CapturedPacket(2**63, b"", 0, (), 0),
]


@pytest.mark.parametrize("name", ["x.pcapng", "x.pcapng.gz"])
def test_round_trip(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_capture(path, PACKETS, ("wire", "host"), "CLIENT_RANDOM aa bb\n", "sim")
    capture = open_capture(path)
    assert list(capture) == PACKETS
    assert all(p.complete for p in PACKETS)
    assert capture.interfaces == [Interface("wire"), Interface("host")]
    assert capture.keylog() == "CLIENT_RANDOM aa bb\n"
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == name.endswith("gz")
    again = tmp_path / ("again-" + name)
    write_capture(again, PACKETS, ("wire", "host"), "CLIENT_RANDOM aa bb\n", "sim")
    assert gzip_free(again) == gzip_free(path)


def gzip_free(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def test_writer_checks_the_interface() -> None:
    with pytest.raises(ValueError, match="interface 1"):
        PcapNgWriter(io.BytesIO()).packet(0, b"", 1)


def block(order: str, kind: int, body: bytes) -> bytes:
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, options: bytes = b"") -> bytes:
    return block(order, 1, struct.pack(order + "HHI", 1, 0, 0) + options)


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


@pytest.mark.parametrize("order", ["<", ">"])
def test_foreign_pcapng(tmp_path: Path, order: str) -> None:
    """Both orders, default microseconds, a power-of-two unit, an offset, old and simple packets,
    unknown blocks, a second section with its own interface numbers."""
    data = section(order) + interface(order)
    data += interface(
        order, option(order, 9, b"\x8a") + option(order, 14, struct.pack(order + "q", 5))
    )
    data += block(order, 0xBAD, b"\0" * 8)
    data += block(order, 6, struct.pack(order + "IIIII", 0, 0, 7, 3, 9) + b"abc\0")
    data += block(order, 6, struct.pack(order + "IIIII", 1, 0, 1024, 1, 1) + b"d\0\0\0")
    data += block(order, 2, struct.pack(order + "HHIIII", 0, 0, 0, 8, 2, 2) + b"ef\0\0")
    data += block(order, 3, struct.pack(order + "I", 5) + b"ghijk\0\0\0")
    data += section(order) + interface(order, option(order, 2, b"two"))
    data += block(order, 6, struct.pack(order + "IIIII", 0, 0, 1, 1, 1) + b"z\0\0\0")
    path = tmp_path / "x"
    path.write_bytes(data)
    capture = open_capture(path)
    got = [(p.ns, p.data, p.interface, p.complete) for p in capture]
    assert got == [
        (7000, b"abc", 0, False),
        (6_000_000_000, b"d", 1, True),
        (8000, b"ef", 0, True),
        (0, b"ghijk", 0, True),
        (1000, b"z", 2, True),
    ]
    assert capture.interfaces[2].name == "two"


@pytest.mark.parametrize("magic", MAGICS)
@pytest.mark.parametrize("packed", [False, True])
def test_classic_pcap(tmp_path: Path, magic: bytes, packed: bool) -> None:
    order, tick = MAGICS[magic]
    data = magic + struct.pack(order + "HHiIII", 2, 4, 0, 0, 65535, 1)
    data += struct.pack(order + "IIII", 3, 4, 2, 9) + b"ab"
    data += struct.pack(order + "IIII", 5, 6, 1, 1) + b"c"
    path = tmp_path / "x.pcap"
    path.write_bytes(gzip.compress(data) if packed else data)
    capture = open_capture(path)
    assert list(capture) == [
        CapturedPacket(3 * 10**9 + 4 * tick, b"ab", 0, (), 9),
        CapturedPacket(5 * 10**9 + 6 * tick, b"c", 0, (), 1),
    ]
    assert capture.interfaces == [Interface("", 1)]


def good_pcapng() -> bytes:
    out = io.BytesIO()
    writer = PcapNgWriter(out, ("a", "b"))
    writer.secrets("X")
    for p in PACKETS:
        writer.packet(p.ns, p.data, p.interface, p.comments)
    return out.getvalue()


ERRORS = {
    "empty": (b"", 0, "ends inside the file's magic"),
    "text": (b"hello world", 0, "neither pcap nor pcapng: starts with 68656c6c"),
    "pcap cut in header": (b"\xd4\xc3\xb2\xa1" + b"\2\0", 4, "file header: 2 of 20"),
    "pcap version": (b"\xd4\xc3\xb2\xa1" + b"\3\0" + bytes(18), 4, "pcap version 3"),
    "pcap cut in packet": (
        b"\xd4\xc3\xb2\xa1"
        + struct.pack("<HHiIII", 2, 4, 0, 0, 0, 1)
        + struct.pack("<IIII", 0, 0, 9, 9)
        + b"abc",
        40,
        "a packet: 3 of 9",
    ),
    "pcap huge packet": (
        b"\xd4\xc3\xb2\xa1"
        + struct.pack("<HHiIII", 2, 4, 0, 0, 0, 1)
        + struct.pack("<IIII", 0, 0, 1 << 30, 9),
        24,
        "packet of 1073741824",
    ),
    "no order magic": (b"\x0a\x0d\x0d\x0a" + bytes(24), 8, "byte order magic"),
    "cut block": (good_pcapng()[:-3], len(good_pcapng()) - 4, "closing length"),
    "odd length": (section("<") + struct.pack("<II", 1, 13), 32, "length 13"),
    "lengths differ": (section("<")[:-4] + b"\x20\0\0\0", 24, "two lengths"),
    "no interface": (
        section("<") + block("<", 6, struct.pack("<IIIII", 0, 0, 0, 0, 0)),
        36,
        "unknown interface 0",
    ),
    "no interface, simple": (section("<") + block("<", 3, bytes(4)), 36, "without an interface"),
    "short packet block": (section("<") + block("<", 6, bytes(8)), 36, "only 8 bytes"),
    "packet leaves block": (
        section("<")
        + interface("<")
        + block("<", 6, struct.pack("<IIIII", 0, 0, 0, 5, 5) + b"abcd"),
        56,
        "5 bytes leaves",
    ),
    "secrets leave block": (
        section("<") + block("<", 10, struct.pack("<II", 0x544C534B, 99)),
        36,
        "99 bytes leave",
    ),
    "option leaves block": (
        section("<") + interface("<", struct.pack("<HH", 2, 99)),
        36,
        "option 2 leaves",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_name_file_and_offset(tmp_path: Path, case: str) -> None:
    data, offset, text = ERRORS[case]
    path = tmp_path / "bad.cap"
    path.write_bytes(data)
    with pytest.raises(CaptureError) as err:
        list(open_capture(path))
    assert str(err.value).startswith(f"{path}: byte {offset}: ")
    assert text in str(err.value)
    assert err.value.offset == offset


def test_damaged_gzip(tmp_path: Path) -> None:
    path = tmp_path / "x.pcapng.gz"
    packed = gzip.compress(good_pcapng())
    for data in (packed[:-12], packed[:20] + b"\xff\xff\xff\xff" + packed[24:]):
        path.write_bytes(data)
        with pytest.raises(CaptureError, match=r"x\.pcapng\.gz: byte"):
            list(open_capture(path))


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_only_capture_errors(data: st.DataObject) -> None:
    """Any damage gives packets or a CaptureError, nothing else."""
    raw = bytearray(good_pcapng())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(4, len(raw)))]
    source = ByteSource(io.BytesIO(bytes(raw)), "x")
    source.read(4, "magic")
    with suppress(CaptureError):
        list(PcapNgCapture(source))


# ---- tshark, an independent reader --------------------------------------------------------------


def tls_run(path: Path, version: str, cipher: str) -> bytes:
    """A real TLS connection over TCP, captured with its secrets."""
    packets: list[CapturedPacket] = []
    net = Net(before=())
    net.there.stages[-1].deliver = tap_in(net, packets, net.there.deliver)
    net.back.stages[-1].deliver = tap_in(net, packets, net.back.deliver)
    client, server = TlsSession("client", version, cipher), TlsSession("server", version, cipher)
    text = b"the quick brown fox %d\n" * 100
    server.write(text)

    def attach(session: TlsSession, end: TcpEndpoint) -> None:
        def data(chunk: bytes) -> None:
            session.feed(chunk)
            end.send(session.take())

        end.on_data = data

    accept = net.host_b._listeners[443]
    net.host_b._listeners[443] = lambda end: (accept(end), attach(server, end))
    attach(client, net.a)
    net.a.on_open = lambda: (client.start(), net.a.send(client.take()))
    net.a.connect()
    net.run()
    assert bytes(client.received) == text
    write_capture(path, packets, ("wire",), server.key_log().emit(), "unit test")
    return text


def tap_in(net: Net, packets: list[CapturedPacket], deliver):
    tap = PcapTap(net.loop, packets, 0, lambda frame: f"frame {len(packets)}")
    tap.deliver = deliver
    return tap.send


def tshark(path: Path, *args: str) -> str:
    out = subprocess.run(
        [str(TSHARK), "-r", str(path), *args], capture_output=True, timeout=60, check=True
    )
    return out.stdout.decode()


@pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")
@pytest.mark.parametrize("cipher", ["aes-128-gcm", "aes-256-gcm"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_tshark_decrypts_what_the_tap_wrote(tmp_path: Path, version: str, cipher: str) -> None:
    path = tmp_path / "tls.pcapng.gz"
    text = tls_run(path, version, cipher)
    follow = tshark(path, "-q", "-z", "follow,tls,raw,0")
    lines = [line.strip() for line in follow.splitlines()]
    plain = b"".join(bytes.fromhex(x) for x in lines if x and set(x) <= set("0123456789abcdef"))
    assert plain == text
    bad = tshark(
        path,
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "ip.check_checksum:TRUE",
        "-Y",
        "tcp.checksum.status==0 || ip.checksum.status==0 || tcp.analysis.flags",
    )
    assert bad == ""
    fields = tshark(path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.comment")
    ours = [(p.ns, p.comments) for p in open_capture(path)]
    assert [line.split("\t") for line in fields.splitlines()] == [
        [f"{ns // 10**9}.{ns % 10**9:09d}", ",".join(comments)] for ns, comments in ours
    ]
