# SPDX-License-Identifier: BSD-2-Clause
"""Two hosts and the links between them, for tests."""

from __future__ import annotations

import ipaddress

from sw_model.link.config import LinkConfig, build_link
from sw_model.loop import EventLoop
from sw_model.peer.config import TcpConfig
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.peer.host import Host
from sw_model.wire.seq import SeqNum

A_MAC, B_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
A_IP, B_IP = ipaddress.ip_address("10.0.0.1"), ipaddress.ip_address("10.0.0.2")
SECOND = 1_000_000_000


class Net:
    """Host a calls port 443 of host b; ``a``, ``b`` are the endpoints, ``got`` what each read."""

    def __init__(
        self,
        seed: int = 1,
        there: LinkConfig | None = None,
        back: LinkConfig | None = None,
        config: TcpConfig | None = None,
        config_b: TcpConfig | None = None,
        iss: SeqNum | None = None,
        before: tuple = (),
        after: tuple = (),
    ) -> None:
        self.loop = EventLoop()
        there, back = there or LinkConfig(), back or LinkConfig()
        self.there = build_link(there, self.loop, seed, "there", before=before, after=after)
        self.back = build_link(back, self.loop, seed, "back")
        self.host_a = Host(self.loop, A_IP, A_MAC, B_MAC, self.there.send, seed=seed)
        self.host_b = Host(self.loop, B_IP, B_MAC, A_MAC, self.back.send, seed=seed)
        self.there.deliver, self.back.deliver = self.host_b.input, self.host_a.input
        self.got = {"a": bytearray(), "b": bytearray()}
        self.events: list[tuple[str, str]] = []
        self.b: TcpEndpoint | None = None
        self.host_b.listen(443, self._accept, config_b or config)
        self.a = self.host_a.endpoint(50000, B_IP, 443, config, iss)
        self._watch("a", self.a)

    def _accept(self, end: TcpEndpoint) -> None:
        self.b = end
        self._watch("b", end)

    def _watch(self, name: str, end: TcpEndpoint) -> None:
        end.on_data = self.got[name].extend
        end.on_open = lambda: self.events.append((name, "open"))
        end.on_eof = lambda: self.events.append((name, "eof"))
        end.on_close = lambda reason: self.events.append((name, reason))

    def run(self, ns: int = 60 * SECOND, steps: int = 2_000_000) -> None:
        """Run until nothing is scheduled or ``ns`` have passed, checking invariants."""
        stop = self.loop.now + ns
        for _ in range(steps):
            when = self.loop.next_time()
            if when is None or when > stop:
                return
            self.loop.run_until(when)
            for end in (self.a, self.b):
                if end is not None:
                    end.sender.check()
                    end.receiver.check()
        raise AssertionError(f"not finished after {steps} steps at {self.loop.now} ns")
