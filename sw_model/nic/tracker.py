# SPDX-License-Identifier: BSD-2-Clause
"""What one packet does to its context: docs/engine.md, "What the tracker decides".

This file is today's policy: in order only, software confirms. It decides from positions; records,
coverage and chains (``records``, ``context``) are the plumbing it uses.
"""

from __future__ import annotations

from sw_model.nic.context import NUMBER_MASK, Chain, Context
from sw_model.nic.faults import NicFaults
from sw_model.nic.layout import AuthState, TlsStatus, TrackState
from sw_model.nic.modes import ENGINE, NicModes
from sw_model.nic.records import SEQ_MASK, OpenRecord, header_bytes_missing
from sw_model.nic.search import Found, plausible, scan

FAR = 1 << 30  # farther away than any window: not looked at
MAX_OFFSET = 1 << 24  # hw_offset_record_number has 24 bits
# Attributes of an Enum are slow to look up; these are needed for every packet.
SEARCHING = TrackState.SEARCHING
START = TrackState.START
TRACKING = TrackState.TRACKING
OFFLOAD = AuthState.OFFLOAD
NO_OFFLOAD = AuthState.NO_OFFLOAD
AUTHENTICATION = AuthState.AUTHENTICATION


def distance(a: int, b: int) -> int:
    """a - b as a signed 32-bit number."""
    delta = (a - b) & SEQ_MASK
    return delta - (1 << 32) if delta & 0x8000_0000 else delta


