# SPDX-License-Identifier: BSD-2-Clause
"""Packets of several flows close behind each other: contexts forwarded, verdicts waited for."""

from __future__ import annotations

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.rng import stream
from tests.block.rx_track.bench import PACES, Bench, Pace, width_of
from tests.block.rx_track.reference import (
    AUTHENTICATION,
    NO_OFFLOAD,
    OFFLOAD,
    SEARCHING,
    TRACKING,
    Result,
)
from tests.block.rx_track.script import Packet, Script
from tests.block.rx_track.story_kit import FLOW, S0, Flow, record, static

LATE = 1000  # cycles that a verdict is kept back: all that can go on has gone on long before


class Other:
    """A second connection, in order and offloaded from its first byte."""

    def __init__(self, script: Script, flow: int, tls13: bool = True) -> None:
        self.script, self.flow, self.at = script, flow, 0xFFFF_FF00
        script.static(flow, static(tls13))
        script.psv(flow, self.at)

    def send(self, data: bytes, ok: bool = True, **other: object) -> Result:
        seq = self.at & 0xFFFF_FFFF
        packet = Packet(self.flow, seq, data, ok=ok, **other)  # type: ignore[arg-type]
        self.at += len(data)
        return self.script.packet(packet)


class LateVerdicts(Bench):
    """Verdicts come at once, but those of some packets (numbers in the script) after many cycles,
    and so do all behind them."""

    def __init__(
        self, dut: HierarchyObject, script: Script, late: dict[int, int], pace: Pace = PACES[0]
    ) -> None:
        super().__init__(dut, script, pace, seed=1)
        judged = [n for n, result in enumerate(script.results) if result.verdict]
        self.verdict_of = {number: i for i, number in enumerate(judged)}
        self.late = {self.verdict_of[number]: cycles for number, cycles in late.items()}

    def latency(self, number: int) -> int:
        return self.late.get(number, 1)

    def check_order(self, verdict: int, before: range, behind: range) -> None:
        """Descriptors of packets `before` came before that packet's verdict, others after it."""
        at = self.verdict_at[self.verdict_of[verdict]]
        for number in before:
            assert self.desc_at[number] < at - LATE // 2, f"packet {number} waited for {verdict}"
        for number in behind:
            assert self.desc_at[number] > at, f"packet {number} did not wait for {verdict}"


def to_authentication(script: Script) -> Flow:
    flow = Flow(script)
    flow.confirm(flow.lock(), 50)
    flow.state(TRACKING, AUTHENTICATION)
    return flow


@cocotb.test()
@cocotb.parametrize(ok=[True, False])
async def others_go_on_meanwhile(dut: HierarchyObject, ok: bool) -> None:
    """One flow waits for its verdict in AUTHENTICATION; only its own next packet waits with it."""
    script = Script(width_of(dut))
    other = Other(script, FLOW + 1)
    flow = to_authentication(script)
    first = len(script.results)
    assert flow.send(record(40), ok).settle
    data = record(300) + record(20)
    for at in range(0, len(data), 100):
        assert other.send(data[at : at + 100]).markable
    # Past and passed packets of the waiting flow: only a packet worth a look needs its context.
    passed = {"l4_ok": False}
    script.packet(Packet(FLOW, flow.at, b"data", looked_at=False, change=passed))
    assert other.send(record(33)).markable
    waits = len(script.results)
    assert flow.send(record(40)).markable == ok
    assert other.send(record(33)).markable
    assert flow.send(record(90)).markable == ok
    flow.state(TRACKING, OFFLOAD if ok else NO_OFFLOAD)
    bench = LateVerdicts(dut, script, {first: LATE})
    await bench.run()
    count = len(script.results)
    bench.check_order(first, range(first, waits), range(waits, count))


@cocotb.test()
@cocotb.parametrize(first_ok=[True, False], cut=[0, 20], late=[1, 2 * LATE])
async def two_wait(dut: HierarchyObject, first_ok: bool, cut: int, late: int) -> None:
    """Two flows in AUTHENTICATION: the second one's record completes while the first one waits, and
    its verdict comes one or two cycles behind the first one's, or long after."""
    script = Script(width_of(dut))
    second_ok = not first_ok
    flows = []
    for number in (FLOW, FLOW + 1):
        flow = Other(script, number)
        flow.send(record(30))
        flow.at += 50
        assert flow.send(b"\0" * 9).lost
        flow.send(record(40))
        script.static(number, static(number=50), script.get(number)[1])
        flows.append(flow)
    first = len(script.results)
    assert flows[0].send(record(40), first_ok).settle
    if cut:
        assert not flows[1].send(record(60)[:cut]).settle
    second = len(script.results)
    assert flows[1].send(record(60)[cut:], second_ok).settle
    assert flows[0].send(record(40)).markable == first_ok
    assert flows[1].send(record(40)).markable == second_ok
    bench = LateVerdicts(dut, script, {first: LATE, second: late})
    await bench.run()
    bench.check_order(first, range(first, second), range(second, second + 3))
    bench.check_order(second, range(first), range(second + 2, second + 3))


