# SPDX-License-Identifier: BSD-2-Clause
"""Real TLS handshakes for captures, and a record layer of our own that goes on behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sw_model.crypto.gcm import seal_record
from sw_model.crypto.keys import next_secret_13, traffic_keys_13
from sw_model.peer.session import CipherName, TlsSession
from sw_model.rng import stream
from sw_model.wire.tls import APPLICATION_DATA, HANDSHAKE, Version
from tests.captures.wire import Side, Wire

CLOSE_NOTIFY = bytes((1, 0))
ALERT = 21


@dataclass
class Sent:
    """What one side sent that an application keeps."""

    digest: Any = field(default_factory=hashlib.sha256)
    size: int = 0
    records: int = 0
    error: tuple[str, int] | None = None

    def take(self, payload: bytes) -> None:
        if self.error is None:
            self.digest.update(payload)
            self.size += len(payload)
            self.records += 1


class Conversation:
    """One connection: a real handshake over ``wire``; then both sides seal records of their own."""

    def __init__(self, wire: Wire, version: Version, cipher: CipherName, seed: int = 1) -> None:
        self.wire, self.version, self.cipher = wire, version, cipher
        self.ends = {side: TlsSession(side, version, cipher) for side in ("client", "server")}
        self.sent = {"client": Sent(), "server": Sent()}
        self.offloaded = True
        self.reason: str | None = None
        self._rng = stream(seed, f"{wire.port}{version}{cipher}")
        wire.open()
        self._handshake()
        self.sealers = {side: Sealer(end) for side, end in self.ends.items()}

    def _handshake(self) -> None:
        self.ends["client"].start()
        side: Side = "client"
        idle = 0
        while idle < 2:
            out = self.ends[side].take()
            idle = 0 if out else idle + 1
            if out:
                self.wire.send(side, out)
                self.wire.ack(self.wire.other(side))
                self.ends[self.wire.other(side)].feed(out)
                self.wire.pause(200_000)
            side = self.wire.other(side)
        assert all(end.established for end in self.ends.values())

    @property
    def keylog(self) -> str:
        return "".join(f"{line}\n" for line in self.ends["server"].keylog)

    def text(self, size: int) -> bytes:
        """Application data, half of it compressible so that files stay small."""
        return self._rng.randbytes(size)

    def records(self, side: Side, sizes: Iterable[int], pad: int = 0) -> bytes:
        """Application records of these sizes as bytes to send."""
        out = b""
        for size in sizes:
            payload = self.text(size)
            self.sent[side].take(payload)
            out += self.sealers[side].seal(payload, pad=pad)
        return out

    def say(self, side: Side, sizes: Iterable[int], cuts: Iterable[int] = ()) -> None:
        self.wire.send(side, self.records(side, sizes), cuts)

    def bye(self) -> None:
        """close_notify and FIN of both."""
        for side in ("server", "client"):
            self.wire.send(side, self.sealers[side].seal(CLOSE_NOTIFY, ALERT), fin=True)
            self.wire.ack(self.wire.other(side))

    def expected(self) -> list[dict[str, Any]]:
        """What result.json must say, from the senders' knowledge alone."""
        entries = []
        for side in ("client", "server"):
            other, sent = self.wire.other(side), self.sent[side]
            error = {"error": sent.error[0], "record": sent.error[1]} if sent.error else None
            entries.append({
                "from": self._end(side), "to": self._end(other), "tls_version": self.version,
                "offloaded": self.offloaded, "app_records": sent.records,
                "app_bytes": sent.size, "app_sha256": sent.digest.hexdigest(),
                "first_error": error,
            })  # fmt: skip
        return entries

    def _end(self, side: Side) -> str:
        addr = self.wire.addr[side]
        host = f"[{addr}]" if addr.version == 6 else str(addr)
        return f"{host}:{self.wire.port[side]}"


class Sealer:
    """Goes on where OpenSSL's record layer stopped: what OpenSSL never sends can follow."""

    def __init__(self, end: TlsSession) -> None:
        self.version = end.version
        self.keys, self.number = end.tx.keys, end.tx.next_number
        epoch = end._epoch(end.role)
        self.secret = epoch.secret if epoch else b""
        self.nonce = 0x1122334455660000  # OpenSSL's start is random too

    def seal(
        self, payload: bytes, type: int = APPLICATION_DATA, pad: int = 0, flip: int | None = None
    ) -> bytes:
        """One record; ``flip`` changes the lowest bit of that byte."""
        explicit = None
        if self.version == "1.2":
            explicit = (self.nonce + self.number).to_bytes(8, "big")
        record = bytearray(seal_record(self.keys, self.number, type, payload, pad, explicit))
        if flip is not None:
            record[flip] ^= 1
        self.number += 1
        return bytes(record)

    def key_update(self, request: bool = False, before: bytes = b"") -> bytes:
        """A KeyUpdate, behind another handshake message in the same record if one is given."""
        out = self.seal(before + bytes((24, 0, 0, 1, request)), HANDSHAKE)
        self.secret = next_secret_13(self.secret)
        self.keys, self.number = traffic_keys_13(self.secret, len(self.keys.key)), 0
        return out
