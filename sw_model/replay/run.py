# SPDX-License-Identifier: BSD-2-Clause
"""A replay on the golden NIC, without a simulator."""

from __future__ import annotations

from collections.abc import Callable

from sw_model.nic.faults import NO_FAULTS, NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.nic.port import ModelPort
from sw_model.replay.load import LoadedCapture
from sw_model.replay.replay import OnResult, Replay

POLL_NS = 1_000


def replay_on_model(
    captures: list[LoadedCapture],
    on_result: OnResult = lambda replay, capture, report: None,
    *,
    num_flows: int = 64,
    faults: NicFaults = NO_FAULTS,
    progress: Callable[[int, int, int], None] = lambda ns, done, total: None,
) -> Replay:
    """Run to the end; ``finish`` is left to the caller, who may want the reports first."""
    nic = GoldenNic(num_flows=num_flows, faults=faults)
    replay = Replay(
        captures,
        lambda loop: ModelPort(loop, nic, poll_ns=POLL_NS),
        num_flows=num_flows,
        on_result=on_result,
    )
    replay.start()
    while not replay.done():
        replay.loop.run_until(replay.loop.now + POLL_NS)
        progress(replay.loop.now, *replay.progress())
    return replay
