# SPDX-License-Identifier: Apache-2.0
"""Reading campus maps: what a map turns into, and what is said about a bad one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from robot_agent.campus import CampusError, parse_campus, read_campus, to_lat_lon
from robot_agent.campus_frame import distance_mm
from tests.robot_agent.campus_writing import (
    FRAME,
    STREET,
    at,
    edge,
    feature,
    parse,
    site,
    stop,
    text,
)


def fault_of(*features: dict[str, Any]) -> str:
    with pytest.raises(CampusError) as caught:
        parse(*features)
    return str(caught.value)


def test_a_street_becomes_an_edge_between_two_joints() -> None:
    campus = parse(site(), STREET)
    assert campus.site.timezone == "Asia/Shanghai"
    assert sorted(campus.nodes) == ["a", "b"]
    assert (campus.nodes["b"].x_mm, campus.nodes["b"].y_mm) == (60_000, 40_000)
    street = campus.edges["e1"]
    assert street.length_mm == 100_000
    assert street.shape == ((0, 0), (60_000, 0), (60_000, 40_000))
    assert (street.road_class, street.speed_mm_s, street.oneway) == ("shared", 2500, "no")


def test_a_stop_on_an_edge_splits_the_edge_and_becomes_a_node() -> None:
    campus = parse(site(), STREET, stop("s", 62, 10, edge="e1", offset_m=70, dwell_s=45, slots=2))
    assert list(campus.edges) == ["e1.1", "e1.2"]
    assert campus.edges["e1.1"].shape == ((0, 0), (60_000, 0), (60_000, 10_000))
    assert [part.length_mm for part in campus.edges.values()] == [70_000, 30_000]
    assert campus.places["s"].node == "s"
    assert (campus.nodes["s"].x_mm, campus.nodes["s"].y_mm) == (60_000, 10_000)
    assert (campus.places["s"].x_mm, campus.places["s"].dwell_ms) == (62_000, 45_000)


def test_several_places_on_one_edge_may_share_a_point_or_an_end() -> None:
    campus = parse(
        site(),
        STREET,
        stop("s1", 20, 0, edge="e1", offset_m=20),
        stop("s2", 20, 1, edge="e1", offset_m=20),
        stop("s3", 0, 0, edge="e1", offset_m=-0.2),
        stop("s4", 60, 40, edge="e1", offset_m=100.3),
        stop("s5", 50, 0, edge="e1", offset_m=50),
    )
    nodes = [campus.places[f"s{number}"].node for number in range(1, 6)]
    assert nodes == ["s1", "s1", "a", "b", "s5"]
    assert [part.length_mm for part in campus.edges.values()] == [20_000, 30_000, 50_000]


def test_a_length_given_by_hand_is_shared_out_over_the_parts() -> None:
    street = edge("e1", "a", "b", [(0, 0), (100, 0)], length_m=110.001)
    campus = parse(site(), street, stop("s", 50, 0, edge="e1", offset_m=50))
    assert [part.length_mm for part in campus.edges.values()] == [55_000, 55_001]


def test_a_place_may_hang_on_a_node() -> None:
    campus = parse(site(), STREET, feature("charger", "Point", at(1, 1), id="c", node="a"))
    assert (campus.places["c"].node, campus.places["c"].power_w) == ("a", 500)


def test_a_gate_keeps_its_wait() -> None:
    gate = feature("node", "Point", at(0, 0), id="a", gate="lift_gate", wait_s=12.5)
    assert parse(site(), gate, STREET).nodes["a"].wait_ms == 12_500


def test_a_stop_says_whether_it_is_staffed_and_whether_radio_reaches_it() -> None:
    plain = parse(site(), STREET, stop("s", 20, 0, edge="e1", offset_m=20))
    flags = {"staffed": True, "shadow": True}
    flagged = parse(site(), STREET, stop("s", 20, 0, edge="e1", offset_m=20, **flags))
    assert (plain.places["s"].staffed, plain.places["s"].shadow) == (False, False)
    assert (flagged.places["s"].staffed, flagged.places["s"].shadow) == (True, True)
    assert plain.digest != flagged.digest


def test_buildings_and_zones_are_read() -> None:
    ring = [[at(0, 5), at(9, 5), at(9, 9), at(0, 5)]]
    campus = parse(
        site(),
        STREET,
        stop("s", 20, 0, edge="e1", offset_m=20),
        feature("building", "Polygon", ring, id="d1", name="紫荆1号楼", use="dorm", stop="s"),
        feature("zone", "Polygon", ring, id="z", zone_kind="slow", factor_pct=150),
    )
    assert campus.buildings["d1"].stop == "s"
    assert campus.zones["z"].factor_pct == 150


def test_unknown_kinds_are_counted_and_otherwise_ignored() -> None:
    bench = feature("bench", "Point", at(1, 1), id="bench-1")
    assert parse(site(), STREET, bench).ignored == 1


def test_the_digest_knows_the_map_not_the_file() -> None:
    street = edge("e2", "b", "a", [(60, 40), (0, 0)])
    one = parse(site(), STREET, street)
    same = parse_campus(
        json.dumps({"features": [street, STREET, site(name="x")], "type": "FeatureCollection"}), "x"
    )
    other = parse(site(), STREET, edge("e2", "b", "a", [(60, 40), (0, 0)], speed_mps=1))
    assert one.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "n:1: not JSON: Expecting value"),
        ('{"type":\n"Feature', "n:2: not JSON: Unterminated string"),
        ("[" * 100_000, "n:1: not JSON"),
        ('{"type": "Feature"}', "n:1: not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection"}', "n:1: the FeatureCollection has no list of features"),
        (text(), "n:1: 0 site features where there must be one"),
        (text(site(), site(id="2")), "n:1: 2 site features where there must be one"),
        (text(site()), "n:1: the road net is empty: no feature of kind edge"),
        (b"\n\xff", "n:2: not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_map_is_refused_in_one_sentence(content: str | bytes, said: str) -> None:
    with pytest.raises(CampusError) as caught:
        parse_campus(content, "n")
    assert str(caught.value).startswith(said)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (edge("e2", "a", "b", [(0, 0)]), "feature e2: a line needs at least 2 positions"),
        (edge("e2", "a", "c", [(0, 0), (0, 0)]), "feature e2: its length is zero"),
        (
            edge("e2", "a", "b", [(0, 0.2), (60, 47)]),
            "e2: its line starts 0.20 m from node a and ends 7.00 m from node b; 0.5 m is allowed",
        ),
        (edge("e2", "a", "", [(0, 0), (1, 0)]), 'feature e2: to must be a text, not ""'),
        (edge("e2", "a", "c", [(0, 0), (1, 0)], oneway="yes"), "oneway is"),
        (edge("e2", "a", "c", [(0, 0), (1, 0)], speed_mps=-1), "speed_mps is -1, not within"),
        (edge("e2", "a", "c", [(0, 0), (1, 0)], speed_mps=True), "must be a number, not true"),
        (edge("e2", "a", "c", [(0, 0), (90_000, 0)]), "more than 50 km from the site's origin"),
        (edge("e1", "a", "b", [(0, 0), (60, 40)]), "this id is taken by feature number 2, a edge"),
        (stop("s", 0, 0), "feature s: it must hang on the roads by either node, or edge"),
        (stop("s", 0, 0, node="x"), "feature s: it hangs on node x, which is not there"),
        (stop("s", 0, 0, edge="x", offset_m=1), "it hangs on edge x, which is not there"),
        (stop("s", 0, 0, edge="e1"), "feature s: offset_m must be a number, not null"),
        (stop("s", 0, 0, edge="e1", offset_m=101), "101.000 is not on edge e1, which is 100.000 m"),
        (stop("s", 900, 0, edge="e1", offset_m=1), "it lies 899 m from where it hangs"),
        (stop("b", 1, 0, edge="e1", offset_m=1), "its id is also the name of a joint"),
        (stop("s", 1, 0, edge="e1", offset_m=1, slots=1.5), "slots is 1.5, not a whole number"),
        (feature("node", "Point", [float("nan"), 1], id="n"), "coordinates nan, 1 are not"),
        (feature("node", "Point", [10**400, 1], id="n"), "are not a longitude and latitude"),
        (feature("node", "Point", ["1", 1], id="n"), 'coordinate "1" is not a number'),
        (feature("node", "Point", [116.0, 95], id="n"), "116.0, 95 are not a longitude and"),
        (feature("node", "LineString", [], id="n"), 'a node needs a Point, not "LineString"'),
        (feature("node", "Point", at(0, 0)), "feature without id: id must be a text, not null"),
        ({"type": "Feature", "properties": {"id": "n"}}, "feature n: has no kind"),
        ({"type": "Feature"}, "feature without id: has no properties"),
        ({"type": "feature"}, "feature without id: not a GeoJSON Feature"),
    ],
)
def test_a_bad_feature_is_named_with_its_line(bad: dict[str, Any], said: str) -> None:
    message = fault_of(site(), STREET, bad)
    assert message.startswith("north.geojson:4: ")
    assert said in message


def test_every_bad_feature_is_named_not_only_the_first() -> None:
    with pytest.raises(CampusError) as caught:
        parse(site(), STREET, stop("s1", 0, 0), stop("s2", 0, 0))
    assert [fault.split(":")[1] for fault in caught.value.faults] == ["4", "5"]
    assert str(caught.value).endswith("(and 1 more faults)")


def test_lines_are_right_in_a_file_that_an_editor_has_laid_out() -> None:
    document = {"name": [1, {"features": []}], "features": [site(), STREET, stop("s", 0, 0)]}
    laid_out = json.dumps({**document, "type": "FeatureCollection"}, indent=2)
    line = laid_out[: laid_out.index('"stop"')].count("\n") + 1
    with pytest.raises(CampusError) as caught:
        parse_campus(laid_out, "n")
    assert caught.value.faults[0].startswith(f"n:{line - 3}: feature s")


def test_a_map_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.geojson"
    with path.open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(CampusError, match="larger than 64 MB"):
        read_campus(path)
    with pytest.raises(CampusError, match=r"200,001 features, more than 200,000"):
        parse_campus('{"type":"FeatureCollection","features":[' + "0," * 200_000 + "0]}", "n")


def test_a_missing_map_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(CampusError, match=r"none.geojson: cannot be read: No such file"):
        read_campus(tmp_path / "none.geojson")
    (tmp_path / "map.geojson").write_text(text(site(), STREET), encoding="utf-8-sig")
    assert read_campus(tmp_path / "map.geojson").edges


@given(x_mm=st.integers(-5_000_000, 5_000_000), y_mm=st.integers(-5_000_000, 5_000_000))
@settings(max_examples=50)
def test_the_frame_and_the_globe_agree_to_the_millimetre(x_mm: int, y_mm: int) -> None:
    there = to_lat_lon(parse(site(), STREET).site, x_mm, y_mm)
    assert distance_mm(FRAME.to_mm(*there), (x_mm, y_mm)) <= 1


def test_the_frame_uses_the_earths_real_radii() -> None:
    # WGS84 at 40 degrees north: a degree is 111.035 km of latitude and 85.394 km of longitude.
    assert FRAME.y_mm_per_deg == pytest.approx(111_035_000, rel=1e-4)
    assert FRAME.x_mm_per_deg == pytest.approx(85_394_000, rel=1e-4)


@given(st.lists(st.integers(0, 101_000), max_size=6))
@settings(max_examples=50)
def test_splitting_never_changes_what_a_street_measures(offsets_mm: list[int]) -> None:
    inside = [offset for offset in offsets_mm if offset <= 100_000]
    campus = parse(
        site(),
        STREET,
        *(stop(f"s{n}", 0, 0, edge="e1", offset_m=mm / 1000) for n, mm in enumerate(inside)),
    )
    assert sum(part.length_mm for part in campus.edges.values()) == 100_000
    assert all(part.length_mm > 0 for part in campus.edges.values())
