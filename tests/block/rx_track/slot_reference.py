# SPDX-License-Identifier: BSD-2-Clause
"""The slots of a packet, from the label that each of its payload bytes got."""

from __future__ import annotations

from dataclasses import dataclass, replace

TAG = 16


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


class Cutter:
    """Cuts a packet's labelled bytes for one context."""

    def __init__(self, static: Static, width: int) -> None:
        self.static, self.width = static, width  # width: bytes of a group of blocks

    def slots(self, payload: bytes, labels: list[Label]) -> list[Slot]:
        """The slots of one packet, in order."""
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
        slots = [self._cut(payload, piece) for piece in pieces]
        return [slot for piece in slots for slot in piece]

    def _cut(self, payload: bytes, piece: Piece) -> list[Slot]:
        """A slot for each group with text, or the AAD; the tag joins the last if it has room."""
        record, slots = piece.record, []
        at, index, left = piece.text
        nonce, width = self._nonce(record), self.width
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

    def _nonce(self, record: Record) -> bytes:
        static = self.static
        if not static.tls13:
            return static.iv[:4] + bytes(record.header[5:13])
        number = record.number.to_bytes(12, "big")
        return bytes(a ^ b for a, b in zip(static.iv, number, strict=True))

    def _aad(self, record: Record) -> bytes:
        if record.tls13:
            return bytes(record.header[:5])
        text_len = record.text_len.to_bytes(2, "big")
        return record.number.to_bytes(8, "big") + bytes(record.header[:3]) + text_len
