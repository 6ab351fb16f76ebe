# SPDX-License-Identifier: BSD-2-Clause
"""One offloaded connection in the device: key, context, flow rule. Both drivers use it.

The command stream, its queue and the pools of numbers are those of the FreeBSD driver
(sw_model/driver): the device is the same. Firmware commands (key, rule, context) wait for their
answer, work entries never do.
"""

from __future__ import annotations

from collections.abc import Callable
from errno import EIO, ENOSPC

from sw_model.driver.device import TlsRxDevice
from sw_model.linux.tls import TLS_1_3_VERSION, CryptoInfo
from sw_model.nic import layout
from sw_model.nic.layout import Completion, CplStatus, FlowRule, ProgressParams, StaticParams
from sw_model.wire.seq import SeqNum


def ok(cpl: Completion | None) -> bool:
    """Completed without error; None means that the queue was torn down."""
    return cpl is not None and cpl.status == CplStatus.OK


class HwContext:
    """Life: ``create``, then any of ``confirm``, ``restart`` and ``get_psv``, then ``destroy``."""

    def __init__(self, dev: TlsRxDevice, info: CryptoInfo, start: SeqNum, rule: FlowRule) -> None:
        self.dev, self.info, self.start, self.rule = dev, info, start, rule
        self.number: int | None = None
        self.key_index: int | None = None
        self.rule_active = self.rule_pending = False
        self.deleting = False
        self._destroyed: Callable[[], None] = lambda: None
        dev.tags += 1
        dev.num_resources += 1

    # ---- set-up -------------------------------------------------------------------------------

    def create(self, done: Callable[[int], None]) -> None:
        """Key and context; the parameters are posted, not waited for. ``done(errno)``.

        The flow rule follows from the work queue, when the parameters have been written: until then
        the packets of the connection pass unseen.
        """
        self.number = self.dev.contexts.take()
        self.key_index = self.dev.keys.take() if self.number is not None else None
        if self.number is None or self.key_index is None:
            self._free_numbers()
            done(ENOSPC)
            return
        cmd = layout.create_key(self.key_index, self.info.key)
        self.dev.firmware(cmd, lambda cpl: self._key_created(cpl, done))

    def _key_created(self, cpl: Completion | None, done: Callable[[int], None]) -> None:
        if not ok(cpl):
            self._free_numbers()
            done(EIO)
            return
        errno = self.post_start(self.start, self.info.rec_seq, self._parameters_written)
        if errno:
            self.destroy(lambda: None)
        else:
            self.event("tag_alloc", sn=int(self.start), rcd=self.info.rec_seq)
        done(errno)

    def _parameters_written(self, cpl: Completion | None) -> None:
        if ok(cpl):
            self.dev.loop.call_later(self.dev.work_latency_ns, self._add_rule)

    def _add_rule(self) -> None:
        """accel_rule_handle_work; nothing to do if the connection was closed meanwhile."""
        if self.deleting or self.number is None:
            return
        self.rule_pending = True
        self.dev.firmware(layout.add_rule(self.number, self.rule), self._rule_added)

    def _rule_added(self, cpl: Completion | None) -> None:
        self.rule_active, self.rule_pending = ok(cpl), False
        self.event("rule_added" if self.rule_active else "rule_failed")
        if self.deleting:
            self._destroy()

    # ---- work entries -------------------------------------------------------------------------

    def _static(self, seq: int, number: int) -> bytes:
        assert self.number is not None
        assert self.key_index is not None
        tls13 = self.info.version == TLS_1_3_VERSION
        iv = self.info.salt + self.info.iv if tls13 else self.info.salt
        return layout.set_static(
            self.number, StaticParams(tls13, iv, self.key_index, number, int(seq))
        )

    def post_start(
        self, seq: SeqNum, number: int, written: Callable[[Completion | None], None]
    ) -> int:
        """Static, then progress parameters: record ``number`` starts at ``seq``."""
        assert self.number is not None
        psv = ProgressParams(next_record_tcp_sn=int(seq))
        return self.dev.iq.post(self._static(0, number)) or self.dev.iq.post(
            layout.set_psv(self.number, psv), written
        )

    def confirm(self, seq: int, number: int) -> int:
        """Static parameters again: the record the hardware holds at ``seq`` has this number."""
        return self.dev.iq.post(self._static(seq, number))

    def restart(self, seq: SeqNum, number: int) -> int:
        """Forget where the stream was and wait for record ``number`` at ``seq``."""
        assert self.number is not None
        return self.dev.iq.post(layout.destroy_ctx(self.number)) or self.post_start(
            seq, number, lambda _: None
        )

    def get_psv(self, done: Callable[[Completion | None], None]) -> int:
        """Ask the hardware where it is."""
        assert self.number is not None
        errno = self.dev.iq.post(layout.get_psv(self.number), done)
        if not errno:
            self.event("get_psv")
        return errno

    # ---- release ------------------------------------------------------------------------------

    def destroy(self, done: Callable[[], None]) -> None:
        """Rule, context, key, in this order."""
        if self.deleting:
            raise RuntimeError("tls_dev_del: the context was removed already")
        self.deleting = True
        self._destroyed = done
        self.event("tag_free")
        if not self.rule_pending:  # else when it is in (cancel_work_sync)
            self._destroy()

    def _destroy(self) -> None:
        number, key = self.number, self.key_index
        assert number is not None
        assert key is not None
        commands = [layout.destroy_ctx(number), layout.destroy_key(key)]
        if self.rule_active:
            commands.insert(0, layout.del_rule(number, self.rule))

        def step(_: Completion | None = None) -> None:
            if commands:
                self.dev.firmware(commands.pop(0), step)
                return
            self.event("freed")
            self._free_numbers()
            self._destroyed()

        step()

    def _free_numbers(self) -> None:
        if self.number is not None:
            self.dev.contexts.give_back(self.number)
        if self.key_index is not None:
            self.dev.keys.give_back(self.key_index)
        self.number = self.key_index = None
        self.dev.tags -= 1
        self.dev.num_resources -= 1

    def event(self, what: str, **fields: int) -> None:
        """One event of the driver about this context."""
        self.dev.emit(what, ctx=-1 if self.number is None else self.number, **fields)
