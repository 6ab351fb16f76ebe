# SPDX-License-Identifier: BSD-2-Clause
"""Captures played through one NIC port, driver and kernel, one capture after the other.

The sister of ``world.World``: the same loop, but frames come from a file and nobody answers. Each
direction is a connection of its own, taken over by this host, which receives both ends' data; what
the kernel sends is dropped.

Captured time is kept where it is short. Long gaps are cut: they end when nothing is under way any
more in NIC, driver and kernel, at the latest when they ended in the capture. Behind the last byte
of a handshake the wire rests until the kernel has its answer from the driver.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sw_model.capture.receiver import order_matters
from sw_model.check.packets import Violation
from sw_model.driver.ifnet import Ifnet
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta
from sw_model.replay.check import ReplayChecker
from sw_model.replay.flow import ReplayFlow
from sw_model.replay.load import LoadedCapture
from sw_model.trace import Trace
from sw_model.world.tap import Tap
from sw_model.world.world import NicPort

SHORT_GAP_NS = 2_000  # played as captured
POLL_NS = 500
QUIET_NS = 20_000  # nothing is scheduled for so long: the host is at rest
PATIENCE_NS = 5_000_000  # a wait that takes longer has lost what it waits for
BITS_PER_NS = 10  # line rate
FRAME_OVERHEAD = 24  # preamble, FCS and gap, bytes
MAX_SYSCTL = 1 << 40


# Replay, capture, report.
OnResult = Callable[["Replay", LoadedCapture, dict[str, Any]], None]


class Replay:
    """``start`` it, run the loop until ``done``, ``finish`` it. ``on_result`` gets each report when
    its capture has ended; ``tap`` and ``events()`` then hold what was seen during that capture."""

    def __init__(
        self,
        captures: list[LoadedCapture],
        make_port: Callable[[EventLoop], NicPort],
        *,
        num_flows: int = 64,
        seed: int = 1,
        on_result: OnResult = lambda replay, capture, report: None,
    ) -> None:
        self.captures = captures
        self.on_result = on_result
        self.loop, self.trace = EventLoop(), Trace()
        self.port = make_port(self.loop)
        self.checker = ReplayChecker()
        self.problems: list[str] = []
        self.reports: list[dict[str, Any]] = []
        self.tap = Tap(self.loop)
        self._first_event = 0
        self._build_host(num_flows, seed)
        self._total = sum(capture.size for capture in captures)
        self._played = 0
        self._waiting = iter(captures)
        self._capture: LoadedCapture | None = None
        self._over = False
        self._inside: deque[ReplayFlow | None] = deque()
        self._by_ctx: dict[int, ReplayFlow] = {}
        self._events_seen = 0

    def _build_host(self, num_flows: int, seed: int) -> None:
        self.ifnet = Ifnet(
            "mce0",
            loop=self.loop,
            trace=self.trace,
            post_command=self.port.post_command,
            max_resources=num_flows,
        )
        self.stack = Stack(self.loop, self.trace, seed)
        self.stack.attach(self.ifnet)
        self.vlans: dict[int, VlanIfnet] = {}
        sysctl = self.stack.sysctl
        sysctl["kern.ipc.tls.ifnet.permitted"] = 1
        sysctl["kern.ipc.maxsockbuf"] = MAX_SYSCTL
        sysctl["net.inet.tcp.reass.maxqueuelen"] = MAX_SYSCTL
        sysctl["net.inet.tcp.delayed_ack"] = 0  # so that an RST at rcv_nxt is one at last_ack_sent
        self.port.on_rx = self._from_nic
        self.port.on_cpl = self.ifnet.completion

    # ---- playing --------------------------------------------------------------------------------

    def start(self) -> None:
        self._next_capture()

    def _next_capture(self) -> None:
        self._capture = next(self._waiting, None)
        if self._capture is None:
            self._over = True
            return
        self._index = 0
        self.tap = Tap(self.loop)
        self._first_event = len(self.trace.events)
        self.flows = [ReplayFlow(plan) for plan in self._capture.plans]
        playable = [flow for flow in self.flows if flow.playable]
        self._opens = {flow.first_index: flow for flow in playable}
        self._enables: dict[int, list[ReplayFlow]] = {}
        for flow in playable:
            self._enables.setdefault(flow.enable_index(), []).append(flow)
        self._owner = {s.index: flow for flow in playable for s in flow.direction.segments}
        self._ordered: set[int] = set()
        for flow in playable:
            direction = flow.direction
            self._ordered |= order_matters(direction.received, direction.segments)
        self._add_vlans({flow.direction.tags[0] for flow in playable if flow.direction.tags})
        self._frames_seen, self._marked_seen = self.checker.frames, self.checker.marked
        self._play()

    def _add_vlans(self, vids: set[int]) -> None:
        for vid in sorted(vids - self.vlans.keys()):
            self.vlans[vid] = VlanIfnet(self.ifnet, vid)
            self.stack.attach_vlan(self.vlans[vid])

    def _play(self) -> None:
        """Play the next frame, or what has to come before it."""
        assert self._capture is not None
        if self._index == len(self._capture.frames):
            self._when(self._quiet, PATIENCE_NS, self._end_of_capture)
            return
        flow = self._opens.get(self._index)
        if flow is not None and flow.app is None and not self._make_way(flow):
            return
        if self._index in self._ordered and not self._quiet():
            self._when(self._quiet, PATIENCE_NS, self._play_now)
        else:
            self._play_now()

    def _play_now(self) -> None:
        assert self._capture is not None
        flow = self._opens.get(self._index)
        frame = self._capture.frames[self._index]
        if flow is not None and flow.app is None:
            flow.open(self.stack, self.vlans)
        self._to_nic(frame.data, self._owner.get(self._index))
        index, self._index = self._index, self._index + 1
        self._schedule_next(index)

    def _make_way(self, flow: ReplayFlow) -> bool:
        """Ports that are used again: the connection before must be gone, NIC context and all. So
        must connections that are over when the NIC has no context left."""
        full = self.ifnet.tls_rx.num_resources >= self.ifnet.tls_rx.max_resources
        before = [
            f
            for f in self.flows
            if f.open_now and (f.key == flow.key or (full and f.last_index < self._index))
        ]
        if not before:
            return True

        def drained() -> None:
            for old in before:
                old.close()
            self._when(self._quiet, PATIENCE_NS, self._play)

        self._when(self._quiet, PATIENCE_NS, drained)
        return False

    def _schedule_next(self, index: int) -> None:
        assert self._capture is not None
        frames = self._capture.frames
        wire_ns = (len(frames[index].data) + FRAME_OVERHEAD) * 8 // BITS_PER_NS
        if index + 1 == len(frames):
            self.loop.call_later(wire_ns, self._play)
            return
        gap = max(frames[index + 1].ns - frames[index].ns, wire_ns)
        enabling = [flow for flow in self._enables.get(index, ()) if flow.app is not None]
        if index in self._ordered:
            self.loop.call_later(wire_ns, self._when, self._quiet, PATIENCE_NS, self._play)
        elif enabling:
            ready = lambda: all(flow.app is not None and flow.app.settled for flow in enabling)  # noqa: E731
            self.loop.call_later(wire_ns, self._when, ready, PATIENCE_NS, self._play)
        elif gap <= SHORT_GAP_NS:
            self.loop.call_later(gap, self._play)
        else:
            self.loop.call_later(
                SHORT_GAP_NS, self._when, self._quiet, gap - SHORT_GAP_NS, self._play
            )

    def _when(self, ready: Callable[[], bool], patience: int, then: Callable[[], None]) -> None:
        """Call ``then`` when ``ready``, or when ``patience`` has run out."""
        if ready() or patience <= 0:
            then()
        else:
            self.loop.call_later(POLL_NS, self._when, ready, patience - POLL_NS, then)

    def _quiet(self) -> bool:
        """Nothing is under way in NIC, driver and kernel."""
        upcoming = self.loop.next_time()
        return (
            self.checker.idle
            and not self.ifnet.iq.outstanding
            and self.ifnet.tls_rx.work.idle
            and not self.stack.counters["stats.sw_rx_inqueue"]
            and (upcoming is None or upcoming > self.loop.now + QUIET_NS)
        )

    # ---- the NIC's two sides --------------------------------------------------------------------

    def _to_nic(self, frame: bytes, flow: ReplayFlow | None) -> None:
        self._inside.append(flow)
        self.checker.entered(frame)
        self.tap.received(frame)
        self.port.rx_frame(frame)

    def _from_nic(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        self._follow_driver()
        for frame, meta in batch:
            flow = self._inside.popleft() if self._inside else None
            self.checker.truth = flow.truth if flow else None
            self.checker.left(frame, meta)
            self.tap.delivered(frame, meta)
            self._played += len(frame)
            if flow is not None:
                flow.packet(self.loop.now, meta)
        self.ifnet.rx_poll(batch)

    def _follow_driver(self) -> None:
        """Hand the driver's new events to the flows they concern."""
        events = self.trace.events
        for event in events[self._events_seen :]:
            if event["who"] != self.ifnet.name or "ctx" not in event:
                continue
            ctx = event["ctx"]
            if event["what"] == "tag_alloc":
                self._by_ctx.update((ctx, flow) for flow in self.flows if flow.tirn == ctx)
            elif flow := self._by_ctx.get(ctx):
                flow.resync.driver(event["what"])
                if event["what"] == "confirm":
                    self._check_confirmation(flow, event)
        self._events_seen = len(events)

    def _check_confirmation(self, flow: ReplayFlow, event: dict[str, Any]) -> None:
        record = flow.truth.record_at(event["sn"]) if flow.truth else None
        if record is None or record.number != event["rcd"]:
            raise Violation(f"confirmation of a false record: {event}, in truth {record}")

    # ---- the end --------------------------------------------------------------------------------

    def _end_of_capture(self) -> None:
        """Everything has arrived: report, then close what is open, and go on when it is gone."""
        assert self._capture is not None
        self._follow_driver()
        report = self._report(self._capture)
        self.problems += report.get("problems", [])
        self.reports.append(report)
        self.on_result(self, self._capture, report)
        for flow in self.flows:
            flow.close()
        self._when(self._quiet, PATIENCE_NS, self._next_if_released)

    def _next_if_released(self) -> None:
        device = self.ifnet.tls_rx
        if device.num_resources or device.tags:
            raise Violation(
                f"{device.num_resources} resources and {device.tags} tags left after close"
            )
        self._next_capture()

    def _report(self, capture: LoadedCapture) -> dict[str, Any]:
        report: dict[str, Any] = {
            "capture": capture.path.name,
            "flows": [flow.report() for flow in self.flows],
            "frames": len(capture.frames),
            "packets_checked": self.checker.frames - self._frames_seen,
            "packets_marked": self.checker.marked - self._marked_seen,
            "capture_notes": dict(+capture.counts),
        }
        problems = [text for flow in self.flows for text in flow.problems()]
        if not self.checker.idle:
            problems.append("frames never left the NIC")
        if problems:
            report["problems"] = [f"{capture.path.name}: {text}" for text in problems]
        return report

    def events(self) -> list[dict[str, Any]]:
        """The trace of the present capture."""
        return self.trace.events[self._first_event :]

    def progress(self) -> tuple[int, int]:
        """Bytes of frames that passed the NIC, and of all frames."""
        return self._played, self._total

    def done(self) -> bool:
        return self._over

    def finish(self) -> None:
        """Fail if anything differed from what the wire deserved."""
        self.checker.finish()
        if self.problems:
            raise Violation("; ".join(self.problems))
