# SPDX-License-Identifier: BSD-2-Clause
"""A driver in the manner of libxlio (sockinfo_ulp.cpp), the vendor's TCP in user space.

Not one of Linux' resync types: the numbers of the latest headers are kept, whatever was asked and
when, and any position among them can be confirmed. A position ahead of the parser waits for it; one
that was passed without being a header is a false lock. While there is no answer to be had, each
packet that comes up not decrypted asks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sw_model.linux.bugs import NO_BUGS, Bugs
from sw_model.linux.host import LinuxHost
from sw_model.linux.hw_ctx import HwContext, ok
from sw_model.linux.netdev import TlsNetDevice, driver_state
from sw_model.linux.skbuff import SkBuff
from sw_model.linux.sock import Sock
from sw_model.linux.tls_resync import Confirm, Resync
from sw_model.nic.layout import AuthState, Completion, PktMeta, TlsStatus, TrackState
from sw_model.wire.frame import ParsedFrame
from sw_model.wire.seq import SeqNum

HISTORY = 256  # headers


class HeaderHistory(Resync):
    """The latest headers and what the hardware waits for."""

    def __init__(self, bugs: Bugs = NO_BUGS) -> None:
        self._bugs = bugs
        self._numbers: dict[SeqNum, int] = {}
        self._last: SeqNum | None = None
        self.ahead: SeqNum | None = None  # position the parser has not reached

    def new_rec(self, seq: SeqNum, rcd_len: int, rcd_sn: int, inq: int) -> Confirm | None:
        self._numbers[seq] = rcd_sn
        self._last = seq
        if len(self._numbers) > HISTORY:
            del self._numbers[next(iter(self._numbers))]
        found = self.lookup(self.ahead) if self.ahead is not None else None
        if found is not None or (self.ahead is not None and self.ahead < seq):
            self.ahead = None
        return found

    def lookup(self, seq: SeqNum) -> Confirm | None:
        """The number of the header at ``seq``, if there was one."""
        number = self._numbers.get(seq)
        if number is None or (number == 0 and self._bugs.xlio_zero_is_unknown):
            return None
        return seq, number

    def answer(self, seq: SeqNum) -> Confirm | None:
        """The hardware holds ``seq``: confirm it, or wait if software has not come so far."""
        found = self.lookup(seq)
        if found is None and (self._last is None or seq > self._last):
            self.ahead = seq
        return found


@dataclass(slots=True)
class XlioStats:
    """Counters, each with ``rx_`` in front."""

    tls_decrypted_packets: int = 0
    tls_decrypted_bytes: int = 0
    tls_resync_requested: int = 0
    tls_resync_confirmed: int = 0
    tls_resync_false_lock: int = 0
    tls_err: int = 0


@dataclass(slots=True)
class XlioPriv:
    """One connection. ``wanted``: the hardware lost its place and has not been helped yet."""

    hw: HwContext
    resync: HeaderHistory
    wanted: bool = False
    psv_pending: bool = False


class Xlio(TlsNetDevice):
    """One interface."""

    def __init__(
        self,
        host: LinuxHost,
        post_command: Callable[[bytes], None],
        name: str = "eth0",
        **device: Any,
    ) -> None:
        super().__init__(host, post_command, name, **device)
        self.stats: XlioStats = XlioStats()

    def new_priv(self, sk: Sock, hw: HwContext) -> XlioPriv:
        return XlioPriv(hw, HeaderHistory(self.host.bugs))

    def handle_rx_skb(self, frame: ParsedFrame, skb: SkBuff, meta: PktMeta) -> None:
        """The code counts even if TCP drops the packet that carries it."""
        self.mark(skb, meta.tls_status)
        if meta.tls_status is TlsStatus.DECRYPTED:
            self.stats.tls_decrypted_packets += 1
            self.stats.tls_decrypted_bytes += len(skb.data)
            return
        self.stats.tls_err += meta.tls_status is TlsStatus.AUTH_FAIL
        sk = self.lookup(frame)
        priv: XlioPriv | None = driver_state(sk.tls) if sk is not None else None
        if priv is None:
            return
        if meta.tls_status is TlsStatus.RESYNC:
            self.stats.tls_resync_requested += 1
            priv.wanted, priv.resync.ahead = True, None
        if priv.wanted and not priv.psv_pending and priv.resync.ahead is None:
            priv.psv_pending = not priv.hw.get_psv(lambda cpl: self._psv_completed(priv, cpl))

    def _psv_completed(self, priv: XlioPriv, cpl: Completion | None) -> None:
        priv.psv_pending = False
        if cpl is None or not ok(cpl) or priv.hw.deleting:
            return
        psv = cpl.progress
        if psv.auth is not AuthState.NO_OFFLOAD:
            priv.wanted = False  # helped already
        if psv.track is not TrackState.TRACKING or psv.auth is not AuthState.NO_OFFLOAD:
            priv.hw.event("not_tracking", state=psv.track << 6 | psv.auth << 4)
            return
        priv.hw.event("resync_req_end", sn=psv.hw_resync_tcp_sn)
        found = priv.resync.answer(SeqNum(psv.hw_resync_tcp_sn))
        if found is not None:
            self._confirm(priv, *found)
        elif priv.resync.ahead is None:
            self.stats.tls_resync_false_lock += 1

    def tls_dev_resync(self, sk: Sock, seq: SeqNum, rcd_sn: int) -> None:
        """The parser reached the position that the hardware holds."""
        priv: XlioPriv | None = driver_state(sk.tls)
        if priv is not None:
            self._confirm(priv, seq, rcd_sn)

    def _confirm(self, priv: XlioPriv, seq: SeqNum, rcd_sn: int) -> None:
        if priv.hw.confirm(int(seq), rcd_sn):
            return  # no room: the next packet asks again
        priv.wanted = False
        self.stats.tls_resync_confirmed += 1
        priv.hw.event("confirm", sn=int(seq), rcd=rcd_sn)
