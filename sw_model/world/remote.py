# SPDX-License-Identifier: BSD-2-Clause
"""The application on the remote machine: a TLS server that sends its data and closes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from sw_model.check.truth import StreamTruth
from sw_model.crypto.aead import AEADS
from sw_model.crypto.keys import TrafficKeys
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.peer.session import CipherName, TlsSession
from sw_model.peer.synthetic import SyntheticTls
from sw_model.peer.text import TextStream
from sw_model.wire.tls import ALERT, APPLICATION_DATA, RecordHeader
from sw_model.world.config import SessionConfig, WorldConfig
from sw_model.world.expected import Expected

CLOSE_NOTIFY = bytes((1, 0))  # warning, close_notify: RFC 8446 section 6.1


def cipher_name(config: SessionConfig) -> CipherName:
    """The suite's name from the key size."""
    return "aes-256-gcm" if config.key_bits == 256 else "aes-128-gcm"


class RemoteApp(Protocol):
    """What a world wants of the sender: what it sent, and its truth."""

    truth: StreamTruth
    expected: Expected | None
    keylog: list[str]

    def protected_at(self, consumed: int) -> tuple[TrafficKeys, int]: ...


class OpensslServer:
    """Real handshake, real records; one ``write`` a record, then close_notify and FIN."""

    def __init__(self, end: TcpEndpoint, config: SessionConfig, seed: int, name: str) -> None:
        self.end, self.config = end, config
        self.session = TlsSession("server", config.version, cipher_name(config))
        self.truth = StreamTruth(end.iss)
        self.expected: Expected | None = None
        self.keylog = self.session.keylog
        self._text = TextStream(seed, f"{name}/text")
        self._sizes = config.sizes(seed, name)
        self._started = False
        end.on_data = self._on_data
        end.on_eof = end.close

    def _on_data(self, data: bytes) -> None:
        self.session.feed(data)
        if self.session.established and not self._started:
            self._started = True
            for size in self._sizes:
                self.session.write(self._text.take(size))
            self.session.close()
        if out := self.session.take():
            self.truth.extend(out)
            self.end.send(out)
        if self._started:
            self.end.close()

    def protected_at(self, consumed: int) -> tuple[TrafficKeys, int]:
        """(keys, number) of the record at this offset of what was sent."""
        number = sum(r.stream_offset < consumed for r in self.session.tx.records)
        return self.session.tx.keys, number


class SyntheticServer:
    """No handshake: protected records from the first byte, all of them from the seed, each made
    when TCP has room for it. In a world that keeps nothing the truth is in ``expected``."""

    def __init__(
        self, end: TcpEndpoint, config: SessionConfig, seed: int, name: str, world: WorldConfig
    ) -> None:
        first, aead = config.first_number, AEADS[world.crypto]
        self.tls = SyntheticTls(seed, config.version, cipher_name(config), name, first, aead)
        self._config, self._text = config, TextStream(seed, f"{name}/payload")
        self.truth = StreamTruth(end.iss)
        self.expected = None if world.keep else Expected(name, end.iss)
        self.keylog: list[str] = []
        self._keys, self._first = self.tls.keys, self.tls.number
        self._records = self._sealed(config.sizes(seed, name))
        self._end = end
        end.on_open = self._opened

    def _opened(self) -> None:
        self._end.loop.call_later(self._config.wait_ns, self._end.pull, self._next)

    def _next(self) -> bytes | None:
        data = next(self._records, None)
        if data is None:
            return None
        if self.expected is None:
            self.truth.extend(data)
        else:
            last = self.tls.records.pop()
            self.expected.sealed(data, last.number, last.type, last.payload)
        return data

    def _sealed(self, sizes: list[int]) -> Iterator[bytes]:
        for i, size in enumerate(sizes):
            yield self._record(i, size)
        yield self.tls.seal(CLOSE_NOTIFY, ALERT)

    def _record(self, index: int, size: int) -> bytes:
        c = self._config
        if index in c.false_headers:
            return self.tls.false_headers(size, RecordHeader(APPLICATION_DATA, c.false_length))
        payload = self._text.take(size)
        if index in c.forged:
            return self.tls.seal_forged(payload, flip=c.forge_flip, pad=c.pad)
        return self.tls.seal(payload, pad=c.pad)

    def protected_at(self, consumed: int) -> tuple[TrafficKeys, int]:
        if consumed:
            raise ValueError("a synthetic stream is protected from its first byte")
        return self._keys, self._first
