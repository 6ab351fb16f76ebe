# SPDX-License-Identifier: BSD-2-Clause
"""Judges slots one by one: every byte of every piece once, in place, and nothing else.

Knows the rules of slot_t, not how the cutter comes to its decisions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.block.slot_cut.traffic import Packet, Piece, Record

BLOCK = 16


@dataclass
class Checker:
    """Follows the list of packets; `slots` counts those that were right."""

    packets: list[Packet]
    width: int
    slots: int = 0
    fillers: int = 0
    at: int = -1  # packet
    due: list[Piece] = field(default_factory=list)  # its crypto pieces that are not complete
    text: int = 0  # bytes of due[0] that earlier slots had
    begun: bool = False
    tagged: bool = False

    def __post_init__(self) -> None:
        self._next_packet()

    @property
    def complete(self) -> bool:
        return self.at == len(self.packets)

    def _next_packet(self) -> None:
        self.at += 1
        while not self.complete and not self.packets[self.at].has_slots():
            self.at += 1
        if not self.complete:
            self.due = self.packets[self.at].crypto()
            self._next_piece()

    def _next_piece(self) -> None:
        self.text, self.begun, self.tagged = 0, False, False

    def feed(self, slot: dict[str, int], data: int, tag: int) -> None:
        assert not self.complete, "a slot behind the last packet"
        packet = self.packets[self.at]
        where = f"packet {self.at}, slot {self.slots}: {slot}"
        assert slot["ks_en"] == packet.ks, where
        assert packet.ks or not slot["ks_adv"], where
        assert packet.ks or not slot["ks_last"], where
        if slot["head"] or slot["text_bytes"] or slot["tag"]:
            assert self.due, f"bytes of no piece, {where}"
            self._crypto(packet, self.due[0], slot, data, tag, where)
        else:
            self.fillers += 1
            assert slot["pkt_end"] or slot["ks_adv"], f"a filler for nothing, {where}"
            assert not any(slot[name] for name in ("length", "piece_end", "check")), where
            assert data == tag == 0, where
        self.slots += 1
        if slot["pkt_end"]:
            assert not self.due, f"the packet ends too early, {where}"
            self._next_packet()

    def _crypto(
        self, packet: Packet, piece: Piece, slot: dict[str, int], data: int, tag: int, where: str
    ) -> None:
        record = piece.record
        assert record
        for name, value in (
            ("flow", packet.flow),
            ("key", packet.key),
            ("nonce", record.nonce),
            ("text_len", len(record.text)),
            ("aad_len", len(record.aad)),
            ("head", piece.head and not self.begun),
        ):
            assert slot[name] == value, f"{name} is {slot[name]}, not {value}, {where}"
        assert slot["ctr"] == 1 or not slot["head"], where
        self.begun = True
        end = self._text(piece, record, slot, data, where)
        self._tag(piece, record, slot, tag, end, where)
        self._ends(piece, record, slot, where)

    def _text(
        self, piece: Piece, record: Record, slot: dict[str, int], data: int, where: str
    ) -> int:
        """Text and AAD; returns the group byte behind the last one used."""
        size, left = slot["text_bytes"], piece.text[1] - piece.text[0] - self.text
        start = piece.text[0] + self.text
        room = self.width - BLOCK if slot["head"] else self.width - (start + BLOCK) % self.width
        assert size == min(left, room), f"{size} of {left} text bytes, {where}"
        row = bytearray(self.width)
        end = BLOCK if slot["head"] else 0
        if slot["head"]:
            row[: len(record.aad)] = record.aad
        if size:
            place = slot["text_from"]
            text_of_group = (slot["ctr"] - 1) * BLOCK - BLOCK
            assert (slot["ctr"] - 1) % (self.width // BLOCK) == 0, where
            assert text_of_group + place == start, f"text {start} at the wrong place, {where}"
            row[place : place + size] = record.text[start : start + size]
            assert len(row) == self.width, where
            assert slot["ks_start"] == (piece.pos + self.text) % self.width, where
            self.text += size
            end = place + size
        assert data == int.from_bytes(row, "little"), f"data {data:x}, {where}"
        return end

    def _tag(
        self, piece: Piece, record: Record, slot: dict[str, int], tag: int, end: int, where: str
    ) -> None:
        first, behind = piece.tag
        text_done = self.text == piece.text[1] - piece.text[0]
        # The length block needs a lane behind `end`: then the tag must not wait for the next slot.
        joins = behind > first and text_done and end <= self.width - BLOCK
        assert slot["tag"] == joins, f"tag should be {joins}, {where}"
        assert slot["length"] == (joins and first == 0), where
        row = bytearray(BLOCK)
        if joins:
            row[first:behind] = record.tag[first:behind]
            self.tagged = True
        assert tag == int.from_bytes(row, "little"), f"tag {tag:x}, {where}"

    def _ends(self, piece: Piece, record: Record, slot: dict[str, int], where: str) -> None:
        ends = self.text == piece.text[1] - piece.text[0]
        ends = ends and (self.tagged or piece.tag[0] == piece.tag[1])
        assert slot["piece_end"] == ends, where
        assert slot["check"] == (ends and piece.tag[1] == BLOCK), where
        if not ends:
            return
        lengths = -(-len(record.text) // BLOCK) + 1  # index of the length block
        if self.tagged:
            hashed = lengths
        elif piece.text[1] > piece.text[0]:
            hashed = 1 + (piece.text[1] - 1) // BLOCK
        else:
            hashed = 0
        assert slot["exponent"] == lengths - hashed, f"exponent, {where}"
        self.due.pop(0)
        self._next_piece()
