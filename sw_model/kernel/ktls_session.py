# SPDX-License-Identifier: BSD-2-Clause
"""A TLS session in the kernel: what setsockopt brings, what is checked, what is derived from it.

FreeBSD sys/sys/ktls.h (struct tls_enable, struct ktls_session), sys/kern/uipc_ktls.c
(ktls_create_session), sys/opencrypto/ktls_ocf.c (ktls_ocf_try).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from errno import EFAULT, EINVAL, EPROTONOSUPPORT
from typing import Any

from sw_model.kernel.if_snd_tag import Ifnet, TlsRxTag

CRYPTO_SHA1_HMAC = 7
CRYPTO_AES_CBC = 11
CRYPTO_SHA2_256_HMAC = 18
CRYPTO_SHA2_384_HMAC = 19
CRYPTO_AES_NIST_GCM_16 = 25
CRYPTO_AES_128_NIST_GMAC, CRYPTO_AES_192_NIST_GMAC, CRYPTO_AES_256_NIST_GMAC = 26, 27, 28
CRYPTO_CHACHA20_POLY1305 = 41

TLS_MAJOR_VER_ONE = 3
TLS_MINOR_VER_ZERO, TLS_MINOR_VER_ONE, TLS_MINOR_VER_TWO, TLS_MINOR_VER_THREE = 1, 2, 3, 4
TLS_RLTYPE_ALERT, TLS_RLTYPE_HANDSHAKE, TLS_RLTYPE_APP = 21, 22, 23
TLS_HEADER_LEN = 5
TLS_MAX_MSG_SIZE_V10_2 = 16384
TLS_MAX_PARAM_SIZE = 1024
TLS_AEAD_GCM_LEN, TLS_1_3_GCM_IV_LEN, TLS_CHACHA20_IV_LEN, TLS_CBC_IMPLICIT_IV_LEN = 4, 12, 12, 16
AES_GMAC_HASH_LEN = POLY1305_HASH_LEN = 16
AES_BLOCK_LEN = 16

TCP_TLS_MODE_NONE, TCP_TLS_MODE_SW, TCP_TLS_MODE_IFNET, TCP_TLS_MODE_TOE = 0, 1, 2, 3

CIPHER_NAMES = {
    CRYPTO_AES_NIST_GCM_16: "aes-gcm",
    CRYPTO_AES_CBC: "aes-cbc",
    CRYPTO_CHACHA20_POLY1305: "chacha20-poly1305",
}
COUNTER_NAMES = {
    CRYPTO_AES_NIST_GCM_16: "gcm",
    CRYPTO_AES_CBC: "cbc",
    CRYPTO_CHACHA20_POLY1305: "chacha20",
}
# auth_algorithm of AES-GCM: none, or what programs of FreeBSD 12 name (COMPAT_FREEBSD12).
GCM_AUTH = (0, CRYPTO_AES_128_NIST_GMAC, CRYPTO_AES_192_NIST_GMAC, CRYPTO_AES_256_NIST_GMAC)
MAC_LENS = {CRYPTO_SHA1_HMAC: 20, CRYPTO_SHA2_256_HMAC: 32, CRYPTO_SHA2_384_HMAC: 48}
VERSION_NAMES = {
    TLS_MINOR_VER_ZERO: "1.0",
    TLS_MINOR_VER_ONE: "1.1",
    TLS_MINOR_VER_TWO: "1.2",
    TLS_MINOR_VER_THREE: "1.3",
}


@dataclass(frozen=True, slots=True)
class TlsEnable:
    """struct tls_enable, the argument of TCP_RXTLS_ENABLE."""

    cipher_key: bytes
    iv: bytes
    rec_seq: bytes = bytes(8)
    cipher_algorithm: int = CRYPTO_AES_NIST_GCM_16
    auth_algorithm: int = 0
    auth_key: bytes = b""
    tls_vmajor: int = TLS_MAJOR_VER_ONE
    tls_vminor: int = TLS_MINOR_VER_TWO
    flags: int = 0
    unreadable: frozenset[str] = frozenset()
    """Pointers of the caller that lead nowhere: "cipher_key", "iv", "auth_key"."""

    @classmethod
    def aes_gcm(cls, version: str, key: bytes, iv: bytes, rec_seq: int) -> TlsEnable:
        """AES-GCM of TLS "1.2" or "1.3", first record number ``rec_seq``."""
        minor = TLS_MINOR_VER_TWO if version == "1.2" else TLS_MINOR_VER_THREE
        return cls(key, iv, rec_seq.to_bytes(8, "big"), tls_vminor=minor)


class KtlsSession:
    """struct ktls_session of the receive direction."""

    def __init__(self, en: TlsEnable) -> None:
        self.params = en
        self.key, self.iv = en.cipher_key, en.iv
        self.tls_hlen, self.tls_tlen, self.tls_bs = session_lengths(en)
        self.mode = TCP_TLS_MODE_NONE
        self.snd_tag: TlsRxTag | None = None
        self.rx_ifp: Ifnet | None = None
        self.rx_vlan_id = 0
        self.reset_pending = False
        self.wq_index = 0
        self.destroyed = False
        self.so: Any = None
        # Not in FreeBSD: ktls_rekey.py. A record for which ``pause_on`` says True stops the worker
        # behind it; ``rekey`` holds the old keys until the last byte they touched was processed.
        self.pause_on: Callable[[int, bytes], bool] | None = None
        self.rekey: Any = None
        self.key_epoch = 0

    @property
    def version(self) -> str:
        """ "1.2" or "1.3" (1.0 and 1.1 exist for CBC only)."""
        return VERSION_NAMES[self.params.tls_vminor]

    @property
    def cipher(self) -> str:
        return CIPHER_NAMES[self.params.cipher_algorithm]

    @property
    def counter_name(self) -> str:
        """gcm, cbc or chacha20: the leaf of kern.ipc.tls.sw and kern.ipc.tls.ifnet."""
        return COUNTER_NAMES[self.params.cipher_algorithm]

    @property
    def rec_seq(self) -> int:
        """Number of the first record after enable."""
        return int.from_bytes(self.params.rec_seq, "big")

    @property
    def tls13(self) -> bool:
        return self.params.tls_vminor == TLS_MINOR_VER_THREE

    @property
    def recrypt_supported(self) -> bool:
        """ktls_ocf_recrypt_supported: only AES-GCM has a second (AES-ICM) session."""
        return self.params.cipher_algorithm == CRYPTO_AES_NIST_GCM_16

    def wipe(self) -> None:
        """ktls_destroy: keys and IV do not outlive the session."""
        self.key, self.iv = bytes(len(self.key)), bytes(len(self.iv))


def session_lengths(en: TlsEnable) -> tuple[int, int, int]:
    """(tls_hlen, tls_tlen, tls_bs) of a suite that passed ``check_params``."""
    if en.cipher_algorithm == CRYPTO_AES_CBC:
        explicit = AES_BLOCK_LEN if en.tls_vminor >= TLS_MINOR_VER_ONE else 0
        tlen = AES_BLOCK_LEN + MAC_LENS[en.auth_algorithm]
        return TLS_HEADER_LEN + explicit, tlen, AES_BLOCK_LEN
    if en.tls_vminor == TLS_MINOR_VER_THREE:
        return TLS_HEADER_LEN, AES_GMAC_HASH_LEN + 1, 1
    explicit = 8 if en.cipher_algorithm == CRYPTO_AES_NIST_GCM_16 else 0
    return TLS_HEADER_LEN + explicit, AES_GMAC_HASH_LEN, 1


def check_params(en: TlsEnable) -> int:
    """The checks of ktls_create_session, in its order; 0 or EINVAL."""
    if en.tls_vmajor != TLS_MAJOR_VER_ONE or not 1 <= en.tls_vminor <= 4:
        return EINVAL
    if len(en.auth_key) > TLS_MAX_PARAM_SIZE or len(en.cipher_key) > TLS_MAX_PARAM_SIZE:
        return EINVAL
    if len(en.iv) > TLS_CBC_IMPLICIT_IV_LEN:
        return EINVAL
    if not en.cipher_key or en.flags:
        return EINVAL
    check = {
        CRYPTO_AES_NIST_GCM_16: _check_gcm,
        CRYPTO_AES_CBC: _check_cbc,
        CRYPTO_CHACHA20_POLY1305: _check_chacha20,
    }.get(en.cipher_algorithm)
    return check(en) if check else EINVAL


def _check_gcm(en: TlsEnable) -> int:
    if en.auth_algorithm not in GCM_AUTH or en.auth_key:
        return EINVAL
    iv_len = {TLS_MINOR_VER_TWO: TLS_AEAD_GCM_LEN, TLS_MINOR_VER_THREE: TLS_1_3_GCM_IV_LEN}
    return 0 if len(en.iv) == iv_len.get(en.tls_vminor) else EINVAL


def _check_cbc(en: TlsEnable) -> int:
    if en.tls_vminor == TLS_MINOR_VER_THREE or en.auth_algorithm not in MAC_LENS:
        return EINVAL
    if en.auth_algorithm != CRYPTO_SHA1_HMAC and en.tls_vminor != TLS_MINOR_VER_TWO:
        return EINVAL
    if not en.auth_key:
        return EINVAL
    if en.tls_vminor == TLS_MINOR_VER_ZERO and len(en.iv) != TLS_CBC_IMPLICIT_IV_LEN:
        return EINVAL
    return 0


def _check_chacha20(en: TlsEnable) -> int:
    if en.auth_algorithm or en.auth_key:
        return EINVAL
    if en.tls_vminor not in (TLS_MINOR_VER_TWO, TLS_MINOR_VER_THREE):
        return EINVAL
    return 0 if len(en.iv) == TLS_CHACHA20_IV_LEN else EINVAL


def copyin(en: TlsEnable) -> int:
    """Fetch what the pointers of ``en`` lead to; EFAULT for one that leads nowhere.

    A pointer is followed only if the suite uses it and its length is not 0; CBC of TLS 1.1 and 1.2
    has its IV in each record.
    """
    wanted = {"cipher_key"}
    if en.cipher_algorithm == CRYPTO_AES_CBC:
        wanted.add("auth_key")
    if en.iv and not (en.cipher_algorithm == CRYPTO_AES_CBC and en.tls_vminor > TLS_MINOR_VER_ZERO):
        wanted.add("iv")
    return EFAULT if wanted & en.unreadable else 0


def ktls_ocf_try(en: TlsEnable) -> int:
    """Can the software decryptor serve this receive session? (ktls_ocf.c)"""
    lens = (32,) if en.cipher_algorithm == CRYPTO_CHACHA20_POLY1305 else (16, 32)
    if len(en.cipher_key) not in lens:
        return EINVAL
    if en.cipher_algorithm == CRYPTO_AES_CBC and en.tls_vminor == TLS_MINOR_VER_ZERO:
        return EPROTONOSUPPORT
    return 0
