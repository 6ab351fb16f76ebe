# SPDX-License-Identifier: BSD-2-Clause
"""The RTL in place of the golden NIC for tests that are plain functions.

A test runs in a thread of its own (cocotb's ``bridge``); whenever it asks for time, or for the
answer to a frame or command, the simulator runs for some windows. Time in which nothing is inside
the design is skipped: the engine has no clock but its packets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cocotb.task import resume

from sw_model.driver import csr
from sw_model.loop import EventLoop
from sw_model.nic import layout as lo
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import PktMeta
from tb.port import QueuePort, TimedCommand, TimedFrame
from tb.seqs.closed_loop import CommandsSequence, FramesSequence

ANSWER_WINDOWS = 500


class NoAnswerError(AssertionError):
    """A frame or command went into the design and nothing came out."""


class RtlBackend:
    """See the module's docstring. ``test`` is the running ``BaseTest``."""

    def __init__(self, test: Any) -> None:
        self.test = test
        self._keys: set[int] = set()
        self._contexts: set[int] = set()
        self._rules: dict[bytes, int] = {}
        self._registers = self._wanted(True, test.config.relock_records)

    # ---- Backend ----

    def nic(self, enable: bool = True, relock_records: int = 4096) -> RtlNic:
        self.clean()
        self._set_registers(self._wanted(enable, relock_records))
        return RtlNic(self)

    def port(self, loop: EventLoop, nic: Any, **timing: int) -> QueuePort:
        """Its timing is the design's own, and one batch a window."""
        port = QueuePort(loop)
        self.test.env.port = port
        return port

    def advance(self, loop: EventLoop, until: int) -> None:
        port = self.test.env.port
        assert port.loop is loop
        window = self.test.pacer.window_ns
        while loop.now < until:
            ahead = loop.next_time()
            if self.test.env.idle() and not (port.frames or port.commands):
                if ahead is None or ahead > until:
                    loop.run_until(until)
                    return
                loop.run_until(max(loop.now, ahead - 1))
            start = loop.now
            loop.run_until(min(until, start + window))
            self._play(port, start)

    # ---- the design ----

    @property
    def golden(self) -> GoldenNic:
        """The scoreboard's model: it has seen what the design has seen."""
        model: GoldenNic = self.test.env.scoreboard.comparator.golden
        return model

    def _play(self, port: QueuePort, start: int) -> None:
        """One window of the design, which begins at ``start`` in the time of the models."""
        shift = self.test.pacer.now - start
        frames = [replace(f, at=f.at + shift) for f in port.take_frames()]
        commands = [replace(c, at=c.at + shift) for c in port.take_commands()]
        for command in commands:
            self._note(command.data)
        resume(self._window)(frames, commands)

    async def _window(self, frames: list[TimedFrame], commands: list[TimedCommand]) -> None:
        env = self.test.env
        if frames:
            await FramesSequence("frames", frames).start(env.wire.sequencer)
        if commands:
            await CommandsSequence("commands", commands).start(env.command.sequencer)
        await env.pacer.advance(1)

    def ask(self, post: Callable[[QueuePort], None], answered: Callable[[], bool]) -> None:
        """Post something now and run until it is answered."""
        port = self.test.env.port
        post(port)
        for _ in range(ANSWER_WINDOWS):
            self._play(port, port.loop.now)
            port.loop.run_until(port.loop.now)
            if answered():
                return
        raise NoAnswerError(f"no answer: {self.test.env.pending()}")

    # ---- as new ----

    def _note(self, data: bytes) -> None:
        """Remember what a command leaves behind."""
        cmd = lo.Command.parse(data)
        if cmd.opcode == lo.Op.CREATE_KEY:
            self._keys.add(cmd.index)
        elif cmd.opcode in (lo.Op.SET_STATIC, lo.Op.SET_PSV):
            self._contexts.add(cmd.index)
        elif cmd.opcode == lo.Op.ADD_RULE:
            self._rules.setdefault(cmd.payload, cmd.index)

    def clean(self) -> None:
        """Destroy what a test left, as the driver would."""
        nic = RtlNic(self)
        for payload, ctx in self._rules.items():
            nic.command(lo.del_rule(ctx, lo.FlowRule.parse(payload)))
        for key in sorted(self._keys):
            nic.command(lo.destroy_key(key))
        for ctx in sorted(self._contexts):
            nic.command(lo.destroy_ctx(ctx))
        self._rules.clear()
        self._keys.clear()
        self._contexts.clear()

    @staticmethod
    def _wanted(enable: bool, relock_records: int) -> tuple[bool, int]:
        return enable, relock_records

    def _set_registers(self, wanted: tuple[bool, int]) -> None:
        if wanted != self._registers:
            self._registers = wanted
            self.golden.enable, self.golden.relock_records = wanted
            resume(self._write)(*wanted)

    async def _write(self, enable: bool, relock_records: int) -> None:
        registers = self.test.registers
        await registers.write(csr.CONTROL, int(enable) << csr.CONTROL_ENABLE_LSB)
        await registers.write(csr.RELOCK_RECORDS, relock_records)
        await self.test.pacer.align()


class RtlNic:
    """The design with the interface of ``GoldenNic``: a call returns when the answer is there.

    Its counters start at 0 for each test. Everything else, as the white-box views, is asked of the
    scoreboard's golden model, which agreed with the design on every bit so far.
    """

    def __init__(self, backend: RtlBackend) -> None:
        self._backend = backend
        golden = backend.golden
        self._frames, self._commands = golden.frames, golden.commands

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend.golden, name)

    def frame(self, data: bytes, bad: bool = False) -> tuple[bytes, PktMeta]:
        got: list[tuple[bytes, PktMeta]] = []

        def post(port: QueuePort) -> None:
            port.on_rx = got.extend
            port.rx_frame(data, bad)

        self._backend.ask(post, lambda: bool(got))
        out, meta = got[0]
        return out, replace(meta, cmd_count=(meta.cmd_count - self._commands) & 0xFFFF)

    def command(self, data: bytes) -> bytes:
        got: list[bytes] = []

        def post(port: QueuePort) -> None:
            port.on_cpl = got.append
            port.post_command(data)

        self._backend.ask(post, lambda: bool(got))
        cpl = lo.Completion.parse(got[0])
        counted = replace(
            cpl,
            cmd_count=(cpl.cmd_count - self._commands) & 0xFFFF,
            frames=(cpl.frames - self._frames) & 0xFFFF_FFFF,
        )
        return counted.pack()
