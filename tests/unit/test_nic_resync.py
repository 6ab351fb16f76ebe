# SPDX-License-Identifier: BSD-2-Clause
"""How the golden NIC comes back: it searches a header, software confirms, a record must verify."""

from __future__ import annotations

import pytest

from sw_model.crypto.gcm import seal_record
from sw_model.nic.layout import AuthState, TrackState
from tests.unit.nic_kit import KEYS12, KEYS13, D, Flow, N, R, Rig

# ---- search ----


def test_candidate_straddles_packets_and_a_refuted_header_is_searched_again() -> None:
    flow = Flow().records(6)
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 1)
    assert rig.send(flow, 2058 - 40, 2058 + 3) == R
    assert rig.psv().track == TrackState.SEARCHING
    assert rig.send(flow, 2058 + 3, 2058 + 4) == N
    assert rig.send(flow, 2058 + 4, 3000) == N
    assert rig.psv().hw_resync_tcp_sn == flow.s(2)


def test_refuted_header_hides_the_true_one_in_its_own_bytes() -> None:
    """Behind a false record stands 17 17 03 03: refuted, and found again one byte further."""
    flow = Flow().records(3)
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 1)
    true = seal_record(KEYS12, 9, 23, b"t" * 30)
    junk = bytes.fromhex("1703030018") + bytes(24) + b"\x17"
    seq = flow.s(1) + 5000
    data = junk + true
    for cut in range(28, len(junk) + 6):
        rig = Rig().program(flow)
        rig.send_records(flow, 0, 1)
        assert rig.send_raw(flow, seq, data[:cut]) == R
        later = rig.send_raw(flow, seq + cut, data[cut:])
        # The false successor at 29 is judged when its fifth byte, at 33, was seen.
        assert later == (R if cut < len(junk) + 4 else N)
        assert rig.psv().hw_resync_tcp_sn == seq + len(junk)


def test_lost_in_a_marked_stream_by_an_implausible_header() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    assert rig.send_raw(flow, flow.start, flow.wire[:1029] + b"\x17\x03\x04\x00\x40") == R
    psv = rig.psv()
    assert (psv.track, psv.auth) == (TrackState.SEARCHING, AuthState.NO_OFFLOAD)
    assert psv.next_record_tcp_sn == flow.s(1) + 5


@pytest.mark.parametrize(
    ("keys", "header", "ok"),
    [
        (KEYS12, "1703030018", True),
        (KEYS12, "1703030017", False),
        (KEYS12, "1703034018", True),
        (KEYS12, "1703034019", False),
        (KEYS12, "1403030100", True),
        (KEYS12, "1303030100", False),
        (KEYS12, "1803030100", False),
        (KEYS12, "1703020100", False),
        (KEYS12, "1702030100", False),
        (KEYS13, "1703030011", True),
        (KEYS13, "1703030010", False),
        (KEYS13, "1703034011", True),
        (KEYS13, "1703034012", False),
        (KEYS13, "1603030100", False),
    ],
)
def test_plausible_headers(keys: object, header: str, ok: bool) -> None:
    flow = Flow(keys=keys)  # type: ignore[arg-type]
    rig = Rig().program(flow)
    got = rig.send_raw(flow, flow.start, bytes.fromhex(header), bytes.fromhex(header))
    assert got == (D if ok else R)


def test_relock_is_silent_and_moves_the_candidate() -> None:
    flow = Flow().records(9)
    rig = Rig(relock_records=3).program(flow)
    rig.send_records(flow, 0, 1)
    assert rig.send_records(flow, 2, 5) == [R, N, N]
    assert (rig.psv().hw_resync_tcp_sn, rig.psv().record_offset) == (flow.s(2), 2)
    assert rig.send_records(flow, 5, 6) == [N]  # refuted by age, its body is searched
    assert (rig.psv().track, rig.psv().record_offset) == (TrackState.SEARCHING, 2)
    assert rig.send_records(flow, 6, 7) == [N]
    assert (rig.psv().hw_resync_tcp_sn, rig.psv().record_offset) == (flow.s(6), 0)


