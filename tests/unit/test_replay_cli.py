# SPDX-License-Identifier: BSD-2-Clause
"""`tlsrx replay`: files, options, exit status; bad input is one line and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sw_model.link.files import open_capture
from sw_model.replay.load import capture_name
from tests.captures.expect import HERE, NAMES, differences, keylogs_of
from tests.captures.wire import Wire, packets_of, write_pcap
from tools.cli import main


def tlsrx(*args: object) -> Result:
    return CliRunner().invoke(main, ["replay", "--nic", "model", *map(str, args)])


def result(out: Path, name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((out / name / "result.json").read_text("utf-8"))
    return value


def plain_text(path: Path, linktype: int = 1) -> Path:
    wire = Wire("10.0.0.1|5000", "10.0.0.2|80")
    wire.open()
    wire.send("client", b"GET / HTTP/1.0\r\n\r\n")
    write_pcap(path, packets_of([wire]), linktype)
    return path


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("a.pcap", "a"), ("a.pcap.gz", "a"), ("a.b.pcapng.gz", "a.b"), ("a", "a"), ("a.gz", "a"),
        (".hidden", ".hidden"), ("x.y/a.cap", "a"),
    ],
)  # fmt: skip
def test_names_of_results(file: str, name: str) -> None:
    assert capture_name(Path(file)) == name


def test_captures_and_keylogs_of_one_call(tmp_path: Path) -> None:
    names = ("overlap.pcap.gz", "trunc.pcap", "records.pcapng")
    options = [part for n in names for key in keylogs_of(n) for part in ("--keylog", key)]
    run = tlsrx(*(HERE / n for n in names), *options, "--out", tmp_path)
    assert run.exit_code == 0, run.output
    for name in names:
        report = result(tmp_path, name.split(".")[0])
        assert differences(name, report["flows"]) == []
        assert report["nic"] == "model"
        folder = tmp_path / name.split(".")[0]
        seen = list(open_capture(folder / "wire.pcapng"))
        assert len(seen) == len(list(open_capture(folder / "host.pcapng"))) == report["frames"]
        marked = sum("decrypted by the NIC" in " ".join(p.comments) for p in seen)
        assert marked == report["packets_marked"]
        assert (folder / "events.jsonl").stat().st_size


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    run = tlsrx(HERE / "records.pcapng", "--json", "--out", tmp_path)
    assert list(json.loads(run.stdout)) == ["records"]
    assert json.loads(run.stdout)["records"] == result(tmp_path, "records")


def test_the_table_names_every_flow(tmp_path: Path) -> None:
    run = tlsrx(HERE / "others.pcapng", "--out", tmp_path)
    for flow in result(tmp_path, "others")["flows"]:
        assert flow["from"] in run.output
    assert "is not AES-GCM" in run.output.replace("\n", " ")


def test_without_keylog_every_flow_says_so(tmp_path: Path) -> None:
    run = tlsrx(HERE / "trunc.pcap", "--out", tmp_path)
    assert run.exit_code == 0
    flows = result(tmp_path, "trunc")["flows"]
    assert len(flows) == 10
    assert all("among the secrets" in flow["reason"] for flow in flows)


def test_no_tls_is_an_empty_list(tmp_path: Path) -> None:
    path = plain_text(tmp_path / "web.pcap")
    run = tlsrx(path, "--out", tmp_path / "out")
    assert run.exit_code == 0
    assert "no TLS connection" in run.output
    assert result(tmp_path / "out", "web")["flows"] == []
    assert result(tmp_path / "out", "web")["capture_notes"] == {"other_connections": 1}


def test_an_empty_capture(tmp_path: Path) -> None:
    write_pcap(tmp_path / "none.pcap", [])
    assert tlsrx(tmp_path / "none.pcap", "--out", tmp_path / "out").exit_code == 0
    assert result(tmp_path / "out", "none")["frames"] == 0


def _garbage(path: Path) -> None:
    path.write_bytes(b"this is no capture")


def _cut(path: Path) -> None:
    path.write_bytes((HERE / "records.pcapng").read_bytes()[:-7])


def _bad_gzip(path: Path) -> None:
    data = gzip.compress((HERE / "records.pcapng").read_bytes())
    path.write_bytes(data[: len(data) // 2])


def _wifi(path: Path) -> None:
    plain_text(path, 105)


BAD_CAPTURES = {
    "garbage": (_garbage, "byte 0: neither pcap nor pcapng"),
    "cut": (_cut, "file ends inside"),
    "bad gzip": (_bad_gzip, "damaged gzip data"),
    "link type": (_wifi, "packet 1 has link type 105"),
    "empty file": (lambda path: path.write_bytes(b""), "file ends inside"),
}


def refused(run: Result, out: Path, *texts: str) -> None:
    """Exit status 2, one line that holds ``texts``, and nothing was written."""
    assert run.exit_code == 2, run.output
    assert run.output.count("\n") == 1, run.output
    assert "Traceback" not in run.output
    for text in texts:
        assert text in run.output
    assert not out.exists()


@pytest.mark.parametrize("case", BAD_CAPTURES)
def test_bad_captures(tmp_path: Path, case: str) -> None:
    make, text = BAD_CAPTURES[case]
    make(tmp_path / "bad.pcap")
    out = tmp_path / "out"
    good = HERE / "records.pcapng"
    refused(tlsrx(good, tmp_path / "bad.pcap", "--out", out), out, str(tmp_path / "bad.pcap"), text)


BAD_KEYLOGS = {
    "fields": (b"# fine\nCLIENT_RANDOM 00\n", "key log line 2: 2 fields"),
    "hex": (b"CLIENT_RANDOM zz 00\n", "key log line 1: client random is not hexadecimal"),
    "binary": (b"CLIENT_RANDOM \xff\xfe", "byte 14 is not text"),
    "length": (b"CLIENT_RANDOM 00 00\n", "line 1: client random of 1 bytes"),
}


@pytest.mark.parametrize("case", BAD_KEYLOGS)
def test_bad_keylogs(tmp_path: Path, case: str) -> None:
    data, text = BAD_KEYLOGS[case]
    path, out = tmp_path / "bad.keys", tmp_path / "out"
    path.write_bytes(data)
    run = tlsrx(HERE / "trunc.pcap", "--keylog", path, "--out", out)
    refused(run, out, str(path), text)


def test_bad_secrets_inside_a_capture(tmp_path: Path) -> None:
    out, path = tmp_path / "out", tmp_path / "bad.pcapng"
    secrets = struct.pack("<II", 0x544C534B, 4) + b"oops"
    block = struct.pack("<II", 10, 24) + secrets + struct.pack("<I", 24)
    path.write_bytes((HERE / "records.pcapng").read_bytes() + block)
    refused(tlsrx(path, "--out", out), out, str(path), "secrets block: key log line")


def test_same_name_twice(tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copy(HERE / "records.pcapng", tmp_path / "records.pcap")
    run = tlsrx(HERE / "records.pcapng", tmp_path / "records.pcap", "--out", out)
    refused(run, out, "would share the folder 'records'")
    run = tlsrx(HERE / "records.pcapng", HERE / "records.pcapng", "--out", out)
    refused(run, out, "given twice")


def test_absent_files(tmp_path: Path) -> None:
    out = tmp_path / "out"
    refused(tlsrx(tmp_path / "x.pcap", "--out", out), out, "x.pcap: no such file")
    run = tlsrx(HERE / "trunc.pcap", "--keylog", tmp_path / "k", "--out", out)
    refused(run, out, "k: no such file")


def test_out_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    run = tlsrx(HERE / "records.pcapng", "--out", tmp_path / "out" / "deeper")
    assert run.exit_code == 2
    assert "name a folder to write to" in run.output
    assert (tmp_path / "out").read_text() == "mine"


def test_a_model_that_misbehaves_is_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sw_model.nic.faults import NicFaults
    from sw_model.replay.run import replay_on_model

    def faulty(*args: Any, **options: Any) -> Any:
        return replay_on_model(*args, **options, faults=NicFaults(mix_bytes=True))

    monkeypatch.setattr("tools.replay.replay_on_model", faulty)
    run = tlsrx(HERE / "records.pcapng", "--out", tmp_path)
    assert run.exit_code == 1
    assert "FAILED: frame" in run.output
    assert not (tmp_path / "records" / "result.json").exists()


def test_an_application_that_got_other_bytes_is_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sw_model.replay.app import ReplayApp

    record = ReplayApp._record
    monkeypatch.setattr(
        ReplayApp, "_record", lambda self, kind, data: record(self, kind, data[:-1] + b"\0")
    )
    run = tlsrx(HERE / "records.pcapng", "--out", tmp_path)
    assert run.exit_code == 1
    assert "FAILED: records.pcapng: " in run.output
    assert result(tmp_path, "records")["problems"]


def test_every_shipped_capture_is_small() -> None:
    assert sum((HERE / name).stat().st_size for name in NAMES) < 1_100_000
