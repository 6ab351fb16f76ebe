# SPDX-License-Identifier: BSD-2-Clause
"""The golden NIC: the engine's contract, executed one frame or command at a time.

The order of the calls is the order in which the engine executed them; then every bit of frames,
metadata and completions is predicted (docs/engine.md).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sw_model.crypto.aead import AES_GCM, Aead
from sw_model.nic.context import Context
from sw_model.nic.faults import NO_FAULTS, NicFaults
from sw_model.nic.flows import RuleTable, key_of_frame
from sw_model.nic.layout import (
    Command,
    Completion,
    CplStatus,
    FlowRule,
    Op,
    PktMeta,
    StaticParams,
    TlsStatus,
    key_of,
)
from sw_model.nic.modes import ENGINE, NicModes
from sw_model.nic.tracker import Outcome, track_packet
from sw_model.wire.frame import ParsedFrame, parse_frame
from sw_model.wire.tcp import RST, SYN

MAX_FRAME = 16384
WIPED_KEY = bytes(16)
# Attributes of an Enum are slow to look up; these are needed for every packet.
DECRYPTED, AUTH_FAIL, RESYNC = TlsStatus.DECRYPTED, TlsStatus.AUTH_FAIL, TlsStatus.RESYNC


@dataclass(slots=True)
class KeyStore:
    """Key slots; the serial number tells one key from the next in the same slot."""

    serial: int = 0
    slots: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    def write(self, index: int, key: bytes) -> None:
        self.serial += 1
        self.slots[index] = (self.serial, key)

    def wipe(self, index: int) -> None:
        self.slots.pop(index, None)

    def read(self, index: int) -> tuple[int, bytes]:
        """(serial, key); a wiped slot reads as the zero key, under which no record verifies."""
        return self.slots.get(index, (0, WIPED_KEY))


def metadata(
    frame: ParsedFrame,
    bad: bool,
    cmd_count: int = 0,
    flow: int | None = None,
    status: TlsStatus = TlsStatus.NONE,
) -> PktMeta:
    """What the parser says of a frame that fits in the frame store, and what became of it."""
    tcp, tags = frame.tcp, frame.tags
    return PktMeta(  # in the order of PKT_META_FIELDS: names would take longer than all the rest
        cmd_count,
        len(frame.data),
        int(tcp.seq) if tcp else 0,
        frame.payload_len,
        frame.payload_off,
        frame.l4_off,
        frame.l3_off,
        tcp.flags if tcp else 0,
        frame.is_ipv4,
        frame.is_ipv6,
        frame.is_tcp,
        frame.is_frag,
        bool(tags),
        tags[0] if tags else 0,
        frame.l3_checked,
        frame.l3_ok,
        frame.l4_checked,
        frame.l4_ok,
        bad,
        flow is not None,
        flow or 0,
        status,
    )


class GoldenNic:
    """One NIC. ``frames`` and ``commands`` count what was executed.

    ``relock_records`` is the register of that name. ``faults`` breaks promises on purpose,
    ``modes`` makes another NIC of it.
    """

    def __init__(
        self,
        num_flows: int = 64,
        enable: bool = True,
        relock_records: int = 4096,
        faults: NicFaults = NO_FAULTS,
        num_keys: int | None = None,
        aead: Aead = AES_GCM,
        modes: NicModes = ENGINE,
    ) -> None:
        self.modes = modes
        self.aead = aead
        self.num_flows = num_flows
        self.num_keys = num_flows if num_keys is None else num_keys
        self.enable = enable
        self.relock_records = relock_records
        self.faults = faults
        self.rules = RuleTable(num_flows)
        self.rules.ignore_vlan = faults.match_any_vlan
        self.keys = KeyStore()
        self.frames = 0
        self.commands = 0
        self._contexts = [Context(aead=aead) for _ in range(num_flows)]

    def context(self, number: int) -> Context:
        """White-box view of a flow's context."""
        return self._contexts[number]

    def key(self, index: int) -> bytes | None:
        """White-box view of a key slot, None when it is empty."""
        slot = self.keys.slots.get(index)
        return slot[1] if slot else None

    def check(self) -> None:
        """Assert the invariants of every context."""
        for ctx in self._contexts:
            ctx.check()

    # ---- commands ----

    def command(self, data: bytes, status: CplStatus | None = None) -> bytes:
        """Execute one command, return its completion.

        ``status``: what the engine said to an ADD_RULE, where its table's placement decides.
        """
        cmd = Command.parse(data)
        self.commands += 1
        psv = bytes(16)
        if not cmd.well_formed:
            result = CplStatus.BAD_CMD
        elif not self._in_range(cmd):
            result = CplStatus.BAD_INDEX
        elif cmd.opcode == Op.GET_PSV:
            result = CplStatus.OK
            psv = self._contexts[cmd.index].psv(cmd.index).pack()
        else:
            result = self._execute(cmd, status)
        return Completion(
            opcode=cmd.opcode,
            status=result,
            tag=cmd.tag,
            index=cmd.index,
            cmd_count=self.commands & 0xFFFF,
            frames=self.frames & 0xFFFF_FFFF,
            psv=psv,
        ).pack()

    def _in_range(self, cmd: Command) -> bool:
        """Every number in the command names something that exists."""
        if cmd.opcode in (Op.CREATE_KEY, Op.DESTROY_KEY):
            return cmd.index < self.num_keys
        if cmd.opcode == Op.SET_STATIC:
            dek_index = StaticParams.parse(cmd.payload).dek_index
            return cmd.index < self.num_flows and dek_index < self.num_keys
        return cmd.index < self.num_flows

    def _execute(self, cmd: Command, status: CplStatus | None) -> CplStatus:
        if cmd.opcode == Op.CREATE_KEY:
            self.keys.write(cmd.index, key_of(cmd))
            return CplStatus.OK
        if cmd.opcode == Op.DESTROY_KEY:
            if not self.faults.keep_key_on_destroy:
                self.keys.wipe(cmd.index)
            return CplStatus.OK
        ctx = self._contexts[cmd.index]
        match cmd.opcode:
            case Op.SET_STATIC:
                ctx.set_static(StaticParams.parse(cmd.payload), self.faults)
            case Op.SET_PSV:
                ctx.set_psv(int.from_bytes(cmd.payload[4:8], "big"), self.modes)
            case Op.ADD_RULE:
                if status == CplStatus.FULL:
                    return status
                return self.rules.add(FlowRule.parse(cmd.payload), cmd.index)
            case Op.DEL_RULE:
                return self.rules.delete(FlowRule.parse(cmd.payload))
            case Op.DESTROY_CTX:
                self._contexts[cmd.index] = Context(aead=self.aead)
        return CplStatus.OK

    # ---- frames ----

    def frame(self, data: bytes, bad: bool = False) -> tuple[bytes, PktMeta]:
        """One frame from the wire: the frame and metadata as they leave."""
        self.frames += 1
        if len(data) > MAX_FRAME:
            return data, PktMeta(frame_len=0xFFFF, cmd_count=self.commands & 0xFFFF)
        parsed = parse_frame(data)
        flow = self._lookup(parsed, bad)
        outcome = self._track(parsed, flow) if flow is not None else None
        status = TlsStatus.NONE
        if outcome is not None:
            status = self._status(outcome)
            if status is DECRYPTED and self.modes.transformed_failures:
                self._mark_records(flow)
            data = self._leaves(parsed, outcome, status)
        return data, metadata(parsed, bad, self.commands & 0xFFFF, flow, status)

    def _lookup(self, frame: ParsedFrame, bad: bool) -> int | None:
        eligible = frame.lookup
        if self.faults.ignore_bad_checksum:
            eligible = frame.is_tcp and len(frame.tags) <= 1
        if bad or not self.enable or not eligible:
            return None
        return self.rules.lookup(key_of_frame(frame))

    def _track(self, frame: ParsedFrame, flow: int) -> Outcome | None:
        """The rules for packets that are not looked at; the others go to the tracker."""
        ctx, tcp = self._contexts[flow], frame.tcp
        assert tcp is not None
        if not ctx.running or frame.payload_len == 0 or tcp.flags & (SYN | RST):
            return None
        assert ctx.static is not None
        key = self.keys.read(ctx.static.dek_index)
        relock, faults, modes = self.relock_records, self.faults, self.modes
        return track_packet(ctx, int(tcp.seq), frame.payload, key, relock, faults, modes)

    def _mark_records(self, flow: int | None) -> None:
        """What is open behind a marked packet has marked bytes; only one mode asks."""
        if flow is not None:
            for record in self._contexts[flow].records:
                record.marked = True

    def _status(self, outcome: Outcome) -> TlsStatus:
        if self.faults.mark_bad_tag and outcome.failed and outcome.markable:
            return DECRYPTED
        if self.faults.no_resync_code and outcome.status == RESYNC:
            return TlsStatus.NONE
        return outcome.status

    def _leaves(self, frame: ParsedFrame, outcome: Outcome, status: TlsStatus) -> bytes:
        """The frame as it leaves: as it came, or with its whole payload decrypted."""
        clear = status == DECRYPTED or (
            status == AUTH_FAIL
            and (
                self.faults.transformed_bytes_on_auth_fail
                or (self.modes.transformed_failures and outcome.failed_marked)
            )
        )
        if not clear:
            return frame.data
        payload = outcome.plain
        if self.faults.mix_bytes:
            payload = payload[:-1] + frame.payload[-1:]
        end = frame.payload_off + frame.payload_len
        return b"".join((frame.data[: frame.payload_off], payload, frame.data[end:]))
