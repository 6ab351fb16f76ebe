# SPDX-License-Identifier: BSD-2-Clause
"""What a tracker promises, one byte at a time, from the contract in docs/engine.md.

Nothing is clever and nothing is shared with ``sw_model.nic``: a record is the list of its bytes,
the scan looks at the last five bytes after every byte, and a tag is checked by ``cryptography``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEQ, NUMBER = 1 << 32, 1 << 64
START, TRACKING, SEARCHING = 0, 1, 2  # as GET_PSV reads
NO_OFFLOAD, OFFLOAD, AUTHENTICATION = 0, 1, 2
NONE, DECRYPTED, RESYNC, AUTH_FAIL = 0, 1, 2, 3  # completion codes


@dataclass
class Key:
    """The key in the slot; writing it again makes another one, also with the same bytes."""

    key: bytes
    serial: int = 0


@dataclass
class Record:
    """A record whose header was seen. ``number`` None: not known, or bytes were lost."""

    start: int
    data: list[int]
    length: int
    number: int | None
    serials: set[int] = field(default_factory=set)


@dataclass
class Verdict:
    """What leaves: the completion code and the payload."""

    status: int
    payload: bytes


class NaiveTracker:
    """One flow of one NIC."""

    def __init__(self, tls13: bool, iv: bytes, relock: int) -> None:
        self.tls13, self.iv, self.relock = tls13, iv, relock
        self.running = False
        self.record: Record | None = None
        self.header: list[int] = []
        self.window: list[int] = []

    # Commands -----------------------------------------------------------------------------------

    def program(self, expected: int, number: int) -> None:
        self.running = True
        self.track, self.auth = START, NO_OFFLOAD
        self.expected, self.last_number = expected, (number - 1) % NUMBER
        self.candidate = self.offset = 0
        self._forget()

    def confirm(self, sn: int, number: int) -> None:
        if not self.running:
            return
        if (self.track, self.auth) == (TRACKING, NO_OFFLOAD) and sn == self.candidate:
            self.auth, self.last_number = AUTHENTICATION, (number + self.offset) % NUMBER

    def destroy(self) -> None:
        self.running = False

    def psv(self) -> tuple[int, int, int, int, int]:
        """next_record_tcp_sn, hw_resync_tcp_sn, track, auth, record_offset."""
        if not self.running:
            return 0, 0, 0, 0, 0
        at = self.expected
        if self.track == TRACKING and self.record is not None:
            at = self.record.start + self.record.length
        elif self.track == TRACKING:
            at = self.expected - len(self.header)
        return at % SEQ, self.candidate, self.track, self.auth, self.offset

    # Packets ------------------------------------------------------------------------------------

    def packet(self, seq: int, wire: bytes, key: Key) -> Verdict:
        """A packet with good checksums and payload, none of SYN and RST."""
        nothing = Verdict(NONE, wire)
        if not self.running:
            return nothing
        delta = (seq - self.expected + SEQ // 2) % SEQ - SEQ // 2
        if delta + len(wire) <= 0 or abs(delta) >= 1 << 30:
            return nothing
        self.lost, self.key = False, key
        self.checks: list[bool] = []
        before = self.auth
        if delta > 0:
            self._gap(seq)
        elif self.track == START:
            self.track = TRACKING
            self.auth = before = OFFLOAD
        inside_whole = self.record is None or self.record.number is not None
        markable = delta == 0 and before == OFFLOAD and inside_whole
        out = bytearray(wire)
        for i in range(max(0, -delta), len(wire)):
            out[i] ^= self._byte((seq + i) % SEQ, wire[i])
        self.expected = (seq + len(wire)) % SEQ
        if before == AUTHENTICATION and self.checks and not self.lost:
            if all(self.checks):
                self.auth = OFFLOAD
            else:
                self._search([])
        if not all(self.checks):
            return Verdict(AUTH_FAIL, wire)
        if self.lost:
            return Verdict(RESYNC, wire)
        return Verdict(DECRYPTED, bytes(out)) if markable else nothing

    def _gap(self, seq: int) -> None:
        if self.track == SEARCHING:
            self.window = []
            return
        end = self.record.start + self.record.length if self.record else None
        ahead = (end - seq + SEQ // 2) % SEQ - SEQ // 2 if end is not None else -1
        if self.record is None or ahead < 0:
            self.lost = True
            self._search([])
        elif ahead == 0:
            self.record = None
        else:
            self.record.number = None
            self.record.data = [0] * (self.record.length - ahead)

    def _byte(self, seq: int, value: int) -> int:
        """Take one byte; returns what its ciphertext is to be XORed with."""
        if self.track == SEARCHING:
            self.window.append(value)
            header = self.window[-5:]
            if self._plausible(header):
                self.track, self.window = TRACKING, []
                self.candidate, self.offset = (seq - 4) % SEQ, 0
                self._open(self.candidate, header, None)
            return 0
        if self.record is not None:
            return self._record_byte(self.record, value)
        self.header.append(value)
        if len(self.header) == 5:
            self._judge(seq, self.header)
        return 0

    def _judge(self, seq: int, header: list[int]) -> None:
        self.header = []
        if not self._plausible(header):
            self.lost = True
            self._search(header[1:])
            return
        number = None
        if self.auth != NO_OFFLOAD:
            number = self.last_number = (self.last_number + 1) % NUMBER
        elif self.offset + 1 >= (self.relock or 1 << 24):
            self._search(header[1:])
            return
        else:
            self.offset += 1
        self._open((seq - 4) % SEQ, header, number)

    def _record_byte(self, record: Record, value: int) -> int:
        record.data.append(value)
        stream = 0
        if record.number is not None:
            record.serials.add(self.key.serial)
            stream = self._keystream(record, len(record.data) - 1)
        if len(record.data) == record.length:
            self.record = None
            if record.number is not None:
                self.checks.append(self._verifies(record))
        return stream

    # Records ------------------------------------------------------------------------------------

    def _open(self, start: int, header: list[int], number: int | None) -> None:
        self.record = Record(start, list(header), 5 + header[3] * 256 + header[4], number)
        self.stream: bytes = b""
        self.stream_serial = -1

    def _plausible(self, header: list[int]) -> bool:
        if len(header) < 5 or header[1:3] != [3, 3]:
            return False
        length = header[3] * 256 + header[4]
        if self.tls13:
            return header[0] == 23 and 17 <= length <= 16401
        return 20 <= header[0] <= 23 and 24 <= length <= 16408

    def _text_at(self) -> int:
        return 5 if self.tls13 else 13

    def _nonce(self, record: Record) -> bytes:
        if not self.tls13:
            return self.iv + bytes(record.data[5:13])
        assert record.number is not None
        return (int.from_bytes(self.iv, "big") ^ record.number).to_bytes(12, "big")

    def _keystream(self, record: Record, at: int) -> int:
        """AES-CTR from counter 2 on over the text; header, explicit nonce and tag have none."""
        if not self._text_at() <= at < record.length - 16:
            return 0
        if self.stream_serial != self.key.serial:
            block = self._nonce(record) + struct.pack("!I", 2)
            cipher = Cipher(algorithms.AES(self.key.key), modes.CTR(block)).encryptor()
            self.stream = cipher.update(bytes(record.length))
            self.stream_serial = self.key.serial
        return self.stream[at - self._text_at()]

    def _verifies(self, record: Record) -> bool:
        assert record.number is not None
        data, at = bytes(record.data), self._text_at()
        aad = data[:5]
        if not self.tls13:
            aad = struct.pack("!Q3sH", record.number, data[:3], record.length - 29)
        try:
            AESGCM(self.key.key).decrypt(self._nonce(record), data[at:], aad)
        except InvalidTag:
            return False
        return len(record.serials) == 1

    def _search(self, window: list[int]) -> None:
        self.track, self.auth = SEARCHING, NO_OFFLOAD
        self._forget()
        self.window = window

    def _forget(self) -> None:
        self.record, self.header, self.window = None, [], []
