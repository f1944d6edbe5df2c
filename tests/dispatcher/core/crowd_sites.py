# SPDX-License-Identifier: Apache-2.0
"""The small sites that a crowd is let loose on."""

import msgspec

from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import parse_campus

SITES = ("one station", "two stations", "no station", "with hours", "staffed and shadowed")

SITE = ("Point", [10.0, 50.0], {"kind": "site", "id": "toy", "format": "campus-map/1"})
ROADS = [
    ("LineString", [[10.0, 50.0], [10.004, 50.0]], {"id": "e1", "from": "a", "to": "b"}),
    ("LineString", [[10.004, 50.0], [10.004, 50.003]], {"id": "e2", "from": "b", "to": "c"}),
    ("LineString", [[10.004, 50.003], [10.0, 50.0]], {"id": "e3", "from": "c", "to": "a"}),
    (
        "LineString",
        [[10.004, 50.003], [10.004, 50.006]],
        {"id": "e4", "from": "c", "to": "d", "oneway": "forward"},
    ),
]
PLACES = [
    ("Point", [10.0, 50.0], {"kind": "parking", "id": "pk", "node": "a", "slots": 1}),
    ("Point", [10.004, 50.0], {"kind": "stop", "id": "s1", "node": "b", "slots": 2}),
    ("Point", [10.004, 50.003], {"kind": "stop", "id": "s2", "node": "c", "slots": 2}),
    ("Point", [10.002, 50.0], {"kind": "charger", "id": "ch", "edge": "e1", "offset_m": 100}),
]
STATIONS = [
    ("Point", [10.0, 50.0], {"kind": "station", "id": "st", "node": "a", "slots": 4}),
    ("Point", [10.004, 50.001], {"kind": "station", "id": "su", "edge": "e2", "offset_m": 110}),
]
HOURS = [
    (
        "Polygon",
        [[[10.003, 49.999], [10.005, 49.999], [10.005, 50.001], [10.003, 50.001]]],
        {"kind": "zone", "id": "z1", "zone_kind": "closed", "hours": "22:20-22:35,23:00-23:10"},
    ),
    (
        "Polygon",
        [[[10.0, 50.0005], [10.005, 50.0005], [10.005, 50.004], [10.0, 50.004]]],
        {"kind": "zone", "id": "z2", "zone_kind": "crowded", "factor_pct": 250}
        | {"hours": "Mo-Fr 22:30-23:05,07:00-08:00"},
    ),
    (
        "Point",
        [10.004, 50.003],
        {"kind": "node", "id": "c", "gate": "gate", "open_hours": "00:00-22:40,22:50-24:00"},
    ),
]
FLAGS = {"s1": {"staffed": True}, "s2": {"shadow": True}}


def site_graph(site):
    """A triangle of roads with a dead end `d` from which there is no way back."""
    stations = {"two stations": 2, "no station": 0}.get(site, 1)
    hours = HOURS if site == "with hours" else []
    features = []
    flags = FLAGS if site == "staffed and shadowed" else {}
    for shape, coordinates, given in (SITE, *ROADS, *PLACES, *STATIONS[:stations], *hours):
        properties = {"kind": "edge", "class": "road", **given, **flags.get(given["id"], {})}
        geometry = {"type": shape, "coordinates": coordinates}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    document = {"type": "FeatureCollection", "features": features}
    return RoadGraph.from_campus(parse_campus(msgspec.json.encode(document), "toy"))


GRAPHS = {site: site_graph(site) for site in SITES}
