# SPDX-License-Identifier: BSD-2-Clause
"""The port of the golden NIC: batches at their times, commands in theirs."""

from __future__ import annotations

from sw_model.nic import layout as lo
from sw_model.nic.layout import PktMeta
from sw_model.nic.port import ModelPort
from tests.unit.driver_kit import MS, Bench
from tests.unit.nic_kit import Flow


def test_port_delivers_one_batch_at_a_multiple_of_the_poll_time() -> None:
    b, flow = Bench(poll_ns=50_000, latency_ns=1_000), Flow().records(6)
    b.open(flow)
    batches: list[tuple[int, int]] = []
    b.port.on_rx = lambda batch: batches.append((b.loop.now, len(batch)))
    start = b.loop.now
    assert start % 50_000 == 0
    b.send_records(flow, 0, 3)
    b.run(60_000)
    b.send_records(flow, 3, 4)
    b.run(60_000)
    assert batches == [(start + 50_000, 3), (start + 100_000, 1)]


def test_port_without_moderation_delivers_after_its_latency() -> None:
    b, flow = Bench(poll_ns=0, latency_ns=700), Flow().records(1)
    b.open(flow)
    got: list[int] = []
    b.port.on_rx = lambda batch: got.append(b.loop.now)
    start = b.loop.now
    b.send_records(flow, 0, 1)
    b.run(MS)
    assert got == [start + 700]


def test_port_executes_in_the_order_of_time() -> None:
    b = Bench(command_ns=1_000)
    port: ModelPort = b.port
    answers: list[tuple[int, int]] = []
    port.on_cpl = lambda data: answers.append((b.loop.now, lo.Completion.parse(data).frames))
    metas: list[PktMeta] = []
    port.on_rx = lambda batch: metas.extend(m for _, m in batch)
    flow = Flow().records(2)
    port.post_command(lo.get_psv(0))
    b.send_records(flow, 0, 1)  # before the command: it is still on its way
    b.run(1_500)
    b.send_records(flow, 1, 2)
    b.run(MS)
    assert answers == [(2_000, 1)]
    assert [m.cmd_count for m in metas] == [0, 1]
