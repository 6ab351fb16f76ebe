# SPDX-License-Identifier: BSD-2-Clause
"""Crypto by reference: the same worlds go the same way, and what is wrong stays wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sw_model.crypto.aead import AEADS
from sw_model.crypto.gcm import RecordError, ctr, nonce_of, open_record, seal_record, text_off
from sw_model.crypto.keys import TrafficKeys
from sw_model.nic.faults import NicFaults
from sw_model.rng import stream
from sw_model.world.config import SessionConfig, WorldConfig
from sw_model.world.run import run_on_model
from tests.system.scenarios import SCENARIOS

KEYS = (
    TrafficKeys("1.2", bytes(range(16)), b"salt", AEADS["by_reference"]),
    TrafficKeys("1.3", bytes(range(32)), b"twelve bytes", AEADS["by_reference"]),
)
WORLDS = [
    name
    for name, s in SCENARIOS.items()
    if s.bench.get("enable", True) and all(x.tls == "synthetic" for x in s.world.sessions)
]


def outcome(config: WorldConfig) -> tuple[object, ...]:
    """All that a run leaves but the bytes of its sealed records, and of the text that is chosen so
    that these show headers."""
    world = run_on_model(config)
    report = world.report()
    for flow, session in zip(report["flows"], config.sessions, strict=True):
        if session.false_headers:
            del flow["app_sha256"]
    marks = [(p.ns, p.comments, len(p.data)) for p in world.tap.wire]
    counters = dict(world.host.counters())
    return report, marks, world.trace.events, counters, world.forward.frames


@pytest.mark.parametrize("name", WORLDS)
def test_same_world_either_way(name: str, seed: int) -> None:
    config = SCENARIOS[name].config(seed, scaled=False)
    assert outcome(config) == outcome(replace(config, crypto="by_reference"))


@pytest.mark.parametrize("keys", KEYS)
def test_whatever_is_wrong_shows(keys: TrafficKeys, seed: int) -> None:
    rng = stream(seed, "by_reference")
    text = rng.randbytes(1000)
    record = seal_record(keys, 7, 23, text)
    assert open_record(keys, 7, record) == (23, text)
    assert text[:100] not in record
    for at in range(len(record)):
        if at not in (3, 4):  # another length is another record
            spoilt = bytearray(record)
            spoilt[at] ^= 1 << rng.randrange(8)
            with pytest.raises(RecordError):
                open_record(keys, 7, bytes(spoilt))
    for wrong in (replace(keys, key=keys.key[::-1]), replace(keys, iv=keys.iv[::-1])):
        with pytest.raises(RecordError):
            open_record(wrong, 7, record)
    with pytest.raises(RecordError):
        open_record(keys, 8, record)


@pytest.mark.parametrize("keys", KEYS)
def test_pieces_decrypt_and_encrypt_again(keys: TrafficKeys, seed: int) -> None:
    """What a mixed record needs: any piece, both ways; at another place it is another text."""
    rng = stream(seed, "pieces")
    text = rng.randbytes(5000)
    record = seal_record(keys, 3, 23, text)
    off, iv = text_off(keys), nonce_of(keys, 3, record)
    for _ in range(50):
        begin = rng.randrange(5000)
        end = rng.randrange(begin, 5001)
        piece = record[off + begin : off + end]
        assert ctr(keys, iv, piece, begin) == text[begin:end]
        assert ctr(keys, iv, text[begin:end], begin) == piece
        if end - begin > 16:
            assert ctr(keys, iv, piece, begin + 1) != text[begin:end]


@pytest.mark.parametrize("fault", ["mark_bad_tag", "mix_bytes", "off_by_one_record_number"])
def test_a_broken_nic_is_found_out(fault: str, seed: int) -> None:
    """The same damage is seen as with AES-GCM."""
    name = {"mark_bad_tag": "bad_tag", "mix_bytes": "clean"}.get(fault, "loss")
    config = SCENARIOS[name].config(seed, scaled=True)
    sessions = tuple(replace(s, tls="synthetic", wait_ns=30_000) for s in config.sessions)
    config = replace(config, sessions=sessions)

    def found(crypto: str) -> str:
        try:
            world = run_on_model(replace(config, crypto=crypto), faults=NicFaults(**{fault: True}))  # type: ignore[arg-type]
        except AssertionError as error:
            return type(error).__name__
        return f"{[f.resync.reoffloads for f in world.flows]}"

    assert found("real") == found("by_reference")


def test_openssl_cannot_take_part() -> None:
    with pytest.raises(ValueError, match="synthetic"):
        WorldConfig(sessions=(SessionConfig(tls="openssl"),), crypto="by_reference")
