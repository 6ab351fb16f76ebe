# SPDX-License-Identifier: BSD-2-Clause
"""Which NIC the kits of the tests build: the golden model, or inside a simulation the RTL.

The kits (``nic_kit.Rig``, ``driver_kit.Bench``, ``loop_kit.Loop``) ask ``current`` for a NIC, for a
port and for time. tests/system/rtl_backend.py takes its place when the same tests run on the RTL.
"""

from __future__ import annotations

from typing import Any, Protocol

from sw_model.loop import EventLoop
from sw_model.nic.golden import GoldenNic
from sw_model.nic.port import ModelPort


class Backend(Protocol):
    """What a kit needs of a NIC, however it is made."""

    def nic(self, **config: Any) -> Any:
        """A NIC as new, with the interface of ``GoldenNic``."""

    def port(self, loop: EventLoop, nic: Any, **timing: int) -> Any:
        """The port of this NIC for models that live in ``loop``."""

    def advance(self, loop: EventLoop, until: int) -> None:
        """Run loop and NIC up to this time in ns."""


class ModelBackend:
    """The golden NIC; no simulator."""

    def nic(self, **config: Any) -> GoldenNic:
        return GoldenNic(**config)

    def port(self, loop: EventLoop, nic: GoldenNic, **timing: int) -> ModelPort:
        return ModelPort(loop, nic, **timing)

    def advance(self, loop: EventLoop, until: int) -> None:
        loop.run_until(until)


current: Backend = ModelBackend()
