# SPDX-License-Identifier: Apache-2.0
"""What `map diff` tells of two revisions of a map."""

import json
from collections.abc import Callable

import msgspec

from dispatcher.roads.editing.differences import Difference, differences
from dispatcher.roads.editing.fact_words import property_of, said_change
from dispatcher.roads.editing.map_properties import READ
from robot_agent.campus import Campus, parse_campus
from robot_agent.campus_model import Building, Edge, Node, Place, Site, Waiting, Zone
from tests.dispatcher.roads.drawn_maps import CORNERS, Raw, edge, feature, hung, square, text_of

SPEED_MM_S = 4000
Features = dict[str, Raw]


def campus(change: Callable[[Features], object] = lambda _: None) -> Campus:
    features = square()
    change(features)
    return parse_campus(text_of(features), "x")


def diff(change: Callable[[Features], object]) -> Difference:
    return differences(campus(), campus(change), SPEED_MM_S)


def test_a_map_does_not_differ_from_itself() -> None:
    found = differences(campus(), campus(), SPEED_MM_S)
    assert found.same
    assert found.digest_same
    assert found.travel is not None
    assert (found.travel.stops, found.travel.changed) == (1, 0)


def test_layout_order_and_spelled_out_defaults_are_no_difference() -> None:
    def spell(found: Features) -> None:
        found["e-ab"]["properties"].update({"oneway": "no", "class": "shared", "note": "x"})

    features = list(square().values())
    turned = parse_campus(json.dumps(json.loads(text_of(features[::-1])), indent=4), "x")
    assert differences(campus(spell), turned, SPEED_MM_S).same


def test_moved_and_renamed_places_are_told_with_metres() -> None:
    def move(found: Features) -> None:
        found["stop-1"]["geometry"]["coordinates"] = [10.0016, 50.00109]
        found["stop-1"]["properties"]["name"] = "Haus Eins"

    found = diff(move)
    assert [(one.kind, one.id, round(one.m, 1)) for one in found.moved] == [("stop", "stop-1", 3.3)]
    assert [(one.what, one.old, one.new) for one in found.renamed] == [
        ("name", "Haus 1", "Haus Eins")
    ]
    assert not found.digest_same


def test_a_new_name_alone_is_a_difference_though_the_digest_is_the_same() -> None:
    found = diff(lambda one: one["stop-1"]["properties"].update(name="Haus Eins"))
    assert (found.same, found.digest_same) == (False, True)


def test_vanished_and_new_edges_are_told_with_their_length() -> None:
    def change(found: Features) -> None:
        del found["e-da"]
        found["ac"] = edge("ac", "a", "c")

    found = diff(change)
    assert (found.vanished, found.added) == ({"edge": ["e-da"]}, {"edge": ["ac"]})
    assert (found.km_vanished, found.km_added) == (0.111, 0.181)


def test_the_same_line_under_another_id_is_renamed_not_gone() -> None:
    def change(found: Features) -> None:
        found["x"] = found.pop("e-da")
        found["x"]["properties"]["id"] = "x"

    found = diff(change)
    assert [(one.kind, one.what, one.old, one.new) for one in found.renamed] == [
        ("edge", "id", "e-da", "x")
    ]
    assert (found.vanished, found.added) == ({}, {})


def test_a_new_stop_cuts_an_edge_but_does_not_change_it() -> None:
    found = diff(lambda one: one.update(new=hung("stop", "new", "e-da", 40.0, [9.99994, 50.0005])))
    assert found.added == {"stop": ["new"]}
    assert (found.changed, found.vanished, found.moved) == ([], {}, [])


