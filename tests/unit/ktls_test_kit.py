# SPDX-License-Identifier: BSD-2-Clause
"""What FreeBSD's tests/sys/kern/ktls_test.c needs: suites, a record maker of its own, a connection.

Records are sealed with ``cryptography`` and ``hmac`` alone, so that the model under test never
prepares its own input. The connection is a real one: handshake, segments of the peer's TCP, frames
with checksums, the model's stack, ``recvmsg``.
"""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from errno import EAGAIN

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from sw_model.driver.ifnet import Ifnet
from sw_model.kernel.ktls_session import (
    CRYPTO_AES_CBC,
    CRYPTO_AES_NIST_GCM_16,
    CRYPTO_CHACHA20_POLY1305,
    CRYPTO_SHA1_HMAC,
    CRYPTO_SHA2_256_HMAC,
    CRYPTO_SHA2_384_HMAC,
    TCP_TLS_MODE_IFNET,
    TCP_TLS_MODE_SW,
    TlsEnable,
)
from sw_model.kernel.mbuf import PktHdr, m_gethdr
from sw_model.kernel.socket import Msg, Socket
from sw_model.kernel.stack import Stack
from sw_model.loop import EventLoop
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.rng import stream
from sw_model.trace import Trace
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import parse_frame
from sw_model.wire.tcp import TcpSegment
from tests import nic_under_test
from tests.unit.fake_nic import FakeNic
from tests.unit.kernel_bench import CSUM_GOOD, HOST, MAC_HOST, MAC_PEER, PEER

TLS_RLTYPE_APP = 23
MAX_PAYLOAD = 16384
DELAY = 20_000
TICK = 5_000_000
MACS = {
    "sha1": (CRYPTO_SHA1_HMAC, 20),
    "sha256": (CRYPTO_SHA2_256_HMAC, 32),
    "sha384": (CRYPTO_SHA2_384_HMAC, 48),
}
MINORS = {"1_0": 1, "1_1": 2, "1_2": 3, "1_3": 4}


@dataclass(frozen=True)
class Suite:
    """A cipher suite under its name in ktls_test.c, ``aes128_cbc_1_2_sha256`` for instance."""

    name: str

    @property
    def cipher(self) -> str:
        return next(c for c in ("gcm", "cbc", "chacha20") if c in self.name)

    @property
    def minor(self) -> int:
        return next(minor for text, minor in MINORS.items() if text in self.name)

    @property
    def wire_minor(self) -> int:
        """TLS 1.3 records look like TLS 1.2 ones."""
        return min(self.minor, 3)

    @property
    def mac(self) -> str:
        return self.name.rsplit("_", 1)[1] if self.cipher == "cbc" else ""

    @property
    def key_len(self) -> int:
        return 16 if "aes128" in self.name else 32

    @property
    def tls13(self) -> bool:
        return self.minor == 4

    @property
    def iv_len(self) -> int:
        if self.cipher == "cbc":
            return 16 if self.minor == 1 else 0
        return 4 if self.cipher == "gcm" and self.minor <= 3 else 12

    @property
    def explicit_len(self) -> int:
        """Bytes between the five header bytes and the text."""
        if self.cipher == "cbc":
            return 16
        return 8 if self.cipher == "gcm" and not self.tls13 else 0

    @property
    def mac_len(self) -> int:
        """Where "bad_mac" strikes: this far from the end of an unpadded record (AEAD: the tag)."""
        return MACS[self.mac][1] if self.mac else 16

    @property
    def minimum(self) -> int:
        """Least length field a receiver may accept (ktls_test.c, tls_minimum_record_payload)."""
        if self.cipher == "cbc":
            return 16 + -(-(self.mac_len + 1) // 16) * 16
        return 17 if self.tls13 else self.explicit_len + 16


CBC_SUITES = [
    Suite(f"aes{bits}_cbc_{version}")
    for bits in (128, 256)
    for version in ("1_1_sha1", "1_2_sha1", "1_2_sha256", "1_2_sha384")
]
GCM12_SUITES = [Suite(f"aes{bits}_gcm_1_2") for bits in (128, 256)]
TLS13_SUITES = [Suite(n) for n in ("aes128_gcm_1_3", "aes256_gcm_1_3", "chacha20_poly1305_1_3")]
SUITES = [*CBC_SUITES, *GCM12_SUITES, *TLS13_SUITES, Suite("chacha20_poly1305_1_2")]
OFFLOADED_SUITES = [s for s in SUITES if s.cipher == "gcm"]
EXPLICIT_IV_SUITES = [*CBC_SUITES, *GCM12_SUITES]

ALGORITHMS = {
    "gcm": CRYPTO_AES_NIST_GCM_16,
    "cbc": CRYPTO_AES_CBC,
    "chacha20": CRYPTO_CHACHA20_POLY1305,
}


class Sender:
    """Keys of one connection and the records made with them."""

    def __init__(self, suite: Suite, seed: str) -> None:
        rng = stream(1, f"ktls_test/{seed}")
        self.suite, self.rng = suite, rng
        self.key, self.iv = rng.randbytes(suite.key_len), rng.randbytes(suite.iv_len)
        self.mac_key = rng.randbytes(suite.mac_len) if suite.mac else b""
        self.number = rng.getrandbits(31)  # random() of the C library
        self.rec_seq = self.number.to_bytes(8, "big")

    def enable(self) -> TlsEnable:
        s = self.suite
        return TlsEnable(
            self.key,
            self.iv,
            self.rec_seq,
            ALGORITHMS[s.cipher],
            MACS[s.mac][0] if s.mac else 0,
            self.mac_key,
            tls_vminor=s.minor,
        )

    def header(self, length: int, type: int = TLS_RLTYPE_APP) -> bytes:
        return struct.pack("!BBBH", type, 3, self.suite.wire_minor, length)

    def record(self, payload: bytes, padding: int = 0) -> bytes:
        """One sealed record; ``padding`` is TLS 1.3's zeros, or CBC padding beyond the least."""
        seal = {"cbc": self._cbc}.get(self.suite.cipher, self._aead)
        wire = seal(payload, padding)
        self.number += 1
        return wire

    def records(self, data: bytes, size: int = MAX_PAYLOAD, padding: int = 0) -> bytes:
        """All of ``data`` in records of ``size`` payload bytes."""
        return b"".join(self.record(data[i : i + size], padding) for i in range(0, len(data), size))

    def _aead(self, payload: bytes, padding: int) -> bytes:
        s = self.suite
        aead = AESGCM(self.key) if s.cipher == "gcm" else ChaCha20Poly1305(self.key)
        explicit = self.rng.randbytes(s.explicit_len)
        nonce = self.iv + explicit
        if not explicit:
            nonce = (int.from_bytes(self.iv, "big") ^ self.number).to_bytes(12, "big")
        if s.tls13:
            text = payload + bytes((TLS_RLTYPE_APP,)) + bytes(padding)
            aad = self.header(len(text) + 16)
        else:
            text = payload
            aad = struct.pack("!QBBBH", self.number, TLS_RLTYPE_APP, 3, s.wire_minor, len(text))
        body = explicit + aead.encrypt(nonce, text, aad)
        return self.header(len(body)) + body

    def _cbc(self, payload: bytes, padding: int) -> bytes:
        text = payload + self.mac(payload)
        pad = 15 - len(text) % 16 + padding
        return self.cbc_record(text + bytes((pad,)) * (pad + 1))

    def mac(self, payload: bytes) -> bytes:
        """HMAC of the next record, over its pseudo header and payload."""
        s = self.suite
        pseudo = struct.pack("!QBBBH", self.number, TLS_RLTYPE_APP, 3, s.wire_minor, len(payload))
        return hmac.digest(self.mac_key, pseudo + payload, s.mac)

    def cbc_record(self, text: bytes) -> bytes:
        """Payload, MAC and padding, as they are, encrypted; the number does not move."""
        iv = self.rng.randbytes(16)
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(iv)).encryptor()
        body = iv + encryptor.update(text)
        return self.header(len(body)) + body