# ---- confirmation ----


def lost(count: int, keys: object = KEYS12) -> tuple[Flow, Rig]:
    """A rig that lost record 1 and has since followed ``count`` records from record 2 on."""
    flow = Flow(keys=keys).records(130, 20)  # type: ignore[arg-type]
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 1)
    rig.send_records(flow, 2, 2 + count)
    return flow, rig


@pytest.mark.parametrize("keys", [KEYS12, KEYS13])
@pytest.mark.parametrize("n", [0, 1, 100])
def test_74_records_counted_since_the_lock(n: int, keys: object) -> None:
    flow, rig = lost(1 + n, keys)
    assert rig.psv().record_offset == n
    rig.confirm(flow, flow.s(2), flow.first + 2)
    assert rig.send_records(flow, 3 + n, 6 + n) == [N, D, D]


def test_74_several_records_per_packet() -> None:
    flow, rig = lost(1)
    assert rig.send(flow, flow.headers[3], flow.headers[9]) == N
    rig.confirm(flow, flow.s(2), flow.first + 2)
    assert rig.send(flow, flow.headers[9], flow.headers[20]) == N
    assert rig.send(flow, flow.headers[20], flow.headers[30]) == D


def test_confirmation_inside_a_record_counts_from_the_next_header() -> None:
    flow, rig = lost(3)
    middle = flow.headers[5] + 30
    rig.send(flow, flow.headers[5], middle)
    rig.confirm(flow, flow.s(2), flow.first + 2)
    assert rig.send(flow, middle, flow.headers[6]) == N
    assert rig.psv().auth == AuthState.AUTHENTICATION  # record 5 was not whole
    assert rig.send_records(flow, 6, 9) == [N, D, D]


@pytest.mark.parametrize("seen", [1, 4, 5, 13])
def test_confirmation_inside_a_header(seen: int) -> None:
    flow, rig = lost(3)
    rig.send(flow, flow.headers[5], flow.headers[5] + seen)
    rig.confirm(flow, flow.s(2), flow.first + 2)
    assert rig.send(flow, flow.headers[5] + seen, flow.headers[6]) == N
    assert rig.send_records(flow, 6, 8) == ([D, D] if seen < 5 else [N, D])


def test_71_stale_confirmation_is_ignored() -> None:
    flow, rig = lost(3)
    before = rig.psv()
    rig.confirm(flow, flow.s(3), flow.first + 3)  # a true header, but not the one held
    assert rig.psv() == before
    assert rig.send_records(flow, 5, 7) == [N, N]


def test_72_duplicate_confirmation_is_ignored() -> None:
    flow, rig = lost(3)
    rig.confirm(flow, flow.s(2), flow.first + 2)
    rig.confirm(flow, flow.s(2), 999)
    assert rig.send_records(flow, 5, 7) == [N, D]
    rig.confirm(flow, flow.s(2), 999)
    assert rig.send_records(flow, 7, 9) == [D, D]


def test_confirmation_while_searching_is_ignored() -> None:
    flow = Flow().records(8)
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 1)
    rig.send(flow, flow.headers[2] + 20, flow.headers[2] + 300)
    before = rig.psv()
    assert before.track == TrackState.SEARCHING
    rig.confirm(flow, 0, flow.first)
    rig.confirm(flow, before.next_record_tcp_sn, flow.first)
    assert rig.psv() == before


def test_99_first_programming_of_2022_decrypts_nothing() -> None:
    flow = Flow().records(5)
    rig = Rig().program(flow, resync=flow.start, next_record_tcp_sn=0)
    assert rig.send_records(flow, 0, 3) == [R, N, N]
    assert rig.psv().hw_resync_tcp_sn == flow.s(0)
    rig.confirm(flow, flow.s(0), flow.first)
    assert rig.send_records(flow, 3, 5) == [N, D]
