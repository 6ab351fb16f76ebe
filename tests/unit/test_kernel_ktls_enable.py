# SPDX-License-Identifier: BSD-2-Clause
"""ktls_enable_rx: the order of its checks, its worker threads, ktls_pending_rx_info."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from errno import EALREADY, EFAULT, EINVAL, ENOTSUP, ENXIO, EPROTONOSUPPORT

import pytest

from sw_model.kernel.ktls_session import (
    CRYPTO_AES_CBC,
    CRYPTO_SHA1_HMAC,
    TCP_TLS_MODE_NONE,
    TCP_TLS_MODE_SW,
    TlsEnable,
)
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.socket import Socket
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from tests.unit.kernel_bench import DPORT, HOST, PEER, SPORT, Bench

IPPROTO_SCTP = 132


@dataclass
class Call:
    """One setsockopt that would work, until a check's condition is broken."""

    stack: Stack
    so: Socket
    en: TlsEnable

    @classmethod
    def good(cls) -> Call:
        stack = Stack(EventLoop())
        en = TlsEnable(
            bytes(16), bytes(16), bytes(8), CRYPTO_AES_CBC, CRYPTO_SHA1_HMAC, bytes(20), 3, 2
        )
        return cls(stack, stack.socket(), en)

    def change(self, **fields: object) -> None:
        self.en = replace(self.en, **fields)  # type: ignore[arg-type]


def second_time(c: Call) -> None:
    assert c.so.setsockopt_rxtls(c.en) == 0


def no_threads(c: Call) -> None:
    c.stack.ktls.init_failed = True


# In the order in which the kernel looks. ``second_time`` needs a call that works, so it is broken
# first of all.
CHECKS: list[tuple[str, Callable[[Call], None], int]] = [
    ("enable", lambda c: c.stack.sysctl.__setitem__("kern.ipc.tls.enable", 0), ENOTSUP),
    ("protocol", lambda c: setattr(c.so, "protocol", IPPROTO_SCTP), EINVAL),
    ("again", second_time, EALREADY),
    ("cbc_enable", lambda c: c.stack.sysctl.__setitem__("kern.ipc.tls.cbc_enable", 0), ENOTSUP),
    ("parameters", lambda c: c.change(flags=1), EINVAL),
    ("threads", no_threads, ENXIO),
    ("copyin", lambda c: c.change(unreadable=frozenset({"cipher_key"})), EFAULT),
    ("ocf", lambda c: c.change(tls_vminor=1), EPROTONOSUPPORT),
    ("listening", lambda c: setattr(c.so, "listening", True), EINVAL),
]
PAIRS = [(a, b) for i, a in enumerate(CHECKS) for b in CHECKS[i + 1 :] if a[2] != b[2]]


@pytest.mark.parametrize(
    ("first", "second"), PAIRS, ids=[f"{a[0]}-before-{b[0]}" for a, b in PAIRS]
)
def test_order_of_checks(
    first: tuple[str, Callable[[Call], None], int], second: tuple[str, Callable[[Call], None], int]
) -> None:
    c = Call.good()
    for _, spoil, _ in sorted((first, second), key=lambda check: check[0] != "again"):
        spoil(c)
    assert c.so.setsockopt_rxtls(c.en) == first[2]


@pytest.mark.parametrize("check", CHECKS, ids=[c[0] for c in CHECKS])
def test_each_check_alone(check: tuple[str, Callable[[Call], None], int]) -> None:
    name, spoil, errno = check
    c = Call.good()
    spoil(c)
    calls, active = c.stack.counters["stats.enable_calls"], c.stack.counters["stats.active"]
    done: list[int] = []
    assert c.so.setsockopt_rxtls(c.en, done.append) == errno
    assert done == [errno]
    assert c.stack.counters["stats.enable_calls"] == calls + (name != "enable")
    assert c.stack.counters["stats.active"] == active  # a refused session is not left over


@pytest.mark.parametrize(
    ("suite", "pointer", "errno"),
    [
        ("gcm", "cipher_key", EFAULT),
        ("gcm", "iv", EFAULT),
        ("gcm", "auth_key", 0),  # not a pointer this suite follows
        ("cbc", "auth_key", EFAULT),
        ("cbc", "iv", 0),  # TLS 1.1 and later: in the record
    ],
)
def test_copyin(suite: str, pointer: str, errno: int) -> None:
    c = Call.good()
    if suite == "gcm":
        c.en = TlsEnable(bytes(16), bytes(4))
    c.change(unreadable=frozenset({pointer}))
    assert c.so.setsockopt_rxtls(c.en) == errno


