# SPDX-License-Identifier: BSD-2-Clause
"""The one Python table of every word that crosses the engine's ports (docs/engine.md).

Byte 0 of a stream word is bits 7:0 (AXI4-Stream order), so a word's bytes are the little-endian
bytes of its integer. Multi-byte numbers inside commands and completions are big endian, as in the
device's own structures; packet metadata is a SystemVerilog packed struct, first field most
significant. ``tests/unit/test_nic_layout.py`` holds this file against ``hdl/tls_rx_pkg.sv``. It is
one long table on purpose: whoever builds a driver or an engine reads just this.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address

IpAddress = IPv4Address | IPv6Address

FLOW_W = 12  # width of a context, key or flow number
CMD_W = 128  # width of the command and completion streams


class TlsStatus(IntEnum):
    """Completion code of a received packet (mlx5 tls_offload)."""

    NONE = 0
    DECRYPTED = 1
    RESYNC = 2
    AUTH_FAIL = 3


class TrackState(IntEnum):
    """mlx5 record_tracker_state."""

    START = 0
    TRACKING = 1
    SEARCHING = 2


class AuthState(IntEnum):
    """mlx5 auth_state."""

    NO_OFFLOAD = 0
    OFFLOAD = 1
    AUTHENTICATION = 2


class Op(IntEnum):
    """Command opcodes."""

    CREATE_KEY = 1
    DESTROY_KEY = 2
    SET_STATIC = 3
    SET_PSV = 4
    GET_PSV = 5
    ADD_RULE = 6
    DEL_RULE = 7
    DESTROY_CTX = 8


class CplStatus(IntEnum):
    """Status byte of a completion."""

    OK = 0
    BAD_CMD = 1
    BAD_INDEX = 2
    FULL = 3
    NOT_FOUND = 4
    EXISTS = 5


# ---- Packet metadata (m_axis_rx_tuser) -----------------------------------------------------------

# Name and width, most significant first: pkt_meta_t.
PKT_META_FIELDS: tuple[tuple[str, int], ...] = (
    ("reserved", 3),
    ("cmd_count", 16),
    ("frame_len", 16),
    ("tcp_seq", 32),
    ("payload_len", 16),
    ("payload_off", 16),
    ("l4_off", 8),
    ("l3_off", 8),
    ("tcp_flags", 8),
    ("is_ipv4", 1),
    ("is_ipv6", 1),
    ("is_tcp", 1),
    ("is_frag", 1),
    ("vlan", 1),
    ("vid", 12),
    ("l3_checked", 1),
    ("l3_ok", 1),
    ("l4_checked", 1),
    ("l4_ok", 1),
    ("bad", 1),
    ("flow_valid", 1),
    ("flow", FLOW_W),
    ("tls_status", 2),
)
META_W = 160


@dataclass(slots=True, unsafe_hash=True)
class PktMeta:
    """What the engine says of one frame; constant over its beats, and nobody changes one.

    Not frozen for speed: a frozen dataclass of 22 fields takes six times as long to make.
    """

    cmd_count: int = 0
    frame_len: int = 0
    tcp_seq: int = 0
    payload_len: int = 0
    payload_off: int = 0
    l4_off: int = 0
    l3_off: int = 0
    tcp_flags: int = 0
    is_ipv4: bool = False
    is_ipv6: bool = False
    is_tcp: bool = False
    is_frag: bool = False
    vlan: bool = False
    vid: int = 0
    l3_checked: bool = False
    l3_ok: bool = False
    l4_checked: bool = False
    l4_ok: bool = False
    bad: bool = False
    flow_valid: bool = False
    flow: int = 0
    tls_status: TlsStatus = TlsStatus.NONE

    def pack(self) -> int:
        """The 160-bit tuser word."""
        word = 0
        for name, width in PKT_META_FIELDS:
            value = int(getattr(self, name, 0))  # "reserved" is not an attribute: always 0
            if value >> width:
                raise ValueError(f"{name} = {value} does not fit in {width} bits")
            word = word << width | value
        return word

    @classmethod
    def unpack(cls, word: int) -> PktMeta:
        """The metadata in a 160-bit tuser word; reserved bits are ignored."""
        values: dict[str, int] = {}
        for name, width in reversed(PKT_META_FIELDS):
            values[name] = word & ((1 << width) - 1)
            word >>= width
        del values["reserved"]
        flags = {f.name: bool(values[f.name]) for f in fields(cls) if f.type == "bool"}
        numbers = values | flags | {"tls_status": TlsStatus(values["tls_status"])}
        return cls(**numbers)  # type: ignore[arg-type]

    def to_bytes(self) -> bytes:
        return self.pack().to_bytes(META_W // 8, "little")

    @classmethod
    def from_bytes(cls, data: bytes) -> PktMeta:
        return cls.unpack(int.from_bytes(data, "little"))


# ---- Parameters and rules ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StaticParams:
    """The 64 bytes of SET_STATIC; ``tls13`` is the version field, ``iv`` is 12 bytes.

    TLS 1.2: the first four bytes of ``iv`` are the salt, the rest is zero.
    """

    tls13: bool
    iv: bytes
    dek_index: int
    initial_record_number: int
    resync_tcp_sn: int = 0

    def pack(self) -> bytes:
        out = bytearray(64)
        out[0] = 0b10 << 6 | (3 if self.tls13 else 2) << 2 | 0b01
        out[3] = 1  # encryption_standard = TLS
        out[8:16] = self.initial_record_number.to_bytes(8, "big")
        out[16:20] = self.resync_tcp_sn.to_bytes(4, "big")
        out[20:32] = self.iv.ljust(12, b"\0")
        out[33:36] = self.dek_index.to_bytes(3, "big")
        return bytes(out)

    @classmethod
    def parse(cls, data: bytes) -> StaticParams:
        """Anything but version 3 is TLS 1.2, as in the engine."""
        return cls(
            tls13=(data[0] >> 2 & 0xF) == 3,
            iv=bytes(data[20:32]),
            dek_index=int.from_bytes(data[33:36], "big"),
            initial_record_number=int.from_bytes(data[8:16], "big"),
            resync_tcp_sn=int.from_bytes(data[16:20], "big"),
        )


@dataclass(frozen=True, slots=True)
class ProgressParams:
    """The 16 bytes of SET_PSV and of a GET_PSV answer."""

    context: int = 0
    next_record_tcp_sn: int = 0
    hw_resync_tcp_sn: int = 0
    track: TrackState = TrackState.START
    auth: AuthState = AuthState.NO_OFFLOAD
    record_offset: int = 0

    def pack(self) -> bytes:
        return b"".join(
            (
                self.context.to_bytes(4, "big"),
                self.next_record_tcp_sn.to_bytes(4, "big"),
                self.hw_resync_tcp_sn.to_bytes(4, "big"),
                bytes((self.track << 6 | self.auth << 4,)),
                self.record_offset.to_bytes(3, "big"),
            )
        )

    @classmethod
    def parse(cls, data: bytes) -> ProgressParams:
        """Raises ValueError for a state that does not exist."""
        return cls(
            context=int.from_bytes(data[1:4], "big"),
            next_record_tcp_sn=int.from_bytes(data[4:8], "big"),
            hw_resync_tcp_sn=int.from_bytes(data[8:12], "big"),
            track=TrackState(data[12] >> 6),
            auth=AuthState(data[12] >> 4 & 3),
            record_offset=int.from_bytes(data[13:16], "big"),
        )


@dataclass(frozen=True, slots=True)
class FlowRule:
    """What a rule matches, as seen in a received packet: flow_key_t. IPv4 in the low 32 bits."""

    ipv6: bool
    vlan: bool
    vid: int
    src: int
    dst: int
    sport: int
    dport: int

    @classmethod
    def of(
        cls, src: IpAddress, dst: IpAddress, sport: int, dport: int, vid: int | None = None
    ) -> FlowRule:
        """A rule for received packets src:sport -> dst:dport; ``vid`` None means untagged."""
        ipv6 = src.version == 6
        return cls(ipv6, vid is not None, vid or 0, int(src), int(dst), sport, dport)

    def pack(self) -> bytes:
        return b"".join(
            (
                bytes((self.ipv6 | self.vlan << 1, 0)),
                self.vid.to_bytes(2, "big"),
                self.sport.to_bytes(2, "big"),
                self.dport.to_bytes(2, "big"),
                bytes(8),
                self.src.to_bytes(16, "big"),
                self.dst.to_bytes(16, "big"),
            )
        )

    @classmethod
    def parse(cls, data: bytes) -> FlowRule:
        return cls(
            ipv6=bool(data[0] & 1),
            vlan=bool(data[0] & 2),
            vid=int.from_bytes(data[2:4], "big") & 0xFFF,
            src=int.from_bytes(data[16:32], "big"),
            dst=int.from_bytes(data[32:48], "big"),
            sport=int.from_bytes(data[4:6], "big"),
            dport=int.from_bytes(data[6:8], "big"),
        )


# ---- Commands ------------------------------------------------------------------------------------

PAYLOAD_BYTES: dict[int, int] = {
    Op.CREATE_KEY: 32,
    Op.DESTROY_KEY: 0,
    Op.SET_STATIC: 64,
    Op.SET_PSV: 16,
    Op.GET_PSV: 0,
    Op.ADD_RULE: 48,
    Op.DEL_RULE: 48,
    Op.DESTROY_CTX: 0,
}
FLAG_KEY_256 = 1


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it crosses s_axis_cmd; ``opcode`` may be one that does not exist."""

    opcode: int
    index: int
    payload: bytes = b""
    flags: int = 0
    tag: int = 0

    def pack(self) -> bytes:
        head = bytes((self.opcode, self.flags)) + self.tag.to_bytes(2, "big")
        return head + self.index.to_bytes(4, "big") + bytes(8) + self.payload

    @classmethod
    def parse(cls, data: bytes) -> Command:
        return cls(
            opcode=data[0],
            flags=data[1],
            tag=int.from_bytes(data[2:4], "big"),
            index=int.from_bytes(data[4:8], "big"),
            payload=bytes(data[16:]),
        )

    @property
    def well_formed(self) -> bool:
        """A known opcode with the right length."""
        return PAYLOAD_BYTES.get(self.opcode) == len(self.payload)


