# SPDX-License-Identifier: BSD-2-Clause
"""What all receive tags of one device share: numbers, counters, the work queue, health.

FreeBSD sys/dev/mlx5/mlx5_en/mlx5_en_hw_tls_rx.c, struct mlx5e_tls_rx: ``max_resources``,
``num_resources`` and one single-threaded work queue ("mlx5-tls-rx-wq") for set-up and release.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sw_model.driver.faults import NO_FAULTS, DriverFaults
from sw_model.driver.iq import Callback, CommandQueue
from sw_model.loop import EventLoop
from sw_model.trace import Trace

# (version, key bytes) pairs a device may be able to do.
ALL_SUITES = frozenset((version, size) for version in ("1.2", "1.3") for size in (16, 32))

Job = Callable[[Callable[[], None]], None]


@dataclass(slots=True)
class TlsRxStats:
    """sysctl ``...tls_rx.stats``. ``rx_resync_ok`` counts posted requests."""

    rx_resync_ok: int = 0
    rx_resync_err: int = 0
    rx_error: int = 0


STATS_TEXT = {
    "rx_resync_ok": "successful resync requests",  # posted, that is; nobody counts what came of it
    "rx_resync_err": "failed resync requests",
    "rx_error": "other errors",
}


def select_channel(flowid: int, num_channels: int, rss_mask: int | None = None) -> int:
    """Channel of a connection's context and commands: by RSS bucket in a kernel with RSS.

    Each context hashes to one channel only, so all of its packets come up there.
    """
    bucket = flowid & rss_mask if rss_mask is not None else flowid % 128
    return bucket % num_channels


class NumberPool:
    """These numbers, in their order; then those given back, oldest first."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._free: deque[int] = deque(numbers)
        self._used: set[int] = set()

    @property
    def used(self) -> int:
        return len(self._used)

    def take(self) -> int | None:
        """A free number, None when all are taken."""
        if not self._free:
            return None
        number = self._free.popleft()
        self._used.add(number)
        return number

    def give_back(self, number: int) -> None:
        self._used.remove(number)
        self._free.append(number)


class WorkQueue:
    """Runs jobs one after the other; a job is over when it calls the function it was given."""

    def __init__(self, loop: EventLoop, latency_ns: int) -> None:
        self._loop = loop
        self._latency_ns = latency_ns
        self._jobs: deque[Job] = deque()
        self._busy = False

    @property
    def idle(self) -> bool:
        return not self._busy and not self._jobs

    def enqueue(self, job: Job) -> None:
        self._jobs.append(job)
        if not self._busy:
            self._next()

    def _next(self) -> None:
        self._busy = bool(self._jobs)
        if self._busy:
            self._loop.call_later(self._latency_ns, self._jobs.popleft(), self._next)


@dataclass(slots=True)
class TlsRxDevice:
    """The device behind the receive tags of one interface."""

    name: str
    loop: EventLoop
    trace: Trace
    iq: CommandQueue
    max_resources: int = 64
    suites: frozenset[tuple[str, int]] = ALL_SUITES
    initialised: bool = True  # capabilities tls_rx, log_max_dek, outer_ip_version
    tag_memory: int | None = None  # tags the zone can hold, None = no limit
    work_latency_ns: int = 5_000
    faults: DriverFaults = NO_FAULTS
    internal_error: bool = False
    pci_channel_offline: bool = False
    iqs: list[CommandQueue] = field(default_factory=list)  # one a channel; ``iq`` is the first
    rss_mask: int | None = None
    num_resources: int = 0
    tags: int = 0
    stats: TlsRxStats = field(default_factory=TlsRxStats)
    work: WorkQueue = field(init=False)
    contexts: NumberPool = field(init=False)
    keys: NumberPool = field(init=False)

    def __post_init__(self) -> None:
        self.work = WorkQueue(self.loop, self.work_latency_ns)
        self.contexts = NumberPool(range(self.max_resources))
        self.keys = NumberPool(range(self.max_resources))
        self.iqs = self.iqs or [self.iq]

    @property
    def gone(self) -> bool:
        """Nothing will ever be answered."""
        return self.internal_error or self.pci_channel_offline

    def iq_of(self, flowid: int) -> CommandQueue:
        """The command queue of the channel that serves this flow."""
        return self.iqs[select_channel(flowid, len(self.iqs), self.rss_mask)]

    def firmware(self, cmd: bytes, callback: Callback) -> None:
        """A firmware command; a dead device answers None at once (mlx5_cmd_exec fails)."""
        if self.gone:
            callback(None)
        else:
            self.iq.execute(cmd, callback)

    def enter_internal_error(self) -> None:
        """The device died: firmware commands end without an answer, work entries never end."""
        self.internal_error = True
        self.emit("internal_error")
        self.iq.abort_firmware()

    def emit(self, what: str, **fields: int | str) -> None:
        """One event of this interface's TLS part."""
        self.trace.emit(self.loop.now, self.name, what, **fields)
