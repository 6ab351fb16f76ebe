# SPDX-License-Identifier: BSD-2-Clause
"""The compressed table of not-decrypted records (mlx5_en_hw_tls_rx.c, mlx5e_tls_rx_*_tcp_sn).

The kernel reports each record that the hardware did not decrypt; the driver must later tell, for a
sequence number that the hardware asks about, whether a record header sits there and which number
it has. Runs of equal length share one entry, so 32 entries of up to 2048 records cover 1 GiB.
The table knows only TCP continuity: a record that does not start where the last one ended restarts
it, and a report of length 0 ("hardware decrypts again") drops it.
"""

from __future__ import annotations

RESYNC_MAX = 32  # MLX5E_TLS_RX_RESYNC_MAX: a power of two, indices are masked
NUM_MAX = 1 << 11  # MLX5E_TLS_RX_NUM_MAX
assert (RESYNC_MAX * NUM_MAX) << 14 <= 1 << 30  # the signed distance in find() stays valid

_SEQ_MASK = 0xFFFF_FFFF
_RCD_MASK = 0xFFFF_FFFF_FFFF_FFFF
_COUNT_MASK = 0xFFFF  # producer and consumer are 16 bits


class ResyncTable:
    """Field names are the driver's (struct mlx5e_tls_rx_tag) without the ``tcp_resync_`` prefix.

    Invariants, see ``check``: an active table holds 1 to 32 entries, an inactive one none; each
    entry stands for 1 to 2048 records of one length; ``next`` is where the last record ends.
    """

    __slots__ = ("active", "cc", "len", "next", "num", "pc", "rcd_start", "start")

    def __init__(self) -> None:
        self.len = [0] * RESYNC_MAX
        self.num = [0] * RESYNC_MAX
        self.pc = 0
        self.cc = 0
        self.start = 0  # sequence number of the oldest record's header
        self.rcd_start = 0  # and its record number
        self.next = 0
        self.active = False

    def entries(self) -> list[tuple[int, int]]:
        """(record length, records), oldest first."""
        count = (self.pc - self.cc) & _COUNT_MASK
        slots = ((self.cc + i) % RESYNC_MAX for i in range(count))
        return [(self.len[j], self.num[j]) for j in slots]

    def clear(self) -> None:
        """Forget everything; nothing is found until the next ``add``."""
        self.active = False
        self.pc = self.cc = 0

    def add(self, sn: int, length: int, rcd: int) -> bool:
        """One report of the kernel; tells whether a resync is wanted."""
        if not self.active or sn != self.next or length == 0:
            self._restart(sn, length, rcd)
        else:
            self._append(length)
        self.next = (sn + length) & _SEQ_MASK
        return self.active

    def _restart(self, sn: int, length: int, rcd: int) -> None:
        self.active = length != 0
        self.len[0], self.num[0] = length, 1
        self.pc, self.cc = int(self.active), 0
        self.start, self.rcd_start = sn, rcd

    def _append(self, length: int) -> None:
        last = (self.pc - 1) % RESYNC_MAX
        if self.len[last] == length and self.num[last] != NUM_MAX:
            self.num[last] += 1
            return
        if (self.pc - self.cc) & _COUNT_MASK == RESYNC_MAX:
            self._evict()
        slot = self.pc % RESYNC_MAX
        self.len[slot], self.num[slot] = length, 1
        self.pc = (self.pc + 1) & _COUNT_MASK

    def _evict(self) -> None:
        oldest = self.cc % RESYNC_MAX
        self.rcd_start = (self.rcd_start + self.num[oldest]) & _RCD_MASK
        self.start = (self.start + self.len[oldest] * self.num[oldest]) & _SEQ_MASK
        self.cc = (self.cc + 1) & _COUNT_MASK

    def find(self, sn: int) -> int | None:
        """Number of the record whose header is at ``sn``, None if there is none in the table.

        The end of the last record is not found: whether a header follows there is not known yet.
        """
        offset = records = 0
        for length, num in self.entries():
            delta = (sn - offset - self.start) & _SEQ_MASK
            if delta & 0x8000_0000:
                return None
            leap = length * num
            if delta < leap:
                if delta % length:
                    return None
                return (self.rcd_start + records + delta // length) & _RCD_MASK
            offset += leap
            records += num
        return None

    def check(self) -> None:
        """Assert the invariants above."""
        entries = self.entries()
        assert self.active == bool(entries)
        assert len(entries) <= RESYNC_MAX
        assert all(length > 0 and 1 <= num <= NUM_MAX for length, num in entries)
        if entries:
            total = sum(length * num for length, num in entries)
            assert (self.start + total) & _SEQ_MASK == self.next
