# SPDX-License-Identifier: BSD-2-Clause
"""Record rows at the limits: longest and shortest, every header field wrong, no record at all."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from sw_model.crypto.gcm import seal_record
from sw_model.crypto.keys import TrafficKeys
from sw_model.rng import stream
from sw_model.wire.tls import MAX_PLAINTEXT, Version
from tb.vectors.rows import MAX_SEQ

OUTER_TYPES = (0, 19, 24, 255)
VERSIONS = ("0301", "0304", "0203", "0000")
LENGTHS = (0, 1, 16, 17, 23, 24, 66, 68, 16401, 16402, 16408, 16409, 65535)


class _Maker:
    """Rows of one version, each under keys of its own."""

    def __init__(self, version: Version, rng: Random) -> None:
        self.version, self.rng = version, rng

    def keys(self) -> TrafficKeys:
        rng, iv = self.rng, 4 if self.version == "1.2" else 12
        return TrafficKeys(self.version, rng.randbytes(rng.choice((16, 32))), rng.randbytes(iv))

    def row(self, name: str, keys: TrafficKeys, record: bytes, seq: int = 1) -> dict[str, Any]:
        return {
            "id": f"{self.version}-{name}", "version": self.version, "key": keys.key.hex(),
            "iv": keys.iv.hex(), "seq": str(seq), "record": record.hex(), "payload": None,
            "type": None, "valid": False,
        }  # fmt: skip

    def good(
        self, name: str, payload: bytes, kind: int = 23, seq: int = 1, pad: int = 0
    ) -> dict[str, Any]:
        keys = self.keys()
        record = seal_record(keys, seq, kind, payload, pad)
        expected = {"payload": payload.hex(), "type": kind, "valid": True}
        return self.row(name, keys, record, seq) | expected

    def changed(self, name: str, at: int, data: bytes) -> dict[str, Any]:
        """A good record of 50 bytes with other bytes in its header."""
        keys = self.keys()
        record = bytearray(seal_record(keys, 1, 23, b"x" * 50))
        record[at : at + len(data)] = data
        return self.row(name, keys, bytes(record))


def odd_records() -> list[dict[str, Any]]:
    """The same rows at each call."""
    versions: tuple[Version, ...] = ("1.2", "1.3")
    rows = [row for v in versions for row in _rows(_Maker(v, stream(1, f"odd/{v}")))]
    maker = _Maker("1.3", stream(1, "odd/inner"))
    return [
        *rows,
        maker.good("padded", b"y", 22, pad=MAX_PLAINTEXT - 1),
        maker.good("unknown-type", b"y", 0x42),
    ]


def _rows(m: _Maker) -> Iterator[dict[str, Any]]:
    for size in (0, 1, MAX_PLAINTEXT - 1, MAX_PLAINTEXT):
        yield m.good(f"good-{size}", m.rng.randbytes(size), seq=MAX_SEQ)
    for kind in (20, 21, 22):
        yield m.good(f"type-{kind}", b"abc", kind)
    for size in (MAX_PLAINTEXT + 1, MAX_PLAINTEXT + 600):
        keys = m.keys()
        yield m.row(f"long-{size}", keys, seal_record(keys, 1, 23, m.rng.randbytes(size)))
    for size in (1, 2, 3, 4):
        yield m.row(f"cut-{size}", m.keys(), b"\x17\x03\x03\x00"[:size])
    yield m.row("random", m.keys(), m.rng.randbytes(300))
    yield m.row("zeros", m.keys(), bytes(100))
    yield m.row("huge", m.keys(), b"\x17\x03\x03\xff\xff" + m.rng.randbytes(65535))
    yield from (m.changed(f"outer-{kind}", 0, bytes((kind,))) for kind in OUTER_TYPES)
    yield from (m.changed(f"version-{text}", 1, bytes.fromhex(text)) for text in VERSIONS)
    yield from (m.changed(f"length-{n}", 3, n.to_bytes(2, "big")) for n in LENGTHS)
