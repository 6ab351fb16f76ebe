# SPDX-License-Identifier: BSD-2-Clause
"""The slots of a text, computed in software: they must give its tag and its plaintext.

The computation reads the slots as the hardware does, lane by lane, and knows nothing of the text.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sw_model.rng import stream
from tb.vectors.gcm import NUM_ROWS, OP_KEY, IncompleteError, Program
from tb.vectors.rows import GcmRow
from tb.vectors.slots import SLOT_BITS, Slot, Text
from tools.vectors.builtin import builtin_rows

WIDTHS = (16, 32, 64)


def product(x: int, y: int) -> int:
    """SP 800-38D section 6.3, block bit 0 most significant."""
    z = 0
    for bit in range(127, -1, -1):
        z ^= x if y >> bit & 1 else 0
        x = x >> 1 ^ (0xE1 << 120 if x & 1 else 0)
    return z


class Core:
    """One record's sum under one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())
        self.h = self._block(bytes(16))
        self.sum = 0
        self.text: dict[int, int] = {}

    def _block(self, data: bytes) -> int:
        return int.from_bytes(self._cipher.encryptor().update(data), "big")

    def packet(self, slots: Iterable[Slot], width: int) -> None:
        worth = 0
        mask = 0
        for slot in slots:
            data = slot.data.ljust(width, b"\0")
            lanes = self._lanes(slot, width)
            for lane in lanes:
                block = int.from_bytes(data[16 * lane : 16 * lane + 16], "big")
                if slot.length and lane == lanes[-1]:
                    assert block == 0, "the lane of the length block is taken"
                    block = slot.aad_len * 8 << 64 | slot.text_len * 8
                worth = product(worth ^ block, self.h)
            if slot.head:
                self.sum = 0
                assert slot.ctr == 1
                mask = self._keystream(slot, 0)
            if slot.tag:
                worth ^= int.from_bytes(slot.tag_data.ljust(16, b"\0"), "big")
            for i in range(slot.text_bytes):
                lane, byte = divmod(slot.text_from + i, 16)
                key = self._keystream(slot, lane).to_bytes(16, "big")[byte]
                assert slot.at + i not in self.text, "a text byte came twice"
                self.text[slot.at + i] = data[slot.text_from + i] ^ key
            last = slot
        assert last.piece_end
        assert last.pkt_end
        for _ in range(last.exponent):
            worth = product(worth, self.h)
        self.sum ^= worth ^ mask

    def _keystream(self, slot: Slot, lane: int) -> int:
        return self._block(slot.nonce.to_bytes(12, "big") + (slot.ctr + lane).to_bytes(4, "big"))

    @staticmethod
    def _lanes(slot: Slot, width: int) -> list[int]:
        """Lanes that are hashed, in order."""
        lanes = [0] if slot.head and slot.aad_len else []
        if slot.text_bytes:
            last = slot.text_from + slot.text_bytes - 1
            lanes += range(slot.text_from // 16, last // 16 + 1)
        if slot.length:
            behind = lanes[-1] + 1 if lanes else int(slot.head)
            lanes.append(behind)
        assert all(lane < width // 16 for lane in lanes), "a lane that does not exist"
        return lanes


def bounds_of(text: Text, width: int, cuts: set[int]) -> list[tuple[int, int, bool]]:
    places = [0, *sorted(cuts), text.size]
    return [(a, b, n == 0) for n, (a, b) in enumerate(pairwise(places))]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 200])
def test_pieces_add_up(width: int, size: int) -> None:
    rng = stream(1, f"slots/{width}/{size}")
    for aad_len in (0, 5, 13, 16):
        key, nonce = rng.randbytes(rng.choice((16, 32))), rng.randbytes(12)
        plain, aad = rng.randbytes(size), rng.randbytes(aad_len)
        sealed = AESGCM(key).encrypt(nonce, plain, aad)
        text = Text(nonce, aad, sealed[:-16], sealed[-16:], 1, 2)
        for count in (0, 1, 3, 8):
            cuts = {rng.randrange(text.size) for _ in range(count)}
            core = Core(key)
            for start, end, head in bounds_of(text, width, cuts):
                slots = text.piece(start, end, width, head)
                assert [s.check for s in slots] == [False] * (len(slots) - 1) + [end == text.size]
                core.packet(slots, width)
            assert core.sum == 0, f"cuts {sorted(cuts)}"
            assert bytes(core.text[i] for i in range(size)) == plain


def test_fields_fill_the_word() -> None:
    assert SLOT_BITS == 213  # as the compiler counts slot_t; gcm_tb.sv checks it too
    slot = Slot(flow=4095, key=0, nonce=0, text_len=0, aad_len=0, ks_en=False)
    assert slot.pack() == 0xFFF << SLOT_BITS - 12
    with pytest.raises(ValueError, match="flow"):
        Slot(flow=4096, key=0, nonce=0, text_len=0, aad_len=0).pack()


@pytest.mark.parametrize("width", WIDTHS)
def test_program_and_answers(width: int) -> None:
    """What a perfect core would write leads to the rows' own texts and verdicts."""
    rows: list[GcmRow] = builtin_rows()[0][::7]
    program = Program(rows, width * 8, 1)
    keys = sum(word[0] == OP_KEY for word in program.words)
    assert keys == len(rows) > NUM_ROWS
    keystream, verdicts = bytearray(), ""
    cores = [Core(row.key) for row in rows]
    for packet in program.packets:
        core = cores[packet.row]
        core.packet(packet.slots, width)
        for slot in packet.slots:
            word = bytearray(width)
            for i in range(slot.text_bytes):
                at = slot.at + i
                word[slot.text_from + i] = core.text[at] ^ rows[packet.row].ct[at]
            keystream += word
        verdicts += "0" if packet.slots[-1].check and core.sum else "1"
    answers = program.answers(bytes(keystream), verdicts)
    for row, answer in zip(rows, answers, strict=True):
        assert answer.ok == row.valid
        assert answer.faults == ()
        came = bytes(a ^ b for a, b in zip(answer.keystream, row.ct, strict=True))
        assert row.pt in (None, came)
    with pytest.raises(IncompleteError, match="verdicts"):
        program.answers(bytes(keystream), verdicts[:-1])
    with pytest.raises(IncompleteError, match="keystream"):
        program.answers(bytes(keystream[width:]), verdicts)
