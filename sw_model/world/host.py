# SPDX-License-Identifier: BSD-2-Clause
"""What a world asks of the machine behind the NIC, whatever its kernel.

``FreeBsdHost`` and ``LinuxSide`` are the two; ``make_host`` is the only place that knows both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Protocol

from sw_model.crypto.keys import TrafficKeys
from sw_model.loop import EventLoop
from sw_model.nic.layout import PktMeta
from sw_model.trace import Trace
from sw_model.world.config import WorldConfig

IPAddress = IPv4Address | IPv6Address


class Message(Protocol):
    """One recvmsg. ``errno`` EAGAIN: nothing to read now."""

    @property
    def data(self) -> bytes: ...
    @property
    def record_type(self) -> int | None: ...
    @property
    def eor(self) -> bool: ...
    @property
    def errno(self) -> int: ...
    @property
    def eof(self) -> bool: ...


class RecordStats(Protocol):
    """Records of one connection by who decrypted them."""

    @property
    def decrypted(self) -> int: ...
    @property
    def mixed(self) -> int: ...
    @property
    def encrypted(self) -> int: ...
    @property
    def failed(self) -> int: ...


class AppSocket(Protocol):
    """A connected socket as an application uses it."""

    on_readable: Callable[[], None] | None

    @property
    def record_stats(self) -> RecordStats: ...
    def recv(self, n: int) -> tuple[int, bytes]: ...
    def recvmsg(self, n: int) -> Message: ...
    def send(self, data: bytes) -> object: ...
    def close(self) -> None: ...


class HostSide(Protocol):
    """Driver and kernel. ``name``: the driver's in the trace. ``one_request``: it never has two
    GET_PSV under way for a context. ``reports_at_once``: every record that comes up not decrypted
    is reported to the driver when it is read (not so the hints of Linux)."""

    name: str
    one_request: bool
    reports_at_once: bool
    output: Callable[[bytes], None]

    def rx_poll(self, batch: list[tuple[bytes, PktMeta]]) -> None: ...
    def completion(self, data: bytes) -> None: ...
    def connect(
        self,
        laddr: IPAddress,
        lport: int,
        faddr: IPAddress,
        fport: int,
        on_connected: Callable[[], None],
    ) -> AppSocket: ...

    def enable_rx(
        self, so: Any, keys: TrafficKeys, number: int, done: Callable[[int], None]
    ) -> None:
        """Hand the receive side to the kernel; ``done(errno)`` when the mode is settled."""
        ...

    def pending_error(self, so: Any) -> int:
        """An error that waits behind data."""
        ...

    def context_of(self, so: Any) -> int | None:
        """The NIC context that serves the socket now."""
        ...

    def contexts(self) -> int:
        """Contexts and tags that the driver has not released."""
        ...

    def released(self, so: Any) -> bool:
        """The closed socket waits for no packet any more; what is left to pass is time."""
        ...

    def left(self, sockets: Sequence[Any]) -> dict[str, int]:
        """What driver and kernel still hold when all is closed, by name; all 0 is right."""
        ...

    def stats(self) -> dict[str, int]:
        """The driver's counters under their real names."""
        ...

    def counters(self) -> Mapping[str, int]:
        """The kernel's."""
        ...


def make_host(
    config: WorldConfig, loop: EventLoop, trace: Trace, post_command: Callable[[bytes], None]
) -> HostSide:
    """The host that ``config.personality`` names."""
    if config.personality == "linux":
        from sw_model.world.host_linux import LinuxSide

        return LinuxSide(config, loop, trace, post_command)
    from sw_model.world.host_freebsd import FreeBsdHost

    return FreeBsdHost(config, loop, trace, post_command)
