# SPDX-License-Identifier: BSD-2-Clause
"""peer/: real TLS sessions and synthetic records, alone and over TCP on bad links."""

from __future__ import annotations

import pytest

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.link.config import LinkConfig
from sw_model.peer.config import TcpConfig
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.peer.records import Epoch, RecordWalker, keys_from_keylog
from sw_model.peer.session import KEY_LENS, CipherName, TlsSession
from sw_model.peer.synthetic import SyntheticTls
from sw_model.rng import stream
from sw_model.wire.tls import APPLICATION_DATA, HANDSHAKE, RecordHeader, Version, split_records
from tests.unit.net import Net

SUITES = [(v, c) for v in ("1.2", "1.3") for c in ("aes-128-gcm", "aes-256-gcm")]


def pump(client: TlsSession, server: TlsSession) -> tuple[bytes, bytes]:
    """Move bytes until neither side has any; returns what each sent."""
    up, down = bytearray(), bytearray()
    while (a := client.take()) + (b := server.take()):
        server.feed(a)
        client.feed(b)
        up += a
        down += b
    return bytes(up), bytes(down)


def pair(version: str, cipher: str) -> tuple[TlsSession, TlsSession]:
    return TlsSession("client", version, cipher), TlsSession("server", version, cipher)


@pytest.mark.parametrize(("version", "cipher"), SUITES)
def test_session_and_its_truth(version: str, cipher: str) -> None:
    client, server = pair(version, cipher)
    text = stream(1, "text").randbytes(50_000)
    server.write(text, record_size=1000)  # before the handshake: queued
    client.start()
    _, down = pump(client, server)
    assert client.established
    assert server.established
    assert bytes(client.received) == text
    data = [r for r in server.sent_records() if r.type == APPLICATION_DATA]
    assert [len(r.payload) for r in data] == [1000] * 50
    assert b"".join(r.payload for r in data) == text
    assert client.rx.records == server.tx.records
    assert client.rx.keys == server.tx.keys
    assert client.tx.records == server.rx.records
    for r in server.sent_records():
        record = down[r.stream_offset : r.stream_offset + r.length]
        assert open_record(server.tx.keys, r.number, record) == (r.type, r.payload)
    first = server.sent_records()[0]
    assert first.number == 0
    assert first.type == HANDSHAKE
    expect = (16 if cipher == "aes-128-gcm" else 32, 4 if version == "1.2" else 12)
    assert (len(server.tx.keys.key), len(server.tx.keys.iv)) == expect
    server.close()
    pump(client, server)
    assert client.eof
    assert server.sent_records()[-1].payload == b"\x01\x00"


@pytest.mark.parametrize(("version", "cipher"), SUITES)
def test_keys_from_the_log_alone(version: Version, cipher: CipherName) -> None:
    """What a capture reader does: randoms from the hellos, secrets from the log."""
    client, server = pair(version, cipher)
    client.start()
    up, down = pump(client, server)
    randoms = (up[11:43], down[11:43])  # record header 5, message header 4, version 2
    for side, walker in (("client", server.rx), ("server", server.tx)):
        keys = keys_from_keylog(server.key_log(), side, version, KEY_LENS[cipher], *randoms)
        assert keys == walker.keys
    assert keys_from_keylog(server.key_log(), "client", version, 16, bytes(32), bytes(32)) is None


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_wanted_never_reads_too_far(version: str) -> None:
    """Reading as told stops exactly behind the handshake: where a kernel takes over."""
    client, server = pair(version, "aes-128-gcm")
    server.write(b"data" * 100)
    client.start()
    pipe = bytearray()
    while not client.established:
        server.feed(client.take())
        pipe += server.take()
        assert pipe, "handshake stalls"
        while len(pipe) >= client.wanted() and not client.established:
            n = client.wanted()
            client.feed(bytes(pipe[:n]))
            del pipe[:n]
    server.feed(client.take())
    pipe += server.take()
    keys, number = client.rx.keys, client.rx.next_number
    assert number == (1 if version == "1.2" else 0)
    got = []
    for header, at in split_records(bytes(pipe))[0]:
        got.append(open_record(keys, number, bytes(pipe[at : at + header.record_len])))
        number += 1
    assert got[-1] == (APPLICATION_DATA, b"data" * 100)


