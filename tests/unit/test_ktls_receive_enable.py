# SPDX-License-Identifier: BSD-2-Clause
"""ktls_test.c: suites that setsockopt must refuse, and listening sockets."""

from __future__ import annotations

from errno import EINVAL, EPROTONOSUPPORT

import pytest

from sw_model.kernel.ktls_session import TCP_TLS_MODE_NONE, TCP_TLS_MODE_SW
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from tests.unit.kernel_bench import HOST
from tests.unit.ktls_test_kit import SUITES, Connection, Sender, Suite

INVALID = [
    *(
        f"aes{bits}_cbc_{version}_{mac}"
        for bits in (128, 256)
        for version in ("1_0", "1_1")
        for mac in ("sha256", "sha384")
    ),
    *(f"aes{bits}_cbc_1_3_{m}" for bits in (128, 256) for m in ("sha1", "sha256", "sha384")),
    *(f"aes{bits}_gcm_{version}" for bits in (128, 256) for version in ("1_0", "1_1")),
    *(f"chacha20_poly1305_{version}" for version in ("1_0", "1_1")),
]
UNSUPPORTED = [f"aes{bits}_cbc_1_0_sha1" for bits in (128, 256)]
REFUSED = [
    *((f"ktls_receive_invalid_{name}", name, EINVAL) for name in INVALID),
    *((f"ktls_receive_unsupported_{name}", name, EPROTONOSUPPORT) for name in UNSUPPORTED),
]


@pytest.mark.parametrize(("name", "errno"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_ktls_receive(name: str, errno: int) -> None:
    c = Connection()
    assert c.so.setsockopt_rxtls(Sender(Suite(name), name).enable()) == errno
    assert c.so.mode() == TCP_TLS_MODE_NONE


def test_ktls_listening_socket() -> None:
    """Either order is refused: enable then listen, listen then enable."""
    en = Sender(SUITES[-1], "listening").enable()
    stack = Stack(EventLoop())
    first = stack.socket()
    assert first.setsockopt_rxtls(en) == 0
    assert first.listen(HOST[4], 4433) == EINVAL
    second = stack.socket()
    assert second.listen(HOST[4], 4433) == 0
    assert second.setsockopt_rxtls(en) == EINVAL
    stack.loop.run_until(1_000_000)
    assert (first.mode(), second.mode()) == (TCP_TLS_MODE_SW, TCP_TLS_MODE_NONE)
    first.close()
    second.close()
    assert stack.counters["stats.active"] == 0
