# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC: streams in order, and records whose tag is bad."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from sw_model.nic import layout as lo
from sw_model.nic.faults import NicFaults
from sw_model.nic.layout import AuthState, TrackState
from tests.unit.nic_kit import KEYS12, KEYS13, D, Flow, N, R, Rig, X, decrypted

VECTOR12 = bytes.fromhex(
    "170303002c 0102030405060708 2c0ca9f90ffdaaf3be9e96627b6053698d06b161"
    "9592e99ab90e30e96b3afac80a9d81f2"
)
VECTOR13 = bytes.fromhex(
    "1703030025 6eceb9faa202ef0f92652526012d87b3cebf7f0692 f4ca5f097de038a3fec5576e8ece34fe"
)


@pytest.mark.parametrize(
    ("keys", "record", "clear"),
    [
        (KEYS12, VECTOR12, VECTOR12[:13] + b"0123456789abcdef0123" + VECTOR12[-16:]),
        (KEYS13, VECTOR13, VECTOR13[:5] + b"0123456789abcdef0123\x17" + VECTOR13[-16:]),
    ],
)
def test_golden_vectors(keys: object, record: bytes, clear: bytes) -> None:
    flow = Flow(keys=keys)  # type: ignore[arg-type]
    rig = Rig().program(flow)
    assert rig.send_raw(flow, flow.start, record, clear) == D
    rig = Rig().program(flow)  # byte by byte: every packet is marked
    for i in range(len(record)):
        assert rig.send_raw(flow, flow.seq(i), record[i : i + 1], clear[i : i + 1]) == D


def test_helper_decrypts_the_vector() -> None:
    assert decrypted(KEYS12, 5, VECTOR12)[13:33] == b"0123456789abcdef0123"


@pytest.mark.parametrize("keys", [KEYS12, KEYS13])
@pytest.mark.parametrize("family", [4, 6])
def test_in_order_stream_is_all_marked(keys: object, family: int) -> None:
    flow = Flow(keys=keys)  # type: ignore[arg-type]
    if family == 6:
        flow.src, flow.dst = ip_address("2001:db8::1"), ip_address("2001:db8::2")
    flow.records(10)
    rig = Rig().program(flow)
    assert rig.psv() == lo.ProgressParams(3, flow.start)
    cuts = range(0, len(flow.wire), 700)
    assert {rig.send(flow, c, min(c + 700, len(flow.wire))) for c in cuts} == {D}
    psv = rig.psv()
    assert (psv.track, psv.auth) == (TrackState.TRACKING, AuthState.OFFLOAD)
    assert psv.next_record_tcp_sn == flow.s(10)


def test_40_records_in_one_packet() -> None:
    flow = Flow().records(40, 5)
    assert Rig().program(flow).send(flow, 0, len(flow.wire)) == D


def test_record_types_of_tls12_and_empty_record() -> None:
    flow = Flow().record(b"x", 21).record(b"hello", 22).record(b"", 23).record(b"end", 20)
    assert Rig().program(flow).send(flow, 0, len(flow.wire)) == D


def test_75_record_numbers_carry_across_32_bits() -> None:
    for first in (0xFFFFFFFF, (1 << 64) - 3):
        flow = Flow(keys=KEYS13, first=first).records(3)
        assert Rig().program(flow).send_records(flow, 0, 3) == [D, D, D]


# ---- D: authentication failures ----


def test_43_bad_tag_in_one_packet_leaves_as_it_came() -> None:
    flow = Flow().records(3).spoil(1028)
    assert Rig().program(flow).send_records(flow, 0, 3) == [X, D, D]


def test_44_bad_tag_in_the_last_of_three_packets() -> None:
    flow = Flow().records(2).spoil(600)
    flow.clear = flow.clear[:600] + bytes((flow.clear[600] ^ 1,)) + flow.clear[601:]
    rig = Rig().program(flow)
    assert [rig.send(flow, a, a + 343) for a in (0, 343, 686)] == [D, D, X]
    assert rig.send_records(flow, 1, 2) == [D]


@pytest.mark.parametrize("keys", [KEYS12, KEYS13])
def test_45_46_wrong_number_never_marks_after_a_confirmation(keys: object) -> None:
    """With TLS 1.2 the keystream would even be right; AUTHENTICATION keeps both unmarked."""
    flow = Flow(keys=keys).records(8)  # type: ignore[arg-type]
    rig = Rig().program(flow)
    size = flow.headers[1]
    rig.send_records(flow, 0, 1)
    assert rig.send(flow, 2 * size, 3 * size) == R
    rig.confirm(flow, flow.s(2), flow.first + 3)
    assert rig.psv().auth == AuthState.AUTHENTICATION
    third = [rig.send(flow, 3 * size + a, 3 * size + b) for a, b in ((0, 300), (300, size))]
    assert third == [N, X]
    assert (rig.psv().track, rig.psv().auth) == (TrackState.SEARCHING, AuthState.NO_OFFLOAD)
    assert rig.send_records(flow, 4, 6) == [N, N]


def test_47_one_bad_record_of_two_in_a_packet() -> None:
    flow = Flow().records(4).spoil(1000)
    rig = Rig().program(flow)
    assert rig.send(flow, 0, flow.headers[2]) == X
    assert rig.send_records(flow, 2, 4) == [D, D]


@pytest.mark.model_only
def test_48_mutant_that_marks_a_bad_tag_is_visible() -> None:
    flow = Flow().records(1).spoil(1028)
    flow.clear = flow.clear[:1028] + flow.wire[1028:]
    rig = Rig(faults=NicFaults(mark_bad_tag=True)).program(flow)
    assert rig.send_records(flow, 0, 1) == [D]