def test_changed_facts_are_told_old_and_new() -> None:
    def change(found: Features) -> None:
        found["e-da"]["properties"].update(access="closed", speed_mps=1)
        found["e-bc"]["geometry"]["coordinates"].insert(1, [10.0021, 50.0005])
        found["g"] = feature("node", "Point", CORNERS["b"], id="b", gate="gate", wait_s=20)
        found["depot"]["properties"]["slots"] = 3
        found["s"]["properties"]["timezone"] = "Asia/Seoul"

    found = diff(change)
    told = {(one.kind, one.id, one.fact): (one.old, one.new) for one in found.changed}
    assert told[("edge", "e-da", "access")] == ("open", "closed")
    assert told[("edge", "e-da", "speed_mm_s")] == (2500, 1000)
    assert told[("station", "depot", "slots")] == (1, 3)
    assert told[("site", "s", "timezone")] == ("UTC", "Asia/Seoul")
    old_m, new_m = told[("edge", "e-bc", "line")]
    assert isinstance(old_m, float)
    assert isinstance(new_m, float)
    assert old_m < new_m
    assert found.added == {"node": ["b"]}


def test_a_moved_origin_moves_the_site_and_nothing_else() -> None:
    def change(found: Features) -> None:
        found["s"]["geometry"]["coordinates"] = [10.0005, 50.0002]

    assert [one.kind for one in diff(change).moved] == ["site"]


def test_ways_to_stops_are_compared_where_it_matters_most() -> None:
    def slow(found: Features) -> None:
        found["e-da"]["properties"]["access"] = "closed"
        found["e-cd"]["properties"]["speed_mps"] = 0.5

    travel = diff(slow).travel
    assert travel is not None
    assert [way.stop for way in travel.worst] == ["stop-1"]
    assert travel.median_pct > 0

    def cut(found: Features) -> None:
        for name in ("e-da", "e-bc"):
            found[name]["properties"]["access"] = "closed"

    travel = diff(cut).travel
    assert travel is not None
    assert [way.stop for way in travel.cut_off] == ["stop-1"]
    back = differences(campus(cut), campus(), SPEED_MM_S).travel
    assert back is not None
    assert [way.stop for way in back.reached_now] == ["stop-1"]


def test_waiting_places_zones_and_buildings_are_compared() -> None:
    def more(found: Features) -> None:
        found["w"] = hung("waiting", "w", "e-cd", 70.0, [10.001, 50.001])
        ring = [[10, 50], [10.001, 50], [10, 50.001], [10, 50]]
        found["z"] = feature("zone", "Polygon", [ring], id="z", zone_kind="closed")
        found["h1"]["properties"]["use"] = "canteen"

    found = diff(more)
    assert found.added == {"waiting": ["w"], "zone": ["z"]}
    assert [(one.id, one.fact) for one in found.changed] == [("h1", "use")]

    def cut(found: Features) -> None:
        more(found)
        found["new"] = hung("stop", "new", "e-cd", 10.0, [10.0018, 50.00106])

    assert differences(campus(more), campus(cut), SPEED_MM_S).changed == []


def test_a_difference_is_written_as_json() -> None:
    found = diff(lambda one: one["e-ab"]["properties"].update(open_hours="Mo-Fr 08:00-18:00"))
    assert json.loads(msgspec.json.encode(found))["changed"][0]["fact"] == "open_hours"


def test_changes_are_said_in_the_words_of_the_format() -> None:
    assert said_change("speed_mm_s", 2500, 1000) == "speed_mps was 2.5 m/s and is 1 m/s"
    assert said_change("open_hours", "", "24/7") == "open_hours was not given and is 24/7"
    assert said_change("confirmed", False, True) == "may_wait was proposed and is yes"
    assert said_change("incline_permille", 15, -20) == "incline_pct was 1.5 % and is -2 %"
    assert said_change("until_ms", 0, 86_400_000).endswith("and is 1970-01-02 00:00:00+00:00")
    assert said_change("line", 100.0, 103.456) == (
        "redrawn: its line was 100 m long and is 103.46 m"
    )


def test_every_fact_of_a_campus_is_one_of_the_format() -> None:
    """What `map diff` names can be found in the file."""
    by_kind = {"site": [Site], "node": [Node], "edge": [Edge], "zone": [Zone], "waiting": [Waiting]}
    by_kind |= {"stop": [Place], "building": [Building]}
    unwritten = {"x_mm", "y_mm", "shape", "outline", "lat_deg", "lon_deg", "role"}
    for kind, (struct,) in by_kind.items():
        for fact in struct.__struct_fields__:
            if fact not in unwritten:
                assert property_of(fact) in {"id", *READ[kind]}, (kind, fact)
