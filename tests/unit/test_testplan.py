# SPDX-License-Identifier: BSD-2-Clause
"""The plan of this repository covers every point, and the check of a plan bites."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tools.errors import UserError
from tools.testplan.command import PLAN
from tools.testplan.cover import Covered, collect, files_of, judge, missing
from tools.testplan.plan import POINTS, Point, load

# Points that wait for their tests. Each must still be without: a covered one is taken out here.
OPEN: set[int] = set()


@cache
def nodes() -> tuple[str, ...]:
    return tuple(collect(files_of(load(PLAN))))


def covered(point: Point) -> Covered:
    return judge([point], nodes())[0]


def test_every_point_has_its_tests() -> None:
    points = load(PLAN)
    assert missing(points) == []
    wrong = {c.point.number: c.problems for c in judge(points, nodes()) if c.problems}
    assert set(wrong) == OPEN, wrong


def test_every_choice_is_written_down() -> None:
    """Page and anchor exist: `docs/page.md#anchor`, where the page has `<a id="anchor">`."""
    for point in load(PLAN):
        if point.choice is not None:
            page, _, anchor = point.choice.partition("#")
            text = (PLAN.parent.parent / page).read_text(encoding="utf-8")
            assert f'<a id="{anchor}"></a>' in text, point
    chosen = {point.number for point in load(PLAN) if point.choice}
    assert chosen >= {32, 45, 50, 54, 75, 90, 95}  # "(choice)" in the scenarios


def point_42() -> Point:
    return next(p for p in load(PLAN) if p.number == 42)


def test_a_point_without_a_test_is_a_problem() -> None:
    assert covered(point_42()).problems == []
    assert covered(replace(point_42(), tests=())).problems == ["point 42: has no test"]


@pytest.mark.parametrize(
    "name",
    [
        "tests/unit/test_kernel_ktls_errors.py::test_d42_flipped",  # not the whole name
        "tests/unit/test_kernel_ktls_errors.py::test_d42_flipped_bit[20-1.9]",
        "tests/unit/test_nowhere.py::test_d42_flipped_bit",
    ],
)
def test_an_unknown_test_is_a_problem(name: str) -> None:
    problems = covered(replace(point_42(), tests=(*point_42().tests, name))).problems
    assert problems == [f"point 42: no test is called {name}"]


def test_a_point_that_must_run_on_the_rtl_is_a_problem_without() -> None:
    problems = covered(replace(point_42(), nics=("model", "rtl"))).problems
    assert problems == ["point 42: none of its tests runs on rtl"]


def test_tests_that_run_on_both_nics_count_for_both() -> None:
    golden = "tests/unit/test_nic_golden.py::test_43_bad_tag_in_one_packet_leaves_as_it_came"
    world = "tests/system/test_scenarios.py::test_scenario[bad_tag]"
    mutant = "tests/system/test_mutants.py::test_model_mutant[nic_marks_bad_tag]"
    counts = [
        (len(c.model), len(c.rtl))
        for c in (covered(replace(point_42(), tests=(t,))) for t in (golden, world, mutant))
    ]
    assert counts == [(1, 1), (1, 2), (1, 0)]


def test_a_missing_point_is_named() -> None:
    points = [p for p in load(PLAN) if p.number != 17]
    assert missing(points) == ["point 17: is not in the plan"]


GOOD = "point: 1\n  title: a\n  stage: kernel\n  nic: [model]\n  tests: [t]\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("points: [", "line 1, column 10"),
        ("- 1\n", "no list `points`"),
        ("points:\n- 1\n", "entry 1: not a mapping"),
        (f"points:\n- {GOOD}- {GOOD}", "point 1: stands twice"),
        (f"points:\n- {GOOD.replace('point: 1', 'point: 108')}", "number from 1 to 107"),
        (f"points:\n- {GOOD.replace('point: 1', 'point: true')}", "number from 1 to 107"),
        (f"points:\n- {GOOD.replace('title: a', 'title: 5')}", "point 1: title"),
        (f"points:\n- {GOOD.replace('kernel', 'moon')}", "stage 'moon'; choose one of kernel"),
        (f"points:\n- {GOOD.replace('[model]', '[silicon]')}", "nic 'silicon'"),
        (f"points:\n- {GOOD.replace('[t]', '5')}", "tests is not a list"),
        (f"points:\n- {GOOD}  colour: red\n", "unknown field 'colour'"),
    ],
)
def test_malformed_plans_are_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as error:
        load(path)
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert "\n" not in message
    assert error.value.exit_code == 2


def test_points_are_those_of_the_scenarios() -> None:
    assert [p.number for p in load(PLAN)] == list(range(1, POINTS + 1))
