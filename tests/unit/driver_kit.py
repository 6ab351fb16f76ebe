# SPDX-License-Identifier: BSD-2-Clause
"""Stand-ins for the parts around the driver: a kernel connection, a scripted NIC, a small loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sw_model.driver.faults import NO_FAULTS, DriverFaults
from sw_model.driver.ifnet import Ifnet
from sw_model.driver.tls_rx import TlsRxTag
from sw_model.kernel.if_snd_tag import TlsRxAllocParams
from sw_model.kernel.mbuf import Mbuf
from sw_model.loop import EventLoop
from sw_model.nic import layout as lo
from sw_model.nic.golden import GoldenNic
from sw_model.nic.layout import AuthState, TrackState
from sw_model.trace import Trace
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from tests import nic_under_test
from tests.unit.nic_kit import Flow

MS = 1_000_000
S = 1_000_000_000
GAP = 100_000  # ns between packets: longer than a resync round
SET_UP = ["CREATE_KEY", "SET_STATIC", "SET_PSV", "ADD_RULE"]


@dataclass
class FakeSession:
    version: str = "1.2"
    cipher: str = "aes-gcm"
    key: bytes = bytes(range(16))
    iv: bytes = bytes.fromhex("a0a1a2a3")

    @classmethod
    def of(cls, flow: Flow) -> FakeSession:
        return cls(flow.keys.version, "aes-gcm", flow.keys.key, flow.keys.iv)


@dataclass
class Conn:
    """The receiving half of a connection: TCP reassembly and the ktls worker's classification.

    Every byte keeps the mark of the packet it came in; the first copy counts. Marked bytes must be
    the truth, others the wire. Records that are not all marked are reported to the tag.
    """

    flow: Flow
    tag: TlsRxTag | None = None
    errno: int | None = None
    vflag: int = 4
    done_records: int = 0
    kinds: str = ""  # one letter a record: D, M(ixed), E
    modifies: list[tuple[int, int, int]] = field(default_factory=list)
    results: list[int] = field(default_factory=list)
    end_calls: int = 0
    resync: bool = False
    marks: dict[int, bool] = field(default_factory=dict)  # stream offset -> decrypted
    sequence_errno: int = 0

    # ---- what the driver asks (inpcb) ----

    @property
    def faddr(self) -> Any:
        return self.flow.src

    @property
    def laddr(self) -> Any:
        return self.flow.dst

    @property
    def fport(self) -> int:
        return self.flow.sport

    @property
    def lport(self) -> int:
        return self.flow.dport

    def ktls_get_rx_sequence(self) -> tuple[int, SeqNum, int]:
        k = self.done_records
        return self.sequence_errno, SeqNum(self.flow.s(k)), self.flow.first + k

    def alloc_done(self, errno: int, tag: TlsRxTag | None) -> None:
        assert self.errno is None, "called back twice"
        self.errno, self.tag = errno, tag

    # ---- data ----

    def input(self, m: Mbuf) -> None:
        frame = parse_frame(m.data)
        assert frame.tcp is not None
        assert m.m_pkthdr is not None
        start = int(frame.tcp.seq) - self.flow.start & 0xFFFFFFFF
        truth = self.flow.clear if m.m_pkthdr.tls_decrypted else self.flow.wire
        for i, byte in enumerate(frame.payload):
            at = start + i
            assert byte == truth[at], f"byte {at} of the stream, marked {truth is self.flow.clear}"
            self.marks.setdefault(at, m.m_pkthdr.tls_decrypted)
        self._worker()

    def _worker(self) -> None:
        ends = [*self.flow.headers[1:], len(self.flow.wire)]
        while self.done_records < len(ends):
            k = self.done_records
            span = range(self.flow.headers[k], ends[k])
            if not all(at in self.marks for at in span):
                return
            marks = {self.marks[at] for at in span}
            self.done_records += 1
            kind = "M" if len(marks) == 2 else "D" if marks.pop() else "E"
            self.kinds += kind
            self._notify(k, kind, len(span))

    def _notify(self, k: int, kind: str, length: int) -> None:
        number = self.flow.first + k
        if kind != "D":
            self.resync = True
            self._modify(self.flow.s(k), length, number)
        elif self.resync:
            self.resync = False
            self.end_calls += 1
            self._modify(self.flow.s(k + 1), 0, number)

    def _modify(self, sn: int, length: int, number: int) -> None:
        self.modifies.append((sn, length, number))
        if self.tag is not None:
            self.results.append(self.tag.modify(SeqNum(sn), length, number))


def conn(sport: int = 443) -> Conn:
    """A connection of twenty records, for tests that look at one tag."""
    return Conn(Flow(sport=sport).records(20))


def locked(sn: int) -> lo.ProgressParams:
    """What a NIC answers that waits for the confirmation of a header at ``sn``."""
    return lo.ProgressParams(0, 0, sn, TrackState.TRACKING, AuthState.NO_OFFLOAD, 0)


class Script:
    """A driver over a NIC that answers only when told to."""

    def __init__(self, **ifnet: Any) -> None:
        self.loop, self.trace = EventLoop(), Trace()
        self.sent: list[bytes] = []  # not answered yet
        self.log: list[lo.Command] = []  # everything posted
        self.ifp = Ifnet("mce0", loop=self.loop, trace=self.trace, post_command=self._post, **ifnet)

    def _post(self, cmd: bytes) -> None:
        self.sent.append(cmd)
        self.log.append(lo.Command.parse(cmd))

    @property
    def ops(self) -> list[str]:
        return [lo.Op(c.opcode).name for c in self.log]

    def answer(self, status: int = 0, psv: lo.ProgressParams | None = None) -> lo.Command:
        """Complete the oldest outstanding command."""
        cmd = lo.Command.parse(self.sent.pop(0))
        data = psv.pack() if psv else bytes(16)
        cpl = lo.Completion(cmd.opcode, status, cmd.tag, cmd.index, 0, 0, data)
        self.ifp.completion(cpl.pack())
        return cmd

    def run(self, ns: int = MS) -> None:
        self.loop.run_until(self.loop.now + ns)

    def settle(self) -> None:
        """Answer everything until nothing is outstanding."""
        self.run()
        while self.sent:
            self.answer()
            self.run()

    def alloc(self, conn: Conn, **params: Any) -> None:
        params.setdefault("session", FakeSession.of(conn.flow))
        params.setdefault("flowtype", 2)
        params.setdefault("flowid", 0)
        self.ifp.snd_tag_alloc(TlsRxAllocParams(inp=conn, **params), conn.alloc_done)

    def ready(self, conn: Conn) -> TlsRxTag:
        """Allocate with a willing NIC."""
        self.alloc(conn)
        self.settle()
        assert conn.errno == 0
        assert conn.tag is not None
        return conn.tag

    def nothing_left(self) -> None:
        """Property 107, as far as the driver knows."""
        dev = self.ifp.tls_rx
        assert (dev.num_resources, dev.tags, dev.contexts.used, dev.keys.used) == (0, 0, 0, 0)
        assert (self.ifp.iq.outstanding, self.ifp.iq.used) == (0, 0)
        assert dev.work.idle


class Bench:
    """Driver and NIC in one event loop; frames go in, ``conns`` receive the mbufs."""

    def __init__(
        self, nic: GoldenNic | None = None, faults: DriverFaults = NO_FAULTS, **timing: int
    ) -> None:
        self.loop, self.trace = EventLoop(), Trace()
        self.nic = nic or nic_under_test.current.nic()
        self.port = nic_under_test.current.port(self.loop, self.nic, **timing)
        self.commands: list[tuple[int, lo.Command]] = []
        self.ifp = Ifnet("mce0", loop=self.loop, trace=self.trace, post_command=self._post,
                         faults=faults)  # fmt: skip
        self.port.on_rx = self.ifp.rx_poll
        self.port.on_cpl = self.ifp.completion
        self.ifp.if_input = self._input
        self.conns: dict[int, Conn] = {}  # by foreign port
        self.on_command: Callable[[lo.Command], None] = lambda _: None

    def _post(self, cmd: bytes) -> None:
        parsed = lo.Command.parse(cmd)
        self.commands.append((self.loop.now, parsed))
        self.on_command(parsed)
        self.port.post_command(cmd)

    def _input(self, batch: list[Mbuf]) -> None:
        for m in batch:
            self.conns[parse_frame(m.data).sport].input(m)

    @property
    def ops(self) -> list[str]:
        return [lo.Op(c.opcode).name for _, c in self.commands]

    def run(self, ns: int = MS) -> None:
        nic_under_test.current.advance(self.loop, self.loop.now + ns)

    def open(self, flow: Flow, wait: bool = True) -> Conn:
        conn = Conn(flow)
        self.conns[flow.sport] = conn
        params = TlsRxAllocParams(conn, FakeSession.of(flow), 0, 2)
        self.ifp.snd_tag_alloc(params, conn.alloc_done)
        if wait:
            self.run()
            assert conn.errno == 0
        return conn

    def send(self, flow: Flow, begin: int, end: int) -> None:
        self.port.rx_frame(flow.frame(flow.seq(begin), flow.wire[begin:end]))
        self.nic.check()

    def send_records(self, flow: Flow, first: int, last: int, gap_ns: int = 0) -> None:
        ends = [*flow.headers, len(flow.wire)]
        for k in range(first, last):
            self.send(flow, ends[k], ends[k + 1])
            if gap_ns:
                self.run(gap_ns)
