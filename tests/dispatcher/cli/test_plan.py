# SPDX-License-Identifier: Apache-2.0
"""`dispatcher plan solve` as its users see it: the object, the summary, files, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import Result
from typer.testing import CliRunner

from dispatcher.cli import plan_run
from dispatcher.cli.plan_command import app
from dispatcher.planner.check import Violation, check
from dispatcher.planner.families.published import read_routes
from dispatcher.planner.families.reading import read_family
from dispatcher.planner.problem import Problem
from dispatcher.planner.problem_file import read_solution, write_problem
from dispatcher.planner.quick import empty, insert
from dispatcher.planner.solution import Solution
from tests.data_sets import data_file
from tests.dispatcher.planner.families.instances import (
    CVRP,
    LI_LIM,
    SEVERAL_TRIPS,
    SOLOMON,
    written,
)

KEYS = [
    "cost",
    "vehicles",
    "unserved",
    "feasible",
    "cpu_s",
    "steps",
    "format",
    "convention",
    "seed",
    "engine",
]
STEP_KEYS = ["name", "work", "cost", "gain", "cpu_ms", "note"]
QUICK = ("--engine", "quick", "--iterations", "10", "--json")


def solve(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["solve", *map(str, words)])


def last_of(result: Result) -> dict[str, object]:
    return json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    ("text", "told", "convention", "cost", "vehicles"),
    [
        (SOLOMON, "solomon", "dimacs", 22.8, 2),
        (LI_LIM, "li-lim", "vehicles-first", 20.0645, 1),
        (CVRP, "cvrp", "integers", 22, 2),
        (SEVERAL_TRIPS, "mtvrptwr", "dimacs-tenths", 628, 2),
    ],
)
def test_a_plan_is_told_in_the_convention_of_its_file(
    tmp_path, text, told, convention, cost, vehicles
):
    output = tmp_path / "routes.sol"
    result = solve(written(tmp_path, text), *QUICK, "-o", output)
    assert result.exit_code == 0, result.output
    answer = last_of(result)
    assert list(answer) == KEYS
    assert (answer["format"], answer["convention"]) == (told, convention)
    assert (answer["unserved"], answer["feasible"]) == (0, True)
    assert list(answer["steps"][0]) == STEP_KEYS
    family, published = read_family(tmp_path / "small.txt"), read_routes(output)
    assert published.cost == answer["cost"] == family.cost_of_routes(published.routes)
    assert len(published.routes) == answer["vehicles"]
    # Insertion need not find the best plan, but never one that is cheaper than it.
    assert answer["cost"] >= cost
    assert answer["vehicles"] <= vehicles + 1


def test_the_table_is_for_people_and_stdout_is_for_programs(tmp_path):
    result = solve(written(tmp_path, SOLOMON), *QUICK)
    assert len(result.stdout.splitlines()) == 1
    assert "obeys every rule" in result.stderr
    assert result.stderr.splitlines()[1].split() == ["step", "work", "cost", "gain", "cpu", "s"]
    assert solve(written(tmp_path, SOLOMON), *QUICK[:-1]).stdout == ""


def test_a_plan_that_breaks_a_rule_exits_1_and_says_which(tmp_path, monkeypatch):
    wrong = Violation("mass", "v1", "3", 12, "too much aboard")
    monkeypatch.setattr("dispatcher.planner.check.check", lambda *_: (wrong,))
    result = solve(written(tmp_path, SOLOMON), *QUICK)
    assert result.exit_code == 1
    assert last_of(result)["feasible"] is False
    assert "check: mass: robot v1, 3, 12 ms: too much aboard" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.txt"], "none.txt: no such file"),
        (["FILE", "--seconds", "1", "--iterations", "1"], "--seconds and --iterations exclude"),
        (["FILE", "--seconds", "0"], "seconds"),
        (["FILE", "--seconds", "nan"], "seconds"),
        (["FILE", "--iterations", "-5"], "iterations"),
        (["FILE", "--format", "tsp"], "tsp"),
        (["FILE", "--format", "cvrp"], "'small' is not a key"),
        (["FILE", "--engine", "magic"], "magic"),
        (["FILE", "--params", "none.toml"], "none.toml"),
        (["FILE", "--params", "FILE"], "not TOML"),
        (["FILE", "-o", "FILE"], "would be lost"),
        (["FILE", "-o", "nowhere/routes.sol"], "cannot be written"),
        (["JSON", "--objective", "distance"], "--objective is for benchmark files"),
        (["JSON"], "JSON.json"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    named = {
        "FILE": str(written(tmp_path, SOLOMON)),
        "JSON": str(written(tmp_path, '{"parcels": 3}', "JSON.json")),
    }
    result = solve(*(named.get(word, word) for word in words))
    assert result.exit_code == 2, result.output
    assert said in result.output
    assert "Traceback" not in result.output
    assert (tmp_path / "small.txt").read_text("utf-8") == SOLOMON


def test_a_problem_of_ours_is_solved_and_its_plan_written(tmp_path):
    family = read_family(written(tmp_path, SEVERAL_TRIPS))
    write_problem(tmp_path / "ours.json", family.problem)
    result = solve(tmp_path / "ours.json", *QUICK, "-o", tmp_path / "plan.json")
    assert result.exit_code == 0, result.output
    answer, plan = last_of(result), read_solution(tmp_path / "plan.json")
    assert (answer["format"], answer["convention"]) == ("json", "cost-units")
    assert answer["cost"] == plan.cost.total == family.cost_of(plan)
    assert check(family.problem, family.problem.matrices, plan) == ()


def test_a_problem_of_ours_without_travel_times_is_refused(tmp_path):
    family = read_family(written(tmp_path, SEVERAL_TRIPS))
    write_problem(tmp_path / "ours.json", msgspec.structs.replace(family.problem, matrices=None))
    result = solve(tmp_path / "ours.json", *QUICK)
    assert result.exit_code == 2
    assert "matrices: they are missing" in result.stderr


def test_the_same_command_gives_the_same_plan(tmp_path):
    path = written(tmp_path, SEVERAL_TRIPS)
    plans = []
    for name in ("a.sol", "b.sol"):
        result = solve(path, "--iterations", "300", "--seed", "7", "-o", tmp_path / name)
        assert result.exit_code == 0, result.output
        plans.append((tmp_path / name).read_bytes())
    assert plans[0] == plans[1]


def test_who_stops_it_before_there_is_a_plan_gets_no_traceback(tmp_path, monkeypatch):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dispatcher.planner.solve.solve", stopped)
    result = solve(written(tmp_path, SOLOMON), *QUICK)
    assert result.exit_code == plan_run.EXIT_STOPPED
    assert "stopped before there was a plan" in result.stderr


def test_who_stops_it_later_gets_the_best_plan_so_far(tmp_path, monkeypatch):
    def stopped(problem: Problem, *_: object, report: Callable[[Solution], None], **__: object):
        report(insert(problem, problem.matrices, empty(problem), [p.id for p in problem.parcels]))
        raise KeyboardInterrupt

    monkeypatch.setattr("dispatcher.planner.solve.solve", stopped)
    result = solve(written(tmp_path, SOLOMON), *QUICK)
    assert result.exit_code == 0, result.output
    assert "stopped: this is the best plan so far" in result.stderr
    assert (last_of(result)["unserved"], last_of(result)["feasible"]) == (0, True)


def test_a_published_instance_is_solved(tmp_path):
    path = data_file("vrp/mtvrptwr/C201R0.5.vrp")
    result = solve(path, "--iterations", "2000", "--json", "-o", tmp_path / "routes.sol")
    assert result.exit_code == 0, result.output
    answer = last_of(result)
    assert (answer["unserved"], answer["feasible"]) == (0, True)
    assert answer["cost"] >= read_routes(path.with_suffix(".sol")).cost
    assert msgspec.json.encode(answer["steps"])
