# SPDX-License-Identifier: BSD-2-Clause
"""Tag allocation, in the driver's order of checks and errors (mlx5e_tls_rx_snd_tag_alloc).

The kernel thread sleeps in a real driver; here ``TlsRxAlloc`` is that thread: each method is what
it does between two sleeps, and ``done(errno, tag)`` is its return. All errors make the kernel fall
back to software. Failures before the tag is initialised give it straight back; later ones drop its
reference, so that the release work undoes what was done in hardware.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from errno import EINVAL, ENOMEM, EOPNOTSUPP, EPROTONOSUPPORT
from ipaddress import IPv6Address
from typing import Any

from sw_model.driver.device import TlsRxDevice
from sw_model.driver.tls_rx import Inpcb, Session, TagState, TlsRxTag
from sw_model.kernel.if_snd_tag import TlsRxAllocParams
from sw_model.nic import layout
from sw_model.nic.layout import Completion, CplStatus, FlowRule, ProgressParams, StaticParams

Done = Callable[[int, TlsRxTag | None], None]

PSV_WAIT_NS = 1_000_000_000  # the waiter looks at the device's health once a second
VERSIONS = ("1.2", "1.3")


def check_suite(dev: TlsRxDevice, session: Session) -> int:
    """Steps 4 and 5: version, cipher, key length, capability of the pair."""
    if session.version not in VERSIONS or session.cipher != "aes-gcm":
        return EPROTONOSUPPORT
    if len(session.key) not in (16, 32):
        return EINVAL
    return 0 if (session.version, len(session.key)) in dev.suites else EPROTONOSUPPORT


def flow_rule(inp: Inpcb, vlan_id: int, pcp: int | None) -> FlowRule | None:
    """The rule for packets of ``inp`` (mlx5_fs_tcp.c); None for an unknown address family.

    Tagged if the interface has a priority configured or a VLAN was given. A v4-mapped peer of an
    IPv6 socket goes into the IPv4 table.
    """
    if inp.vflag not in (4, 6):
        return None
    src, dst = inp.faddr, inp.laddr
    if isinstance(src, IPv6Address) and isinstance(dst, IPv6Address):
        mapped = src.ipv4_mapped, dst.ipv4_mapped
        if mapped[0] is not None and mapped[1] is not None:
            src, dst = mapped
    vid = vlan_id if vlan_id or pcp is not None else None
    return FlowRule.of(src, dst, inp.fport, inp.lport, vid)


class TlsRxAlloc:
    """One allocation under way."""

    def __init__(
        self,
        dev: TlsRxDevice,
        ifp: Any,
        params: TlsRxAllocParams,
        done: Done,
        pcp: int | None = None,
    ) -> None:
        self.dev, self.ifp, self.params, self.done, self.pcp = dev, ifp, params, done, pcp
        self.start_sn = 0
        self.psv_done = False

    def start(self) -> None:
        """Steps 1 to 6, which touch no hardware, then the set-up work."""
        dev = self.dev
        if dev.gone or not dev.initialised or self.params.flowtype == 0:
            self.done(EOPNOTSUPP, None)
            return
        if dev.tag_memory is not None and dev.tags >= dev.tag_memory:
            self.done(ENOMEM, None)
            return
        if dev.num_resources >= dev.max_resources:
            self.done(ENOMEM, None)
            return
        dev.num_resources += 1
        error, static = self._parameters()
        if static is None:
            dev.num_resources -= 1
            self.done(error, None)
            return
        self.tag = TlsRxTag(dev, self.ifp, dev.iq_of(self.params.flowid))
        self.tag.static, self.tag.key = static, self.params.session.key
        dev.work.enqueue(self._setup_work)

    def _parameters(self) -> tuple[int, StaticParams | None]:
        """Steps 4 to 6: the static parameters, with the point where hardware shall start."""
        session, inp = self.params.session, self.params.inp
        error = check_suite(self.dev, session)
        if error:
            return error, None
        if len(session.iv) not in (4, 12) or inp is None:
            return EINVAL, None
        error, sn, rcd = inp.ktls_get_rx_sequence()
        if error:
            return EINVAL, None
        self.start_sn = int(sn)
        v1 = self.dev.faults.v1_programming
        return 0, StaticParams(
            tls13=session.version == "1.3",
            iv=session.iv,
            dek_index=0,
            initial_record_number=rcd,
            resync_tcp_sn=self.start_sn if v1 else 0,
        )

    # ---- step 7, in the work queue: context, then key ----

    def _setup_work(self, work_done: Callable[[], None]) -> None:
        tag = self.tag
        tag.tirn = self.dev.contexts.take()
        tag.dek_index = self.dev.keys.take() if tag.tirn is not None else None
        if tag.dek_index is None or tag.static is None:
            self._setup_over(False, work_done)
            return
        tag.static = replace(tag.static, dek_index=tag.dek_index)

        def created(cpl: Completion | None) -> None:
            tag.dek_index_ok = cpl is not None and cpl.status == CplStatus.OK
            self._setup_over(tag.dek_index_ok, work_done)

        self.dev.firmware(layout.create_key(tag.dek_index, tag.key), created)

    def _setup_over(self, ok: bool, work_done: Callable[[], None]) -> None:
        if ok:
            self.tag.state = TagState.SETUP
        else:
            self.dev.stats.rx_error += 1
        work_done()
        if self.tag.state != TagState.SETUP:
            self._give_up()
            return
        self.tag.state = TagState.READY
        self._program()

    # ---- steps 8 to 10, in the kernel's thread again ----

    def _program(self) -> None:
        """Static parameters (not waited for), then progress parameters (waited for)."""
        if self.tag.post_static():
            self._fail()
            return
        assert self.tag.tirn is not None
        start = 0 if self.dev.faults.v1_programming else self.start_sn
        psv = ProgressParams(next_record_tcp_sn=start)
        if self.tag.iq.post(layout.set_psv(self.tag.tirn, psv), self._progress_set):
            self._fail()
            return
        self.dev.loop.call_later(PSV_WAIT_NS, self._progress_wait)

    def _progress_wait(self) -> None:
        """A second went by without an answer: only a dead device ends the wait."""
        if self.psv_done:
            return
        if self.dev.gone:
            self.psv_done = True
            self._fail()
            return
        self.dev.loop.call_later(PSV_WAIT_NS, self._progress_wait)

    def _progress_set(self, cpl: Completion | None) -> None:
        if self.psv_done:
            return
        self.psv_done = True
        if cpl is None or cpl.status != CplStatus.OK:
            self._fail()
            return
        tag, inp = self.tag, self.params.inp
        assert inp is not None
        assert tag.tirn is not None
        tag.flow_rule = flow_rule(inp, self.params.vlan_id, self.pcp)
        if tag.flow_rule is None:
            self._fail()
            return
        self.dev.firmware(layout.add_rule(tag.tirn, tag.flow_rule), self._rule_added)

    def _rule_added(self, cpl: Completion | None) -> None:
        if cpl is None or cpl.status != CplStatus.OK:
            self._fail()
            return
        tag = self.tag
        assert tag.static is not None
        assert tag.tirn is not None
        tag.rule_active = True
        rcd = tag.static.initial_record_number
        self.dev.emit("tag_alloc", ctx=tag.tirn, sn=self.start_sn, rcd=rcd)
        self.done(0, tag)

    def _fail(self) -> None:
        self.dev.stats.rx_error += 1
        self._give_up()

    def _give_up(self) -> None:
        """Undo through RELEASE; the kernel sees ENOMEM."""
        self.tag.closing = True
        self.dev.emit("tag_alloc_failed")
        self.tag.rele()
        self.done(ENOMEM, None)
