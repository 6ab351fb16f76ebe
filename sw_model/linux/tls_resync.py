# SPDX-License-Identifier: BSD-2-Clause
"""The three ways in which a device gets back into step (net/tls/tls_device.c, include/net/tls.h).

A driver chooses its type when it adds a connection (tls_offload_rx_resync_set_type). Software looks
at each record header as it is parsed (``new_rec``) and at each record as it is read (``encrypted``,
``touched``); when it has something to say it calls the driver with (sequence, record number).

DRIVER_REQ: the driver names the LAST byte of a presumed header; each new header is compared.
CORE_NEXT_HINT: after 3, 5, 9 .. records not decrypted software names the next header unasked.
DRIVER_REQ_ASYNC: the driver first gives the range of a packet and later a header's position; that
is compared with the headers logged in between, then with each new one.
"""

from __future__ import annotations

from enum import IntEnum

from sw_model.linux.bugs import NO_BUGS, Bugs
from sw_model.linux.tls import REC_SEQ_MASK, TLS_HEADER_SIZE
from sw_model.wire.seq import MASK, SeqNum

TLS_DEVICE_RESYNC_NH_START_IVAL = 2
TLS_DEVICE_RESYNC_NH_MAX_IVAL = 128
TLS_DEVICE_RESYNC_ASYNC_LOGMAX = 13
USHRT_MAX = 0xFFFF
RESYNC_REQ = 1 << 0
RESYNC_REQ_ASYNC = 1 << 1

Confirm = tuple[SeqNum, int]  # sequence number and record number for the driver


class SyncType(IntEnum):
    """enum tls_offload_sync_type."""

    DRIVER_REQ = 0
    CORE_NEXT_HINT = 1
    DRIVER_REQ_ASYNC = 2


class Resync:
    """What the types have in common: by default nothing happens."""

    sync_type: SyncType

    def new_rec(self, seq: SeqNum, rcd_len: int, rcd_sn: int, inq: int) -> Confirm | None:
        """tls_device_rx_resync_new_rec: a header was parsed. ``inq``: bytes queued from the
        record's start on."""
        return None

    def encrypted(self, seq: SeqNum, rcd_len: int, rcd_sn: int, inq: int) -> Confirm | None:
        """tls_device_core_ctrl_rx_resync: a record that the device did not touch is read."""
        return None

    def touched(self) -> None:
        """resync_nh_reset: the device touched the record that is read."""


class DriverReq(Resync):
    """TLS_OFFLOAD_SYNC_TYPE_DRIVER_REQ. The request word is (sequence << 32) | RESYNC_REQ."""

    sync_type = SyncType.DRIVER_REQ

    def __init__(self) -> None:
        self.resync_req = 0

    def request(self, seq: int) -> None:
        """tls_offload_rx_resync_request: ``seq`` is the last byte of a presumed header."""
        self.resync_req = (seq & MASK) << 32 | RESYNC_REQ

    def new_rec(self, seq: SeqNum, rcd_len: int, rcd_sn: int, inq: int) -> Confirm | None:
        last = seq + (TLS_HEADER_SIZE - 1)
        if not self.resync_req or self.resync_req >> 32 != int(last):
            return None
        self.resync_req = 0
        return last, rcd_sn


class CoreNextHint(Resync):
    """TLS_OFFLOAD_SYNC_TYPE_CORE_NEXT_HINT."""

    sync_type = SyncType.CORE_NEXT_HINT

    def __init__(self, bugs: Bugs = NO_BUGS) -> None:
        self._bugs = bugs
        self.nh_reset = True
        self.nh_do_now = False
        self.decrypted_failed = 0
        self.decrypted_tgt = 0

    def touched(self) -> None:
        self.nh_reset = True

    def encrypted(self, seq: SeqNum, rcd_len: int, rcd_sn: int, inq: int) -> Confirm | None:
        if self.nh_do_now:
            return None
        if self.nh_reset:
            self.nh_reset = False
            self.decrypted_failed = 1
            self.decrypted_tgt = TLS_DEVICE_RESYNC_NH_START_IVAL
            return None
        self.decrypted_failed += 1
        if self.decrypted_failed <= self.decrypted_tgt:
            return None
        if self.decrypted_tgt < TLS_DEVICE_RESYNC_NH_MAX_IVAL:
            self.decrypted_tgt *= 2
        else:
            self.decrypted_tgt += TLS_DEVICE_RESYNC_NH_MAX_IVAL
        if inq > rcd_len:  # the head of the next record is here: leave it to the parser
            self.nh_do_now = True
            return None
        at = seq if self._bugs.hint_copied_seq else seq + rcd_len
        return at, (rcd_sn + 1) & REC_SEQ_MASK

    def new_rec(self, seq: SeqNum, rcd_len: int, rcd_sn: int, inq: int) -> Confirm | None:
        if not self.nh_do_now or inq > rcd_len:
            return None
        self.nh_do_now = False
        return seq + rcd_len, (rcd_sn + 1) & REC_SEQ_MASK


