# SPDX-License-Identifier: BSD-2-Clause
"""TLS handshake messages, as far as the keys depend on them (RFC 5246 section 7.4, RFC 8446 4)."""

from __future__ import annotations

from dataclasses import dataclass

from sw_model.wire.tls import Version

CLIENT_HELLO, SERVER_HELLO, FINISHED, KEY_UPDATE = 1, 2, 20, 24
_SUPPORTED_VERSIONS = 43
_TLS12, _TLS13 = 0x0303, 0x0304
# ServerHello.random of a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3).
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

# AES_128_GCM_SHA256 suites; each one's AES_256_GCM_SHA384 sister is the next number (IANA).
_AES128_GCM = (
    0x009C, 0x009E, 0x00A0, 0x00A2, 0x00A4, 0x00A6, 0x00A8, 0x00AA, 0x00AC, 0xC02B, 0xC02D, 0xC02F,
    0xC031, 0xD001, 0x1301,
)  # fmt: skip
KEY_LEN = dict.fromkeys(_AES128_GCM, 16) | {suite + 1: 32 for suite in _AES128_GCM}
_NAMES = {
    0x1301: "TLS_AES_128_GCM_SHA256",
    0x1302: "TLS_AES_256_GCM_SHA384",
    0x1303: "TLS_CHACHA20_POLY1305_SHA256",
    0x1304: "TLS_AES_128_CCM_SHA256",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
    0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
    0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
}


def suite_name(suite: int) -> str:
    """The registry's name of a cipher suite, or its number."""
    return _NAMES.get(suite, f"cipher suite 0x{suite:04x}")


@dataclass(frozen=True, slots=True)
class Hello:
    """What matters of a ClientHello or ServerHello; ``suite`` and ``version`` of the server's."""

    random: bytes
    suite: int = 0
    version: Version | None = None
    retry: bool = False


class MessageBuffer:
    """Handshake messages cut out of a sequence of record payloads."""

    def __init__(self) -> None:
        self._data = b""

    def feed(self, payload: bytes) -> list[tuple[int, bytes]]:
        """(message type, body) of every message that is complete now."""
        self._data += payload
        done = []
        while len(self._data) >= 4:
            size = int.from_bytes(self._data[1:4], "big")
            if len(self._data) < 4 + size:
                break
            done.append((self._data[0], self._data[4 : 4 + size]))
            self._data = self._data[4 + size :]
        return done


def parse_client_hello(body: bytes) -> Hello | None:
    """The client's random, or None if the body is too short."""
    return Hello(body[2:34]) if len(body) >= 34 else None


def parse_server_hello(body: bytes) -> Hello | None:
    """Random, cipher suite and negotiated version, or None if malformed."""
    if len(body) < 38:
        return None
    at = 35 + body[34]
    if len(body) < at + 3:
        return None
    suite = int.from_bytes(body[at : at + 2], "big")
    version = int.from_bytes(body[0:2], "big")
    for kind, value in _extensions(body, at + 3):
        if kind == _SUPPORTED_VERSIONS and len(value) == 2:
            version = int.from_bytes(value, "big")
    names: dict[int, Version] = {_TLS12: "1.2", _TLS13: "1.3"}
    return Hello(body[2:34], suite, names.get(version), body[2:34] == _RETRY)


def _extensions(body: bytes, at: int) -> list[tuple[int, bytes]]:
    end = min(len(body), at + 2 + int.from_bytes(body[at : at + 2], "big"))
    at += 2
    found = []
    while at + 4 <= end:
        size = int.from_bytes(body[at + 2 : at + 4], "big")
        found.append((int.from_bytes(body[at : at + 2], "big"), body[at + 4 : at + 4 + size]))
        at += 4 + size
    return found
