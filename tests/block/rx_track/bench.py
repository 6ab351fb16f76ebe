# SPDX-License-Identifier: BSD-2-Clause
"""Drives rx_track with a list of packets and commands and compares it with the reference.

The order is fixed before the simulation starts, so the reference predicts everything: a command is
driven when all packets before it were taken and the tracker is idle, as cmd_unit does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge

from sw_model.nic.layout import PktMeta
from tests.block.rx_track.reference import Result, Slot, Static, Tracker

SLOT = (
    ("flow", 12), ("key", 12), ("nonce", 96), ("ctr", 32), ("text_len", 16), ("aad_len", 5),
    ("head", 1), ("text_from", 6), ("text_bytes", 7), ("length", 1), ("tag", 1), ("piece_end", 1),
    ("exponent", 11), ("check", 1), ("pkt_end", 1), ("ks_en", 1), ("ks_start", 6), ("ks_adv", 2),
    ("ks_last", 1),
)  # fmt: skip
DESC = (("meta", 160), ("markable", 1), ("lost", 1), ("ks", 1), ("verdict", 1))
CTX_REQ = (
    ("op", 2), ("ctx", 12), ("tls13", 1), ("key", 12), ("iv", 96), ("record_number", 64),
    ("resync_tcp_sn", 32), ("next_tcp_sn", 32),
)  # fmt: skip
CTX_PSV = (("next_sn", 32), ("resync_sn", 32), ("track", 2), ("auth", 2), ("record_offset", 24))
OPS = {"set_static": 0, "set_psv": 1, "get_psv": 2, "destroy": 3}
KEY_BITS = 302
LONG = 40 * 64  # an oversize frame is longer than the ring
# Fields of track_ev_t.
EVENTS = ("auth_ok", "auth_fail", "resync_req", "resync_lock", "resync_ok", "resync_skip")


def pack(table: tuple[tuple[str, int], ...], **values: int) -> int:
    word = 0
    for name, width in table:
        word = word << width | values.get(name, 0)
    return word


def unpack(table: tuple[tuple[str, int], ...], word: int) -> dict[str, int]:
    values = {}
    for name, width in reversed(table):
        values[name] = word & (1 << width) - 1
        word >>= width
    return values


def look_alike(header: bytes) -> bool:
    """What the parser takes for a record header, whatever the version."""
    length = header[3] << 8 | header[4]
    return 20 <= header[0] <= 23 and header[1:3] == b"\x03\x03" and 17 <= length <= 16408


@dataclass
class Packet:
    """A frame as parser and lookup hand it over; `ok` is the crypto's verdict, if there is one."""

    flow: int
    seq: int
    payload: bytes
    head: int = 54  # bytes before the payload
    pad: bytes = b""  # bytes behind it
    ok: bool = True
    looked_at: bool = True
    oversize: bool = False
    change: dict[str, Any] = field(default_factory=dict)  # metadata fields

    def frame(self) -> bytes:
        pad = self.pad + bytes(LONG) if self.oversize else self.pad
        return Random(self.seq).randbytes(self.head) + self.payload + pad

    def meta(self, cmd_count: int = 0) -> PktMeta:
        values: dict[str, Any] = {
            "cmd_count": cmd_count,
            "frame_len": self.head + len(self.payload) + len(self.pad),
            "tcp_seq": self.seq & 0xFFFF_FFFF,
            "payload_len": len(self.payload),
            "payload_off": self.head,
            "l3_off": 14,
            "l4_off": 34,
            "tcp_flags": 0x10,
            "is_ipv4": True,
            "is_tcp": True,
            "l3_checked": True,
            "l3_ok": True,
            "l4_checked": True,
            "l4_ok": True,
            "flow_valid": True,
            "flow": self.flow,
        }
        if self.oversize:
            values["frame_len"] = 65535
        return PktMeta(**(values | self.change))

    def header(self) -> int:
        key = 0x5A5A << 16  # the tracker must not care
        flags = self.oversize << 2 | 1 << 1 | self.clean()
        return flags << KEY_BITS + 160 | key << 160 | self.meta().pack()

    def clean(self) -> bool:
        """No header lies wholly in the payload; every third clean packet does not say so."""
        data = self.payload
        headers = (data[at : at + 5] for at in range(len(data) - 4))
        return self.seq % 3 > 0 and not any(look_alike(header) for header in headers)


