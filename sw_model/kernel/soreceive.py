# SPDX-License-Identifier: BSD-2-Clause
"""Reading from a socket: soreceive_generic and sopoll_generic of FreeBSD sys/kern/uipc_socket.c.

One call returns bytes of one record. The control message of a TLS record comes with its first part,
MSG_EOR with its last. A reason not to wait is looked for only when nothing is queued: that is why a
good record may be read before the error of an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from errno import EAGAIN, ENOTCONN
from typing import TYPE_CHECKING

from sw_model.kernel.ktls_record import CMSG_HDR, CMSG_SPACE, TLS_GET_RECORD_FMT
from sw_model.kernel.mbuf import M_EOR, MT_CONTROL, Mbuf, m_free
from sw_model.kernel.sockbuf import SBS_CANTSENDMORE, SockBuf

if TYPE_CHECKING:
    from sw_model.kernel.socket import Socket

SS_ISCONNECTED = 0x0002
SS_ISCONNECTING = 0x0004

MSG_PEEK = 0x2

POLLIN, POLLOUT, POLLHUP, POLLRDNORM = 0x0001, 0x0004, 0x0010, 0x0040
POLL_READ = POLLIN | POLLRDNORM


@dataclass(frozen=True, slots=True)
class Cmsg:
    """struct cmsghdr with its data."""

    cmsg_len: int
    cmsg_level: int
    cmsg_type: int
    data: bytes

    @classmethod
    def parse(cls, m: Mbuf) -> Cmsg:
        length, level, kind, _ = CMSG_HDR.unpack_from(m.store, m.m_off)
        return cls(length, level, kind, m.data[CMSG_HDR.size : length])


@dataclass(frozen=True, slots=True)
class TlsGetRecord:
    """struct tls_get_record, the payload of the TLS_GET_RECORD control message."""

    tls_type: int
    tls_vmajor: int
    tls_vminor: int
    tls_length: int

    @classmethod
    def parse(cls, m: Mbuf) -> TlsGetRecord:
        return cls(*TLS_GET_RECORD_FMT.unpack_from(m.store, m.m_off + CMSG_HDR.size))


@dataclass(frozen=True, slots=True)
class Msg:
    """What one recvmsg returned. ``data`` empty, no type and errno 0: end of file.

    ``record_type``, ``tls`` and ``cmsg`` come with the first part of a record only. ``cmsg`` is
    None as well when the caller's control buffer was absent, or too small (``ctrunc``).
    """

    data: bytes = b""
    record_type: int | None = None
    eor: bool = False
    errno: int = 0
    tls: TlsGetRecord | None = None
    cmsg: Cmsg | None = None
    ctrunc: bool = False

    @property
    def eof(self) -> bool:
        return not (self.data or self.errno or self.eor or self.tls)


def soreceive_generic(so: Socket, n: int, flags: int = 0, controllen: int = 1024) -> Msg:
    """At most one record, or what fits into ``n`` bytes.

    ``flags``: 0 or MSG_PEEK, which leaves everything where it is. ``controllen`` is the caller's
    control buffer: 0 drops the message silently, less than CMSG_SPACE(6) = 24 gives MSG_CTRUNC.
    """
    sb = so.so_rcv
    if sb.sb_mb is None:
        return _nothing(so, flags)
    peek = bool(flags & MSG_PEEK)
    tls: TlsGetRecord | None = None
    cmsg: Cmsg | None = None
    first: Mbuf | None = sb.sb_mb
    if sb.sb_mb.m_type == MT_CONTROL:
        control = sb.sb_mb
        tls = TlsGetRecord.parse(control)
        if controllen >= CMSG_SPACE:
            cmsg = Cmsg.parse(control)
        first = control.m_next
        if not peek:
            m_free(sb.sbdrop_first())
    ctrunc = tls is not None and 0 < controllen < CMSG_SPACE
    if first is None:
        data, eor = b"", True
    elif peek:
        data, eor = _peek(first, n)
    else:
        data, eor = _copy_out(sb, n)
    if not peek:
        so.tcp_usr_rcvd()
    return Msg(data, tls.tls_type if tls else None, eor, 0, tls, cmsg, ctrunc)


def _nothing(so: Socket, flags: int) -> Msg:
    """The order in which soreceive_generic looks for a reason not to wait."""
    sb = so.so_rcv
    if so.so_error:
        error = so.so_error
        if not flags & MSG_PEEK:
            so.so_error = 0
        return Msg(errno=error)
    if sb.cantrcvmore and not sb.sb_tlscc and not sb.sb_tlsdcc:
        return Msg()
    if not so.so_state & (SS_ISCONNECTED | SS_ISCONNECTING):
        return Msg(errno=ENOTCONN)
    return Msg(errno=EAGAIN)


def _copy_out(sb: SockBuf, n: int) -> tuple[bytes, bool]:
    """Bytes of the first record up to ``n``; True when its end (M_EOR) was reached."""
    out: list[memoryview] = []
    eor = False
    m = sb.sb_mb
    while m is not None and n and not eor and m.m_type != MT_CONTROL:
        take = min(n, m.m_len)
        out.append(memoryview(m.store)[m.m_off : m.m_off + take])
        n -= take
        if take < m.m_len:
            m.m_off += take
            m.m_len -= take
            sb.sb_ccc -= take
            sb.sb_acc -= take
            break
        eor = bool(m.m_flags & M_EOR)
        m_free(sb.sbdrop_first())
        m = sb.sb_mb
    return b"".join(out), eor


def _peek(first: Mbuf, n: int) -> tuple[bytes, bool]:
    """As ``_copy_out``, leaving the buffer alone. Stream data before TLS is one long record."""
    out = bytearray()
    for m in _data_mbufs(first):
        if len(out) == n:
            break
        take = min(n - len(out), m.m_len)
        out += m.store[m.m_off : m.m_off + take]
        if take == m.m_len and m.m_flags & M_EOR:
            return bytes(out), True
    return bytes(out), False


def _data_mbufs(first: Mbuf) -> Iterator[Mbuf]:
    for m in first.chain():
        if m.m_type == MT_CONTROL:
            return
        yield m


def soreadabledata(so: Socket) -> bool:
    """Decrypted bytes (sb_acc) or an error; records waiting for the worker do not count."""
    return so.so_rcv.sbavail() > 0 or so.so_error != 0


def sopoll_generic(so: Socket, events: int) -> int:
    """poll(2): the ``events`` that are true now, and POLLHUP unasked."""
    revents = 0
    if events & POLL_READ and soreadabledata(so):
        revents |= events & POLL_READ
    if events & POLLOUT and so.so_state & SS_ISCONNECTED:  # the send buffer has no limit
        revents |= POLLOUT
    if so.so_rcv.cantrcvmore:
        revents |= events & POLL_READ
        if so.so_rcv.sb_state & SBS_CANTSENDMORE:
            revents |= POLLHUP
    return revents


@dataclass(frozen=True, slots=True)
class Kevent:
    """What EVFILT_READ says: ``data`` readable bytes without control messages, ``fflags`` errno."""

    active: bool
    data: int
    eof: bool
    fflags: int


def filt_soread(so: Socket) -> Kevent:
    """kevent(2), EVFILT_READ. The error of a socket at its end is told, but not taken."""
    sb = so.so_rcv
    eof = sb.cantrcvmore
    active = eof or soreadabledata(so)
    return Kevent(active, sb.sbavail() - sb.sb_ctl, eof, so.so_error if eof else 0)
