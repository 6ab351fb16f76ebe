# SPDX-License-Identifier: BSD-2-Clause
"""Plain traffic, records whole and cut, bad tags, loss and confirmation; then the golden NIC."""

from __future__ import annotations

from ipaddress import ip_address

import cocotb
from cocotb.handle import HierarchyObject

from sw_model.driver import csr
from sw_model.nic import layout
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import AuthState, Completion, CplStatus, TlsStatus, TrackState
from sw_model.wire.tcp import ACK, FIN, SYN
from tests.block.tls_rx_top.engine import Engine, Flow, keys_of, make, payload_of
from tests.block.tls_rx_top.golden import compare, without

VERSIONS = ["1.2", "1.3"]


async def expect_clear(engine: Engine, stream: bytes, clear: bytes, packets: int) -> None:
    """The next packets all leave DECRYPTED and carry `clear` together."""
    got = b""
    for number in range(packets):
        frame, meta = await engine.receive()
        assert meta.tls_status == TlsStatus.DECRYPTED, f"packet {number}: {meta.tls_status.name}"
        got += payload_of(frame, meta)
    assert len(got) == len(stream)
    assert got == clear


@cocotb.test()
async def plain_traffic_passes(dut: HierarchyObject) -> None:
    """Frames of no flow come out bit-exact and described as the golden parser describes them."""
    engine = make(dut, "plain")
    await engine.start()
    golden = GoldenNic(num_flows=16)
    flow = Flow(0, keys_of(engine.rng, "1.3", 16), vlan=7)
    six = Flow(1, flow.keys, ip_address("2001:db8::1"), ip_address("2001:db8::2"))
    frames = [flow.frame(0, engine.rng.randbytes(size)) for size in (0, 1, 100, 1460, 8000)]
    frames += [six.frame(0, engine.rng.randbytes(size)) for size in (0, 1, 100, 1400)]
    frames += [engine.rng.randbytes(size) for size in (14, 60, 61, 64, 65, 128, 129, 1514)]
    for number, frame in enumerate(frames):
        engine.send(frame, bad=number % 5 == 4)
    for number, frame in enumerate(frames):
        want_frame, want_meta = golden.frame(frame, number % 5 == 4)
        got_frame, got_meta = await engine.receive()
        assert got_frame == frame == want_frame, f"frame {number}"
        assert got_meta == want_meta, f"frame {number}"
    assert await engine.read(csr.RX_PACKETS) == len(frames)


@cocotb.test()
@cocotb.parametrize(version=VERSIONS, key_bytes=[16, 32])
async def one_record_in_one_packet(dut: HierarchyObject, version: str, key_bytes: int) -> None:
    engine = make(dut, f"one/{version}/{key_bytes}")
    await engine.start()
    flow = Flow(3, keys_of(engine.rng, version, key_bytes), first_number=5)
    await engine.offload(flow)
    record = flow.record(0, b"hello, offload " * 20)
    engine.send(flow.frame(0, record))
    frame, meta = await engine.receive()
    assert meta.flow_valid
    assert meta.flow == 3
    assert meta.tls_status == TlsStatus.DECRYPTED
    assert payload_of(frame, meta) == flow.clear(0, record)
    assert b"hello, offload hello" in frame
    assert await engine.read(csr.RX_TLS_DECRYPTED_PACKETS) == 1
    assert await engine.read(csr.RX_TLS_DECRYPTED_BYTES_LO) == len(record)
    assert await engine.read(csr.RX_TLS_CTX) == 1
    assert await engine.read(csr.RULES) == 1


@cocotb.test()
@cocotb.parametrize(version=VERSIONS)
async def records_in_many_packets(dut: HierarchyObject, version: str) -> None:
    """Records and packets cut each other anywhere: headers, nonces and tags too."""
    engine = make(dut, f"many/{version}")
    await engine.start()
    rng = engine.rng
    flow = Flow(15, keys_of(rng, version, 16))
    await engine.offload(flow)
    payloads = [rng.randbytes(rng.choice([1, 16, 17, 500, 3000])) for _ in range(12)]
    records = [flow.record(number, payload) for number, payload in enumerate(payloads)]
    stream = b"".join(records)
    clear = b"".join(flow.clear(number, record) for number, record in enumerate(records))
    sizes = [rng.choice([1, 2, 3, 5, 13, 100, 700, 1460]) for _ in range(60)]
    frames = flow.frames(stream, sizes)
    for frame in frames:
        engine.send(frame)
    await expect_clear(engine, stream, clear, len(frames))