@dataclass
class Command:
    """A command on a context; `psv` is what it must read."""

    op: str
    flow: int
    static: Static | None = None
    resync_sn: int = 0
    next_sn: int = 0
    psv: tuple[int, ...] = ()
    frames: int = 0

    def request(self) -> int:
        values: dict[str, int] = {"op": OPS[self.op], "ctx": self.flow}
        if self.static:
            values |= {
                "tls13": self.static.tls13,
                "key": self.static.key,
                "iv": int.from_bytes(self.static.iv, "big"),
                "record_number": self.static.number,
                "resync_tcp_sn": self.resync_sn,
            }
        return pack(CTX_REQ, **values, next_tcp_sn=self.next_sn)


@dataclass
class Pace:
    """Probability that an interface rests in a cycle."""

    source: float = 0.0
    sink: float = 0.0
    desc: float = 0.0
    gcm: float = 0.0  # and that the crypto or the hold have no room for a packet
    verdict: int = 12  # longest latency


PACES = (
    Pace(),
    Pace(source=0.4, verdict=60),
    Pace(sink=0.4, desc=0.5),
    Pace(source=0.3, sink=0.3, desc=0.3, gcm=0.3, verdict=200),
)


class Script:
    """The list of packets and commands, with the reference run along."""

    def __init__(self, width: int, relock_records: int = 4096) -> None:
        self.reference = Tracker(width, relock_records)
        self.relock = relock_records
        self.items: list[Packet | Command] = []
        self.results: list[Result] = []  # one for each packet
        self.keys: dict[int, list[int]] = {}
        self.events = dict.fromkeys(EVENTS, 0)

    def packet(self, packet: Packet) -> Result:
        result = Result(flow=packet.flow)
        if packet.looked_at:
            result = self.reference.packet(packet.flow, packet.seq & 0xFFFF_FFFF, packet.payload)
        packet.ok = packet.ok or result.checks == 0
        if result.verdict:
            self.reference.verdict(result, packet.ok)
        self.events["resync_req"] += result.lost
        self.events["resync_lock"] += result.locks
        self.events["auth_ok"] += result.settle and packet.ok
        self.events["auth_fail"] += result.settle and not packet.ok
        static = self.reference.context(packet.flow).static
        self.keys[len(self.results)] = [static.key if static else 0]
        self.items.append(packet)
        self.results.append(result)
        return result

    def command(self, command: Command) -> Command:
        flow = command.flow
        if command.op == "set_static":
            assert command.static
            taken = self.reference.set_static(flow, command.static, command.resync_sn)
            self.events["resync_ok"] += taken is True
            self.events["resync_skip"] += taken is False
        elif command.op == "set_psv":
            self.reference.set_psv(flow, command.next_sn)
        elif command.op == "destroy":
            self.reference.destroy(flow)
        else:
            command.psv = self.reference.context(flow).psv()
        command.frames = len(self.results)
        self.items.append(command)
        return command

    def static(self, flow: int, static: Static, resync_sn: int = 0) -> None:
        self.command(Command("set_static", flow, static, resync_sn & 0xFFFF_FFFF))

    def psv(self, flow: int, next_sn: int) -> None:
        self.command(Command("set_psv", flow, next_sn=next_sn & 0xFFFF_FFFF))

    def destroy(self, flow: int) -> None:
        self.command(Command("destroy", flow))

    def get(self, flow: int) -> tuple[int, ...]:
        return self.command(Command("get_psv", flow)).psv

    def packets(self) -> Iterator[Packet]:
        return (item for item in self.items if isinstance(item, Packet))


