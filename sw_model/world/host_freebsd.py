# SPDX-License-Identifier: BSD-2-Clause
"""The FreeBSD host of a world: ``driver`` and ``kernel`` put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from sw_model.crypto.aead import AEADS
from sw_model.crypto.keys import TrafficKeys
from sw_model.driver.faults import DriverFaults
from sw_model.driver.ifnet import Ifnet
from sw_model.driver.tls_rx import TlsRxTag
from sw_model.kernel.bugs import Bugs
from sw_model.kernel.if_vlan import VlanIfnet
from sw_model.kernel.ktls_session import TlsEnable
from sw_model.kernel.socket import Socket
from sw_model.kernel.stack import Stack
from sw_model.kernel.tcp_var import TCPS_TIME_WAIT
from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta
from sw_model.trace import Trace
from sw_model.world.config import WorldConfig
from sw_model.world.host import IPAddress


class FreeBsdHost:
    """``HostSide`` with mlx5en and uipc_ktls."""

    name = "mce0"
    one_request = True
    reports_at_once = True

    def __init__(
        self,
        config: WorldConfig,
        loop: EventLoop,
        trace: Trace,
        post_command: Callable[[bytes], None],
    ) -> None:
        self.rcvbuf = config.rcvbuf
        self.ifnet = Ifnet(
            self.name,
            loop=loop,
            trace=trace,
            post_command=post_command,
            max_resources=config.num_flows,
            iq_blocks=config.iq_blocks,
            faults=DriverFaults(**config.driver_faults),
        )
        self.stack = Stack(loop, trace, config.seed, bugs=Bugs(**config.kernel_bugs))
        self.stack.ktls.ocf.aead = AEADS[config.crypto]
        self.stack.attach(self.ifnet)
        if config.vlan is not None:
            vlan = VlanIfnet(self.ifnet, config.vlan)
            self.stack.attach_vlan(vlan)
            self.stack.route = vlan
        self.stack.sysctl["kern.ipc.tls.ifnet.permitted"] = 1
        # Round trips are microseconds here: a delayed ACK of 40 ms would only cause time-outs, and
        # a TIME_WAIT of a minute would hold the tag that long.
        self.stack.sysctl["net.inet.tcp.delayed_ack"] = 0
        self.stack.sysctl["net.inet.tcp.msl"] = 1

    @property
    def output(self) -> Callable[[bytes], None]:
        return self.stack.output

    @output.setter
    def output(self, output: Callable[[bytes], None]) -> None:
        self.stack.output = output

    def rx_poll(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        self.ifnet.rx_poll(batch)

    def completion(self, data: bytes) -> None:
        self.ifnet.completion(data)

    def connect(
        self,
        laddr: IPAddress,
        lport: int,
        faddr: IPAddress,
        fport: int,
        on_connected: Callable[[], None],
    ) -> Socket:
        return self.stack.connect(
            laddr, lport, faddr, fport, on_connected=lambda _: on_connected(), rcvbuf=self.rcvbuf
        )

    def enable_rx(
        self, so: Socket, keys: TrafficKeys, number: int, done: Callable[[int], None]
    ) -> None:
        so.setsockopt_rxtls(TlsEnable.aes_gcm(keys.version, keys.key, keys.iv, number), done)

    def pending_error(self, so: Socket) -> int:
        return so.so_error

    def context_of(self, so: Socket) -> int | None:
        tls = so.so_rcv.sb_tls_info
        tag = tls.snd_tag if tls is not None else None
        return tag.tirn if isinstance(tag, TlsRxTag) else None

    def contexts(self) -> int:
        return max(self.ifnet.tls_rx.tags, self.ifnet.tls_rx.num_resources)

    def released(self, so: Socket) -> bool:
        tls, inp = so.so_rcv.sb_tls_info, so.inp
        if tls is None or tls.destroyed:
            return True
        return inp is not None and inp.tp is not None and inp.tp.t_state == TCPS_TIME_WAIT

    def left(self, sockets: Sequence[Socket]) -> dict[str, int]:
        dev = self.ifnet.tls_rx
        sessions = [so.so_rcv.sb_tls_info for so in sockets if so.so_rcv.sb_tls_info is not None]
        return {
            "resources": dev.num_resources,
            "tags": dev.tags,
            "contexts": dev.contexts.used,
            "keys": dev.keys.used,
            "commands": self.ifnet.iq.outstanding,
            "sessions with a key": sum(any(tls.key) or any(tls.iv) for tls in sessions),
        }

    def stats(self) -> dict[str, int]:
        return asdict(self.ifnet.stats)

    def counters(self) -> Mapping[str, int]:
        return self.stack.counters
