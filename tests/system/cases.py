# SPDX-License-Identifier: BSD-2-Clause
"""Unit tests of the NIC and of the loop around it that also run on the RTL, one by one.

Each is a function of its parameters alone; those that break the golden model, or look where the RTL
cannot be looked at, are marked ``model_only``.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

MODULES = (
    "tests.unit.test_nic_golden",
    "tests.unit.test_nic_loss",
    "tests.unit.test_nic_resync",
    "tests.unit.test_nic_commands",
    "tests.unit.test_driver_loop",
    "tests.unit.test_ktls_receive_ifnet",
    "tests.unit.test_scenario_setup",
    "tests.unit.test_scenario_loss",
    "tests.unit.test_scenario_resync",
)


@dataclass(frozen=True)
class Case:
    """``name`` is module and test, with the numbers of its parameters' values behind it."""

    name: str
    test: Callable[..., None]
    arguments: dict[str, Any]


def cases() -> dict[str, Case]:
    """All of them by name."""
    found: dict[str, Case] = {}
    for module in MODULES:
        tests = vars(importlib.import_module(module)).items()
        for name, test in tests:
            if name.startswith("test_") and not _marks(test, "model_only"):
                for case in _expand(module, name, test):
                    assert case.name not in found, f"two tests are called {case.name}"
                    found[case.name] = case
    return found


def _marks(test: Any, name: str) -> list[Any]:
    return [mark for mark in getattr(test, "pytestmark", ()) if mark.name == name]


def _expand(module: str, name: str, test: Callable[..., None]) -> Iterator[Case]:
    axes = []
    for mark in reversed(_marks(test, "parametrize")):
        names = mark.args[0]
        keys = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
        rows = [row if len(keys) > 1 else (row,) for row in mark.args[1]]
        axes.append([(str(i), dict(zip(keys, row, strict=True))) for i, row in enumerate(rows)])
    for choice in itertools.product(*axes):
        arguments = {key: value for _, row in choice for key, value in row.items()}
        unknown = set(inspect.signature(test).parameters) - set(arguments)
        assert not unknown, f"{module}.{name} needs fixtures {unknown}: mark it model_only"
        suffix = "-".join(index for index, _ in choice)
        full = f"{module.rpartition('.')[2]}.{name}"
        yield Case(f"{full}-{suffix}" if suffix else full, test, arguments)
