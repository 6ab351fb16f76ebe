# SPDX-License-Identifier: BSD-2-Clause
"""Programs that are not ours: `openssl s_server` and `s_client` over loopback, seen by tcpdump.

What the receiving program printed must have the digest that the replay reports.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sw_model.replay.load import load_capture, load_keylog
from sw_model.replay.run import replay_on_model
from sw_model.rng import stream

OPENSSL, TCPDUMP = shutil.which("openssl"), shutil.which("tcpdump")
CAN_CAPTURE = TCPDUMP is not None and os.geteuid() == 0

pytestmark = [
    pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed"),
    pytest.mark.skipif(not CAN_CAPTURE, reason="tcpdump is missing or may not capture here"),
]

SUITES = {
    "1.3-128": ["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"],
    "1.3-256": ["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384", "-record_padding", "512"],
    "1.2-128": ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
    "1.2-256": ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384", "-max_send_frag", "2000"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A certificate and a file to serve."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "30", "-subj", "/CN=peer"],
        cwd=tmp_path, check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    (tmp_path / "file").write_bytes(stream(1, "openssl").randbytes(300_000))
    return tmp_path


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@contextmanager
def captured(folder: Path, port: int) -> Iterator[None]:
    """Everything inside is captured into ``c.pcap``."""
    command = ["tcpdump", "-i", "lo", "-U", "--immediate-mode", "-B", "65536", "-Z", "root",
               "--time-stamp-precision=nano", "-w", "c.pcap", "port", str(port)]  # fmt: skip
    dump = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE)
    assert dump.stderr is not None
    if not any(b"listening on" in line for line in dump.stderr):  # stops at that line
        dump.wait(10)
        pytest.skip("tcpdump may not capture on loopback here")
    try:
        yield
        time.sleep(0.3)
    finally:
        dump.send_signal(signal.SIGINT)
        _, summary = dump.communicate(timeout=10)
    if b"\n0 packets dropped by kernel" not in summary:
        pytest.skip("tcpdump lost packets")


@contextmanager
def server(folder: Path, port: int, *args: str) -> Iterator[subprocess.Popen[bytes]]:
    command = ["openssl", "s_server", "-accept", str(port), "-cert", "cert.pem", "-key", "key.pem",
               "-keylogfile", "keys", *args]  # fmt: skip
    out = (folder / "served").open("wb")
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.DEVNULL
    )
    for _ in range(100):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        out.close()


def flows(folder: Path) -> list[dict[str, Any]]:
    capture = load_capture(folder / "c.pcap", [load_keylog(folder / "keys")])
    run = replay_on_model([capture])
    run.finish()
    [report] = run.reports
    return [flow for flow in report["flows"] if flow["app_records"]]


@pytest.mark.parametrize("suite", SUITES)
def test_download(folder: Path, suite: str) -> None:
    port = free_port()
    with server(folder, port, "-WWW", *SUITES[suite]), captured(folder, port):
        got = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-quiet"],
            input=b"GET /file HTTP/1.0\r\n\r\n", cwd=folder, capture_output=True, timeout=30,
            check=False,
        ).stdout  # fmt: skip
    assert got.endswith((folder / "file").read_bytes())
    down = next(flow for flow in flows(folder) if flow["from"].endswith(f":{port}"))
    assert down["app_sha256"] == hashlib.sha256(got).hexdigest()
    assert down["app_bytes"] == len(got)
    assert down["offloaded"]
    assert down["records_decrypted"] > down["app_records"] / 2


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("K", ["-tls1_3"]),
        ("R", ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-client_renegotiation"]),
    ],
)
def test_upload_with_key_changes(folder: Path, command: str, args: list[str]) -> None:
    """Single-letter commands of s_client between the lines: KeyUpdate, renegotiation."""
    port = free_port()
    lines = [f"line {i} {'x' * 500}\n" for i in range(20)]
    with server(folder, port, "-quiet", *args), captured(folder, port):
        client = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}"],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert client.stdin is not None
        time.sleep(0.5)
        for i, line in enumerate(lines):
            client.stdin.write(line.encode())
            client.stdin.flush()
            time.sleep(0.03)
            if i % 8 == 5:
                client.stdin.write(f"{command}\n".encode())
                client.stdin.flush()
                time.sleep(0.2)
        time.sleep(0.3)
        client.kill()
        client.wait(10)
    sent = (folder / "served").read_bytes()
    assert sent == "".join(lines).encode()
    [up] = [flow for flow in flows(folder) if flow["to"].endswith(f":{port}")]
    assert up["app_sha256"] == hashlib.sha256(sent).hexdigest()
    assert up["keys_used"] == 3
    assert up["first_error"] is None
    assert up["records_decrypted"] > 10


def fetch(folder: Path, port: int, *args: str) -> bytes:
    """GET with s_client; what it printed."""
    return subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-quiet", *args],
        input=b"GET /file HTTP/1.0\r\n\r\n",
        cwd=folder,
        capture_output=True,
        timeout=30,
        check=False,
    ).stdout


def test_hello_retry(folder: Path) -> None:
    """The server wants another group than the client offered: two ClientHellos."""
    port = free_port()
    with server(folder, port, "-WWW", "-tls1_3", "-groups", "P-384"), captured(folder, port):
        got = fetch(folder, port, "-groups", "X25519:P-384")
    down = next(flow for flow in flows(folder) if flow["from"].endswith(f":{port}"))
    assert down["app_sha256"] == hashlib.sha256(got).hexdigest()
    assert len(got) > 300_000


def test_early_data_is_not_counted(folder: Path) -> None:
    port = free_port()
    (folder / "early").write_bytes(b"GET /early HTTP/1.0\r\n\r\n")
    with server(folder, port, "-tls1_3", "-early_data", "-quiet", "-no_anti_replay"):
        first = subprocess.Popen(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-sess_out", "session"],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert first.stdin is not None
        time.sleep(1)
        first.communicate(b"Q\n", timeout=10)
        with captured(folder, port):
            second = subprocess.Popen(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-sess_in", "session",
                 "-early_data", "early"],
                cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            assert second.stdin is not None
            time.sleep(1)
            second.stdin.write(b"after the handshake\n")
            second.stdin.flush()
            time.sleep(0.5)
            second.kill()
            second.wait(10)
    if b"GET /early" not in (folder / "served").read_bytes():
        pytest.skip("this openssl did not send early data")
    [up] = [flow for flow in flows(folder) if flow["to"].endswith(f":{port}")]
    assert up["app_sha256"] == hashlib.sha256(b"after the handshake\n").hexdigest()


def test_resumption(folder: Path) -> None:
    """An abbreviated handshake of TLS 1.2: the server's ChangeCipherSpec comes first."""
    port = free_port()
    with server(folder, port, "-WWW", "-tls1_2"):
        fetch(folder, port, "-sess_out", "session")
        with captured(folder, port):
            got = fetch(folder, port, "-sess_in", "session")
    down = next(flow for flow in flows(folder) if flow["from"].endswith(f":{port}"))
    assert down["app_sha256"] == hashlib.sha256(got).hexdigest()
    assert len(got) > 300_000
