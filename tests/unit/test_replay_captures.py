# SPDX-License-Identifier: BSD-2-Clause
"""The shipped captures on the golden NIC: what the application keeps is what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from sw_model.check.packets import Violation
from sw_model.nic.faults import NicFaults
from sw_model.replay.load import load_capture, load_keylog
from sw_model.replay.replay import Replay
from sw_model.replay.run import replay_on_model
from tests.captures.expect import EXPECTED, HERE, NAMES, differences, keylogs_of


def replay(*names: str, **options: Any) -> Replay:
    captures = [
        load_capture(HERE / name, [load_keylog(path) for path in keylogs_of(name)])
        for name in names
    ]
    return replay_on_model(captures, **options)


@pytest.mark.parametrize("name", NAMES)
def test_each_capture(name: str) -> None:
    run = replay(name)
    run.finish()
    [report] = run.reports
    assert differences(name, report["flows"]) == []
    assert "problems" not in report
    assert report["packets_checked"] == report["frames"]
    assert run.ifnet.tls_rx.tags == 0
    assert run.progress()[0] == run.progress()[1]


def test_all_in_one_call() -> None:
    """One NIC for all: nothing of one capture shows in the next."""
    run = replay(*NAMES)
    run.finish()
    assert [differences(n, r["flows"]) for n, r in zip(NAMES, run.reports, strict=True)] == [
        [] for _ in NAMES
    ]


def test_same_captures_twice_give_the_same() -> None:
    one, two = replay("loss.pcapng.gz", "loss.pcapng.gz").reports
    one, two = ([{**f, "resync": 0} for f in r["flows"]] for r in (one, two))
    assert one == two


def flows_of(name: str) -> list[dict[str, Any]]:
    [report] = replay(name).reports
    flows: list[dict[str, Any]] = report["flows"]
    return flows


def test_clean_captures_are_decrypted_by_the_nic() -> None:
    for flow in flows_of("suites.pcapng.gz"):
        assert flow["offloaded"]
        assert flow["records_decrypted"] >= flow["app_records"]
        assert flow["records_mixed"] == flow["records_encrypted"] == 0


def test_loss_is_recovered_by_resync() -> None:
    servers = [f for f in flows_of("loss.pcapng.gz") if f["from"].endswith(":443")]
    for flow in servers:
        assert flow["records_encrypted"] > 0
        assert flow["resync"]["confirmations"] > 0
        assert flow["resync"]["reoffloads"] > 0
        assert flow["packets"]["resync"] == flow["resync"]["lost"]


def test_every_key_is_used_and_offloaded_again() -> None:
    client, server = flows_of("keyupdate.pcapng.gz")
    assert (client["keys_used"], server["keys_used"]) == (2, 7)
    assert all(flow["keys_used"] == 3 for flow in flows_of("renegotiate.pcapng"))
    run = replay("keyupdate.pcapng.gz", "renegotiate.pcapng")
    assert run.stack.counters["TlsRxRekeyOk"] > 0
    assert run.stack.counters["TlsRxRekey"] == 1 + 6 + 2 + 2


def test_forged_bytes_are_refused_where_they_are() -> None:
    flows = flows_of("forged.pcapng")
    failed = [flow for flow in flows if flow["first_error"]]
    assert [flow["records_failed"] for flow in failed] == [1, 1]
    assert all(flow["packets"]["auth_fail"] == 1 for flow in failed)


def test_notes_on_what_was_changed_or_missing() -> None:
    [cooked] = replay("loopback.pcap.gz").reports
    assert cooked["capture_notes"]["super_frames_cut"] == 1
    assert cooked["capture_notes"]["checksums_completed"] > 10
    [trunc] = replay("trunc.pcap").reports
    assert trunc["capture_notes"] == {"truncated": 1}
    assert [f["ended"] for f in trunc["flows"] if f["from"].endswith(":443")] == [
        "fin", "reset", "open", "open", "open",
    ]  # fmt: skip
    assert sum("lacks data" in f.get("note", "") for f in trunc["flows"]) == 2


FAULTS = {
    "mark_bad_tag": ("forged.pcapng", "last tag byte"),
    "transformed_bytes_on_auth_fail": ("forged.pcapng", "not bit-exact"),
    "ignore_bad_checksum": ("forged.pcapng", "outside any TLS flow"),
    "process_past_data": ("loss.pcapng.gz", "not the plaintext"),
    "mark_torn_record": ("loss.pcapng.gz", "not the plaintext"),
    "mix_bytes": ("suites.pcapng.gz", "not the plaintext"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_nic_that_breaks_a_promise_is_caught(fault: str) -> None:
    name, text = FAULTS[fault]
    with pytest.raises(Violation, match=text):
        replay(name, faults=NicFaults(**{fault: True})).finish()


def test_a_full_nic_is_a_reason() -> None:
    run = replay("suites.pcapng.gz", num_flows=3)
    run.finish()
    [report] = run.reports
    assert differences("suites.pcapng.gz", report["flows"]) != []
    kept = {f["from"] + f["to"]: f["app_sha256"] for f in report["flows"]}
    want = {f["from"] + f["to"]: f["app_sha256"] for f in EXPECTED["suites.pcapng.gz"]["flows"]}
    assert kept == want
    refused = [f for f in report["flows"] if not f["offloaded"]]
    assert refused
    assert all("no receive tag: ENOMEM" in f["reason"] for f in refused)
