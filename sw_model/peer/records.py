# SPDX-License-Identifier: BSD-2-Clause
"""The truth about one direction of a TLS connection: every protected record and its place.

A scoreboard asks here what the application must get, from which bytes of the TCP stream.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.crypto.keylog import CLIENT_RANDOM, CLIENT_TRAFFIC, SERVER_TRAFFIC, KeyLog
from sw_model.crypto.keys import TrafficKeys, key_block_12, next_secret_13, traffic_keys_13
from sw_model.wire.tls import (
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    TLS_HLEN,
    RecordHeader,
    Version,
    split_records,
)

KEY_UPDATE = 24  # handshake message type, RFC 8446 section 4.6.3


@dataclass(frozen=True, slots=True)
class SentRecord:
    """One protected record of the application epoch. ``stream_offset`` counts bytes of this
    direction from the start of the TCP stream; ``good`` is False for a forged one."""

    stream_offset: int
    length: int
    number: int
    type: int
    payload: bytes
    good: bool = True


@dataclass(frozen=True, slots=True)
class Epoch:
    """Keys and, for TLS 1.3, the secret from which the next epoch follows."""

    keys: TrafficKeys
    secret: bytes = b""

    def next(self) -> Epoch:
        """The epoch after a KeyUpdate."""
        secret = next_secret_13(self.secret)
        return Epoch(traffic_keys_13(secret, len(self.keys.key), self.keys.aead), secret)


def epoch_from_keylog(
    log: KeyLog,
    side: str,
    version: Version,
    key_len: int,
    client_random: bytes,
    server_random: bytes = b"",
) -> Epoch | None:
    """First application epoch of what ``side`` ("client" or "server") sends; None if not logged."""
    if version == "1.2":
        master = log.get(CLIENT_RANDOM, client_random)
        if master is None:
            return None
        client, server = key_block_12(master, client_random, server_random, key_len)
        return Epoch(client if side == "client" else server)
    label = CLIENT_TRAFFIC if side == "client" else SERVER_TRAFFIC
    secret = log.get(label, client_random)
    return None if secret is None else Epoch(traffic_keys_13(secret, key_len), secret)


def keys_from_keylog(
    log: KeyLog,
    side: str,
    version: Version,
    key_len: int,
    client_random: bytes,
    server_random: bytes = b"",
) -> TrafficKeys | None:
    """Keys of that epoch."""
    epoch = epoch_from_keylog(log, side, version, key_len, client_random, server_random)
    return None if epoch is None else epoch.keys


class RecordWalker:
    """Walks one direction's bytes from the first handshake byte on and opens what it can.

    Where the application epoch begins: in TLS 1.2 behind ChangeCipherSpec. In TLS 1.3 handshake
    and application records look alike, so a record belongs to the handshake as long as the
    application keys with number 0 do not open it.
    """

    def __init__(self, version: Version, epoch: Callable[[], Epoch | None]) -> None:
        self.version = version
        self.records: list[SentRecord] = []
        self.next_number = 0
        self._find_epoch = epoch
        self._epoch: Epoch | None = None
        self._started = False
        self._buffer = b""  # the record that is not complete yet
        self._offset = 0  # stream position of _buffer[0]
        self._waiting: deque[tuple[int, RecordHeader, bytes]] = deque()  # whole, keys not known

    @property
    def keys(self) -> TrafficKeys:
        """Keys of the current epoch; RuntimeError before they are known."""
        epoch = self._current()
        if epoch is None:
            raise RuntimeError("no application keys yet: the handshake is not that far")
        return epoch.keys

    def _current(self) -> Epoch | None:
        if self._epoch is None:
            self._epoch = self._find_epoch()
        return self._epoch

    def wanted(self) -> int:
        """Bytes that complete the next header or record: who reads no more never reads too far."""
        header = RecordHeader.parse(self._buffer)
        return (TLS_HLEN if header is None else header.record_len) - len(self._buffer)

    def feed(self, data: bytes) -> None:
        self._buffer += data
        found, taken = split_records(self._buffer)
        for header, at in found:
            record = self._buffer[at : at + header.record_len]
            self._waiting.append((self._offset + at, header, record))
        self._buffer = self._buffer[taken:]
        self._offset += taken
        while self._waiting and self._take(*self._waiting[0]):
            self._waiting.popleft()

    def _take(self, offset: int, header: RecordHeader, record: bytes) -> bool:
        """Process one whole record; False while its keys are not known."""
        if self.version == "1.2":
            if not self._started:
                self._started = header.type == CHANGE_CIPHER_SPEC
                return True
        elif header.type != APPLICATION_DATA:
            return True
        epoch = self._current()
        if epoch is None:
            return False
        try:
            kind, payload = open_record(epoch.keys, self.next_number, record)
        except RecordError:
            if self._started:
                raise
            return True
        self._started = True
        self.records.append(SentRecord(offset, len(record), self.next_number, kind, payload))
        self.next_number += 1
        if self.version == "1.3" and kind == HANDSHAKE and payload[:1] == bytes((KEY_UPDATE,)):
            self._epoch, self.next_number = epoch.next(), 0
        return True
