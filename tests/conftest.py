# SPDX-License-Identifier: BSD-2-Clause
"""Options and fixtures of all tests: the NIC, the simulator, the seed, waves.

A missing simulator skips its tests and says so in the summary; with TLSRX_REQUIRE_SIMS=1 it is a
failure, so that a test run which must be complete cannot pass without it.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture.providers import HypothesisProvider

from tb.simulators import SIMS, missing

MODEL = "model"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tlsrx")
    group.addoption(
        "--nic", choices=[MODEL, "rtl", "both"], default="both", help="golden NIC, RTL or both"
    )
    group.addoption("--sim", choices=[*SIMS, "both"], default="both", help="simulator(s) to use")
    group.addoption("--seed", type=int, default=1, help="seed of tests that do not fix their own")
    group.addoption("--waves", action="store_true", help="write waves into the test's folder")


def pytest_configure(config: pytest.Config) -> None:
    os.environ["TLSRX_SEED"] = str(config.getoption("--seed"))
    os.environ["TLSRX_WAVES"] = "1" if config.getoption("--waves") else "0"
    _same_examples_in_each_run()


def _same_examples_in_each_run() -> None:
    """Hypothesis draws the same for the same test, wherever and after whatever it runs.

    Of its own accord it also draws constants that it finds in the sources of the modules loaded
    so far: then a test would depend on which others run beside it. No setting turns that off.
    """
    settings.register_profile("tlsrx", derandomize=True, database=None, print_blob=True)
    settings.load_profile("tlsrx")
    assert callable(HypothesisProvider._maybe_draw_constant)
    HypothesisProvider._maybe_draw_constant = (  # type: ignore[method-assign]
        lambda self, choice_type, constraints, *, p=0.05: None
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    choice = metafunc.config.getoption("--sim")
    sims = [*SIMS] if choice == "both" else [choice]
    if "nic" in metafunc.fixturenames:
        nic = metafunc.config.getoption("--nic")
        kinds = {MODEL: [MODEL], "rtl": sims, "both": [MODEL, *sims]}
        metafunc.parametrize("nic", kinds[nic], indirect=True)
    elif "sim" in metafunc.fixturenames and not _parametrized(metafunc):
        metafunc.parametrize("sim", sims, indirect=True)


def _parametrized(metafunc: pytest.Metafunc) -> bool:
    marks = metafunc.definition.iter_markers("parametrize")
    return any("sim" in str(mark.args[0]).replace(" ", "").split(",") for mark in marks)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --nic=model nothing is simulated; with rtl, system tests run on nothing else."""
    choice = config.getoption("--nic")
    if choice == "both":
        return
    kept = [item for item in items if _wanted(item, choice)]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _wanted(item: pytest.Item, choice: str) -> bool:
    unit = not {"unit", "stateful"}.isdisjoint(item.path.parts)
    on_model = unit or _on_model(item)
    return on_model if choice == MODEL else unit or not on_model


def _on_model(item: pytest.Item) -> bool:
    """A system test that needs no simulator says so, or got the golden NIC."""
    call = getattr(item, "callspec", None)
    return (call is not None and call.params.get("nic") == MODEL) or bool(
        item.get_closest_marker("model_only")
    )


@pytest.fixture
def nic(request: pytest.FixtureRequest) -> str:
    """``model``, or the simulator that runs the RTL."""
    return MODEL if request.param == MODEL else _usable(request.param)


@pytest.fixture
def sim(request: pytest.FixtureRequest) -> str:
    """Name of the simulator; skips or fails the test when it is not usable here."""
    return _usable(request.param)


def _usable(name: str) -> str:
    reason = missing(name)
    if reason:
        if os.environ.get("TLSRX_REQUIRE_SIMS") == "1":
            pytest.fail(f"{name}: {reason}", pytrace=False)
        pytest.skip(f"{name}: {reason}")
    return name


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Seed of the run (`--seed`)."""
    value: int = request.config.getoption("--seed")
    return value


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = {
        str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)
        for report in terminalreporter.stats.get("skipped", [])
    }
    for name in SIMS:
        hits = [text for text in reasons if f"{name}: " in text]
        if hits:
            terminalreporter.write_sep("!", f"SIMULATOR NOT TESTED: {name}", red=True, bold=True)
            terminalreporter.write_line(hits[0].removeprefix("Skipped: "))
