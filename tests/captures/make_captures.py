# SPDX-License-Identifier: BSD-2-Clause
"""Make the captures of this folder: `python -m tests.captures.make_captures`.

Handshakes are random, so each run gives other bytes; files and ``expected.json`` belong together.
What is expected comes from the senders, never from what reads captures.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sw_model.wire.tls import HANDSHAKE
from tests.captures import cases_keys, cases_tcp
from tests.captures.sessions import ALERT, Conversation
from tests.captures.wire import Wire, packets_of, write_pcapng

HERE = Path(__file__).parent
Made = tuple[str, list[dict[str, Any]]]


def suites() -> Made:
    """Both versions, both key sizes, IPv4 and IPv6, data both ways."""
    talks = []
    for i, version in enumerate(("1.2", "1.3")):
        for j, cipher in enumerate(("aes-128-gcm", "aes-256-gcm")):
            port = 40000 + 2 * i + j
            ends = (f"10.1.0.1|{port}", "10.1.0.2|443")
            if i != j:
                ends = (f"2001:db8::1|{port}", "2001:db8::2|443")
            talk = Conversation(Wire(*ends), version, cipher)  # type: ignore[arg-type]
            talk.say("client", [120])
            talk.wire.pause()
            talk.say("server", [1, 9000, 700, 1, 1, 3000])
            talk.wire.pause()
            talk.say("client", [3000, 17])
            talk.bye()
            talks.append(talk)
    write_pcapng(HERE / "suites.pcapng.gz", *_joined(talks))
    return "suites.pcapng.gz", _expected(talks)


def records() -> Made:
    """Padded and only-padded, empty and control records, a warning alert, two types in a row."""
    talks = []
    for version in ("1.2", "1.3"):
        talk = Conversation(Wire(f"10.1.0.1|{41000 + talks.__len__()}", "10.1.0.2|443"),
                            version, "aes-128-gcm")  # type: ignore[arg-type]  # fmt: skip
        sealer, wire = talk.sealers["server"], talk.wire
        pad = 200 if version == "1.3" else 0
        out = talk.records("server", [0, 0, 100, 0, 1])
        out += talk.records("server", [50, 0, 16], pad=pad)
        out += sealer.seal(b"\x01\x5a", ALERT)  # warning, user_canceled
        out += talk.records("server", [3000], pad=pad)
        if version == "1.3":
            ticket = b"\x04\x00\x00\x05\x00\x00\x00\x00\x00"
            out += sealer.seal(ticket, HANDSHAKE) + sealer.seal(ticket, HANDSHAKE)
        out += talk.records("server", [2000, 0])
        wire.send("server", out)
        talk.bye()
        talks.append(talk)
    write_pcapng(HERE / "records.pcapng", *_joined(talks))
    return "records.pcapng", _expected(talks)


def _joined(talks: list[Conversation]) -> tuple[list[Any], str]:
    return packets_of(t.wire for t in talks), "".join(t.keylog for t in talks)


def _expected(talks: list[Conversation]) -> list[dict[str, Any]]:
    return [entry for talk in talks for entry in talk.expected()]


CASES: tuple[Callable[[], Made], ...] = (
    suites,
    records,
    *cases_tcp.CASES,
    *cases_keys.CASES,
)


def main() -> None:
    expected: dict[str, Any] = {}
    for case in CASES:
        name, flows = case()
        expected[name] = {"about": " ".join((case.__doc__ or "").split()), "flows": flows}
    text = json.dumps(expected, indent=1)
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
