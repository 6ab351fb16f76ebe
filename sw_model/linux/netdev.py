# SPDX-License-Identifier: BSD-2-Clause
"""A network interface with receive TLS offload: what all drivers here have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from errno import EINVAL, EOPNOTSUPP
from typing import Any, Protocol

from sw_model.driver.device import TlsRxDevice
from sw_model.driver.iq import CommandQueue
from sw_model.linux.gro import RxPacket
from sw_model.linux.host import LinuxHost
from sw_model.linux.hw_ctx import HwContext
from sw_model.linux.skbuff import SkBuff
from sw_model.linux.sock import Sock
from sw_model.linux.tls import (
    TLS_CIPHER_AES_GCM_128,
    TLS_CIPHER_AES_GCM_256,
    CryptoInfo,
    TlsContext,
    TlsDevOps,
)
from sw_model.linux.tls_device import set_resync
from sw_model.linux.tls_resync import Resync
from sw_model.nic.layout import FlowRule, PktMeta, TlsStatus
from sw_model.wire.frame import ParsedFrame, parse_frame
from sw_model.wire.seq import SeqNum

AES_GCM = (TLS_CIPHER_AES_GCM_128, TLS_CIPHER_AES_GCM_256)


class Priv(Protocol):
    """A driver's record of one connection."""

    @property
    def hw(self) -> HwContext: ...
    @property
    def resync(self) -> Resync: ...


class TlsNetDevice:
    """Frames from the NIC port in (``rx_poll``), packets to the host out, commands to the NIC.

    A driver gives ``stats``, ``handle_rx_skb``, ``tls_dev_resync``, ``new_priv``, and what it wants
    of the hooks ``refuses``, ``added`` and ``removed``.
    """

    stats: Any  # a dataclass of counters, by their ethtool names

    def __init__(
        self,
        host: LinuxHost,
        post_command: Callable[[bytes], None],
        name: str,
        *,
        max_resources: int = 64,
        iq_blocks: int = 1024,
        code3_transformed: bool = False,
    ) -> None:
        self.host, self.name = host, name
        self.hw_tls_rx = self.up = True
        self.iq = CommandQueue(post_command, iq_blocks)
        self.dev = TlsRxDevice(name, host.loop, host.trace, self.iq, max_resources)
        # Hardware of which failed packets carry the keystream; see SkBuff.decrypt_failed.
        self.code3_transformed = code3_transformed
        self.rx_csum_errors = 0
        self.sock_refs = 0  # references that the driver holds on sockets
        host.netdev = self

    # ---- packets ------------------------------------------------------------------------------

    def rx_poll(self, batch: list[tuple[bytes, PktMeta]]) -> None:
        """One NAPI poll. Packets with a bad checksum and all that is not TCP end here."""
        packets: list[RxPacket] = []
        for data, meta in batch:
            frame = parse_frame(data)
            l3_good = meta.is_ipv6 or (meta.l3_checked and meta.l3_ok)
            if not (l3_good and meta.l4_checked and meta.l4_ok) or meta.bad or frame.tcp is None:
                self.rx_csum_errors += 1
                continue
            skb = SkBuff(frame.tcp.seq, frame.payload)
            if skb.data:
                self.handle_rx_skb(frame, skb, meta)
            packets.append(RxPacket.of(frame, skb))
        self.host.netif_receive(packets)

    def handle_rx_skb(self, frame: ParsedFrame, skb: SkBuff, meta: PktMeta) -> None:
        """Set the marks, and whatever else the driver does with the completion code."""
        raise NotImplementedError

    def mark(self, skb: SkBuff, status: TlsStatus) -> None:
        """The two bits that the stack sees."""
        skb.decrypted = status is TlsStatus.DECRYPTED
        skb.decrypt_failed = status is TlsStatus.AUTH_FAIL and self.code3_transformed

    def completion(self, data: bytes) -> None:
        """One command completion from the NIC."""
        self.iq.completion(data)

    # ---- connections --------------------------------------------------------------------------

    def lookup(self, frame: ParsedFrame) -> Sock | None:
        """The socket that a received packet belongs to."""
        return self.host.inet_lookup_established(
            frame.raw_dst, frame.dport, frame.raw_src, frame.sport
        )

    @property
    def tlsdev_ops(self) -> TlsDevOps:
        return self

    def refuses(self, info: CryptoInfo) -> int:
        """An errno for suites the device does not do."""
        return EOPNOTSUPP if info.cipher_type not in AES_GCM else 0

    def new_priv(self, sk: Sock, hw: HwContext) -> Priv:
        """What the driver keeps for a connection."""
        raise NotImplementedError

    def added(self, errno: int) -> None:
        """A context was created, or could not be."""

    def removed(self) -> None:
        """A context is on its way out."""

    def tls_dev_resync(self, sk: Sock, seq: SeqNum, rcd_sn: int) -> None:
        raise NotImplementedError

    def tls_dev_add(
        self, sk: Sock, info: CryptoInfo, start: SeqNum, done: Callable[[int], None]
    ) -> None:
        """Returns when the parameters are posted; ``done(errno)``."""
        ctx = sk.tls
        errno = EINVAL if ctx is None else self.refuses(info)
        if errno or ctx is None:
            done(errno)
            return
        rule = FlowRule.of(sk.faddr, sk.laddr, sk.fport, sk.lport, self.host.vlan)
        hw = HwContext(self.dev, info, start, rule)

        def created(errno: int) -> None:
            if not errno:
                priv = self.new_priv(sk, hw)
                ctx.offload.driver_state = priv
                set_resync(ctx, priv.resync)
            self.added(errno)
            done(errno)

        hw.create(created)

    def tls_dev_del(self, ctx: TlsContext, done: Callable[[], None] = lambda: None) -> None:
        """The state leaves the connection. Removing what is not there is a crash."""
        priv: Priv | None = ctx.offload.driver_state
        if priv is None:
            raise RuntimeError("tls_dev_del: the context was removed already")
        ctx.offload.driver_state = None
        self.removed()
        priv.hw.destroy(done)

    def ethtool(self) -> dict[str, int]:
        """ethtool -S."""
        return {f"rx_{name}": value for name, value in asdict(self.stats).items()}

    def context_of(self, sk: Sock) -> HwContext | None:
        """White-box: the context that serves the socket now."""
        tls = sk.tls
        state = tls.priv_ctx_rx.driver_state if tls and tls.priv_ctx_rx else None
        return state.hw if state is not None else None


def driver_state(ctx: TlsContext | None) -> Any:
    """What the driver keeps for a connection; None when it has none, or it is on its way out."""
    priv = ctx.priv_ctx_rx.driver_state if ctx is not None and ctx.priv_ctx_rx else None
    return None if priv is None or priv.hw.deleting else priv