@cocotb.test()
@cocotb.parametrize(version=VERSIONS)
async def bad_tag(dut: HierarchyObject, version: str) -> None:
    """AUTH_FAIL and the bytes as they came; the next record is decrypted again."""
    engine = make(dut, f"bad_tag/{version}")
    await engine.start()
    flow = Flow(0, keys_of(engine.rng, version, 32))
    await engine.offload(flow)
    good = [flow.record(number, engine.rng.randbytes(300)) for number in range(3)]
    broken = good[1][:-1] + bytes((good[1][-1] ^ 1,))
    at = 0
    for record in (good[0], broken, good[2]):
        engine.send(flow.frame(at, record))
        at += len(record)
    want = [
        (TlsStatus.DECRYPTED, flow.clear(0, good[0])),
        (TlsStatus.AUTH_FAIL, broken),
        (TlsStatus.DECRYPTED, flow.clear(2, good[2])),
    ]
    for number, (status, payload) in enumerate(want):
        frame, meta = await engine.receive()
        assert meta.tls_status == status, f"packet {number}: {meta.tls_status.name}"
        assert payload_of(frame, meta) == payload, f"packet {number}"
    assert await engine.read(csr.RX_TLS_ERR) == 1


@cocotb.test()
async def loss_and_confirmation(dut: HierarchyObject) -> None:
    """A lost header: RESYNC once, a candidate, its confirmation, one record to verify, offload."""
    engine = make(dut, "loss")
    await engine.start()
    flow = Flow(2, keys_of(engine.rng, "1.3", 16))
    await engine.offload(flow)
    records = [flow.record(number, engine.rng.randbytes(400)) for number in range(8)]
    starts = [sum(len(r) for r in records[:number]) for number in range(8)]

    async def packet(number: int) -> tuple[TlsStatus, bytes]:
        engine.send(flow.frame(starts[number], records[number]))
        frame, meta = await engine.receive()
        return meta.tls_status, payload_of(frame, meta)

    async def progress() -> layout.ProgressParams:
        return (await engine.command(layout.get_psv(2))).progress

    assert await packet(0) == (TlsStatus.DECRYPTED, flow.clear(0, records[0]))
    state = await progress()
    assert (state.track, state.auth) == (TrackState.TRACKING, AuthState.OFFLOAD)
    assert state.next_record_tcp_sn == (flow.start_seq + starts[1]) & 0xFFFFFFFF
    # Record 1 is lost.
    assert await packet(2) == (TlsStatus.RESYNC, records[2])
    state = await progress()
    assert (state.track, state.auth) == (TrackState.TRACKING, AuthState.NO_OFFLOAD)
    assert state.hw_resync_tcp_sn == (flow.start_seq + starts[2]) & 0xFFFFFFFF
    assert await packet(3) == (TlsStatus.NONE, records[3])
    await engine.command(flow.static(2, state.hw_resync_tcp_sn + 1))  # stale: changes nothing
    assert (await progress()).auth == AuthState.NO_OFFLOAD
    await engine.command(flow.static(2, state.hw_resync_tcp_sn))
    assert (await progress()).auth == AuthState.AUTHENTICATION
    assert await packet(4) == (TlsStatus.NONE, records[4])
    assert (await progress()).auth == AuthState.OFFLOAD
    assert await packet(5) == (TlsStatus.DECRYPTED, flow.clear(5, records[5]))
    counters = {name: await engine.read(address) for name, address in csr.COUNTERS.items()}
    assert counters["rx_tls_resync_req_pkt"] == 1
    assert counters["rx_tls_resync_req_start"] == 1
    assert counters["rx_tls_resync_req_end"] == 1
    assert counters["rx_tls_resync_res_ok"] == 1
    assert counters["rx_tls_resync_res_skip"] == 1


