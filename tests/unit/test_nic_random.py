# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC on random streams: a marked packet holds the truth, an unmarked one the wire.

The truth is sealed and decrypted by ``cryptography`` beforehand, record by record. Packets are cut,
lost, repeated, swapped, overlapped and spoiled at random; software confirms true and false things.
"""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from sw_model.nic import layout as lo
from sw_model.nic.context import Context
from sw_model.nic.faults import NicFaults
from sw_model.nic.layout import AuthState, TrackState
from sw_model.rng import stream
from tests.unit.nic_kit import KEYS12, KEYS13, D, Flow, R, Rig, X

SIZES = (0, 1, 2, 15, 16, 17, 31, 40, 200, 1000, 3000)


def random_flow(rng: random.Random) -> Flow:
    keys = rng.choice((KEYS12, KEYS13))
    flow = Flow(keys=keys, start=rng.getrandbits(32), first=rng.getrandbits(rng.choice((4, 64))))
    flow.first %= (1 << 64) - 200
    for _ in range(60):
        kind = 23 if keys is KEYS13 else rng.choice((20, 21, 22, 23))
        payload = rng.randbytes(rng.choice(SIZES))
        if rng.random() < 0.1:  # plaintext that looks like headers
            payload = bytes.fromhex("1703030020") * 20
        flow.record(payload, kind, pad=rng.choice((0, 3)) if keys is KEYS13 else 0)
    return flow


def packets(rng: random.Random, flow: Flow) -> list[tuple[int, int]]:
    """Spans of the stream in the order of arrival."""
    cuts = {0, len(flow.wire)}
    at = 0
    while at < len(flow.wire):
        at += rng.choice((1, 3, 17, 100, 536, 1448, 1448))
        cuts.add(min(at, len(flow.wire)))
    for h in rng.sample(flow.headers, 10):  # also at and around headers
        cuts.add(min(len(flow.wire), max(0, h + rng.randrange(-3, 14))))
    edges = sorted(cuts)
    spans = list(pairwise(edges))
    out: list[tuple[int, int]] = []
    for span in spans:
        dice = rng.random()
        if dice < 0.03:
            continue  # lost
        out.append(span)
        if dice < 0.06:
            out.append(rng.choice(spans))  # out of place, or late
        elif dice < 0.08:
            out.append((max(0, span[0] - rng.randrange(40)), span[1]))  # overlapping repeat
    for i in range(len(out) - 1):
        if rng.random() < 0.02:
            out[i], out[i + 1] = out[i + 1], out[i]
    return out


def confirm_sometimes(rng: random.Random, rig: Rig, flow: Flow) -> None:
    """Software answers a candidate: with the truth, and sometimes with nonsense first."""
    psv = rig.psv()
    if psv.track != TrackState.TRACKING or psv.auth != AuthState.NO_OFFLOAD or rng.random() > 0.3:
        return
    if rng.random() < 0.1:  # stale: must change nothing
        rig.confirm(flow, (psv.hw_resync_tcp_sn + rng.choice((1, -1, 1000))) & 0xFFFFFFFF, 3)
        assert rig.psv() == psv
    truth = {flow.seq(h): flow.first + k for k, h in enumerate(flow.headers)}
    number = truth.get(psv.hw_resync_tcp_sn)
    if number is None:
        return
    rig.confirm(flow, psv.hw_resync_tcp_sn, number)
    assert rig.psv().auth == AuthState.AUTHENTICATION


@pytest.mark.parametrize("seed", range(30))
def test_marked_is_true_and_unmarked_is_wire(seed: int) -> None:
    rng = stream(seed, "nic_random")
    flow = random_flow(rng)
    rig = Rig().program(flow)
    marks = []
    for begin, end in packets(rng, flow):
        marks.append(rig.send(flow, begin, end))
        assert marks[-1] != X  # every record of this stream is good, whatever was confirmed
        confirm_sometimes(rng, rig, flow)
    assert D in marks


@pytest.mark.parametrize("seed", range(10))
def test_offload_comes_back_and_then_stays(seed: int) -> None:
    """Property 106 for hardware: after the last loss, one confirmation and one record suffice."""
    rng = stream(seed, "nic_back")
    flow = random_flow(rng)
    rig = Rig().program(flow)
    lost = flow.headers[10]
    rig.send(flow, 0, lost)
    begin = lost + 3  # the packet with record 10's header is cut short: hidden
    marks = []
    while begin < len(flow.wire):
        end = min(len(flow.wire), begin + rng.choice((1, 50, 536, 1448)))
        marks.append(rig.send(flow, begin, end))
        confirm_sometimes(rng, rig, flow)
        begin = end
    assert R in marks
    assert marks[-1] == D
    assert set(marks[marks.index(D) :]) == {D}


@pytest.mark.parametrize("seed", range(10))
def test_a_spoiled_record_is_never_marked_to_its_end(seed: int) -> None:
    rng = stream(seed, "nic_spoiled")
    flow = random_flow(rng)
    victim = rng.randrange(5, 50)
    ends = [*flow.headers[1:], len(flow.wire)]
    at = rng.randrange(flow.headers[victim] + 5, ends[victim])  # behind the header
    flow.spoil(at)
    flow.clear = flow.clear[:at] + bytes((flow.clear[at] ^ 1,)) + flow.clear[at + 1 :]
    if flow.keys is KEYS12 and at < flow.headers[victim] + 13:
        pytest.skip("a spoiled nonce changes all of the keystream: no truth to compare with")
    rig = Rig().program(flow)
    begin = 0
    while begin < len(flow.wire):
        end = min(len(flow.wire), begin + rng.choice((1, 50, 536, 1448)))
        mark = rig.send(flow, begin, end)
        holds_end = begin < ends[victim] <= end
        assert mark == (X if holds_end else D)
        begin = end


def test_a_broken_nic_fails_this_bench() -> None:
    """The checks above are sharp: each fault of the marking kind is caught by them."""
    for fault in ("mix_bytes", "off_by_one_record_number", "no_authentication_state"):
        faults = NicFaults(**{fault: True})
        caught = False
        for seed in range(5):
            rng = stream(seed, "nic_random")
            flow = random_flow(rng)
            rig = Rig(faults=faults).program(flow)
            try:
                for begin, end in packets(rng, flow):
                    assert rig.send(flow, begin, end) != X
                    confirm_sometimes(rng, rig, flow)
            except AssertionError:
                caught = True
                break
        assert caught, fault


@pytest.mark.parametrize("seed", range(3))
def test_noise_changes_no_byte_and_breaks_no_invariant(seed: int) -> None:
    """Payload without any truth behind it: nothing may be marked once tracking was lost."""
    rng = stream(seed, "nic_noise")
    flow = Flow()
    rig = Rig().program(flow)
    seq = flow.start
    assert rig.send_raw(flow, seq, b"\0" * 5) == R
    seq += 5
    for _ in range(2000):
        payload = rng.randbytes(rng.randrange(1, 60))
        if rng.random() < 0.5:
            payload += bytes((rng.choice((20, 23)), 3, 3, rng.choice((0, 0, 0, 64)), 30))
        assert rig.send_raw(flow, seq & 0xFFFFFFFF, payload) in (lo.TlsStatus.NONE, R)
        seq += len(payload) + rng.choice((0, 0, 0, 0, 7, -9))


def test_context_of_an_unused_flow_stays_as_new() -> None:
    flow = Flow().records(20)
    rig = Rig().program(flow)
    rig.send_records(flow, 0, 20)
    assert rig.nic.context(4) == Context()
