# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC's tracker against the contract, read byte by byte, and against the history.

Every frame must leave exactly as the reference says, and GET_PSV must read what it holds. Beside
that stands a statement that needs no state machine (``_may_be_marked``): what the history of all
taken bytes allows at most.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sw_model.nic import layout as lo
from sw_model.nic.context import Context
from sw_model.nic.faults import NO_FAULTS, NicFaults
from sw_model.rng import stream
from sw_model.wire.tcp import ACK, FIN, RST, SYN
from tests.stateful import tracker_reference as ref
from tests.stateful.kit import bites, run
from tests.unit.nic_kit import KEYS12, KEYS13, Flow, Rig

CTX, SLOT = 3, 4
RECORDS, LAST = 160, 600  # bytes of the stream that stay unsent
STARTS = (0x10000, ref.SEQ - 2000, ref.SEQ // 2 - 2000)


def make_flow(index: int) -> Flow:
    """A stream of small records; some hold what looks like a header."""
    rng = stream(index, "stateful_tracker")
    first = (5, 0, ref.NUMBER - RECORDS, (1 << 32) - 10)[index]  # the third ends at 2^64 - 1
    flow = Flow(keys=(KEYS12, KEYS13)[index % 2], start=STARTS[index % 3], first=first)
    for _ in range(RECORDS):
        payload = rng.randbytes(rng.choice((0, 1, 3, 20, 60, 200, 400, 700)))
        if rng.random() < 0.15:
            payload = bytes.fromhex("1703030030") * 8
        flow.record(payload, 23 if flow.keys is KEYS13 else rng.choice((21, 22, 23)))
    return flow


FLOWS = [make_flow(i) for i in range(4)]
# Where a packet ends: so many headers ahead, and so many bytes off. Or simply so long.
ENDS = st.one_of(
    st.tuples(st.integers(0, 3), st.sampled_from([-17, -4, -1, 0, 0, 1, 3, 4, 5, 6, 12, 13, 14])),
    st.tuples(st.just(-1), st.integers(1, 400)),
)
End = tuple[int, int]
INSIDE = st.tuples(st.just(0), st.sampled_from([-17, -4, -1, 0]))  # up to the next header


class TrackerMachine(RuleBasedStateMachine):
    """A stream in order, lost, repeated, overlapping and forged; software that is right or not."""

    faults = NO_FAULTS

    @initialize(index=st.integers(0, 3), relock=st.sampled_from([4096, 4096, 3]))
    def program(self, index: int, relock: int) -> None:
        self.flow = FLOWS[index]
        self.rig = Rig(faults=self.faults, relock_records=relock).program(self.flow)
        tls13, iv = self.flow.keys.version == "1.3", self.flow.keys.iv
        self.naive = ref.NaiveTracker(tls13, iv, relock)
        self.naive.program(self.flow.start, self.flow.first)
        self.key = ref.Key(self.flow.keys.key, 1)
        self.keys_written = 1
        self._start_history(0)

    def _start_history(self, at: int) -> None:
        self.at = self.first = self.highest = at  # offsets in the stream
        self.taken: dict[int, int] = {}
        self.honest = True  # no lie about headers, numbers or keys so far
        self.calm = 0

    def _end(self, end: End) -> int:
        ahead, off = end
        at = self.at + off
        if ahead >= 0:
            later = [h for h in [*self.flow.headers, len(self.flow.wire)] if h > self.at]
            at = later[min(ahead, len(later) - 1)] + off
        return min(max(at, self.at + 1), len(self.flow.wire))

    # Frames -------------------------------------------------------------------------------------

    def _frame(self, offset: int, payload: bytes, flags: int = ACK) -> None:
        seq = self.flow.seq(offset)
        sent = self.flow.frame(seq, payload, flags=flags)
        got, meta = self.rig.nic.frame(sent)
        want = self.naive.packet(seq, payload, self.key)
        assert (meta.flow_valid, meta.flow) == (True, CTX)
        assert meta.tls_status == want.status
        assert got == sent[: meta.payload_off] + want.payload
        self.calm += 1
        if self.naive.running:
            new = range(max(offset, self.highest), offset + len(payload))
            self.taken |= {at: payload[at - offset] for at in new}
            self.highest = max(self.highest, offset + len(payload))
        if meta.tls_status == ref.DECRYPTED:
            self._may_be_marked(offset, offset + len(payload), got[meta.payload_off :])
        elif meta.tls_status == ref.AUTH_FAIL:
            assert not self.honest or self._forged(), "a good record failed"

    def _forged(self) -> bool:
        return any(self.flow.wire[at] != value for at, value in self.taken.items())

    def _may_be_marked(self, begin: int, end: int, left: bytes) -> None:
        """Every record in a marked packet came whole, and one that ends in it came as sealed."""
        if not self.honest:
            return
        edges = [*self.flow.headers, len(self.flow.wire)]
        for first, last in pairwise(edges):
            if last <= begin or first >= end:
                continue
            seen = range(first, min(last, end))
            assert all(at in self.taken for at in seen), "marked, with bytes missing before"
            if all(self.taken[at] == self.flow.wire[at] for at in seen):
                at = max(first, begin)
                assert left[at - begin : seen.stop - begin] == self.flow.clear[at : seen.stop]
            else:
                assert last > end, "the end of a forged record is marked"

    def _room(self) -> bool:
        return self.at < len(self.flow.wire) - LAST

    def _calm(self) -> bool:
        """Some frames without disturbance: else the tracker would hardly ever mark."""
        return self.calm > 2 and self._room()

    def _lie(self) -> None:
        self.honest, self.calm = False, 0

    @precondition(_room)
    @rule(ends=st.lists(ENDS, min_size=1, max_size=5), fin=st.sampled_from([0, 0, FIN]))
    def in_order(self, ends: list[End], fin: int) -> None:
        for end in ends:
            if not self._room():
                return
            at = self._end(end)
            self._frame(self.at, self.flow.wire[self.at : at], ACK | fin)
            self.at = at

    @precondition(_room)
    @rule(end=st.one_of(ENDS, INSIDE))
    def lost(self, end: End) -> None:
        self.at = self._end(end)

    @precondition(lambda self: self.at > 0)
    @rule(back=st.integers(1, 900), size=st.one_of(st.integers(1, 20), st.integers(1, 1200)))
    def repeated(self, back: int, size: int) -> None:
        """Old bytes again, or old and new ones."""
        begin = max(0, self.at - back)
        end = min(len(self.flow.wire), begin + size)
        self._frame(begin, self.flow.wire[begin:end])
        self.at = max(self.at, end)

    @precondition(_calm)
    @rule(end=ENDS, index=st.integers(0, 400), bit=st.integers(0, 7))
    def forged(self, end: End, index: int, bit: int) -> None:
        last = self._end(end)
        payload = bytearray(self.flow.wire[self.at : last])
        where = self.at + index % len(payload)
        payload[where - self.at] ^= 1 << bit
        if any(h <= where < h + 5 for h in self.flow.headers):
            self._lie()
        self._frame(self.at, bytes(payload))
        self.at = last

    @precondition(_calm)
    @rule(size=st.integers(1, 80), fill=st.sampled_from(["1703030020", "1703030013", "00", "0303"]))
    def invented(self, size: int, fill: str) -> None:
        """A packet of something else, often with headers in it."""
        self._lie()
        self._frame(self.at, (bytes.fromhex(fill) * size)[:size])
        self.at += size

    @rule(kind=st.sampled_from(["syn", "rst", "checksum", "empty", "far", "oldest"]))
    def not_looked_at(self, kind: str) -> None:
        seq, payload = self.flow.seq(self.at), self.flow.wire[self.at : self.at + 50]
        flags = {"syn": SYN, "rst": RST | ACK}.get(kind, ACK)
        if kind == "far":
            seq = (seq + (1 << 30)) % ref.SEQ
        elif kind == "oldest":
            seq = (seq + (1 << 31)) % ref.SEQ
        frame = bytearray(self.flow.frame(seq, b"" if kind == "empty" else payload, flags=flags))
        if kind == "checksum":
            frame[-1] ^= 1
        got, meta = self.rig.nic.frame(bytes(frame))
        assert (got, meta.tls_status) == (bytes(frame), ref.NONE)

    # Software -----------------------------------------------------------------------------------

    def _confirm(self, sn: int, number: int) -> None:
        self.rig.confirm(self.flow, sn, number, CTX)
        self.naive.confirm(sn, number)

    def _candidate(self) -> bool:
        return self.naive.running and self.naive.psv()[2:4] == (ref.TRACKING, ref.NO_OFFLOAD)

    @precondition(_candidate)
    @rule(often=st.sampled_from([1, 1, 2]))
    def confirms(self, often: int) -> None:
        """The truth about the candidate, if it is a header at all."""
        at = (self.naive.candidate - self.flow.start) % ref.SEQ
        if at in self.flow.headers:
            for _ in range(often):
                self._confirm(self.naive.candidate, self.flow.first + self.flow.headers.index(at))

    @precondition(lambda self: self._calm() and self._candidate())
    @rule(by=st.sampled_from([1, -1, 1 << 31]))
    def confirms_wrong_number(self, by: int) -> None:
        self._lie()
        self._confirm(self.naive.candidate, (self.flow.first + by) % ref.NUMBER)

    @rule(by=st.sampled_from([-1, 1, 5, 1 << 31]), number=st.integers(0, 200))
    def confirms_stale(self, by: int, number: int) -> None:
        if self.naive.running:
            self._confirm((self.naive.candidate + by) % ref.SEQ, number)

    @precondition(_calm)
    @rule(wipe=st.booleans())
    def another_key(self, wipe: bool) -> None:
        """The slot is wiped, or the same key is written once more: another key either way."""
        self._lie()
        self.keys_written += not wipe
        if wipe:
            self.key = ref.Key(bytes(16))
            self.rig.do(lo.destroy_key(SLOT))
        else:
            self.key = ref.Key(self.flow.keys.key, self.keys_written)
            self.rig.do(lo.create_key(SLOT, self.flow.keys.key))

    @precondition(_calm)
    @rule(destroy=st.booleans(), off=st.sampled_from([0, 0, 0, 7]))
    def programs_again(self, destroy: bool, off: int) -> None:
        """A new start at the next header, or (off) where none is."""
        boundary = next(k for k, h in enumerate(self.flow.headers) if h >= self.at)
        at, number = self.flow.headers[boundary] + off, self.flow.first + boundary
        if destroy:
            self.rig.do(lo.destroy_ctx(CTX))
            self.naive.destroy()
            self._frame(self.at, self.flow.wire[self.at : self.at + 40])
        if self.key.serial:
            static = self.rig.static(self.flow, number, 0, SLOT)
            if not destroy:  # a running context would take this as a confirmation
                self.rig.do(lo.destroy_ctx(CTX))
            self.rig.do(lo.set_static(CTX, static))
            progress = lo.ProgressParams(next_record_tcp_sn=self.flow.seq(at))
            self.rig.do(lo.set_psv(CTX, progress))
            self.naive.program(self.flow.seq(at), number)
            self._start_history(at)
            self.honest = off == 0

    @invariant()
    def agrees(self) -> None:
        self.rig.nic.check()
        psv = self.rig.psv(CTX)
        assert self.naive.psv() == (
            psv.next_record_tcp_sn,
            psv.hw_resync_tcp_sn,
            psv.track,
            psv.auth,
            psv.record_offset,
        )
        assert self.rig.nic.context(CTX + 1) == Context(), "another flow's context"


def test_tracker_machine() -> None:
    run(TrackerMachine, steps=25, examples=40)


FAULTS: list[dict[str, Any]] = [
    {"mark_bad_tag": True},
    {"transformed_bytes_on_auth_fail": True},
    {"confirm_any_sn": True},
    {"no_authentication_state": True},
    {"off_by_one_record_number": True},
    {"keep_key_on_destroy": True},
    {"process_past_data": True},
    {"ignore_bad_checksum": True},
    {"mark_torn_record": True},
    {"no_resync_code": True},
    {"mix_bytes": True},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: next(iter(fault)))
def test_bites(fault: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TrackerMachine, "faults", NicFaults(**fault))
    bites(TrackerMachine, steps=25, examples=300)
