# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel asks an interface for, and what it looks at before it asks.

FreeBSD sys/kern/uipc_ktls.c: ktls_alloc_rcv_tag, ktls_reset_receive_tag.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from errno import ECONNRESET, ENXIO, EOPNOTSUPP
from typing import Any

import pytest

from sw_model.kernel.if_snd_tag import M_NODOM, TlsRxAllocParams
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.ktls_session import (
    CRYPTO_CHACHA20_POLY1305,
    TCP_TLS_MODE_IFNET,
    TCP_TLS_MODE_SW,
)
from tests.unit.fake_nic import FakeNic
from tests.unit.kernel_bench import Bench


def suite(b: Bench) -> None:
    tls = b.sb.sb_tls_info
    tls.params = replace(tls.params, cipher_algorithm=CRYPTO_CHACHA20_POLY1305)


def inp_change(name: str, value: object) -> Callable[[Bench], None]:
    return lambda b: setattr(b.so.inp, name, value)


def not_permitted(b: Bench) -> None:
    b.stack.sysctl["kern.ipc.tls.ifnet.permitted"] = 0


def no_capability(b: Bench) -> None:
    b.nic.capenable2 = 0


# In the order in which the kernel looks.
CHECKS: list[tuple[str, Callable[[Bench], None], int]] = [
    ("suite", suite, ENXIO),
    ("dropped", inp_change("dropped", True), ECONNRESET),
    ("no socket", inp_change("inp_socket", None), ECONNRESET),
    ("permitted", not_permitted, ENXIO),
    ("route", inp_change("ro_nh", None), ENXIO),
    ("capability", no_capability, EOPNOTSUPP),
]
PAIRS = [(a, b) for i, a in enumerate(CHECKS) for b in CHECKS[i:] if a is b or a[2] != b[2]]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda check: check[0])
def test_order_of_checks(
    first: tuple[str, Callable[[Bench], None], int],
    second: tuple[str, Callable[[Bench], None], int],
) -> None:
    b = Bench(permitted=1)
    before = list(b.nic.log)
    for _, spoil, _ in (second, first):
        spoil(b)
    tls, got = b.sb.sb_tls_info, []
    errno = b.stack.ktls.ifnet.ktls_alloc_rcv_tag(b.so, tls, lambda e, t: got.append((e, t)))
    assert errno == first[2]
    assert (got, b.nic.log) == ([], before)  # the driver was not asked


def asked_for(nic: FakeNic) -> list[TlsRxAllocParams]:
    """Every set of parameters the driver gets from now on."""
    seen: list[TlsRxAllocParams] = []
    alloc = nic.snd_tag_alloc

    def snd_tag_alloc(params: Any, done: Any) -> None:
        seen.append(replace(params))
        alloc(params, done)

    nic.snd_tag_alloc = snd_tag_alloc  # type: ignore[method-assign]
    return seen


@pytest.mark.parametrize("domain", [M_NODOM, 1])
def test_parameters_come_from_the_control_block(domain: int) -> None:
    """At the first allocation and at the one behind a path change, which keeps the VLAN id."""
    b = Bench(enable=False)
    inp = b.so.inp
    assert inp is not None
    inp.ro_nh = VlanIfnet(b.nic, 100)
    inp.inp_flowid, inp.inp_flowtype, inp.inp_numa_domain = 0x1234, 4, domain
    seen = asked_for(b.nic)
    b.enable()
    b.run()
    b.record()
    b.send("E")  # by the leaf interface, which is not the one of the route
    assert len(seen) == 2
    for params in seen:
        assert (params.inp, params.session) == (inp, b.sb.sb_tls_info)
        assert (params.flowid, params.flowtype, params.numa_domain) == (0x1234, 4, domain)
        assert params.vlan_id == 100


def test_a_vlan_interface_can_what_its_parent_can() -> None:
    b = Bench(enable=False)
    b.nic.capenable2 = 2  # IPv6 only
    assert b.so.inp is not None
    b.so.inp.ro_nh = VlanIfnet(b.nic, 100)
    b.enable()
    b.run()
    assert (b.so.mode(), b.nic.log) == (TCP_TLS_MODE_SW, [])


@pytest.mark.parametrize(("permitted", "resets"), [(1, 1), (0, 0)])
def test_a_software_session_may_be_offloaded_by_a_path_change(permitted: int, resets: int) -> None:
    """The interface of the route is noted before its capability is looked at, and that note is all
    the path check asks for. The mode stays SW, though the NIC decrypts."""
    b = Bench(enable=False, permitted=permitted)
    b.nic.capenable2 = 0
    b.enable()
    b.run()
    other = FakeNic(b.loop, "mce1")
    b.stack.attach(other)
    first, second = b.record(), b.record()
    b.poll([b.mbuf(first.start, first.end, "E", ifp=other)])
    assert (b.counter("ifnet.reset"), len(other.tags)) == (resets, resets)
    b.poll([b.mbuf(second.start, second.end, "E", ifp=other)])
    assert other.calls == [(0x10405, 1029, 6)] * resets
    assert b.so.mode() == TCP_TLS_MODE_SW
    b.user_ok(first, second)
    b.so.abort()
    b.run()
    assert all(tag.freed for tag in other.tags)
    assert (b.counter("sw.gcm"), b.counter("ifnet.gcm")) == (0, 0)


def test_mode_is_settled_before_the_tag_is_used() -> None:
    """Between setsockopt and the driver's answer records are software's, and nobody is told."""
    b = Bench(enable=False)
    b.nic.delay = 1_000_000
    assert b.enable() == 0
    rec = b.record()
    b.send("E", run=False)
    b.run(500_000)
    assert (b.done, b.so.mode(), b.counter("ifnet.gcm")) == ([], 0, 0)
    b.run()
    assert (b.done, b.so.mode(), b.counter("ifnet.gcm")) == ([0], TCP_TLS_MODE_IFNET, 1)
    assert b.calls == []
    b.user_ok(rec)