def with_tag(cmd: bytes, tag: int) -> bytes:
    """The same command under another completion tag."""
    return cmd[:2] + tag.to_bytes(2, "big") + cmd[4:]


def create_key(idx: int, key: bytes, tag: int = 0) -> bytes:
    """CREATE_KEY; a 128-bit key sits in words 4..7."""
    if len(key) not in (16, 32):
        raise ValueError(f"AES key of {len(key)} bytes")
    flags = FLAG_KEY_256 if len(key) == 32 else 0
    return Command(Op.CREATE_KEY, idx, key.rjust(32, b"\0"), flags, tag).pack()


def key_of(cmd: Command) -> bytes:
    """The key bytes inside a CREATE_KEY command."""
    return cmd.payload if cmd.flags & FLAG_KEY_256 else cmd.payload[16:]


def destroy_key(idx: int, tag: int = 0) -> bytes:
    return Command(Op.DESTROY_KEY, idx, tag=tag).pack()


def set_static(ctx: int, params: StaticParams, tag: int = 0) -> bytes:
    return Command(Op.SET_STATIC, ctx, params.pack(), tag=tag).pack()


def set_psv(ctx: int, params: ProgressParams, tag: int = 0) -> bytes:
    return Command(Op.SET_PSV, ctx, replace(params, context=ctx).pack(), tag=tag).pack()