class Connection:
    """A connected pair: the peer's TCP writes, the model's socket reads.

    ``ifnet``: over driver and NIC (the C test's ktls.require_ifnet) instead of a plain interface.
    """

    def __init__(self, rcvbuf: int = 1 << 18, ifnet: bool = False) -> None:
        self.loop = EventLoop()
        self.stack = Stack(self.loop, output=self._to_peer)
        self.ifnet: Ifnet | None = self._offloading() if ifnet else None
        self.nic = self.ifnet or FakeNic(self.loop)
        self.stack.attach(self.nic)
        self.peer = TcpEndpoint(self.loop, self._to_host, 443, 50000)
        self.closed: list[str] = []
        self.peer.on_close = self.closed.append
        self.peer.listen()
        self.so: Socket = self.stack.connect(HOST[4], 50000, PEER[4], 443, rcvbuf=rcvbuf)
        self.run()

    def _offloading(self) -> Ifnet:
        backend = nic_under_test.current
        self.port = backend.port(self.loop, backend.nic())
        ifp = Ifnet("mce0", loop=self.loop, trace=Trace(), post_command=self.port.post_command)
        self.port.on_rx, self.port.on_cpl = ifp.rx_poll, ifp.completion
        self.stack.sysctl["kern.ipc.tls.ifnet.permitted"] = 1
        return ifp

    def enable(self, en: TlsEnable) -> None:
        """TCP_RXTLS_ENABLE, and the mode that was asked for."""
        assert self.so.setsockopt_rxtls(en) == 0
        self.run()
        wanted = TCP_TLS_MODE_IFNET if self.ifnet else TCP_TLS_MODE_SW
        assert self.so.mode() == wanted

    def _to_peer(self, frame: bytes) -> None:
        self.loop.call_later(DELAY, self.peer.input, parse_frame(frame).segment())

    def _to_host(self, seg: TcpSegment) -> None:
        self.loop.call_later(DELAY, self._arrive, seg)

    def _arrive(self, seg: TcpSegment) -> None:
        frame = build_tcp_frame(MAC_PEER, MAC_HOST, PEER[4], HOST[4], seg)
        if self.ifnet:
            self.port.rx_frame(frame)
            return
        hdr = PktHdr(rcvif=self.nic, leaf_rcvif=self.nic, csum_flags=CSUM_GOOD, csum_data=0xFFFF)
        self.stack.if_input([m_gethdr(frame, hdr)])

    def run(self, ns: int = TICK) -> None:
        nic_under_test.current.advance(self.loop, self.loop.now + ns)
        self.so.so_rcv.check()

    def write(self, data: bytes) -> None:
        self.peer.send(data)
        self.run()

    def shutdown(self) -> None:
        """SHUT_WR of the sending side; it may be gone already, as in the C test."""
        self.peer.close()
        self.run()

    def recvmsg(self, size: int = 1 << 16) -> Msg:
        """Waits as a blocking socket does, but not for ever."""
        for _ in range(10):
            msg = self.so.recvmsg(size)
            if msg.errno != EAGAIN:
                return msg
            self.run()
        return msg
