# SPDX-License-Identifier: BSD-2-Clause
"""A host with one TLS connection and a NIC that marks packets as the test says.

The set-up of the scenarios: TLS 1.2 AES-128-GCM, S(0) = 0x10000, R(0) = 5, records of
1000 payload bytes. D = packet marked decrypted, E = not marked. Records are sealed here with
``cryptography`` alone, so that nothing of the code under test prepares its own input.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from errno import EAGAIN, ENOTCONN
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from sw_model.kernel.bugs import Bugs
from sw_model.kernel.ktls_session import CRYPTO_CHACHA20_POLY1305, TlsEnable
from sw_model.kernel.ktls_wq import KtlsTiming
from sw_model.kernel.mbuf import (
    CSUM_DATA_VALID,
    CSUM_IP_CHECKED,
    CSUM_IP_VALID,
    CSUM_PSEUDO_HDR,
    CSUM_TLS_DECRYPTED,
    M_HASHTYPE_RSS_TCP_IPV4,
    Mbuf,
    PktHdr,
    m_gethdr,
)
from sw_model.kernel.socket import Msg, Socket
from sw_model.kernel.stack import Stack
from sw_model.kernel.tcp_reass import check as check_reass
from sw_model.loop import EventLoop
from sw_model.trace import Trace
from sw_model.wire.frame import ParsedFrame, build_tcp_frame, parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpOptions, TcpSegment

KEY = bytes(range(16))
SALT = bytes.fromhex("a0a1a2a3")
IV13 = bytes.fromhex("b0b1b2b3b4b5b6b7b8b9babb")
CSUM_GOOD = CSUM_IP_CHECKED | CSUM_IP_VALID | CSUM_DATA_VALID | CSUM_PSEUDO_HDR
PEER = {4: ipaddress.ip_address("192.0.2.1"), 6: ipaddress.ip_address("2001:db8::1")}
HOST = {4: ipaddress.ip_address("192.0.2.2"), 6: ipaddress.ip_address("2001:db8::2")}
MAC_PEER, MAC_HOST = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
SPORT, DPORT = 443, 50000


NO_OPTIONS = TcpOptions()


class FakeTag:
    """Records what the kernel asks of a tag."""

    def __init__(self, nic: FakeNic, params: Any) -> None:
        self.nic = nic
        error, self.seq, self.number = params.inp.ktls_get_rx_sequence()
        assert error == 0
        self.vlan_id = params.vlan_id
        self.calls: list[tuple[int, int, int]] = []
        self.freed = False

    def modify(self, tls_hdr_tcp_sn: int, tls_rec_length: int, tls_seq_number: int) -> int:
        assert not self.freed, "modify after free"
        self.calls.append((int(tls_hdr_tcp_sn), tls_rec_length, tls_seq_number))
        return 0

    def free(self) -> None:
        assert not self.freed, "tag freed twice"
        self.freed = True
        self.nic.log.append("free")


class FakeNic:
    """An interface: grants or refuses tags at once or after ``delay`` ns."""

    def __init__(self, loop: EventLoop, name: str = "mce0", capenable2: int = 3) -> None:
        self.loop, self.name, self.capenable2 = loop, name, capenable2
        self.error, self.delay = 0, 0
        self.tags: list[FakeTag] = []
        self.log: list[str] = []
        self.if_input: Any = None

    def snd_tag_alloc(self, params: Any, done: Any) -> None:
        self.log.append("alloc")
        if self.error:
            self.loop.call_later(self.delay, done, self.error, None)
            return
        tag = FakeTag(self, params)
        self.tags.append(tag)
        if self.delay:
            self.loop.call_later(self.delay, done, 0, tag)
        else:
            done(0, tag)

    @property
    def calls(self) -> list[tuple[int, int, int]]:
        return [c for t in self.tags for c in t.calls]


@dataclass(frozen=True)
class Record:
    """One record: position in the stream, wire bytes, and the bytes a NIC hands up."""

    start: int
    number: int
    wire: bytes
    plain: bytes
    payload: bytes
    type: int

    @property
    def end(self) -> int:
        return self.start + len(self.wire)


class Bench:
    """See the module's docstring. ``start`` is S(0), offsets count from there."""

    def __init__(
        self,
        version: str = "1.2",
        *,
        cipher: str = "gcm",
        key: bytes = KEY,
        start: int = 0x10000,
        rec_seq: int = 5,
        permitted: int = 1,
        enable: bool = True,
        bugs: Bugs | None = None,
        timing: KtlsTiming | None = None,
        ip: int = 4,
        rcvbuf: int = 1 << 20,
        lro: int = 1,
    ) -> None:
        self.version, self.cipher, self.key, self.ip = version, cipher, key, ip
        if cipher == "chacha20":
            self.key = key + key
        self.start, self.rec_seq, self.number = SeqNum(start), rec_seq, rec_seq
        self.wire, self.plain = bytearray(), bytearray()
        self.sent = 0
        self.loop, self.trace, self.out = EventLoop(), Trace(), []
        self.stack = Stack(self.loop, self.trace, bugs=bugs, timing=timing, output=self.out.append)
        self.stack.sysctl["kern.ipc.tls.ifnet.permitted"] = permitted
        self.stack.sysctl["net.inet.tcp.lro.enable"] = lro
        self.nic = FakeNic(self.loop)
        self.stack.attach(self.nic)
        self.so: Socket = self.stack.adopt(
            HOST[ip],
            DPORT,
            PEER[ip],
            SPORT,
            start,
            1000,
            rcvbuf=rcvbuf,
            flowid=7,
            flowtype=M_HASHTYPE_RSS_TCP_IPV4,
        )
        self.done: list[int] = []
        if enable:
            assert self.enable() == 0
            self.run()

    # Keys and records -------------------------------------------------------------------------

    @property
    def iv(self) -> bytes:
        return SALT if (self.version, self.cipher) == ("1.2", "gcm") else IV13

    def tls_enable(self, **changes: Any) -> TlsEnable:
        fields: dict[str, Any] = {
            "cipher_key": self.key,
            "iv": self.iv,
            "rec_seq": self.rec_seq.to_bytes(8, "big"),
            "tls_vminor": 3 if self.version == "1.2" else 4,
        }
        if self.cipher == "chacha20":
            fields["cipher_algorithm"] = CRYPTO_CHACHA20_POLY1305
        return TlsEnable(**(fields | changes))

    def enable(self, **changes: Any) -> int:
        return self.so.setsockopt_rxtls(self.tls_enable(**changes), self.done.append)

    def record(
        self,
        payload: bytes | int = 1000,
        type: int = 23,
        pad: int = 0,
        *,
        number: int | None = None,
        inner: bytes | None = None,
        spoil: int | None = None,
    ) -> Record:
        """Append a sealed record to the stream. ``inner`` replaces the whole TLS 1.3 text,
        ``spoil`` flips a bit of the byte at this offset of the wire record."""
        if isinstance(payload, int):
            payload = bytes((i + self.number) & 0xFF for i in range(payload))
        used = self.number if number is None else number
        aead = AESGCM(self.key) if self.cipher == "gcm" else ChaCha20Poly1305(self.key)
        explicit = b""
        if self.version == "1.2":
            text, outer = payload, type
            if self.cipher == "gcm":
                explicit = struct.pack("!Q", used ^ 0x0102030405060708)
            aad = struct.pack("!QBBBH", used, type, 3, 3, len(text))
        else:
            text = payload + bytes((type,)) + bytes(pad) if inner is None else inner
            outer = 23
            aad = struct.pack("!BBBH", outer, 3, 3, len(text) + 16)
        nonce = self.iv + explicit
        if len(self.iv) == 12:
            nonce = (int.from_bytes(self.iv, "big") ^ used).to_bytes(12, "big")
        sealed = aead.encrypt(nonce, text, aad)
        head = struct.pack("!BBBH", outer, 3, 3, len(explicit) + len(sealed)) + explicit
        wire = bytearray(head + sealed)
        if spoil is not None:
            wire[spoil] ^= 1
        rec = Record(
            len(self.wire), self.number, bytes(wire), head + text + bytes(wire[-16:]), payload, type
        )
        self.number += 1
        self.raw(rec.wire, rec.plain)
        return rec

    def raw(self, wire: bytes, plain: bytes | None = None) -> None:
        """Append bytes to the stream as they are."""
        self.wire += wire
        self.plain += wire if plain is None else plain

    # Packets ----------------------------------------------------------------------------------

    def mbuf(
        self,
        start: int,
        end: int,
        mark: str,
        flags: int = ACK,
        csum: int | None = None,
        options: TcpOptions = NO_OPTIONS,
        ifp: Any = None,
    ) -> Mbuf:
        """The packet that carries stream bytes [start, end)."""
        segment = TcpSegment(
            SPORT,
            DPORT,
            self.start + start,
            SeqNum(1000),
            flags,
            0xFFFF,
            options,
            bytes(self.wire[start:end]),
        )
        frame = build_tcp_frame(MAC_PEER, MAC_HOST, PEER[self.ip], HOST[self.ip], segment)
        if mark == "D" and end > start:
            frame = frame[: start - end] + bytes(self.plain[start:end])
        hdr = PktHdr(
            rcvif=ifp or self.nic,
            leaf_rcvif=ifp or self.nic,
            flowid=7,
            rsstype=M_HASHTYPE_RSS_TCP_IPV4,
            csum_data=0xFFFF,
            csum_flags=CSUM_GOOD if csum is None else csum,
        )
        if mark == "D":
            hdr.csum_flags |= CSUM_TLS_DECRYPTED
        return m_gethdr(frame, hdr)

    def poll(self, mbufs: Iterable[Mbuf], run: bool = True) -> None:
        """One poll batch into the stack; then everything that is due."""
        self.stack.if_input(list(mbufs))
        self.check()
        if run:
            self.run()

    def send(
        self, marks: str = "D", cuts: Iterable[int] | None = None, run: bool = True, **kw: Any
    ) -> None:
        """All bytes not sent yet, one packet a poll, cut evenly or at the given stream offsets."""
        end = len(self.wire)
        if cuts is None:
            step = (end - self.sent) / len(marks)
            edges = [self.sent + round(step * i) for i in range(1, len(marks))]
        else:
            edges = list(cuts)
        at = self.sent
        for mark, to in zip(marks, [*edges, end], strict=True):
            self.poll([self.mbuf(at, to, mark, **kw)], run)
            at = to
        self.sent = end

    def fin(self) -> None:
        self.poll([self.mbuf(len(self.wire), len(self.wire), "E", 0x11)])

    def run(self, ns: int = 200_000_000) -> None:
        self.loop.run_until(self.loop.now + ns)
        self.check()

    def check(self) -> None:
        self.so.so_rcv.check()
        if self.so.inp is not None and self.so.inp.tp is not None:
            check_reass(self.so.inp.tp)

    # What comes out ---------------------------------------------------------------------------

    def msgs(self, size: int = 1 << 15) -> list[Msg]:
        """Everything readable now, errors included, up to EAGAIN or end of file."""
        out: list[Msg] = []
        while (msg := self.so.recvmsg(size)).errno not in (EAGAIN, ENOTCONN) and not msg.eof:
            out.append(msg)
        self.check()
        return out

    def user_ok(self, *records: Record) -> None:
        """One recvmsg per record with the right bytes, type and length, and nothing else."""
        got = self.msgs()
        assert [(m.errno, m.record_type, m.data) for m in got] == [
            (0, r.type, r.payload) for r in records
        ]
        for m in got:
            assert m.eor
            assert m.tls is not None
            assert (m.tls.tls_vmajor, m.tls.tls_vminor) == (3, 3)
            assert m.tls.tls_length == len(m.data)

    def errors(self) -> list[int]:
        return [m.errno for m in self.msgs() if m.errno]

    def counter(self, name: str) -> int:
        return self.stack.counters[name]

    def frames(self) -> list[ParsedFrame]:
        """Frames the host sent, parsed."""
        return [parse_frame(f) for f in self.out]

    @property
    def calls(self) -> list[tuple[int, int, int]]:
        return self.nic.calls

    @property
    def sb(self) -> Any:
        return self.so.so_rcv

    @property
    def tag(self) -> FakeTag:
        return self.nic.tags[-1]
