# SPDX-License-Identifier: BSD-2-Clause
"""Socket buffer and ktls worker, event by event, against a receiver that remembers everything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sw_model.kernel import ktls, ktls_record
from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.sockbuf import SB_TLS_RX_RUNNING, SockBuf
from sw_model.wire.tcp import ACK, FIN
from tests.stateful import socket_buffer_faults as faults
from tests.stateful.kit import bites, run
from tests.stateful.receiver_reference import CONTROL, NaiveReceiver, Sent
from tests.unit.kernel_bench import Bench

TIMING = KtlsTiming(record_ns=3_000, crypto_ps_per_byte=1_000)
STARTS = st.sampled_from([0x10000, (1 << 32) - 1500])
VERSIONS = st.sampled_from(["1.2", "1.3"])
WORDS = b"plain text before TLS, read by the application itself " * 3
SIZES = st.one_of(st.integers(1, 40), st.integers(30, 120), st.integers(100, 700))
LENGTHS = st.one_of(st.integers(0, 60), st.integers(0, 60), st.integers(0, 600))
FATES = st.sampled_from(["good"] * 8 + ["spoiled", "spoiled tag", "short", "zeros"])


class SocketBufferMachine(RuleBasedStateMachine):
    """Packets with marks, TLS enabled, worker events one at a time, reads, FIN, shutdown, close."""

    bugs = Bugs()

    @initialize(
        version=VERSIONS,
        start=STARTS,
        prefix=st.sampled_from([0, 0, 40, len(WORDS)]),
        permitted=st.sampled_from([1, 1, 0]),
        lro=st.sampled_from([0, 1]),
    )
    def connection(self, version: str, start: int, prefix: int, permitted: int, lro: int) -> None:
        self.bench = Bench(version, start=start, permitted=permitted, lro=lro, enable=False,
                           timing=TIMING, bugs=self.bugs)  # fmt: skip
        self.bench.raw(WORDS[:prefix])
        self.naive = NaiveReceiver(prefix, bool(permitted))
        self.prefix, self.events = prefix, 0
        self.done = self.last_sent = False

    def _live(self) -> bool:
        """Packets may still come."""
        return not (self.done or self.naive.finished or self.naive.dropped)

    def _mature(self) -> bool:
        """Some records went by: an end may come."""
        taken = sum(r.end <= self.naive.taken for r in self.naive.records)
        return not self.done and (taken > 3 or self.naive.unread > 1200)

    def _working(self) -> bool:
        return not self.done and self.bench.sb.sb_tlsdcc > 0

    def _over(self) -> bool:
        return self.done or self.naive.shut or self.naive.dropped

    # The sender ---------------------------------------------------------------------------------

    def _record(self, size: int, fate: str) -> None:
        """Seal one more record, or make a bad one."""
        bench, tls13 = self.bench, self.bench.version == "1.3"
        start, number, hlen = len(bench.wire), bench.number, 5 if tls13 else 13
        if fate == "short":
            body = size % (17 if tls13 else 16) + (0 if tls13 else 8)
            bench.raw(bytes((23, 3, 3, 0, body)) + bytes(body))
            bench.number += 1
            sent = Sent(start, 5 + body, number, 23, b"", b"", fate)
        elif fate == "zeros" and tls13:
            rec = bench.record(inner=bytes(size + 1))
            sent = Sent(start, len(rec.wire), number, 23, b"", b"", fate)
        else:
            rec = bench.record(size)
            marked = bytearray(rec.payload)
            if fate.startswith("spoiled"):
                # The NIC of this test hands up what AES makes of it: the same bit is wrong.
                at = start + hlen if size and fate == "spoiled" else len(bench.wire) - 1
                bench.wire[at] ^= 1
                bench.plain[at] ^= 1
                marked[: at == start + hlen] = bytes(b ^ 1 for b in marked[: at == start + hlen])
            kind = "spoiled" if fate.startswith("spoiled") else "good"
            sent = Sent(start, len(rec.wire), number, rec.type, rec.payload, bytes(marked), kind)
        self.naive.records.append(sent)

    @precondition(_live)
    @rule(
        records=st.lists(st.tuples(LENGTHS, FATES), min_size=1, max_size=4),
        sizes=st.lists(SIZES, min_size=2, max_size=6),
        marks=st.sampled_from(["DDDDDD", "DDDDDD", "EEEEEE", "DDEDDD", "EDDDDD", "DEDEED"]),
    )
    def packets(self, records: list[tuple[int, str]], sizes: list[int], marks: str) -> None:
        """One poll batch of up to six packets."""
        if len(self.bench.wire) - self.bench.sent < sum(sizes) and not self.last_sent:
            for size, fate in records:
                self._record(size, fate)
        batch = []
        for size, letter in zip(sizes, marks, strict=False):
            mark = self.naive.enabled and letter == "D"
            begin, end = self.bench.sent, min(self.bench.sent + size, len(self.bench.wire))
            if begin == end:
                break
            batch.append(self.bench.mbuf(begin, end, "D" if mark else "E"))
            self.naive.arrived(mark, end - begin)
            self.bench.sent = end
        self.bench.stack.if_input(batch)
        self._follow()

    @precondition(lambda self: self._live() and self._mature() and not self.last_sent)
    @rule()
    def bad_version(self) -> None:
        """A record that ends the connection; nothing is sent behind it."""
        start = len(self.bench.wire)
        self.bench.raw(bytes((23, 3, 1, 0, 60)) + bytes(60))
        self.naive.records.append(Sent(start, 65, self.bench.number, 23, b"", b"", "version"))
        self.last_sent = True

    @precondition(lambda self: self._live() and self._mature())
    @rule()
    def fin(self) -> None:
        at = self.bench.sent
        self.bench.stack.if_input([self.bench.mbuf(at, at, "E", ACK | FIN)])
        self.naive.no_more()
        self._follow()

    # The host -----------------------------------------------------------------------------------

    def _at_first_record(self) -> bool:
        """The application has read what comes before the first record."""
        read = len(self.naive.marks) - self.naive.unread
        return not (self.done or self.naive.enabled) and read == self.prefix

    @precondition(_at_first_record)
    @rule()
    def enable(self) -> None:
        assert self.bench.enable() == 0
        self.naive.enable()
        self._follow()

    @precondition(lambda self: not self.done and self.naive.enabled)
    @rule(count=st.integers(1, 4))
    def events_pass(self, count: int) -> None:
        for _ in range(count):
            self._event()

    def _event(self) -> bool:
        loop = self.bench.loop
        when = loop.next_time()
        if when is None:
            return False
        loop.run_until(when)
        self._follow()
        self._account()
        return True

    @precondition(lambda self: not self.done and self.naive.enabled)
    @rule()
    def idle(self) -> None:
        while self._event():
            pass
        assert not self.bench.sb.sb_tlsdcc
        assert not (self.naive.enabled and self.naive.complete()), "the worker left a record"
        running = bool(self.bench.sb.sb_flags & SB_TLS_RX_RUNNING)
        assert running == self.naive.dropped

    @precondition(lambda self: not self.done)
    @rule(sizes=st.lists(st.one_of(st.just(1 << 15), st.integers(1, 300)), min_size=1, max_size=4))
    def reads(self, sizes: list[int]) -> None:
        for size in sizes:
            if not self.naive.enabled:  # the application does not read into the first record
                size = min(size, self.prefix - (len(self.naive.marks) - self.naive.unread))
            if not size:
                return
            msg = self.bench.so.recvmsg(size)
            want = self.naive.read(size, WORDS)
            assert (msg.data, msg.record_type, msg.eor, msg.errno) == want
            self._account()

    @precondition(lambda self: self._mature() and (self._working() or self.naive.finished))
    @rule()
    def shutdown(self) -> None:
        if self.bench.so.shutdown("rd") == 0:
            self.naive.no_more()
            self.naive.flush()
        self._follow()

    @precondition(lambda self: self._mature() and (self._working() or self.naive.finished))
    @rule()
    def close(self) -> None:
        self.bench.so.close()
        self.naive.flush()
        self._account()
        self.bench.run(1_000_000)  # no longer: TCP gives up a peer that is silent
        self._follow()
        self.done = True
        assert self.bench.sb.sb_ccc == self.bench.sb.sb_mbcnt == 0

    @precondition(_over)
    @rule(version=VERSIONS, start=STARTS)
    def next_connection(self, version: str, start: int) -> None:
        self.connection(version, start, 0, 1, 1)

    # Comparison ---------------------------------------------------------------------------------

    def _follow(self) -> None:
        """What the worker traced since the last look."""
        events = self.bench.trace.events
        for event in events[self.events :]:
            if event["what"] not in ("record", "failed_record", "corrupted_record"):
                continue
            if self.naive.shut:
                assert event["what"] == "failed_record", "a record appeared behind a flush"
                continue
            record = self.naive.next()
            assert record is not None
            assert event["len"] == record.length
            if event["what"] != "corrupted_record":
                assert event["num"] == record.number
                assert event["state"] == self.naive.state(record)
            self.naive.take(event["what"])
        self.events = len(events)

    @invariant()
    def accounts(self) -> None:
        if not self.done:
            self._account()

    def _account(self) -> None:
        """SBCHECK, and the same numbers from what the reference remembers."""
        sb, naive = self.bench.sb, self.naive
        self.bench.check()
        assert sb.sb_acc == naive.acc()
        assert sb.sb_ctl == sum(CONTROL for r in naive.readable if r.type is not None)
        waiting = naive.waiting() if naive.enabled else 0
        assert sb.sb_tlscc + sb.sb_tlsdcc == waiting
        assert sb.sb_ccc == naive.acc() + waiting
        if sb.sb_tlsdcc:
            record = naive.next()
            assert record is not None
            assert sb.sb_tlsdcc == record.length
        assert self.bench.so.so_error == naive.error
        start = int(self.bench.start)
        calls = [((start + at) & 0xFFFF_FFFF, length, num) for at, length, num in naive.calls]
        assert self.bench.calls == calls
        for tag in self.bench.nic.tags:  # allocated before the worker's first record
            assert (tag.seq, tag.number) == ((start + self.prefix) & 0xFFFF_FFFF, 5)


def test_socket_buffer_machine() -> None:
    run(SocketBufferMachine, steps=30, examples=50)


@pytest.mark.parametrize(
    ("where", "name", "fault"),
    [
        (ktls, "ktls_detach_record", faults.detached_bytes_not_claimed),
        (ktls, "ktls_detach_record", faults.detached_record_not_told),
        (ktls_record, "m_split_tail", faults.split_loses_the_mark),
        (SockBuf, "sbcompress_ktls_rx", faults.small_packets_take_the_tails_mark),
        (SockBuf, "sbflush", faults.flush_keeps_the_detached_record),
        (SockBuf, "sbfree_ktls_rx", faults.memory_of_freed_mbufs),
    ],
)
def test_bites(
    where: Any, name: str, fault: faults.Patched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, fault(getattr(where, name)))
    bites(SocketBufferMachine, steps=30, examples=300)


@pytest.mark.parametrize("bug", ["decrypted_no_min_length", "all_zero_inner", "fin_in_rcv_nxt"])
def test_known_bugs_bite(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SocketBufferMachine, "bugs", Bugs(**{bug: True}))
    bites(SocketBufferMachine, steps=30, examples=300)
