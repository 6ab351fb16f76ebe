# SPDX-License-Identifier: BSD-2-Clause
"""The tracker, byte by byte, as docs/engine.md "What the tracker decides" reads.

Written without a look at the engine's steps: no beats, no phases. It predicts descriptors, contexts
and the label that each byte gets; ``slot_reference`` makes the slots of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.block.rx_track.slot_reference import Cutter, Label, Record, Slot, Static

START, TRACKING, SEARCHING = 0, 1, 2
NO_OFFLOAD, OFFLOAD, AUTHENTICATION = 0, 1, 2
MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1


@dataclass
class Context:
    """A flow."""

    static: Static | None = None
    running: bool = False
    track: int = START
    auth: int = NO_OFFLOAD
    expected: int = 0
    held: bytearray = field(default_factory=bytearray)  # header bytes, or the scan's carry
    record: Record | None = None
    number: int = 0  # of the current or last record
    resync_sn: int = 0
    record_offset: int = 0

    def psv(self) -> tuple[int, int, int, int, int]:
        """next_record_tcp_sn, hw_resync_tcp_sn, track, auth, record_offset."""
        if not self.running:
            return (0, 0, 0, 0, 0)
        following = self.expected
        if self.track == TRACKING and self.record:
            following = (self.record.start + self.record.length) & MASK32
        elif self.track == TRACKING:
            following = (self.expected - len(self.held)) & MASK32
        return (following, self.resync_sn, self.track, self.auth, self.record_offset)


@dataclass
class Result:
    """What the tracker says of a packet."""

    markable: bool = False
    lost: bool = False
    ks: bool = False
    slots: list[Slot] = field(default_factory=list)
    flow: int = 0
    locks: int = 0
    checks: int = 0
    settle: bool = False  # the context waits for this packet's verdict

    @property
    def verdict(self) -> bool:
        """The crypto is to say something of this packet."""
        return self.ks or bool(self.slots)


def signed(x: int) -> int:
    x &= MASK32
    return x - (1 << 32) if x >> 31 else x


def plausible(header: bytes | bytearray, tls13: bool) -> bool:
    length = header[3] << 8 | header[4]
    if header[1:3] != b"\x03\x03":
        return False
    if tls13:
        return header[0] == 23 and 17 <= length <= 16401
    return 20 <= header[0] <= 23 and 24 <= length <= 16408


class Tracker:
    """All contexts, and the rules."""

    def __init__(self, width: int, relock_records: int = 4096) -> None:
        self.width = width  # bytes of a group of blocks
        self.relock = relock_records or 1 << 24
        self.contexts: dict[int, Context] = {}

    def context(self, flow: int) -> Context:
        return self.contexts.setdefault(flow, Context())

    # ---- Commands ------------------------------------------------------------------------------

    def set_static(self, flow: int, static: Static, resync_sn: int = 0) -> bool | None:
        """True: confirmed. False: ignored confirmation. None: stored."""
        ctx = self.context(flow)
        if not ctx.running:
            ctx.static = static
            return None
        if (ctx.track, ctx.auth, ctx.resync_sn) != (TRACKING, NO_OFFLOAD, resync_sn):
            return False
        ctx.auth = AUTHENTICATION
        ctx.number = (static.number + ctx.record_offset) & MASK64
        return True

    def set_psv(self, flow: int, next_sn: int) -> None:
        static = self.context(flow).static
        if static:
            self.contexts[flow] = Context(
                static, running=True, expected=next_sn, number=(static.number - 1) & MASK64
            )

    def destroy(self, flow: int) -> None:
        self.contexts.pop(flow, None)

    # ---- Packets -------------------------------------------------------------------------------

    def packet(self, flow: int, tcp_seq: int, payload: bytes) -> Result:
        """A packet that is worth a look (good TCP with payload and a flow)."""
        ctx, result = self.context(flow), Result(flow=flow)
        delta = signed(tcp_seq - ctx.expected)
        if not ctx.running or delta + len(payload) <= 0 or abs(delta) >= 1 << 30:
            return result
        if delta > 0:
            result.lost = self._gap(ctx, tcp_seq)
        elif ctx.track == START:
            ctx.track, ctx.auth = TRACKING, OFFLOAD
        offload = ctx.track == TRACKING and ctx.auth == OFFLOAD
        result.ks = delta == 0 and offload and (ctx.record is None or ctx.record.whole)
        skip = max(0, -delta)
        labels = [Label("past")] * skip
        for i in range(skip, len(payload)):
            self._byte(ctx, payload[i], (tcp_seq + i) & MASK32, labels, result)
        ctx.expected = (tcp_seq + len(payload)) & MASK32
        result.markable = result.ks and not result.lost
        assert ctx.static is not None
        result.slots = Cutter(ctx.static, self.width).slots(payload, labels)
        result.checks = sum(slot.check for slot in result.slots)
        result.settle = ctx.auth == AUTHENTICATION and result.checks > 0
        return result

    def verdict(self, result: Result, ok: bool) -> None:
        """The verdict of a packet with slots: it moves only AUTHENTICATION."""
        ctx = self.context(result.flow)
        if result.settle and ok:
            ctx.auth = OFFLOAD
        elif result.settle:
            self._search(ctx, bytearray())

    def _gap(self, ctx: Context, tcp_seq: int) -> bool:
        """Bytes are missing before tcp_seq; True if tracking is lost by it."""
        if ctx.track == SEARCHING:
            ctx.held.clear()
            return False
        record = ctx.record
        left = signed(record.start + record.length - tcp_seq) if record else -1
        if record is None or left < 0:
            self._search(ctx, bytearray())
            return True
        record.whole = False
        if left == 0:
            ctx.record = None
            ctx.held.clear()
        return False

    def _search(self, ctx: Context, carry: bytearray) -> None:
        ctx.track, ctx.auth, ctx.record, ctx.held = SEARCHING, NO_OFFLOAD, None, carry

    def _byte(self, ctx: Context, byte: int, seq: int, labels: list[Label], result: Result) -> None:
        if ctx.record is not None:
            labels.append(self._record_byte(ctx, ctx.record, byte, seq, labels))
            return
        ctx.held.append(byte)
        labels.append(Label("skip" if ctx.auth == NO_OFFLOAD else "head"))
        if len(ctx.held) < 5:
            return
        assert ctx.static is not None
        good = plausible(ctx.held, ctx.static.tls13)
        if ctx.track == SEARCHING and not good:
            del ctx.held[0]
            return
        if ctx.track == TRACKING and not good:
            result.lost = True
            self._search(ctx, ctx.held[1:])
        elif ctx.track == TRACKING and ctx.auth == NO_OFFLOAD:
            if ctx.record_offset + 1 >= self.relock:
                self._search(ctx, ctx.held[1:])
            else:
                ctx.record_offset += 1
                self._open(ctx, seq, labels)
        else:
            if ctx.track == SEARCHING:
                result.locks += 1
                ctx.track, ctx.resync_sn, ctx.record_offset = TRACKING, (seq - 4) & MASK32, 0
            self._open(ctx, seq, labels)

    def _open(self, ctx: Context, seq: int, labels: list[Label]) -> None:
        """The five bytes held are a good header that ends at seq."""
        assert ctx.static is not None
        whole = ctx.auth != NO_OFFLOAD
        if whole:
            ctx.number = (ctx.number + 1) & MASK64
        length = (ctx.held[3] << 8 | ctx.held[4]) + 5
        start = (seq - 4) & MASK32
        ctx.record = Record(start, length, ctx.number, whole, ctx.held, ctx.static.tls13)
        ctx.held = bytearray()
        if whole and ctx.static.tls13:
            self._complete(ctx.record, labels)

    def _complete(self, record: Record, labels: list[Label]) -> None:
        """Header (and nonce) are there: its bytes in this packet become one slot."""
        i = len(labels) - 1
        while i >= 0 and labels[i].kind == "head":
            labels[i] = Label("aad", record)
            i -= 1

    def _record_byte(
        self, ctx: Context, record: Record, byte: int, seq: int, labels: list[Label]
    ) -> Label:
        pos = (seq - record.start) & MASK32
        if pos == record.length - 1:
            ctx.record = None
        if not record.whole:
            return Label("skip")
        if pos < record.header_len:
            record.header.append(byte)
            if pos < record.header_len - 1:
                return Label("head")
            labels.append(Label("head"))
            self._complete(record, labels)
            return labels.pop()
        if pos < record.header_len + record.text_len:
            return Label("text", record, pos - record.header_len)
        return Label("tag", record, pos - record.header_len - record.text_len)
