# SPDX-License-Identifier: BSD-2-Clause
"""Kernel, driver and NIC in one loop, and a sender that sends exactly what a test says.

``Host`` is the machine: NIC, driver, kernel. ``Loop`` is one connection of it with the set-up of
the scenarios (``kernel_bench``): TLS 1.2 AES-128-GCM, S(0) = 0x10000, R(0) = 5. Every packet is
checked on its way up: marked bytes must be the sender's plaintext, others the wire.
"""

from __future__ import annotations

from typing import Any

from sw_model.driver.faults import NO_FAULTS, DriverFaults
from sw_model.driver.ifnet import Ifnet
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.mbuf import M_HASHTYPE_RSS_TCP_IPV4
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from sw_model.nic import layout as lo
from sw_model.nic.layout import PktMeta, TlsStatus
from sw_model.trace import Trace
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpSegment
from tests import nic_under_test
from tests.unit.kernel_bench import DPORT, HOST, KEY, MAC_HOST, MAC_PEER, PEER, Bench
from tests.unit.stream_kit import Record

US = 1_000
ROUND = 30 * US  # longer than a resync round: report, request, answer, confirmation
LETTERS = {
    TlsStatus.NONE: "-",
    TlsStatus.DECRYPTED: "D",
    TlsStatus.RESYNC: "R",
    TlsStatus.AUTH_FAIL: "X",
}


