# SPDX-License-Identifier: BSD-2-Clause
"""The application on the receiving host, as far as a replay needs one.

The handshake was made when the capture was taken; here its bytes are read in user space up to the
first record under application keys. Then the kernel takes over, as with OpenSSL: TCP_RXTLS_ENABLE
with keys and number, recvmsg, and a new key whenever a record announces one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from enum import Enum
from errno import EAGAIN, ECONNRESET, ENOTCONN, errorcode

from sw_model.capture.keychange import KeyChange
from sw_model.capture.plan import DirectionPlan, Epoch
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, TlsEnable
from sw_model.kernel.socket import Socket
from sw_model.wire.tls import APPLICATION_DATA

READ = 1 << 16  # more than a record: each recvmsg returns a whole one


class Phase(Enum):
    """Where the application is."""

    HANDSHAKE = "handshake"
    ENABLING = "enabling"
    DATA = "data"
    NO_KEYS = "no keys"
    EOF = "eof"


class ReplayApp:
    """Keeps application data (type 23) up to the first record in error. It goes on reading behind
    that, so that the NIC and the kernel meet the rest of the capture too."""

    def __init__(self, so: Socket, plan: DirectionPlan, failed_number: Callable[[], int | None]):
        self.so = so
        self.phase = Phase.HANDSHAKE
        self.consumed = 0
        self.records = self.received = self.keys_used = 0
        self.digest = hashlib.sha256()
        self.first_error: tuple[str, int] | None = None
        self.reset = False
        self.offloaded = False
        self.on_settled: Callable[[], None] = lambda: None
        self._failed_number = failed_number
        self._epochs = list(plan.epochs)
        self._version = plan.epochs[0].keys.version
        self._part = bytearray()
        self._kind: int | None = None
        so.on_readable = self.readable

    def start(self) -> None:
        """The connection exists."""
        self.readable()

    @property
    def settled(self) -> bool:
        """Nothing of the set-up is under way (any more), or it waits for records behind a key that
        came in the meantime."""
        waits = self.phase is Phase.ENABLING and self.keys_used > 1
        return waits or self.phase not in (Phase.HANDSHAKE, Phase.ENABLING)

    @property
    def _reading(self) -> bool:
        """Another thread reads while one sleeps in setsockopt: a new key may come that early, and
        the kernel takes no tag before it has that."""
        return self.phase in (Phase.ENABLING, Phase.DATA)

    def readable(self) -> None:
        if self.phase is Phase.HANDSHAKE:
            self._handshake()
        if self._reading:
            self._read_records()

    # ---- user space handshake -----------------------------------------------------------------

    def _handshake(self) -> None:
        while left := self._epochs[0].start - self.consumed:
            errno, data = self.so.recv(left)
            if errno == ECONNRESET:
                self.reset = True
            if errno == EAGAIN:
                return
            if not data:
                self.phase = Phase.EOF
                return
            self.consumed += len(data)
        self.phase = Phase.ENABLING
        self._change = KeyChange(self._version)
        self.so.setsockopt_rxtls(self._enable_args(self._epochs.pop(0)), self._enabled)
        self._watch_keys()

    def _enable_args(self, epoch: Epoch) -> TlsEnable:
        self.keys_used += 1
        return TlsEnable.aes_gcm(self._version, epoch.keys.key, epoch.keys.iv, epoch.number)

    def _enabled(self, errno: int) -> None:
        if errno:
            raise AssertionError(f"{self.so.name}: TCP_RXTLS_ENABLE failed: {errorcode[errno]}")
        self.offloaded = self.so.mode() == TCP_TLS_MODE_IFNET
        if self.phase is Phase.ENABLING:
            self.phase = Phase.DATA
        self.readable()

    def _watch_keys(self) -> None:
        """The kernel must stop behind a record that announces a key: it asks one ``KeyChange``, the
        reader another, because the kernel runs ahead of the reader."""
        self._change = KeyChange(self._version)
        self.so.pause_rx_on(KeyChange(self._version).announced)

    # ---- kernel TLS ---------------------------------------------------------------------------

    def _read_records(self) -> None:
        while self._reading:
            message = self.so.recvmsg(READ)
            if message.errno in (EAGAIN, ENOTCONN):
                return
            if message.errno:
                self._error(message.errno)
            elif message.eof:
                self.phase = Phase.EOF
            else:
                self._kind = self._kind if message.record_type is None else message.record_type
                self._part += message.data
                if message.eor:
                    self._record(self._kind or 0, bytes(self._part))
                    self._part.clear()
                    self._kind = None

    def _error(self, errno: int) -> None:
        if errno == ECONNRESET:
            self.reset = True
        elif self.first_error is None:
            number = self._failed_number()
            if number is None:  # no record was opened: the next one is cut short or no record
                number = self.so.so_rcv.sb_tls_seqno
            self.first_error = (errorcode[errno], number)

    def _record(self, kind: int, payload: bytes) -> None:
        if kind == APPLICATION_DATA and self.first_error is None:
            self.records += 1
            self.received += len(payload)
            self.digest.update(payload)
        if self._change.announced(kind, payload):
            self._next_key()

    def _next_key(self) -> None:
        if not self._epochs:
            self.phase = Phase.NO_KEYS
            return
        error = self.so.rekey_rx(self._enable_args(self._epochs.pop(0)))
        if error:
            raise AssertionError(f"{self.so.name}: new key refused: {errorcode[error]}")
        self._watch_keys()
