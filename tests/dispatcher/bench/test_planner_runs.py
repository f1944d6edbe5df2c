# SPDX-License-Identifier: Apache-2.0
"""`dispatcher bench planner`: equal CPU time, nothing lost, nothing refused late."""

from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from dispatcher.bench import planner_solvers
from dispatcher.bench.planner import Report
from dispatcher.bench.planner_child import Job
from dispatcher.bench.planner_fleet import bench_fleet, fleet_table
from dispatcher.bench.planner_runner import Runner
from dispatcher.bench.planner_solvers import CONTENDERS
from dispatcher.bench.planner_tours import judged, plan_of
from dispatcher.cli.main import main
from dispatcher.planner.problem import Problem
from tests.dispatcher.bench.tiny_instances import BEST, SOLOMON, changed_parcel, line

INSTALLED = [
    name
    for name, one in CONTENDERS.items()
    if all(find_spec(package) is not None for package in one.packages)
]


@pytest.fixture
def solomon(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.txt"
    path.write_text(SOLOMON)
    return path


def bench(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "planner", *words])
    code = ended.value.code
    assert isinstance(code, int)
    return code


def test_every_contender_solves_what_it_has_words_for() -> None:
    trips = changed_parcel(line(4, places=2, trips_max=0, robots=1), 3, ready_ms=9000)
    pairs = changed_parcel(line(2), 0, dropoff="p2", pickup="p1", pickup_ms=0)
    pairs = changed_parcel(pairs, 1, dropoff="p1", pickup="p2", pickup_ms=0)
    cases: list[tuple[Problem, int]] = [(line(4), 12_000), (trips, 12_000), (pairs, 4_000)]
    with Runner() as runner:
        for name in INSTALLED:
            for problem, best in cases:
                if CONTENDERS[name].refuses(problem):
                    assert name.startswith("vroom")
                    assert problem is trips
                    continue
                run = runner.run(name, Job(problem, 0.1, 1, 10.0))
                assert run.answers, f"{name}: {run.fault}"
                last = run.answers[-1]
                plan = last.plan or plan_of(problem, last.tours or [])
                verdict = judged(problem, plan)
                assert verdict.feasible, f"{name}: {verdict}"
                if name.startswith(("ours", "pyvrp", "vroom")):
                    assert verdict.cost == best, name


def test_a_solver_that_never_ends_is_ended_and_what_it_told_stands() -> None:
    problem = line(12, places=3, robots=6)
    with Runner() as runner:
        first = runner.run("ortools-best", Job(problem, 0.1, 1, 10.0))
        assert first.answers
        assert all(answer.cpu_s <= 0.1 * 1.02 + 0.05 for answer in first.answers)
        assert runner.run("ortools-best", Job(problem, 0.1, 1, 10.0)).answers


def test_a_bench_that_was_interrupted_goes_on_where_it_was(
    solomon: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "cells.jsonl"
    words = ["--set", "public", "--files", str(solomon), "--solvers", "ortools-default"]
    assert bench(*words, "--seconds", "0.1", "--resume", str(kept)) == 0
    first = kept.read_bytes()
    assert first.count(b"\n") == 1
    capsys.readouterr()
    assert bench(*words, "--seconds", "0.1,0.2", "--resume", str(kept), "--json") == 0
    out, err = capsys.readouterr()
    assert kept.read_bytes().startswith(first)
    assert kept.read_bytes().count(b"\n") == 2
    report = msgspec.json.decode(out.splitlines()[-1], type=Report)
    assert len(out.splitlines()) == 1
    assert [row.seconds for row in report.summary.rows] == [0.1, 0.2]
    assert all(row.feasible == 1 for row in report.summary.rows)
    assert [cell.cost for cell in report.cells] == [BEST, BEST]
    assert "2/2 tiny ortools-default 0.2 s seed 1" in err
    assert "1/2" not in err  # that one was there already


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--seconds", "1,x"], "--seconds 1,x: 'x' is not a number"),
        (["--seconds", "0"], "--seconds 0: 0, allowed: 0.05 to 86400"),
        (["--seeds", "0"], "--seeds 0: allowed: 1 to 100"),
        (["--solvers", "gurobi"], "no solver 'gurobi'; there are: ours, "),
        (["--solvers", ","], "--solvers: none is named"),
        (["--only", "atlantis", "--solvers", "ours"], "--only atlantis: no instance"),
        (["--files", "nowhere.txt", "--solvers", "ours"], "nowhere.txt: no such file"),
        (["--set", "fleet", "--only", "x"], "--set fleet: it takes no"),
        (["--set", "speeds", "--resume", "x"], "--set speeds: it takes no"),
        (["--set", "policies", "--files", "x"], "--set policies: it takes no"),
        (["--resume", "no/such/folder/x", "--solvers", "ours"], "there is no such folder"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench(*words) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert not out


def test_a_file_that_is_no_instance_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("nothing\n")
    assert bench("--files", str(bad), "--solvers", "ortools-default", "--seconds", "0.1") == 2
    assert "bad.txt" in capsys.readouterr().err


def test_a_missing_extra_is_said_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planner_solvers, "_installed", lambda package: package != "pyvrp")
    assert bench("--solvers", "ours,pyvrp") == 3
    said = capsys.readouterr().err.splitlines()
    assert said == ["pyvrp is not installed: pip install 'drover-dispatch[bench]'"]


def test_missing_public_instances_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DROVER_DATA", raising=False)
    assert bench("--set", "multitrip", "--solvers", "ours") == 3
    assert "DROVER_DATA/vrp" in capsys.readouterr().err


def test_a_repair_cycle_of_a_small_fleet_is_measured_and_judged() -> None:
    heard: list[str] = []
    report = bench_fleet(heard.append, robots=(3, 1), budget_ms=20)
    assert (report.campuses, report.robots, report.broken) == (2, 4, 0)
    assert report.parcels == 42
    assert report.cpu_s > 0
    assert heard
    assert "one repair cycle" in fleet_table(report)
