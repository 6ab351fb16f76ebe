# SPDX-License-Identifier: BSD-2-Clause
"""The Linux host of a world: ``linux`` with the driver of the resync mode that was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sw_model.crypto.aead import AEADS
from sw_model.crypto.keys import TrafficKeys
from sw_model.linux.bugs import Bugs
from sw_model.linux.host import LinuxHost
from sw_model.linux.mlx5_ktls_rx import Mlx5e
from sw_model.linux.netdev import TlsNetDevice
from sw_model.linux.nfp_tls import NfpNet
from sw_model.linux.sock import Sock
from sw_model.linux.tls import CryptoInfo
from sw_model.linux.xlio import Xlio
from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta
from sw_model.peer.config import TcpConfig
from sw_model.trace import Trace
from sw_model.world.config import WorldConfig
from sw_model.world.host import IPAddress

DRIVERS: dict[str, Callable[..., TlsNetDevice]] = {
    "async": Mlx5e,
    "hint": NfpNet,
    "request": partial(NfpNet, stream_scan=True),
    "history": Xlio,
}


class LinuxSide:
    """``HostSide`` with net/tls."""

    name = "eth0"
    reports_at_once = False
    one_request = False  # mlx5 asks again for each packet with the code

    def __init__(
        self,
        config: WorldConfig,
        loop: EventLoop,
        trace: Trace,
        post_command: Callable[[bytes], None],
    ) -> None:
        bugs = Bugs(**config.kernel_bugs)
        self.kernel = LinuxHost(loop, trace, config.seed, bugs=bugs)
        self.kernel.vlan = config.vlan
        self.netdev = DRIVERS[config.resync](
            self.kernel,
            post_command,
            self.name,
            max_resources=config.num_flows,
            iq_blocks=config.iq_blocks,
        )
        self._aead = AEADS[config.crypto]
        # As with FreeBSD: the path takes microseconds.
        self._tcp = TcpConfig(
            window=config.rcvbuf, min_rto=config.min_rto_ns, initial_rto=config.min_rto_ns
        )

    @property
    def output(self) -> Callable[[bytes], None]:
        return self.kernel.output

    @output.setter
    def output(self, output: Callable[[bytes], None]) -> None:
        self.kernel.output = output

    def rx_poll(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        self.netdev.rx_poll(batch)

    def completion(self, data: bytes) -> None:
        self.netdev.completion(data)

    def connect(
        self,
        laddr: IPAddress,
        lport: int,
        faddr: IPAddress,
        fport: int,
        on_connected: Callable[[], None],
    ) -> Sock:
        def connected(so: Sock) -> None:
            so.set_ulp_tls()  # as OpenSSL does: later the peer may have closed, and it is refused
            on_connected()

        return self.kernel.connect(laddr, lport, faddr, fport, connected, config=self._tcp)

    def enable_rx(
        self, so: Sock, keys: TrafficKeys, number: int, done: Callable[[int], None]
    ) -> None:
        error = so.set_tls_rx(CryptoInfo.of(keys, number, self._aead), done)
        if error:
            done(error)

    def pending_error(self, so: Sock) -> int:
        return so.sk_err

    def context_of(self, so: Sock) -> int | None:
        hw = self.netdev.context_of(so)
        return hw.number if hw is not None else None

    def contexts(self) -> int:
        return max(self.netdev.dev.tags, self.netdev.dev.num_resources)

    def released(self, so: Sock) -> bool:
        return True

    def left(self, sockets: Sequence[Sock]) -> dict[str, int]:
        dev, mib = self.netdev.dev, self.kernel.mib
        return {
            "resources": dev.num_resources,
            "tags": dev.tags,
            "commands": self.netdev.iq.outstanding,
            "references to sockets": self.netdev.sock_refs,
            "TLS sockets": mib["TlsCurrRxDevice"] + mib["TlsCurrRxSw"],
            "rekeys": mib["TlsCurrRxRekey"],
        }

    def stats(self) -> dict[str, int]:
        return self.netdev.ethtool()

    def counters(self) -> Mapping[str, int]:
        return self.kernel.mib
