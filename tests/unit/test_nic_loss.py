# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC behind a bad link: loss, reordering, retransmission, packets that say nothing."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise

import pytest

from sw_model.nic import layout as lo
from sw_model.nic.layout import AuthState, TrackState
from sw_model.wire.tcp import ACK, FIN, RST, SYN
from tests.unit.nic_kit import D, Flow, N, R, Rig, X


def test_51_relock_at_a_known_header_without_software() -> None:
    flow = Flow().records(3, 1400)
    rig = Rig().program(flow)
    cuts = list(range(0, len(flow.wire) + 1, 500))
    spans = list(pairwise(cuts))
    assert rig.send(flow, *spans[0]) == D
    assert rig.send(flow, *spans[2]) == N  # packet 1 lost; this one has the next header
    assert rig.psv().track == TrackState.TRACKING
    assert [rig.send(flow, *spans[k]) for k in (3, 4)] == [D, D]
    assert rig.send(flow, *spans[1]) == N  # late
    assert rig.send(flow, *spans[5]) == D


def test_gap_up_to_exactly_the_next_header() -> None:
    flow = Flow().records(3)
    rig = Rig().program(flow)
    assert rig.send(flow, 0, 500) == D
    assert rig.send_records(flow, 1, 3) == [N, D]  # not in order, then in order


def test_gap_inside_a_record_tears_only_that_record() -> None:
    flow = Flow().records(3)
    rig = Rig().program(flow)
    got = [rig.send(flow, a, b) for a, b in ((0, 300), (600, 800), (800, 1029))]
    assert got == [D, N, N]
    assert rig.send_records(flow, 1, 3) == [D, D]


@pytest.mark.parametrize(("seen", "expect"), [(0, R), (4, R), (5, N), (12, N), (13, N)])
def test_gap_inside_a_header(seen: int, expect: lo.TlsStatus) -> None:
    """The next header is known once five bytes were seen, also inside the explicit nonce."""
    flow = Flow().records(3)
    rig = Rig().program(flow)
    assert rig.send(flow, 0, 1029 + seen) == D
    assert rig.send(flow, 1029 + 20, 1500) == expect


def test_52_hidden_header_needs_software_once() -> None:
    flow = Flow().records(12)
    rig = Rig().program(flow)
    assert rig.send_records(flow, 0, 1) == [D]
    assert rig.send_records(flow, 2, 5) == [R, N, N]  # record 1 lost
    psv = rig.psv()
    assert (psv.track, psv.auth) == (TrackState.TRACKING, AuthState.NO_OFFLOAD)
    assert (psv.hw_resync_tcp_sn, psv.record_offset) == (flow.s(2), 2)
    rig.confirm(flow, flow.s(2), flow.first + 2)
    assert rig.send_records(flow, 5, 12) == [N] + [D] * 6


def state(thing: object) -> object:
    """Every value inside a context, its open records included, in a form that compares; not what
    it keeps for speed (names that begin with _) nor its cipher, which has no state."""
    if isinstance(thing, list | tuple):
        return [state(each) for each in thing]
    names = [*getattr(thing, "__slots__", ()), *getattr(thing, "__dict__", ())]
    if isinstance(thing, int) or not names:
        return deepcopy(thing)
    kept = [name for name in names if not name.startswith("_") and name != "aead"]
    return {name: state(getattr(thing, name)) for name in kept}


def test_53_late_retransmission_changes_nothing() -> None:
    flow = Flow().records(3)
    rig = Rig().program(flow)
    rig.send(flow, 0, 1400)
    before = rig.psv(), state(rig.nic.context(3))
    assert rig.send(flow, 100, 1400) == N
    assert (rig.psv(), state(rig.nic.context(3))) == before
    assert rig.send(flow, 1400, 3087) == D


def test_54_overlap_skips_ahead() -> None:
    flow = Flow().records(3)
    rig = Rig().program(flow)
    assert rig.send(flow, 0, 700) == D
    assert rig.send(flow, 500, 1100) == N
    assert rig.send(flow, 1100, 3087) == D


def test_overlap_with_a_bad_tag_reports_it() -> None:
    flow = Flow().records(2).spoil(1028)
    rig = Rig().program(flow)
    rig.send(flow, 0, 700)
    assert rig.send(flow, 600, 1029) == X


def test_56_bad_checksum_or_bad_frame_changes_nothing() -> None:
    flow = Flow().records(3)
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 1)
    before = rig.psv()
    sent = bytearray(flow.frame(flow.s(1), flow.wire[1029:2058]))
    sent[-1] ^= 0x40
    got, meta = rig.nic.frame(bytes(sent))
    assert (got, meta.tls_status, meta.l4_ok, meta.flow_valid) == (bytes(sent), N, False, False)
    whole = flow.frame(flow.s(1), flow.wire[1029:2058])
    got, meta = rig.nic.frame(whole, bad=True)
    assert (got, meta.tls_status, meta.bad, meta.flow_valid) == (whole, N, True, False)
    assert rig.psv() == before
    assert rig.send_records(flow, 1, 3) == [D, D]


def test_57_packets_without_new_data_change_nothing() -> None:
    flow = Flow().records(3)
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 1)
    before = rig.psv()
    assert rig.send(flow, 1028, 1029) == N  # keep-alive with a garbage byte
    assert rig.send_raw(flow, flow.s(1) - 1, b"") == N
    for flags in (ACK, FIN | ACK, RST, SYN):
        assert rig.send_raw(flow, flow.s(1), b"", flags=flags) == N
    for flags in (RST | ACK, SYN | ACK):
        assert rig.send(flow, 1029, 2058, flags=flags) == N
    assert rig.psv() == before
    assert rig.send(flow, 1029, 2058, flags=FIN | ACK) == D


def test_58_swapped_packets_inside_a_record() -> None:
    flow = Flow().records(3)
    rig = Rig().program(flow)
    spans = [(0, 300), (600, 900), (300, 600), (900, 1300), (1300, 3087)]
    assert [rig.send(flow, *s) for s in spans] == [D, N, N, N, D]


def test_59_false_headers_never_get_confirmed() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 1)
    junk = bytes.fromhex("1703030020") * 200
    seq = (flow.s(1) + 20000) & 0xFFFFFFFF
    assert rig.send_raw(flow, seq, junk) == R
    assert rig.psv().hw_resync_tcp_sn != 0  # a false header; only software can tell


def test_60_sequence_wrap_inside_a_record() -> None:
    flow = Flow(start=0xFFFFFF00).records(4)
    rig = Rig().program(flow)
    assert (flow.s(1), flow.s(2)) == (0x305, 0x70A)
    cuts = range(0, len(flow.wire), 343)
    assert {rig.send(flow, c, min(c + 343, len(flow.wire))) for c in cuts} == {D}
    assert rig.psv().next_record_tcp_sn == flow.s(4)


def test_far_packets_are_not_looked_at() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    before = rig.psv()
    for away in (1 << 30, (1 << 31), (1 << 32) - (1 << 30)):
        assert rig.send_raw(flow, (flow.start + away) & 0xFFFFFFFF, b"x" * 100) == N
    assert rig.psv() == before
    assert rig.send_raw(flow, flow.start + (1 << 30) - 1, b"x" * 100) == R
