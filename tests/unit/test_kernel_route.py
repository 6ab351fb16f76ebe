# SPDX-License-Identifier: BSD-2-Clause
"""The path changes under an offloaded connection."""

from __future__ import annotations

from errno import ENOMEM

import pytest

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET
from sw_model.kernel.ktls_wq import KtlsTiming
from tests.unit.fake_nic import FakeNic
from tests.unit.kernel_bench import Bench


def moved(b: Bench, **nic: object) -> FakeNic:
    """A second interface; packets arrive through it from now on."""
    other = FakeNic(b.loop, "mce1")
    for name, value in nic.items():
        setattr(other, name, value)
    other.log = b.nic.log
    b.stack.attach(other)
    return other


def test_h93_reset_task() -> None:
    b = Bench(timing=KtlsTiming(reset_task_ns=1_000))  # before the worker wakes up
    first = b.record()
    b.send("E")
    other = moved(b, delay=1_000_000)
    second, third, fourth = b.record(), b.record(), b.record()
    b.poll([b.mbuf(second.start, second.end, "E", ifp=other)], run=False)
    assert b.sb.sb_tls_info.reset_pending
    b.run(100_000)  # second is processed while there is no tag: its call is lost
    b.poll([b.mbuf(third.start, third.end, "E", ifp=other)], run=False)
    b.run()
    assert b.nic.log == ["alloc", "free", "alloc"]  # released before the new one, and only once
    assert b.counter("ifnet.reset") == 1
    assert (b.nic.tags[0].calls, other.calls) == ([(0x10000, 1029, 5)], [])
    assert b.so.mode() == TCP_TLS_MODE_IFNET
    b.poll([b.mbuf(fourth.start, fourth.end, "E", ifp=other)])
    assert other.calls == [(0x10C0F, 1029, 8)]
    b.user_ok(first, second, third, fourth)


def test_h93_new_tag_starts_at_its_own_time() -> None:
    b = Bench(timing=KtlsTiming(reset_task_ns=1_000_000))
    other = moved(b)
    records = [b.record() for _ in range(3)]
    for r in records:
        b.poll([b.mbuf(r.start, r.end, "E", ifp=other)], run=False)
        b.run(100_000)
    b.run()
    assert (other.tags[0].seq, other.tags[0].number) == (0x10C0F, 8)
    assert len(other.tags) == 1


def test_h94_no_capability_and_refusal() -> None:
    b = Bench()
    other = moved(b, capenable2=0)
    rec = b.record()
    b.poll([b.mbuf(0, 1029, "E", ifp=other)])
    assert (b.counter("ifnet.reset"), b.counter("ifnet.reset_failed")) == (0, 0)
    assert b.nic.tags[0].freed
    assert b.so.mode() == TCP_TLS_MODE_IFNET
    b.user_ok(rec)

    b = Bench()
    other = moved(b, error=ENOMEM)
    rec = b.record()
    b.poll([b.mbuf(0, 1029, "E", ifp=other)])
    assert b.counter("ifnet.reset_failed") == 1
    assert b.so.mode() == TCP_TLS_MODE_IFNET
    b.user_ok(rec)
    assert not b.sb.sb_tls_info.reset_pending


@pytest.mark.parametrize(
    ("ip", "caps", "bug", "resets"),
    [(4, 3, False, 1), (4, 3, True, 0), (6, 3, True, 1), (6, 2, True, 0), (6, 2, False, 1)],
)
def test_h95_capability_in_the_reset_task(ip: int, caps: int, bug: bool, resets: int) -> None:
    b = Bench(ip=ip, bugs=Bugs(reset_capability_by_number=bug))
    other = moved(b, capenable2=caps)
    b.record()
    b.poll([b.mbuf(0, 1029, "E", ifp=other)])
    assert b.counter("ifnet.reset") == resets


def test_h97_vlan_id_is_kept_for_the_leaf_interface() -> None:
    b = Bench(enable=False)
    vlan = VlanIfnet(b.nic, 100)
    assert b.so.inp is not None
    b.so.inp.ro_nh = vlan
    b.enable()
    b.run()
    assert b.tag.vlan_id == 100
    rec = b.record()
    b.send("E")  # arrives by the leaf interface: not the VLAN interface the tag came from
    assert b.counter("ifnet.reset") == 1
    assert b.tag.vlan_id == 100
    b.user_ok(rec)


def test_close_while_a_reset_is_pending() -> None:
    b = Bench(timing=KtlsTiming(reset_task_ns=1_000_000))
    other = moved(b)
    b.record()
    b.poll([b.mbuf(0, 1029, "E", ifp=other)], run=False)
    b.so.abort()
    assert not b.nic.tags[0].freed  # the task holds the socket
    b.run()
    assert b.nic.tags[0].freed
    assert other.tags == []
    assert b.counter("stats.active") == 0
