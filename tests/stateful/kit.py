# SPDX-License-Identifier: BSD-2-Clause
"""How the state machines run: the same steps for the same seed, and a line that replays a failure.

Each machine drives a model and a naive reference side by side; its invariants hold after every
step. ``make stateful N=5000 SEED=7`` looks longer and elsewhere.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from sw_model.rng import derive


def run(machine: type[RuleBasedStateMachine], steps: int, examples: int) -> None:
    """Run ``examples`` programs of up to ``steps`` steps; TLSRX_EXAMPLES overrides the number."""
    asked = os.environ.get("TLSRX_EXAMPLES")
    project_seed = int(os.environ.get("TLSRX_SEED", "1"))
    phases = (Phase.generate, Phase.shrink)
    try:
        _run(machine, project_seed, steps, int(asked) if asked else examples, phases)
    except Exception as error:
        number = f" N={asked}" if asked else ""
        test = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0]
        error.add_note(f"replay: make stateful SEED={project_seed}{number} K={test}")
        raise


def bites(machine: type[RuleBasedStateMachine], steps: int, examples: int) -> None:
    """Assert that the machine fails: the caller has planted a fault. Nothing is shrunk."""
    with pytest.raises(AssertionError):
        _run(machine, 1, steps, examples, (Phase.generate,))


def _run(
    machine: type[RuleBasedStateMachine],
    number: int,
    steps: int,
    examples: int,
    phases: tuple[Phase, ...],
) -> None:
    # A class of its own: the seed is an attribute, and runs must not hand it to each other.
    seeded = seed(derive(number, machine.__name__))(type(machine.__name__, (machine,), {}))
    run_state_machine_as_test(
        seeded,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=False,  # the seed decides
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
