# SPDX-License-Identifier: BSD-2-Clause
"""Which record announces that the sender's next record has other keys."""

from __future__ import annotations

from sw_model.capture.handshake import KEY_UPDATE, MessageBuffer
from sw_model.wire.tls import CHANGE_CIPHER_SPEC, HANDSHAKE, Version


class KeyChange:
    """Fed with every record of one direction in turn. Handshake messages may share a record or
    span several (RFC 8446 section 5.1), so the first byte of a record is not enough."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._messages = MessageBuffer()

    def announced(self, kind: int, payload: bytes) -> bool:
        """KeyUpdate (1.3) or a protected ChangeCipherSpec (1.2)."""
        if self.version == "1.2":
            return kind == CHANGE_CIPHER_SPEC
        if kind != HANDSHAKE:
            return False
        return any(message == KEY_UPDATE for message, _ in self._messages.feed(payload))
