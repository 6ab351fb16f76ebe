# SPDX-License-Identifier: BSD-2-Clause
"""Where TLS begins in a stream, under which keys, and why there may be none."""

from __future__ import annotations

import pytest

from sw_model.capture.connections import collect
from sw_model.capture.keychange import KeyChange
from sw_model.capture.plan import DirectionPlan, carries_tls, plan_connection
from sw_model.capture.records import looks_like_tls, tls_start
from sw_model.crypto.keylog import KeyLog
from sw_model.wire.frame import parse_frame
from sw_model.wire.tls import APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, RecordHeader
from tests.captures.sessions import Conversation
from tests.captures.wire import Wire

HELLO = bytes.fromhex("16 0301 0030 01 00002c 0303") + bytes(42)


def talk_of(version: str, cipher: str = "aes-128-gcm") -> Conversation:
    return Conversation(Wire("10.0.0.1|5000", "10.0.0.2|443"), version, cipher)  # type: ignore[arg-type]


def plans_of(
    talk: Conversation, keylog: str | None = None, frames: slice = slice(None)
) -> list[DirectionPlan]:
    parsed = [parse_frame(packet.frame) for packet in talk.wire.frames[frames]]
    [connection] = collect(parsed)
    return plan_connection(connection, KeyLog.parse(talk.keylog if keylog is None else keylog))


@pytest.mark.parametrize("cipher", ["aes-128-gcm", "aes-256-gcm"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_first_epoch_is_what_the_sender_used(version: str, cipher: str) -> None:
    talk = talk_of(version, cipher)
    for plan, side in zip(plans_of(talk), ("client", "server"), strict=True):
        assert plan.reason is None
        assert plan.version == version
        [epoch] = plan.epochs
        sealer = talk.sealers[side]
        assert epoch.keys == sealer.keys
        first = talk.ends[side].tx.records
        start = next(r.stream_offset for r in first if r.number == epoch.number) if len(
            first) > epoch.number else talk.wire.sent[side]  # fmt: skip
        assert epoch.start == start
        assert epoch.number == (1 if version == "1.2" else 0)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_without_handshake_secrets_trial_finds_the_epoch(version: str) -> None:
    talk = talk_of(version)
    talk.say("client", [10])
    full = plans_of(talk)
    lines = [x for x in talk.keylog.splitlines() if "HANDSHAKE" not in x]
    assert [p.epochs for p in plans_of(talk, "\n".join(lines))] == [p.epochs for p in full]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_reasons(version: str) -> None:
    talk = talk_of(version)
    secret = "CLIENT_RANDOM" if version == "1.2" else "CLIENT_TRAFFIC_SECRET_0"
    assert plans_of(talk, "")[0].reason == f"no {secret} for this connection among the secrets"
    answer = next(
        i
        for i, packet in enumerate(talk.wire.frames)
        if packet.side == "server" and parse_frame(packet.frame).payload_len
    )
    [client, _] = plans_of(talk, frames=slice(0, answer))
    assert client.reason == "no TLS ServerHello in the capture"
    behind = len(talk.wire.frames)
    talk.say("client", [100, 100])
    [client, _] = plans_of(talk, frames=slice(behind, None))
    assert client.reason == "the capture begins after the handshake"


def test_key_updates_make_epochs() -> None:
    talk = talk_of("1.3")
    sealer, wire = talk.sealers["server"], talk.wire
    starts = []
    for count in (1, 3):
        talk.say("server", [100])
        wire.send("server", b"".join(sealer.key_update() for _ in range(count)))
        starts.append(wire.sent["server"])
    talk.say("server", [100])
    server = plans_of(talk)[1]
    assert len(server.epochs) == 5
    assert [server.epochs[1].start, server.epochs[4].start] == starts
    assert server.epochs[4].keys == sealer.keys
    assert len({epoch.keys.key for epoch in server.epochs}) == 5


def test_key_change_sees_split_and_joined_messages() -> None:
    update, ticket = b"\x18\x00\x00\x01\x00", b"\x04\x00\x00\x02ab"
    change = KeyChange("1.3")
    assert not change.announced(APPLICATION_DATA, update)
    assert not change.announced(HANDSHAKE, ticket[:3])
    assert not change.announced(HANDSHAKE, ticket[3:])
    assert not change.announced(HANDSHAKE, update[:1])
    assert change.announced(HANDSHAKE, update[1:])
    assert change.announced(HANDSHAKE, ticket + update)
    assert KeyChange("1.2").announced(CHANGE_CIPHER_SPEC, b"\1")
    assert not KeyChange("1.2").announced(HANDSHAKE, update)


def test_where_tls_begins() -> None:
    assert tls_start(HELLO) == 0
    assert tls_start(b"220 mail\r\n" + HELLO) == 10
    assert looks_like_tls(b"STARTTLS\r\n" + HELLO)
    record = RecordHeader(APPLICATION_DATA, 100).emit() + bytes(100)
    assert looks_like_tls(b"tail of a record" + record + record)
    assert not looks_like_tls(b"GET / HTTP/1.0\r\n\r\n")
    assert not looks_like_tls(b"")
    assert not looks_like_tls(b"tail of a record" + record)


def test_plain_text_is_no_tls() -> None:
    wire = Wire("10.0.0.1|5000", "10.0.0.2|80")
    wire.open()
    wire.send("client", b"GET / HTTP/1.0\r\n\r\n")
    [connection] = collect([parse_frame(packet.frame) for packet in wire.frames])
    assert not carries_tls(connection)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_capture_of_the_servers_direction_only(version: str) -> None:
    talk, stranger = talk_of(version), talk_of(version)
    talk.say("server", [100])
    full = plans_of(talk)
    wire = talk.wire
    wire.frames = [packet for packet in wire.frames if packet.side == "server"]
    client, server = plans_of(talk, stranger.keylog + talk.keylog)
    assert server.epochs == full[1].epochs
    assert not client.epochs
    assert client.reason is not None
    [_, server] = plans_of(talk, stranger.keylog)
    assert server.reason is not None
    assert "no secret opens" in server.reason


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_hellos_say_who_is_who(version: str) -> None:
    """Without SYNs, and the first frame is an acknowledgement by the server."""
    talk = talk_of(version)
    full = plans_of(talk)
    data = next(i for i, p in enumerate(talk.wire.frames) if parse_frame(p.frame).payload_len)
    late = talk.wire.frames[data:]
    ack = next(i for i, p in enumerate(late) if p.side == "server")
    late.insert(0, late.pop(ack))
    talk.wire.frames = late
    got = plans_of(talk)
    assert [p.epochs for p in got] == [p.epochs for p in full]
    assert [str(p.direction.sender) for p in got] == [str(p.direction.sender) for p in full]
