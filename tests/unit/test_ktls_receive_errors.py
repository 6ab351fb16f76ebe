# SPDX-License-Identifier: BSD-2-Clause
"""ktls_receive_<suite>_<kind> of FreeBSD's ktls_test.c: the kinds that must fail, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from errno import EBADMSG, EINVAL, EMSGSIZE

import pytest

from tests.unit.ktls_test_kit import (
    CBC_SUITES,
    EXPLICIT_IV_SUITES,
    SUITES,
    TLS13_SUITES,
    Connection,
    Sender,
    Suite,
)

Make = Callable[[Sender], bytes]


@dataclass(frozen=True)
class Kind:
    """Bytes to send, whether the sender shuts down behind them, and the error that must come.

    ``dropped``: the worker gives the whole connection up (a bad header).
    """

    name: str
    errno: int
    make: Make
    shut: bool = False
    dropped: bool = False


def good(s: Sender) -> bytearray:
    return bytearray(s.record(s.rng.randbytes(64)))


def flipped(at: Callable[[Suite], int], by: int = 1) -> Make:
    """A good record of 64 bytes with one byte XORed; negative offsets count from its end."""

    def make(s: Sender) -> bytes:
        record = good(s)
        record[at(s.suite)] ^= by
        return bytes(record)

    return make


def raised(at: int) -> Make:
    """A good record with header byte ``at`` plus one."""

    def make(s: Sender) -> bytes:
        record = good(s)
        record[at] += 1
        return bytes(record)

    return make


def empty(length: Callable[[Suite], int]) -> Make:
    """A header that announces ``length`` zero bytes, and those."""
    return lambda s: s.header(length(s.suite)) + bytes(length(s.suite))


def mac_at(suite: Suite) -> int:
    """First byte of the tag. CBC: of the MAC's first cipher block (64 bytes of payload are four),
    which garbles the MAC and nothing of the padding."""
    if suite.cipher == "cbc":
        return 5 + 16 + 64
    return -16


COMMON = [
    Kind("bad_data", EBADMSG, flipped(lambda s: 5 + s.explicit_len)),
    Kind("bad_mac", EBADMSG, flipped(mac_at)),
    Kind("truncated_record", EMSGSIZE, lambda s: bytes(good(s)[: len(good(s)) // 2]), shut=True),
    Kind("bad_major", EINVAL, raised(1), dropped=True),
    Kind("bad_minor", EINVAL, raised(2), dropped=True),
    Kind("small_record", EMSGSIZE, empty(lambda s: s.minimum - 1), shut=True),
    Kind("oversized_record", EMSGSIZE, empty(lambda _: 32768), shut=True, dropped=True),
]
CBC = [
    Kind("bad_padding", EBADMSG, flipped(lambda _: -1)),
    Kind("non_block_size", EMSGSIZE, empty(lambda s: s.minimum + 1), shut=True),
]
EXPLICIT_IV = [
    Kind("bad_iv", EBADMSG, flipped(lambda _: 5)),
    Kind("short_header", EMSGSIZE, empty(lambda _: 6), shut=True),
]
TLS13 = [Kind("bad_type", EINVAL, raised(0), dropped=True)]

KINDS = [
    (suite, kind)
    for suites, kinds in (
        (SUITES, COMMON),
        (CBC_SUITES, CBC),
        (EXPLICIT_IV_SUITES, EXPLICIT_IV),
        (TLS13_SUITES, TLS13),
    )
    for suite in suites
    for kind in kinds
]


def fails(suite: Suite, kind: Kind, ifnet: bool) -> None:
    """One case; ``ifnet``: through driver and NIC, which must not hide the error."""
    sender = Sender(suite, f"{suite.name}_{kind.name}")
    c = Connection(ifnet=ifnet)
    c.enable(sender.enable())
    c.write(kind.make(sender))
    if kind.shut:
        c.shutdown()
    assert c.recvmsg().errno == kind.errno
    assert (c.closed == ["reset"]) == kind.dropped
    counters = c.stack.counters
    assert counters["stats.corrupted_records"] == kind.dropped
    if not kind.dropped and not kind.shut:
        good_payload = sender.rng.randbytes(64)
        c.write(sender.record(good_payload))
        assert c.recvmsg().data == good_payload  # reported once, the connection lives
        assert counters["stats.failed_crypto"] == 1


@pytest.mark.parametrize(
    ("suite", "kind"), KINDS, ids=[f"ktls_receive_{s.name}_{k.name}" for s, k in KINDS]
)
def test_ktls_receive(suite: Suite, kind: Kind) -> None:
    fails(suite, kind, ifnet=False)
