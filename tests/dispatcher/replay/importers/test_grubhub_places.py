# SPDX-License-Identifier: Apache-2.0
"""A day recorded in metres becomes places on a plain, and these a site that can be served."""

from pathlib import Path

import pytest

from dispatcher.replay.importers.grubhub_places import grubhub_places
from dispatcher.replay.importers.recorded import DayError
from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.importers.places_csv import PlacesOptions, places_map
from dispatcher.roads.site_roads import travel_times
from robot_agent.campus import parse_campus
from tests.data_sets import data_file

ORDERS = "order\tx\ty\tplacement_time\trestaurant\tready_time\n"


def day(folder: Path, orders: str, restaurants: str = "r1\t0\t0\nr2\t100\t0\nr3\t900\t0\n") -> Path:
    (folder / "orders.txt").write_text(ORDERS + orders)
    (folder / "restaurants.txt").write_text("restaurant\tx\ty\n" + restaurants)
    return folder


def test_a_stop_stands_in_each_square_with_an_order(tmp_path: Path) -> None:
    orders = "o1\t10\t10\t1\tr1\t2\no2\t390\t30\t1\tr1\t2\no3\t-5\t410\t1\tr1\t2\n"
    assert grubhub_places(day(tmp_path, orders)).splitlines() == [
        "id,kind,slots,x_m,y_m",
        "depot,station,100,100,0",
        "s-1.1,stop,1,-200,600",
        "s0.0,stop,1,200,200",
    ]


@pytest.mark.parametrize(
    ("orders", "why"),
    [
        ("o1\tnan\t10\t1\tr1\t2\n", r"orders.txt:2: x or y is not within"),
        ("o1\tx\t10\t1\tr1\t2\n", r"orders.txt:2: x or y is no number"),
        ("", r"orders.txt:2: there is no row"),
    ],
)
def test_a_day_without_positions_is_refused(tmp_path: Path, orders: str, why: str) -> None:
    with pytest.raises(DayError, match=why):
        grubhub_places(day(tmp_path, orders))
    with pytest.raises(DayError, match="squares of 1 m"):
        grubhub_places(tmp_path, 1)


def test_a_real_day_becomes_a_site(tmp_path: Path) -> None:
    folder = data_file("days/grubhub/0o50t100s1p100")
    text = places_map(grubhub_places(folder), "places.csv", "Day", PlacesOptions(detour_pct=100))
    graph = road_graph(parse_campus(text, "map"))
    stops = [stop.node for stop in graph.places("stop")]
    times = travel_times(graph, 5_333).matrix(["depot", *stops])
    assert 50 < len(stops) <= 252
    assert all(ms > 0 for ms in times[0][1:])
