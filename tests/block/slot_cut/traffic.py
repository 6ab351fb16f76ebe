# SPDX-License-Identifier: BSD-2-Clause
"""Packets of records, and what the record walk would say of them: packets, pieces and moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.block.structs import pack

BEATS = 1 << 12  # beat numbers are modulo this

PKT = (
    ("walk", 1), ("ks", 1), ("tls13", 1), ("flow", 12), ("key", 12), ("base", 12), ("next", 12),
    ("first", 16), ("last", 16),
)  # fmt: skip
PIECE = (
    ("last", 1), ("crypto", 1), ("head", 1), ("pos", 16), ("text_pos", 15), ("text_n", 15),
    ("tag_n", 5), ("tag_from", 4), ("text_len", 15), ("nonce", 96), ("aad", 128),
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """A record on the wire: header (with TLS 1.2's explicit nonce), text, tag."""

    tls13: bool
    header: bytes
    text: bytes
    tag: bytes
    nonce: int
    aad: bytes
    whole: bool = True  # else the walk knows no number for it: it is moved over

    @property
    def wire(self) -> bytes:
        return self.header + self.text + self.tag


def make_record(rng: Random, tls13: bool, size: int, whole: bool = True) -> Record:
    """A record with `size` bytes of text; its content is random, the cutter does not look at it."""
    aad = rng.randbytes(5 if tls13 else 13)
    header = rng.randbytes(5 if tls13 else 13)
    nonce = rng.getrandbits(96)
    return Record(tls13, header, rng.randbytes(size), rng.randbytes(16), nonce, aad, whole)


@dataclass
class Piece:
    """What a packet has of a whole record: text[a:b] and tag[c:d]; or a move."""

    pos: int
    record: Record | None = None
    head: bool = False
    text: tuple[int, int] = (0, 0)
    tag: tuple[int, int] = (0, 0)
    last: bool = False

    def word(self, rng: Random) -> int:
        """As the walk packs it; fields that mean nothing are noise."""
        values = {name: rng.getrandbits(bits) for name, bits in PIECE}
        values |= {"last": self.last, "crypto": self.record is not None, "pos": self.pos}
        if self.record:
            text_n, tag_n = self.text[1] - self.text[0], self.tag[1] - self.tag[0]
            values |= {
                "head": self.head,
                "text_n": text_n,
                "tag_n": tag_n,
                "text_len": len(self.record.text),
                "nonce": self.record.nonce,
                "aad": int.from_bytes(self.record.aad, "little"),
            }
            if text_n:
                values["text_pos"] = self.text[0]
            if tag_n:
                values["tag_from"] = self.tag[0]
        return pack(PIECE, **values)


@dataclass
class Packet:
    """A frame and its pieces; without pieces it is passed."""

    frame: bytes
    first: int = 0
    last: int = 0
    pieces: list[Piece] = field(default_factory=list)
    ks: bool = False
    tls13: bool = False
    flow: int = 0
    key: int = 0
    base: int = 0  # set when the list of packets is complete

    def beats(self, width: int) -> list[int]:
        padded = self.frame + bytes(-len(self.frame) % width)
        return [
            int.from_bytes(padded[i : i + width], "little") for i in range(0, len(padded), width)
        ]

    def next(self, width: int) -> int:
        return self.base + -(-len(self.frame) // width)

    def word(self, width: int) -> int:
        values = {
            "walk": bool(self.pieces),
            "ks": self.ks,
            "tls13": self.tls13,
            "flow": self.flow,
            "key": self.key,
            "base": self.base % BEATS,
            "next": self.next(width) % BEATS,
            "first": self.first,
            "last": self.last,
        }
        return pack(PKT, **values)

    def crypto(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.record]

    def has_slots(self) -> bool:
        return bool(self.pieces) and (self.ks or bool(self.crypto()))

    def word_beats(self, width: int) -> range:
        """Numbers of the beats that have a keystream word."""
        if not self.pieces or not self.ks:
            return range(0)
        return range(self.base + self.first // width, self.base + self.last // width + 1)

    def words(self, width: int) -> list[int]:
        """Keystream words, the keystream being the text itself."""
        row = bytearray(len(self.frame) + width)
        for piece in self.crypto():
            start, size = piece.pos, piece.text[1] - piece.text[0]
            row[start : start + size] = self.frame[start : start + size]
        places = [(beat - self.base) * width for beat in self.word_beats(width)]
        return [int.from_bytes(row[at : at + width], "little") for at in places]


def number_beats(packets: list[Packet], width: int, base: int = 0) -> None:
    for packet in packets:
        packet.base = base
        base = packet.next(width)


@dataclass
class Flow:
    """A byte stream of records, cut into packets."""

    rng: Random
    tls13: bool
    sizes: tuple[int, int]
    unwhole: float = 0.0  # share of records that are moved over
    moves: float = 0.0  # moves that nothing needs
    number: int = 0
    key: int = 0
    record: Record | None = None
    done: int = 0  # bytes of it that earlier packets had

    def packet(self, size: int, ks: bool, head: int = 54, pad: int = 0) -> Packet:
        """The next `size` bytes of the stream, `head` bytes behind the frame's first byte."""
        rng = self.rng
        payload, pieces = b"", []
        while len(payload) < size:
            if self.record is None:
                text = rng.randint(*self.sizes)
                self.record = make_record(rng, self.tls13, text, rng.random() >= self.unwhole)
                self.done = 0
            record, start = self.record, self.done
            end = min(len(record.wire), start + size - len(payload))
            piece = self._piece(record, start, end, head + len(payload))
            payload += record.wire[start:end]
            self.done = end
            if end == len(record.wire):
                self.record = None
            if piece:
                if rng.random() < self.moves:
                    pieces.append(Piece(piece.pos))
                pieces.append(piece)
        last = head + len(payload) - 1
        if rng.random() < self.moves:  # nothing needs to be said of what follows the last piece
            while len(pieces) > 1 and pieces[-1].record is None:
                pieces.pop()
        if not pieces or rng.random() < self.moves:
            pieces.append(Piece(last + 1))
        pieces[-1].last = True
        frame = rng.randbytes(head) + payload + rng.randbytes(pad)
        return Packet(frame, head, last, pieces, ks, self.tls13, self.number, self.key)

    def _piece(self, record: Record, start: int, end: int, pos: int) -> Piece | None:
        """Bytes start..end of the record, which begin at frame byte `pos`."""
        if not record.whole:
            return Piece(pos + end - start)
        body, tag = len(record.header), len(record.header) + len(record.text)
        head = start < body <= end
        if end < body or (end == body and not head):
            return None
        begin = max(start, body)
        text = (begin - body, min(end, tag) - body) if begin < tag else (0, 0)
        tags = (max(begin, tag) - tag, end - tag) if end > tag else (0, 0)
        return Piece(pos + begin - start, record, head, text, tags)


def flows(rng: Random, count: int, sizes: tuple[int, int], odd: float = 0.0) -> list[Flow]:
    """TLS 1.2 and 1.3 in turn; `odd` is the share of records to move over, and of idle moves."""
    return [
        Flow(rng, bool(i & 1), sizes, odd, odd, rng.getrandbits(12), rng.getrandbits(12))
        for i in range(count)
    ]
