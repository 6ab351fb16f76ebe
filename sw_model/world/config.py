# SPDX-License-Identifier: BSD-2-Clause
"""What a world is made of; plain values, so that a run can be written to a file and replayed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sw_model.crypto.aead import CryptoName
from sw_model.link.config import LinkConfig
from sw_model.rng import stream
from sw_model.wire.tls import MAX_PLAINTEXT, Version

Personality = Literal["freebsd", "linux"]
# mlx5 (DRIVER_REQ_ASYNC), nfp (CORE_NEXT_HINT), nfp with stream scan (DRIVER_REQ), libxlio.
ResyncMode = Literal["async", "hint", "request", "history"]

# Found, reported, confirmed behind the next header, verified: then packets are marked again.
RECORDS = 4
RECORD_OVERHEAD = 29  # header, explicit nonce, tag of TLS 1.2
MAX_PACKET = 1500  # the packet in which the last of them ends


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """One TLS connection. Record payloads are drawn from 1..``max_record`` bytes, on a logarithmic
    scale, so that tiny and full records both occur; ``record`` fixes their size instead. ``tls``
    "openssl": a real handshake and real records (keys differ from run to run); "synthetic": no
    handshake, every byte follows from the seed.

    Synthetic senders alone can do what no library does. Records are counted from 0: those in
    ``forged`` get a wrong bit in byte ``forge_flip``, those in ``false_headers`` show nothing but
    headers of ``false_length`` in their ciphertext, ``pad`` zero bytes follow each payload (1.3).
    They send nothing for ``wait_ns`` behind the TCP handshake, so that a context can be ready.
    ``close_after``: the application closes its socket when it has read so many bytes."""

    version: Version = "1.3"
    tls: Literal["openssl", "synthetic"] = "openssl"
    key_bits: int = 128
    family: Literal[4, 6] = 4
    app_bytes: int = 65536
    max_record: int = MAX_PLAINTEXT
    record: int | None = None
    forged: tuple[int, ...] = ()
    forge_flip: int = -1
    false_headers: tuple[int, ...] = ()
    false_length: int = 64
    pad: int = 0
    first_number: int = 0
    iss: int | None = None
    close_after: int | None = None
    wait_ns: int = 0

    def __post_init__(self) -> None:
        scripted = self.forged or self.false_headers or self.pad or self.first_number
        if self.tls == "openssl" and scripted:
            raise ValueError("a script for the sender needs tls='synthetic'")

    @property
    def unmarked_limit(self) -> int:
        """Bytes that may come up unmarked once nothing disturbs the stream (properties.py): the
        records of a resync round, and all that looks like headers and is none."""
        largest = min(self.record or self.max_record, self.app_bytes)
        record = largest + self.pad + RECORD_OVERHEAD
        return RECORDS * record + len(self.false_headers) * record + MAX_PACKET

    def sizes(self, seed: int, name: str) -> list[int]:
        """Payload sizes of the records to send, ``app_bytes`` together."""
        rng = stream(seed, f"{name}/sizes")
        sizes: list[int] = []
        left = self.app_bytes
        while left:
            size = self.record or min(int(2 ** rng.uniform(0, 15)), self.max_record)
            sizes.append(min(size, left))
            left -= sizes[-1]
        return sizes


@dataclass(frozen=True, slots=True)
class WorldConfig:
    """A server far away, a link each way, this host. ``start_gap_ns`` lies between the starts of
    two sessions. ``keep`` False is for runs of any length: no captures, no events, no bytes once
    they were read; what the application reads is compared with what was sealed, packets are counted
    and not checked. It takes synthetic sessions of good records. ``crypto`` "by_reference" replaces
    AES-GCM at the sender, in the golden NIC and in the kernel (``crypto/aead.py``).
    ``personality`` is this host's kernel; ``resync`` says how a Linux driver gets back into step,
    ``kernel_bugs`` are that kernel's, ``driver_faults`` those of the FreeBSD driver.
    """

    seed: int = 1
    sessions: tuple[SessionConfig, ...] = ()
    forward: LinkConfig = field(default_factory=LinkConfig)
    back: LinkConfig = field(default_factory=LinkConfig)
    mss: int = 1448
    random_cut: bool = False
    min_rto_ns: int = 200_000
    rcvbuf: int = 1 << 20
    start_gap_ns: int = 2_000
    vlan: int | None = None
    num_flows: int = 64
    iq_blocks: int = 1024
    driver_faults: dict[str, Any] = field(default_factory=dict)
    kernel_bugs: dict[str, Any] = field(default_factory=dict)
    keep: bool = True
    crypto: CryptoName = "real"
    personality: Personality = "freebsd"
    resync: ResyncMode = "async"

    def __post_init__(self) -> None:
        if self.personality == "linux" and self.driver_faults:
            raise ValueError("driver_faults are the FreeBSD driver's: personality='freebsd'")
        if self.personality == "freebsd" and self.resync != "async":
            raise ValueError("FreeBSD has one way to resync: resync needs personality='linux'")
        if self.crypto != "real" and any(s.tls == "openssl" for s in self.sessions):
            raise ValueError(
                "OpenSSL computes its crypto: crypto by reference needs tls='synthetic'"
            )
        scripted = any(s.forged or s.tls == "openssl" or s.close_after for s in self.sessions)
        if not self.keep and (scripted or self.forward.forge):
            raise ValueError("keep=False takes synthetic sessions of good records")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> WorldConfig:
        """The inverse of ``to_dict``, for values read from JSON."""
        values = dict(values)
        values["sessions"] = tuple(SessionConfig(**_tuples(s)) for s in values.get("sessions", ()))
        for link in ("forward", "back"):
            if link in values:
                values[link] = LinkConfig(**_tuples(values[link]))
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists only."""
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