@cocotb.test()
@cocotb.parametrize(ok=[True, False])
async def each_its_own_verdict(dut: HierarchyObject, ok: bool) -> None:
    """Verdicts of other packets, before and behind, say the contrary."""
    for before in range(4):
        script = Script(width_of(dut))
        other = Other(script, FLOW + 1)
        flow = to_authentication(script)
        first = len(script.results)
        for _ in range(before):
            other.send(record(25), not ok)
        assert flow.send(record(40), ok).settle
        other.send(record(25), not ok)
        flow.send(record(30))
        flow.state(TRACKING, OFFLOAD if ok else NO_OFFLOAD)
        # The first verdict is late: so all of them are still due when the record is complete.
        await LateVerdicts(dut, script, {first: LATE}).run()


@cocotb.test()
@cocotb.parametrize(ok=[True, False])
async def verdict_came_before(dut: HierarchyObject, ok: bool) -> None:
    """Descriptors wait long, so the packet's verdict is there before its walk can end."""
    script = Script(width_of(dut))
    other = Other(script, FLOW + 1)
    flow = to_authentication(script)
    for _ in range(4):
        other.send(record(25), not ok)
    first = len(script.results)
    assert flow.send(record(40), ok).settle
    other.send(record(25), not ok)
    assert flow.send(record(30)).markable == ok
    bench = LateVerdicts(dut, script, {}, Pace(desc=0.98))
    await bench.run()
    assert bench.verdict_at[bench.verdict_of[first]] < bench.desc_at[first - 1]


@cocotb.test()
@cocotb.parametrize(pace=range(3))
async def context_forwarded(dut: HierarchyObject, pace: int) -> None:
    """Packets of one and of two flows, so short that each needs what the one before it left."""
    rng = stream(cocotb.RANDOM_SEED, f"forwarded {pace}")
    script = Script(width_of(dut))
    flows = [Other(script, FLOW, True), Other(script, FLOW + 1, False)]
    data = [b"", b""]
    for number in (0, 0, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1) * 12:
        while len(data[number]) < 200:
            data[number] += record(rng.randint(24, 60))
        size = rng.choice((1, 2, 3, 7, 20, 70))
        assert flows[number].send(data[number][:size]).markable
        data[number] = data[number][size:]
    await Bench(dut, script, PACES[pace], rng.getrandbits(32)).run()


@cocotb.test()
async def context_forwarded_in_search(dut: HierarchyObject) -> None:
    """Lost, found and counted, one packet close behind the other."""
    script = Script(width_of(dut))
    flow = Flow(script)
    flow.send(record(30))
    flow.lose(50)
    found = flow.at + 20
    data = bytes(20) + record(25) * 6
    for at in range(0, len(data), 3):
        assert flow.send(data[at : at + 3]).lost == (at == 0)
    assert script.get(FLOW)[1:5] == (found, TRACKING, NO_OFFLOAD, 5)
    flow.lose(1000)
    flow.send(bytes(9))
    flow.state(SEARCHING, NO_OFFLOAD)
    assert found == S0 + 105
    await Bench(dut, script, PACES[0], 1).run()


@cocotb.test()
async def ring_full(dut: HierarchyObject) -> None:
    """The crypto starts packets so rarely that the ring is full, from a payload byte on."""
    rng = stream(cocotb.RANDOM_SEED, "ring full")
    script = Script(width_of(dut))
    flows = [Other(script, FLOW, True), Other(script, FLOW + 1, False)]
    data = [b"", b""]
    for _ in range(60):
        number = rng.randrange(2)
        while len(data[number]) < 400:
            data[number] += record(rng.choice((24, 25, 40, 300)), fill=rng.randrange(256))
        size = rng.choice((10, 100, 300, 400))
        head = rng.randint(0, 7)
        assert flows[number].send(data[number][:size], head=head).markable
        data[number] = data[number][size:]
    await Bench(dut, script, Pace(gcm=0.97), rng.getrandbits(32)).run()
