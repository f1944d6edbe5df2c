# SPDX-License-Identifier: Apache-2.0
"""Which places a robot cannot serve, and how that is said."""

import json

from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.reach import reach_faults
from robot_agent.campus import parse_campus


def faults(oneway: str, station: bool = True) -> list[str]:
    def feature(kind: str, shape: str, at: list[object], **facts: object) -> dict[str, object]:
        geometry = {"type": shape, "coordinates": at}
        return {"type": "Feature", "properties": {"kind": kind, **facts}, "geometry": geometry}

    ends: list[object] = [[0.0, 0.0], [0.001, 0.0]]
    features = [
        feature("site", "Point", [0.0, 0.0], id="site", format="campus-map/1"),
        feature("edge", "LineString", ends, id="e", **{"from": "a", "to": "b"}, oneway=oneway),
        feature("stop", "Point", [0.001, 0.0], id="s", name="Haus Süd", node="b"),
    ]
    if station:
        features.append(feature("station", "Point", [0.0, 0.0], id="depot", node="a"))
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return reach_faults(RoadGraph.from_campus(parse_campus(text, "test")))


def test_a_map_with_ways_there_and_back_has_no_fault() -> None:
    assert faults("no") == []


def test_a_trap_is_told_from_a_place_out_of_reach() -> None:
    assert faults("forward") == ["from stop s (Haus Süd) there is no way back to station depot"]
    assert faults("backward") == ["stop s (Haus Süd) cannot be reached from station depot"]


def test_a_map_without_a_station_serves_nobody() -> None:
    assert faults("no", station=False) == ["the map has no station"]
