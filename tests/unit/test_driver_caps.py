# SPDX-License-Identifier: BSD-2-Clause
"""Devices that can do less: what the driver offers then, and what it says to who asks anyway."""

from __future__ import annotations

from errno import ENOMEM, EOPNOTSUPP, EPROTONOSUPPORT
from typing import Any

import pytest

from sw_model.driver.caps import HcaCaps
from sw_model.kernel.ktls_session import TCP_TLS_MODE_SW
from tests.unit.driver_kit import Conn, FakeSession, Script
from tests.unit.kernel_bench import Bench
from tests.unit.nic_kit import Flow


def conn(dport: int = 50000) -> Conn:
    return Conn(Flow(dport=dport).records(1))


@pytest.mark.parametrize("missing", [{"tls_rx": False}, {"log_max_dek": 0},
                                     {"outer_ip_version": False}])  # fmt: skip
def test_without_one_of_three_capabilities_there_is_no_feature(missing: dict[str, Any]) -> None:
    s, c = Script(caps=HcaCaps(**missing)), conn()
    assert s.ifp.capenable2 == 0  # the kernel does not even ask
    s.alloc(c)
    assert (c.errno, s.log, s.ifp.tls_rx.num_resources) == (EOPNOTSUPP, [], 0)


def test_such_an_interface_means_software() -> None:
    b = Bench(enable=False)
    assert b.so.inp is not None
    b.so.inp.ro_nh = Script(caps=HcaCaps(tls_rx=False)).ifp
    assert b.enable() == 0
    b.run()
    assert b.so.mode() == TCP_TLS_MODE_SW


@pytest.mark.parametrize("pair", [("1.2", 16), ("1.2", 32), ("1.3", 16), ("1.3", 32)])
def test_each_version_and_key_size_has_its_own_bit(pair: tuple[str, int]) -> None:
    version, size = pair
    name = f"tls_{version.replace('.', '_')}_aes_gcm_{8 * size}"
    s = Script(caps=HcaCaps(**{name: False}))
    for v, key in (("1.2", 16), ("1.2", 32), ("1.3", 16), ("1.3", 32)):
        c = conn(50000 + key + int(v[2]))
        s.alloc(c, session=FakeSession(v, key=bytes(key), iv=bytes(4 if v == "1.2" else 12)))
        s.settle()
        assert c.errno == (EPROTONOSUPPORT if (v, key) == pair else 0)


@pytest.mark.parametrize("log_max_dek", [1, 2, 3])
def test_half_of_the_keys_are_for_receive(log_max_dek: int) -> None:
    s = Script(caps=HcaCaps(log_max_dek=log_max_dek))
    errors = []
    for i in range(5):
        c = conn(50000 + i)
        s.alloc(c)
        s.settle()
        errors.append(c.errno)
    room = 1 << (log_max_dek - 1)
    assert errors == [0] * room + [ENOMEM] * (5 - room)
