# SPDX-License-Identifier: BSD-2-Clause
"""A TCP socket of the Linux host. What is not the receive queue (handshake, acknowledgement,
sending, closing) is the peer's TCP; nothing of TLS depends on it.

Nothing blocks: where the kernel would sleep, EAGAIN comes back. ``on_readable`` runs as an event of
its own, so it may read, close or write.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from errno import EAGAIN, ECONNRESET, EPIPE, ETIMEDOUT
from typing import TYPE_CHECKING, Any

from sw_model.crypto.keys import TrafficKeys
from sw_model.linux.gro import RxPacket
from sw_model.linux.skbuff import SkBuff
from sw_model.linux.tcp_input import TcpReceiveQueue
from sw_model.linux.tls import CryptoInfo, RecordStats, TlsContext
from sw_model.linux.tls_main import (
    do_tls_setsockopt_conf,
    tls_init,
    tls_rx_expect_no_pad,
    tls_sk_proto_close,
)
from sw_model.linux.tls_sw import Msg, TlsRecord, tls_sw_recvmsg
from sw_model.peer.config import TcpConfig
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.peer.states import State
from sw_model.wire.frame import IPAddress
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import TcpSegment

if TYPE_CHECKING:
    from sw_model.linux.host import LinuxHost

CLOSE_REASONS = {"reset": ECONNRESET, "timeout": ETIMEDOUT}


class Sock(TcpEndpoint):
    """struct sock with its TLS context. Use ``LinuxHost.connect`` or ``adopt``."""

    def __init__(
        self,
        host: LinuxHost,
        laddr: IPAddress,
        lport: int,
        faddr: IPAddress,
        fport: int,
        config: TcpConfig,
        seed: int = 0,
    ) -> None:
        self.host, self.laddr, self.lport = host, laddr, lport
        self.faddr, self.fport = faddr, fport
        self.name = f"{faddr}:{fport}-{laddr}:{lport}"
        self.sk_rcvbuf = config.window
        self.sk_err = 0
        self.ulp = False
        self.tls: TlsContext | None = None
        self.rx_list: deque[TlsRecord] = deque()
        self.on_readable: Callable[[], None] | None = None
        self.sock_dead = False
        self._skb: SkBuff | None = None
        self._upcall_pending = False
        self._promised = SeqNum(0)  # right edge of the window last advertised
        super().__init__(
            host.loop, self._output, lport, fport, seed=seed, name=self.name, config=config
        )
        self.on_data = lambda _: self._tcp_data_ready()
        self.on_eof = self.data_ready
        self.on_close = self._closed_by_tcp

    @property
    def vflag(self) -> int:
        """4 or 6, as drivers ask."""
        return self.laddr.version

    @property
    def queue(self) -> TcpReceiveQueue:
        assert isinstance(self.receiver, TcpReceiveQueue)
        return self.receiver

    def _output(self, segment: TcpSegment) -> None:
        self.host.ip_output(self, segment)

    # ---- TCP input ----------------------------------------------------------------------------

    def make_receiver(self, rcv_nxt: SeqNum) -> TcpReceiveQueue:
        self._promised = rcv_nxt
        return TcpReceiveQueue(rcv_nxt)

    def tcp_rcv(self, packet: RxPacket) -> None:
        """One packet from GRO, its payload with the marks of the driver."""
        self._skb = packet.skb
        self.input(packet.segment())
        self._skb = None

    def queue_payload(self, segment: TcpSegment) -> bytes:
        """tcp_data_queue, and tcp_prune_queue when there is too much."""
        skb = SkBuff(segment.seq, segment.payload) if self._skb is None else self._skb
        moved = self.queue.tcp_data_queue(replace(skb), self.window)
        if self.queue.rmem > self.sk_rcvbuf:
            self.queue.tcp_collapse()
        return segment.payload if moved else b""

    def _take_data(self, seg: TcpSegment) -> None:
        """New data for a socket that nobody will read resets the connection."""
        if self.sock_dead and seg.payload and seg.seq + len(seg.payload) > self.queue.rcv_nxt:
            self.abort()
            return
        super()._take_data(seg)

    @property
    def window(self) -> int:
        """tcp_receive_window: what is free, but never less than was promised. What the parser has
        copied out of the queue does not count."""
        if not isinstance(self.receiver, TcpReceiveQueue):
            return self.sk_rcvbuf
        promised = self._promised.minus(self.receiver.rcv_nxt)
        return max(0, promised, self.sk_rcvbuf - self.receiver.tcp_inq())

    def under_pressure(self) -> bool:
        """tcp_epollin_ready(sk, INT_MAX): the window will close before the record is whole."""
        return self.window <= self.config.mss

    def _acknowledge(self) -> None:
        self._promised = max(self._promised, self.queue.rcv_nxt + self.window)
        super()._acknowledge()

    def tcp_cleanup_rbuf(self) -> None:
        """The reader made room: tell the peer if that is worth a packet."""
        if self.state in (State.CLOSED, State.SYN_SENT, State.LISTEN):
            return
        grown = (self.queue.rcv_nxt + self.window).minus(self._promised)
        if grown >= min(2 * self.config.mss, self.sk_rcvbuf // 2):
            self._acknowledge()

    # ---- wake-ups -----------------------------------------------------------------------------

    def _tcp_data_ready(self) -> None:
        """sk_data_ready, which TLS replaces by its parser's."""
        if self.tls is not None:
            self.tls.strp.tls_strp_check_rcv()
        self.data_ready()

    def data_ready(self) -> None:
        """Schedule one ``on_readable``, whatever the number of wake-ups before it runs."""
        if self.on_readable is not None and not self._upcall_pending:
            self._upcall_pending = True
            self.loop.call_later(0, self._upcall)

    def _upcall(self) -> None:
        self._upcall_pending = False
        if self.on_readable is not None:
            self.on_readable()

    def report_error(self, errno: int) -> None:
        """sk_err and sk_error_report."""
        self.sk_err = errno
        self.data_ready()

    def sock_error(self) -> int:
        """The pending error, once."""
        error, self.sk_err = self.sk_err, 0
        return error

    def _closed_by_tcp(self, reason: str) -> None:
        error = CLOSE_REASONS.get(reason, 0)
        if error and not self.sock_dead:
            self.sk_err = error
        self.host.forget(self)
        self.data_ready()

    @property
    def rcv_shutdown(self) -> bool:
        """RCV_SHUTDOWN or SOCK_DONE: nothing more will come."""
        return self._fin_seen or self.state is State.CLOSED

    # ---- the application ----------------------------------------------------------------------

    def recvmsg(self, n: int, *, cmsg: bool = True, peek: bool = False) -> Msg:
        """At most ``n`` bytes. With TLS: data records, as many as are ready, or one other."""
        if self.tls is not None:
            msg = tls_sw_recvmsg(self.tls, self.rx_list, n, cmsg, peek)
        else:
            msg = self._tcp_recvmsg(n, peek)
        self.tcp_cleanup_rbuf()
        return msg

    def _tcp_recvmsg(self, n: int, peek: bool) -> Msg:
        data = b"".join(p.data for p in self.queue.pieces(self.queue.copied_seq, n))
        if data:
            if not peek:
                self.queue.tcp_read_done(len(data))
            return Msg(data)
        if self.sk_err:
            return Msg(errno=self.sock_error())
        return Msg() if self.rcv_shutdown else Msg(errno=EAGAIN)

    def recv(self, n: int) -> tuple[int, bytes]:
        """(errno, bytes) without control message."""
        msg = self.recvmsg(n, cmsg=False)
        return msg.errno, msg.data

    def readable(self) -> bool:
        """poll: a whole record, an error or the end; half a record does not count."""
        if self.tls is None:
            ready = self.queue.tcp_inq() > 0
        else:
            ready = self.tls.strp.msg_ready or bool(self.rx_list)
        return ready or bool(self.sk_err) or self.rcv_shutdown

    def write(self, data: bytes) -> int:
        """0 or EPIPE."""
        if self._close_due or self.state is State.CLOSED:
            return EPIPE
        self.send(data)
        return 0

    def set_ulp_tls(self) -> int:
        """setsockopt(SOL_TCP, TCP_ULP, "tls")."""
        return tls_init(self)

    def set_tls_rx(self, info: CryptoInfo, done: Callable[[int], None] | None = None) -> int:
        """setsockopt(SOL_TLS, TLS_RX): an errno at once, or 0 and ``done`` later."""
        return do_tls_setsockopt_conf(self, info, done or (lambda _: None))

    def expect_no_pad(self, value: bool = True) -> int:
        """setsockopt(SOL_TLS, TLS_RX_EXPECT_NO_PAD)."""
        return tls_rx_expect_no_pad(self.tls, value)

    def enable_rx(self, keys: TrafficKeys, number: int, done: Callable[[int], None]) -> int:
        """What a TLS library does after the handshake, or with the next key."""
        error = 0 if self.ulp else self.set_ulp_tls()
        return error or self.set_tls_rx(CryptoInfo.of(keys, number), done)

    def close(self) -> None:
        """close(2). Unread data means that the peer is told with a reset."""
        if self.sock_dead:
            return
        self.sock_dead = True
        self.on_readable = None
        unread = isinstance(self.receiver, TcpReceiveQueue) and self.queue.tcp_inq() > 0
        if self.tls is not None:
            tls_sk_proto_close(self.tls)
        if unread and self.state is not State.CLOSED:
            self.abort()
        else:
            super().close()

    @property
    def record_stats(self) -> RecordStats:
        return self.tls.stats if self.tls is not None else RecordStats()

    def emit(self, what: str, **fields: Any) -> None:
        """One event of this socket in the trace."""
        self.host.trace.emit(self.loop.now, "kernel", what, flow=self.name, **fields)

    def check(self) -> None:
        """Invariants of the queue and of what the parser made of it."""
        if isinstance(self.receiver, TcpReceiveQueue):
            self.receiver.check()
