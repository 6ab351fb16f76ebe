# SPDX-License-Identifier: BSD-2-Clause
"""TCP reassembly against a dictionary of bytes.

The reference knows one rule of tcp_reass.c's overlap geometry: from where a segment begins, what
is queued without a hole stays; from the first hole on, the new segment wins. Every copy of a byte
has another value, so the delivered stream shows which copy survived, and under which mark.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from sw_model.kernel import tcp_reass as model
from sw_model.kernel.mbuf import (
    CSUM_TLS_DECRYPTED,
    M_PKTHDR,
    Mbuf,
    PktHdr,
    m_adj,
    m_get,
    m_gethdr,
    m_last,
)
from sw_model.kernel.tcp_var import TCPS_ESTABLISHED, TCPS_SYN_RECEIVED, Tcpcb, TsegQent
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import FIN
from tests.stateful.kit import bites, run
from tests.unit.kernel_bench import Bench

Byte = tuple[int, bool]  # value, mark of its packet
STARTS = st.sampled_from([0x10000, (1 << 32) - 40, (1 << 31) - 40])
MAX_RUNS = 5  # net.inet.tcp.reass.maxqueuelen here


class ByteQueue:
    """Offsets that are queued and what they hold; a FIN is one more offset, without a byte."""

    def __init__(self, established: bool) -> None:
        self.queued: dict[int, Byte | None] = {}
        self.next = 0
        self.established = established

    def segment(self, at: int, data: list[Byte], fin: bool, room: bool) -> None:
        joins = at in self.queued or at - 1 in self.queued
        in_order = at == self.next and self.established
        if not in_order and not (room and (joins or len(self.runs()) < MAX_RUNS)):
            return
        end = at + len(data)
        hole = at
        while hole < end and self.queued.get(hole):
            hole += 1
        self.queued |= {at + i: byte for i, byte in enumerate(data) if at + i >= hole}
        if fin:
            self.queued[end] = None

    def runs(self) -> list[tuple[int, int]]:
        """Offset and length of what hangs together; a FIN counts for the run, not its length."""
        out: list[tuple[int, int]] = []
        for at in sorted(self.queued):
            size = self.queued[at] is not None
            if at - 1 in self.queued:
                out[-1] = out[-1][0], out[-1][1] + size
            else:
                out.append((at, int(size)))
        return out

    def deliver(self) -> tuple[list[Byte], bool]:
        """What is in order now, and whether the FIN is reached."""
        out: list[Byte] = []
        while self.established and self.next in self.queued:
            byte = self.queued.pop(self.next)
            if byte is None:
                return out, True
            out.append(byte)
            self.next += 1
        return out, False


def packets(parts: list[list[Byte]], pieces: list[int], below: int) -> Mbuf:
    """A chain with one packet header for each part; ``below`` bytes are trimmed off its front."""
    heads: list[Mbuf] = []
    for part in filter(None, parts):
        data = bytes(value for value, _ in part)
        cuts = [0, *sorted(p for p in pieces if p < len(data)), len(data)]
        hdr = PktHdr(csum_flags=CSUM_TLS_DECRYPTED if part[0][1] else 0)
        heads.append(m_gethdr(data[: cuts[1]], hdr))
        hdr.len = len(data)
        for begin, end in pairwise(cuts[1:]):
            m_last(heads[-1]).m_next = m_get(data[begin:end])
    for m, n in pairwise(heads):
        m_last(m).m_next = n
    m_adj(heads[0], below)
    return heads[0]


class ReassemblyMachine(RuleBasedStateMachine):
    """Segments anywhere, of one or two packets each, before and after the handshake ends."""

    @initialize(start=STARTS, established=st.sampled_from([True, True, False]))
    def connection(self, start: int, established: bool) -> None:
        self.got: list[Byte] = []
        self.copies = self.fins = 0
        self.fin_at: int | None = None
        self.done = False
        bench = Bench(enable=False, start=start)
        bench.stack.sysctl["net.inet.tcp.reass.maxqueuelen"] = MAX_RUNS
        assert bench.so.inp is not None
        assert bench.so.inp.tp is not None
        self.tp: Tcpcb = bench.so.inp.tp
        self.tp.t_state = TCPS_ESTABLISHED if established else TCPS_SYN_RECEIVED
        self.tp.append_stream = self._delivered  # type: ignore[method-assign]
        self.start, self.queue = SeqNum(start), ByteQueue(established)

    def _delivered(self, m: Mbuf) -> None:
        assert m.m_flags & M_PKTHDR
        mark = False
        for n in m.chain():
            if n.m_pkthdr is not None:
                mark = n.m_pkthdr.tls_decrypted
            self.got += [(value, mark) for value in n.data]

    @precondition(lambda self: not self.done)
    @rule(
        edge=st.integers(0, 8),
        off=st.one_of(st.integers(-2, 2), st.integers(-15, 60)),
        sizes=st.lists(st.integers(1, 40), min_size=1, max_size=2),
        marks=st.tuples(st.booleans(), st.booleans()),
        pieces=st.lists(st.integers(0, 40), max_size=2),
        room=st.sampled_from([True] * 9 + [False]),
    )
    def segment(
        self,
        edge: int,
        off: int,
        sizes: list[int],
        marks: tuple[bool, bool],
        pieces: list[int],
        room: bool,
    ) -> None:
        runs = self.queue.runs()
        edges = [self.queue.next, *(e for at, size in runs for e in (at, at + size))]
        at = edges[edge % len(edges)] + off
        parts: list[list[Byte]] = []
        end = at
        for size, mark in zip(sizes, marks, strict=False):
            if self.fin_at is not None:
                size = max(0, min(size, self.fin_at - end))
            self.copies += 1
            parts.append([((self.copies * 41 + i) & 0xFF, mark) for i in range(size)])
            end += size
        below = max(0, self.queue.next - at)  # trimmed by tcp_input
        data = [byte for part in parts for byte in part][below:]
        if data:
            chain = packets(parts, pieces, below)
            self._input(at + below, data, end == self.fin_at, chain, room)

    @precondition(lambda self: self.done)
    @rule(start=STARTS)
    def next_connection(self, start: int) -> None:
        self.connection(start, True)

    @precondition(lambda self: not self.done and self.copies > 5 and self.fins < 3)
    @rule(beyond=st.integers(0, 30))
    def fin(self, beyond: int) -> None:
        """The end of the stream, alone in its segment; no data comes behind it afterwards."""
        if self.fin_at is None:
            end = max(self.queue.queued, default=self.queue.next - 1) + 1
            self.fin_at = end + beyond
        self.fins += 1
        self._input(self.fin_at, [], True, m_gethdr(b""), True)

    def _input(self, at: int, data: list[Byte], fin: bool, m: Mbuf, room: bool) -> None:
        sb = self.tp.so.so_rcv
        limit = sb.sb_mbmax
        sb.sb_mbmax = limit if room else 0
        flags = FIN if fin else 0
        reached, _ = model.tcp_reass(self.tp, self.start + at, len(data), flags, m)
        sb.sb_mbmax = limit
        self.queue.segment(at, data, fin, room)
        self._compare(reached)

    def _compare(self, reached: int) -> None:
        bytes_due, fin_due = self.queue.deliver()
        assert self.got == bytes_due, "delivered bytes or their marks"
        assert bool(reached & FIN) == fin_due
        self.got.clear()
        self.done = fin_due

    @precondition(lambda self: not self.queue.established)
    @rule()
    def established(self) -> None:
        self.tp.t_state = TCPS_ESTABLISHED
        self.queue.established = True
        self._compare(model.tcp_reass(self.tp, self.start, 0, 0, None)[0])

    @precondition(lambda self: not self.done and self.copies > 10)
    @rule()
    def close(self) -> None:
        model.tcp_reass_flush(self.tp)
        self.queue.queued.clear()
        self.done = True

    @invariant()
    def agrees(self) -> None:
        model.check(self.tp)
        assert self.tp.rcv_nxt == self.start + self.queue.next
        runs = [(q.tqe_start.minus(self.start), q.tqe_len) for q in self.tp.t_segq]
        assert runs == self.queue.runs()
        memory = [sum(m.mem for m in q.tqe_m.chain()) for q in self.tp.t_segq]
        assert memory == [q.tqe_mbuf_cnt for q in self.tp.t_segq]
        assert self.tp.t_segqmbuflen == sum(memory)


def test_reassembly_machine() -> None:
    run(ReassemblyMachine, steps=30, examples=80)


def equal_start_replaces(real: Callable[[Tcpcb, SeqNum], int]) -> Callable[[Tcpcb, SeqNum], int]:
    """The new copy wins over a run that begins where it begins."""

    def first_not_before(tp: Tcpcb, seq: SeqNum) -> int:
        return sum(q.tqe_start < seq for q in tp.t_segq)

    return first_not_before


def emptied_header_is_forgotten(real: Callable[[Mbuf, int], None]) -> Callable[[Mbuf, int], None]:
    """The mark of a packet whose first mbuf was trimmed away does not govern its other mbufs."""

    def adj(m: Mbuf, length: int) -> None:
        real(m, length)
        if m.m_len == 0 and m.m_pkthdr is not None:
            m.m_pkthdr.csum_flags = 0

    return adj


def merge_takes_no_memory(real: Callable[..., TsegQent]) -> Callable[..., TsegQent]:
    """Appended mbufs do not count against the buffer."""

    def append(tp: Tcpcb, p: TsegQent, m: Mbuf, tlen: int, flags: int, over: int) -> TsegQent:
        return real(tp, p, m, tlen, flags, 0)

    return append


def runs_stay_apart(real: Callable[[Tcpcb, int], None]) -> Callable[[Tcpcb, int], None]:
    """A run that now reaches the next one is not joined with it."""
    return lambda tp, index: None


def no_fin(real: int) -> int:
    """A FIN in a queued segment is lost."""
    return 0


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("_first_after", equal_start_replaces),
        ("m_adj", emptied_header_is_forgotten),
        ("_append", merge_takes_no_memory),
        ("_merge_forward", runs_stay_apart),
        ("FIN", no_fin),
    ],
)
def test_bites(name: str, fault: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, name, fault(getattr(model, name)))
    bites(ReassemblyMachine, steps=30, examples=300)
