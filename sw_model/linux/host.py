# SPDX-License-Identifier: BSD-2-Clause
"""One Linux host: interfaces below, sockets above."""

from __future__ import annotations

from collections.abc import Callable
from errno import EADDRINUSE
from typing import Any

from sw_model.linux.bugs import NO_BUGS, Bugs
from sw_model.linux.gro import RxPacket, napi_gro_receive
from sw_model.linux.mib import TlsMib
from sw_model.linux.sock import Sock
from sw_model.linux.tls import TlsContext
from sw_model.linux.tls_device import tls_device_down
from sw_model.loop import EventLoop
from sw_model.peer.config import TcpConfig
from sw_model.trace import Trace
from sw_model.wire.build import build_tcp_frame
from sw_model.wire.frame import IPAddress
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import ACK, RST, TcpSegment

DEFAULT_MAC, DEFAULT_PEER_MAC = bytes.fromhex("020000000002"), bytes.fromhex("020000000001")
DEFAULT_TCP = TcpConfig()


class LinuxHost:
    """``output`` takes the frames it sends, ``netdev`` is the interface of all routes.

    ``device_tls13``: the 2026 series (TLS 1.3 and rekeying on a device); off, as in the kernels
    before it, TLS 1.3 stays in software. ``sync_ns``: how long synchronize_net() takes.
    """

    def __init__(
        self,
        loop: EventLoop,
        trace: Trace | None = None,
        seed: int = 1,
        *,
        bugs: Bugs = NO_BUGS,
        output: Callable[[bytes], None] = lambda _: None,
        device_tls13: bool = True,
        sync_ns: int = 20_000,
    ) -> None:
        self.loop, self.trace, self.seed, self.bugs = loop, trace or Trace(), seed, bugs
        self.output, self.device_tls13, self.sync_ns = output, device_tls13, sync_ns
        self.mib = TlsMib()
        self.netdev: Any = None
        self.vlan: int | None = None
        self.out_of_memory = False
        self.device_list: list[TlsContext] = []  # tls_device_list
        self.src_mac, self.dst_mac = DEFAULT_MAC, DEFAULT_PEER_MAC
        self._ident = 0
        self._sockets: dict[tuple[bytes, int, bytes, int], Sock] = {}

    # ---- sockets ------------------------------------------------------------------------------

    def connect(
        self,
        laddr: IPAddress,
        lport: int,
        faddr: IPAddress,
        fport: int,
        on_connected: Callable[[Sock], None] | None = None,
        config: TcpConfig = DEFAULT_TCP,
    ) -> Sock:
        """Active open; ``config.window`` is the receive buffer."""
        sk = self._sock(laddr, lport, faddr, fport, config)
        if on_connected is not None:
            tell = on_connected

            def opened() -> None:
                self.loop.call_later(0, tell, sk)

            sk.on_open = opened
        sk.connect()
        return sk

    def adopt(
        self,
        laddr: IPAddress,
        lport: int,
        faddr: IPAddress,
        fport: int,
        rcv_nxt: int,
        config: TcpConfig = DEFAULT_TCP,
    ) -> Sock:
        """A connection in mid-stream: ``rcv_nxt`` is the first byte expected."""
        sk = self._sock(laddr, lport, faddr, fport, config)
        sk.adopt(SeqNum(rcv_nxt))
        return sk

    def _sock(
        self, laddr: IPAddress, lport: int, faddr: IPAddress, fport: int, config: TcpConfig
    ) -> Sock:
        key = (laddr.packed, lport, faddr.packed, fport)
        if key in self._sockets:
            raise OSError(EADDRINUSE, f"connection {key} exists")
        sk = Sock(self, laddr, lport, faddr, fport, config, self.seed)
        self._sockets[key] = sk
        return sk

    def forget(self, sk: Sock) -> None:
        """TCP is done with the connection."""
        self._sockets.pop((sk.laddr.packed, sk.lport, sk.faddr.packed, sk.fport), None)

    def inet_lookup_established(
        self, laddr: bytes, lport: int, faddr: bytes, fport: int
    ) -> Sock | None:
        """By the addresses of a received packet; drivers look for the socket of a resync packet."""
        return self._sockets.get((laddr, lport, faddr, fport))

    def get_netdev_for_sock(self, sk: Sock) -> Any:
        """The interface of the socket's route; asked at set-up only, nothing follows a change."""
        return self.netdev

    # ---- packets ------------------------------------------------------------------------------

    def netif_receive(self, batch: list[RxPacket]) -> None:
        """The TCP packets of one poll, checksums good."""
        for packet in napi_gro_receive(batch):
            frame = packet.frame
            sk = self._sockets.get((frame.raw_dst, frame.dport, frame.raw_src, frame.sport))
            if sk is not None:
                sk.tcp_rcv(packet)
            elif not packet.flags & RST:
                self._send_reset(packet)

    def ip_output(self, sk: Sock, segment: TcpSegment) -> None:
        """One frame to the wire."""
        self._ident = (self._ident + 1) & 0xFFFF
        self.output(
            build_tcp_frame(
                self.src_mac,
                self.dst_mac,
                sk.laddr,
                sk.faddr,
                segment,
                vlan=self.vlan,
                ident=self._ident,
            )
        )

    def _send_reset(self, packet: RxPacket) -> None:
        """tcp_v4_send_reset: the packet belongs to no connection."""
        f, seg = packet.frame, packet.segment()
        if f.src is None or f.dst is None or not seg.flags & ACK:
            return
        rst = TcpSegment(f.dport, f.sport, seg.ack, flags=RST, window=0)
        self.output(build_tcp_frame(self.src_mac, self.dst_mac, f.dst, f.src, rst, vlan=self.vlan))

    # ---- devices ------------------------------------------------------------------------------

    def synchronize_net(self, done: Callable[[], None]) -> None:
        """Wait until all packets that were on their way have passed."""
        self.loop.call_later(self.sync_ns, done)

    def netdev_down(self, netdev: Any) -> None:
        """NETDEV_DOWN: all its connections go on in software."""
        netdev.up = False
        tls_device_down(self, netdev)
