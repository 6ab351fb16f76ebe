# SPDX-License-Identifier: BSD-2-Clause
"""AES-CBC records that a careless receiver would take: padding and MAC are checked on their own."""

from __future__ import annotations

from errno import EBADMSG, EMSGSIZE

import pytest

from tests.unit.ktls_test_kit import CBC_SUITES, Connection, Sender, Suite

SHA1 = CBC_SUITES[1]


def connect(suite: Suite, name: str) -> tuple[Sender, Connection]:
    sender, c = Sender(suite, name), Connection()
    assert c.so.setsockopt_rxtls(sender.enable()) == 0
    c.run()
    return sender, c


def padded(sender: Sender, payload_len: int, pad: int) -> bytearray:
    """Payload with its right MAC, and ``pad`` + 1 bytes of padding."""
    payload = sender.rng.randbytes(payload_len)
    return bytearray(payload + sender.mac(payload) + bytes((pad,)) * (pad + 1))


@pytest.mark.parametrize("at", [-2, -7, -13])
def test_every_padding_byte_counts(at: int) -> None:
    """64 + 20 + 12: the MAC is right, one byte of the padding is not."""
    sender, c = connect(SHA1, "pad")
    text = padded(sender, 64, 11)
    assert len(text) % 16 == 0
    if at >= -12:
        text[at] ^= 1
    c.write(sender.cbc_record(bytes(text)))
    assert c.recvmsg().errno == (EBADMSG if at >= -12 else 0)


@pytest.mark.parametrize(("pad", "errno"), [(11, 0), (75, EBADMSG), (76, EBADMSG), (255, EBADMSG)])
def test_padding_must_leave_room_for_the_mac(pad: int, errno: int) -> None:
    """96 bytes of text hold a MAC of 20 and at most 76 bytes of padding with its length byte."""
    sender, c = connect(SHA1, "room")
    text = padded(sender, 64, 11)
    if pad != 11:
        text = bytearray(bytes((pad,)) * 96)
    c.write(sender.cbc_record(bytes(text)))
    assert c.recvmsg().errno == errno
    assert c.stack.counters["stats.ocf.tls11_cbc_decrypts"] == 1


def test_largest_padding() -> None:
    """255 bytes and the length byte, an empty payload: still a record."""
    sender, c = connect(SHA1, "largest")
    mac = sender.mac(b"")
    text = mac + bytes((235,)) * 236
    assert len(text) % 16 == 0
    c.write(sender.cbc_record(text))
    msg = c.recvmsg()
    assert (msg.errno, msg.data, msg.record_type) == (0, b"", 23)


@pytest.mark.parametrize("suite", CBC_SUITES, ids=[s.name for s in CBC_SUITES])
def test_shortest_record(suite: Suite) -> None:
    """The least length is a valid empty record; one block less is EMSGSIZE, without a decrypt."""
    sender, c = connect(suite, "shortest")
    c.write(sender.record(b""))
    assert c.recvmsg().record_type == 23
    c.write(sender.header(suite.minimum - 16) + bytes(suite.minimum - 16))
    assert c.recvmsg().errno == EMSGSIZE
    assert c.stack.counters["stats.ocf.tls11_cbc_decrypts"] == 1


@pytest.mark.parametrize("part", ["number", "type", "mac_key"])
def test_the_mac_covers(part: str) -> None:
    sender, c = connect(SHA1, "covers")
    if part == "number":
        sender.number += 1
    elif part == "mac_key":
        sender.mac_key = bytes(20)
    record = bytearray(sender.record(b"x" * 40))
    if part == "type":
        record[0] = 22
    c.write(bytes(record))
    assert c.recvmsg().errno == EBADMSG
