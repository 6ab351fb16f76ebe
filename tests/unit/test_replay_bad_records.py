# SPDX-License-Identifier: BSD-2-Clause
"""Records that no sender may make: where the application stops, and with which error."""

from __future__ import annotations

from pathlib import Path

import pytest

from sw_model.replay.load import load_capture
from sw_model.replay.run import replay_on_model
from sw_model.wire.tls import APPLICATION_DATA, RecordHeader
from tests.captures.sessions import Conversation
from tests.captures.wire import Wire, packets_of, write_pcapng

# what is sent in place of record n: header type, version, length; the error
HEADERS = {
    "too long 1.3": ("1.3", (23, 0x0303, 16402), "EMSGSIZE"),
    "too long 1.2": ("1.2", (23, 0x0303, 16409), "EMSGSIZE"),
    "far too long": ("1.3", (23, 0x0303, 65535), "EMSGSIZE"),
    "old version": ("1.2", (23, 0x0302, 100), "EINVAL"),
    "outer type 1.3": ("1.3", (22, 0x0303, 100), "EINVAL"),
    "any type 1.2": ("1.2", (99, 0x0303, 100), "EBADMSG"),
    "too short 1.2": ("1.2", (23, 0x0303, 23), "EMSGSIZE"),
    "too short 1.3": ("1.3", (23, 0x0303, 16), "EMSGSIZE"),
    "shorter than a nonce": ("1.2", (23, 0x0303, 7), "EMSGSIZE"),
    "empty": ("1.3", (23, 0x0303, 0), "EMSGSIZE"),
}


def replayed(tmp_path: Path, talk: Conversation) -> dict:
    path = tmp_path / "bad.pcapng"
    write_pcapng(path, packets_of([talk.wire]), talk.keylog)
    run = replay_on_model([load_capture(path)])
    run.finish()
    for flow, want in zip(run.reports[0]["flows"], talk.expected(), strict=True):
        assert {key: flow[key] for key in want} == want
    flow = run.reports[0]["flows"][1]
    assert isinstance(flow, dict)
    return flow


def talk_of(version: str) -> Conversation:
    wire = Wire("10.0.0.1|5000", "10.0.0.2|443")
    talk = Conversation(wire, version, "aes-128-gcm")  # type: ignore[arg-type]
    talk.say("server", [1000, 2000])
    wire.pause()
    return talk


@pytest.mark.parametrize("case", HEADERS)
def test_bad_headers(tmp_path: Path, case: str) -> None:
    version, (kind, wire_version, length), error = HEADERS[case]
    talk = talk_of(version)
    talk.sent["server"].error = (error, talk.sealers["server"].number)
    bad = RecordHeader(kind, length, wire_version).emit() + bytes(length)
    talk.wire.send("server", bad + talk.sealers["server"].seal(bytes(3000)))
    talk.wire.fin("server")
    replayed(tmp_path, talk)


@pytest.mark.parametrize("size", [1, 16, 500])
def test_all_zero_inner_plaintext(tmp_path: Path, size: int) -> None:
    talk = talk_of("1.3")
    sealer = talk.sealers["server"]
    talk.sent["server"].error = ("EBADMSG", sealer.number)
    talk.wire.send("server", sealer.seal(b"", type=0, pad=size - 1) + sealer.seal(b"more"))
    talk.wire.fin("server")
    replayed(tmp_path, talk)


def test_longest_legal_records(tmp_path: Path) -> None:
    for version in ("1.2", "1.3"):
        talk = talk_of(version)
        talk.say("server", [16384] * 3)
        talk.bye()
        assert replayed(tmp_path, talk)["records_decrypted"] > 3


def test_data_behind_an_error_is_not_kept(tmp_path: Path) -> None:
    talk = talk_of("1.2")
    sealer = talk.sealers["server"]
    talk.sent["server"].error = ("EBADMSG", sealer.number)
    for flip in (-1, 5, None, -1, None):  # a tag, a nonce, good ones in between
        talk.wire.send("server", sealer.seal(bytes(700), APPLICATION_DATA, flip=flip))
    talk.wire.fin("server")
    assert replayed(tmp_path, talk)["records_failed"] == 3
