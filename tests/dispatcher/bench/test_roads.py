# SPDX-License-Identifier: Apache-2.0
"""`dispatcher bench roads`: every contender agrees, every figure is there."""

from pathlib import Path

import msgspec
import pytest

from dispatcher.bench import road_table, roads, stopwatch
from dispatcher.cli.main import main
from dispatcher.data_files import demo_campus_path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ROBOTS": 20,
        "PATHS": 5,
        "CLOSURES": 3,
        "COLD_ROUNDS": 1,
        "CROWDS": 2,
    }.items():
        monkeypatch.setattr(roads, name, value)


@pytest.mark.usefixtures("small")
def test_all_contenders_are_measured_and_no_cycle_searches(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "roads", "--map", str(demo_campus_path()), "--stops", "12", "--json"])
    assert ended.value.code == 0
    out, err = capsys.readouterr()
    report = msgspec.json.decode(out.splitlines()[-1], type=roads.Report)
    assert report.setting.stops == 12
    assert report.cycle_searches == 0
    assert set(report.cold) == {"ours", "scipy", "networkx"}
    assert report.edge_closed.ours.rounds == report.polygon_closed.ours.rounds == 3
    assert report.crowded_begun.ours.rounds == 2
    assert report.crowded_begun.rows_changed_mean > 6
    assert "a crowded hour in a third of the map" in out
    assert "searches in a dispatch cycle without a closure: 0" in out
    assert "cold tables" in err


@pytest.mark.usefixtures("small")
def test_more_stops_than_places_are_drawn_and_said(tmp_path: Path) -> None:
    heard: list[str] = []
    report = roads.bench_roads(demo_campus_path(), 4000, 1, heard.append)
    assert 0 < report.setting.stops_drawn < report.setting.stops < 4000
    assert f"of the stops {report.setting.stops_drawn} are nodes drawn" in road_table.table_of(
        report
    )
    assert heard


def test_a_map_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "roads", "--map", "nowhere.geojson"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "nowhere.geojson: no such file\n"


def test_contenders_take_turns() -> None:
    order: list[str] = []
    spreads = stopwatch.side_by_side(
        {name: lambda name=name: order.append(name) for name in "abc"}, 3
    )
    assert "".join(order) == "abcbcacab"
    assert {name: one.rounds for name, one in spreads.items()} == {"a": 3, "b": 3, "c": 3}
    assert stopwatch.spread([3.0, 1.0, 7.0]) == stopwatch.Spread(3.0, 1.0, 7.0, 3)