def test_threads_that_failed_once_fail_for_ever() -> None:
    b = Bench(enable=False, timing=KtlsTiming(threads_start=False))
    assert b.enable() == ENXIO
    b.stack.ktls.timing.threads_start = True
    assert b.enable() == ENXIO
    assert (b.counter("stats.threads"), b.so.mode()) == (0, TCP_TLS_MODE_NONE)


def test_a_socket_without_connection_gets_software() -> None:
    c = Call.good()
    assert c.so.setsockopt_rxtls(c.en) == 0
    c.stack.loop.run_until(1_000_000)
    assert c.so.mode() == TCP_TLS_MODE_SW


# Workers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lookup", "flowid", "cpu"),
    [((), 0, 0), ((), 7, 3), ((), 8, 0), ((2, 0, 3, 1), 0, 2), ((2, 0, 3, 1), 7, 1)],
)
def test_the_flow_id_chooses_the_worker(lookup: tuple[int, ...], flowid: int, cpu: int) -> None:
    b = Bench(enable=False, timing=KtlsTiming(cpus=4, cpuid_lookup=lookup))
    assert b.so.inp is not None
    b.so.inp.inp_flowid = flowid
    b.enable()
    b.run()
    assert b.sb.sb_tls_info.wq_index == cpu
    assert b.counter("stats.threads") == 4
    rec = b.record()
    b.send("E", run=False)
    assert [len(w.waiting) for w in b.stack.ktls.workers] == [i == cpu for i in range(4)]
    b.run()
    b.user_ok(rec)


def test_each_worker_has_its_own_latency_and_line() -> None:
    """Two connections on one thread wait for each other, one on another thread does not."""
    timing = KtlsTiming(cpus=2, wakeup_ns=1_000, worker_wakeup_ns={1: 5_000}, record_ns=10_000)
    b = Bench(enable=False, timing=timing)
    done: dict[str, int] = {}
    sockets: list[Socket] = []
    for i, flowid in enumerate((0, 2, 1)):  # worker 0, worker 0, worker 1
        so = b.stack.adopt(
            HOST[4], DPORT, PEER[4], SPORT + 1 + i, 0x10000, 1000, flowid=flowid, flowtype=2
        )
        so.on_readable = lambda i=i: done.setdefault(f"so{i}", b.loop.now)  # type: ignore[misc]
        assert so.setsockopt_rxtls(b.tls_enable()) == 0
        sockets.append(so)
    b.run()
    rec = b.record()
    start = b.loop.now
    for so in sockets:
        m = b.mbuf(0, rec.end, "E")
        assert m.m_pkthdr is not None
        m.m_off, m.m_len, m.m_pkthdr.len = m.m_off + 54, rec.end, rec.end
        so.so_rcv.sbappendstream_locked(m)
        assert so.inp is not None
        assert so.inp.tp is not None
        so.inp.tp.rcv_nxt = so.inp.tp.rcv_nxt + rec.end
    b.loop.run_until(start + 1_000_000)
    assert {k: t - start for k, t in done.items()} == {
        "so0": 11_000,
        "so2": 15_000,
        "so1": 21_000,
    }


# ktls_pending_rx_info -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("queued", "info"),
    [
        (0, (5, 0)),
        (1, None),
        (4, None),
        (5, (5, 1024)),
        (1028, (5, 1)),
        (1029, (5, 0)),  # complete: nothing is missing of record 5
        (1030, None),
        (1034, (6, 1024)),
        (2058, (6, 0)),
        (2100, (7, 3 * 1029 - 2100)),
    ],
)
def test_pending_rx_info(queued: int, info: tuple[int, int] | None) -> None:
    b = Bench(timing=KtlsTiming(wakeup_ns=1 << 40))  # the worker never comes
    for _ in range(3):
        b.record()
    if queued:
        b.poll([b.mbuf(0, queued, "E")], run=False)
    assert b.stack.ktls.ktls_pending_rx_info(b.sb) == info
