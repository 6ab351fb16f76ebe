# SPDX-License-Identifier: BSD-2-Clause
"""The application on this host: a TLS client that hands its receive side to the kernel.

It does what OpenSSL with kernel TLS does: handshake in user space, reading exactly one record at a
time so that nothing behind the handshake is taken out of the socket, then TCP_RXTLS_ENABLE with the
keys and the number of the next record, then recvmsg.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from errno import EAGAIN, EMSGSIZE

from sw_model.crypto.keys import TrafficKeys
from sw_model.peer.session import TlsSession
from sw_model.wire.tls import ALERT, APPLICATION_DATA, TLS_HLEN, RecordHeader
from sw_model.world.host import AppSocket, HostSide

READ = 1 << 16  # more than a record: each recvmsg returns a whole one


class Phase(Enum):
    """Where the application is."""

    HANDSHAKE = "handshake"
    ENABLING = "enabling"
    DATA = "data"
    CLOSED = "closed"
    FAILED = "failed"


class TlsClient:
    """``on_data(bytes)`` gets each piece of application data as it is read; ``keys_at(consumed)``
    gives keys and number once the handshake is over. ``session`` None: no handshake at all."""

    def __init__(
        self,
        host: HostSide,
        so: AppSocket,
        session: TlsSession | None,
        keys_at: Callable[[int], tuple[TrafficKeys, int]],
    ) -> None:
        self.host, self.so = host, so
        self.session, self.keys_at = session, keys_at
        self.phase = Phase.HANDSHAKE
        self.consumed = 0  # bytes of the stream read before the kernel took over
        self.received = 0
        self.records = 0
        self.closed = False
        self.error: int | None = None
        self.on_data: Callable[[bytes], None] = lambda data: None
        self.on_enabling: Callable[[TrafficKeys, int, int], None] = lambda keys, number, at: None
        self._record = bytearray()
        so.on_readable = self.readable

    def connected(self) -> None:
        """The TCP handshake is over."""
        if self.session is None:
            self._enable()
            return
        self.session.start()
        self.so.send(self.session.take())

    def readable(self) -> None:
        """Read what is there; the socket calls this when that may be something."""
        if self.phase is Phase.HANDSHAKE:
            self._handshake()
        if self.phase is Phase.DATA:
            self._read_records()

    # ---- user space handshake -----------------------------------------------------------------

    def _handshake(self) -> None:
        assert self.session is not None
        while self.phase is Phase.HANDSHAKE:
            header = RecordHeader.parse(self._record)
            wanted = (TLS_HLEN if header is None else header.record_len) - len(self._record)
            errno, data = self.so.recv(wanted)
            if errno == EAGAIN:
                return
            if not data:  # end of file or an error before the handshake was over
                self._fail(errno)
                return
            self._record += data
            self.consumed += len(data)
            header = RecordHeader.parse(self._record)
            if header is None or len(self._record) < header.record_len:
                continue
            self.session.feed(bytes(self._record))
            self._record.clear()
            if out := self.session.take():
                self.so.send(out)
            if self.session.established:
                self._enable()

    def _enable(self) -> None:
        keys, number = self.keys_at(self.consumed)
        self.phase = Phase.ENABLING
        self.on_enabling(keys, number, self.consumed)
        self.host.enable_rx(self.so, keys, number, self._enabled)

    def _enabled(self, errno: int) -> None:
        if errno:
            self._fail(errno)
            return
        self.phase = Phase.DATA
        self.readable()

    def _fail(self, errno: int) -> None:
        self.error = errno
        self.phase = Phase.FAILED

    def close(self) -> None:
        """Close the socket; may be called again."""
        if not self.closed:
            self.closed = True
            self.so.close()

    # ---- kernel TLS ---------------------------------------------------------------------------

    def _read_records(self) -> None:
        while self.phase is Phase.DATA:
            message = self.so.recvmsg(READ)
            if message.errno == EAGAIN:
                return
            if message.errno:
                self._fail(message.errno)
            elif message.eof:
                # No close_notify. FreeBSD says EMSGSIZE of a stream that ends inside a record,
                # Linux says nothing: the application has to know that this is not the end.
                self._fail(EMSGSIZE)
            else:
                self._message(message.record_type, message.data, message.eor)

    def _message(self, kind: int | None, data: bytes, eor: bool) -> None:
        if kind == APPLICATION_DATA:
            self.received += len(data)
            self.records += eor
            self.on_data(data)
        elif kind == ALERT and eor:
            self._close_notify()

    def _close_notify(self) -> None:
        """The peer says that this is all. An error of an earlier record may still be waiting behind
        the data (recvmsg prefers data), so ask for it: else a hole would look like a good end."""
        if error := self.host.pending_error(self.so):
            self._fail(error)
        else:
            self.phase = Phase.CLOSED
