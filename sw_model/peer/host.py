# SPDX-License-Identifier: BSD-2-Clause
"""The remote machine: TCP endpoints behind one MAC and one IP address, frames in and out."""

from __future__ import annotations

from collections.abc import Callable

from sw_model.loop import EventLoop
from sw_model.peer.config import TcpConfig
from sw_model.peer.endpoint import TcpEndpoint
from sw_model.wire.build import TcpPath
from sw_model.wire.frame import IPAddress, ParsedFrame, parse_frame
from sw_model.wire.seq import SeqNum
from sw_model.wire.tcp import TcpSegment


class Host:
    """Demultiplexes received frames by port and remote address; frames that are damaged, not TCP or
    not for this address are counted and dropped."""

    def __init__(
        self,
        loop: EventLoop,
        address: IPAddress,
        mac: bytes,
        gateway_mac: bytes,
        send: Callable[[bytes], None],
        vlan: int | None = None,
        seed: int = 0,
    ) -> None:
        self.loop, self.address, self.mac, self.gateway_mac = loop, address, mac, gateway_mac
        self.send, self.vlan, self.seed = send, vlan, seed
        self.dropped = 0
        # Initial sequence number for a caller's port; None: from the seed.
        self.iss_of: Callable[[int], SeqNum | None] = lambda port: None
        self._ident = 0
        self._endpoints: dict[tuple[int, IPAddress, int], TcpEndpoint] = {}
        self._listeners: dict[int, Callable[[TcpEndpoint], None]] = {}
        self._listen_config: dict[int, TcpConfig | None] = {}

    def endpoint(
        self,
        local_port: int,
        remote: IPAddress,
        remote_port: int,
        config: TcpConfig | None = None,
        iss: SeqNum | None = None,
    ) -> TcpEndpoint:
        """A new connection, closed: call ``connect`` or ``adopt`` on it."""
        path = TcpPath(self.mac, self.gateway_mac, self.address, remote, self.vlan)

        def output(segment: TcpSegment) -> None:
            self._ident += 1
            self.send(path.frame(segment, ident=self._ident))

        name = f"{self.address}:{local_port}-{remote}:{remote_port}"
        end = TcpEndpoint(
            self.loop,
            output,
            local_port,
            remote_port,
            iss=iss,
            seed=self.seed,
            name=name,
            config=config,
        )
        self._endpoints[local_port, remote, remote_port] = end
        return end

    def listen(
        self, port: int, accept: Callable[[TcpEndpoint], None], config: TcpConfig | None = None
    ) -> None:
        """Give every caller of ``port`` an endpoint; ``accept`` sets its callbacks."""
        self._listeners[port] = accept
        self._listen_config[port] = config

    def input(self, frame: bytes) -> None:
        """A frame from the wire."""
        self.input_parsed(parse_frame(frame))

    def input_parsed(self, p: ParsedFrame) -> None:
        """The same for a frame that somebody had to look at already."""
        wanted = p.raw_dst == self.address.packed and p.vid == (self.vlan or 0)
        if not (p.good and wanted and p.src is not None):
            self.dropped += 1
            return
        key = (p.dport, p.src, p.sport)
        end = self._endpoints.get(key)
        if end is None:
            config, iss = self._listen_config.get(p.dport), self.iss_of(p.sport)
            end = self.endpoint(p.dport, p.src, p.sport, config, iss)
            if p.dport in self._listeners:
                end.listen()
                self._listeners[p.dport](end)
        end.input(p.segment())
