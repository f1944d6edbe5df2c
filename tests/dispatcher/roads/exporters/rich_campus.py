# SPDX-License-Identifier: Apache-2.0
"""A small campus that has one of everything, and random ones, for the tests of exports."""

from hypothesis import strategies as st

from dispatcher.roads.importers.campus_text import (
    Feature,
    area_feature,
    campus_text,
    line_feature,
    point_feature,
)
from robot_agent.campus import Campus, parse_campus
from robot_agent.campus_frame import frame_at, to_lat_lon

HOME = frame_at(50.0, 10.0)
SITE = point_feature("site", (50.0, 10.0), id="uni", format="campus-map/1", name="Uni")


def at(x_m: float, y_m: float) -> tuple[float, float]:
    return to_lat_lon(HOME, round(x_m * 1000), round(y_m * 1000))


def exactly(feature: Feature, x_m: float, y_m: float) -> Feature:
    lat, lon = at(x_m, y_m)
    feature["geometry"]["coordinates"] = [lon, lat]
    return feature


def rich_text() -> str:
    """a -- b with a bend and a stop on it, b -> c, c -- a over a bridge, and all kinds of facts."""
    a, b, c = at(0, 0), at(100, 0), at(50, 80)
    square = [at(0, 0), at(10, 0), at(10, 10), at(0, 10), at(0, 0)]
    site = SITE["properties"] | {
        "timezone": "Europe/Berlin",
        "licence": "CC0-1.0",
        "left_hand": True,
    }
    return campus_text(
        [
            SITE | {"properties": site},
            point_feature("node", b, id="b", gate="gate", wait_s=5, width_m=1.2, name="East gate"),
            line_feature(
                "edge",
                [a, at(50, -10), b],
                **{"id": "ab", "from": "a", "to": "b", "class": "road"},
                width_m=4.5,
                speed_mps=2.345,
                open_hours="Mo-Fr 06:00-22:00",
            ),
            line_feature(
                "edge", [b, c], **{"id": "bc", "from": "b", "to": "c"}, oneway="forward", capacity=1
            ),
            line_feature(
                "edge", [c, a], **{"id": "ca", "from": "c", "to": "a"}, level=1, incline_pct=4
            ),
            line_feature("edge", [c, b], **{"id": "cb", "from": "c", "to": "b"}, oneway="backward"),
            line_feature("edge", [b, a], **{"id": "ba", "from": "b", "to": "a"}, access="closed"),
            point_feature("station", at(-3, 0), id="hub", node="a", name="Hub", slots=4),
            point_feature("stop", at(30, -8), id="s1", edge="ab", offset_m=30, building="h1"),
            point_feature("stop", at(52, 82), id="s2", node="c", name="Sœur"),
            point_feature("charger", at(-3, 3), id="ch", node="a", power_w=800),
            point_feature("parking", at(50, 85), id="pk", node="c"),
            point_feature("waiting", at(60, -9), id="w", edge="ab", offset_m=60, at="kerb"),
            area_feature("building", square, id="h1", name="House", stop="s1"),
            area_feature("zone", square, id="z1", zone_kind="closed"),
            area_feature("zone", square, id="z2", zone_kind="slow", factor_pct=150),
            point_feature("fountain", a, id="f1"),
        ]
    )


def rich() -> Campus:
    return parse_campus(rich_text(), "rich")


@st.composite
def campuses(draw: st.DrawFn) -> Campus:
    """Joints on a ring (so all is reached), edges across it, bends, one-ways, places at joints."""
    count = draw(st.integers(3, 8))
    # Centimetres, and some mm off the round number: no two joints closer than robots can tell.
    coordinate = st.integers(-40_000, 40_000).map(lambda cm: cm * 10 + 3)
    spot = st.tuples(coordinate, coordinate)
    spots = draw(st.lists(spot, min_size=count, max_size=count, unique=True))
    pairs = [(n, (n + 1) % count) for n in range(count)]
    pairs += draw(st.lists(st.sampled_from([(0, 2), (2, 0), (1, 0), (0, 1)]), max_size=4))
    features = [SITE]
    for number, (start, end) in enumerate(pairs):
        bends = draw(st.lists(spot, max_size=3))
        oneway = "no" if number < count else draw(st.sampled_from(["no", "forward", "backward"]))
        line = [spots[start], *bends, spots[end]]
        features.append(
            line_feature(
                "edge",
                [],
                **{"id": f"e{number}", "from": f"n{start}", "to": f"n{end}"},
                oneway=oneway,
                speed_mps=draw(st.integers(100, 4000)) / 1000,
            )
        )
        degrees = [to_lat_lon(HOME, *point) for point in line]
        features[-1]["geometry"]["coordinates"] = [[lon, lat] for lat, lon in degrees]
    roles = [
        "station",
        *draw(st.lists(st.sampled_from(["stop", "charger", "parking"]), max_size=4)),
    ]
    for number, role in enumerate(roles):
        node = draw(st.integers(0, count - 1))
        x, y = spots[node]
        place = point_feature(
            role, (50.0, 10.0), id=f"p{number}", node=f"n{node}", name=f"P {number}"
        )
        features.append(exactly(place, x / 1000 + 1.5, y / 1000))
    return parse_campus(campus_text(features), "random")
