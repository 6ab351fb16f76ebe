# SPDX-License-Identifier: BSD-2-Clause
"""Known answers: whole TLS records, and NIST's GCM vectors."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography_vectors import open_vector_file

from tests.block.gcm_core.slots import BLOCK, TAG_LEN, Record

GOLDEN_KEY = bytes(range(16))
GOLDEN_TEXT = b"0123456789abcdef0123"
CAVP_FIELDS = ("Key", "IV", "PT", "AAD", "CT", "Tag")
FIFTY = bytes(range(50)) + b"\x17"  # RFC 8448's payload and its inner type


def tls12() -> Record:
    """TLS 1.2, AES-128, record number 5, salt a0a1a2a3, explicit nonce 0102030405060708."""
    body = bytes.fromhex("2c0ca9f90ffdaaf3be9e96627b6053698d06b1619592e99ab90e30e96b3afac80a9d81f2")
    nonce = bytes.fromhex("a0a1a2a3 0102030405060708")
    aad = (5).to_bytes(8, "big") + bytes.fromhex("170303") + len(GOLDEN_TEXT).to_bytes(2, "big")
    return Record(GOLDEN_KEY, nonce, aad, body[:-TAG_LEN], body[-TAG_LEN:])


def tls13() -> Record:
    """TLS 1.3, AES-128, record number 5, iv b0..bb."""
    wire = bytes.fromhex(
        "1703030025 6eceb9faa202ef0f92652526012d87b3cebf7f0692 f4ca5f097de038a3fec5576e8ece34fe"
    )
    return _from_wire("000102030405060708090a0b0c0d0e0f", "b0b1b2b3b4b5b6b7b8b9babe", wire)


def rfc_8448() -> list[Record]:
    """RFC 8448 section 3: the first application data of client and server."""
    client = bytes.fromhex(
        "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395b"
        "d54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4"
    )
    server = bytes.fromhex(
        "17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc"
        "602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d"
    )
    return [
        _from_wire("17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9", client),
        _from_wire("9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e985", server),
    ]


def _from_wire(key: str, nonce: str, wire: bytes) -> Record:
    key_bytes, nonce_bytes = bytes.fromhex(key), bytes.fromhex(nonce)
    return Record(key_bytes, nonce_bytes, wire[:5], wire[5:-TAG_LEN], wire[-TAG_LEN:])


# (record, its plaintext)
RECORDS = [
    (tls12(), GOLDEN_TEXT),
    (tls13(), GOLDEN_TEXT + b"\x17"),
    *[(record, FIFTY) for record in rfc_8448()],
]


def nist(every: int) -> Iterator[tuple[Record, bytes]]:
    """Every nth of NIST's CAVP vectors that fit: 96-bit IV, 128-bit tag, at most 16 bytes of AAD.

    Each with its plaintext.
    """
    fit = 0
    for size in (128, 256):
        for key, iv, plain, aad, text, tag in _cavp(f"gcmEncryptExtIV{size}.rsp"):
            if len(iv) == 12 and len(tag) == TAG_LEN and len(aad) <= BLOCK:
                if fit % every == 0:
                    yield Record(key, iv, aad, text, tag), plain
                fit += 1


def _cavp(name: str) -> Iterator[list[bytes]]:
    """The vectors of a file: lines `Name = hex`, the value may be empty; a tag ends a vector."""
    vector: dict[str, bytes] = {}
    with open_vector_file(f"ciphers/AES/GCM/{name}", "r") as lines:
        for line in lines:
            field, _, value = (part.strip() for part in line.partition("="))
            if field in CAVP_FIELDS:
                vector[field] = bytes.fromhex(value)
            if field == CAVP_FIELDS[-1]:
                yield [vector[field] for field in CAVP_FIELDS]
