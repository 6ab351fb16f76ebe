# SPDX-License-Identifier: BSD-2-Clause
"""Known answers: whole records, and keystream of NIST's GCM vectors."""

from __future__ import annotations

from tests.block.gcm_core.slots import TAG_LEN, Record

GOLDEN_KEY = bytes(range(16))
GOLDEN_TEXT = b"0123456789abcdef0123"
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

# NIST CAVS 14.0, gcmEncryptExtIV128 and 256, PTlen 408, AADlen 0, counts 0 and 1: key, iv, text,
# ciphertext. A TLS record has other AAD, so only their keystream can be compared.
NIST = [
    tuple(bytes.fromhex(part) for part in vector)
    for vector in [
        (
            "594157ec4693202b030f33798b07176d",
            "49b12054082660803a1df3df",
            "3feef98a976a1bd634f364ac428bb59cd51fb159ec1789946918dbd50ea6c9d594a3a31a5269b0da"
            "6936c29d063a5fa2cc8a1c",
            "c1b7a46a335f23d65b8db4008a49796906e225474f4fe7d39e55bf2efd97fd82d4167de082ae30fa"
            "01e465a601235d8d68bc69",
        ),
        (
            "1fded32d5999de4a76e0f8082108823aef60417e1896cf4218a2fa90f632ec8a",
            "1f3afa4711e9474f32e70462",
            "06b2c75853df9aeb17befd33cea81c630b0fc53667ff45199c629c8e15dce41e530aa792f796b813"
            "8eeab2e86c7b7bee1d40b0",
            "91fbd061ddc5a7fcc9513fcdfdc9c3a7c5d4d64cedf6a9c24ab8a77c36eefbf1c5dc00bc50121b96"
            "456c8cd8b6ff1f8b3e480f",
        ),
        (
            "b405ac89724f8b555bfee1eaa369cd854003e9fae415f28c5a199d4d6efc83d6",
            "cec71a13b14c4d9bd024ef29",
            "ab4fd35bef66addfd2856b3881ff2c74fdc09c82abe339f49736d69b2bd0a71a6b4fe8fc53f50f8b"
            "7d6d6d6138ab442c7f653f",
            "69a079bca9a6a26707bbfa7fd83d5d091edc88a7f7ff08bd8656d8f2c92144ff23400fcb5c370b59"
            "6ad6711f386e18f2629e76",
        ),
    ]
]
