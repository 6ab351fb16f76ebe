# SPDX-License-Identifier: BSD-2-Clause
"""Records cut in slots as docs/engine.md says: the reference for what the cutter gives the crypto.

A packet holds a byte range of one or more records; `Cutter.piece` makes the slots of one range of
one record. A slot is what the range has of one group of the record's blocks (AAD block, text,
length block), and the tag bytes behind it where they fit. `Frame` puts the pieces of one packet
at their place in the frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.block.structs import SLOT, pack

BLOCK = 16
TAG_LEN = 16


@dataclass(frozen=True, slots=True)
class Slot:
    """`slot_t` field by field, most significant first, and what travels beside it."""

    flow: int = 0
    key: int = 0
    nonce: int = 0
    ctr: int = 0
    text_len: int = 0
    aad_len: int = 0
    head: bool = False
    text_from: int = 0
    text_bytes: int = 0
    length: bool = False
    tag: bool = False
    piece_end: bool = False
    exponent: int = 0
    check: bool = False
    pkt_end: bool = False
    ks_en: bool = True
    ks_start: int = 0
    ks_adv: int = 0
    ks_last: bool = False
    data: bytes = b""  # AAD block and text at their group bytes, else zero
    tag_data: bytes = b""  # tag bytes at their place in the tag, else zero
    wire: int = 0  # its first text byte (without text: its first byte) in the record; not in slot_t

    def pack(self) -> int:
        return pack(SLOT, **{name: getattr(self, name) for name, _ in SLOT})

    @property
    def word(self) -> int:
        return int.from_bytes(self.data, "little")

    @property
    def tag_word(self) -> int:
        return int.from_bytes(self.tag_data, "little")


@dataclass(frozen=True, slots=True)
class Record:
    """One record as on the wire: header (5 bytes, TLS 1.2: 13), ciphertext, tag."""

    key: bytes
    nonce: bytes
    aad: bytes  # 13 bytes make it a TLS 1.2 record, 5 a TLS 1.3 one; others are no TLS
    text: bytes  # ciphertext
    tag: bytes

    @classmethod
    def seal(cls, key: bytes, nonce: bytes, aad: bytes, plain: bytes) -> Record:
        sealed = AESGCM(key).encrypt(nonce, plain, aad)
        return cls(key, nonce, aad, sealed[:-TAG_LEN], sealed[-TAG_LEN:])

    @property
    def header_len(self) -> int:
        return 13 if len(self.aad) == 13 else 5

    @property
    def wire_len(self) -> int:
        return self.header_len + len(self.text) + TAG_LEN

    @property
    def length_block(self) -> int:
        """Index of the length block: behind the AAD block, 0, and the text."""
        return 1 + -(-len(self.text) // BLOCK)

    def keystream(self, start: int = 0, end: int | None = None) -> bytes:
        """Keystream of the text in wire bytes start..end-1."""
        sealed = AESGCM(self.key).encrypt(self.nonce, bytes(len(self.text)), b"")
        first = max(start - self.header_len, 0)
        last = max((self.wire_len if end is None else end) - self.header_len, 0)
        return sealed[: len(self.text)][first:last]


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts for one context: its numbers, and the width of the engine."""

    width: int  # bytes of a group, DataW / 8
    flow: int
    key: int
    ks_en: bool = True

    def filler(self) -> Slot:
        """A slot that holds nothing: keystream of beats without text, the end of a packet."""
        return Slot(flow=self.flow, key=self.key, ks_en=self.ks_en)

    def piece(self, record: Record, start: int, end: int, check: bool | None = None) -> list[Slot]:
        """Slots of wire bytes start..end-1; `check` defaults to: the record's last byte is in.

        There are none if the range ends inside the header: then there is nothing to hash yet.
        """
        text_start = record.header_len
        text_end = text_start + len(record.text)
        if end <= start or end < text_start:
            return []
        first, last = max(start, text_start) - text_start, min(end, text_end) - text_start
        slots = self._groups(record, start, first, last)
        if end > text_end:
            slots = self._with_tag(record, slots, max(start - text_end, 0), end - text_end)
        check = end == record.wire_len if check is None else check
        exponent = 0 if end > text_end else record.length_block - -(-last // BLOCK)
        slots[-1] = replace(slots[-1], piece_end=True, exponent=exponent, check=check)
        return slots

    def _groups(self, record: Record, start: int, first: int, last: int) -> list[Slot]:
        """The head, if `start` is in the header, and text bytes first..last-1."""
        slots = []
        if start < record.header_len:
            head = self._text(record, 0, min(last, self.width - BLOCK))
            data = record.aad.ljust(BLOCK, b"\0") + head.data[BLOCK:]
            wire = head.wire if head.text_bytes else start
            slots.append(replace(head, head=True, ctr=1, data=data, wire=wire))
            first = head.text_bytes
        while first < last:
            size = min(self.width - (first + BLOCK) % self.width, last - first)
            slots.append(self._text(record, first, first + size))
            first += size
        return slots

    def _text(self, record: Record, first: int, last: int) -> Slot:
        """Text bytes first..last-1, all of one group. Index 0 is the AAD's, so text begins at 1."""
        group, place = divmod(first + BLOCK, self.width)
        return replace(
            self._base(record),
            ctr=1 + group * (self.width // BLOCK),
            text_from=place if last > first else 0,
            text_bytes=last - first,
            data=bytes(place) + record.text[first:last],
            wire=record.header_len + first,
        )

    def _with_tag(self, record: Record, slots: list[Slot], first: int, last: int) -> list[Slot]:
        """Tag bytes first..last-1 join the last slot if a whole tag fits behind its text."""
        tag = {
            "tag": True,
            "length": first == 0,
            "tag_data": bytes(first) + record.tag[first:last],
        }
        if slots and text_end(slots[-1]) <= self.width - TAG_LEN:
            return [*slots[:-1], replace(slots[-1], **tag)]
        wire = record.header_len + len(record.text) + first
        return [*slots, replace(self._base(record), **tag, wire=wire)]

    def _base(self, record: Record) -> Slot:
        return Slot(
            flow=self.flow,
            key=self.key,
            nonce=int.from_bytes(record.nonce, "big"),
            text_len=len(record.text),
            aad_len=len(record.aad),
            ks_en=self.ks_en,
        )


def text_end(slot: Slot) -> int:
    """Group byte behind the slot's text; a head without text fills lane 0."""
    return slot.text_from + slot.text_bytes if slot.text_bytes else BLOCK


class Frame:
    """The slots of one packet whose payload starts at frame byte `first`.

    With keystream each text slot says where in the frame its bytes are, and fillers stand in for
    beats without text. Every packet with keystream or a piece ends in a slot with `pkt_end`.
    """

    def __init__(self, cutter: Cutter, first: int = 0) -> None:
        self.cutter = cutter
        self.at = first  # frame byte behind the last piece or skipped byte
        self._beat = first // cutter.width  # reached by the slots so far
        self._slots: list[Slot] = []
        self._trailing = cutter.ks_en  # bytes follow the last slot, or there is none yet

    def skip(self, size: int) -> None:
        """Bytes without crypto."""
        self.at += size
        self._trailing = self._trailing or size > 0

    def piece(self, record: Record, start: int, end: int, check: bool | None = None) -> None:
        slots = self.cutter.piece(record, start, end, check)
        for slot in slots:
            self._put(slot, self.at + slot.wire - start)
        self._trailing = not slots and (self._trailing or end > start)
        self.at += end - start

    def end(self) -> list[Slot]:
        """All slots; none if the packet has neither a piece nor keystream."""
        if not self._slots and not self.cutter.ks_en:
            return []
        last = (self.at - 1) // self.cutter.width
        self._reach(last)
        if self._trailing:
            self._slots.append(self.cutter.filler())
        ks_last = self.cutter.ks_en and last > self._beat
        return [*self._slots[:-1], replace(self._slots[-1], pkt_end=True, ks_last=ks_last)]

    def _put(self, slot: Slot, at: int) -> None:
        if self.cutter.ks_en:
            beat, place = divmod(at, self.cutter.width)
            self._reach(beat)
            start = place if slot.text_bytes else 0
            slot = replace(slot, ks_adv=beat - self._beat, ks_start=start)
            self._beat = beat
        self._slots.append(slot)

    def _reach(self, beat: int) -> None:
        """Fillers, until `beat` is at most the next one."""
        while self.cutter.ks_en and beat > self._beat + 1:
            self._slots.append(replace(self.cutter.filler(), ks_adv=1))
            self._beat += 1
            self._trailing = False


def one_piece(
    cutter: Cutter, record: Record, start: int, end: int, check: bool | None = None
) -> list[Slot]:
    """A packet with one range of one record in it."""
    frame = Frame(cutter)
    frame.piece(record, start, end, check)
    return frame.end()
