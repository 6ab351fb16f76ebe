# SPDX-License-Identifier: BSD-2-Clause
"""A Linux host with one TLS connection, and a device that does as the test says.

The set-up is that of the scenarios: TLS 1.2 AES-128-GCM, S(0) = 0x10000, R(0) = 5, records of 1000
payload bytes. Marks of packets: D decrypted, E not, F failed with the keystream in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from errno import EAGAIN
from ipaddress import ip_address
from typing import Any

from sw_model.linux.bugs import NO_BUGS, Bugs
from sw_model.linux.gro import RxPacket
from sw_model.linux.host import LinuxHost
from sw_model.linux.skbuff import SkBuff
from sw_model.linux.tls import (
    TLS_1_2_VERSION,
    TLS_1_3_VERSION,
    TLS_CIPHER_AES_GCM_128,
    CipherContext,
    CryptoInfo,
    TlsContext,
)
from sw_model.linux.tls_device import set_resync
from sw_model.linux.tls_resync import Resync, SyncType, make_resync
from sw_model.linux.tls_sw import Msg
from sw_model.loop import EventLoop
from sw_model.peer.config import TcpConfig
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, FIN, TcpSegment
from tests.unit.stream_kit import Keys, Record, packets, payload_of

PEER, HOST = ip_address("192.0.2.1"), ip_address("192.0.2.2")
MAC = bytes(6)
SPORT, DPORT = 443, 50000
SALT, IV = bytes.fromhex("b0b1b2b3"), bytes(range(0xB4, 0xBC))
KEY, NEW_KEY, THIRD_KEY = bytes(range(16)), bytes(range(16, 32)), bytes(range(32, 48))


class FakeDevice:
    """NetDevice and tlsdev_ops in one: notes every call, answers after ``delay`` ns."""

    def __init__(self, loop: EventLoop, kind: SyncType, bugs: Bugs) -> None:
        self.loop, self.kind, self.bugs = loop, kind, bugs
        self.hw_tls_rx = self.up = True
        self.error, self.delay = 0, 0
        self.adds: list[tuple[CryptoInfo, int]] = []
        self.dels = 0
        self.confirmed: list[tuple[int, int]] = []
        self.resync: Resync | None = None
        self.tlsdev_ops = self

    def tls_dev_add(
        self, sk: Any, info: CryptoInfo, start: SeqNum, done: Callable[[int], None]
    ) -> None:
        self.adds.append((info, int(start)))
        error, ctx = self.error, sk.tls

        def answer() -> None:
            if not error:
                ctx.offload.driver_state = self
                self.resync = make_resync(self.kind, self.bugs)
                set_resync(ctx, self.resync)
            done(error)

        if self.delay:
            self.loop.call_later(self.delay, answer)
        else:
            answer()

    def tls_dev_del(self, ctx: TlsContext, done: Callable[[], None] = lambda: None) -> None:
        if ctx.offload.driver_state is None:
            raise RuntimeError("tls_dev_del: the context was removed already")
        ctx.offload.driver_state = None
        self.dels += 1
        done()

    def tls_dev_resync(self, sk: Any, seq: SeqNum, rcd_sn: int) -> None:
        self.confirmed.append((int(seq), rcd_sn))


class Bench:
    """See the module's docstring. Stream offsets count from S(0)."""

    def __init__(
        self,
        version: str = "1.2",
        *,
        kind: SyncType = SyncType.DRIVER_REQ_ASYNC,
        bugs: Bugs = NO_BUGS,
        start: int = 0x10000,
        rec_seq: int = 5,
        rcvbuf: int = 1 << 20,
        device: bool = True,
        enable: bool = True,
        device_tls13: bool = True,
    ) -> None:
        self.version, self.start, self.rec_seq = version, SeqNum(start), rec_seq
        self.number = rec_seq
        self.key = KEY
        self.wire, self.plain = bytearray(), bytearray()
        self.sent = 0
        self.loop = EventLoop()
        self.out: list[bytes] = []
        self.host = LinuxHost(
            self.loop, bugs=bugs, output=self.out.append, device_tls13=device_tls13
        )
        self.dev = FakeDevice(self.loop, kind, bugs)
        self.host.netdev = self.dev if device else None
        config = TcpConfig(window=rcvbuf, mss=1448, wscale=7)
        self.sk = self.host.adopt(HOST, DPORT, PEER, SPORT, start, config)
        self.done: list[int] = []
        if enable:
            assert self.sk.set_ulp_tls() == 0
            assert self.enable() == 0

    # ---- keys and records ---------------------------------------------------------------------

    @property
    def info(self) -> CryptoInfo:
        version = TLS_1_2_VERSION if self.version == "1.2" else TLS_1_3_VERSION
        return CryptoInfo(version, TLS_CIPHER_AES_GCM_128, self.key, SALT, IV, self.number)

    def enable(self) -> int:
        return self.sk.set_tls_rx(self.info, self.done.append)

    def rekey(self, key: bytes = NEW_KEY, number: int = 0) -> None:
        """The sender's next records use this key."""
        self.key, self.number = key, number

    def record(
        self,
        payload: bytes | int = 1000,
        type: int = 23,
        pad: int = 0,
        *,
        spoil: int | None = None,
        touched_by: CipherContext | None = None,
    ) -> Record:
        """Append a sealed record. ``spoil``: offset of a byte to change. ``touched_by``: the key
        and number a device decrypts with instead of the right ones."""
        if isinstance(payload, int):
            payload = payload_of(self.number, payload)
        text, outer, iv = payload, type, SALT
        if self.version == "1.3":
            text, outer, iv = payload + bytes((type,)) + bytes(pad), 23, SALT + IV
        head, sealed = Keys(self.version, "gcm", self.key, iv).seal(self.number, text, outer)
        wire = bytearray(head + sealed)
        if spoil is not None:
            wire[spoil] ^= 1
        plain = (touched_by or CipherContext(self.info)).keystream_xor(bytes(wire))
        rec = Record(len(self.wire), self.number, bytes(wire), plain, payload, type)
        self.number += 1
        self.raw(rec.wire, rec.plain)
        return rec

    def records(self, count: int, size: int = 1000) -> list[Record]:
        return [self.record(size) for _ in range(count)]

    def raw(self, wire: bytes, plain: bytes | None = None) -> None:
        """Append bytes to the stream as they are."""
        self.wire += wire
        self.plain += wire if plain is None else plain

    def s(self, offset: int) -> int:
        """Sequence number of a stream offset."""
        return int(self.start + offset)

    # ---- packets ------------------------------------------------------------------------------

    def packet(self, begin: int, end: int, mark: str = "E", flags: int = ACK) -> RxPacket:
        """Stream bytes [begin, end) in one packet."""
        wire = bytes(self.wire[begin:end])
        seg = TcpSegment(SPORT, DPORT, self.start + begin, self.sk.sender.snd_nxt, flags)
        frame = build_tcp_frame(MAC, MAC, PEER, HOST, seg)
        data = wire if mark == "E" else bytes(self.plain[begin:end])
        skb = SkBuff(self.start + begin, data, mark == "D", mark == "F")
        return RxPacket.of(parse_frame(frame), skb)

    def poll(self, *packets: RxPacket) -> None:
        """One NAPI poll."""
        self.host.netif_receive(list(packets))
        self.sk.check()

    def send(self, marks: str = "D", cuts: Iterable[int] | None = None) -> None:
        """All bytes not sent yet, one packet a poll, cut evenly or at these stream offsets."""
        for mark, begin, end in packets(marks, self.sent, len(self.wire), cuts):
            self.poll(self.packet(begin, end, mark))
        self.sent = len(self.wire)

    def fin(self) -> None:
        self.poll(self.packet(len(self.wire), len(self.wire), "E", ACK | FIN))

    def run(self, ns: int = 1_000_000) -> None:
        self.loop.run_until(self.loop.now + ns)
        self.sk.check()

    # ---- what comes out -----------------------------------------------------------------------

    def read(self, n: int = 1 << 16, **how: Any) -> Msg:
        return self.sk.recvmsg(n, **how)

    def msgs(self, n: int = 1 << 16) -> list[Msg]:
        """Everything readable now; an error other than EAGAIN ends the list."""
        out: list[Msg] = []
        while (msg := self.read(n)).errno != EAGAIN and not msg.eof:
            out.append(msg)
            if msg.errno:
                break
        self.sk.check()
        return out

    def user_ok(self, *records: Record) -> None:
        """Exactly these records, data of neighbouring data records together."""
        want: list[tuple[int, bytes]] = []
        for r in records:
            if want and want[-1][0] == r.type == 23:
                want[-1] = (23, want[-1][1] + r.payload)
            else:
                want.append((r.type, r.payload))
        got: list[tuple[int, bytes]] = []
        for m in self.msgs():
            assert m.errno == 0
            assert m.record_type is not None
            if got and got[-1][0] == m.record_type == 23:
                got[-1] = (23, got[-1][1] + m.data)
            else:
                got.append((m.record_type, m.data))
        assert got == want

    def mib(self, name: str) -> int:
        return self.host.mib[name]

    @property
    def tls(self) -> TlsContext:
        assert self.sk.tls is not None
        return self.sk.tls

    @property
    def kinds(self) -> tuple[int, int, int, int]:
        s = self.tls.stats
        return s.decrypted, s.mixed, s.encrypted, s.failed
