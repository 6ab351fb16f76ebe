# SPDX-License-Identifier: BSD-2-Clause
"""Captures about keys: KeyUpdate, renegotiation, other ciphers, no secrets."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from OpenSSL import SSL

from sw_model.peer.session import _context
from sw_model.rng import stream
from tests.captures.sessions import Conversation, Sent
from tests.captures.wire import Side, Wire, packets_of, write_pcapng

HERE = Path(__file__).parent
Made = tuple[str, list[dict[str, Any]]]


def keyupdate() -> Made:
    """KeyUpdate in both directions: alone, three in a row, one behind another message in its
    record, with data at once and after a pause, and with loss around it."""
    talks = []
    for number, cipher in enumerate(("aes-256-gcm",)):
        wire = Wire(f"10.3.0.1|{43000 + number}", "10.3.0.2|443")
        talk = Conversation(wire, "1.3", cipher)  # type: ignore[arg-type]
        update = {side: talk.sealers[side].key_update for side in talk.sealers}
        talk.say("server", [3000, 3000])
        wire.send("server", update["server"]())
        wire.pause()
        talk.say("server", [3000] * 4)
        wire.pause()
        talk.say("client", [2000, 2000])
        wire.send("client", update["client"](True))
        talk.say("client", [3000] * 4)
        wire.pause()
        data = talk.records("server", [2000]) + b"".join(update["server"]() for _ in range(3))
        wire.send("server", data + talk.records("server", [3000] * 4))
        wire.pause()
        ticket = b"\x04\x00\x00\x05\x00\x00\x00\x00\x00"
        wire.send("server", update["server"](before=ticket) + talk.records("server", [3000] * 4))
        wire.pause()
        data = talk.records("server", [3000]) + update["server"]()
        packets = wire.send("server", data + talk.records("server", [3000] * 3))
        wire.frames.remove(packets[2])
        wire.frames.append(packets[2])
        for _ in range(3):
            wire.pause()
            talk.say("server", [2000] * 3)
        talk.bye()
        talks.append(talk)
    write_pcapng(HERE / "keyupdate.pcapng.gz", packets_of(t.wire for t in talks),
                 "".join(t.keylog for t in talks))  # fmt: skip
    return "keyupdate.pcapng.gz", [e for t in talks for e in t.expected()]


class OpensslPair:
    """Two OpenSSL ends over a wire, for what only OpenSSL itself can do: renegotiation."""

    def __init__(self, wire: Wire, contexts: dict[str, SSL.Context], version: str) -> None:
        self.wire, self.version = wire, version
        self.keys: list[str] = []
        self.ends: dict[str, SSL.Connection] = {}
        self.sent: dict[str, Sent] = {"client": Sent(), "server": Sent()}
        self._rng = stream(1, f"pair{wire.port}")
        contexts["server"].set_keylog_callback(lambda conn, line: self.keys.append(line.decode()))
        for side, context in contexts.items():
            end = self.ends[side] = SSL.Connection(context, None)
            if side == "client":
                end.set_connect_state()
            else:
                end.set_accept_state()
        wire.open()
        self.settle()

    @property
    def keylog(self) -> str:
        return "".join(f"{line}\n" for line in self.keys)

    def settle(self) -> None:
        """Move bytes until nobody has any more to say."""
        idle = 0
        side: Side = "client"
        while idle < 3:
            with suppress(SSL.WantReadError):
                self.ends[side].do_handshake()
            with suppress(SSL.WantReadError):
                while True:
                    self.ends[side].recv(1 << 16)
            idle = 0 if self.flush(side) else idle + 1
            side = self.wire.other(side)

    def flush(self, side: Side) -> bytes:
        out = b""
        with suppress(SSL.WantReadError):
            while True:
                out += self.ends[side].bio_read(1 << 16)
        if out:
            self.wire.send(side, out)
            self.ends[self.wire.other(side)].bio_write(out)
            self.wire.pause(200_000)
        return out

    def say(self, side: Side, sizes: list[int]) -> None:
        for size in sizes:
            data = self._rng.randbytes(size)
            self.ends[side].send(data)
            self.sent[side].take(data)
        self.flush(side)

    def expected(self, offloaded: bool = True) -> list[dict[str, Any]]:
        entries = []
        for side in ("client", "server"):
            sent, other = self.sent[side], self.wire.other(side)
            ends = [f"{self.wire.addr[s]}:{self.wire.port[s]}" for s in (side, other)]
            entries.append({
                "from": ends[0], "to": ends[1], "tls_version": self.version,
                "offloaded": offloaded, "app_records": sent.records if offloaded else 0,
                "app_bytes": sent.size if offloaded else 0,
                "app_sha256": (sent if offloaded else Sent()).digest.hexdigest(),
                "first_error": None,
            })  # fmt: skip
        return entries


def renegotiate() -> Made:
    """TLS 1.2 renegotiation by OpenSSL, twice, started by either end, data before and behind."""
    contexts = {side: _context(side, "1.2", "aes-128-gcm") for side in ("client", "server")}
    contexts["server"].set_options(1 << 8)  # SSL_OP_ALLOW_CLIENT_RENEGOTIATION
    pair = OpensslPair(Wire("10.3.0.1|43100", "10.3.0.2|443"), contexts, "1.2")
    for starter in ("server", "client"):
        pair.say("server", [2000] * 3)
        pair.say("client", [2000] * 2)
        pair.settle()
        pair.ends[starter].renegotiate()
        pair.settle()
        pair.say("client", [500, 4000])
        pair.say("server", [4000] * 3)
    assert len([line for line in pair.keys if line.startswith("CLIENT_RANDOM")]) == 3
    write_pcapng(HERE / "renegotiate.pcapng", packets_of([pair.wire]), pair.keylog)
    return "renegotiate.pcapng", pair.expected()


def others() -> Made:
    """What cannot be offloaded: ChaCha20 in both versions, AES-GCM without secrets; plain text too,
    which is no TLS at all, and one good connection among them, behind STARTTLS."""
    wires, keys, expected = [], "", []
    for number, version in enumerate(("1.2", "1.3")):
        contexts = {s: _context(s, version, "aes-128-gcm") for s in ("client", "server")}  # type: ignore[arg-type]
        for context in contexts.values():
            if version == "1.2":
                context.set_cipher_list(b"ECDHE-ECDSA-CHACHA20-POLY1305")
            else:
                context.set_tls13_ciphersuites(b"TLS_CHACHA20_POLY1305_SHA256")
        wire = Wire(f"10.3.0.1|{43200 + number}", "10.3.0.2|443")
        pair = OpensslPair(wire, contexts, version)
        pair.say("server", [1000] * 3)
        wires.append(wire)
        keys += pair.keylog
        expected += pair.expected(offloaded=False)
    secret = Conversation(Wire("10.3.0.1|43210", "10.3.0.2|443"), "1.3", "aes-128-gcm")
    secret.say("server", [2000])
    secret.offloaded = False
    secret.sent = {"client": Sent(), "server": Sent()}
    plain = Wire("10.3.0.1|43220", "10.3.0.2|80")
    plain.open()
    plain.send("client", b"GET / HTTP/1.0\r\n\r\n")
    plain.send("server", b"HTTP/1.0 200 OK\r\n\r\n" + b"hello " * 500)
    starttls = StartTls(Wire("10.3.0.1|43230", "10.3.0.2|25"), "1.3", "aes-256-gcm")
    starttls.say("server", [2000] * 3)
    starttls.bye()
    wires += [secret.wire, plain, starttls.wire]
    expected += secret.expected() + starttls.expected()
    write_pcapng(HERE / "others.pcapng", packets_of(wires), keys + starttls.keylog)
    return "others.pcapng", expected


class StartTls(Conversation):
    """SMTP until the client asks for TLS."""

    def _handshake(self) -> None:
        self.wire.send("server", b"220 mail ESMTP\r\n")
        self.wire.send("client", b"STARTTLS\r\n")
        self.wire.send("server", b"220 go ahead\r\n")
        super()._handshake()


CASES: tuple[Callable[[], Made], ...] = (keyupdate, renegotiate, others)
