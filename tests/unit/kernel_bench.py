# SPDX-License-Identifier: BSD-2-Clause
"""A host with one TLS connection and a NIC that marks packets as the test says.

The set-up of the scenarios: TLS 1.2 AES-128-GCM, S(0) = 0x10000, R(0) = 5, records of
1000 payload bytes. D = packet marked decrypted, E = not marked.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from errno import EAGAIN, ENOTCONN
from typing import Any

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
    m_length,
)
from sw_model.kernel.socket import Msg, Socket
from sw_model.kernel.stack import Stack
from sw_model.kernel.tcp_reass import check as check_reass
from sw_model.loop import EventLoop
from sw_model.trace import Trace
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import ParsedFrame, parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpOptions, TcpSegment
from tests.unit.fake_nic import FakeNic, FakeTag
from tests.unit.stream_kit import Keys, Record, packets, payload_of

KEY = bytes(range(16))
SALT = bytes.fromhex("a0a1a2a3")
IV13 = bytes.fromhex("b0b1b2b3b4b5b6b7b8b9babb")
CSUM_GOOD = CSUM_IP_CHECKED | CSUM_IP_VALID | CSUM_DATA_VALID | CSUM_PSEUDO_HDR
PEER = {4: ipaddress.ip_address("192.0.2.1"), 6: ipaddress.ip_address("2001:db8::1")}
HOST = {4: ipaddress.ip_address("192.0.2.2"), 6: ipaddress.ip_address("2001:db8::2")}
MAC_PEER, MAC_HOST = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
SPORT, DPORT = 443, 50000
NO_OPTIONS = TcpOptions()


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
            payload = payload_of(self.number, payload)
        used = self.number if number is None else number
        text, outer = payload, type
        if self.version == "1.3":
            text, outer = payload + bytes((type,)) + bytes(pad) if inner is None else inner, 23
        head, sealed = Keys(self.version, self.cipher, self.key, self.iv).seal(used, text, outer)
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
        for mark, start, end in packets(marks, self.sent, len(self.wire), cuts):
            self.poll([self.mbuf(start, end, mark, **kw)], run)
        self.sent = len(self.wire)

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

    def to_tcp(self) -> list[tuple[int, int, bool]]:
        """Fills from now on: (offset, bytes, decrypted) of every packet that leaves LRO."""
        seen: list[tuple[int, int, bool]] = []
        tcp_input = self.stack.tcp_input

        def spy(frame: ParsedFrame, m: Mbuf) -> None:
            assert frame.tcp is not None
            assert m.m_pkthdr is not None
            assert m.m_pkthdr.len == m_length(m)
            assert sum(n.m_pkthdr is not None for n in m.chain()) == 1
            offset = frame.tcp.seq.minus(self.start)
            seen.append((offset, frame.payload_len, m.m_pkthdr.tls_decrypted))
            tcp_input(frame, m)

        self.stack.tcp_input = spy  # type: ignore[method-assign]
        return seen

    def spans(self) -> list[tuple[int, bool]]:
        """Undecrypted bytes in the socket buffer as (length, decrypted) runs."""
        out: list[tuple[int, bool]] = []
        for m in self.sb.sb_mtls.chain() if self.sb.sb_mtls else ():
            if out and out[-1][1] == m.decrypted:
                out[-1] = (out[-1][0] + m.m_len, m.decrypted)
            else:
                out.append((m.m_len, m.decrypted))
        return out

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