class Bench:
    """The tracker's surroundings."""

    def __init__(self, dut: HierarchyObject, script: Script, pace: Pace, seed: int) -> None:
        self.dut, self.script, self.pace = dut, script, pace
        self.rng = Random(seed)
        self.width = len(dut.slot_data_o) // 8
        self.taken = self.executed = 0
        self.slots: list[dict[str, int]] = []
        self.descs: list[dict[str, int]] = []
        self.frames: list[bytes] = []
        self.events = dict.fromkeys(EVENTS, 0)
        self.cycles = self.active = 0
        # The cycle of each, in order; compare only what is cycles apart.
        self.desc_at: list[int] = []
        self.frame_at: list[int] = []
        self.slot_at: list[int] = []
        self.verdict_at: list[int] = []
        self.problems: list[str] = []
        self.oks = [
            packet.ok
            for packet, result in zip(script.packets(), script.results, strict=True)
            if result.verdict
        ]

    async def run(self) -> None:
        dut = self.dut
        for name in (
            "hdr_valid_i", "hdr_i", "s_axis_frm_tdata", "s_axis_frm_tkeep", "s_axis_frm_tvalid",
            "s_axis_frm_tlast", "m_axis_frm_tready", "desc_ready_i", "gcm_ready_i",
            "verdict_valid_i", "verdict_ok_i", "ctx_valid_i", "ctx_req_i", "cmd_count_i",
        ):  # fmt: skip
            getattr(dut, name).value = 0
        dut.relock_records_i.value = self.script.relock
        dut.rst_i.value = 1
        clock = cocotb.start_soon(Clock(dut.clk_i, 4, unit="ns").start())
        for _ in range(3):
            await RisingEdge(dut.clk_i)
        dut.rst_i.value = 0
        tasks = [
            cocotb.start_soon(coroutine)
            for coroutine in (
                self.frame_source(), self.frame_sink(), self.slot_sink(), self.desc_sink(),
                self.count(),
            )
        ]  # fmt: skip
        try:
            await self.control()
        finally:
            for task in [*tasks, clock]:
                task.cancel()
        self.compare()

    def rests(self, chance: float) -> bool:
        return chance > 0 and self.rng.random() < chance

    # ---- Headers and commands, in order ----------------------------------------------------------

    async def control(self) -> None:
        dut = self.dut
        for item in self.script.items:
            while self.rests(self.pace.source):
                await RisingEdge(dut.clk_i)
            if isinstance(item, Packet):
                dut.hdr_i.value = item.header()
                dut.hdr_valid_i.value = 1
                await self.until(dut.hdr_ready_o)
                dut.hdr_valid_i.value = 0
                self.taken += 1
            else:
                await self.until(dut.idle_o)
                await self.execute(item)
        want = len(self.script.results)
        for _ in range(4000):
            await RisingEdge(dut.clk_i)
            if len(self.descs) == len(self.frames) == want and dut.idle_o.value == 1:
                break
        for _ in range(300):
            await RisingEdge(dut.clk_i)

    async def until(self, signal: Any, limit: int = 5000) -> None:
        for _ in range(limit):
            await RisingEdge(self.dut.clk_i)
            if signal.value == 1:
                return
        raise AssertionError(f"waited in vain for {signal._name}; packet {self.taken}")

    async def execute(self, command: Command) -> None:
        dut = self.dut
        dut.ctx_req_i.value = command.request()
        dut.ctx_valid_i.value = 1
        await self.until(dut.ctx_done_o, 100)
        if command.op == "get_psv":
            got = tuple(unpack(CTX_PSV, int(dut.ctx_psv_o.value)).values())[::-1]
            if got != command.psv:
                self.problems.append(f"{command} after packet {self.taken}: read {got}")
        if int(dut.frames_o.value) != command.frames:
            self.problems.append(f"{command}: {dut.frames_o.value} frames")
        dut.ctx_valid_i.value = 0
        self.executed += 1
        dut.cmd_count_i.value = self.executed & 0xFFFF
        await RisingEdge(dut.clk_i)

    # ---- Streams -----------------------------------------------------------------------

    async def frame_source(self) -> None:
        dut, width = self.dut, self.width
        for number, packet in enumerate(self.script.packets()):
            while not self.offered(number):
                await RisingEdge(dut.clk_i)
            frame = packet.frame()
            for at in range(0, len(frame), width):
                while self.rests(self.pace.source):
                    await RisingEdge(dut.clk_i)
                piece = frame[at : at + width]
                dut.s_axis_frm_tdata.value = int.from_bytes(piece, "little")
                dut.s_axis_frm_tkeep.value = (1 << len(piece)) - 1
                dut.s_axis_frm_tlast.value = at + width >= len(frame)
                dut.s_axis_frm_tvalid.value = 1
                await RisingEdge(dut.clk_i)
                while dut.s_axis_frm_tready.value != 1:
                    await RisingEdge(dut.clk_i)
                dut.s_axis_frm_tvalid.value = 0

    def offered(self, number: int) -> bool:
        """Beats may come once the header is offered; early is the normal case."""
        return self.taken >= number

    async def frame_sink(self) -> None:
        dut, frame = self.dut, b""
        while True:
            await RisingEdge(dut.clk_i)
            if dut.m_axis_frm_tvalid.value == 1 and dut.m_axis_frm_tready.value == 1:
                size = int(dut.m_axis_frm_tkeep.value).bit_count()
                frame += int(dut.m_axis_frm_tdata.value).to_bytes(self.width, "little")[:size]
                if dut.m_axis_frm_tlast.value == 1:
                    self.frame_at.append(self.cycles)
                    self.frames.append(frame)
                    frame = b""
            dut.m_axis_frm_tready.value = not self.rests(self.pace.sink)
            dut.gcm_ready_i.value = not self.rests(self.pace.gcm)

    async def desc_sink(self) -> None:
        dut = self.dut
        while True:
            await RisingEdge(dut.clk_i)
            if dut.desc_valid_o.value == 1 and dut.desc_ready_i.value == 1:
                self.descs.append(unpack(DESC, int(dut.desc_o.value)))
                self.desc_at.append(self.cycles)
            dut.desc_ready_i.value = not self.rests(self.pace.desc)

    async def slot_sink(self) -> None:
        """Slots in, verdicts out, in order, after a while."""
        dut, due, now = self.dut, [], 0
        while True:
            await RisingEdge(dut.clk_i)
            now += 1
            if dut.slot_valid_o.value == 1:
                # What a filler does not use may come from a beat not received yet.
                slot = unpack(SLOT, int(dut.slot_o.value.resolve("zeros")))
                slot["data"] = int(dut.slot_data_o.value)
                slot["tag_data"] = int(dut.slot_tag_o.value)
                self.slots.append(slot)
                self.slot_at.append(self.cycles)
                if slot["pkt_end"]:
                    due.append(now + self.latency(len(self.verdict_at) + len(due)))
            dut.verdict_valid_i.value = 0
            if due and due[0] <= now and self.oks:
                due.pop(0)
                self.verdict_at.append(self.cycles)
                dut.verdict_valid_i.value = 1
                dut.verdict_ok_i.value = self.oks.pop(0)

    def latency(self, number: int) -> int:
        """Cycles from a packet's last slot to its verdict, the `number`-th."""
        return self.rng.randint(1, self.pace.verdict)

    async def count(self) -> None:
        dut = self.dut
        while True:
            await RisingEdge(dut.clk_i)
            self.cycles += 1
            self.active += dut.idle_o.value != 1
            for name, bit in zip(EVENTS, str(dut.ev_o.value), strict=True):
                self.events[name] += bit == "1"

    # ---- Comparison --------------------------------------------------------------------

    def compare(self) -> None:
        packets = list(self.script.packets())
        assert not self.problems, self.problems[0]
        assert len(self.frames) == len(packets), f"{len(self.frames)} of {len(packets)} frames"
        assert len(self.descs) == len(packets), f"{len(self.descs)} of {len(packets)} descriptors"
        slots, commands, number = iter(self.slots), 0, 0
        for item in self.script.items:
            if isinstance(item, Command):
                commands += 1
                continue
            result, frame, desc = (
                row[number] for row in (self.script.results, self.frames, self.descs)
            )
            where = f"packet {number} seq {item.seq:#x} len {len(item.payload)}"
            assert frame == item.frame(), f"{where}: frame changed"
            self.compare_desc(where, item, result, desc, commands)
            self.compare_slots(where, item, result, slots, self.script.keys[number][0])
            number += 1
        assert next(slots, None) is None, "more slots than the reference gives"
        assert self.events == self.script.events, f"{self.events} != {self.script.events}"

    def compare_desc(
        self, where: str, item: Packet, result: Result, desc: dict[str, int], commands: int
    ) -> None:
        want = {
            "meta": item.meta(commands).pack(),
            "markable": result.markable,
            "lost": result.lost,
            "ks": result.ks,
            "verdict": result.verdict,
        }
        assert desc == want, f"{where}: descriptor {desc} != {want}"

    def compare_slots(
        self, where: str, item: Packet, result: Result, slots: Iterator[dict[str, int]], key: int
    ) -> None:
        """The packet's slots up to pkt_end: fillers and what the reference gives, in order."""
        if not result.verdict:
            return
        wants, last = iter(result.slots), {"pkt_end": 0}
        beat, end = item.head // self.width, (item.head + len(item.payload) - 1) // self.width
        while not last["pkt_end"]:
            got = next(slots, None)
            assert got is not None, f"{where}: no slot for {next(wants, None)}"
            last, text = got, f"{where}: slot {got}"
            assert (got["flow"], got["ks_en"]) == (item.flow, result.ks), text
            beat += got["ks_adv"]
            if any(got[name] for name in ("head", "text_bytes", "tag")):
                want = next(wants, None)
                assert want is not None, f"{text} is more than the reference gives"
                self.compare_slot(where, item, want, got, key)
                if result.ks and want.text:
                    assert beat * self.width + got["ks_start"] == item.head + want.at, text
            else:
                assert result.ks or got["pkt_end"], f"{text}: a filler without use"
                assert not any(got[name] for name in ("data", "tag_data", "piece_end")), text
        want = next(wants, None)
        assert want is None, f"{where}: packet ended before {want}"
        if result.ks:
            assert beat + last["ks_last"] == end, f"{where}: beat {beat} of {end}, {last}"

    def compare_slot(
        self, where: str, item: Packet, want: Slot, got: dict[str, int], key: int
    ) -> None:
        text = f"{where}: slot {got} for {want}"
        data = bytearray(want.text_from) + want.text if want.text else bytearray(len(want.aad))
        data[: len(want.aad)] = want.aad
        expect = {
            "key": key,
            "nonce": int.from_bytes(want.nonce, "big"),
            "text_len": want.record.text_len,
            "aad_len": 5 if want.record.tls13 else 13,
            "head": bool(want.aad),
            "text_bytes": len(want.text),
            "length": want.length,
            "tag": bool(want.tag),
            "piece_end": want.piece_end,
            "check": want.check,
            "data": int.from_bytes(data, "little"),
            "tag_data": int.from_bytes(bytes(want.tag_from) + want.tag, "little"),
        }
        if want.text:
            expect["text_from"] = want.text_from
        if want.text or want.aad:
            expect["ctr"] = want.ctr
        if want.piece_end:
            expect["exponent"] = want.exponent
        for name, value in expect.items():
            assert got[name] == value, f"{name} is {got[name]}, not {value}: {text}"
