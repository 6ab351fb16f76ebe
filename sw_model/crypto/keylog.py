# SPDX-License-Identifier: BSD-2-Clause
"""The NSS key log format: one ``LABEL client_random secret`` a line, hexadecimal.

Labels beyond those of TLS 1.2 and 1.3 (OpenSSL also logs ``..._TRAFFIC_SECRET_N`` for N > 0) are
kept, so a log can be read and written without loss. Errors name the line, never the secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CLIENT_RANDOM = "CLIENT_RANDOM"
CLIENT_TRAFFIC = "CLIENT_TRAFFIC_SECRET_0"
SERVER_TRAFFIC = "SERVER_TRAFFIC_SECRET_0"

RANDOM_LEN, MASTER_LEN = 32, 48
_LABEL = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_SECRET_LENS = {CLIENT_RANDOM: (MASTER_LEN,)}
_TRAFFIC_LENS = (32, 48)  # SHA-256 or SHA-384


@dataclass(frozen=True, slots=True)
class KeyLogEntry:
    """One line: which secret, of the connection with which client random."""

    label: str
    client_random: bytes
    secret: bytes

    def emit(self) -> str:
        return f"{self.label} {self.client_random.hex()} {self.secret.hex()}"


class KeyLog:
    """Secrets by label and client random; a later line replaces an equal earlier one."""

    def __init__(self, entries: Iterable[KeyLogEntry] = ()) -> None:
        self._secrets = {(e.label, e.client_random): e.secret for e in entries}

    @classmethod
    def parse(cls, lines: str | Iterable[str]) -> KeyLog:
        """Read a log; blank lines and ``#`` comments are skipped. ValueError names the bad line."""
        if isinstance(lines, str):
            lines = lines.splitlines()
        entries = (parse_line(line, number) for number, line in enumerate(lines, 1))
        return cls(entry for entry in entries if entry is not None)

    def secret(self, label: str, client_random: bytes) -> bytes:
        """The secret, or KeyError with a text that says what is missing."""
        try:
            return self._secrets[label, client_random]
        except KeyError:
            raise KeyError(
                f"key log has no {label} for client random {client_random.hex()}"
            ) from None

    def get(self, label: str, client_random: bytes) -> bytes | None:
        return self._secrets.get((label, client_random))

    def client_randoms(self) -> list[bytes]:
        """Every connection in the log, in order of appearance."""
        return list(dict.fromkeys(random for _, random in self._secrets))

    def entries(self) -> list[KeyLogEntry]:
        return [KeyLogEntry(label, rnd, sec) for (label, rnd), sec in self._secrets.items()]

    def emit(self) -> str:
        return "".join(entry.emit() + "\n" for entry in self.entries())


def parse_line(line: str, number: int = 1) -> KeyLogEntry | None:
    """One line of a log, None for a blank or comment line."""
    text = line.strip()
    if not text or text.startswith("#"):
        return None
    where = f"key log line {number}"
    fields = text.split()
    if len(fields) != 3:
        raise ValueError(f"{where}: {len(fields)} fields, expected label, client random, secret")
    label = fields[0]
    if not _LABEL.match(label):
        raise ValueError(f"{where}: {label[:40]!r} is not a label")
    client_random = _hex(fields[1], f"{where}: client random")
    secret = _hex(fields[2], f"{where}: secret")
    if len(client_random) != RANDOM_LEN:
        raise ValueError(f"{where}: client random of {len(client_random)} bytes, expected 32")
    allowed = _SECRET_LENS.get(label, _TRAFFIC_LENS if "TRAFFIC_SECRET" in label else ())
    if not secret or (allowed and len(secret) not in allowed):
        raise ValueError(f"{where}: {label} secret of {len(secret)} bytes, expected {allowed}")
    return KeyLogEntry(label, client_random, secret)


def _hex(text: str, what: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(f"{what} is not hexadecimal") from None
