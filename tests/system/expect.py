# SPDX-License-Identifier: BSD-2-Clause
"""What a scenario must show in its report and trace, beside being right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Report = Mapping[str, Any]
Events = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Expect:
    """``holds(report, events)`` must be true; ``text`` says what was expected."""

    text: str
    holds: Callable[[Report, Events], bool]


def unmet(expected: Iterable[Expect], report: Report, events: Events) -> list[str]:
    """Texts of what was expected and did not happen."""
    return [e.text for e in expected if not e.holds(report, events)]


def total(report: Report, status: str) -> int:
    """Packets with this status over all flows."""
    return sum(flow["packets"][status] for flow in report["flows"])


def packets(status: str, count: int) -> Expect:
    return Expect(f"{count} packets with status {status}", lambda r, e: total(r, status) == count)


def every_flow(text: str, holds: Callable[[Report], bool]) -> Expect:
    return Expect(f"every flow {text}", lambda r, e: all(holds(f) for f in r["flows"]))


def some_flow(text: str, holds: Callable[[Report], bool]) -> Expect:
    return Expect(f"some flow {text}", lambda r, e: any(holds(f) for f in r["flows"]))


def driver_count(name: str) -> Expect:
    return Expect(f"driver counter {name} above 0", lambda r, e: r["driver"][name] > 0)


marked = Expect("packets are marked", lambda r, e: total(r, "decrypted") > 0)
nothing_marked = Expect("no packet is marked", lambda r, e: total(r, "decrypted") == 0)
passed_on = Expect("packets are passed as they came", lambda r, e: total(r, "none") > 0)


def _story(report: Report, events: Events) -> bool:
    """Lost, asked, confirmed and back, in this order."""
    steps = iter(event["what"] for event in events if event["who"] == "mce0")
    in_order = all(what in steps for what in ("tag_alloc", "modify", "get_psv", "confirm"))
    resync = report["flows"][0]["resync"]
    again = resync["lost"] and resync["requests"] and resync["reoffloads"]
    return bool(in_order and again and _registers_agree(report))


def _registers_agree(report: Report) -> bool:
    """The engine's own counters tell the same story."""
    r = report.get("registers")
    return r is None or bool(
        r["rx_tls_resync_req_pkt"]
        and r["rx_tls_resync_req_start"]
        and r["rx_tls_resync_req_end"]
        and r["rx_tls_resync_res_ok"]
    )


resync_story = Expect("tracking lost, request, confirmation, offloaded again", _story)

resumed = some_flow("was lost and offloaded again", lambda f: f["resync"]["reoffloads"] > 0)


def registers_wrong(report: Report) -> list[str]:
    """Counters of the engine against what the models counted, for every run."""
    r = report["registers"]
    want = {
        "rx_packets": report["packets_checked"],
        "rx_tls_decrypted_packets": report["packets_marked"],
        "rx_tls_decrypted_bytes_lo": report["bytes_marked"],
        "rx_tls_err": total(report, "auth_fail"),
    }
    found = [f"{name}: {r[name]}, models {n}" for name, n in want.items() if r[name] != n]
    if r["rx_tls_ctx"] > r["rx_tls_del"]:  # a set-up that failed is destroyed without a start
        found.append(f"{r['rx_tls_ctx']} contexts started, {r['rx_tls_del']} destroyed")
    return found
