# SPDX-License-Identifier: BSD-2-Clause
"""Record rows through one NIC port, driver and kernel: a connection for each, many at a time.

The sister of ``replay.Replay``. A row's connection exists from the start and has no handshake: the
kernel gets keys and number, the NIC a context, then the segments arrive. Nobody answers what the
kernel sends. What was seen is kept; ``tb.vectors.judge`` says whether it is right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from errno import EAGAIN, ENOTCONN, errorcode
from ipaddress import ip_address

from sw_model.check.packets import Violation
from sw_model.driver.ifnet import Ifnet
from sw_model.driver.tls_rx import TagState, TlsRxTag
from sw_model.kernel.ktls_session import TCP_TLS_MODE_IFNET, TlsEnable
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta
from sw_model.rng import stream
from sw_model.trace import Trace
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, PSH, TcpSegment
from sw_model.world.world import NicPort
from tb.vectors.judge import Message, Packet, Seen
from tb.vectors.plan import RecordPlan, plan_record
from tb.vectors.rows import RecordRow

LANES = 48  # connections at a time; the contexts of closed ones are given back late
REMOTE = {4: ip_address("192.0.2.1"), 6: ip_address("2001:db8::1")}
LOCAL = {4: ip_address("192.0.2.2"), 6: ip_address("2001:db8::2")}
REMOTE_MAC, LOCAL_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
REMOTE_PORT, FIRST_LOCAL_PORT, LOCAL_PORTS = 443, 1024, 60000
RCVBUF = 1 << 22
READ = 1 << 17  # more than a record: each recvmsg returns a whole one
RSSTYPE = 1  # any: a flow type without which no context is given
BITS_PER_NS, FRAME_OVERHEAD = 10, 24  # line rate; preamble, FCS and gap in bytes
MAX_GAP_NS = 4_000  # between two segments of a connection
POLL_NS = 1_000
SETTLE_NS = 10_000  # behind a row's last packet: worker and reader have long been woken
PATIENCE_NS = 5_000_000  # a wait that takes longer has lost what it waits for


class RecordRun:
    """``start`` it, run the loop until ``done``; ``seen`` then has an entry for each row."""

    def __init__(
        self,
        rows: list[RecordRow],
        make_port: Callable[[EventLoop], NicPort],
        *,
        num_flows: int = 64,
        seed: int = 1,
    ) -> None:
        self.rows, self.seed = rows, seed
        self.loop, self.trace = EventLoop(), Trace()
        self.port = make_port(self.loop)
        self.seen = [Seen() for _ in rows]
        self._waiting = iter(enumerate(rows))
        self._inside: deque[tuple[Connection, int, bytes]] = deque()
        self._wire_free = 0
        self._lanes = min(LANES, max(1, num_flows * 3 // 4))
        self._busy = 0
        self._bytes = 0
        self._build_host(num_flows)

    def _build_host(self, num_flows: int) -> None:
        self.ifnet = Ifnet(
            "mce0",
            loop=self.loop,
            trace=self.trace,
            post_command=self.port.post_command,
            max_resources=num_flows,
        )
        self.stack = Stack(self.loop, self.trace, self.seed)
        self.stack.attach(self.ifnet)
        self.stack.sysctl["kern.ipc.tls.ifnet.permitted"] = 1
        self.stack.sysctl["kern.ipc.maxsockbuf"] = RCVBUF
        self.port.on_rx = self._from_nic
        self.port.on_cpl = self.ifnet.completion

    # ---- lanes ----------------------------------------------------------------------------------

    def start(self) -> None:
        for _ in range(self._lanes):
            self._busy += 1
            self.next_row()

    def next_row(self) -> None:
        """A lane is free: it takes the next row or ends."""
        number, row = next(self._waiting, (-1, None))
        if row is None:
            self._busy -= 1
        else:
            Connection(self, number, row).open()

    def row_over(self, row: RecordRow) -> None:
        self._bytes += len(row.record)
        self.next_row()

    def when(self, ready: Callable[[], bool], what: str, then: Callable[[], None]) -> None:
        """Call ``then`` as soon as ``ready``."""
        self._poll(self.loop.now + PATIENCE_NS, ready, what, then)

    def _poll(
        self, until: int, ready: Callable[[], bool], what: str, then: Callable[[], None]
    ) -> None:
        if ready():
            then()
        elif self.loop.now >= until:
            raise Violation(f"{what}: not within {PATIENCE_NS} ns")
        else:
            self.loop.call_later(POLL_NS, self._poll, until, ready, what, then)

    # ---- the wire -------------------------------------------------------------------------------

    def send(self, connection: Connection, index: int, frame: bytes) -> int:
        """Put a frame on the wire as soon as it is free; the time at which it is over."""
        at = max(self.loop.now, self._wire_free)
        self._wire_free = at + (len(frame) + FRAME_OVERHEAD) * 8 // BITS_PER_NS
        self.loop.call_at(at, self._arrives, connection, index, frame)
        return self._wire_free

    def _arrives(self, connection: Connection, index: int, frame: bytes) -> None:
        self._inside.append((connection, index, frame))
        self.port.rx_frame(frame)

    def _from_nic(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        for frame, meta in batch:
            if not self._inside:
                raise Violation("a frame came out of the NIC, but none went in")
            connection, index, before = self._inside.popleft()
            connection.packet(index, before, frame, meta)
        self.ifnet.rx_poll(batch)

    # ---- the end --------------------------------------------------------------------------------

    def progress(self) -> tuple[int, int]:
        """Record bytes of rows that are over, and of all rows."""
        return self._bytes, sum(len(row.record) for row in self.rows)

    def done(self) -> bool:
        return self._busy == 0

    def finish(self) -> None:
        """Everything that went in came out, and the driver gave everything back."""
        if self._inside:
            raise Violation(f"{len(self._inside)} frames never left the NIC")
        device = self.ifnet.tls_rx
        if device.num_resources or device.tags:
            raise Violation(
                f"{device.num_resources} resources and {device.tags} tags left after close"
            )


class Connection:
    """One row: socket, application and sender."""

    def __init__(self, run: RecordRun, number: int, row: RecordRow) -> None:
        self.run, self.number, self.row = run, number, row
        self.plan: RecordPlan = plan_record(row, number, run.seed)
        self.seen = run.seen[number]
        self.port = FIRST_LOCAL_PORT + number % LOCAL_PORTS
        self._rng = stream(run.seed, f"vectors/{number}/times")
        self._segments: Iterator[tuple[int, tuple[int, int]]] = iter(enumerate(self.plan.bounds))
        self._part = bytearray()
        self._kind: int | None = None
        self._left = len(self.plan.bounds)  # packets that have not come out of the NIC

    @property
    def name(self) -> str:
        return f"row {self.number} (id {self.row.id!r})"

    def open(self) -> None:
        plan, row = self.plan, self.row
        self.so = self.run.stack.adopt(
            LOCAL[plan.family], self.port, REMOTE[plan.family], REMOTE_PORT, plan.first_seq,
            rcvbuf=RCVBUF, flowid=self.number, flowtype=RSSTYPE,
        )  # fmt: skip
        self.so.on_readable = self._readable
        enable = TlsEnable.aes_gcm(row.version, row.key, row.iv, row.seq)
        self.so.setsockopt_rxtls(enable, self._enabled)

    def _enabled(self, errno: int) -> None:
        tls = self.so.so_rcv.sb_tls_info
        if errno or tls is None or self.so.mode() != TCP_TLS_MODE_IFNET:
            raise Violation(f"{self.name}: no receive offload: {errorcode.get(errno, 'no tag')}")
        assert isinstance(tls.snd_tag, TlsRxTag)
        self.tag = tls.snd_tag
        self._send()

    # ---- the sender -----------------------------------------------------------------------------

    def _send(self) -> None:
        index, bounds = next(self._segments, (-1, None))
        if bounds is None:
            return
        start, end = bounds
        last = end == len(self.plan.wire)
        segment = TcpSegment(
            REMOTE_PORT,
            self.port,
            SeqNum(self.plan.first_seq + start),
            flags=ACK | (PSH if last else 0),
            payload=self.plan.wire[start:end],
        )
        family = self.plan.family
        frame = build_tcp_frame(
            REMOTE_MAC, LOCAL_MAC, REMOTE[family], LOCAL[family], segment, pad=self.plan.pad
        )
        over = self.run.send(self, index, frame)
        self.run.loop.call_at(over + self._rng.randrange(MAX_GAP_NS), self._send)

    def packet(self, index: int, before: bytes, after: bytes, meta: PktMeta) -> None:
        """One of the row's packets came out of the NIC."""
        start, end = self.plan.bounds[index]
        self.seen.packets.append(Packet(start, end, meta.tls_status.name, before == after))
        self._left -= 1
        if not self._left:
            self.run.loop.call_later(SETTLE_NS, self._close)

    # ---- the application ------------------------------------------------------------------------

    def _readable(self) -> None:
        """Read until there is nothing or an error, as an application that gives up at the first."""
        while self.seen.error is None:
            message = self.so.recvmsg(READ)
            if message.errno in (EAGAIN, ENOTCONN):
                return
            if message.errno or message.eof:
                self.seen.error = errorcode[message.errno] if message.errno else "EOF"
                return
            self._kind = self._kind if message.record_type is None else message.record_type
            self._part += message.data
            if message.eor:
                self.seen.messages.append(Message(self._kind, bytes(self._part)))
                self._part.clear()
                self._kind = None

    def _close(self) -> None:
        self.so.abort()
        freed = lambda: self.tag.state is TagState.FREED  # noqa: E731
        self.run.when(freed, f"{self.name}: tag freed", lambda: self.run.row_over(self.row))