def attach(session: TlsSession, end: TcpEndpoint) -> None:
    def data(chunk: bytes) -> None:
        session.feed(chunk)
        end.send(session.take())

    end.on_data = data


@pytest.mark.parametrize(("version", "cipher"), SUITES)
@pytest.mark.parametrize("seed", range(4))
def test_sessions_over_bad_links(version: str, cipher: str, seed: int) -> None:
    bad = LinkConfig(loss=0.04, reorder=0.1, duplicate=0.05, corrupt=0.02)
    net = Net(seed, bad, bad, TcpConfig(random_cut=seed % 2 == 1))
    client, server = pair(version, cipher)
    up, down = stream(seed, "up").randbytes(30_000), stream(seed, "down").randbytes(60_000)
    client.write(up, 4000)
    server.write(down)
    accept = net.host_b._listeners[443]
    net.host_b._listeners[443] = lambda end: (accept(end), attach(server, end))
    attach(client, net.a)

    def opened() -> None:
        client.start()
        net.a.send(client.take())

    net.a.on_open = opened
    net.a.connect()
    net.run()
    assert bytes(server.received) == up
    assert bytes(client.received) == down
    assert client.rx.records == server.tx.records


# ---- synthetic ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "cipher"), SUITES)
def test_synthetic_repeats_and_is_what_it_says(version: str, cipher: str) -> None:
    sizes = [0, 1, 1000, 16384]
    one, two = (SyntheticTls(7, version, cipher, first_number=5) for _ in range(2))
    wire = one.stream(sizes)
    assert wire == two.stream(sizes)
    assert one.records == two.records
    other = SyntheticTls(8, version, cipher)
    assert other.keys != one.keys
    assert [r.number for r in one.records] == [5, 6, 7, 8]
    assert one.offset == len(wire)
    for r in one.records:
        record = wire[r.stream_offset : r.stream_offset + r.length]
        assert open_record(one.keys, r.number, record) == (r.type, r.payload)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_synthetic_forgeries(version: str) -> None:
    tls = SyntheticTls(1, version)
    for flip in (-1, 3, 20):
        record = tls.seal_forged(b"payload" * 10, flip=flip)
        with pytest.raises(RecordError):
            open_record(tls.keys, tls.number - 1, record)
        assert not tls.records[-1].good
    header = RecordHeader(APPLICATION_DATA, 0x20)
    record = tls.false_headers(1003, header)
    start = 13 if version == "1.2" else 5
    assert record[start : start + 1003] == (header.emit() * 201)[:1003]
    assert open_record(tls.keys, 3, record) == (23, tls.records[-1].payload)
    before = tls.offset
    assert tls.raw(b"\x17\x03\x01\xff\xff")
    assert tls.offset == before + 5
    assert tls.records[-1].stream_offset == before - tls.records[-1].length


def test_synthetic_padding_and_key_update() -> None:
    tls = SyntheticTls(1, "1.3", "aes-256-gcm")
    first = Epoch(tls.keys, tls._epoch.secret)
    wire = tls.seal(b"AB", pad=100) + tls.key_update() + tls.seal(b"after", type=21)
    walker = RecordWalker("1.3", lambda: first)
    for i in range(0, len(wire), 7):
        walker.feed(wire[i : i + 7])
    assert walker.records == tls.records
    assert walker.keys == tls.keys != first.keys
    assert [r.number for r in walker.records] == [0, 1, 0]
    assert walker.records[0].length == 124
    with pytest.raises(ValueError, match=r"1\.3 only"):
        SyntheticTls(1, "1.2").key_update()


def test_walker_without_keys_waits_and_bad_record_is_loud() -> None:
    tls = SyntheticTls(1, "1.3")
    epochs: list[Epoch] = []
    walker = RecordWalker("1.3", lambda: epochs[0] if epochs else None)
    walker.feed(tls.seal(b"one"))
    assert walker.records == []
    with pytest.raises(RuntimeError, match="no application keys"):
        _ = walker.keys
    epochs.append(Epoch(tls.keys))
    walker.feed(tls.seal(b"two"))
    assert [r.payload for r in walker.records] == [b"one", b"two"]
    with pytest.raises(RecordError):
        walker.feed(tls.seal_forged(b"three"))
