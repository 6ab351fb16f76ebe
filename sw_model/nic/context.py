# SPDX-License-Identifier: BSD-2-Clause
"""What the NIC remembers of one flow, and what commands do to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sw_model.crypto.aead import AES_GCM, Aead
from sw_model.crypto.keys import TrafficKeys
from sw_model.nic.faults import NicFaults
from sw_model.nic.layout import AuthState, ProgressParams, StaticParams, TrackState
from sw_model.nic.modes import ENGINE, NicModes
from sw_model.nic.records import SEQ_MASK, OpenRecord
from sw_model.wire.tls import Version

NUMBER_MASK = 0xFFFF_FFFF_FFFF_FFFF


@dataclass(slots=True)
class Chain:
    """A run of record headers, each where the one before it said.

    The confirmed chain knows ``last_number``, the number of its newest record; a candidate only
    counts ``record_offset`` headers since ``hw_resync_tcp_sn``.
    """

    hw_resync_tcp_sn: int = 0
    record_offset: int = 0
    last_number: int | None = None


@dataclass(slots=True)
class Context:
    """One flow. Today: at most one open record and one chain.

    Invariants, see ``check``: SEARCHING and START have no open record and no header bytes;
    ``header`` and ``carry`` are at most four bytes; OFFLOAD and AUTHENTICATION only when TRACKING,
    and then the chain's number is known.
    """

    static: StaticParams | None = None
    running: bool = False
    track: TrackState = TrackState.START
    auth: AuthState = AuthState.NO_OFFLOAD
    expected: int = 0  # sequence number of the next byte
    chain: Chain = field(default_factory=Chain)
    records: list[OpenRecord] = field(default_factory=list)
    header: bytes = b""  # TRACKING between records: what was seen of the next header
    carry: bytes = b""  # SEARCHING: the last bytes, no header could be judged at them yet
    aead: Aead = AES_GCM
    _keys: TrafficKeys | None = None
    _keys_of: tuple[StaticParams, bytes] | None = None

    @property
    def version(self) -> Version:
        assert self.static is not None
        return "1.3" if self.static.tls13 else "1.2"

    def keys(self, key: bytes) -> TrafficKeys:
        """What records are sealed with if ``key`` is in the context's slot."""
        assert self.static is not None
        known = self._keys_of
        if known is None or known[0] is not self.static or known[1] != key:
            iv = self.static.iv if self.static.tls13 else self.static.iv[:4]
            self._keys = TrafficKeys(self.version, key, iv, self.aead)
            self._keys_of = (self.static, key)
        assert self._keys is not None
        return self._keys

    # ---- commands ----

    def set_static(self, params: StaticParams, faults: NicFaults) -> None:
        """Store the parameters, or take them as a confirmation when the context runs."""
        if not self.running:
            self.static = params
            return
        if self.track != TrackState.TRACKING or self.auth != AuthState.NO_OFFLOAD:
            return
        if params.resync_tcp_sn != self.chain.hw_resync_tcp_sn and not faults.confirm_any_sn:
            return
        number = params.initial_record_number + self.chain.record_offset
        number += faults.off_by_one_record_number
        self.chain.last_number = number & NUMBER_MASK
        straight = faults.no_authentication_state
        self.auth = AuthState.OFFLOAD if straight else AuthState.AUTHENTICATION

    def set_psv(self, next_record_tcp_sn: int, modes: NicModes = ENGINE) -> None:
        """Start, or start over, at the boundary the driver names."""
        if self.static is None:
            return
        if modes.programming_2022:
            next_record_tcp_sn = next_record_tcp_sn or self.static.resync_tcp_sn
        self.running = True
        self.stop_tracking(TrackState.START)
        self.expected = next_record_tcp_sn
        self.chain = Chain(last_number=(self.static.initial_record_number - 1) & NUMBER_MASK)

    def psv(self, number: int) -> ProgressParams:
        """What GET_PSV reads; a context that does not run reads as zero but for its number."""
        if not self.running:
            return ProgressParams(context=number)
        if self.track != TrackState.TRACKING:
            next_sn = self.expected
        elif self.records:
            next_sn = self.records[0].end
        else:
            next_sn = (self.expected - len(self.header)) & SEQ_MASK
        return ProgressParams(
            number,
            next_sn,
            self.chain.hw_resync_tcp_sn,
            self.track,
            self.auth,
            self.chain.record_offset,
        )

    # ---- moves of the tracker ----

    def stop_tracking(self, track: TrackState, carry: bytes = b"") -> None:
        """Forget what was open; only the chain's reported position stays."""
        self.track, self.auth = track, AuthState.NO_OFFLOAD
        self.records = []
        self.header, self.carry = b"", carry

    def check(self) -> None:
        """Assert the invariants above."""
        assert len(self.records) <= 1
        assert max(len(self.header), len(self.carry)) <= 4
        if self.track != TrackState.TRACKING:
            assert not any((self.records, self.header))
            assert self.auth == AuthState.NO_OFFLOAD
        if self.auth != AuthState.NO_OFFLOAD:
            assert self.chain.last_number is not None
