# SPDX-License-Identifier: BSD-2-Clause
"""Records to the reader (net/tls/tls_sw.c: tls_rx_one_record, tls_sw_recvmsg, process_rx_list).

Work is done in the reader's context. A record that cannot be opened stays where it is, so that
every later read fails in the same way: errors are sticky.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from errno import EAGAIN, EBADMSG, EIO, EKEYEXPIRED

from sw_model.linux.tls import TlsConf, TlsContext
from sw_model.linux.tls_device_rx import tls_device_decrypted
from sw_model.linux.tls_rekey import tls_check_pending_rekey
from sw_model.linux.tls_strp import StrpMsg
from sw_model.wire.tls import APPLICATION_DATA

EOF = -1


@dataclass(slots=True)
class TlsRecord:
    """A decoded record and how much of it was read."""

    control: int
    data: bytes
    offset: int = 0

    @property
    def rest(self) -> bytes:
        return self.data[self.offset :]


@dataclass(frozen=True, slots=True)
class Msg:
    """What one recvmsg returned. Several data records may come at once, never two types.

    ``record_type``: the TLS_GET_RECORD_TYPE control message, if one was asked for. ``eor``: the end
    of a record was reached.
    """

    data: bytes = b""
    record_type: int | None = None
    eor: bool = False
    errno: int = 0

    @property
    def eof(self) -> bool:
        return not (self.data or self.errno or self.eor or self.record_type is not None)


def tls_rx_one_record(ctx: TlsContext) -> tuple[int, TlsRecord | None]:
    """(errno, record) of the record that is ready; on an error nothing changes."""
    msg = ctx.strp.tls_strp_msg()
    decrypted, wire = False, msg.data
    if ctx.rx_conf is TlsConf.HW:
        decrypted, wire = tls_device_decrypted(ctx, msg)
    prot = ctx.rx.prot
    errno, text = 0, wire[prot.prepend_size : len(wire) - prot.tag_size]
    if not decrypted:
        errno, text = ctx.rx.open(wire)
        if errno:
            ctx.mib.inc("TlsDecryptError")
            return errno, None
    control = wire[0]
    if prot.tls13:
        if not decrypted:
            _expect_no_pad(ctx, text)
        text = text.rstrip(b"\0")
        if not text:
            return EBADMSG, None
        control, text = text[-1], text[:-1]
    _count(ctx, msg, decrypted)
    ctx.rx.advance()
    tls_check_pending_rekey(ctx, control, text)
    return 0, TlsRecord(control, text)


def _expect_no_pad(ctx: TlsContext, text: bytes) -> None:
    """TLS_RX_EXPECT_NO_PAD lets the kernel decrypt into the user's buffer; if the last byte is not
    the data type it was wrong and the record is decrypted once more."""
    if ctx.rx_no_pad and text[-1:] != bytes((APPLICATION_DATA,)):
        ctx.mib.inc("TlsDecryptRetry")
        if text[-1:] == b"\0":
            ctx.mib.inc("TlsRxNoPadViolation")


def _count(ctx: TlsContext, msg: StrpMsg, decrypted: bool) -> None:
    if decrypted:
        ctx.stats.decrypted += 1
    elif msg.mixed:
        ctx.stats.mixed += 1
    else:
        ctx.stats.encrypted += 1


def tls_rx_rec_wait(ctx: TlsContext) -> int:
    """0 when a record is ready, else EOF or an errno; nothing sleeps here."""
    sk = ctx.sk
    if ctx.key_update_pending:
        return EKEYEXPIRED
    if ctx.strp.msg_ready:
        return 0
    if sk.sk_err:
        return sk.sock_error()
    ctx.strp.tls_strp_check_rcv()
    if ctx.strp.msg_ready:
        return 0
    if sk.sk_err and ctx.strp.stopped:
        return sk.sock_error()
    return EOF if sk.rcv_shutdown else EAGAIN


@dataclass(slots=True)
class Read:
    """One call of tls_sw_recvmsg."""

    ctx: TlsContext
    rx_list: deque[TlsRecord]
    limit: int
    cmsg: bool
    peek: bool
    control: int | None = None
    out: bytearray = field(default_factory=bytearray)
    eor: bool = False

    def run(self) -> Msg:
        more, errno = self._process_rx_list()
        done = more or len(self.out) >= self.limit
        if not errno and not done and not (self.out and self.control != APPLICATION_DATA):
            errno = self._read_records()
        if errno == EOF or self.out:
            errno = 0
        kind = self.control if self.cmsg and not errno else None
        return Msg(bytes(self.out), kind, self.eor, errno)

    def _content_type(self, record: TlsRecord) -> int | None:
        """tls_record_content_type: None if the record fits to what was read so far."""
        if self.control is None:
            if record.control != APPLICATION_DATA and not self.cmsg:
                return EIO
            self.control = record.control
            return None
        return None if self.control == record.control else 0

    def _process_rx_list(self) -> tuple[bool, int]:
        """Records decoded by earlier calls: (a record is left over, errno)."""
        for record in list(self.rx_list):
            if len(self.out) >= self.limit:
                return True, 0
            stop = self._content_type(record)
            if stop is not None:
                return True, stop
            if self._copy(record):
                if not self.peek:
                    self.rx_list.popleft()
            elif not self.peek:
                return True, 0
            if self.control != APPLICATION_DATA:
                return True, 0
        return False, 0

    def _copy(self, record: TlsRecord) -> bool:
        """Copy what fits; True when all of the record was taken."""
        rest = record.rest
        chunk = rest[: self.limit - len(self.out)]
        self.out += chunk
        if not self.peek:
            record.offset += len(chunk)
        whole = len(chunk) == len(rest)
        self.eor = self.eor or whole
        return whole

    def _read_records(self) -> int:
        ctx = self.ctx
        while len(self.out) < self.limit and (not self.out or ctx.strp.msg_ready):
            errno = tls_rx_rec_wait(ctx)
            if errno:
                return errno
            errno, record = tls_rx_one_record(ctx)
            if record is None:
                self._failed()
                return errno
            stop = self._content_type(record)
            ctx.strp.tls_strp_msg_done()
            if stop is not None:
                self.rx_list.append(record)
                return stop
            if not self._copy(record) or self.peek:
                self.rx_list.append(record)
            if self.control != APPLICATION_DATA:
                break
        return 0

    def _failed(self) -> None:
        """tls_err_abort; the record is counted once, however often it is read."""
        sk = self.ctx.sk
        if sk.sk_err != EBADMSG:
            self.ctx.stats.failed += 1
            sk.emit("record_failed", sn=int(self.ctx.strp.record_start), rcd=self.ctx.rx.rec_seq)
        sk.sk_err = EBADMSG


def tls_sw_recvmsg(
    ctx: TlsContext, rx_list: deque[TlsRecord], length: int, cmsg: bool, peek: bool
) -> Msg:
    """Read at most ``length`` bytes; ``cmsg``: there is room for the record type."""
    return Read(ctx, rx_list, length, cmsg, peek).run()
