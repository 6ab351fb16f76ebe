# SPDX-License-Identifier: BSD-2-Clause
"""KeyUpdate through driver and golden NIC: the NIC goes on with the old key until it is told."""

from __future__ import annotations

from collections.abc import Callable
from errno import EAGAIN, EKEYEXPIRED
from functools import partial
from ipaddress import ip_address
from typing import Any

import pytest

from sw_model.linux.host import LinuxHost
from sw_model.linux.mlx5_ktls_rx import Mlx5e
from sw_model.linux.nfp_tls import NfpNet
from sw_model.linux.tls import CryptoInfo
from sw_model.linux.xlio import Xlio
from sw_model.loop import EventLoop
from sw_model.nic.faults import NicFaults
from sw_model.nic.golden import GoldenNic
from sw_model.nic.port import ModelPort
from sw_model.peer.synthetic import SyntheticTls
from sw_model.rng import stream
from sw_model.trace import Trace
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, TcpSegment

PEER, LOCAL = ip_address("192.0.2.1"), ip_address("192.0.2.2")
START, MSS = 0x1000, 1448
DRIVERS = {
    "async": Mlx5e,
    "hint": NfpNet,
    "request": partial(NfpNet, stream_scan=True),
    "history": Xlio,
}


class Updating:
    """A sender that updates its key now and then, and a reader that follows. ``late_ns``: how long
    the reader takes to install a key."""

    def __init__(
        self,
        driver: Callable[..., Any],
        nic: GoldenNic | None = None,
        late_ns: int = 30_000,
        **device: Any,
    ) -> None:
        self.loop, self.trace, self.late_ns = EventLoop(), Trace(), late_ns
        self.port = ModelPort(self.loop, nic or GoldenNic())
        self.host = LinuxHost(self.loop, self.trace)
        self.dev = driver(self.host, self.port.post_command, **device)
        self.port.on_rx, self.port.on_cpl = self.dev.rx_poll, self.dev.completion
        self.tls = SyntheticTls(3, "1.3")
        self.keys = [self.tls.keys]
        self.wire = self.text = b""
        self.got = bytearray()
        self.waiting = False
        self.sk = self.host.adopt(LOCAL, 50000, PEER, 443, START)
        self.sk.on_readable = self.read
        assert self.sk.enable_rx(self.keys.pop(), 0, lambda _: None) == 0
        self.loop.run_until(1_000_000)

    def records(self, count: int, size: int) -> None:
        for _ in range(count):
            payload = stream(len(self.wire), "text").randbytes(size)
            self.wire += self.tls.seal(payload)
            self.text += payload

    def update(self) -> None:
        self.wire += self.tls.key_update()
        self.keys.append(self.tls.keys)

    def read(self) -> None:
        while not self.waiting:
            msg = self.sk.recvmsg(1 << 16)
            if msg.errno == EKEYEXPIRED:
                self.waiting = True
                self.loop.call_later(self.late_ns, self.install)
            if msg.errno:
                assert msg.errno in (EAGAIN, EKEYEXPIRED), msg
                return
            if msg.record_type == 23:
                self.got += msg.data

    def install(self) -> None:
        assert self.sk.set_tls_rx(CryptoInfo.of(self.keys.pop(0), 0), self.installed) == 0

    def installed(self, errno: int) -> None:
        assert errno == 0
        self.waiting = False
        self.read()

    def send(self, gap: int, drop: frozenset[int] = frozenset()) -> None:
        """The whole stream; dropped segments come again 20 packets later."""
        spans = [(a, min(a + MSS, len(self.wire))) for a in range(0, len(self.wire), MSS)]
        order = sorted((i + (20.5 if i in drop else 0), span) for i, span in enumerate(spans))
        for _, (a, b) in order:
            seg = TcpSegment(443, 50000, SeqNum(START + a), SeqNum(1), ACK, payload=self.wire[a:b])
            self.port.rx_frame(build_tcp_frame(bytes(6), bytes(6), PEER, LOCAL, seg))
            self.loop.run_until(self.loop.now + gap)
        self.loop.run_until(self.loop.now + 10_000_000)


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("gap", [1_000, 20_000])
def test_offload_follows_the_key(name: str, gap: int) -> None:
    """Packets touched with the old key are repaired, the new key reaches the NIC. It starts at a
    record that went by meanwhile, so each way to resync is put to the test: ASYNC asks once, when
    no header of the long records is in sight yet, and is left without offload."""
    u = Updating(DRIVERS[name])
    u.records(10, 5000)
    u.update()
    u.records(60, 5000)
    u.send(gap)
    assert bytes(u.got) == u.text
    mib = u.host.mib
    assert (mib["TlsRxRekeyReceived"], mib["TlsRxRekeyOk"], mib["TlsCurrRxRekey"]) == (1, 1, 0)
    assert mib["TlsDecryptError"] == 0
    stats = u.sk.record_stats
    assert stats.mixed >= 1  # the NIC had its hands on records of the new key
    assert u.dev.context_of(u.sk) is not None
    if gap > 1_000:
        assert (stats.decrypted > 60) == (name != "async")
    u.sk.close()
    u.loop.run_until(u.loop.now + 1_000_000)
    assert (u.dev.dev.tags, u.dev.iq.outstanding) == (0, 0)


@pytest.mark.parametrize("seed", range(6))
def test_many_updates_and_losses(seed: int) -> None:
    """Updates shortly behind each other, a slow or quick reader, lost packets."""
    rng = stream(seed, "linux.updates")
    u = Updating(DRIVERS[rng.choice(list(DRIVERS))], late_ns=rng.choice((0, 10_000, 200_000)))
    for _ in range(6):
        u.records(rng.randint(0, 12), rng.choice((50, 700, 5000)))
        u.update()
    u.records(30, 2000)
    drop = frozenset(rng.sample(range(len(u.wire) // MSS), 8))
    u.send(rng.choice((1_000, 10_000)), drop)
    assert bytes(u.got) == u.text
    mib = u.host.mib
    assert (mib["TlsRxRekeyReceived"], mib["TlsRxRekeyFallback"], mib["TlsDecryptError"]) == (
        6,
        0,
        0,
    )
    u.sk.close()  # the last key may still wait for a record that the NIC did not touch
    assert mib["TlsCurrRxRekey"] == 0
    assert mib["TlsRxRekeyOk"] + mib["TlsRxRekeyAborted"] >= 1


@pytest.mark.parametrize(("marked", "good"), [(True, True), (False, False)])
def test_hardware_that_transforms_failed_packets(marked: bool, good: bool) -> None:
    """Behind a KeyUpdate a tag fails under the old key; such hardware then hands up the failed
    packet with the old keystream in it. Without the third mark the record can not be restored."""
    nic = GoldenNic(faults=NicFaults(transformed_bytes_on_auth_fail=True))
    u = Updating(Mlx5e, nic, code3_transformed=marked)
    u.records(3, 5000)
    u.update()
    u.records(3, 5000)
    if good:
        u.send(1_000)
        assert bytes(u.got) == u.text
    else:
        with pytest.raises(AssertionError, match="errno=74"):
            u.send(1_000)
