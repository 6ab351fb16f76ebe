# SPDX-License-Identifier: BSD-2-Clause
"""The receive send tag: one offloaded connection (mlx5_en_hw_tls_rx.c).

The kernel reports records that came up not decrypted (``modify``); the tag keeps them in its table
and asks the hardware, at most one request at a time, whether it locked onto a header (GET_PSV). If
a header of the table is at the position answered, the tag confirms it with a write of the static
parameters. There is no timer: the next report is the only retry.

A tag lives while it has references: the kernel's own, and one for each UMR and GET_PSV under way.
The last one gone, the work queue tears down rule, key and context, in this order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from errno import ENXIO
from typing import Any, Protocol

from sw_model.driver.device import TlsRxDevice
from sw_model.driver.iq import CommandQueue
from sw_model.driver.resync_table import ResyncTable
from sw_model.nic import layout
from sw_model.nic.layout import AuthState, Completion, CplStatus, FlowRule, StaticParams, TrackState
from sw_model.wire.seq import SeqNum

PROGRESS_BUFFER_SIZE = 128  # MLX5E_TLS_RX_PROGRESS_BUFFER_SIZE


class TagState(IntEnum):
    """MLX5E_TLS_RX_ST_*."""

    INIT = 0
    SETUP = 1
    READY = 2
    RELEASE = 3
    FREED = 4


class Inpcb(Protocol):
    """What the driver needs of a connection; ``vflag`` is 4 or 6."""

    @property
    def vflag(self) -> int: ...
    @property
    def faddr(self) -> Any: ...
    @property
    def laddr(self) -> Any: ...
    @property
    def fport(self) -> int: ...
    @property
    def lport(self) -> int: ...

    def ktls_get_rx_sequence(self) -> tuple[int, SeqNum, int]: ...


class Session(Protocol):
    """What the driver needs of a TLS session."""

    @property
    def version(self) -> str: ...
    @property
    def cipher(self) -> str: ...
    @property
    def key(self) -> bytes: ...
    @property
    def iv(self) -> bytes: ...


class TlsRxTag:
    """One tag. Made by ``TlsRxAlloc``, which alone moves it from INIT to READY.

    Invariants, see ``check``: references never fall below 0; at RELEASE and after there are none;
    a FREED tag holds no number, rule, key bytes or table entry.
    """

    def __init__(self, dev: TlsRxDevice, ifp: Any, iq: CommandQueue | None = None) -> None:
        self.dev = dev
        self.ifp = ifp
        self.iq = iq or dev.iq  # of the channel the flow id chose
        self.state = TagState.INIT
        self.refcount = 1
        self.tirn: int | None = None
        self.dek_index: int | None = None
        self.dek_index_ok = False
        self.flow_rule: FlowRule | None = None
        self.rule_active = False
        self.static: StaticParams | None = None
        self.key = b""
        self.rx_progress = bytearray(PROGRESS_BUFFER_SIZE)  # the hardware writes answers here
        self.table = ResyncTable()
        self.resync_pending = False
        self.closing = False
        dev.tags += 1

    # ---- the kernel's calls ----

    def modify(self, tls_hdr_tcp_sn: int, tls_rec_length: int, tls_seq_number: int) -> int:
        """A record came up not decrypted; length 0 says that hardware decrypts again.

        mlx5e_tls_rx_snd_tag_modify. The table is updated even when no request can be posted.
        """
        if self.closing:
            raise RuntimeError("tag used after it was freed")
        if self.dev.gone:
            return ENXIO
        sn = int(tls_hdr_tcp_sn)
        self._emit("modify", sn=sn, len=tls_rec_length, rcd=tls_seq_number)
        if self.dev.faults.keep_table_on_gap and self.table.active and tls_rec_length:
            self.table.next = sn
        active = self.table.add(sn, tls_rec_length, tls_seq_number)
        if not active or (self.resync_pending and not self.dev.faults.ignore_pending):
            return 0
        error = self.post_get_psv(self._receive_progress)
        if error:
            self.dev.stats.rx_resync_err += 1
            self._emit("resync_err", errno=error)
            return error
        self.resync_pending = True
        self.dev.stats.rx_resync_ok += 1
        self._emit("get_psv")
        return 0

    def free(self) -> None:
        """mlx5e_tls_rx_snd_tag_free: the kernel drops its reference; never blocks.

        Nothing may be called afterwards.
        """
        if self.closing:
            raise RuntimeError("tag freed twice")
        self.closing = True
        self.table.clear()  # an answer under way must find nothing to confirm
        self._emit("free")
        self.rele()

    # ---- references ----

    def ref(self) -> None:
        self.refcount += 1

    def rele(self) -> None:
        """Drop one reference; the last one starts the release."""
        self.refcount -= 1
        if self.refcount == 0:
            self.state = TagState.RELEASE
            self.dev.work.enqueue(self._release)

    def _post_referenced(
        self,
        cmd: bytes,
        then: Callable[[Completion | None], None],
        buffer: bytearray | None = None,
    ) -> int:
        """Post a work entry that holds a reference until its completion has run."""

        def complete(cpl: Completion | None) -> None:
            then(cpl)
            self.rele()

        error = self.iq.post(cmd, complete, buffer)
        if not error:
            self.ref()
        return error

    # ---- hardware ----

    def post_static(self) -> int:
        """Write the static parameters (UMR): set-up, and each confirmation."""
        assert self.static is not None
        return self._post_referenced(layout.set_static(self._tirn(), self.static), lambda _: None)

    def post_get_psv(self, then: Callable[[Completion | None], None]) -> int:
        """Ask for the progress parameters; the answer will be in ``rx_progress``."""
        return self._post_referenced(layout.get_psv(self._tirn()), then, self.rx_progress)

    def _receive_progress(self, cpl: Completion | None) -> None:
        """GET_PSV answered (mlx5e_tls_rx_receive_progress_parameters_cb).

        None: the queue was torn down. The kernel does not know that and takes what the buffer holds
        for an answer: an old one at worst, which the hardware must ignore anyway.
        """
        self.resync_pending = False
        sn = self._candidate(cpl)
        if sn is None:
            return
        rcd = self.table.find(sn)
        if rcd is None and self.dev.faults.confirm_without_find and self.table.active:
            rcd = self.table.rcd_start
        if rcd is None:
            self._emit("not_found", sn=sn)
            return
        self._confirm(sn, rcd)

    def _candidate(self, cpl: Completion | None) -> int | None:
        """The position the hardware wants confirmed, if it is in the state to be."""
        if cpl is not None and cpl.status != CplStatus.OK:
            return None
        state = self.rx_progress[12]  # raw: reserved values must not matter
        if state >> 6 != TrackState.TRACKING or state >> 4 & 3 != AuthState.NO_OFFLOAD:
            self._emit("not_tracking", state=state)
            return None
        return int.from_bytes(self.rx_progress[8:12], "big")

    def _confirm(self, sn: int, rcd: int) -> None:
        assert self.static is not None
        if self.dev.faults.confirm_wrong_number:
            rcd = (rcd + 1) % (1 << 64)
        self.static = replace(self.static, initial_record_number=rcd, resync_tcp_sn=sn)
        if self.post_static():
            self.dev.stats.rx_error += 1
            self._emit("confirm_err", sn=sn)
            return
        self._emit("confirm", sn=sn, rcd=rcd)

    # ---- release (work queue) ----

    def _release(self, done: Callable[[], None]) -> None:
        """mlx5e_tls_rx_work, RELEASE: delete rule, destroy key, close context, wipe."""
        steps: list[Callable[[Callable[[], None]], None]] = [
            self._delete_rule,
            self._destroy_key,
            self._destroy_context,
        ]
        if self.dev.faults.key_before_rule:
            steps[:2] = reversed(steps[:2])

        def step() -> None:
            if steps:
                steps.pop(0)(step)
            else:
                self._freed()
                done()

        step()

    def _delete_rule(self, done: Callable[[], None]) -> None:
        if not self.rule_active or self.flow_rule is None:
            done()
            return
        self.rule_active = False
        cmd = layout.del_rule(self._tirn(), self.flow_rule)
        self.dev.firmware(cmd, lambda _: done())

    def _destroy_key(self, done: Callable[[], None]) -> None:
        dek = self.dek_index
        if dek is None:
            done()
            return

        def destroyed(_: Completion | None) -> None:
            self.dev.keys.give_back(dek)
            self.dek_index = None
            done()

        if not self.dek_index_ok:
            destroyed(None)
            return
        self.dek_index_ok = False
        self.dev.firmware(layout.destroy_key(dek), destroyed)

    def _destroy_context(self, done: Callable[[], None]) -> None:
        tirn = self.tirn
        if tirn is None:
            done()
            return

        def destroyed(_: Completion | None) -> None:
            self.dev.contexts.give_back(tirn)
            self.tirn = None
            done()

        self.dev.firmware(layout.destroy_ctx(tirn), destroyed)

    def _freed(self) -> None:
        self.static = self.flow_rule = None
        self.key = b""
        self.table.clear()
        self.resync_pending = False
        self.dev.num_resources -= 1
        self.dev.tags -= 1
        self.state = TagState.FREED
        self._emit("freed")

    # ---- helpers ----

    def _tirn(self) -> int:
        assert self.tirn is not None, "no hardware context"
        return self.tirn

    def _emit(self, what: str, **fields: int | str) -> None:
        self.dev.emit(what, ctx=-1 if self.tirn is None else self.tirn, **fields)

    def check(self) -> None:
        """Assert the invariants above."""
        self.table.check()
        assert self.refcount >= 0
        assert (self.refcount == 0) == (self.state in (TagState.RELEASE, TagState.FREED))
        if self.state == TagState.FREED:
            assert (self.tirn, self.dek_index, self.static) == (None, None, None)
            assert not any((self.key, self.rule_active, self.table.active, self.resync_pending))
