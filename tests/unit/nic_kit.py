# SPDX-License-Identifier: BSD-2-Clause
"""What the NIC and driver tests share: one TLS flow, its frames, a programmed golden NIC."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from sw_model.crypto.gcm import ctr, nonce_of, seal_record, text_off
from sw_model.crypto.keys import TrafficKeys
from sw_model.nic import layout as lo
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpSegment
from sw_model.wire.tls import TAG_LEN
from tests import nic_under_test

PEER, LOCAL = ip_address("192.0.2.1"), ip_address("198.51.100.2")
KEY = bytes(range(16))
KEYS12 = TrafficKeys("1.2", KEY, bytes.fromhex("a0a1a2a3"))
KEYS13 = TrafficKeys("1.3", KEY, bytes.fromhex("b0b1b2b3b4b5b6b7b8b9babb"))
N, D, R, X = lo.TlsStatus.NONE, lo.TlsStatus.DECRYPTED, lo.TlsStatus.RESYNC, lo.TlsStatus.AUTH_FAIL


@dataclass
class Flow:
    """A connection and its record stream; record k of the stream has number ``first + k``."""

    keys: TrafficKeys = KEYS12
    start: int = 0x10000
    first: int = 5
    src: Any = PEER
    dst: Any = LOCAL
    sport: int = 443
    dport: int = 50000
    wire: bytes = b""
    clear: bytes = b""  # the stream as an all-marked receiver would see it
    headers: list[int] = field(default_factory=list)  # offset of each record

    def record(self, payload: bytes, kind: int = 23, pad: int = 0) -> Flow:
        """Append one record to the stream."""
        number = self.first + len(self.headers)
        self.headers.append(len(self.wire))
        record = seal_record(self.keys, number, kind, payload, pad)
        self.wire += record
        self.clear += decrypted(self.keys, number, record)
        return self

    def records(self, count: int, size: int = 1000) -> Flow:
        for k in range(count):
            self.record(bytes((k * 7 + j) & 0xFF for j in range(size)))
        return self

    def s(self, k: int) -> int:
        """S(k): sequence number of the header of record k."""
        offsets = [*self.headers, len(self.wire)]
        return (self.start + offsets[k]) & 0xFFFF_FFFF

    def seq(self, offset: int) -> int:
        return (self.start + offset) & 0xFFFF_FFFF

    def spoil(self, offset: int) -> Flow:
        """Flip one bit of the stream as it is sent from now on."""
        bad = bytes((self.wire[offset] ^ 1,))
        self.wire = self.wire[:offset] + bad + self.wire[offset + 1 :]
        return self

    def frame(self, seq: int, payload: bytes, flags: int = ACK, vlan: int | None = None) -> bytes:
        segment = TcpSegment(self.sport, self.dport, SeqNum(seq), SeqNum(1), flags, 65535,
                             payload=payload)  # fmt: skip
        return build_tcp_frame(bytes(6), bytes(6), self.src, self.dst, segment, vlan=vlan)

    def rule(self, vid: int | None = None) -> lo.FlowRule:
        return lo.FlowRule.of(self.src, self.dst, self.sport, self.dport, vid)


def decrypted(keys: TrafficKeys, number: int, record: bytes) -> bytes:
    """A record with its ciphertext replaced, header, nonce and tag as on the wire."""
    off = text_off(keys)
    text = record[off : len(record) - TAG_LEN]
    clear = ctr(keys, nonce_of(keys, number, record), text)
    return record[:off] + clear + record[len(record) - TAG_LEN :]


class Rig:
    """A NIC with one or more programmed flows."""

    def __init__(self, **nic: Any) -> None:
        self.nic = nic_under_test.current.nic(**nic)

    def do(self, cmd: bytes) -> lo.Completion:
        cpl = lo.Completion.parse(self.nic.command(cmd))
        assert cpl.status == lo.CplStatus.OK, cpl
        return cpl

    def program(self, flow: Flow, ctx: int = 3, key: int = 4, **psv: int) -> Rig:
        """Key, static parameters, progress parameters, rule: as the driver does."""
        self.do(lo.create_key(key, flow.keys.key))
        number = psv.pop("number", flow.first)
        self.do(lo.set_static(ctx, self.static(flow, number, psv.pop("resync", 0), key)))
        psv.setdefault("next_record_tcp_sn", flow.start)
        self.do(lo.set_psv(ctx, lo.ProgressParams(**psv)))
        self.do(lo.add_rule(ctx, flow.rule()))
        return self

    @staticmethod
    def static(flow: Flow, number: int, resync: int, key: int = 4) -> lo.StaticParams:
        return lo.StaticParams(flow.keys.version == "1.3", flow.keys.iv, key, number, resync)

    def confirm(self, flow: Flow, sn: int, number: int, ctx: int = 3) -> None:
        self.do(lo.set_static(ctx, self.static(flow, number, sn)))

    def psv(self, ctx: int = 3) -> lo.ProgressParams:
        return self.do(lo.get_psv(ctx)).progress

    def send(self, flow: Flow, offset: int, end: int, **how: Any) -> lo.TlsStatus:
        """The stream's bytes [offset, end) in one packet; checks what left against the mark."""
        return self.send_raw(flow, flow.seq(offset), flow.wire[offset:end], flow.clear[offset:end],
                             **how)  # fmt: skip

    def send_raw(
        self, flow: Flow, seq: int, payload: bytes, clear: bytes | None = None, **how: Any
    ) -> lo.TlsStatus:
        sent = flow.frame(seq, payload, **how)
        got, meta = self.nic.frame(sent)
        self.nic.check()
        assert meta.payload_len == len(payload)
        off = meta.payload_off
        assert len(got) == len(sent)
        assert got[:off] == sent[:off]
        want = clear if meta.tls_status == D and clear is not None else payload
        assert got[off : off + len(payload)] == want, f"{meta.tls_status!r} at seq {seq:#x}"
        return meta.tls_status

    def send_records(self, flow: Flow, first: int, last: int) -> list[lo.TlsStatus]:
        """Records first..last-1, one packet each."""
        ends = [*flow.headers, len(flow.wire)]
        return [self.send(flow, ends[k], ends[k + 1]) for k in range(first, last)]
