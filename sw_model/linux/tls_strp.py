# SPDX-License-Identifier: BSD-2-Clause
"""The stream parser of TLS: finds the next record in the TCP queue (net/tls/tls_strp.c).

A record stays in the queue (in place) if its buffers follow each other exactly and have the same
decrypted bit. Else, or when TCP's window is about to close on half a record, its bytes are read out
of the queue into a copy (copy mode), which keeps the marks of each piece; TCP's copied_seq then is
ahead of the record that the reader gets next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from errno import EBADMSG, EINVAL, EMSGSIZE

from sw_model.linux.bugs import Bugs
from sw_model.linux.skbuff import SkBuff, skb_cmp_decrypted
from sw_model.linux.tcp_input import TcpReceiveQueue
from sw_model.linux.tls import TLS_1_2_VERSION, TLS_HEADER_SIZE, TLS_MAX_PAYLOAD_SIZE, ProtInfo
from sw_model.wire.seq import SeqNum
from sw_model.wire.tls import RecordHeader


@dataclass(slots=True)
class StrpMsg:
    """One whole record: its pieces in order, each with the marks of the packet it came in."""

    seq: SeqNum
    full_len: int
    frags: list[SkBuff]
    mixed: bool

    @property
    def decrypted(self) -> bool:
        """The bit of the first piece; the record's own if it is not mixed."""
        return self.frags[0].decrypted

    @property
    def data(self) -> bytes:
        return b"".join(f.data for f in self.frags)[: self.full_len]


