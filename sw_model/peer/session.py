# SPDX-License-Identifier: BSD-2-Clause
"""A real TLS end: pyOpenSSL over memory BIOs, bytes in and bytes out.

Handshakes of OpenSSL are random, so runs with this peer repeat in everything but the key bytes; for
runs that repeat bit by bit use ``peer/synthetic.py``. OpenSSL cannot be asked for KeyUpdate or
record padding through pyOpenSSL; the synthetic peer does both.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from OpenSSL import SSL

from sw_model.crypto.keylog import KeyLog
from sw_model.peer.certificate import NAME, make_certificate
from sw_model.peer.records import Epoch, RecordWalker, SentRecord, epoch_from_keylog
from sw_model.wire.tls import MAX_PLAINTEXT, Version

Role = Literal["client", "server"]
CipherName = Literal["aes-128-gcm", "aes-256-gcm"]

KEY_LENS: dict[CipherName, int] = {"aes-128-gcm": 16, "aes-256-gcm": 32}
_SUITES_12: dict[CipherName, bytes] = {
    "aes-128-gcm": b"ECDHE-ECDSA-AES128-GCM-SHA256",
    "aes-256-gcm": b"ECDHE-ECDSA-AES256-GCM-SHA384",
}
_SUITES_13: dict[CipherName, bytes] = {
    "aes-128-gcm": b"TLS_AES_128_GCM_SHA256",
    "aes-256-gcm": b"TLS_AES_256_GCM_SHA384",
}
_READ = 1 << 16


def _context(role: Role, version: Version, cipher: CipherName) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    number = SSL.TLS1_2_VERSION if version == "1.2" else SSL.TLS1_3_VERSION
    context.set_min_proto_version(number)
    context.set_max_proto_version(number)
    if version == "1.2":
        context.set_cipher_list(_SUITES_12[cipher])
    else:
        context.set_tls13_ciphersuites(_SUITES_13[cipher])
    if role == "server":
        key, certificate = make_certificate()
        context.use_privatekey(key)
        context.use_certificate(certificate)
    return context


class TlsSession:
    """One end of a connection.

    ``feed`` the bytes that TCP delivered, put what ``take`` returns on the TCP stream; do both
    after every call. ``received`` is the application data, ``eof`` the peer's close_notify.
    ``tx`` and ``rx`` know every protected record of each direction and its keys.
    """

    def __init__(self, role: Role, version: Version, cipher: CipherName = "aes-128-gcm") -> None:
        self.role, self.version, self.cipher = role, version, cipher
        self.keylog: list[str] = []
        self.received = bytearray()
        self.established = False
        self.eof = False
        self._queue: list[bytes] = []
        context = _context(role, version, cipher)
        context.set_keylog_callback(lambda connection, line: self.keylog.append(line.decode()))
        self._ssl = SSL.Connection(context, None)
        if role == "client":
            self._ssl.set_tlsext_host_name(NAME.encode())
            self._ssl.set_connect_state()
        else:
            self._ssl.set_accept_state()
        other = "server" if role == "client" else "client"
        self.tx = RecordWalker(version, lambda: self._epoch(role))
        self.rx = RecordWalker(version, lambda: self._epoch(other))

    def start(self) -> None:
        """Begin the handshake (a client's first flight is ready to be taken then)."""
        self._handshake()

    def feed(self, data: bytes) -> None:
        """Bytes from the TCP stream. Raises ``OpenSSL.SSL.Error`` when OpenSSL refuses them."""
        view = memoryview(data)
        while view:
            view = view[self._ssl.bio_write(view[:_READ].tobytes()) :]
        if not self.established:
            self._handshake()
        if self.established:
            self._read()
        self.rx.feed(data)

    def take(self) -> bytes:
        """Bytes for the TCP stream, b"" if there are none."""
        parts: list[bytes] = []
        with suppress(SSL.WantReadError):
            while True:
                parts.append(self._ssl.bio_read(_READ))
        data = b"".join(parts)
        self.tx.feed(data)
        return data

    def write(self, data: bytes, record_size: int = MAX_PLAINTEXT) -> None:
        """Application data in records of ``record_size`` bytes; waits for the handshake."""
        for start in range(0, len(data), record_size):
            self._queue.append(data[start : start + record_size])
        if self.established:
            self._write_queue()

    def close(self) -> None:
        """Send close_notify."""
        with suppress(SSL.WantReadError):  # nobody waits for the peer's answer
            self._ssl.shutdown()

    def wanted(self) -> int:
        """Bytes to read next so that a whole record, and nothing behind it, is fed."""
        return self.rx.wanted()

    def sent_records(self) -> list[SentRecord]:
        """Protected records among the bytes taken so far, Finished (1.2) and tickets (1.3) too."""
        return self.tx.records

    def key_log(self) -> KeyLog:
        return KeyLog.parse(self.keylog)

    def _handshake(self) -> None:
        try:
            self._ssl.do_handshake()
        except SSL.WantReadError:
            return
        self.established = True
        self._write_queue()

    def _write_queue(self) -> None:
        for data in self._queue:
            view = memoryview(data)
            while view:
                view = view[self._ssl.send(view.tobytes()) :]
        self._queue.clear()

    def _read(self) -> None:
        try:
            while not self.eof:
                self.received += self._ssl.recv(_READ)
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.eof = True

    def _epoch(self, side: str) -> Epoch | None:
        client, server = self._ssl.client_random(), self._ssl.server_random()
        if client is None or server is None:
            return None
        key_len = KEY_LENS[self.cipher]
        return epoch_from_keylog(self.key_log(), side, self.version, key_len, client, server)
