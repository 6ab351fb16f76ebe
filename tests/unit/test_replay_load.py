# SPDX-License-Identifier: BSD-2-Clause
"""From captured packets to frames as they were on the wire."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sw_model.link.capture import CapturedPacket
from sw_model.replay.linktype import to_ethernet
from sw_model.replay.load import LoadedCapture, load_capture, load_keylog
from sw_model.replay.offload import segments, with_checksums, with_ip_length
from sw_model.replay.run import replay_on_model
from sw_model.wire.checksum import pseudo_sum
from sw_model.wire.frame import parse_frame
from sw_model.wire.tcp import ACK, CWR, FIN, PSH
from tests.captures.expect import HERE, differences
from tests.captures.sessions import Conversation
from tests.captures.wire import Wire, packets_of, write_pcap, write_pcapng
from tools.replay import run_replay

FRAMES = {
    4: Wire("10.0.0.1|5000", "10.0.0.2|443"),
    6: Wire("2001:db8::1|5000", "2001:db8::2|443"),
}


def good_frame(family: int, size: int, flags: int = ACK) -> bytes:
    return FRAMES[family].frame("client", 0, (bytes(range(256)) * (size // 256 + 1))[:size], flags)


@pytest.mark.parametrize("family", [4, 6])
def test_link_types(family: int) -> None:
    frame = good_frame(family, 100)
    packet, ethertype = frame[14:], frame[12:14]
    source = frame[6:12]
    cooked = b"\0\0\0\1\0\6" + source + b"\0\0" + ethertype + packet
    cooked2 = ethertype + b"\0\0\0\0\0\1\0\1\0\6" + source + b"\0\0" + packet
    no_mac = b"\0\0\3\4\0\0" + bytes(8) + ethertype + packet
    for linktype, data in (
        (1, frame), (113, cooked), (276, cooked2), (101, packet), (228, packet), (229, packet),
        (12, packet), (0, b"\2\0\0\0" + packet), (108, b"\0\0\0\x1e" + packet), (113, no_mac),
    ):  # fmt: skip
        got = to_ethernet(linktype, data)
        assert got is not None
        assert got[12:] == frame[12:], linktype
        assert parse_frame(got).good
        if linktype in (1, 113, 276) and data is not no_mac:
            assert got[6:12] == source
    assert to_ethernet(101, b"") is None
    assert to_ethernet(101, b"\x10junk") is None
    assert to_ethernet(113, b"short") is None


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("length_in_sum", [True, False])
def test_checksums_not_there_yet(family: int, length_in_sum: bool) -> None:
    good = parse_frame(good_frame(family, 301))
    tcp_len = len(good.data) - good.l4_off
    partial = pseudo_sum(good.raw_src, good.raw_dst, tcp_len if length_in_sum else 0)
    at = good.l4_off + 16
    data = good.data[:at] + partial.to_bytes(2, "big") + good.data[at + 2 :]
    completed = with_checksums(parse_frame(data))
    assert completed is not None
    assert completed.data == good.data


def test_wrong_checksums_stay_wrong() -> None:
    good = good_frame(4, 100)
    for at in (14 + 10, 14 + 20 + 16, 100):
        bad = good[:at] + bytes((good[at] ^ 1,)) + good[at + 1 :]
        assert with_checksums(parse_frame(bad)) is None
    assert with_checksums(parse_frame(good)) is None
    zero_ip = good[:24] + b"\0\0" + good[26:]
    completed = with_checksums(parse_frame(zero_ip))
    assert completed is not None
    assert completed.data == good


def test_total_length_of_zero() -> None:
    good = good_frame(4, 3000)
    zero = good[:16] + b"\0\0" + good[18:]
    assert with_ip_length(zero) == good
    assert with_ip_length(good) == good


@pytest.mark.parametrize("family", [4, 6])
def test_super_frames(family: int) -> None:
    whole = parse_frame(good_frame(family, 40000, ACK | PSH | FIN | CWR))
    for mss, size in ((None, 1448), (1000, 1000 - 12), (65495, 1448)):
        pieces = [parse_frame(data) for data in segments(whole, mss)]
        assert all(piece.good for piece in pieces)
        assert {piece.payload_len for piece in pieces[:-1]} == {size}
        assert b"".join(piece.payload for piece in pieces) == whole.payload
        assert whole.tcp is not None
        flags = [piece.tcp.flags for piece in pieces if piece.tcp]
        assert flags[0] == ACK | CWR
        assert flags[-1] == ACK | PSH | FIN
        assert set(flags[1:-1]) == {ACK}
        seqs = [piece.tcp.seq for piece in pieces if piece.tcp]
        assert [seq.minus(whole.tcp.seq) for seq in seqs] == list(range(0, 40000, size))
        assert all(piece.tcp.raw_options == whole.tcp.raw_options for piece in pieces if piece.tcp)


def test_frames_that_can_have_been_on_the_wire_are_left_alone() -> None:
    for size, mss in ((1448, None), (9000, None), (16000, 65495), (0, 1460), (1448, 1460)):
        frame = parse_frame(good_frame(4, size))
        assert list(segments(frame, mss)) == [frame.data]


def session(path: Path, mangle: str) -> tuple[Conversation, LoadedCapture]:
    talk = Conversation(Wire("10.0.0.1|5000", "10.0.0.2|443"), "1.3", "aes-128-gcm")
    talk.say("server", [3000] * 5)
    talk.bye()
    packets = packets_of([talk.wire])
    if mangle == "raw":
        write_pcap(path, [replace(p, data=p.data[14:]) for p in packets], 101)
    elif mangle == "no times":
        write_pcapng(path, [replace(p, ns=0) for p in packets], talk.keylog)
    else:
        fcs = [replace(p, data=p.data + b"\xde\xad\xbe\xef") for p in packets]
        cut = [replace(p, data=p.data[:-4], wire_len=len(p.data)) for p in fcs]
        write_pcap(path, cut if mangle == "cut FCS" else fcs)
    keys = path.with_suffix(".keys")
    keys.write_text(talk.keylog, encoding="ascii")
    return talk, load_capture(path, [load_keylog(keys)])


@pytest.mark.parametrize("mangle", ["raw", "no times", "FCS", "cut FCS"])
def test_other_ways_to_capture_the_same(tmp_path: Path, mangle: str) -> None:
    talk, capture = session(tmp_path / "x.cap", mangle)
    run = replay_on_model([capture])
    run.finish()
    for flow, want in zip(run.reports[0]["flows"], talk.expected(), strict=True):
        assert {key: flow[key] for key in want} == want
        assert flow["records_decrypted"] > 0


def test_several_key_logs_are_one(tmp_path: Path) -> None:
    lines = (HERE / "trunc.keys").read_text("ascii").splitlines()
    logs = []
    for half in (lines[::2], lines[1::2]):
        path = tmp_path / f"{len(logs)}.keys"
        path.write_text("\n".join(half), encoding="ascii")
        logs.append(load_keylog(path))
    run = replay_on_model([load_capture(HERE / "trunc.pcap", logs)])
    assert differences("trunc.pcap", run.reports[0]["flows"]) == []


def test_what_is_no_frame_is_counted(tmp_path: Path) -> None:
    write_pcap(tmp_path / "x.pcap", [CapturedPacket(0, b"tiny"), CapturedPacket(0, bytes(60))])
    capture = load_capture(tmp_path / "x.pcap")
    assert capture.counts["not_ethernet"] == 1
    assert len(capture.frames) == 1


def test_more_connections_than_contexts_one_after_the_other(tmp_path: Path) -> None:
    """Contexts of connections that are over are given back when the NIC is full."""
    talks = []
    packets = []
    for number in range(4):
        talk = Conversation(Wire(f"10.0.0.1|{5000 + number}", "10.0.0.2|443"), "1.2", "aes-128-gcm")
        talk.say("server", [2000] * 2)
        talk.bye()
        packets += [replace(p, ns=p.ns + number * 10**9) for p in packets_of([talk.wire])]
        talks.append(talk)
    write_pcapng(tmp_path / "x.pcapng", packets, "".join(talk.keylog for talk in talks))
    run = replay_on_model([load_capture(tmp_path / "x.pcapng")], num_flows=2)
    run.finish()
    assert all(flow["offloaded"] for flow in run.reports[0]["flows"])


def test_contexts_for_every_connection(tmp_path: Path) -> None:
    """Seventy directions at once: more than the usual 64 contexts."""
    first = Conversation(Wire("10.0.0.1|5000", "10.0.0.2|443"), "1.2", "aes-128-gcm")
    first.say("server", [500])
    wires = []
    for number in range(35):  # the same conversation between other ports
        wire = Wire(f"10.0.0.1|{5000 + number}", "10.0.0.2|443")
        for packet in first.wire.frames:
            parsed = parse_frame(packet.frame)
            assert parsed.tcp is not None
            at = parsed.tcp.seq.minus(wire.first[packet.side])
            wire.segment(packet.side, at, parsed.payload, parsed.tcp.flags, parsed.tcp.options)
        wires.append(wire)
    write_pcapng(tmp_path / "x.pcapng", packets_of(wires), first.keylog)
    assert load_capture(tmp_path / "x.pcapng").flows_at_once == 70
    status = run_replay(
        captures=[tmp_path / "x.pcapng"], keylogs=[], out=tmp_path / "out", nic="model"
    )
    assert status == 0
    report = json.loads((tmp_path / "out" / "x" / "result.json").read_text("utf-8"))
    assert [flow["offloaded"] for flow in report["flows"]] == [True] * 70