@dataclass(slots=True)
class TlsStrparser:
    """``new_rec(seq, record length, bytes queued from seq on)`` is called for each header,
    ``abort(errno)`` for a header that cannot be; nothing is parsed after that."""

    queue: TcpReceiveQueue
    prot: ProtInfo
    bugs: Bugs
    pressure: Callable[[], bool]
    new_rec: Callable[[SeqNum, int, int], None]
    abort: Callable[[int], None]
    msg_ready: bool = False
    stopped: bool = False
    copy_mode: bool = False
    full_len: int = 0
    anchor: list[SkBuff] = field(default_factory=list)
    mixed_decrypted: bool = False

    # ---- finding records ----------------------------------------------------------------------

    def tls_strp_check_rcv(self) -> None:
        """Data arrived, or a record was consumed."""
        if not self.stopped and not self.msg_ready and self.queue.tcp_inq() > 0:
            self.tls_strp_read_sock()

    def tls_strp_read_sock(self) -> None:
        if self.copy_mode:
            self.tls_strp_read_copyin()
            return
        inq = self.queue.tcp_inq()
        if not self.full_len:
            self.full_len = self._msg_size(self._head_in_place(), self.queue.copied_seq, inq)
            if self.stopped:
                return
        if not self.full_len or inq < self.full_len:
            self.tls_strp_read_copy(qshort=True)
        elif not self.tls_strp_check_queue_ok():
            self.tls_strp_read_copy(qshort=False)
        else:
            self.msg_ready = True

    def _head_in_place(self) -> bytes:
        """The first bytes of the next record."""
        if self.bugs.strp_header_overlap:
            return b"".join(f.data for f in self._raw(self.prot.prepend_size))
        pieces = self.queue.pieces(self.queue.copied_seq, self.prot.prepend_size)
        return b"".join(p.data for p in pieces)

    def _msg_size(self, head: bytes, seq: SeqNum, inq: int) -> int:
        """tls_rx_msg_size: the record's length, 0 while the header is not whole."""
        if len(head) < self.prot.prepend_size:
            return 0
        header = RecordHeader.parse(head)
        assert header is not None
        overhead = self.prot.tag_size + self.prot.nonce_size
        error = 0
        if header.length > TLS_MAX_PAYLOAD_SIZE + overhead + self.prot.tail_size:
            error = EMSGSIZE
        elif header.length < overhead:
            error = EBADMSG
        elif header.version != TLS_1_2_VERSION:
            error = EINVAL
        if error:
            self.stopped = True
            self.abort(error)
            return 0
        length = TLS_HEADER_SIZE + header.length
        self.new_rec(seq, length, inq)
        return length

    def tls_strp_check_queue_ok(self) -> bool:
        """May the record stay in place?"""
        first, *rest = self._raw(self.full_len)
        end = first.end_seq
        for skb in rest:
            if skb.seq != end and not self.bugs.strp_overlap_twice:
                return False
            end = skb.end_seq
            if skb_cmp_decrypted(first, skb) and not (
                self.bugs.strp_first_status or self.bugs.strp_mixed_in_place
            ):
                return False
        return True

    def _raw(self, length: int) -> list[SkBuff]:
        """The next bytes of the queue buffer by buffer, whatever their sequence numbers."""
        place = self.queue.tcp_recv_skb(self.queue.copied_seq)
        if place is None:
            return []
        index, off = place
        out: list[SkBuff] = []
        for skb in self.queue.sk_receive_queue[index:]:
            if length <= 0:
                break
            piece = skb.cut(off, min(len(skb.data), off + length))
            out.append(piece)
            length -= len(piece.data)
            off = 0
        return out

    # ---- copy mode ----------------------------------------------------------------------------

    def tls_strp_read_copy(self, qshort: bool) -> None:
        """A short queue alone is no reason: only if TCP could not take the rest of the record."""
        if qshort and not self.pressure():
            return
        self.copy_mode = True
        self.tls_strp_read_copyin()

    def tls_strp_read_copyin(self) -> None:
        """Take bytes out of the queue until the record is whole."""
        while not self.msg_ready and not self.stopped:
            have = self._copied()
            want = (self.full_len or self.prot.prepend_size) - have
            piece = self.queue.tcp_read_sock(want)
            if piece is None:
                return
            self.tls_strp_copyin(piece)
            have = self._copied()
            if not self.full_len:
                head = b"".join(a.data for a in self.anchor)
                self.full_len = self._msg_size(
                    head, self.anchor[0].seq, have + self.queue.tcp_inq()
                )
            self.msg_ready = bool(self.full_len) and have == self.full_len

    def tls_strp_copyin(self, piece: SkBuff) -> None:
        if self.anchor and skb_cmp_decrypted(self.anchor[0], piece):
            if self.bugs.strp_copy_status:
                piece.decrypted = self.anchor[0].decrypted
            else:
                self.mixed_decrypted = True
        self.anchor.append(piece)

    def _copied(self) -> int:
        return sum(len(a.data) for a in self.anchor)

    # ---- the record ---------------------------------------------------------------------------

    @property
    def record_start(self) -> SeqNum:
        """Start of the record held or being collected (tls_device_rx_rec_start)."""
        if self.copy_mode and not self.bugs.rekey_copied_seq:
            return SeqNum(int(self.queue.copied_seq) - self._copied())
        return self.queue.copied_seq

    def tls_strp_msg(self) -> StrpMsg:
        """The record that is ready."""
        assert self.msg_ready
        if self.copy_mode:
            return StrpMsg(self.anchor[0].seq, self.full_len, self.anchor, self.mixed_decrypted)
        frags = self._raw(self.full_len)
        mixed = False
        if self.bugs.strp_walk_beyond:
            walked = self._raw(1 << 31)
            mixed = any(skb_cmp_decrypted(walked[0], f) for f in walked)
        elif self.bugs.strp_mixed_in_place:
            mixed = any(skb_cmp_decrypted(frags[0], f) for f in frags)
        return StrpMsg(frags[0].seq, self.full_len, frags, mixed)

    def tls_strp_msg_done(self) -> None:
        """The record was consumed; look for the next one."""
        assert self.full_len, "no record to be done with"
        if not self.copy_mode:
            self.queue.tcp_read_done(self.full_len)
        self.anchor = []
        self.copy_mode = self.mixed_decrypted = self.msg_ready = False
        self.full_len = 0
        self.tls_strp_check_rcv()

    @property
    def behind(self) -> int:
        """Bytes queued behind the record that is ready."""
        return self.queue.tcp_inq() - (0 if self.copy_mode else self.full_len)
