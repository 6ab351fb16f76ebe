# SPDX-License-Identifier: BSD-2-Clause
"""Descriptors and slots of a packet against what the reference gives."""

from __future__ import annotations

from collections.abc import Iterator

from tests.block.rx_track.reference import Result
from tests.block.rx_track.script import Packet
from tests.block.rx_track.slot_reference import Slot


def compare_desc(
    where: str, item: Packet, result: Result, desc: dict[str, int], commands: int
) -> None:
    want = {
        "meta": item.meta(commands).pack(),
        "markable": result.markable,
        "lost": result.lost,
        "ks": result.ks,
        "verdict": result.verdict,
    }
    assert desc == want, f"{where}: descriptor {desc} != {want}"


def compare_slots(
    where: str, item: Packet, result: Result, slots: Iterator[dict[str, int]], key: int, width: int
) -> None:
    """The packet's slots up to pkt_end: fillers and what the reference gives, in order."""
    if not result.verdict:
        return
    wants, last = iter(result.slots), {"pkt_end": 0}
    beat, end = item.head // width, (item.head + len(item.payload) - 1) // width
    while not last["pkt_end"]:
        got = next(slots, None)
        assert got is not None, f"{where}: no slot for {next(wants, None)}"
        last, text = got, f"{where}: slot {got}"
        assert (got["flow"], got["ks_en"]) == (item.flow, result.ks), text
        beat += got["ks_adv"]
        if any(got[name] for name in ("head", "text_bytes", "tag")):
            want = next(wants, None)
            assert want is not None, f"{text} is more than the reference gives"
            compare_slot(where, want, got, key)
            if result.ks and want.text:
                assert beat * width + got["ks_start"] == item.head + want.at, text
        else:
            assert result.ks or got["pkt_end"], f"{text}: a filler without use"
            assert not any(got[name] for name in ("data", "tag_data", "piece_end")), text
    want = next(wants, None)
    assert want is None, f"{where}: packet ended before {want}"
    if result.ks:
        assert beat + last["ks_last"] == end, f"{where}: beat {beat} of {end}, {last}"


def compare_slot(where: str, want: Slot, got: dict[str, int], key: int) -> None:
    text = f"{where}: slot {got} for {want}"
    data = bytearray(want.text_from) + want.text if want.text else bytearray(len(want.aad))
    data[: len(want.aad)] = want.aad
    expect = {
        "key": key,
        "nonce": int.from_bytes(want.nonce, "big"),
        "text_len": want.record.text_len,
        "aad_len": 5 if want.record.tls13 else 13,
        "head": bool(want.aad),
        "text_bytes": len(want.text),
        "length": want.length,
        "tag": bool(want.tag),
        "piece_end": want.piece_end,
        "check": want.check,
        "data": int.from_bytes(data, "little"),
        "tag_data": int.from_bytes(bytes(want.tag_from) + want.tag, "little"),
    }
    if want.text:
        expect["text_from"] = want.text_from
    if want.text or want.aad:
        expect["ctr"] = want.ctr
    if want.piece_end:
        expect["exponent"] = want.exponent
    for name, value in expect.items():
        assert got[name] == value, f"{name} is {got[name]}, not {value}: {text}"
