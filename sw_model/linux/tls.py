# SPDX-License-Identifier: BSD-2-Clause
"""The TLS state of one socket (include/net/tls.h, include/uapi/linux/tls.h)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Flag, IntEnum, auto
from errno import EBADMSG
from typing import TYPE_CHECKING, Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sw_model.crypto.aead import AES_GCM, Aead
from sw_model.crypto.keys import TrafficKeys
from sw_model.linux.bugs import Bugs
from sw_model.linux.mib import TlsMib
from sw_model.wire.seq import SeqNum
from sw_model.wire.tls import APPLICATION_DATA

if TYPE_CHECKING:
    from sw_model.linux.sock import Sock
    from sw_model.linux.tls_strp import TlsStrparser

TLS_1_2_VERSION, TLS_1_3_VERSION = 0x0303, 0x0304
TLS_CIPHER_AES_GCM_128, TLS_CIPHER_AES_GCM_256, TLS_CIPHER_CHACHA20_POLY1305 = 51, 52, 54
TLS_HEADER_SIZE = 5
TLS_MAX_PAYLOAD_SIZE = 1 << 14
REC_SEQ_MASK = 0xFFFF_FFFF_FFFF_FFFF

KEY_SIZES = {
    TLS_CIPHER_AES_GCM_128: 16,
    TLS_CIPHER_AES_GCM_256: 32,
    TLS_CIPHER_CHACHA20_POLY1305: 32,
}


class TlsConf(IntEnum):
    """``rx_conf``."""

    BASE = 0
    SW = 1
    HW = 2


class RxFlag(Flag):
    """The bits of tls_context.flags that concern the receive side."""

    NONE = 0
    DEV_DEGRADED = auto()  # the device is gone or refused a key: everything in software
    DEV_CLOSED = auto()  # tls_dev_del was called for the present key
    REKEY_FAILED = auto()  # counted as a software socket although rx_conf stays HW


@dataclass(frozen=True, slots=True)
class CryptoInfo:
    """struct tls_crypto_info: what setsockopt(SOL_TLS, TLS_RX) takes. ``salt`` and ``iv`` together
    are the 12 bytes of a nonce; TLS 1.2 AES-GCM uses the salt only (4 bytes)."""

    version: int
    cipher_type: int
    key: bytes
    salt: bytes
    iv: bytes
    rec_seq: int
    aead: Aead = AES_GCM  # what computes AES-GCM (crypto/aead.py)

    @classmethod
    def of(cls, keys: TrafficKeys, number: int, aead: Aead = AES_GCM) -> CryptoInfo:
        """From AES-GCM keys and the number of the next record."""
        cipher = TLS_CIPHER_AES_GCM_128 if len(keys.key) == 16 else TLS_CIPHER_AES_GCM_256
        version, iv = TLS_1_2_VERSION, bytes(8)
        if keys.version == "1.3":
            version, iv = TLS_1_3_VERSION, keys.iv[4:]
        return cls(version, cipher, keys.key, keys.iv[:4], iv, number, aead)


@dataclass(frozen=True, slots=True)
class ProtInfo:
    """struct tls_prot_info: sizes that follow from version and cipher (init_prot_info)."""

    version: int
    nonce_size: int  # explicit, in front of the text
    tail_size: int  # content type behind the text
    tag_size: int = 16

    @classmethod
    def of(cls, info: CryptoInfo) -> ProtInfo:
        tls13 = info.version == TLS_1_3_VERSION
        explicit = not tls13 and info.cipher_type != TLS_CIPHER_CHACHA20_POLY1305
        return cls(info.version, 8 if explicit else 0, int(tls13))

    @property
    def tls13(self) -> bool:
        return self.version == TLS_1_3_VERSION

    @property
    def prepend_size(self) -> int:
        return TLS_HEADER_SIZE + self.nonce_size


class CipherContext:
    """A key with its nonce base and the number of the next record (struct cipher_context)."""

    def __init__(self, info: CryptoInfo) -> None:
        self.info, self.prot = info, ProtInfo.of(info)
        self.rec_seq = info.rec_seq

    def advance(self) -> None:
        """tls_advance_record_sn."""
        self.rec_seq = (self.rec_seq + 1) & REC_SEQ_MASK

    def nonce(self, record: bytes) -> bytes:
        """TLS 1.2 AES-GCM: salt and the record's explicit part; else the IV XOR the number."""
        if self.prot.nonce_size:
            return self.info.salt + record[TLS_HEADER_SIZE : self.prot.prepend_size]
        base = self.info.salt + self.info.iv
        return base[:4] + (int.from_bytes(base[4:], "big") ^ self.rec_seq).to_bytes(8, "big")

    def open(self, record: bytes) -> tuple[int, bytes]:
        """(errno, text) of a whole record (tls_do_decryption)."""
        text_len = len(record) - self.prot.prepend_size - self.prot.tag_size
        sealed, aad = record[self.prot.prepend_size :], self.aad(record[0], text_len)
        text = self._decrypt(self.nonce(record), sealed, aad)
        return (EBADMSG, b"") if text is None else (0, text)

    def _decrypt(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
        if self.info.cipher_type != TLS_CIPHER_CHACHA20_POLY1305:
            return self.info.aead.decrypt(self.info.key, nonce, sealed, aad)
        try:
            return ChaCha20Poly1305(self.info.key).decrypt(nonce, sealed, aad)
        except InvalidTag:
            return None

    def aad(self, kind: int, text_len: int) -> bytes:
        """tls_make_aad: built, not copied from the wire; TLS 1.3 always with the data type."""
        if self.prot.tls13:
            length = text_len + self.prot.tag_size
            return struct.pack("!BHH", APPLICATION_DATA, TLS_1_2_VERSION, length)
        return struct.pack("!QBHH", self.rec_seq, kind, TLS_1_2_VERSION, text_len)

    def keystream_xor(self, record: bytes) -> bytes:
        """The record with its whole text XORed, header, nonce and tag untouched."""
        begin, end = self.prot.prepend_size, len(record) - self.prot.tag_size
        text = self.info.aead.ctr(self.info.key, self.nonce(record), record[begin:end])
        return record[:begin] + text + record[end:]


@dataclass(slots=True)
class RecordStats:
    """Records of one socket by state; Linux has no such counters, reports need them."""

    decrypted: int = 0
    mixed: int = 0
    encrypted: int = 0
    failed: int = 0


@dataclass(slots=True)
class Rekey:
    """The key that a device may have used before the last rekey (2026 series)."""

    old_nic_boundary: SeqNum
    old: CipherContext


@dataclass(slots=True)
class TlsOffloadContextRx:
    """struct tls_offload_context_rx; ``resync`` is of tls_resync.py, ``driver_state`` the driver's.

    ``busy``: a key is on its way into the device or out of it; ``after_del`` waits until none is
    there.
    """

    resync: Any = None
    driver_state: Any = None
    rekey: Rekey | None = None
    dev_add_pending: bool = False
    busy: bool = False
    after_del: Callable[[], None] | None = None


class TlsDevOps(Protocol):
    """struct tlsdev_ops, receive direction; ``done`` is where the kernel's call returns."""

    def tls_dev_add(
        self, sk: Sock, info: CryptoInfo, start_offload_tcp_sn: SeqNum, done: Callable[[int], None]
    ) -> None: ...
    def tls_dev_del(self, ctx: TlsContext, done: Callable[[], None] = ...) -> None: ...
    def tls_dev_resync(self, sk: Sock, seq: SeqNum, rcd_sn: int) -> None: ...


class NetDevice(Protocol):
    """What net/tls asks of an interface."""

    @property
    def hw_tls_rx(self) -> bool: ...  # NETIF_F_HW_TLS_RX
    @property
    def up(self) -> bool: ...  # IFF_UP
    @property
    def tlsdev_ops(self) -> TlsDevOps: ...


@dataclass(slots=True)
class TlsContext:
    """struct tls_context and the software context of the receive side."""

    sk: Sock
    mib: TlsMib
    bugs: Bugs
    rx: CipherContext
    strp: TlsStrparser
    rx_conf: TlsConf = TlsConf.BASE
    flags: RxFlag = RxFlag.NONE
    netdev: NetDevice | None = None
    priv_ctx_rx: TlsOffloadContextRx | None = None
    key_update_pending: bool = False
    rx_no_pad: bool = False  # TLS_RX_EXPECT_NO_PAD
    stats: RecordStats = field(default_factory=RecordStats)
    closed: bool = False

    @property
    def offload(self) -> TlsOffloadContextRx:
        """tls_offload_ctx_rx."""
        assert self.priv_ctx_rx is not None
        return self.priv_ctx_rx