class DriverReqAsync(Resync):
    """TLS_OFFLOAD_SYNC_TYPE_DRIVER_REQ_ASYNC. ``req`` is (sequence << 32) | (length << 16) | bits.

    ``log``: headers in the packet that asked. ``rcd_delta``: headers since, so that the number of
    log entry i is the present number - (rcd_delta - i).
    """

    sync_type = SyncType.DRIVER_REQ_ASYNC

    def __init__(self, bugs: Bugs = NO_BUGS) -> None:
        self._bugs = bugs
        self.req = 0
        self.log: list[SeqNum] = []
        self.rcd_delta = 0
        self.warned = False  # WARN_ON_ONCE

    # ---- the driver's calls ----

    def start(self, seq: int, length: int) -> None:
        """tls_offload_rx_resync_async_request_start."""
        shifted = (length & 0xFFFF) << 16
        if self._bugs.async_sign_extension and shifted & 0x8000_0000:
            shifted |= MASK << 32
        self.req = (seq & MASK) << 32 | shifted | RESYNC_REQ | RESYNC_REQ_ASYNC
        self._reset_log()

    def end(self, seq: int) -> None:
        """tls_offload_rx_resync_async_request_end: the position the device holds."""
        self.req = (seq & MASK) << 32 | RESYNC_REQ

    def cancel(self) -> None:
        """tls_offload_rx_resync_async_request_cancel; what was logged is not counted on."""
        self.req = 0
        if not self._bugs.async_cancel_keeps_log:
            self._reset_log()

    # ---- software ----

    def new_rec(self, seq: SeqNum, rcd_len: int, rcd_sn: int, inq: int) -> Confirm | None:
        if not self.req:
            return None
        if self.req & RESYNC_REQ_ASYNC:
            self._log(seq)
            return None
        return self._match(seq, rcd_sn)

    def _log(self, seq: SeqNum) -> None:
        """The asynchronous stage: the device has not answered yet."""
        if self.rcd_delta == USHRT_MAX:
            self.warned = True
            if not self._bugs.async_endless:
                self.cancel()
            return
        req_seq = SeqNum(self.req >> 32)
        if seq < req_seq:
            return
        room = len(self.log) < TLS_DEVICE_RESYNC_ASYNC_LOGMAX
        if seq <= req_seq + (self.req >> 16 & 0xFFFF) and room:
            self.log.append(seq)
        self.rcd_delta += 1

    def _match(self, seq: SeqNum, rcd_sn: int) -> Confirm | None:
        """The synchronous stage: headers logged first, once; then this one and all that follow."""
        want = SeqNum(self.req >> 32)
        if want in self.log:
            delta = self.rcd_delta - self.log.index(want)
            if self._bugs.async_wrong_number:
                delta = 0
            self.req = 0
            self._reset_log()
            return want, (rcd_sn - delta) & REC_SEQ_MASK
        self._reset_log()
        if int(want) != int(seq):
            return None
        self.req = 0
        return seq, rcd_sn

    def _reset_log(self) -> None:
        self.log = []
        self.rcd_delta = 0


def make_resync(kind: SyncType, bugs: Bugs = NO_BUGS) -> Resync:
    """tls_offload_rx_resync_set_type."""
    if kind is SyncType.DRIVER_REQ:
        return DriverReq()
    return CoreNextHint(bugs) if kind is SyncType.CORE_NEXT_HINT else DriverReqAsync(bugs)
