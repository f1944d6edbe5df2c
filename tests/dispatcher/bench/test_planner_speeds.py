# SPDX-License-Identifier: Apache-2.0
import pytest

from dispatcher.bench import planner_speeds as bench
from dispatcher.planner.budget import Budget
from dispatcher.planner.params import Params
from tests.dispatcher.planner.random_problems import draw_any


def test_promises_and_repairs_are_measured_and_every_plan_is_judged(monkeypatch):
    problem = draw_any(3, robots=3, parcels=16, features=("hard",))
    monkeypatch.setattr(bench, "_days", lambda: [("small", problem)])
    for name in ("LIVE", "AGAIN"):
        monkeypatch.setattr(bench, name, Budget(iterations=1))
    said: list[str] = []
    report = bench.bench_speeds(said.append, draws=2, asked=5, params=Params(engine="quick"))
    assert len(said) == report.repair_pct.count == 2
    assert report.promise_ms.count == 5
    assert 0 <= report.slots_offered <= report.slots_asked
    assert report.faults == 0
    table = bench.speed_table(report)
    assert "promise, CPU ms" in table
    assert f"{report.machine.cores} cores, load" in table
    with pytest.raises(ValueError, match="no campus day"):
        bench.bench_speeds(said.append, only="elsewhere")


def test_a_spread_tells_the_middle_and_the_far_end():
    spread = bench.spread_of([float(n) for n in range(200, 0, -1)])
    assert (spread.median, spread.p99, spread.greatest) == (100.5, 199.0, 200.0)
    with pytest.raises(ValueError, match="no campus day"):
        bench.spread_of([])
