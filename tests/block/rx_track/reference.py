# SPDX-License-Identifier: BSD-2-Clause
"""The tracker, byte by byte, as docs/engine.md "What the tracker decides" reads.

Written without a look at the engine's steps: no beats, no phases. It predicts descriptors, contexts
and, from the label that each byte gets, the slots.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

START, TRACKING, SEARCHING = 0, 1, 2
NO_OFFLOAD, OFFLOAD, AUTHENTICATION = 0, 1, 2
TAG = 16
MASK32, MASK64 = (1 << 32) - 1, (1 << 64) - 1


@dataclass
class Static:
    """Static parameters of a context."""

    tls13: bool
    key: int
    iv: bytes  # 12 bytes; TLS 1.2 uses the first 4
    number: int


@dataclass(eq=False)
class Record:
    """An open record."""

    start: int
    length: int  # with the 5 header bytes
    number: int
    whole: bool
    header: bytearray  # 5 bytes, or 13 with TLS 1.2's explicit nonce
    tls13: bool

    @property
    def header_len(self) -> int:
        return 5 if self.tls13 else 13

    @property
    def text_len(self) -> int:
        return self.length - self.header_len - TAG


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


@dataclass(frozen=True)
class Label:
    """What one payload byte is: "skip", "head" (of a whole record, not complete yet), "aad"
    (complete), "text" or "tag", and its index there."""

    kind: str
    record: Record | None = None
    index: int = 0


@dataclass(frozen=True)
class Slot:
    """What one packet has of one group of one record; `at` is the payload index of its first text
    byte. Fillers are not here: where the engine needs them is its own affair."""

    record: Record
    nonce: bytes
    ctr: int
    aad: bytes  # b"" but for the slot that starts the record
    at: int = 0
    text_from: int = 0
    text: bytes = b""
    length: bool = False
    tag_from: int = 0
    tag: bytes = b""
    piece_end: bool = False
    exponent: int = 0
    check: bool = False


@dataclass
class Piece:
    """What one packet has of one whole record: first payload index, index in the record, count."""

    record: Record
    head: bool = False
    text: tuple[int, int, int] = (0, 0, 0)
    tag: tuple[int, int, int] = (0, 0, 0)


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
        result.slots = self._slots(ctx, payload, labels)
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

    # ---- Slots ---------------------------------------------------------------------------------

    def _slots(self, ctx: Context, payload: bytes, labels: list[Label]) -> list[Slot]:
        assert ctx.static is not None
        pieces: list[Piece] = []
        for at, label in enumerate(labels):
            if label.record is None:
                continue
            if not pieces or pieces[-1].record is not label.record:
                pieces.append(Piece(label.record))
            piece = pieces[-1]
            if label.kind == "aad":
                piece.head = True
            elif label.kind == "text":
                first, index, count = piece.text if piece.text[2] else (at, label.index, 0)
                piece.text = (first, index, count + 1)
            else:
                first, index, count = piece.tag if piece.tag[2] else (at, label.index, 0)
                piece.tag = (first, index, count + 1)
        slots = [self._cut(ctx.static, payload, piece) for piece in pieces]
        return [slot for piece in slots for slot in piece]

    def _cut(self, static: Static, payload: bytes, piece: Piece) -> list[Slot]:
        """A slot for each group with text, or the AAD; the tag joins the last if it has room."""
        record, slots = piece.record, []
        at, index, left = piece.text
        nonce, width = self._nonce(static, record), self.width
        if piece.head:
            slots.append(Slot(record, nonce, 1, self._aad(record)))
        while left:
            group, place = divmod(index + 16, width)
            count = min(left, width - place)
            if slots and group == 0:
                slots.pop()
            slots.append(
                Slot(
                    record,
                    nonce,
                    1 + group * width // 16,
                    self._aad(record) if piece.head and group == 0 else b"",
                    at,
                    place,
                    payload[at : at + count],
                )
            )
            at, index, left = at + count, index + count, left - count
        first, tag_from, count = piece.tag
        if count:
            end = 0
            if slots:
                end = slots[-1].text_from + len(slots[-1].text) if slots[-1].text else 16
            if not slots or end > width - 16:
                slots.append(Slot(record, nonce, 0, b""))
            tag = payload[first : first + count]
            slots[-1] = replace(slots[-1], length=tag_from == 0, tag_from=tag_from, tag=tag)
        blocks = -(-record.text_len // 16)
        if count:
            exponent = 0
        elif piece.text[2]:
            exponent = blocks - (piece.text[1] + piece.text[2] - 1) // 16
        else:
            exponent = blocks + 1
        complete = bool(count) and tag_from + count == TAG
        slots[-1] = replace(slots[-1], piece_end=True, exponent=exponent, check=complete)
        return slots

    def _nonce(self, static: Static, record: Record) -> bytes:
        if not static.tls13:
            return static.iv[:4] + bytes(record.header[5:13])
        number = record.number.to_bytes(12, "big")
        return bytes(a ^ b for a, b in zip(static.iv, number, strict=True))

    def _aad(self, record: Record) -> bytes:
        if record.tls13:
            return bytes(record.header[:5])
        text_len = record.text_len.to_bytes(2, "big")
        return record.number.to_bytes(8, "big") + bytes(record.header[:3]) + text_len
