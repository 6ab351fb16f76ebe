# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC in the kernel facts' scenarios: in order, failures, loss, odd packets."""

from __future__ import annotations

from copy import deepcopy
from ipaddress import ip_address
from itertools import pairwise

import pytest

from sw_model.crypto.gcm import seal_record
from sw_model.nic import layout as lo
from sw_model.nic.faults import NicFaults
from sw_model.nic.layout import AuthState, TrackState
from sw_model.wire.tcp import ACK, FIN, RST, SYN
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


# ---- E: loss, reordering, retransmission ----


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


def test_75_record_numbers_carry_across_32_bits() -> None:
    for first in (0xFFFFFFFF, (1 << 64) - 3):
        flow = Flow(keys=KEYS13, first=first).records(3)
        assert Rig().program(flow).send_records(flow, 0, 3) == [D, D, D]


def test_99_first_programming_of_2022_decrypts_nothing() -> None:
    flow = Flow().records(5)
    rig = Rig().program(flow, resync=flow.start, next_record_tcp_sn=0)
    assert rig.send_records(flow, 0, 3) == [R, N, N]
    assert rig.psv().hw_resync_tcp_sn == flow.s(0)
    rig.confirm(flow, flow.s(0), flow.first)
    assert rig.send_records(flow, 3, 5) == [N, D]


# ---- contexts, keys, rules ----


def test_16_old_key_is_gone_before_the_tuple_comes_back() -> None:
    old = Flow().records(2)
    rig = Rig().program(old)
    rig.send_records(old, 0, 1)
    rig.do(lo.del_rule(3, old.rule()))
    rig.do(lo.destroy_key(4))
    rig.do(lo.destroy_ctx(3))
    assert rig.nic.key(4) is None
    assert rig.psv() == lo.ProgressParams(3)
    new = Flow(keys=lo_keys(b"k" * 16)).records(3)
    assert rig.send_records(new, 0, 1) == [N]
    rig.program(new, number=new.first + 1, next_record_tcp_sn=new.s(1))
    assert rig.send_records(new, 1, 3) == [D, D]


def lo_keys(key: bytes) -> object:
    return type(KEYS12)("1.2", key, bytes.fromhex("a0a1a2a3"))


def test_15_two_flows_do_not_touch_each_other() -> None:
    a, b = Flow().records(6), Flow(sport=444, keys=lo_keys(b"b" * 32)).records(6)  # type: ignore[arg-type]
    rig = Rig().program(a, 3, 4).program(b, 0, 63)
    assert rig.send_records(a, 0, 1) + rig.send_records(b, 0, 1) == [D, D]
    assert rig.send_records(a, 2, 3) == [R]
    assert rig.send_records(b, 1, 4) == [D, D, D]


def test_rules_match_tagging_exactly() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    assert rig.send(flow, 0, 1029, vlan=100) == N
    rig.do(lo.add_rule(3, flow.rule(vid=100)))
    assert rig.send(flow, 0, 1029, vlan=100) == D
    assert rig.send(flow, 1029, 2058, vlan=101) == N
    assert rig.send(flow, 1029, 2058, vlan=0) == N
    assert rig.send(flow, 1029, 2058) == D


def status_of(rig: Rig, cmd: bytes) -> int:
    return lo.Completion.parse(rig.nic.command(cmd)).status


@pytest.mark.model_only
def test_command_errors() -> None:
    flow = Flow()
    rig = Rig(num_flows=2)
    assert status_of(rig, lo.Command(0, 0).pack()) == lo.CplStatus.BAD_CMD
    assert status_of(rig, lo.Command(9, 0).pack()) == lo.CplStatus.BAD_CMD
    assert status_of(rig, lo.Command(lo.Op.SET_PSV, 0).pack()) == lo.CplStatus.BAD_CMD
    assert status_of(rig, lo.get_psv(2)) == lo.CplStatus.BAD_INDEX
    assert status_of(rig, lo.create_key(2, bytes(16))) == lo.CplStatus.BAD_INDEX
    assert status_of(rig, lo.add_rule(0, flow.rule())) == lo.CplStatus.OK
    assert status_of(rig, lo.add_rule(1, flow.rule())) == lo.CplStatus.EXISTS
    assert status_of(rig, lo.del_rule(0, flow.rule(vid=1))) == lo.CplStatus.NOT_FOUND
    assert status_of(rig, lo.add_rule(1, flow.rule(vid=1))) == lo.CplStatus.OK
    assert status_of(rig, lo.add_rule(1, flow.rule(vid=2))) == lo.CplStatus.FULL
    assert status_of(rig, lo.del_rule(0, flow.rule())) == lo.CplStatus.OK
    assert rig.nic.commands == 11


def test_completions_and_metadata_count_the_order() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    sent = flow.frame(flow.start, flow.wire[:1029])
    _, meta = rig.nic.frame(sent)
    assert (meta.cmd_count, meta.flow_valid, meta.flow, meta.frame_len) == (4, True, 3, len(sent))
    cpl = rig.do(lo.with_tag(lo.get_psv(3), 0xBEEF))
    assert (cpl.cmd_count, cpl.frames, cpl.tag, cpl.index) == (5, 1, 0xBEEF, 3)


def test_oversize_frame_passes_without_a_look() -> None:
    flow = Flow().records(20)
    rig = Rig().program(flow)
    big = flow.frame(flow.start, flow.wire[:16384])
    got, meta = rig.nic.frame(big)
    assert (got, meta) == (big, lo.PktMeta(frame_len=0xFFFF, cmd_count=4))


def test_disabled_engine_matches_nothing() -> None:
    flow = Flow().records(1)
    rig = Rig(enable=False).program(flow)
    assert rig.send_records(flow, 0, 1) == [N]


def test_destroyed_key_never_verifies() -> None:
    flow = Flow().records(2)
    rig = Rig().program(flow)
    rig.send(flow, 0, 500)
    rig.do(lo.destroy_key(4))
    sent = flow.frame(flow.seq(500), flow.wire[500:1029])
    got, meta = rig.nic.frame(sent)
    assert (got, meta.tls_status) == (sent, X)


def test_helper_decrypts_the_vector() -> None:
    assert decrypted(KEYS12, 5, VECTOR12)[13:33] == b"0123456789abcdef0123"
