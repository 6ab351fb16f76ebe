# SPDX-License-Identifier: BSD-2-Clause
"""A Linux host with a real driver, behind the golden NIC; one TLS flow with a reader."""

from __future__ import annotations

from collections.abc import Callable
from errno import EAGAIN
from typing import Any

from sw_model.linux.bugs import NO_BUGS, Bugs
from sw_model.linux.host import LinuxHost
from sw_model.linux.mlx5_ktls_rx import Mlx5e
from sw_model.linux.netdev import TlsNetDevice
from sw_model.linux.sock import Sock
from sw_model.linux.tls import CryptoInfo
from sw_model.loop import EventLoop
from sw_model.nic import layout as lo
from sw_model.nic.golden import GoldenNic
from sw_model.nic.port import ModelPort
from sw_model.trace import Trace
from tests.unit.driver_kit import GAP
from tests.unit.nic_kit import Flow


def text_of(flow: Flow) -> bytes:
    """The payload of all records made by ``Flow.records``."""
    sizes = [1000] * len(flow.headers)
    return b"".join(bytes((k * 7 + j) & 0xFF for j in range(n)) for k, n in enumerate(sizes))


class NicBench:
    """``sk`` reads everything as it comes; ``got`` is what it read."""

    def __init__(
        self,
        flow: Flow,
        driver: Callable[..., TlsNetDevice] = Mlx5e,
        *,
        bugs: Bugs = NO_BUGS,
        nic: GoldenNic | None = None,
        settle: bool = True,
        **device: Any,
    ) -> None:
        self.flow = flow
        self.loop, self.trace = EventLoop(), Trace()
        self.nic = nic or GoldenNic()
        self.port = ModelPort(self.loop, self.nic)
        self.commands: list[lo.Command] = []
        self.host = LinuxHost(self.loop, self.trace, bugs=bugs)
        self.dev: Any = driver(self.host, self._post, **device)
        self.port.on_rx = self.dev.rx_poll
        self.port.on_cpl = self.dev.completion
        self.got = bytearray()
        self.errors: list[int] = []
        self.sk = self.open(flow, settle)

    def _post(self, cmd: bytes) -> None:
        self.commands.append(lo.Command.parse(cmd))
        self.port.post_command(cmd)

    def open(self, flow: Flow, settle: bool = True) -> Sock:
        sk = self.host.adopt(flow.dst, flow.dport, flow.src, flow.sport, flow.start)
        sk.on_readable = self._read
        assert sk.set_ulp_tls() == 0
        assert sk.set_tls_rx(CryptoInfo.of(flow.keys, flow.first)) == 0
        if settle:
            self.run()
        return sk

    def _read(self) -> None:
        while True:
            msg = self.sk.recvmsg(1 << 16)
            if msg.errno or msg.eof:
                if msg.errno != EAGAIN:
                    self.errors.append(msg.errno)
                return
            self.got += msg.data

    def run(self, ns: int = 1_000_000) -> None:
        self.loop.run_until(self.loop.now + ns)

    def send(self, begin: int, end: int, wait: int = GAP) -> None:
        """Stream bytes in one packet."""
        frame = self.flow.frame(self.flow.seq(begin), self.flow.wire[begin:end])
        self.port.rx_frame(frame)
        self.loop.run_until(self.loop.now + wait)

    def send_records(
        self, first: int, last: int, wait: int = GAP, skip: tuple[int, ...] = ()
    ) -> None:
        """Records first..last-1, one packet each."""
        ends = [*self.flow.headers, len(self.flow.wire)]
        for k in range(first, last):
            if k not in skip:
                self.send(ends[k], ends[k + 1], wait)

    @property
    def kinds(self) -> tuple[int, int, int, int]:
        s = self.sk.record_stats
        return s.decrypted, s.mixed, s.encrypted, s.failed

    def ops(self) -> list[str]:
        return [lo.Op(c.opcode).name for c in self.commands]

    def confirmations(self) -> list[tuple[int, int]]:
        """(sequence, record number) of each confirmation written."""
        events = [e for e in self.trace.events if e["what"] in ("confirm", "next_hint")]
        return [(e["sn"], e["rcd"]) for e in events]

    def check_confirmations(self) -> None:
        """Each one is a true pair of the sender."""
        truth = {self.flow.s(k): self.flow.first + k for k in range(len(self.flow.headers) + 1)}
        for sn, rcd in self.confirmations():
            assert truth.get(sn) == rcd, f"confirmed record {rcd} at {sn:#x}"

    def closed(self) -> None:
        """After close the device is as new."""
        self.sk.close()
        self.run()
        dev = self.dev.dev
        assert (dev.num_resources, dev.tags, dev.contexts.used, dev.keys.used) == (0, 0, 0, 0)
        assert (self.dev.iq.outstanding, len(self.nic.rules), self.nic.keys.slots) == (0, 0, {})
        assert not any(self.nic.context(n).running for n in range(self.nic.num_flows))
        assert self.dev.sock_refs == 0
