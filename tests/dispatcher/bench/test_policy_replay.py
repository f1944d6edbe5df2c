# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.bench import planner_policies as bench
from dispatcher.bench.policy_replay import epochs_of, replay, softened
from dispatcher.planner.check import check
from dispatcher.planner.params import Params
from dispatcher.planner.part import places_of
from dispatcher.planner.policy.hold import Hold
from dispatcher.planner.policy.now import Now
from dispatcher.planner.quick import insert
from tests.dispatcher.planner.random_problems import draw_any

QUICK = Params(engine="quick")


def plan_at(problem, live):
    return insert(problem, problem.matrices, live, [parcel.id for parcel in problem.parcels])


def day(seed: int, parcels: int = 12):
    """A day on which parcels come one after the other."""
    problem = draw_any(seed, robots=2, parcels=parcels, features=("hard", "windows"))
    coming = tuple(
        msgspec.structs.replace(parcel, ready_ms=problem.now_ms + number * 200_000)
        for number, parcel in enumerate(problem.parcels)
    )
    return softened(msgspec.structs.replace(problem, parcels=coming), per_late_s=10)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([Now(), Hold(60_000)]))
def test_a_day_as_it_is_lived_is_a_good_plan_of_the_day(seed, policy):
    problem = day(seed)
    plan = replay(problem, plan_at, policy, most=6)
    assert check(problem, problem.matrices, plan) == ()
    left_out = [one.parcel for one in plan.unserved]
    assert sorted([*places_of(plan), *left_out]) == [parcel.id for parcel in problem.parcels]


def test_nothing_is_planned_before_it_is_known():
    problem = day(7)
    asked: list[int] = []

    def watched(today, live):
        asked.append(today.now_ms)
        assert all(parcel.ready_ms <= today.now_ms for parcel in today.parcels)
        return plan_at(today, live)

    replay(problem, watched, Now(), most=5)
    assert tuple(asked) == epochs_of(problem, 5)
    assert 2 <= len(asked) <= 6


def test_a_day_without_parcels_is_an_empty_plan():
    problem = draw_any(1, robots=2, parcels=0, features=())
    plan = replay(problem, plan_at, Now())
    assert [entry.trips for entry in plan.plans] == [(), ()]


@pytest.fixture
def short_days(monkeypatch):
    days = [bench.Day("one", "drawn", day(3, 6)), bench.Day("two", "drawn", day(4, 5))]
    monkeypatch.setattr(bench, "days_of", lambda: iter(days))


def test_the_bench_compares_each_policy_with_leaving_at_once(short_days):
    said: list[str] = []
    report = bench.bench_policies(said.append, seeds=1, iterations=1, params=QUICK)
    assert len(said) == len(report.runs) == 2 * 3
    assert [row.policy for row in report.rows["drawn"]] == ["now", "hold", "consensus"]
    assert report.rows["drawn"][0].cost_pct == 0
    assert not any(run.fault for run in report.runs)
    assert "hold" in bench.policy_table(report)


def test_a_bench_that_was_stopped_goes_on_where_it_was(short_days, tmp_path, monkeypatch):
    kept = tmp_path / "runs.jsonl"
    first = bench.bench_policies(
        lambda _: None, ("now",), seeds=1, iterations=1, resume=kept, params=QUICK
    )
    lived = []
    monkeypatch.setattr(bench, "live", lambda *words: lived.append(words))
    again = bench.bench_policies(
        lambda _: None, ("now",), seeds=1, iterations=1, resume=kept, params=QUICK
    )
    assert not lived
    assert again == first


def test_what_cannot_be_is_said(short_days, tmp_path):
    with pytest.raises(ValueError, match="no policy 'never'"):
        bench.bench_policies(print, ("never",))
    with pytest.raises(ValueError, match="no day has 'three'"):
        bench.bench_policies(print, only="three")
    (tmp_path / "bad.jsonl").write_text("{}\n")
    with pytest.raises(ValueError, match="holds no runs of this bench"):
        bench.bench_policies(print, resume=tmp_path / "bad.jsonl")
