# SPDX-License-Identifier: BSD-2-Clause
"""The receive queue of a TCP socket (net/ipv4/tcp_input.c, tcp.c).

Two properties matter to TLS. Buffers of which the decrypted bits differ are never joined. And a
segment that overlaps data already taken is queued as it is: readers find their place by sequence
number, so the bytes of neighbouring buffers may overlap.
"""

from __future__ import annotations

from sw_model.linux.skbuff import SkBuff, skb_mergeable
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import SackBlock


class TcpReceiveQueue:
    """``sk_receive_queue`` and ``out_of_order_queue``; invariants in ``check``."""

    def __init__(self, rcv_nxt: SeqNum) -> None:
        self.rcv_nxt = rcv_nxt
        self.copied_seq = rcv_nxt
        self.sk_receive_queue: list[SkBuff] = []
        self.out_of_order_queue: list[SkBuff] = []
        self._last_ofo: SeqNum | None = None

    # ---- input --------------------------------------------------------------------------------

    def insert(self, seq: SeqNum, payload: bytes, window: int) -> bytes:
        """A segment without marks; the payload if anything came in order (peer.Receiver)."""
        return payload if self.tcp_data_queue(SkBuff(seq, payload), window) else b""

    def tcp_data_queue(self, skb: SkBuff, window: int) -> bool:
        """Take a segment, cut at the window; True when rcv_nxt moved."""
        room = window - skb.seq.minus(self.rcv_nxt)
        if room < len(skb.data):
            skb = skb.cut(0, max(0, room))
        if not skb.data or skb.end_seq <= self.rcv_nxt:
            return False
        if skb.seq > self.rcv_nxt:
            self.tcp_data_queue_ofo(skb)
            return False
        self.tcp_queue_rcv(skb)
        self.tcp_ofo_queue()
        return True

    def tcp_queue_rcv(self, skb: SkBuff) -> None:
        """Append in order, joined to the tail if possible; the front is not trimmed."""
        queue = self.sk_receive_queue
        end = skb.end_seq
        if not (queue and tcp_try_coalesce(queue[-1], skb)):
            queue.append(skb)
        self.rcv_nxt = end

    def tcp_data_queue_ofo(self, skb: SkBuff) -> None:
        """Keep it sorted; drop what one buffer covers, and buffers that the new one covers."""
        self._last_ofo = skb.seq
        queue = self.out_of_order_queue
        at = sum(q.seq <= skb.seq for q in queue)
        if at:
            before = queue[at - 1]
            if skb.end_seq <= before.end_seq:
                return
            if tcp_try_coalesce(before, skb):
                at -= 1
                skb = before
            elif before.seq == skb.seq:
                at -= 1
                queue[at] = skb
            else:
                queue.insert(at, skb)
        else:
            queue.insert(0, skb)
        while at + 1 < len(queue) and queue[at + 1].end_seq <= skb.end_seq:
            del queue[at + 1]

    def tcp_ofo_queue(self) -> None:
        """Move what is in order now."""
        while self.out_of_order_queue and self.out_of_order_queue[0].seq <= self.rcv_nxt:
            skb = self.out_of_order_queue.pop(0)
            if skb.end_seq > self.rcv_nxt:
                self.tcp_queue_rcv(skb)

    def tcp_collapse(self) -> None:
        """Under memory pressure: one buffer for each run of equal marks, overlaps removed."""
        joined: list[SkBuff] = []
        at = self.copied_seq
        for skb in self.sk_receive_queue:
            off = max(0, at.minus(skb.seq))
            if off >= len(skb.data):
                continue
            piece = skb.cut(off, len(skb.data))
            at = piece.end_seq
            if not (joined and tcp_try_coalesce(joined[-1], piece)):
                joined.append(piece)
        self.sk_receive_queue = joined

    # ---- reading ------------------------------------------------------------------------------

    def tcp_inq(self) -> int:
        """Bytes in order and not read."""
        return self.rcv_nxt.minus(self.copied_seq)

    @property
    def rmem(self) -> int:
        """sk_rmem_alloc."""
        return sum(s.truesize for s in (*self.sk_receive_queue, *self.out_of_order_queue))

    def tcp_recv_skb(self, seq: SeqNum) -> tuple[int, int] | None:
        """(index, offset) of the first buffer that holds ``seq``."""
        for i, skb in enumerate(self.sk_receive_queue):
            if seq < skb.end_seq:
                return i, seq.minus(skb.seq)
        return None

    def pieces(self, seq: SeqNum, length: int) -> list[SkBuff]:
        """The bytes from ``seq`` on, each byte once; fewer if there are fewer."""
        out: list[SkBuff] = []
        for skb in self.sk_receive_queue:
            off = seq.minus(skb.seq)
            if length and 0 <= off < len(skb.data):
                piece = skb.cut(off, min(len(skb.data), off + length))
                out.append(piece)
                length -= len(piece.data)
                seq = piece.end_seq
        return out

    def tcp_read_sock(self, length: int) -> SkBuff | None:
        """Take at most ``length`` bytes out of one buffer."""
        got = self.pieces(self.copied_seq, length)
        if not got:
            return None
        self.tcp_read_done(len(got[0].data))
        return got[0]

    def tcp_read_done(self, length: int) -> None:
        """Bytes were read: buffers that hold nothing else go."""
        self.copied_seq = self.copied_seq + length
        queue = self.sk_receive_queue
        while queue and queue[0].end_seq <= self.copied_seq:
            queue.pop(0)

    # ---- acknowledgement ----------------------------------------------------------------------

    def sack_blocks(self) -> tuple[SackBlock, ...]:
        """Runs of the out-of-order queue, that of the latest segment first."""
        runs: list[SackBlock] = []
        for skb in self.out_of_order_queue:
            if runs and skb.seq <= runs[-1][1]:
                runs[-1] = (runs[-1][0], skb.end_seq)  # ends are sorted too
            else:
                runs.append((skb.seq, skb.end_seq))
        last = self._last_ofo
        runs.sort(key=lambda r: last is None or not (r[0] <= last < r[1]))
        return tuple(runs)

    def check(self) -> None:
        """In order: each buffer starts at or below the end of the one before it and ends above."""
        for a, b in zip(self.sk_receive_queue, self.sk_receive_queue[1:], strict=False):
            assert b.seq <= a.end_seq < b.end_seq, "gap or useless buffer in the receive queue"
        if self.sk_receive_queue:
            assert self.sk_receive_queue[0].seq <= self.copied_seq
            assert self.sk_receive_queue[-1].end_seq == self.rcv_nxt
        else:
            assert self.tcp_inq() == 0
        for a, b in zip(self.out_of_order_queue, self.out_of_order_queue[1:], strict=False):
            assert a.seq < b.seq, "out-of-order queue not sorted"
            assert a.end_seq < b.end_seq, "buffer covered by another one"
        assert all(q.seq > self.rcv_nxt for q in self.out_of_order_queue)


def tcp_try_coalesce(to: SkBuff, skb: SkBuff) -> bool:
    """Join ``skb`` to the end of ``to``: only if it follows exactly and the marks are the same."""
    if to.end_seq != skb.seq or not skb_mergeable(to, skb):
        return False
    to.data += skb.data
    return True
