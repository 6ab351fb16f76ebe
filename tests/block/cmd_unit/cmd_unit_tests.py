# SPDX-License-Identifier: BSD-2-Clause
"""Commands decoded, executed between packets, answered in order; what is wrong is refused."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamFrame

from sw_model.nic import layout
from sw_model.nic.layout import AuthState, Completion, CplStatus, Op, TrackState
from sw_model.rng import stream
from tests.block.cmd_unit.bench import FLOWS, IDLE, KEY_REQ, KEYS, Bench
from tests.block.structs import unpack


@cocotb.test()
async def keys(dut: HierarchyObject) -> None:
    """Byte 0 of a key is most significant; a 128-bit key sits in the low half."""
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "cmd_unit/keys"))
    await bench.start()
    long_key, short_key = bytes(range(32)), bytes(range(100, 116))
    answer = await bench.command(layout.create_key(3, long_key, tag=0x1234))
    assert answer == Completion(Op.CREATE_KEY, CplStatus.OK, 0x1234, 3, 1, 0)
    await bench.command(layout.create_key(KEYS - 1, short_key))
    await bench.command(layout.destroy_key(3))
    assert bench.requests[0] == (
        "write",
        {"idx": 3, "is_256": 1, "key": int.from_bytes(long_key, "big")},
    )
    assert bench.requests[1][0] == "write"
    assert bench.requests[1][1]["is_256"] == 0
    assert bench.requests[1][1]["key"] & (1 << 128) - 1 == int.from_bytes(short_key, "big")
    assert bench.requests[2][0] == "wipe"
    assert bench.requests[2][1]["idx"] == 3


@cocotb.test()
async def no_key_stays_behind(dut: HierarchyObject) -> None:
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "cmd_unit/wipe"))
    await bench.start()
    await bench.command(layout.create_key(0, b"\xa5" * 32))
    await bench.command(layout.create_key(0, b"\xa5" * 32)[:-16])  # a malformed one too
    await bench.cycles(2)
    assert unpack(KEY_REQ, int(dut.key_req_o.value))["key"] == 0
    assert int(dut.u_buffer.payload_o.value) == 0
    secret = 0xA5A5A5A5
    for row in range(32):
        bits = dut.u_queue.mem[row].value
        if bits.is_resolvable:
            assert secret not in (int(bits) & 0xFFFFFFFF, int(bits) >> 64 & 0xFFFFFFFF), (
                f"row {row}"
            )


@cocotb.test()
async def contexts(dut: HierarchyObject) -> None:
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "cmd_unit/contexts"))
    await bench.start()
    iv = bytes(range(0x30, 0x3C))
    static = layout.StaticParams(True, iv, 7, 0x0102030405060708, 0xCAFEBABE)
    await bench.command(layout.set_static(19, static))
    await bench.command(layout.set_psv(19, layout.ProgressParams(next_record_tcp_sn=0xDEADBEEF)))
    bench.psv = layout.ProgressParams(
        0, 0x11223344, 0x55667788, TrackState.TRACKING, AuthState.NO_OFFLOAD, 0xABCDE
    )
    await bench.cycles(20)
    await bench.command(layout.get_psv(5))  # shows the played answer from the next request on
    answer = await bench.command(layout.get_psv(5))
    progress = answer.progress
    assert progress == layout.ProgressParams(
        5, 0x11223344, 0x55667788, TrackState.TRACKING, AuthState.NO_OFFLOAD, 0xABCDE
    )
    answer = await bench.command(layout.destroy_ctx(19))
    assert answer.psv == bytes(16), "only GET_PSV answers with progress parameters"

    names = [name for name, _ in bench.requests]
    assert names == ["set_static", "set_psv", "get_psv", "get_psv", "destroy", "sum_wipe"]
    first = bench.requests[0][1]
    assert first["ctx"] == 19
    assert first["tls13"] == 1
    assert first["key"] == 7
    assert first["iv"] == int.from_bytes(iv, "big")
    assert first["record_number"] == 0x0102030405060708
    assert first["resync_tcp_sn"] == 0xCAFEBABE
    assert bench.requests[1][1]["next_tcp_sn"] == 0xDEADBEEF
    assert bench.requests[4][1]["ctx"] == 19
    assert bench.requests[5][1]["idx"] == 19
    assert bench.events == {"ctx": 1, "del": 1, "get_skip": 1, "cpl": 5}


@cocotb.test()
async def rules(dut: HierarchyObject) -> None:
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "cmd_unit/rules"))
    await bench.start()
    four = layout.FlowRule.of(IPv4Address("10.1.2.3"), IPv4Address("10.9.8.7"), 443, 50000, 0x123)
    six = layout.FlowRule.of(IPv6Address("fd00::1"), IPv6Address("fd00::2"), 1, 0xFFFF)
    await bench.command(layout.add_rule(4, four))
    bench.rule_status = CplStatus.NOT_FOUND
    await bench.cycles(20)
    await bench.command(layout.del_rule(0, six))
    answer = await bench.command(layout.del_rule(0, six))
    assert answer.status == CplStatus.NOT_FOUND
    for (name, got), (want_name, rule, flow) in zip(
        bench.requests[:2], (("add", four, 4), ("delete", six, 0)), strict=True
    ):
        assert name == want_name
        assert got.pop("flow") == flow
        assert got == {field: int(getattr(rule, field)) for field in got}


@cocotb.test()
async def bad_commands(dut: HierarchyObject) -> None:
    """Unknown opcode, every wrong length and every number out of range: answered, not executed."""
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "cmd_unit/bad"))
    await bench.start()
    static = layout.StaticParams(False, bytes(4), KEYS, 0)
    cases = [
        (layout.Command(0, 0).pack(), CplStatus.BAD_CMD),
        (layout.Command(9, 0).pack(), CplStatus.BAD_CMD),
        (layout.Command(0xFF, 0, bytes(640)).pack(), CplStatus.BAD_CMD),
        (layout.get_psv(0)[:10], CplStatus.BAD_CMD),
        (layout.create_key(0, bytes(32))[:-1], CplStatus.BAD_CMD),
        (layout.create_key(KEYS, bytes(32)), CplStatus.BAD_INDEX),
        (layout.destroy_key(KEYS), CplStatus.BAD_INDEX),
        (layout.set_static(0, static), CplStatus.BAD_INDEX),
        (layout.get_psv(FLOWS), CplStatus.BAD_INDEX),
        (layout.get_psv(1 << 31), CplStatus.BAD_INDEX),
        (layout.destroy_ctx(FLOWS), CplStatus.BAD_INDEX),
    ]
    for opcode, right in layout.PAYLOAD_BYTES.items():
        for beats in range(8):
            if 16 * beats != right:
                command = layout.Command(opcode, 1, bytes(16 * beats)).pack()
                cases.append((command, CplStatus.BAD_CMD))
    for number, (data, status) in enumerate(cases):
        answer = await bench.command(data)
        assert answer.status == status, f"case {number}: {answer}"
        assert answer.opcode == data[0]
        assert answer.cmd_count == number + 1
        assert answer.psv == bytes(16)
    assert not bench.requests


@cocotb.test()
async def waits_for_the_packets(dut: HierarchyObject) -> None:
    """No request while any of the three blocks has a frame; the frame count is the last one."""
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "cmd_unit/wait"))
    await bench.start()
    for block in range(3):
        dut.idle_i.value = IDLE & ~(1 << block)
        bench.source.send_nowait(AxiStreamFrame(tdata=layout.get_psv(1)))
        for _ in range(60):
            await RisingEdge(dut.clk_i)
            assert dut.ctx_valid_o.value == 0, f"executed while block {block} is busy"
        assert dut.pause_o.value == 1
        bench.frames += 7
        dut.frames_i.value = bench.frames
        dut.idle_i.value = IDLE
        answer = await bench.completion()
        assert answer.frames == bench.frames


@cocotb.test()
async def stuck_completion_stops_no_frame(dut: HierarchyObject) -> None:
    bench = Bench(dut, stream(cocotb.RANDOM_SEED, "cmd_unit/stuck"))
    await bench.start()
    bench.sink.pause = True
    for _ in range(40):  # more than the queue holds
        bench.source.send_nowait(AxiStreamFrame(tdata=layout.get_psv(1)))
    await bench.cycles(100)
    for _ in range(50):
        await RisingEdge(dut.clk_i)
        assert dut.pause_o.value == 0
    bench.sink.pause = False
    for number in range(40):
        assert (await bench.completion()).cmd_count == number + 1


@cocotb.test()
@cocotb.parametrize(gap=[0.0, 0.5], stall=[0.0, 0.5])
async def random_commands(dut: HierarchyObject, gap: float, stall: float) -> None:
    """Answers keep the order and echo opcode, tag and number; good commands run exactly once."""
    rng = stream(cocotb.RANDOM_SEED, f"cmd_unit/{gap}/{stall}")
    bench = Bench(dut, rng, gap, stall)
    await bench.start()
    sent = []
    for _ in range(150):
        opcode = rng.choice([*layout.PAYLOAD_BYTES, 0, 12])
        length = layout.PAYLOAD_BYTES.get(opcode, 16)
        if rng.random() < 0.1:
            length = 16 * rng.randint(0, 9)
        payload = bytearray(rng.randbytes(length))
        if opcode == Op.SET_STATIC and length >= 36:
            payload[33:36] = rng.randrange(2 * KEYS).to_bytes(3, "big")
        command = layout.Command(
            opcode,
            rng.randrange(2 * FLOWS),
            bytes(payload),
            rng.randrange(2),
            rng.randrange(1 << 16),
        )
        sent.append(command)
        bench.source.send_nowait(AxiStreamFrame(tdata=command.pack()))
    good = 0
    for number, command in enumerate(sent):
        answer = await bench.completion()
        limit = KEYS if command.opcode in (Op.CREATE_KEY, Op.DESTROY_KEY) else FLOWS
        status = CplStatus.OK
        if not command.well_formed:
            status = CplStatus.BAD_CMD
        elif command.index >= limit or (
            command.opcode == Op.SET_STATIC
            and layout.StaticParams.parse(command.payload).dek_index >= KEYS
        ):
            status = CplStatus.BAD_INDEX
        want = (command.opcode, status, command.tag, command.index, number + 1)
        got = (answer.opcode, answer.status, answer.tag, answer.index, answer.cmd_count)
        assert got == want, f"command {number}"
        good += status == CplStatus.OK
    executed = [name for name, _ in bench.requests if name != "sum_wipe"]
    assert len(executed) == good
