# SPDX-License-Identifier: BSD-2-Clause
"""Captures about TCP: what the path and the sender do to segments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sw_model.link.capture import CapturedPacket
from sw_model.rng import stream
from sw_model.wire.checksum import pseudo_sum
from sw_model.wire.frame import parse_frame
from sw_model.wire.tcp import ACK
from tests.captures.sessions import Conversation
from tests.captures.wire import Packet, Wire, packets_of, write_pcap, write_pcapng

HERE = Path(__file__).parent
Made = tuple[str, list[dict[str, Any]]]
BULK = [2000, 9000, 300, 7000, 1, 1448, 16384]


def _talk(
    port: int, version: str = "1.3", cipher: str = "aes-128-gcm", **wire: Any
) -> Conversation:
    return Conversation(
        Wire(f"10.2.0.1|{port}", "10.2.0.2|443", **wire),
        version,  # type: ignore[arg-type]
        cipher,  # type: ignore[arg-type]
    )


def loss() -> Made:
    """Lost segments that come again, single and in bursts, reordered and doubled ones."""
    talks = []
    for number, version in enumerate(("1.2", "1.3")):
        talk = _talk(42000 + number, version)
        talk.say("server", [1000])
        for seed in range(2):
            start = len(talk.wire.frames)
            talk.say("server", BULK)
            _impair(talk.wire, start, seed)
        talk.wire.pause()
        talk.say("server", BULK)
        talk.wire.pause()
        talk.say("server", [3000, 3000])
        talk.bye()
        talks.append(talk)
    write_pcapng(HERE / "loss.pcapng.gz", packets_of(t.wire for t in talks),
                 "".join(t.keylog for t in talks))  # fmt: skip
    return "loss.pcapng.gz", [e for t in talks for e in t.expected()]


def _impair(wire: Wire, start: int, seed: int) -> None:
    """Lose frames at single places and in a burst; each comes again 6 frames later."""
    rng = stream(seed, "loss")
    frames = wire.frames[start:]
    lost = {rng.randrange(2, len(frames) - 12) for _ in range(2)}
    burst = rng.randrange(8, len(frames) - 12)
    lost |= set(range(burst, burst + 3))
    out: list[Packet] = []
    again: list[tuple[int, Packet]] = []
    for i, packet in enumerate(frames):
        if i in lost:
            again.append((i + 6, packet))
        else:
            out.append(packet)
        out += [late for due, late in again if due == i]
        again = [(due, late) for due, late in again if due > i]
    out += [late for _, late in again]
    swap = rng.randrange(3, len(out) - 3)
    out[swap], out[swap + 1] = out[swap + 1], out[swap]
    out.insert(swap + 3, replace(out[swap]))
    wire.frames[start:] = out


def overlap() -> Made:
    """Retransmissions cut at other places, over what has arrived and over what waits; a pcap with a
    key log beside it."""
    talk = _talk(42100, "1.2", "aes-256-gcm")
    talk.say("server", [500])
    for _ in range(2):
        at, data = talk.wire.sent["server"], talk.records("server", BULK)
        packets = talk.wire.send("server", data)
        for gone in (packets[5], packets[11], packets[12]):
            talk.wire.frames.remove(gone)
        for low, high in ((4 * 1448 + 100, 7 * 1448 - 300), (10 * 1448 - 1, 12 * 1448 + 700),
                          (12 * 1448 - 5, 14 * 1448)):  # fmt: skip
            talk.wire.segment("server", at + low, data[low:high])
        talk.wire.segment("server", at, data[:2000])
        talk.wire.pause()
    talk.bye()
    write_pcap(HERE / "overlap.pcap.gz", packets_of([talk.wire]))
    (HERE / "overlap.keys").write_text(talk.keylog, encoding="ascii")
    return "overlap.pcap.gz", talk.expected()


def bytesplit() -> Made:
    """Single bytes, and headers cut behind 1, 2, 3 and 4 bytes, in both versions."""
    talks = []
    for number, version in enumerate(("1.2", "1.3")):
        talk = _talk(42200 + number, version)
        overhead = 29 if version == "1.2" else 22
        talk.say("server", [40, 40], [1] * 150)
        for cut in (1, 2, 3, 4, 5, 9, 12):
            talk.say("server", [1000, 500], [1000 + overhead + cut])
            talk.wire.pause()
        talk.say("server", [3000] * 3, [7, 700, 1, 1, 1])
        talk.bye()
        talks.append(talk)
    write_pcapng(HERE / "bytesplit.pcapng.gz", packets_of(t.wire for t in talks),
                 "".join(t.keylog for t in talks))  # fmt: skip
    return "bytesplit.pcapng.gz", [e for t in talks for e in t.expected()]


def seqwrap() -> Made:
    """Sequence numbers pass 2^32 in both directions, frames have a VLAN tag; a second connection
    has two tags, which the engine does not look through."""
    first = _talk(42300, vlan=7, iss={"client": 2**32 - 3000, "server": 2**32 - 12000})
    second = _talk(42301, vlan=(5, 6))
    for talk in (first, second):
        talk.say("client", [2000] * 3)
        talk.wire.pause()
        talk.say("server", BULK if talk is first else [3000])
        talk.bye()
    second.offloaded = False
    write_pcapng(HERE / "seqwrap.pcapng", packets_of([first.wire, second.wire]),
                 first.keylog + second.keylog)  # fmt: skip
    return "seqwrap.pcapng", first.expected() + second.expected()


def ports() -> Made:
    """One pair of ports three times: after FIN, after RST, and with a stray SYN in between."""
    talks = []
    for number in range(3):
        iss = {"client": 1000 + 777_000 * number, "server": 5000 + 900_000 * number}
        talk = _talk(42400, "1.2" if number else "1.3", iss=iss)
        talk.say("server", [3000, 3000])
        talk.wire.segment("client", -500_000, b"", 2)  # a SYN that nobody answers
        talk.wire.pause()
        talk.say("server", [3000, 100])
        if number == 1:
            talk.wire.rst("client")
            talk.wire.rst("server")
        else:
            talk.bye()
        talks.append(talk)
    packets: list[CapturedPacket] = []
    for number, talk in enumerate(talks):
        shift = number * 1_000_000_000
        packets += [replace(p, ns=p.ns + shift) for p in packets_of([talk.wire])]
    write_pcapng(HERE / "ports.pcapng", packets, "".join(t.keylog for t in talks))
    return "ports.pcapng", [e for t in talks for e in t.expected()]


def loopback() -> Made:
    """As tcpdump sees loopback: super-frames of up to 64 KiB, checksums not there yet; a Linux
    cooked capture."""
    talk = _talk(42500, mss=65483)
    talk.say("client", [200])
    talk.say("server", [16384] * 4 + [100])
    talk.wire.pause()
    talk.say("server", [5000] * 3)
    talk.bye()
    cooked = []
    for packet in packets_of([talk.wire]):
        frame = _unsummed(packet.data)
        header = b"\0\0\0\1\0\6" + frame[6:12] + b"\0\0" + frame[12:14]
        cooked.append(replace(packet, data=header + frame[14:]))
    write_pcap(HERE / "loopback.pcap.gz", cooked, 113)
    (HERE / "loopback.keys").write_text(talk.keylog, encoding="ascii")
    return "loopback.pcap.gz", talk.expected()


def _unsummed(frame: bytes) -> bytes:
    parsed = parse_frame(frame)
    at = parsed.l4_off + 16
    value = pseudo_sum(parsed.raw_src, parsed.raw_dst, len(frame) - parsed.l4_off)
    return frame[:at] + value.to_bytes(2, "big") + frame[at + 2 :]


def trunc() -> Made:
    """Ends of all kinds: FIN inside a record, RST inside a record, a capture that stops inside a
    record, data that the capture lacks, packets that the capture cut short."""
    talks = [_talk(42600 + i, "1.2" if i % 2 else "1.3") for i in range(5)]
    for talk in talks:
        talk.say("server", [2000, 2000])
        talk.wire.pause()
    fin, rst, stops, hole, short = talks
    for talk in (fin, rst, stops):
        record = talk.sealers["server"].seal(talk.text(5000))
        talk.wire.send("server", record[:3000], fin=talk is fin)
        if talk is rst:
            talk.wire.rst("server")
        if talk is not stops:
            talk.sent["server"].error = ("EMSGSIZE", talk.sealers["server"].number - 1)
    cut_short: set[bytes] = set()
    for talk in (hole, short):
        sealer = talk.sealers["server"]
        packets = talk.wire.send("server", b"".join(sealer.seal(talk.text(2500)) for _ in range(4)))
        if talk is hole:
            talk.wire.frames.remove(packets[1])
        else:
            cut_short.add(packets[1].frame)
        talk.wire.fin("server")
    captured = [
        replace(p, data=p.data[:96], wire_len=len(p.data)) if p.data in cut_short else p
        for p in packets_of(t.wire for t in talks)
    ]
    write_pcap(HERE / "trunc.pcap", captured)
    (HERE / "trunc.keys").write_text("".join(t.keylog for t in talks), encoding="ascii")
    return "trunc.pcap", [e for t in talks for e in t.expected()]


def forged() -> Made:
    """Tags forged by the sender; ciphertext flipped in flight with the checksum made right again,
    and with a wrong checksum, which costs nothing; a forged copy that comes too late."""
    talks = [_talk(42700 + i, "1.2" if i % 2 else "1.3") for i in range(4)]
    for talk in talks:
        talk.say("server", [2000, 3000, 1000])
        talk.wire.pause()
    tag, flipped, noise, late = talks
    sealer = tag.sealers["server"]
    tag.wire.send("server", sealer.seal(b"x" * 4000, flip=-1))
    tag.sent["server"].error = ("EBADMSG", sealer.number - 1)
    for talk in (flipped, noise, late):
        at, number = talk.wire.sent["server"], talk.sealers["server"].number
        if talk is flipped:
            data = talk.sealers["server"].seal(b"y" * 6000)
            talk.sent["server"].error = ("EBADMSG", number)
        else:
            data = talk.records("server", [6000])
        packets = talk.wire.send("server", data)
        bad = bytearray(data[1448:2896])
        bad[100] ^= 4
        forged = talk.wire.frame("server", at + 1448, bytes(bad), ACK)
        place = talk.wire.frames.index(packets[1])
        if talk is flipped:
            talk.wire.frames[place].frame = forged
            talk.wire.segment("server", at + 1448, data[1448:2896])
        elif talk is noise:
            wrong = forged[:-1] + bytes((forged[-1] ^ 1,))
            talk.wire.frames.insert(place, Packet(packets[1].ns, "server", wrong))
        else:
            talk.wire.frames.append(Packet(talk.wire.now, "server", forged))
    for talk in talks:
        talk.wire.pause()
        talk.say("server", [1000] * 3)
        talk.bye()
    write_pcapng(HERE / "forged.pcapng", packets_of(t.wire for t in talks),
                 "".join(t.keylog for t in talks))  # fmt: skip
    return "forged.pcapng", [e for t in talks for e in t.expected()]


CASES: tuple[Callable[[], Made], ...] = (
    loss,
    overlap,
    bytesplit,
    seqwrap,
    ports,
    loopback,
    trunc,
    forged,
)
