# SPDX-License-Identifier: BSD-2-Clause
"""The closed loop around one NIC: remote machines, links, the NIC port, driver, kernel, clients.

The natural path of a packet, top to bottom: a server writes, ``Host`` makes frames, the forward
link impairs them, ``_to_nic``, the NIC, ``_from_nic``, the host's driver and kernel, the client
reads; its ACKs leave by ``host.output`` and the back link.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Protocol

from sw_model.check.packets import PacketChecker, Violation
from sw_model.check.truth import StreamTruth
from sw_model.link.config import build_link
from sw_model.loop import EventLoop
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import PktMeta
from sw_model.peer.config import TcpConfig
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.peer.host import Host
from sw_model.trace import Trace
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.world.config import WorldConfig
from sw_model.world.counting import PacketCounter
from sw_model.world.flow import CONFIRMS, Flow
from sw_model.world.host import make_host
from sw_model.world.properties import EndCalls, check_released
from sw_model.world.remote import OpensslServer, SyntheticServer
from sw_model.world.tap import Tap

REMOTE = {4: ip_address("192.0.2.1"), 6: ip_address("2001:db8::1")}
LOCAL = {4: ip_address("192.0.2.2"), 6: ip_address("2001:db8::2")}
REMOTE_MAC, LOCAL_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
PORT = 443
TIME_WAIT_NS = 10_000_000
FIRST_LOCAL_PORT = 49152
# Driver events that end a request, or the life of its context.
NO_ROOM = frozenset(("resync_err", "confirm_err"))
ANSWERED = frozenset(("not_tracking", "not_found", "confirm", "confirm_err", "tag_alloc"))


class NicPort(Protocol):
    """Either NIC: the golden model's ModelPort or the bench's QueuePort."""

    on_rx: Callable[[list[tuple[bytes, PktMeta]]], None]
    on_cpl: Callable[[bytes], None]

    def rx_frame(self, frame: bytes, bad: bool = False) -> None: ...
    def post_command(self, cmd: bytes) -> None: ...


class World:
    """Builds everything from ``config``; ``start``, run the loop until ``done``, ``finish``."""

    def __init__(self, config: WorldConfig, make_port: Callable[[EventLoop], NicPort]) -> None:
        self.config = config
        self.loop = EventLoop()
        self.trace = Trace(config.keep)
        self.trace.listener = self._event
        self._asked: set[int] = set()  # contexts with a request outstanding
        self.end_calls = EndCalls()
        self.port = make_port(self.loop)
        self.nic: GoldenNic | None = None  # white box, where the port does not have it
        self.tap = Tap(self.loop)
        self.checker: PacketChecker | PacketCounter = (
            PacketChecker(self._truth_of) if config.keep else PacketCounter()
        )
        self.host = make_host(config, self.loop, self.trace, self.port.post_command)
        self.port.on_rx = self._from_nic
        self.port.on_cpl = self.host.completion
        self._build_network()
        self.flows = [Flow(f"flow{i}", c) for i, c in enumerate(config.sessions)]
        self._by_port = {FIRST_LOCAL_PORT + i: flow for i, flow in enumerate(self.flows)}

    # ---- construction --------------------------------------------------------------

    def _build_network(self) -> None:
        c = self.config
        self.forward = build_link(c.forward, self.loop, c.seed, "forward", self._to_nic)
        self.back = build_link(c.back, self.loop, c.seed, "back", self._to_remote)
        self.host.output = self._from_host
        self.remotes: dict[int, Host] = {}
        tcp = TcpConfig(
            mss=c.mss, min_rto=c.min_rto_ns, initial_rto=c.min_rto_ns, random_cut=c.random_cut
        )
        for version, address in REMOTE.items():
            host = Host(
                self.loop, address, REMOTE_MAC, LOCAL_MAC, self.forward.send, c.vlan, c.seed
            )
            host.listen(PORT, self._accept, tcp)
            host.iss_of = self._iss_of
            self.remotes[version] = host

    def _iss_of(self, port: int) -> SeqNum | None:
        iss = self._by_port[port].config.iss
        return None if iss is None else SeqNum(iss)

    def _accept(self, end: TcpEndpoint) -> None:
        flow = self._by_port[end.remote_port]
        seed = self.config.seed
        if flow.config.tls == "openssl":
            flow.server = OpensslServer(end, flow.config, seed, flow.name)
        else:
            flow.server = SyntheticServer(end, flow.config, seed, flow.name, self.config)

    # ---- the loop --------------------------------------------------------------

    def start(self) -> None:
        """Open all connections, one after another."""
        for i, flow in enumerate(self.flows):
            self.loop.call_at(i * self.config.start_gap_ns, self._connect, flow, i)

    def _connect(self, flow: Flow, index: int) -> None:
        family = flow.config.family
        so = self.host.connect(
            LOCAL[family],
            FIRST_LOCAL_PORT + index,
            REMOTE[family],
            PORT,
            on_connected=lambda: flow.app.connected(),
        )
        flow.run(self.host, so)

    def _to_nic(self, frame: bytes) -> None:
        self.checker.entered(frame)
        if self.config.forward.forge:
            self._note_forged(frame)
        if self.config.keep:
            self.tap.received(frame)
        self.port.rx_frame(frame)

    def _note_forged(self, frame: bytes) -> None:
        """Records of which the link changed a byte in flight."""
        parsed = parse_frame(frame)
        flow = self._by_port.get(parsed.dport)
        if flow and flow.server and parsed.good and parsed.tcp:
            flow.forged |= flow.server.truth.differing(int(parsed.tcp.seq), parsed.payload)

    def _from_nic(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        now, keep, watched = self.loop.now, self.config.keep, self.host.reports_at_once
        left, flow_of = self.checker.left, self._flow_of
        for frame, meta in batch:
            left(frame, meta)
            if keep:
                self.tap.delivered(frame, meta)
            if meta.payload_len and (flow := flow_of(frame, meta)):
                flow.packet(now, meta)
                if watched and meta.l4_ok:
                    flow.watch.packet(now, meta, flow.tirn is not None)
        self.host.rx_poll(batch)

    def _from_host(self, frame: bytes) -> None:
        if self.config.keep:
            self.tap.sent(frame)
        self.back.send(frame)

    def _to_remote(self, frame: bytes) -> None:
        parsed = parse_frame(frame)
        self.remotes[6 if parsed.is_ipv6 else 4].input_parsed(parsed)

    def _event(self, event: dict[str, Any]) -> None:
        """Something happened: what the driver does concerns a flow."""
        if event["who"] == "kernel":
            self.end_calls.event(event)
        if event["who"] != self.host.name:
            return
        what = event["what"]
        if what == "get_psv":
            self._check_request(event)
        elif what in CONFIRMS:
            self._check_confirmation(event)
        if what in ANSWERED:
            self._asked.discard(event["ctx"])
        if flow := self._by_ctx(event.get("ctx", -1)):
            flow.resync.driver(what)
            if what in NO_ROOM:
                flow.watch.disturb(self.loop.now)

    def _check_request(self, event: dict[str, Any]) -> None:
        """At most one GET_PSV is outstanding for a context."""
        if event["ctx"] in self._asked and self.host.one_request:
            raise Violation(f"second request while one is outstanding: {event}")
        self._asked.add(event["ctx"])

    def _check_confirmation(self, event: dict[str, Any]) -> None:
        """Every confirmation equals a true (header sequence, record number) pair of a sender."""
        sn, number = event["sn"], event["rcd"]
        served = [flow for flow in self.flows if flow.server]
        if number in [flow.number_at(sn) for flow in served]:
            return
        if event["what"] == "confirm" or not any(f.is_next(sn, number) for f in served):
            raise Violation(f"confirmation of a false record: {event}")

    def _by_ctx(self, ctx: int) -> Flow | None:
        return next((flow for flow in self.flows if flow.tirn == ctx), None)

    def _flow_of(self, frame: bytes, meta: PktMeta) -> Flow | None:
        """The flow whose client a TCP frame is for, by its destination port."""
        if not meta.is_tcp:
            return None
        at = meta.l4_off + 2
        return self._by_port.get(frame[at] << 8 | frame[at + 1])

    def _truth_of(self, meta: PktMeta, frame: bytes) -> StreamTruth | None:
        flow = self._flow_of(frame, meta)
        return flow.server.truth if flow and flow.server else None

    # ---- the end --------------------------------------------------------------

    def progress(self) -> tuple[int, int]:
        """Application bytes delivered, and to be delivered in all."""
        return (
            sum(flow.client.received for flow in self.flows if flow.client),
            sum(flow.config.app_bytes for flow in self.flows),
        )

    def done(self) -> bool:
        """Applications ended, sockets closed, the driver has cleaned up, the NIC is empty."""
        if not all(flow.over for flow in self.flows):
            return False
        for flow in self.flows:
            flow.app.close()
        released = all(self.host.released(flow.app.so) for flow in self.flows)
        return released and not self.host.contexts() and not self.checker.inside

    def finish(self) -> None:
        """Check what must hold at the end of every run."""
        self.checker.finish()
        for flow in self.flows:
            flow.check()
        self.end_calls.finish()
        sockets = [flow.app.so for flow in self.flows]
        if any(self.host.left(sockets).values()):  # in TIME_WAIT: nothing but time has to pass
            self.loop.run_until(self.loop.now + TIME_WAIT_NS)
        check_released(self.host.left(sockets), self.nic or getattr(self.port, "nic", None))

    def report(self) -> dict[str, Any]:
        """What result.json says of the whole run."""
        return {
            "seed": self.config.seed,
            "simulated_ns": self.loop.now,
            "flows": [flow.report() for flow in self.flows],
            "packets_checked": self.checker.frames,
            "packets_marked": self.checker.marked,
            "bytes_marked": self.checker.marked_bytes,
            "driver": self.host.stats(),
        }