class Host:
    """``hold[op]``: ns by which commands of this kind reach the NIC late."""

    def __init__(
        self,
        faults: DriverFaults = NO_FAULTS,
        nic: Any = None,
        timing: KtlsTiming | None = None,
        **ifnet: Any,
    ) -> None:
        self.loop, self.trace = EventLoop(), Trace()
        self.nic = nic or nic_under_test.current.nic()
        self.port = nic_under_test.current.port(
            self.loop, self.nic, latency_ns=500, poll_ns=US, command_ns=500
        )
        self.commands: list[lo.Command] = []
        self.hold: dict[lo.Op, int] = {}
        self.ifp = Ifnet("mce0", loop=self.loop, trace=self.trace, post_command=self._post,
                         faults=faults, **ifnet)  # fmt: skip
        self.port.on_rx, self.port.on_cpl = self._rx, self.ifp.completion
        self.out: list[bytes] = []
        self.stack = Stack(self.loop, self.trace, timing=timing, output=self.out.append)
        self.stack.sysctl["kern.ipc.tls.ifnet.permitted"] = 1
        self.stack.attach(self.ifp)
        self.loops: dict[int, Loop] = {}

    def _post(self, cmd: bytes) -> None:
        parsed = lo.Command.parse(cmd)
        self.commands.append(parsed)
        late = self.hold.get(lo.Op(parsed.opcode))
        if late:
            self.loop.call_later(late, self.port.post_command, cmd)
        else:
            self.port.post_command(cmd)

    def _rx(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        for frame, meta in batch:
            at = meta.l4_off
            connection = self.loops[int.from_bytes(frame[at : at + 2], "big")]
            connection.came_up(frame[meta.payload_off :][: meta.payload_len], meta)
        self.ifp.rx_poll(batch)

    def run(self, ns: int) -> None:
        nic_under_test.current.advance(self.loop, self.loop.now + ns)

    @property
    def ops(self) -> list[str]:
        return [lo.Op(c.opcode).name for c in self.commands]

    @property
    def confirmations(self) -> list[tuple[int, int]]:
        """(position, record number) of each confirmation that was posted."""
        events = self.trace.events
        return [(e["sn"], e["rcd"]) for e in events if e["what"] == "confirm"]

    def nothing_left(self) -> None:
        """Scenario 107, and the NIC's own view of it."""
        dev = self.ifp.tls_rx
        assert (dev.num_resources, dev.tags, dev.contexts.used, dev.keys.used) == (0, 0, 0, 0)
        assert self.ifp.iq.outstanding == 0
        assert self.nic.keys.slots == {}
        assert not any(self.nic.context(n).running for n in range(self.nic.num_flows))


class Loop(Bench):
    """One connection of ``host``; the verbs of ``Bench`` for records and for the user's view."""

    def __init__(
        self,
        host: Host,
        version: str = "1.2",
        *,
        sport: int = 443,
        key: bytes = KEY,
        start: int = 0x10000,
        enable: bool = True,
    ) -> None:
        self.host, self.sport = host, sport
        self.version, self.cipher, self.key, self.ip = version, "gcm", key, 4
        self.start, self.rec_seq, self.number = SeqNum(start), 5, 5
        self.wire, self.plain, self.sent = bytearray(), bytearray(), 0
        self.loop, self.trace, self.out = host.loop, host.trace, host.out
        self.stack, self.marks = host.stack, ""
        host.loops[sport] = self
        self.so = self.stack.adopt(HOST[4], DPORT, PEER[4], sport, start, 1000, rcvbuf=1 << 20,
                                   flowid=7, flowtype=M_HASHTYPE_RSS_TCP_IPV4)  # fmt: skip
        self.done: list[int] = []
        if enable:
            assert self.enable() == 0
            self.run()
            assert self.done == [0]

    def showing(self, pattern: bytes, size: int) -> bytes:
        """The payload whose ciphertext, in the next record, is nothing but ``pattern``."""
        probe = Loop.__new__(Loop)
        probe.__dict__ |= {**self.__dict__, "wire": bytearray(), "plain": bytearray()}
        stream = probe.record(bytes(size)).wire[13 : 13 + size]
        shown = (pattern * (size // len(pattern) + 1))[:size]
        return bytes(a ^ b for a, b in zip(stream, shown, strict=True))

    def frame(self, start: int, end: int, vlan: int | None = None) -> bytes:
        """The packet with stream bytes [start, end)."""
        segment = TcpSegment(self.sport, DPORT, self.start + start, SeqNum(1000), ACK, 0xFFFF,
                             payload=bytes(self.wire[start:end]))  # fmt: skip
        return build_tcp_frame(MAC_PEER, MAC_HOST, PEER[4], HOST[4], segment, vlan=vlan)

    def arrive(self, *spans: tuple[int, int] | Record, gap: int = 0, **how: Any) -> None:
        """Packets reach the NIC one after the other, ``gap`` ns apart."""
        for span in spans:
            start, end = (span.start, span.end) if isinstance(span, Record) else span
            self.host.port.rx_frame(self.frame(start, end, **how))
            if gap:
                self.run(gap)

    def came_up(self, payload: bytes, meta: PktMeta) -> None:
        """Note the mark of a packet and compare its bytes."""
        marked = meta.tls_status is TlsStatus.DECRYPTED
        start = SeqNum(meta.tcp_seq).minus(self.start)
        truth = self.plain if marked else self.wire
        if marked or meta.l4_ok:
            assert payload == bytes(truth[start : start + len(payload)]), f"{meta.tls_status!r}"
        self.marks += LETTERS[meta.tls_status]

    def run(self, ns: int = 300 * US) -> None:
        self.host.run(ns)
        self.check()

    def close(self) -> None:
        """End the connection; the driver must have cleaned up behind it."""
        self.so.abort()
        self.host.run(300 * US)

    def finish(self) -> None:
        """Close, and look for what was forgotten."""
        self.close()
        self.host.nothing_left()

    @property
    def calls(self) -> list[tuple[int, int, int]]:
        """What the kernel reported to the driver: modify(sn, length, number)."""
        events = [e for e in self.trace.events if (e["who"], e["what"]) == ("mce0", "modify")]
        return [(e["sn"], e["len"], e["rcd"]) for e in events]

    def confirmed(self, *records: Record) -> None:
        """These records were confirmed, in this order, and no others."""
        assert self.host.confirmations == [(self.s(r), r.number) for r in records]

    def s(self, rec: Record) -> int:
        """S(k) of a record."""
        return int(self.start + rec.start)


def offloaded(
    count: int, size: int = 1000, version: str = "1.2", **host: Any
) -> tuple[Loop, list[Record]]:
    """An offloaded connection and the records of its stream."""
    c = Loop(Host(**host), version)
    return c, [c.record(size) for _ in range(count)]
