# SPDX-License-Identifier: BSD-2-Clause
"""Records cut in slots as docs/engine.md says: the reference for what the tracker gives the crypto.

A packet holds a byte range of one or more records. `cut_piece` makes the slots of one range of one
record, `skip` the slot of bytes that need no crypto. Bytes of a slot sit at their place in the
group (SlotText), in the AAD block (SlotAad) or in the tag (SlotTag); all other bytes are zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK = 16
TAG_LEN = 16
FIRST_COUNTER = 2


class Kind(IntEnum):
    AAD = 0
    TEXT = 1
    TAG = 2
    SKIP = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """`slot_t` field by field, most significant first, and the data that travels beside it."""

    kind: Kind
    flow: int = 0
    key: int = 0
    nonce: int = 0
    ctr: int = 0
    text_len: int = 0
    aad13: bool = False
    tag_first: bool = False
    piece_end: bool = False
    exponent: int = 0
    check: bool = False
    pkt_end: bool = False
    ks_en: bool = True
    ks_from: int = 0
    ks_start: int = 0
    ks_bytes: int = 0
    data: bytes = b""

    def pack(self) -> int:
        word = 0
        for name, width in WIDTHS:
            value = int(getattr(self, name))
            assert 0 <= value < 1 << width, f"{name} = {value} does not fit"
            word = word << width | value
        return word

    @property
    def word(self) -> int:
        return int.from_bytes(self.data, "little")


WIDTHS = [
    ("kind", 2),
    ("flow", 12),
    ("key", 12),
    ("nonce", 96),
    ("ctr", 32),
    ("text_len", 16),
    ("aad13", 1),
    ("tag_first", 1),
    ("piece_end", 1),
    ("exponent", 11),
    ("check", 1),
    ("pkt_end", 1),
    ("ks_en", 1),
    ("ks_from", 6),
    ("ks_start", 6),
    ("ks_bytes", 7),
]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as on the wire: header (5 bytes, TLS 1.2: 13), ciphertext, tag."""

    key: bytes
    nonce: bytes
    aad: bytes  # 13 bytes make it a TLS 1.2 record, 5 a TLS 1.3 one
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
    def blocks(self) -> int:
        """GHASH blocks: AAD, text, lengths."""
        return 2 + -(-len(self.text) // BLOCK)

    def keystream(self) -> bytes:
        """One byte for each wire byte: zero outside the text."""
        size = len(self.text)
        sealed = AESGCM(self.key).encrypt(self.nonce, bytes(size), b"")
        return bytes(self.header_len) + sealed[:size] + bytes(TAG_LEN)


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts for one context: its numbers, and the width of the engine."""

    width: int  # bytes of a beat, DataW / 8
    flow: int
    key: int
    ks_en: bool = True

    def skip(self, size: int) -> list[Slot]:
        """Bytes without crypto, a slot for at most a beat each."""
        sizes = [min(self.width, size - at) for at in range(0, size, self.width)]
        return [
            Slot(Kind.SKIP, flow=self.flow, key=self.key, ks_bytes=n, ks_en=self.ks_en)
            for n in sizes
        ]

    def piece(self, record: Record, start: int, end: int, check: bool | None = None) -> list[Slot]:
        """Slots of wire bytes start..end-1; `check` defaults to: the record's last byte is in."""
        head = record.header_len
        text_end = head + len(record.text)
        if end < head:  # the header is not complete: nothing to hash yet
            return self.skip(end - start)
        slots: list[Slot] = []
        if start < head:
            slots.append(self._aad(record, head - start))
        first, last = max(start - head, 0), min(end, text_end) - head
        slots += self._text(record, first, last)
        if end > text_end:
            slots.append(self._tag(record, max(start - text_end, 0), end - text_end))
        if not slots:
            return slots
        check = end == record.wire_len if check is None else check
        exponent = record.blocks - self._last_block(record, end)
        slots[-1] = replace(slots[-1], piece_end=True, exponent=exponent, check=check)
        return slots

    def _base(self, record: Record, kind: Kind) -> Slot:
        return Slot(
            kind,
            flow=self.flow,
            key=self.key,
            nonce=int.from_bytes(record.nonce, "big"),
            text_len=len(record.text),
            aad13=len(record.aad) == 13,
            ks_en=self.ks_en,
        )

    def _aad(self, record: Record, size: int) -> Slot:
        return replace(self._base(record, Kind.AAD), ks_bytes=size, data=record.aad)

    def _text(self, record: Record, first: int, last: int) -> list[Slot]:
        """Text bytes first..last-1, one slot for each group that they touch."""
        slots = []
        while first < last:
            group, place = divmod(first, self.width)
            size = min(self.width - place, last - first)
            slots.append(
                replace(
                    self._base(record, Kind.TEXT),
                    ctr=(FIRST_COUNTER + group * self.width // BLOCK) & 0xFFFF_FFFF,
                    ks_from=place,
                    ks_bytes=size,
                    data=bytes(place) + record.text[first : first + size],
                )
            )
            first += size
        return slots

    def _tag(self, record: Record, first: int, last: int) -> Slot:
        return replace(
            self._base(record, Kind.TAG),
            tag_first=first == 0,
            ks_bytes=last - first,
            data=bytes(first) + record.tag[first:last],
        )

    @staticmethod
    def _last_block(record: Record, end: int) -> int:
        """Number of the last GHASH block in front of byte `end`: the AAD is 1, the lengths last."""
        text = end - record.header_len
        if text > len(record.text):
            return record.blocks
        return 1 + -(-text // BLOCK)


def end_packet(slots: list[Slot]) -> list[Slot]:
    """The last slot of a packet says so."""
    return [*slots[:-1], replace(slots[-1], pkt_end=True)]
