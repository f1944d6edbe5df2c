# SPDX-License-Identifier: Apache-2.0
"""Small campuses for the tests of roads: node n lies n metres east of the origin."""

import json
from typing import Any

from hypothesis import strategies as st

from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.times.travel import TravelTimes
from robot_agent.campus import Campus, parse_campus

Row = tuple[str, int, int, str, int]
DEGREE_M = 111_000


def campus(
    edges: list[Row],
    waits_s: dict[int, float] | None = None,
    stops: tuple[int, ...] = (),
    facts: dict[str, dict[str, Any]] | None = None,
) -> Campus:
    """A campus on a line: node n lies n metres east; edges are (id, from, to, oneway, length)."""

    def position(n: float) -> list[float]:
        return [n / DEGREE_M, 0.0]

    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "properties": {"kind": "site", "id": "site", "format": "campus-map/1"},
            "geometry": {"type": "Point", "coordinates": [0, 0]},
        }
    ]
    for node, wait_s in {**dict.fromkeys(stops, 0.0), **(waits_s or {})}.items():
        gate = {"gate": "gate", "wait_s": wait_s} if wait_s else {}
        point = {"type": "Point", "coordinates": position(node)}
        properties = {"kind": "node", "id": f"n{node}", **gate}
        features.append({"type": "Feature", "properties": properties, "geometry": point})
    for stop in stops:
        hung = {"kind": "stop", "id": f"stop{stop}", "node": f"n{stop}"}
        point = {"type": "Point", "coordinates": position(stop)}
        features.append({"type": "Feature", "properties": hung, "geometry": point})
    for name, start, end, oneway, length_m in edges:
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "kind": "edge",
                    "id": name,
                    "from": f"n{start}",
                    "to": f"n{end}",
                    "oneway": oneway,
                    "length_m": length_m,
                    "class": ("path", "road", "crossing")[length_m % 3],
                    **(facts or {}).get(name, {}),
                },
                "geometry": {
                    "type": "LineString",
                    "coordinates": [position(start), position((start + end) / 2), position(end)]
                    if start != end
                    else [position(start), position(start + 1), position(end)],
                },
            }
        )
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return parse_campus(text, "test")


def times(
    edges: list[Row],
    waits_s: dict[int, float] | None = None,
    speed_mm_s: int = 2000,
    stops: tuple[int, ...] = (),
) -> TravelTimes:
    return TravelTimes(RoadGraph.from_campus(campus(edges, waits_s, stops)), speed_mm_s)


NODES = 9
EDGES = st.lists(
    st.tuples(
        st.integers(0, NODES - 1),
        st.integers(0, NODES - 1),
        st.sampled_from(["no", "no", "forward", "backward"]),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=25,
).map(lambda rows: [(f"e{number:02}", *row) for number, row in enumerate(rows)])
WAITS = st.dictionaries(st.integers(0, NODES - 1), st.sampled_from([0.5, 20.0]))
STOPS = st.lists(st.integers(0, NODES - 1), unique=True, max_size=4).map(tuple)
