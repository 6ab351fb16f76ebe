# SPDX-License-Identifier: BSD-2-Clause
"""A connection over several ports: which one gets the tag, and how it follows the packets."""

from __future__ import annotations

from errno import EOPNOTSUPP
from typing import Any

import pytest

from sw_model.kernel.if_lagg import LaggIfnet
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, TCP_TLS_MODE_SW
from sw_model.kernel.mbuf import Mbuf, PktHdr, m_gethdr
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.tcp import ACK, TcpSegment
from tests.unit.kernel_bench import (
    CSUM_GOOD,
    DPORT,
    HOST,
    MAC_HOST,
    MAC_PEER,
    PEER,
    SPORT,
    Bench,
    FakeNic,
    Record,
)


class LaggBench(Bench):
    """Two ports; flow id 7 goes out by the second if ports are chosen by it."""

    def __init__(
        self, by_flowid: bool = False, vid: int | None = None, caps: tuple[int, int] = (3, 3)
    ) -> None:
        super().__init__(enable=False)
        self.ports = [self.nic, FakeNic(self.loop, "mce1")]
        for port, bits in zip(self.ports, caps, strict=True):
            port.capenable2 = bits
        self.stack.attach(self.ports[1])
        self.lagg = LaggIfnet("lagg0", list(self.ports), by_flowid)
        self.stack.attach_lagg(self.lagg)
        self.route: Any = self.lagg
        if vid is not None:
            self.route = VlanIfnet(self.lagg, vid)
            self.stack.attach_vlan(self.route)
        assert self.so.inp is not None
        self.so.inp.ro_nh = self.route

    def begin(self) -> None:
        assert self.enable() == 0
        self.run()

    def arrive(self, port: int) -> Record:
        """One record, not decrypted, by this port."""
        rec = self.record()
        self.poll([self.mbuf(rec.start, rec.end, "E", ifp=self.ports[port])])
        return rec

    @property
    def live(self) -> list[list[bool]]:
        """For each port: are its tags in use?"""
        return [[not t.freed for t in port.tags] for port in self.ports]


@pytest.mark.parametrize(
    ("by_flowid", "down", "port"),
    [(False, [], 0), (False, [0], 1), (True, [], 1), (True, [1], 0)],
)
def test_the_port_that_sends_gets_the_tag(by_flowid: bool, down: list[int], port: int) -> None:
    b = LaggBench(by_flowid)
    b.lagg.down = [b.ports[i] for i in down]
    b.begin()
    assert b.so.mode() == TCP_TLS_MODE_IFNET
    assert [len(p.tags) for p in b.ports] == [port == 0, port == 1]


def test_the_tag_follows_the_packets() -> None:
    """The first packet moves it from the lagg interface to a port, even the very same; then only a
    change of the port does. Each new tag starts at the record that is next at its time."""
    b = LaggBench()
    b.begin()
    records = [b.arrive(0)]
    assert (b.live, b.counter("ifnet.reset")) == ([[False, True], []], 1)
    records.append(b.arrive(0))
    assert b.counter("ifnet.reset") == 1
    records.append(b.arrive(1))
    assert (b.live, b.counter("ifnet.reset")) == ([[False, False], [True]], 2)
    assert (b.ports[1].tags[0].seq, b.ports[1].tags[0].number) == (0x10C0F, 8)
    records.append(b.arrive(1))
    assert b.ports[1].calls == [(0x10C0F, 1029, 8)]
    b.user_ok(*records)


def test_a_vlan_over_it_keeps_its_id_on_the_port() -> None:
    b = LaggBench(vid=100)
    b.begin()
    assert b.ports[0].tags[0].vlan_id == 100
    b.arrive(1)
    assert (b.live, b.ports[1].tags[0].vlan_id) == ([[False], [True]], 100)


@pytest.mark.parametrize("vid", [None, 100])
def test_rcvif_is_the_upper_interface_and_leaf_rcvif_the_port(vid: int | None) -> None:
    b = LaggBench(vid=vid)
    seen = []
    tcp_input = b.stack.tcp_input

    def spy(frame: Any, m: Mbuf) -> None:
        assert m.m_pkthdr is not None
        seen.append((m.m_pkthdr.rcvif, m.m_pkthdr.leaf_rcvif))
        tcp_input(frame, m)

    b.stack.tcp_input = spy  # type: ignore[method-assign]
    segment = TcpSegment(SPORT, DPORT, b.start, 1000, ACK, 0xFFFF, payload=bytes(10))
    frame = build_tcp_frame(MAC_PEER, MAC_HOST, PEER[4], HOST[4], segment, vlan=vid)
    hdr = PktHdr(rcvif=b.ports[1], leaf_rcvif=b.ports[1], csum_data=0xFFFF, csum_flags=CSUM_GOOD)
    b.stack.if_input([m_gethdr(frame, hdr)])
    assert seen == [(b.route, b.ports[1])]


@pytest.mark.parametrize("caps", [(3, 0), (0, 3), (2, 3)])
def test_all_ports_must_be_able(caps: tuple[int, int]) -> None:
    b = LaggBench(caps=caps)
    b.begin()
    assert (b.so.mode(), b.live) == (TCP_TLS_MODE_SW, [[], []])


@pytest.mark.parametrize("how", ["no link", "no hash"])
def test_no_port_to_ask_means_software(how: str) -> None:
    b = LaggBench(by_flowid=how == "no hash")
    assert b.so.inp is not None
    if how == "no link":
        b.lagg.down = list(b.ports)
    else:
        b.so.inp.inp_flowtype = 0
    b.begin()
    assert (b.so.mode(), b.live) == (TCP_TLS_MODE_SW, [[], []])
    assert [e["errno"] for e in b.trace.events if e["what"] == "tag_alloc"] == [EOPNOTSUPP]
