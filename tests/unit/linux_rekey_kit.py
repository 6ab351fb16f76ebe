# SPDX-License-Identifier: BSD-2-Clause
"""A Linux host whose peer has just changed its key."""

from __future__ import annotations

from errno import EKEYEXPIRED

from sw_model.linux.tls import CipherContext
from tests.unit.linux_kit import Bench
from tests.unit.stream_kit import KEY_UPDATE, Record


class Rekeyed(Bench):
    """Two records and a KeyUpdate were sent, all decrypted by the device; the sender goes on with
    the new key, the device with the old one until it is told."""

    def __init__(self, **how: object) -> None:
        super().__init__("1.3", **how)  # type: ignore[arg-type]
        self.first = self.records(2, 100)
        self.record(KEY_UPDATE, type=22)
        self.old = CipherContext(self.info)
        self.rekey()
        self.send("D")

    def touched(self, size: int = 600) -> Record:
        """A record of the new key that the device decrypts with the old key and count."""
        rec = self.record(size, touched_by=self.old)
        self.old.advance()
        return rec

    def untouched(self, size: int = 600) -> Record:
        rec = self.record(size)
        self.old.advance()
        return rec

    def update(self) -> None:
        """The application reads up to the KeyUpdate and installs the new key."""
        assert self.read().data == b"".join(r.payload for r in self.first)
        assert self.read().data == KEY_UPDATE
        assert self.read().errno == EKEYEXPIRED
        number, self.number = self.number, 0
        assert self.enable() == 0
        self.run()
        self.number = number

    def counts(self) -> dict[str, int]:
        """The rekey counters that are not 0."""
        names = ("Received", "Ok", "Fallback", "Aborted", "Error")
        found = {n: self.mib(f"TlsRxRekey{n}") for n in names}
        found["Curr"] = self.mib("TlsCurrRxRekey")
        return {n: v for n, v in found.items() if v}