def get_psv(ctx: int, tag: int = 0) -> bytes:
    return Command(Op.GET_PSV, ctx, tag=tag).pack()


def add_rule(ctx: int, rule: FlowRule, tag: int = 0) -> bytes:
    return Command(Op.ADD_RULE, ctx, rule.pack(), tag=tag).pack()


def del_rule(ctx: int, rule: FlowRule, tag: int = 0) -> bytes:
    return Command(Op.DEL_RULE, ctx, rule.pack(), tag=tag).pack()


def destroy_ctx(ctx: int, tag: int = 0) -> bytes:
    return Command(Op.DESTROY_CTX, ctx, tag=tag).pack()


# ---- Completions ---------------------------------------------------------------------------------

CPL_BYTES = 32


@dataclass(frozen=True, slots=True)
class Completion:
    """Two beats of m_axis_cpl; ``psv`` is the raw second beat (zero but for GET_PSV)."""

    opcode: int
    status: int
    tag: int
    index: int
    cmd_count: int
    frames: int
    psv: bytes = bytes(16)

    def pack(self) -> bytes:
        head = bytes((self.opcode, self.status)) + self.tag.to_bytes(2, "big")
        counts = self.cmd_count.to_bytes(2, "big") + bytes(2) + self.frames.to_bytes(4, "big")
        return head + self.index.to_bytes(4, "big") + counts + self.psv

    @classmethod
    def parse(cls, data: bytes) -> Completion:
        return cls(
            opcode=data[0],
            status=data[1],
            tag=int.from_bytes(data[2:4], "big"),
            index=int.from_bytes(data[4:8], "big"),
            cmd_count=int.from_bytes(data[8:10], "big"),
            frames=int.from_bytes(data[12:16], "big"),
            psv=bytes(data[16:32]),
        )

    @property
    def progress(self) -> ProgressParams:
        """The progress parameters of a GET_PSV answer."""
        return ProgressParams.parse(self.psv)
