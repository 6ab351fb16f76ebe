# SPDX-License-Identifier: BSD-2-Clause
"""Flow rules of interfaces with and without a priority, and which packets they take."""

from __future__ import annotations

from dataclasses import replace
from errno import ENOMEM

import pytest

from sw_model.nic import layout as lo
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import TlsStatus
from tests.unit.driver_kit import Conn, Script
from tests.unit.nic_kit import Flow

# (pcp of the interface, VLAN id asked for) -> (cvlan_tag, first_vid) of the rule
RULES = [
    (None, 0, (False, 0)),
    (None, 100, (True, 100)),
    (3, 0, (True, 0)),  # priority-tagged
    (3, 100, (True, 100)),
]
TAGS = [None, 0, 100, 200]


def programmed(pcp: int | None, vlan_id: int) -> tuple[GoldenNic, Flow, lo.FlowRule]:
    """A golden NIC that got what the driver sent."""
    s, c = Script(pcp=pcp), Conn(Flow().records(3))
    s.alloc(c, vlan_id=vlan_id)
    s.settle()
    assert c.errno == 0
    nic = GoldenNic()
    for cmd in s.log:
        assert lo.Completion.parse(nic.command(cmd.pack())).status == lo.CplStatus.OK
    return nic, c.flow, lo.FlowRule.parse(s.log[-1].payload)


@pytest.mark.parametrize(("pcp", "vlan_id", "match"), RULES)
def test_the_tag_is_always_matched(pcp: int | None, vlan_id: int, match: tuple[bool, int]) -> None:
    nic, flow, rule = programmed(pcp, vlan_id)
    assert (rule.vlan, rule.vid) == match
    for tag in TAGS:
        fits = match == ((False, 0) if tag is None else (True, tag))
        frame = flow.frame(flow.s(0), flow.wire[:1029], vlan=tag)
        _, meta = nic.frame(frame)
        assert meta.flow_valid == fits, tag
        if fits:
            assert meta.tls_status == TlsStatus.DECRYPTED


@pytest.mark.parametrize("end", ["src", "dst", "sport", "dport"])
def test_every_part_of_the_tuple_counts(end: str) -> None:
    nic, flow, _ = programmed(None, 0)
    other = replace(flow, **{end: getattr(flow, end) + 1})
    _, meta = nic.frame(other.frame(flow.s(0), flow.wire[:1029]))
    assert not meta.flow_valid


def test_unknown_address_family() -> None:
    """Noticed last, when key and parameters are in hardware: all of it is undone."""
    s, c = Script(), Conn(Flow().records(1))
    c.vflag = 0
    s.alloc(c)
    s.settle()
    assert (c.errno, s.ifp.stats.rx_error, s.ifp.tls_rx.num_resources) == (ENOMEM, 1, 0)
    assert s.ops == ["CREATE_KEY", "SET_STATIC", "SET_PSV", "DESTROY_KEY", "DESTROY_CTX"]