class Outcome:
    """What became of one packet."""

    __slots__ = ("checks", "failed_marked", "lost", "markable", "pieces")

    def __init__(self) -> None:
        self.markable = False
        self.lost = False
        self.checks: list[bool] = []  # one for each record completed in it
        self.failed_marked = False  # bytes of a record that failed left DECRYPTED before
        self.pieces: list[bytes] = []  # of the payload as it would leave marked

    @property
    def plain(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def failed(self) -> bool:
        return False in self.checks

    @property
    def status(self) -> TlsStatus:
        if False in self.checks:
            return TlsStatus.AUTH_FAIL
        if self.lost:
            return TlsStatus.RESYNC
        return TlsStatus.DECRYPTED if self.markable else TlsStatus.NONE


class Walk:
    """One packet on its way through its context; use ``track_packet``.

    ``at`` is the index of the next payload byte; whatever moves it goes through ``take``.
    """

    __slots__ = ("at", "ctx", "data", "key", "key_serial", "out", "relock", "seq")

    def __init__(
        self, ctx: Context, seq: int, data: bytes, key: tuple[int, bytes], relock: int
    ) -> None:
        self.ctx, self.seq, self.data = ctx, seq, data
        self.key_serial, self.key = key
        self.relock = relock or MAX_OFFSET
        self.at = 0
        self.out = Outcome()

    def take(self, end: int, plain: bytes | None = None) -> None:
        """Go on to ``end``; the bytes on the way would leave as ``plain``, or as they came."""
        self.out.pieces.append(self.data[self.at : end] if plain is None else plain)
        self.at = end

    def run(self) -> None:
        """Walk the rest of the payload; every step takes at least one byte."""
        ctx, end = self.ctx, len(self.data)
        while self.at < end:
            if ctx.track is SEARCHING:
                self._search()
            elif ctx.records:
                self._record(ctx.records[0])
            else:
                self._header()

    def lose(self, carry: bytes = b"") -> None:
        """Tracking is lost; the packet says so to software."""
        self.out.lost = True
        self.ctx.stop_tracking(SEARCHING, carry)

    def _search(self) -> None:
        ctx = self.ctx
        window = ctx.carry + self.data[self.at :]
        found = scan(window, ctx.version)
        if not isinstance(found, Found):
            ctx.carry = found
            self.take(len(self.data))
            return
        first = self.at - len(ctx.carry) + found.at
        start = (self.seq + first) & SEQ_MASK
        ctx.track, ctx.carry = TRACKING, b""
        ctx.chain = Chain(hw_resync_tcp_sn=start)
        ctx.records = [OpenRecord(start, found.header, None)]
        self.take(first + len(found.header))

    def _header(self) -> None:
        ctx = self.ctx
        end = min(self.at + header_bytes_missing(ctx.header), len(self.data))
        ctx.header += self.data[self.at : end]
        self.take(end)
        if header_bytes_missing(ctx.header):
            return
        header, ctx.header = ctx.header, b""
        if not plausible(header, ctx.version):
            self.lose(carry=header[1:])
        elif not self._count_header():
            ctx.stop_tracking(SEARCHING, header[1:])
        else:
            start = (self.seq + self.at - len(header)) & SEQ_MASK
            number = ctx.chain.last_number if ctx.auth != NO_OFFLOAD else None
            ctx.records = [OpenRecord(start, header, number)]

    def _count_header(self) -> bool:
        """One more record of the chain; False when a candidate is too old to be confirmed."""
        chain = self.ctx.chain
        if self.ctx.auth != NO_OFFLOAD:
            assert chain.last_number is not None
            chain.last_number = (chain.last_number + 1) & NUMBER_MASK
            return True
        if chain.record_offset + 1 >= self.relock:
            return False
        chain.record_offset += 1
        return True

    def _record(self, record: OpenRecord) -> None:
        offset = distance(self.seq + self.at, record.start)
        piece = self.data[self.at : self.at + record.length - offset]
        size = len(piece)
        plain = None
        if record.number is not None:
            keys = self.ctx.keys(self.key)
            record.absorb(offset, piece)
            record.use_key(self.key_serial)
            plain = record.plain(keys, offset, piece)
            if record.coverage.total == record.length:
                good = record.verify(keys)
                self.out.checks.append(good)
                self.out.failed_marked |= record.marked and not good
        self.take(self.at + size, plain)
        if offset + size == record.length:
            self.ctx.records = []


def open_gap(walk: Walk, in_order_only: bool) -> None:
    """Bytes before this packet are missing."""
    ctx = walk.ctx
    if ctx.track == SEARCHING:
        ctx.carry = b""
        return
    left = distance(ctx.records[0].end, walk.seq) if ctx.records else -1
    if left < 0 or in_order_only:
        walk.lose()
    elif left == 0:
        ctx.records = []
    else:
        ctx.records[0].tear()


def settle_authentication(ctx: Context, out: Outcome) -> None:
    """A packet that completed records decides whether the confirmed number was right."""
    if not out.checks or out.lost:
        return
    if out.failed:
        ctx.stop_tracking(SEARCHING)
    else:
        ctx.auth = OFFLOAD


def track_packet(
    ctx: Context,
    seq: int,
    data: bytes,
    key: tuple[int, bytes],
    relock: int,
    faults: NicFaults,
    modes: NicModes = ENGINE,
) -> Outcome | None:
    """Move the context by one packet worth looking at; None: the packet changes nothing.

    ``key`` is the serial number and bytes of the context's key at this moment.
    """
    delta = distance(seq, ctx.expected)
    if faults.process_past_data and delta > -FAR and delta + len(data) <= 0:
        seq, delta = ctx.expected, 0
    if not -len(data) < delta < FAR or delta <= -FAR:
        return None
    walk = Walk(ctx, seq, data, key, relock)
    if delta > 0:
        open_gap(walk, modes.in_order_only)
    elif ctx.track == START:
        ctx.track, ctx.auth = TRACKING, OFFLOAD
    if delta < 0:
        walk.take(-delta)
    begun = ctx.auth
    if begun is OFFLOAD:
        walk.out.markable = delta == 0
        for record in ctx.records:
            if record.number is None:
                walk.out.markable = False
        if faults.mark_torn_record:
            walk.out.markable = delta >= 0
    walk.run()
    ctx.expected = (seq + len(data)) & SEQ_MASK
    if begun == AUTHENTICATION:
        settle_authentication(ctx, walk.out)
    return walk.out
