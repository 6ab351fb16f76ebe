# SPDX-License-Identifier: BSD-2-Clause
"""Completion codes become checksum flags (scenarios 17 to 19), and the command queue's rules."""

from __future__ import annotations

from dataclasses import replace
from errno import ENOMEM
from ipaddress import ip_address

import pytest

from sw_model.driver.faults import NO_FAULTS, DriverFaults
from sw_model.driver.iq import ROOM, CommandQueue
from sw_model.driver.rx import CSUM_GOOD, RqStats, build_rx_mbuf
from sw_model.kernel import mbuf
from sw_model.nic import layout as lo
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import PktMeta, TlsStatus
from tests.unit.nic_kit import Flow

IFP = object()


def received(flow: Flow, status: TlsStatus = TlsStatus.NONE) -> tuple[bytes, PktMeta]:
    frame = flow.frame(flow.start, b"x" * 500)
    return frame, replace(GoldenNic().frame(frame)[1], tls_status=status)


def flags(meta: PktMeta, frame: bytes, faults: DriverFaults = NO_FAULTS) -> tuple[int, RqStats]:
    stats = RqStats()
    m = build_rx_mbuf(frame, meta, IFP, stats, faults)
    assert m.m_pkthdr is not None
    assert (m.data, m.m_pkthdr.len) == (frame, len(frame))
    assert (m.m_pkthdr.rcvif, m.m_pkthdr.leaf_rcvif) == (IFP, IFP)
    return m.m_pkthdr.csum_flags, stats


@pytest.mark.parametrize(
    ("status", "marked", "ok", "error"),
    [
        (TlsStatus.NONE, False, 0, 0),
        (TlsStatus.DECRYPTED, True, 1, 0),
        (TlsStatus.RESYNC, False, 0, 0),
        (TlsStatus.AUTH_FAIL, False, 0, 1),
    ],
)
def test_19_completion_codes(status: TlsStatus, marked: bool, ok: int, error: int) -> None:
    frame, meta = received(Flow(), status)
    got, stats = flags(meta, frame)
    assert got == CSUM_GOOD | (mbuf.CSUM_TLS_DECRYPTED if marked else 0)
    assert got & mbuf.CSUM_TLS_MASK == (0x10000000 if marked else 0)
    assert (stats.decrypted_ok_packets, stats.decrypted_error_packets) == (ok, error)
    assert (stats.packets, stats.bytes) == (1, len(frame))


def test_faults_mark_what_must_not_be_marked() -> None:
    frame, meta = received(Flow(), TlsStatus.AUTH_FAIL)
    assert flags(meta, frame, DriverFaults(code3_is_decrypted=True))[0] & 0x10000000
    frame, meta = received(Flow(), TlsStatus.RESYNC)
    assert flags(meta, frame, DriverFaults(code2_is_decrypted=True))[0] & 0x10000000


def test_only_good_packets_get_checksum_flags() -> None:
    frame, meta = received(Flow())
    for bad in (replace(meta, l4_ok=False), replace(meta, l3_ok=False), replace(meta, bad=True)):
        assert flags(bad, frame)[0] == 0
    udp = replace(meta, is_tcp=False, l4_checked=False, l4_ok=False)
    assert flags(udp, frame)[0] == 0


def test_hash_tells_flows_apart_and_keeps_one_together() -> None:
    def hashed(flow: Flow) -> tuple[int, int]:
        frame, meta = received(flow)
        hdr = build_rx_mbuf(frame, meta, IFP, RqStats(), NO_FAULTS).m_pkthdr
        assert hdr is not None
        return hdr.flowid, hdr.rsstype

    a, b = hashed(Flow()), hashed(Flow(sport=444))
    assert a == hashed(Flow(start=999))
    assert a[0] != b[0]
    assert a[1] == mbuf.M_HASHTYPE_RSS_TCP_IPV4
    six = Flow(src=ip_address("2001:db8::1"), dst=ip_address("2001:db8::2"))
    assert hashed(six)[1] == mbuf.M_HASHTYPE_RSS_TCP_IPV6
    assert flags(received(six)[1], received(six)[0])[0] == CSUM_GOOD


# ---- command queue ----


def complete(q: CommandQueue, sent: list[bytes], i: int = 0) -> None:
    cmd = lo.Command.parse(sent.pop(i))
    q.completion(lo.Completion(cmd.opcode, 0, cmd.tag, cmd.index, 0, 0).pack())


def test_queue_refuses_without_room_and_recovers() -> None:
    sent: list[bytes] = []
    q = CommandQueue(sent.append, blocks=ROOM + 1)
    assert q.post(lo.get_psv(1)) == 0
    assert q.post(lo.get_psv(2)) == 0
    assert q.post(lo.get_psv(3)) == ENOMEM
    q.check()
    complete(q, sent)
    assert q.post(lo.get_psv(3)) == 0
    static = lo.StaticParams(False, bytes(4), 0, 0)
    q = CommandQueue(sent.append)
    q.post(lo.set_static(0, static))
    assert q.used == 2  # 80 bytes: two basic blocks


def test_callbacks_run_once_and_by_tag() -> None:
    sent: list[bytes] = []
    seen: list[tuple[str, bool]] = []
    q = CommandQueue(sent.append)
    q.post(lo.get_psv(1), lambda c: seen.append(("a", c is None)))
    q.post(lo.get_psv(2), lambda c: seen.append(("b", c is None)))
    q.post(lo.get_psv(3), lambda c: seen.append(("c", c is None)))
    duplicate = sent[1]
    complete(q, sent, 1)
    sent.insert(0, duplicate)
    complete(q, sent)  # nobody waits for this tag any more
    assert seen == [("b", False)]
    q.stop()
    assert seen == [("b", False), ("a", True), ("c", True)]
    assert q.post(lo.get_psv(1)) == ENOMEM
    q.execute(lo.get_psv(1), lambda c: seen.append(("fw", c is None)))
    assert seen[-1] == ("fw", True)


def test_firmware_commands_need_no_room() -> None:
    sent: list[bytes] = []
    q = CommandQueue(sent.append, blocks=0)
    done: list[int] = []
    q.execute(lo.destroy_key(1), lambda c: done.append(1))
    assert q.post(lo.get_psv(0)) == ENOMEM
    complete(q, sent)
    assert done == [1]


def test_tags_are_not_reused_while_outstanding() -> None:
    sent: list[bytes] = []
    q = CommandQueue(sent.append, blocks=1 << 20)
    q.post(lo.get_psv(0))
    first = sent[0]
    for _ in range((1 << 16) - 1):
        q.post(lo.get_psv(0))
        complete(q, sent, 1)
    q.post(lo.get_psv(0))
    assert lo.Command.parse(sent[1]).tag != lo.Command.parse(first).tag


@pytest.mark.parametrize(
    ("size", "inside"), [(60, True), (158, True), (159, False), (160, False), (161, False)]
)
def test_small_packets_are_copied_into_the_mbuf(size: int, inside: bool) -> None:
    """Up to MHLEN - 2; the cluster of others goes up and can be shared, and costs the buffer."""
    frame = Flow().frame(0x10000, bytes(size - 54))
    m = build_rx_mbuf(frame, GoldenNic().frame(frame)[1], IFP, RqStats(), NO_FAULTS)
    assert (m.ext is None) == inside
    assert m.mem == (256 if inside else 256 + 2048)
