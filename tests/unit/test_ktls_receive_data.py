# SPDX-License-Identifier: BSD-2-Clause
"""ktls_receive_<suite>_<kind> of FreeBSD's ktls_test.c: the kinds that must deliver their data."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sw_model.kernel.ktls_record import CMSG_LEN, IPPROTO_TCP, TLS_GET_RECORD
from tests.unit.ktls_test_kit import (
    CBC_SUITES,
    MAX_PAYLOAD,
    SUITES,
    TLS13_SUITES,
    TLS_RLTYPE_APP,
    Connection,
    Sender,
    Suite,
)


@dataclass(frozen=True)
class Kind:
    """``length`` bytes in records of ``size``, each with ``padding``."""

    name: str
    length: int
    padding: int = 0
    size: int = MAX_PAYLOAD


KINDS = [
    *((suite, kind) for suite in SUITES for kind in (Kind("short", 64), Kind("long", 64 * 1024))),
    *((suite, Kind(f"padding_{n}", n)) for suite in CBC_SUITES for n in range(1, 17)),
    *((suite, Kind(f"padding_{n}_extra", 16, n)) for suite in CBC_SUITES for n in (16, 32)),
    *((suite, Kind("short_padded", 64, 16)) for suite in TLS13_SUITES),
    *((suite, Kind("long_padded", 64 * 1024, 15, MAX_PAYLOAD - 15)) for suite in TLS13_SUITES),
]


def delivers(suite: Suite, kind: Kind, ifnet: bool) -> None:
    """One case; ``ifnet``: through driver and NIC, which decrypts all of it."""
    sender = Sender(suite, f"{suite.name}_{kind.name}")
    c = Connection(ifnet=ifnet)
    c.enable(sender.enable())
    data = sender.rng.randbytes(kind.length)
    c.write(sender.records(data, kind.size, kind.padding))
    received = bytearray()
    while len(received) < len(data):
        assert not c.so.kevent().eof
        msg = c.recvmsg()
        assert (msg.errno, msg.eof, msg.eor, msg.ctrunc) == (0, False, True, False)
        assert msg.cmsg is not None
        assert (msg.cmsg.cmsg_len, msg.cmsg.cmsg_level, msg.cmsg.cmsg_type) == (
            CMSG_LEN,
            IPPROTO_TCP,
            TLS_GET_RECORD,
        )
        assert msg.tls is not None
        assert (msg.tls.tls_type, msg.tls.tls_vmajor) == (TLS_RLTYPE_APP, 3)
        assert (msg.tls.tls_vminor, msg.tls.tls_length) == (suite.wire_minor, len(msg.data))
        received += msg.data
    assert received == data
    c.shutdown()
    assert c.recvmsg().eof
    assert c.stack.counters["stats.failed_crypto"] == 0
    opened = sum(c.stack.counters[f"stats.ocf.tls{v}_gcm_decrypts"] for v in ("12", "13"))
    records = -(-kind.length // kind.size)
    assert opened == (records if suite.cipher == "gcm" and not ifnet else 0)


@pytest.mark.parametrize(
    ("suite", "kind"), KINDS, ids=[f"ktls_receive_{s.name}_{k.name}" for s, k in KINDS]
)
def test_ktls_receive(suite: Suite, kind: Kind) -> None:
    delivers(suite, kind, ifnet=False)
