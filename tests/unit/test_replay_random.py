# SPDX-License-Identifier: BSD-2-Clause
"""Random conversations over a random path: what the application keeps is what the sender knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from sw_model.crypto.gcm import ctr, nonce
from sw_model.replay.load import load_capture
from sw_model.replay.run import replay_on_model
from sw_model.rng import stream
from sw_model.wire.tls import APPLICATION_DATA, HANDSHAKE, RecordHeader
from tests.captures.sessions import ALERT, Conversation
from tests.captures.wire import Packet, Side, Wire, packets_of, write_pcapng

TICKET = b"\x04\x00\x00\x05\x00\x00\x00\x00\x00"


class RandomTalk:
    """One conversation; after a forged record nothing the sender says counts any more."""

    def __init__(self, rng: Random, port: int) -> None:
        self.rng = rng
        self.version = rng.choice(("1.2", "1.3"))
        cipher = rng.choice(("aes-128-gcm", "aes-256-gcm"))
        host = rng.choice((("10.9.0.1", "10.9.0.2"), ("2001:db8::9", "2001:db8::a")))
        iss = {"client": rng.getrandbits(32), "server": rng.getrandbits(32)}
        wire = Wire(f"{host[0]}|{port}", f"{host[1]}|443", iss=iss,
                    vlan=rng.choice((None, None, 9)), stamps=rng.random() < 0.7)  # fmt: skip
        self.talk = Conversation(wire, self.version, cipher)  # type: ignore[arg-type]
        self.forge = rng.random() < 0.3

    def record(self, side: Side) -> bytes:
        rng, talk = self.rng, self.talk
        sealer = talk.sealers[side]
        what = rng.random()
        if what < 0.06:
            return sealer.seal(b"\x01\x5a", ALERT)
        if what < 0.2 and self.version == "1.3":
            if what < 0.1:
                return sealer.seal(TICKET, HANDSHAKE)
            return sealer.key_update(before=TICKET if what < 0.12 else b"")
        if what < 0.22 and self.forge and talk.sent[side].error is None:
            talk.sent[side].error = ("EBADMSG", sealer.number)
            return sealer.seal(rng.randbytes(2000), flip=-rng.randrange(1, 1500))
        size = int(2 ** rng.uniform(0, 14.3)) - 1 if what < 0.9 else 0
        size = min(size, 16384 if self.version == "1.2" else 16000)
        pad = rng.randrange(300) if self.version == "1.3" and rng.random() < 0.2 else 0
        if what < 0.3:
            return self._spoof(side, size)
        return talk.records(side, [size], pad)

    def _spoof(self, side: Side, size: int) -> bytes:
        """A record whose ciphertext is nothing but headers of records."""
        sealer, rng = self.talk.sealers[side], self.rng
        header = RecordHeader(APPLICATION_DATA, rng.randrange(24, 400)).emit()
        wanted = (header * (size // 5 + 1))[:size]
        explicit = (sealer.nonce + sealer.number).to_bytes(8, "big")
        explicit = explicit if self.version == "1.2" else b""
        payload = ctr(sealer.keys, nonce(sealer.keys, sealer.number, explicit), wanted)
        self.talk.sent[side].take(payload)
        return sealer.seal(payload)

    def burst(self) -> None:
        rng, wire = self.rng, self.talk.wire
        side: Side = rng.choice(("server", "server", "server", "client"))
        start, at = len(wire.frames), wire.sent[side]
        data = b"".join(self.record(side) for _ in range(rng.randrange(1, 8)))
        cuts = [rng.randrange(1, 1448) for _ in range(rng.randrange(60))]
        wire.send(side, data, cuts if rng.random() < 0.4 else ())
        self._path(side, start, at, data)
        wire.pause(int(10 ** rng.uniform(2, 7)))

    def _path(self, side: Side, start: int, at: int, data: bytes) -> None:
        """Loss, reordering, doubling, pieces again at other boundaries; all arrives in the end."""
        rng, wire = self.rng, self.talk.wire
        frames, kind = wire.frames[start:], rng.random()
        if kind < 0.3 or len(frames) < 3:
            return
        lost: list[Packet] = []
        out: list[Packet] = []
        for packet in frames:
            chance = rng.random()
            if chance < 0.08:
                lost.append(packet)
            elif chance < 0.12 and out:
                out.insert(-1, packet)
            else:
                out += [packet, replace(packet)] if chance < 0.15 else [packet]
            if lost and rng.random() < 0.2:
                out += lost
                lost.clear()
        wire.frames[start:] = out + lost
        for _ in range(rng.randrange(3)):
            low = rng.randrange(len(data))
            wire.segment(side, at + low, data[low : low + rng.randrange(1, 1448)])


@pytest.mark.parametrize("trial", range(25))
def test_random_conversations(tmp_path: Path, seed: int, trial: int) -> None:
    rng = stream(seed, f"replay/{trial}")
    talks = [RandomTalk(rng, 40000 + i) for i in range(rng.randrange(1, 4))]
    for _ in range(8 * len(talks)):
        rng.choice(talks).burst()
    if rng.random() < 0.5:
        talks[0].talk.bye()
    path = tmp_path / "random.pcapng"
    wires = [one.talk.wire for one in talks]
    write_pcapng(path, packets_of(wires), "".join(one.talk.keylog for one in talks))
    run = replay_on_model([load_capture(path)])
    run.finish()
    got = {(f["from"], f["to"]): f for f in run.reports[0]["flows"]}
    for one in talks:
        for want in one.talk.expected():
            flow = got[want["from"], want["to"]]
            assert {key: flow[key] for key in want} == want
