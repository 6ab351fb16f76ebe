# SPDX-License-Identifier: BSD-2-Clause
"""Driver and golden NIC in one loop: resync rounds, reopened connections, properties of group J."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from sw_model.driver.faults import NO_FAULTS as NO_DRIVER_FAULTS
from sw_model.driver.faults import DriverFaults
from sw_model.driver.tls_rx import TagState
from sw_model.nic import layout as lo
from sw_model.nic.faults import NO_FAULTS, NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.rng import stream
from tests.unit.driver_kit import GAP, Bench, Conn
from tests.unit.nic_kit import KEYS12, KEYS13, Flow


def nothing_left(b: Bench) -> None:
    """Property 107: after all connections are closed the device is as new."""
    dev = b.ifp.tls_rx
    assert (dev.num_resources, dev.tags, dev.contexts.used, dev.keys.used) == (0, 0, 0, 0)
    assert b.ifp.iq.outstanding == 0
    assert len(b.nic.rules) == 0
    assert b.nic.keys.slots == {}
    assert not any(b.nic.context(n).running for n in range(b.nic.num_flows))


def close(b: Bench, conn: Conn) -> None:
    assert conn.tag is not None
    tag, conn.tag = conn.tag, None
    tag.free()
    b.run()
    assert tag.state == TagState.FREED
    tag.check()


def confirmations(b: Bench) -> list[tuple[int, int]]:
    """(sequence number, record number) of every write but the first of each context."""
    out = []
    for _, cmd in b.commands:
        if cmd.opcode == lo.Op.SET_STATIC:
            static = lo.StaticParams.parse(cmd.payload)
            if static.resync_tcp_sn:
                out.append((static.resync_tcp_sn, static.initial_record_number))
    return out


def test_in_order_stream_needs_no_software() -> None:
    b, flow = Bench(), Flow().records(20)
    conn = b.open(flow)
    b.send_records(flow, 0, 20)
    b.run()
    assert (conn.kinds, conn.modifies) == ("D" * 20, [])
    assert b.ifp.rq.decrypted_ok_packets == 20
    close(b, conn)
    nothing_left(b)


def test_13_packets_before_the_rule_need_one_resync_round() -> None:
    b, flow = Bench(), Flow().records(12)
    conn = b.open(flow, wait=False)
    assert conn.errno is None
    b.send_records(flow, 0, 2)
    b.run()
    assert (conn.errno, conn.kinds) == (0, "EE")
    b.send_records(flow, 2, 12, GAP)
    b.run()
    # Record 2 is the gap (RESYNC) and the candidate; confirmed during the gap; record 3 verifies.
    assert conn.kinds == "EEEE" + "D" * 8
    assert conn.modifies[-1] == (flow.s(5), 0, flow.first + 4)
    assert confirmations(b) == [(flow.s(2), flow.first + 2)]


def test_16_same_tuple_again_at_once() -> None:
    b, old = Bench(), Flow().records(4)
    conn = b.open(old)
    b.send_records(old, 0, 4)
    b.run()
    assert conn.tag is not None
    conn.tag.free()  # no waiting
    new = Flow(keys=replace(KEYS12, key=b"k" * 16)).records(8)
    again = b.open(new)
    b.send_records(new, 0, 8, GAP)
    b.run()
    assert again.kinds.endswith("DDDD")
    ops = b.ops
    assert ops.index("DEL_RULE") < ops.index("DESTROY_KEY") < ops.index("DESTROY_CTX")
    rules = [i for i, op in enumerate(ops) if op == "ADD_RULE"]
    assert ops.index("DESTROY_KEY") < rules[1]
    close(b, again)
    nothing_left(b)


def test_15_loss_on_one_connection_leaves_the_other_alone() -> None:
    b = Bench()
    flows = [Flow(sport=p, keys=replace(KEYS12, key=bytes((p & 255,)) * 16)) for p in (443, 444)]
    for flow in flows:
        flow.records(10)
    conns = [b.open(flow) for flow in flows]
    for k in range(10):
        if k != 3:
            b.send_records(flows[0], k, k + 1)
        b.send_records(flows[1], k, k + 1)
    b.run()
    b.send_records(flows[0], 3, 4)
    b.run()
    assert conns[1].kinds == "D" * 10
    assert conns[1].modifies == []
    assert "E" in conns[0].kinds


@pytest.mark.parametrize("keys", [KEYS12, KEYS13])
def test_52_hidden_header_costs_one_round(keys: object) -> None:
    b, flow = Bench(), Flow(keys=keys).records(12)  # type: ignore[arg-type]
    conn = b.open(flow)
    b.send_records(flow, 0, 2)
    b.send_records(flow, 3, 5)
    b.send_records(flow, 2, 3)  # the retransmission
    b.run()
    b.send_records(flow, 5, 12, GAP)
    b.run()
    # 2..4 were not decrypted; the answer confirms record 3; record 5 verifies; 6 is marked.
    assert conn.kinds == "DD" + "EEEE" + "D" * 6
    assert confirmations(b) == [(flow.s(3), flow.first + 3)]
    assert conn.end_calls == 1
    assert b.ifp.stats.rx_resync_ok >= 1


def test_73_wrong_number_never_marks() -> None:
    b = Bench(faults=DriverFaults(confirm_wrong_number=True))
    flow = Flow(keys=KEYS13).records(30)
    conn = b.open(flow)
    b.send_records(flow, 0, 1)
    b.send_records(flow, 2, 4)
    b.send_records(flow, 1, 2)
    b.run()
    b.send_records(flow, 4, 30, GAP)
    b.run()
    assert conn.kinds == "D" + "E" * 29
    assert len(confirmations(b)) > 3
    assert len(confirmations(b)) - b.ifp.rq.decrypted_error_packets in (0, 1)  # one is under way


def test_99_v1_programming_decrypts_nothing_until_a_resync() -> None:
    b, flow = Bench(faults=DriverFaults(v1_programming=True)), Flow().records(8)
    conn = b.open(flow)
    b.send_records(flow, 0, 8, GAP)
    b.run()
    assert conn.kinds == "EE" + "D" * 6
    assert confirmations(b)[-1] == (flow.s(0), flow.first)


@pytest.mark.model_only
@pytest.mark.parametrize(
    "fault", ["ignore_pending", "confirm_wrong_number", "confirm_without_find", "v1_programming"]
)
def test_faults_of_the_driver_break_a_property(fault: str) -> None:
    """The checks of ``random_run`` are sharp: each of these bugs violates one within 20 seeds."""
    assert any(violates(seed, driver=DriverFaults(**{fault: True})) for seed in range(20))


@pytest.mark.model_only
@pytest.mark.parametrize(
    "fault",
    [
        "mix_bytes",
        "process_past_data",
        "off_by_one_record_number",
        "keep_key_on_destroy",
        "mark_torn_record",
    ],
)
def test_faults_of_the_nic_break_a_property(fault: str) -> None:
    assert any(violates(seed, nic=NicFaults(**{fault: True})) for seed in range(20))


def violates(seed: int, **faults: Any) -> bool:
    try:
        random_run(seed, **faults)
    except AssertionError:
        return True
    return False


def random_run(
    seed: int, driver: DriverFaults = NO_DRIVER_FAULTS, nic: NicFaults = NO_FAULTS
) -> None:
    """Two lossy connections, then clean ones; properties 104 to 107 are asserted."""
    rng = stream(seed, "driver_loop")
    broken = GoldenNic(faults=nic) if nic != NO_FAULTS else None
    b = Bench(broken, driver, poll_ns=rng.choice((0, 20_000)))
    b.ifp.iq_poll_ns = stream(seed, "driver_loop/iq").choice((0, 5_000))  # callbacks come later
    outstanding: dict[int, int] = {}

    def watch(cmd: lo.Command) -> None:
        if cmd.opcode == lo.Op.GET_PSV:
            outstanding[cmd.index] = outstanding.get(cmd.index, 0) + 1
            assert outstanding[cmd.index] == 1, "two requests outstanding"

    def answered(data: bytes) -> None:
        cpl = lo.Completion.parse(data)
        if cpl.opcode == lo.Op.GET_PSV:
            outstanding[cpl.index] -= 1
        b.ifp.completion(data)

    b.on_command, b.port.on_cpl = watch, answered
    conns = []
    for n in range(2):
        keys = replace(rng.choice((KEYS12, KEYS13)), key=rng.randbytes(rng.choice((16, 32))))
        flow = Flow(keys=keys, start=rng.getrandbits(32), first=rng.getrandbits(40), sport=100 + n)
        for _ in range(60):
            flow.record(rng.randbytes(rng.choice((1, 100, 700, 1000, 3000))))
        conns.append(b.open(flow))
    truth = {(c.flow.s(k), c.flow.first + k) for c in conns for k in range(len(c.flow.headers))}
    for conn in conns:
        lossy_then_clean(rng, b, conn)
    assert set(confirmations(b)) <= truth, "a position was confirmed with a wrong number"
    for conn in conns:
        assert conn.kinds.endswith("DDDDD"), conn.kinds
        assert conn.end_calls == conn.kinds.replace("M", "E").count("ED")
    assert b.ifp.rq.decrypted_error_packets == 0
    for conn in conns:
        close(b, conn)
    nothing_left(b)


def lossy_then_clean(rng: random.Random, b: Bench, conn: Conn) -> None:
    """Packets of the first 40 records are lost or swapped and sent again; the rest is clean."""
    flow, lossy_end = conn.flow, conn.flow.headers[40]
    begin = 0
    late: list[tuple[int, int]] = []
    while begin < len(flow.wire):
        end = min(len(flow.wire), begin + rng.choice((100, 536, 1448)))
        if begin < lossy_end and rng.random() < 0.1:
            late.append((begin, end))
        else:
            b.send(flow, begin, end)
            if rng.random() < 0.5 or begin >= lossy_end:
                b.run(GAP)
        if late and (rng.random() < 0.3 or end >= lossy_end):
            for span in late:
                b.send(flow, *span)
            late = []
        begin = end
    b.run()


@pytest.mark.parametrize("seed", range(20))
def test_104_to_107_random_loss(seed: int) -> None:
    random_run(seed)


@pytest.mark.model_only
def test_same_seed_same_run() -> None:
    def trace(seed: int) -> list[dict[str, object]]:
        b, flow = Bench(), Flow().records(50)
        rng = stream(seed, "same")
        b.open(flow)
        lossy_then_clean(rng, b, b.conns[flow.sport])
        return b.trace.events

    assert trace(1) == trace(1)
    assert trace(1) != trace(2)
