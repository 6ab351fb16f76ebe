# SPDX-License-Identifier: BSD-2-Clause
"""The software decryptor. FreeBSD sys/opencrypto/ktls_ocf.c.

| suite | nonce | AAD | text |
| --- | --- | --- | --- |
| 1.2 AES-GCM | salt[4], explicit 8 bytes of the record | 13 bytes, length L - 24 | offset 13 |
| 1.2 ChaCha20 | iv[12], bytes 4..11 XOR number | 13 bytes, length L - 16 | offset 5 |
| 1.3 AES-GCM, ChaCha20 | as above | the five header bytes | offset 5, type and padding inside |
| 1.1, 1.2 AES-CBC | IV: 16 bytes behind the header | - (HMAC behind the payload) | offset 21 |
"""

from __future__ import annotations

import hmac
import struct
from errno import EBADMSG, EMSGSIZE

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sw_model.crypto.aead import AES_GCM, Aead
from sw_model.kernel.counters import Counters
from sw_model.kernel.ktls_session import (
    CRYPTO_AES_CBC,
    CRYPTO_AES_NIST_GCM_16,
    CRYPTO_SHA1_HMAC,
    CRYPTO_SHA2_256_HMAC,
    CRYPTO_SHA2_384_HMAC,
    MAC_LENS,
    TLS_HEADER_LEN,
    KtlsSession,
)
from sw_model.kernel.mbuf import Mbuf, m_copydata

TAG_LEN = 16
HASHES = {
    CRYPTO_SHA1_HMAC: "sha1",
    CRYPTO_SHA2_256_HMAC: "sha256",
    CRYPTO_SHA2_384_HMAC: "sha384",
}


def ktls_ocf_nonce(tls: KtlsSession, record: bytes, seqno: int) -> bytes:
    """TLS 1.2 GCM takes the record's own explicit nonce, everything else the record number."""
    if tls.params.cipher_algorithm == CRYPTO_AES_NIST_GCM_16 and not tls.tls13:
        return tls.iv + record[5:13]
    number = int.from_bytes(tls.iv[4:12], "big") ^ (seqno & 0xFFFF_FFFF_FFFF_FFFF)
    return tls.iv[:4] + number.to_bytes(8, "big")


def ktls_ocf_aad(tls: KtlsSession, record: bytes, seqno: int) -> bytes:
    """struct tls_aead_data (1.2) or the wire header (1.3)."""
    if tls.tls13:
        return record[:TLS_HEADER_LEN]
    text_len = len(record) - tls.tls_hlen - TAG_LEN
    return struct.pack(
        "!QBBBH", seqno & 0xFFFF_FFFF_FFFF_FFFF, record[0], record[1], record[2], text_len
    )


class KtlsOcf:
    """The software decryptor of one kernel; ``counters`` are kern.ipc.tls.stats.ocf.*, ``aead``
    stands in for AES-GCM."""

    def __init__(self, counters: Counters, aead: Aead = AES_GCM) -> None:
        self.counters, self.aead = counters, aead

    def ktls_ocf_decrypt(
        self, tls: KtlsSession, m: Mbuf, tls_len: int, seqno: int
    ) -> tuple[int, int]:
        """Decrypt a record in place: (errno, trailer length). On an error nothing changes."""
        if tls.params.cipher_algorithm == CRYPTO_AES_CBC:
            return self._cbc_decrypt(tls, m, tls_len, seqno)
        return self._aead_decrypt(tls, m, tls_len, seqno)

    def _aead_decrypt(self, tls: KtlsSession, m: Mbuf, tls_len: int, seqno: int) -> tuple[int, int]:
        if tls_len < tls.tls_hlen + tls.tls_tlen:
            return EMSGSIZE, 0
        gcm = tls.params.cipher_algorithm == CRYPTO_AES_NIST_GCM_16
        version = "13" if tls.tls13 else "12"
        self.counters.inc(f"stats.ocf.tls{version}_{'gcm' if gcm else 'chacha20'}_decrypts")
        record = m_copydata(m, 0, tls_len)
        nonce, aad = ktls_ocf_nonce(tls, record, seqno), ktls_ocf_aad(tls, record, seqno)
        sealed = record[tls.tls_hlen :]
        if gcm:
            text = self.aead.decrypt(tls.key, nonce, sealed, aad)
        else:
            text = _chacha20_poly1305(tls.key, nonce, sealed, aad)
        if text is None:
            return EBADMSG, 0
        write_text(m, tls.tls_hlen, text)
        return 0, tls.tls_tlen

    def _cbc_decrypt(self, tls: KtlsSession, m: Mbuf, tls_len: int, seqno: int) -> tuple[int, int]:
        """MAC then encrypt: padding first, then the HMAC over the pseudo header and the payload."""
        maclen = MAC_LENS[tls.params.auth_algorithm]
        text_len = tls_len - tls.tls_hlen
        if (tls_len - TLS_HEADER_LEN) % 16 or text_len < -(-(maclen + 1) // 16) * 16:
            return EMSGSIZE, 0
        # The kernel has one CBC receive counter for TLS 1.1 and 1.2.
        self.counters.inc("stats.ocf.tls11_cbc_decrypts")
        record = m_copydata(m, 0, tls_len)
        cipher = Cipher(algorithms.AES(tls.key), modes.CBC(record[5:21]))
        text = cipher.decryptor().update(record[tls.tls_hlen :])
        pad = text[-1]
        if maclen + pad + 1 > text_len or text[-pad - 1 :] != bytes((pad,)) * (pad + 1):
            return EBADMSG, 0
        payload_len = text_len - maclen - pad - 1
        pseudo = struct.pack(
            "!QBBBH", seqno & 0xFFFF_FFFF_FFFF_FFFF, record[0], record[1], record[2], payload_len
        )
        digest = hmac.digest(
            tls.params.auth_key, pseudo + text[:payload_len], HASHES[tls.params.auth_algorithm]
        )
        if not hmac.compare_digest(digest, text[payload_len : payload_len + maclen]):
            return EBADMSG, 0
        write_text(m, tls.tls_hlen, text)
        return 0, maclen + pad + 1

    def ktls_ocf_recrypt(self, tls: KtlsSession, m: Mbuf, tls_len: int, seqno: int) -> int:
        """Turn a MIXED record back into wire bytes.

        AES-CTR from counter 2 runs over the whole text into a scratch buffer; only the ranges that
        the NIC decrypted are copied back. Header, explicit nonce and tag are never touched.
        """
        if tls_len < tls.tls_hlen + tls.tls_tlen:
            return EMSGSIZE
        self.counters.inc(f"stats.ocf.tls{'13' if tls.tls13 else '12'}_gcm_recrypts")
        record = m_copydata(m, 0, tls_len)
        nonce = ktls_ocf_nonce(tls, record, seqno)
        text = record[tls.tls_hlen : tls_len - TAG_LEN]
        write_text(
            m,
            tls.tls_hlen,
            self.aead.ctr(tls.key, nonce, text),
            decrypted_only=True,
        )
        return 0


def _chacha20_poly1305(key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes | None:
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        return None


def write_text(m: Mbuf, off: int, text: bytes, decrypted_only: bool = False) -> None:
    """Overwrite the chain from offset ``off`` (m_copyback); optionally only M_DECRYPTED mbufs."""
    pos = 0
    for n in m.chain():
        start, end = max(off, pos), min(off + len(text), pos + n.m_len)
        if start < end and (n.decrypted or not decrypted_only):
            at = n.m_off + start - pos
            n.store[at : at + end - start] = text[start - off : end - off]
        pos += n.m_len
