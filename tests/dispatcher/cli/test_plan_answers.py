# SPDX-License-Identifier: Apache-2.0
import json

import msgspec
import pytest
from typer.testing import CliRunner

from dispatcher.cli.plan_command import app
from dispatcher.planner.problem import Costs, Matrices, Parcel, Problem, Robot
from dispatcher.planner.problem_file import write_problem, write_solution
from dispatcher.planner.quick import empty, insert

LINE = Matrices(
    ("a", "b", "s"),
    ((0, 60_000, 60_000), (60_000, 0, 120_000), (60_000, 120_000, 0)),
    ((0, 180_000, 180_000), (180_000, 0, 360_000), (180_000, 360_000, 0)),
)


@pytest.fixture
def files(tmp_path):
    """A problem with a parcel that comes late, a plan of it, and one without its other parcel."""
    parcels = (
        Parcel(id="p", size="S", pickup="s", dropoff="b", dropoff_latest_ms=60_000),
        Parcel(id="q", size="S", pickup="s", dropoff="a"),
    )
    robots = (Robot("R1", ("S1", "S2"), "s", 0), Robot("R2", ("S1",), "s", 0))
    problem = Problem(0, parcels, robots, ("s",), costs=Costs(), matrices=LINE)
    some = insert(problem, LINE, empty(problem), ["p"])
    every = insert(problem, LINE, some, ["q"])
    write_problem(tmp_path / "problem.json", problem)
    write_solution(tmp_path / "some.json", some)
    write_solution(tmp_path / "all.json", every)
    return tmp_path


def run(folder, *words: str):
    words = tuple(str(folder / word) if word.endswith(".json") else word for word in words)
    return CliRunner().invoke(app, [*words])


def test_a_late_parcel_is_explained_in_sentences_and_as_one_object(files):
    done = run(files, "explain", "problem.json", "all.json", "p", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["state"], found["robot"]) == ("late", "R1")
    assert [block["robot"] for block in found["blocks"]] == ["R1", "R2"]
    assert "p is handed over by R1 at 00:02, 100 s after 00:01" in done.stderr
    assert "Would do: 95 s later: R1 at 00:02" in done.stderr


def test_the_difference_of_two_plans_is_told_by_groups_with_what_they_gain(files):
    done = run(files, "diff", "problem.json", "some.json", "all.json", "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["moved"] >= 1
    assert found["cost"] == -sum(
        value for group in found["groups"] for value in group["gain"].values()
    )
    assert "q: now carried by R1, trip 1" in done.stderr


def test_a_plan_that_breaks_a_rule_is_not_explained(files):
    plan = msgspec.json.decode((files / "all.json").read_bytes())
    plan["plans"][0]["trips"][0]["visits"][0]["arrive_ms"] -= 5_000
    (files / "bad.json").write_bytes(msgspec.json.encode(plan))
    done = run(files, "explain", "problem.json", "bad.json", "p")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "bad.json: " in done.stderr


def test_bad_input_is_one_sentence(files):
    done = run(files, "explain", "problem.json", "all.json", "z")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "parcel z is not in the problem" in done.stderr
    done = run(files, "diff", "problem.json", "none.json", "all.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "none.json: cannot be read" in done.stderr
