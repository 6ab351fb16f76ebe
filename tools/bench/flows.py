# SPDX-License-Identifier: BSD-2-Clause
"""The sending side of one offloaded connection: its commands, its record stream, its frames.

Records are sealed back to back without end. The stream is handed out twice, as it is on the wire
and as it must leave the engine, so that the expected bytes do not come from the golden NIC alone.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from random import Random

from sw_model.crypto.gcm import seal_record, text_off
from sw_model.crypto.keys import SALT_LEN, TrafficKeys
from sw_model.nic import layout
from sw_model.rng import stream
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpSegment
from sw_model.wire.tls import APPLICATION_DATA, TAG_LEN, Version

SERVER_MAC, HOST_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
HOST = IPv4Address("198.51.100.1")
FIRST_SERVER = int(IPv4Address("192.0.2.1"))
HTTPS = 443
FIRST_PORT = 40000
HEADERS = 54  # Ethernet, IPv4 and TCP without options: what a frame has beside its payload

# Version and key bytes of flow n: any four neighbours have all.
MIX: tuple[tuple[Version, int], ...] = (("1.2", 16), ("1.3", 32), ("1.2", 32), ("1.3", 16))


def keys_of(rng: Random, version: Version, key_bytes: int) -> TrafficKeys:
    iv_bytes = SALT_LEN if version == "1.2" else 12
    return TrafficKeys(version, rng.randbytes(key_bytes), rng.randbytes(iv_bytes))


class Flow:
    """Connection ``index``; ``record`` is the plaintext of one record in bytes.

    The first record is of random length, so that the records of many flows do not end together.
    """

    def __init__(self, seed: int, index: int, record: int) -> None:
        self._rng = stream(seed, f"bench/flow{index}")
        self.seed = seed
        self.index = index
        self.record = record
        self.keys = keys_of(self._rng, *MIX[index % len(MIX)])
        self.number = self._rng.randrange(1 << 40)
        self.first_number = self.number
        self.seq = self._rng.getrandbits(32)
        self._next_size = self._rng.randint(1, record)
        self._wire = bytearray()
        self._clear = bytearray()

    def set_up(self) -> list[bytes]:
        """The commands that put the flow under offload from its present place on."""
        static = layout.StaticParams(
            tls13=self.keys.version == "1.3",
            iv=self.keys.iv,
            dek_index=self.index,
            initial_record_number=self.first_number,
        )
        rule = layout.FlowRule.of(self.server, HOST, HTTPS, self.port)
        return [
            layout.create_key(self.index, self.keys.key),
            layout.set_static(self.index, static),
            layout.set_psv(self.index, layout.ProgressParams(next_record_tcp_sn=self.seq)),
            layout.add_rule(self.index, rule),
        ]

    @property
    def server(self) -> IPv4Address:
        return IPv4Address(FIRST_SERVER + self.index % 200)

    @property
    def port(self) -> int:
        return FIRST_PORT + self.index

    def take(self, size: int) -> tuple[bytes, bytes]:
        """The next bytes of the stream: as sent, and with their ciphertext replaced."""
        while len(self._wire) < size:
            self._seal()
        wire, clear = bytes(self._wire[:size]), bytes(self._clear[:size])
        del self._wire[:size], self._clear[:size]
        return wire, clear

    def _seal(self) -> None:
        payload = self._rng.randbytes(self._next_size)
        record = seal_record(self.keys, self.number, APPLICATION_DATA, payload)
        inner = bytes((APPLICATION_DATA,)) if self.keys.version == "1.3" else b""
        self._wire += record
        self._clear += record[: text_off(self.keys)] + payload + inner + record[-TAG_LEN:]
        self.number += 1
        self._next_size = self.record

    def frame(self, payload: bytes) -> bytes:
        """A frame with the next bytes of the TCP stream."""
        segment = TcpSegment(HTTPS, self.port, SeqNum(self.seq), flags=ACK, payload=payload)
        self.seq = (self.seq + len(payload)) & 0xFFFF_FFFF
        return build_tcp_frame(SERVER_MAC, HOST_MAC, self.server, HOST, segment)
