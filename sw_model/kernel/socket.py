# SPDX-License-Identifier: BSD-2-Clause
"""Sockets as an application sees them. FreeBSD sys/kern/uipc_socket.c; reading: soreceive.py.

Nothing blocks: where the kernel would sleep, EAGAIN comes back. ``on_readable`` runs as an event
of its own after a wakeup, so it may read, close or write without re-entering the stack.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import EADDRINUSE, EINVAL, ENOTCONN, EPIPE
from typing import TYPE_CHECKING

from sw_model.kernel.ktls_session import TCP_TLS_MODE_NONE, TlsEnable
from sw_model.kernel.ktls_wq import RecordStats
from sw_model.kernel.sockbuf import SBS_CANTRCVMORE, SBS_CANTSENDMORE, SockBuf
from sw_model.kernel.soreceive import (
    POLLIN,
    POLLOUT,
    SS_ISCONNECTED,
    SS_ISCONNECTING,
    Kevent,
    Msg,
    TlsGetRecord,
    filt_soread,
    sopoll_generic,
    soreceive_generic,
)
from sw_model.kernel.tcp_var import Inpcb, IPAddress

if TYPE_CHECKING:
    from sw_model.kernel.stack import Stack

__all__ = ["SS_ISCONNECTED", "SS_ISCONNECTING", "Msg", "Socket", "TlsGetRecord"]

IPPROTO_TCP = 6

SS_NOFDREF = 0x0001
SS_ISDISCONNECTING = 0x0008
SS_ISDISCONNECTED = 0x2000


class Socket:
    """struct socket of a TCP connection or listener."""

    def __init__(
        self, stack: Stack, rcvbuf: int, name: str = "", protocol: int = IPPROTO_TCP
    ) -> None:
        self.stack = stack
        self.name = name
        self.protocol = protocol
        self.inp: Inpcb | None = None
        self.listening = False
        self.so_error = 0
        self.so_state = 0
        self.so_count = 1
        self.so_rcv = SockBuf(
            rcvbuf,
            stack.sysctl["kern.ipc.maxsockbuf"],
            stack.ktls,
            stack.bugs.leaf_ifp_of_first_mbuf,
        )
        self.so_rcv.so = self
        self.record_stats = RecordStats()
        self.on_readable: Callable[[], None] | None = None
        self.on_connected: Callable[[Socket], None] | None = None
        self._upcall_pending = False

    # Receive ----------------------------------------------------------------------------------

    def recvmsg(self, n: int, flags: int = 0, controllen: int = 1024) -> Msg:
        """One record or part of it (soreceive_generic); EAGAIN where the kernel would sleep."""
        return soreceive_generic(self, n, flags, controllen)

    def recv(self, n: int, flags: int = 0) -> tuple[int, bytes]:
        """(errno, bytes) without control message; (0, b"") is end of file or an empty record."""
        msg = soreceive_generic(self, n, flags, 0)
        return msg.errno, msg.data

    def tcp_usr_rcvd(self) -> None:
        """The window may have opened (tcp_usrreq.c)."""
        if self.inp is not None and self.inp.tp is not None and not self.inp.dropped:
            self.stack.tcp_output(self.inp.tp)

    def poll(self, events: int = POLLIN | POLLOUT) -> int:
        """poll(2): which of ``events`` are true now (sopoll_generic)."""
        return sopoll_generic(self, events)

    def kevent(self) -> Kevent:
        """EVFILT_READ of kevent(2) (filt_soread)."""
        return filt_soread(self)

    def getsockopt_error(self) -> int:
        """SO_ERROR: the pending error, once."""
        error, self.so_error = self.so_error, 0
        return error

    def readable(self) -> bool:
        """Readable bytes, end of file or an error: ``poll(POLLIN)``."""
        return bool(sopoll_generic(self, POLLIN) & POLLIN)

    # Send, shutdown, close --------------------------------------------------------------------

    def send(self, data: bytes) -> int:
        """Queue bytes; 0, EPIPE, ENOTCONN or so_error (sosend_generic). There is no limit.

        so_error is one slot for both directions: a bad record may be reported to the writer.
        """
        if self.so_rcv.sb_state & SBS_CANTSENDMORE:
            return EPIPE
        if self.so_error:
            return self.getsockopt_error()
        if not self.so_state & (SS_ISCONNECTED | SS_ISCONNECTING) or self.inp is None:
            return ENOTCONN
        assert self.inp.tp is not None
        self.inp.tp.sender.write(data)
        self.stack.tcp_output(self.inp.tp)
        return 0

    def shutdown(self, how: str) -> int:
        """``how`` is "rd", "wr" or "rdwr" (soshutdown)."""
        if not self.so_state & (SS_ISCONNECTED | SS_ISCONNECTING | SS_ISDISCONNECTING):
            return ENOTCONN
        if how in ("rd", "rdwr"):
            self.sorflush()
        if how in ("wr", "rdwr"):
            self.so_rcv.sb_state |= SBS_CANTSENDMORE
            if self.inp is not None and self.inp.tp is not None:
                self.stack.tcp_usrclosed(self.inp.tp)
        return 0

    def sorflush(self) -> None:
        """Read side shut: everything queued goes, a record being decrypted loses its account."""
        self.socantrcvmore()
        self.so_rcv.sbflush()

    def listen(
        self,
        addr: IPAddress | str | None,
        port: int,
        on_accept: Callable[[Socket], None] | None = None,
    ) -> int:
        """bind and listen: 0, EINVAL or EADDRINUSE (solisten_proto_check).

        A connection, or a socket with TLS, cannot become a listener.
        """
        if self.listening or self.inp is not None or self.so_rcv.sb_tls_info is not None:
            return EINVAL
        if not self.stack.bind_listener(self, addr, port):
            return EADDRINUSE
        self.listening = True
        self.on_connected = on_accept
        return 0

    def close(self) -> None:
        """soclose: the descriptor is gone; TCP finishes on its own."""
        if self.so_state & SS_NOFDREF:
            return
        self.on_readable = None
        self.so_state |= SS_NOFDREF
        if self.listening:
            self.stack.unlisten(self)
        elif self.inp is not None and not self.inp.dropped:
            assert self.inp.tp is not None
            self.soref()  # INP_SOCKREF, dropped by tcp_close
            self.so_rcv.sbflush()
            self.stack.tcp_usrclosed(self.inp.tp)
        self.sorele()

    def abort(self) -> None:
        """Drop the connection and the socket at once, with an RST."""
        if self.inp is not None and not self.inp.dropped and self.inp.tp is not None:
            self.stack.tcp_drop(self.inp.tp, 0)
        self.close()

    @property
    def nofdref(self) -> bool:
        return bool(self.so_state & SS_NOFDREF)

    # TLS --------------------------------------------------------------------------------------

    def setsockopt_rxtls(self, en: TlsEnable, done: Callable[[int], None] | None = None) -> int:
        """TCP_RXTLS_ENABLE: an errno at once, or 0. ``done(errno)`` is called in every case, after
        an allocation of the tag was tried."""
        tell = done or (lambda _: None)
        error = EINVAL if self.nofdref else self.stack.ktls.ktls_enable_rx(self, en, tell)
        if error:
            tell(error)
        return error

    def pause_rx_on(self, predicate: Callable[[int, bytes], bool] | None) -> int:
        """Not in FreeBSD (ktls_rekey.py): stop decrypting behind a record that announces a key."""
        tls = self.so_rcv.sb_tls_info
        if tls is None:
            return EINVAL
        tls.pause_on = predicate
        return 0

    def rekey_rx(self, en: TlsEnable) -> int:
        """Not in FreeBSD (ktls_rekey.py): the key of the records behind the pause."""
        return self.stack.ktls.rekey.rekey_rx(self, en)

    def resume_rx(self) -> int:
        """Not in FreeBSD (ktls_rekey.py): no new key after all."""
        return self.stack.ktls.rekey.resume_rx(self)

    def mode(self) -> int:
        """TCP_RXTLS_MODE."""
        tls = self.so_rcv.sb_tls_info
        return tls.mode if tls else TCP_TLS_MODE_NONE

    def ktls_drop(self, error: int) -> None:
        """The worker found a record that no sender of this session can have made."""
        if self.inp is not None and self.inp.tp is not None and not self.inp.dropped:
            self.stack.tcp_drop(self.inp.tp, error)
        else:
            self.so_error = error

    # States and references --------------------------------------------------------------------

    def soisconnected(self) -> None:
        self.so_state = (self.so_state & ~SS_ISCONNECTING) | SS_ISCONNECTED
        if self.on_connected is not None:
            self.stack.loop.call_later(0, self.on_connected, self)

    def soisdisconnected(self) -> None:
        self.so_state &= ~(SS_ISCONNECTED | SS_ISCONNECTING | SS_ISDISCONNECTING)
        self.so_state |= SS_ISDISCONNECTED
        self.so_rcv.sb_state |= SBS_CANTSENDMORE
        self.socantrcvmore()

    def socantrcvmore(self) -> None:
        """No more data will come: a partial record is an error now."""
        sb = self.so_rcv
        sb.sb_state |= SBS_CANTRCVMORE
        if sb.sb_tls_info is not None:
            self.stack.ktls.ktls_check_rx(sb)
        self.sorwakeup()

    def sorwakeup(self) -> None:
        """Schedule one ``on_readable``, whatever the number of wakeups before it runs."""
        if self.on_readable is not None and not self._upcall_pending:
            self._upcall_pending = True
            self.stack.loop.call_later(self.stack.reader_wakeup_ns, self._upcall)

    def _upcall(self) -> None:
        self._upcall_pending = False
        if self.on_readable is not None:
            self.on_readable()

    def soref(self) -> None:
        self.so_count += 1

    def sorele(self) -> None:
        """The last reference frees buffer and TLS session."""
        self.so_count -= 1
        if self.so_count == 0:
            self.so_rcv.sbflush()
            if self.so_rcv.sb_tls_info is not None:
                self.stack.ktls.ktls_destroy(self.so_rcv.sb_tls_info)
