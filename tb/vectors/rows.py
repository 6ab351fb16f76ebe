# SPDX-License-Identifier: BSD-2-Clause
"""One row of a vector file: what it says, and everything that can be wrong with it.

The format is in docs/vectors.md. A row is either a GCM row or a record row; fields that a row does
not need are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sw_model.crypto.keys import TrafficKeys
from sw_model.wire.tls import Version

KEY_LENS, NONCE_LEN, TAG_LEN, MAX_AAD = (16, 32), 12, 16, 16
IV_LEN: dict[Version, int] = {"1.2": 4, "1.3": 12}
MAX_TEXT = 2046 * 16  # the engine's power of H has 11 bits: block numbers up to 2047
MAX_RECORD = 5 + 0xFFFF
MAX_SEQ = (1 << 64) - 1
RECORD_FIELDS = ("version", "seq", "record", "payload", "type")

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")
_DECIMAL = re.compile(r"[0-9]+")


class RowError(ValueError):
    """A row that cannot be run: the field, what is wrong with it, and the remedy."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}; {remedy}")


@dataclass(frozen=True, slots=True)
class GcmRow:
    """``ct`` and ``tag`` under key, iv and aad; ``pt`` is what must come out if ``valid``."""

    id: str
    group: str
    key: bytes
    iv: bytes
    aad: bytes
    ct: bytes
    tag: bytes
    pt: bytes | None
    valid: bool


@dataclass(frozen=True, slots=True)
class RecordRow:
    """``record`` as on the wire, the ``seq``-th under these keys; ``type`` is the content type."""

    id: str
    group: str
    version: Version
    key: bytes
    iv: bytes
    seq: int
    record: bytes
    payload: bytes | None
    type: int | None
    valid: bool

    @property
    def keys(self) -> TrafficKeys:
        return TrafficKeys(self.version, self.key, self.iv)


Row = GcmRow | RecordRow


def parse_row(value: object) -> Row:
    """The row that a JSON value stands for, or RowError."""
    if not isinstance(value, dict):
        raise RowError("row", f"{_kind(value)} instead of an object", "write {...}")
    fields = _Fields(value)
    if any(name in value for name in RECORD_FIELDS):
        return _record_row(fields)
    return _gcm_row(fields)


def _gcm_row(f: _Fields) -> GcmRow:
    key = f.hex("key", KEY_LENS)
    valid = f.flag("valid")
    return GcmRow(
        id=f.id(),
        group=f.group(f"GCM AES-{len(key) * 8}"),
        key=key,
        iv=f.hex("iv", (NONCE_LEN,)),
        aad=f.hex("aad", most=MAX_AAD),
        ct=f.hex("ct", most=MAX_TEXT),
        tag=f.hex("tag", (TAG_LEN,)),
        pt=f.optional_hex("pt", needed=valid),
        valid=valid,
    )


def _record_row(f: _Fields) -> RecordRow:
    version = f.version()
    key = f.hex("key", KEY_LENS)
    valid = f.flag("valid")
    record = f.hex("record", most=MAX_RECORD)
    if not record:
        raise RowError("record", "it is empty", "give at least one byte of a record")
    return RecordRow(
        id=f.id(),
        group=f.group(f"TLS {version} AES-{len(key) * 8}"),
        version=version,
        key=key,
        iv=f.hex("iv", (IV_LEN[version],)),
        seq=f.seq(),
        record=record,
        payload=f.optional_hex("payload", needed=valid),
        type=f.type(needed=valid),
        valid=valid,
    )


class _Fields:
    """Typed access to the members of one object."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def get(self, name: str) -> Any:
        if name not in self.values:
            raise RowError(name, "it is missing", "add it")
        return self.values[name]

    def id(self) -> str:
        value = self.get("id")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value:
            raise RowError("id", f"{_kind(value)} instead of a name", 'write "a-name"')
        return value

    def group(self, default: str) -> str:
        value = self.values.get("group", default)
        if not isinstance(value, str):
            raise RowError("group", f"{_kind(value)} instead of text", "write text or leave it out")
        return value

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if not isinstance(value, bool):
            raise RowError(name, f"{_kind(value)} instead of a truth value", "write true or false")
        return value

    def hex(self, name: str, lengths: tuple[int, ...] = (), most: int | None = None) -> bytes:
        value = self.get(name)
        if not isinstance(value, str):
            raise RowError(name, f"{_kind(value)} instead of hex digits", 'write "00ff..."')
        if not _HEX.fullmatch(value):
            odd = "an odd number of digits" if re.fullmatch("[0-9a-fA-F]*", value) else "not hex"
            raise RowError(name, odd, "write two digits 0-9, a-f a byte and nothing else")
        data = bytes.fromhex(value)
        if lengths and len(data) not in lengths:
            want = " or ".join(map(str, lengths))
            raise RowError(name, f"{len(data)} bytes", f"the engine takes {want}: drop the row")
        if most is not None and len(data) > most:
            raise RowError(name, f"{len(data)} bytes", f"at most {most} fit: drop the row")
        return data

    def optional_hex(self, name: str, needed: bool) -> bytes | None:
        if self.get(name) is None:
            if needed:
                raise RowError(name, "null in a valid row", "give what must come out")
            return None
        return self.hex(name)

    def version(self) -> Version:
        value = self.get("version")
        if value == "1.2":
            return "1.2"
        if value == "1.3":
            return "1.3"
        raise RowError("version", f"{value!r}"[:40], 'write "1.2" or "1.3"')

    def seq(self) -> int:
        value = self.get("seq")
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise RowError("seq", f"{value!r}"[:40], 'write a decimal number as text, "0"')
        if len(value.lstrip("0")) > 20 or int(value) > MAX_SEQ:
            raise RowError("seq", f"{value[:40]} has more than 64 bits", f"at most {MAX_SEQ}")
        return int(value)

    def type(self, needed: bool) -> int | None:
        value = self.get("type")
        if value is None and not needed:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 255:
            raise RowError("type", f"{value!r}"[:40], "write a number from 0 to 255, 23 for data")
        return value


def _kind(value: object) -> str:
    """What JSON calls it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names[type(value)]


def to_json(row: Row) -> dict[str, Any]:
    """The row as a file has it; ``parse_row`` of it gives the same row."""
    names = row.__dataclass_fields__
    return {name: _to_json(name, getattr(row, name)) for name in names}


def _to_json(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if name == "seq" else value