@cocotb.test()
async def destroyed_context_is_silent(dut: HierarchyObject) -> None:
    engine = make(dut, "destroy")
    await engine.start()
    flow = Flow(4, keys_of(engine.rng, "1.2", 16))
    await engine.offload(flow)
    first, second = flow.record(0, b"x" * 100), flow.record(1, b"y" * 100)
    engine.send(flow.frame(0, first))
    _, meta = await engine.receive()
    assert meta.tls_status == TlsStatus.DECRYPTED
    await engine.command(layout.destroy_ctx(4))
    assert (await engine.command(layout.get_psv(4))).progress == layout.ProgressParams(context=4)
    engine.send(flow.frame(len(first), second))
    frame, meta = await engine.receive()
    assert meta.flow_valid, "the rule is still there"
    assert meta.tls_status == TlsStatus.NONE
    assert payload_of(frame, meta) == second
    await engine.command(layout.del_rule(4, flow.rule()))
    await engine.command(layout.del_rule(4, flow.rule()), CplStatus.NOT_FOUND)
    await engine.command(layout.destroy_key(4))
    assert await engine.read(csr.RULES) == 0


@cocotb.test()
async def interrupt_tells_of_completions(dut: HierarchyObject) -> None:
    engine = make(dut, "irq")
    await engine.start()
    await engine.write(csr.IRQ_ENABLE, csr.IRQ_ENABLE_COMPLETION_MASK)
    assert dut.irq_o.value == 0
    await engine.command(layout.get_psv(0))
    await engine.cycles(4)
    assert dut.irq_o.value == 1
    await engine.write(csr.IRQ_STATUS, csr.IRQ_STATUS_COMPLETION_MASK)
    await engine.cycles(4)
    assert dut.irq_o.value == 0


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.3], stall=[0.0, 0.4])
async def random_against_golden(dut: HierarchyObject, gap: float, stall: float) -> None:
    """Three flows with loss, repeats and commands under way: every bit as the golden NIC says.

    Commands race the packets; cmd_count and the completion's frame count give the order, and the
    golden NIC is fed in that order.
    """
    engine = make(dut, f"golden/{gap}/{stall}", gap, stall)
    await engine.start()
    rng = engine.rng
    flows = [
        Flow(1, keys_of(rng, "1.3", 16), dport=1001),
        Flow(2, keys_of(rng, "1.2", 32), dport=1002, vlan=5),
        Flow(9, keys_of(rng, "1.3", 32), ip_address("2001:db8::1"), ip_address("2001:db8::2")),
    ]
    commands = [command for flow in flows for command in flow.set_up()]
    queues = []
    for flow in flows:
        records = [
            flow.record(number, rng.randbytes(rng.choice([0, 1, 15, 16, 80, 300, 2000])))
            for number in range(15)
        ]
        sizes = [rng.choice([1, 4, 60, 400, 1000, 1460]) for _ in range(80)]
        header = sum(len(record) for record in records[:7])
        queues.append(without(flow.frames(b"".join(records), sizes), header, header + 5))
    frames: list[tuple[bytes, bool]] = []
    while any(queues):
        which = rng.choice([number for number, queue in enumerate(queues) if queue])
        frame = queues[which].pop(0)
        draw = rng.random()
        if draw < 0.05:
            continue  # lost
        frames.append((frame, draw > 0.98))
        if draw < 0.1:
            frames.append((rng.choice(frames)[0], False))  # repeated
        if draw < 0.12:
            flags = rng.choice([SYN, ACK, FIN | ACK])
            frames.append(
                (flows[which].frame(rng.randrange(2000), rng.randbytes(20), flags), False)
            )

    for command in commands:
        engine.post(command)
    answers = [await engine.completion() for _ in commands]

    async def keep_asking() -> None:
        for _ in range(20):
            await engine.cycles(rng.randint(50, 400))
            flow = rng.choice(flows)
            commands.append(layout.get_psv(flow.index))
            engine.post(commands[-1])
            answers.append(await engine.completion())
            progress = Completion.parse(answers[-1]).progress
            if (progress.track, progress.auth) == (TrackState.TRACKING, AuthState.NO_OFFLOAD):
                commands.append(flow.static(rng.randrange(15), progress.hw_resync_tcp_sn))
                engine.post(commands[-1])
                answers.append(await engine.completion())

    asking = cocotb.start_soon(keep_asking())
    for frame, bad in frames:
        engine.send(frame, bad)
    got = [await engine.receive() for _ in frames]
    await asking

    statuses = compare(frames, got, commands, answers)
    assert {TlsStatus.NONE, TlsStatus.DECRYPTED, TlsStatus.RESYNC} <= statuses
