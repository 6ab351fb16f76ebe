# SPDX-License-Identifier: BSD-2-Clause
"""What was seen of a row, held against what the row says.

The judge uses neither NIC nor kernel model: whether a tag is right it asks ``crypto.gcm``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from sw_model.crypto.gcm import RecordError, open_record
from sw_model.wire.tls import RecordHeader
from tb.vectors.plan import RecordPlan
from tb.vectors.rows import GcmRow, RecordRow

MARKED = "DECRYPTED"


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet out of the NIC: stream bytes, status, and whether it is as it came."""

    start: int
    end: int
    status: str
    same: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One record as the application got it."""

    type: int | None
    payload: bytes


@dataclass(slots=True)
class Seen:
    """All of a record row, up to the first error that the application got."""

    packets: list[Packet] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        messages = [{"type": m.type, "payload": m.payload.hex()} for m in self.messages]
        packets = [asdict(packet) for packet in self.packets]
        return {"packets": packets, "messages": messages, "error": self.error}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Seen:
        return cls(
            [Packet(**packet) for packet in value["packets"]],
            [Message(m["type"], bytes.fromhex(m["payload"])) for m in value["messages"]],
            value["error"],
        )


def judge_record(row: RecordRow, plan: RecordPlan, seen: Seen) -> list[str]:
    """What is not as the row says; empty: passed."""
    if [(p.start, p.end) for p in seen.packets] != plan.bounds:
        return ["not every packet came out of the NIC once and in order"]
    faults = [
        f"packet with bytes {p.start} to {p.end}: not marked ({p.status}), but not bit-exact"
        for p in seen.packets
        if p.status != MARKED and not p.same
    ]
    return faults + list((_valid if row.valid else _not_valid)(row, plan, seen))


def _valid(row: RecordRow, plan: RecordPlan, seen: Seen) -> Iterator[str]:
    """All packets marked, the payload delivered with its type, and what follows too."""
    for p in seen.packets:
        if p.status != MARKED:
            yield f"packet with bytes {p.start} to {p.end}: not marked ({p.status})"
    if not seen.messages:
        yield f"nothing was delivered (error {seen.error})"
        return
    first = seen.messages[0]
    if first.payload != row.payload:
        yield f"payload differs: delivered {_short(first.payload)}"
    if first.type != row.type:
        yield f"type differs: delivered {first.type}"
    rest = [m.payload for m in seen.messages[1:]]
    want = [] if plan.follower is None else [plan.follower]
    if rest != want or seen.error is not None:
        yield f"behind the record: {len(rest)} records delivered, error {seen.error}"


def _not_valid(row: RecordRow, plan: RecordPlan, seen: Seen) -> Iterator[str]:
    if seen.messages:
        first = seen.messages[0]
        yield f"delivered {_short(first.payload)} with type {first.type}"
    if not tag_is_wrong(row):
        return
    end = len(row.record)
    for p in seen.packets:
        if p.start < end <= p.end and (p.status == MARKED or not p.same):
            yield f"wrong tag, but the packet that ends the record left as {p.status}"


def tag_is_wrong(row: RecordRow) -> bool:
    """It is one whole plausible record, and its tag does not verify."""
    header = RecordHeader.parse(row.record)
    if header is None or not header.plausible(row.version):
        return False
    if header.record_len != len(row.record):
        return False
    try:
        open_record(row.keys, row.seq, row.record)
    except RecordError as error:
        return error.reason == "tag"
    return False


def judge_gcm(row: GcmRow, keystream: bytes, ok: bool) -> list[str]:
    """``keystream`` of the text's bytes and the verdict, as the core gave them."""
    faults = []
    if ok != row.valid:
        faults.append(f"the core says that the tag is {'right' if ok else 'wrong'}")
    if row.valid:
        came = bytes(a ^ b for a, b in zip(keystream, row.ct, strict=True))
        if came != row.pt:
            faults.append(f"plaintext differs: {_short(came)}")
    return faults


def _short(data: bytes) -> str:
    """The first bytes, for a message."""
    shown = data[:12].hex() + ("..." if len(data) > 12 else "")
    return f"{len(data)} bytes ({shown})" if data else "0 bytes"
