# SPDX-License-Identifier: BSD-2-Clause
"""A text under AES-GCM cut in slots, as hdl/tls_rx_pkg.sv describes ``slot_t``.

The GHASH blocks of a text have indices: 0 the AAD, 1..m the text, m + 1 the lengths. A slot holds
one packet's share of one group of ``width`` / 16 of them, and tag bytes where a whole tag fits
behind its last block. So text byte t is byte (t + 16) mod ``width`` of its group.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

BLOCK = TAG_LEN = 16

# slot_t, most significant first. The fields for the place in the frame are not of interest here.
FIELDS = (
    ("flow", 12),
    ("key", 12),
    ("nonce", 96),
    ("ctr", 32),
    ("text_len", 16),
    ("aad_len", 5),
    ("head", 1),
    ("text_from", 6),
    ("text_bytes", 7),
    ("length", 1),
    ("tag", 1),
    ("piece_end", 1),
    ("exponent", 11),
    ("check", 1),
    ("pkt_end", 1),
    ("ks_en", 1),
    ("ks_start", 6),
    ("ks_adv", 2),
    ("ks_last", 1),
)
SLOT_BITS = sum(width for _, width in FIELDS)


@dataclass(frozen=True, slots=True)
class Slot:
    """The fields of ``slot_t`` that matter to the crypto, and what travels beside it. ``at`` is the
    text byte that ``text_from`` holds."""

    flow: int
    key: int
    nonce: int
    text_len: int
    aad_len: int
    ctr: int = 0
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
    data: bytes = b""
    tag_data: bytes = b""
    at: int = 0

    def pack(self) -> int:
        word = 0
        for name, width in FIELDS:
            value = int(getattr(self, name, 0))
            if not 0 <= value < 1 << width:
                raise ValueError(f"{name} = {value} has more than {width} bits")
            word = word << width | value
        return word

    @property
    def end(self) -> int:
        """Group byte behind the slot's last block or text byte."""
        return self.text_from + self.text_bytes if self.text_bytes else BLOCK * self.head


@dataclass(frozen=True, slots=True)
class Text:
    """What is cut: one ciphertext with its AAD and tag, under a stored key."""

    nonce: bytes
    aad: bytes
    text: bytes
    tag: bytes
    flow: int
    key: int

    @property
    def size(self) -> int:
        """Bytes that can be cut: text and tag."""
        return len(self.text) + TAG_LEN

    @property
    def last_index(self) -> int:
        """Index of the length block."""
        return 1 + -(-len(self.text) // BLOCK)

    def piece(self, start: int, end: int, width: int, head: bool) -> list[Slot]:
        """Slots of one packet that holds bytes start..end-1; ``head``: and the text's beginning."""
        text_end = min(end, len(self.text))
        slots = [self._head(text_end, width)] if head else []
        at = slots[0].text_bytes if slots else start
        while at < text_end:
            stop = min(text_end, at + width - (at + BLOCK) % width)
            slots.append(self._group(at, stop, width))
            at = stop
        exponent = self.last_index - -(-text_end // BLOCK)
        if end > len(self.text):
            self._add_tag(slots, max(start - len(self.text), 0), end - len(self.text), width)
            exponent = 0
        check = end == self.size
        last = replace(slots[-1], piece_end=True, pkt_end=True, exponent=exponent, check=check)
        return [*slots[:-1], last]

    def _slot(self) -> Slot:
        nonce = int.from_bytes(self.nonce, "big")
        return Slot(self.flow, self.key, nonce, len(self.text), len(self.aad))

    def _head(self, text_end: int, width: int) -> Slot:
        """The AAD's block, and as much text as its group has room for."""
        text = self.text[: min(text_end, width - BLOCK)]
        return replace(
            self._slot(),
            head=True,
            ctr=1,
            text_from=BLOCK if text else 0,
            text_bytes=len(text),
            data=self.aad.ljust(BLOCK, b"\0") + text,
        )

    def _group(self, start: int, stop: int, width: int) -> Slot:
        group, place = divmod(start + BLOCK, width)
        return replace(
            self._slot(),
            ctr=1 + group * width // BLOCK,
            text_from=place,
            text_bytes=stop - start,
            data=bytes(place) + self.text[start:stop],
            at=start,
        )

    def _add_tag(self, slots: list[Slot], first: int, stop: int, width: int) -> None:
        """Tag bytes first..stop-1, with the lengths if the tag begins here."""
        joins = bool(slots) and slots[-1].end <= width - TAG_LEN
        base = slots.pop() if joins else self._slot()
        data = bytes(first) + self.tag[first:stop]
        slots.append(replace(base, tag=True, length=first == 0, tag_data=data))
