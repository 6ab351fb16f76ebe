# SPDX-License-Identifier: BSD-2-Clause
"""What `tlsrx bench` plays: every kind of traffic is what its name says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from sw_model.nic.layout import Op, StaticParams, TlsStatus
from sw_model.wire.tls import split_records
from tools.bench.flows import Flow
from tools.bench.stimulus import Stimulus
from tools.bench.traffic import LATENCY, SETTLE_BYTES, TRAFFIC, Sent, Traffic, build, tls

KINDS = {traffic.name: traffic for traffic in TRAFFIC}
EVERY = [(t, frame) for t in TRAFFIC for frame in t.frames]


def short(name: str, frame: int = 1514) -> Stimulus:
    return build(KINDS[name], frame, seed=1, scale=0.05)


@pytest.mark.parametrize(("traffic", "frame"), EVERY, ids=lambda v: getattr(v, "name", str(v)))
def test_window_lies_in_the_steady_state(traffic: Traffic, frame: int) -> None:
    made = build(traffic, frame, seed=3, scale=0.05)
    assert made.warm >= 1
    assert made.warm * frame >= SETTLE_BYTES
    assert (len(made.frames) - made.warm - made.count) * frame >= SETTLE_BYTES
    assert {len(f.sent) for f in made.frames} == {len(f.expected) for f in made.frames} == {frame}


@pytest.mark.parametrize("name", ["16k-1flow", "16k-64flows", "1k", "256", "64", "1"])
def test_tls_traffic_is_decrypted_whole(name: str) -> None:
    made = short(name)
    assert {f.meta.tls_status for f in made.frames} == {TlsStatus.DECRYPTED}
    assert all(f.sent != f.expected for f in made.frames)


def test_64_flows_take_turns_with_every_version_and_key_size() -> None:
    made = short("16k-64flows")
    flows = [f.meta.flow for f in made.frames]
    assert flows[:64] == list(range(64))
    assert all(one != two for one, two in pairwise(flows))
    statics = [StaticParams.parse(c[16:]) for c in made.commands if c[0] == Op.SET_STATIC]
    bits = [c[1] & 1 for c in made.commands if c[0] == Op.CREATE_KEY]
    mix = Counter((s.tls13, bit) for s, bit in zip(statics, bits, strict=True))
    assert mix == {(tls13, bit): 16 for tls13 in (False, True) for bit in (0, 1)}


@pytest.mark.parametrize(("name", "size"), [("1k", 1024), ("256", 256), ("64", 64), ("1", 1)])
def test_records_are_of_the_size_named_and_half_are_tls12(name: str, size: int) -> None:
    flows = [Flow(1, index, KINDS[name].record) for index in range(KINDS[name].flows)]
    assert [flow.keys.version for flow in flows].count("1.2") == len(flows) / 2
    for flow in flows:
        records, _ = split_records(flow.take(20_000)[0])
        extra = 8 + 16 if flow.keys.version == "1.2" else 1 + 16
        assert {header.length for header, _ in records[1:]} == {size + extra}


def test_plain_traffic_matches_no_rule() -> None:
    made = short("plain")
    assert not any(f.meta.flow_valid for f in made.frames)
    assert len(made.commands) == 64 * 4


def test_search_traffic_stays_in_search() -> None:
    made = short("search")
    statuses = Counter(f.meta.tls_status for f in made.frames)
    assert statuses[TlsStatus.RESYNC] == KINDS["search"].flows
    assert {f.meta.tls_status for f in made.frames[made.warm :]} == {TlsStatus.NONE}
    assert all(f.meta.flow_valid for f in made.frames)
    assert not any(b"\x03\x03" in f.sent[f.meta.payload_off :] for f in made.frames)


def test_acks_are_pure_and_of_tracked_flows() -> None:
    made = short("acks", 64)
    window = made.frames[made.warm : made.warm + made.count]
    assert {f.meta.payload_len for f in window} == {0}
    assert all(f.meta.flow_valid and f.sent == f.expected for f in window)
    assert {f.meta.tls_status for f in made.frames[:64]} == {TlsStatus.DECRYPTED}


def test_latency_frames_are_all_decrypted() -> None:
    for traffic in LATENCY:
        made = build(traffic, traffic.frames[0], seed=1, settle=False)
        assert len(made.frames) == made.count >= 16
        assert {f.meta.tls_status for f in made.frames} == {TlsStatus.DECRYPTED}


def test_same_seed_same_bytes_other_seed_others() -> None:
    one, two = short("64"), short("64")
    assert one == two
    assert build(KINDS["64"], 1514, seed=2, scale=0.05).frames[0] != one.frames[0]


def test_file_holds_everything(tmp_path: Path) -> None:
    made = short("1k")
    made.save(tmp_path / "x.bin")
    assert Stimulus.load(tmp_path / "x.bin") == made
    (tmp_path / "y.bin").write_bytes(b"something else")
    with pytest.raises(ValueError, match="not a stimulus"):
        Stimulus.load(tmp_path / "y.bin")


def test_a_wrong_plaintext_is_noticed() -> None:
    """The sender's plaintext is the judge of the golden NIC, not the other way round."""

    def lying(flows: list[Flow], frame: int):  # type: ignore[no-untyped-def]
        for sent in tls(flows, frame):
            yield Sent(sent.frame, sent.status, sent.clear[:-1] + bytes((sent.clear[-1] ^ 1,)))

    with pytest.raises(AssertionError, match="not what the sender sealed"):
        build(replace(KINDS["1k"], make=lying), 1514, seed=1, scale=0.01)


def test_a_packet_that_is_not_decrypted_is_noticed() -> None:
    def lossy(flows: list[Flow], frame: int):  # type: ignore[no-untyped-def]
        for number, sent in enumerate(tls(flows, frame)):
            if number != 5:
                yield sent

    with pytest.raises(AssertionError, match="wanted"):
        build(replace(KINDS["1k"], make=lossy), 1514, seed=1, scale=0.01)
