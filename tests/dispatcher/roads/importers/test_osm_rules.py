# SPDX-License-Identifier: Apache-2.0
"""What OpenStreetMap's tags are taken to mean."""

import pytest

from dispatcher.roads.importers.osm_rules import WayFacts, barrier_at, metres, way_facts


def facts(main_roads: str = "tertiary", private: bool = False, **tags: str) -> WayFacts:
    found = way_facts({key.replace("__", ":"): v for key, v in tags.items()}, main_roads, private)
    assert isinstance(found, WayFacts), found
    return found


def reason(main_roads: str = "tertiary", **tags: str) -> str:
    found = way_facts({key.replace("__", ":"): v for key, v in tags.items()}, main_roads, False)
    assert isinstance(found, str), found
    return found


@pytest.mark.parametrize(
    ("highway", "road_class"),
    [("footway", "path"), ("cycleway", "shared"), ("service", "road"), ("tertiary_link", "road")],
)
def test_ways_for_small_robots_are_taken(highway: str, road_class: str) -> None:
    assert facts(highway=highway).road_class == road_class


@pytest.mark.parametrize("highway", ["steps", "motorway", "construction", "platform", "primary"])
def test_other_ways_are_left_out_with_the_reason(highway: str) -> None:
    assert reason(highway=highway) == f"highway={highway}"


def test_main_roads_are_the_operators_choice() -> None:
    assert reason(highway="tertiary", main_roads="none") == "highway=tertiary"
    assert facts(highway="secondary", main_roads="secondary").road_class == "road"


def test_a_crossing_is_its_own_class_and_no_place_to_stop() -> None:
    crossing = facts(highway="footway", footway="crossing")
    assert crossing.road_class == "crossing"
    assert not crossing.stoppable
    assert not facts(highway="footway", tunnel="building_passage").stoppable
    assert not facts(highway="footway", bridge="yes", layer="1").stoppable


def test_other_levels_are_left_out() -> None:
    assert reason(highway="footway", level="1") == "indoor or on another level"
    assert reason(highway="footway", indoor="yes") == "indoor or on another level"


def test_the_most_specific_access_key_decides() -> None:
    assert reason(highway="service", access="no") == "access=no"
    assert reason(highway="service", access="private") == "access=private"
    assert reason(highway="service", access="yes", foot="no") == "access=no"
    assert reason(highway="residential", foot="use_sidepath") == "access=use_sidepath"
    for open_value in ("permissive", "customers", "destination", "delivery"):
        assert facts(highway="service", access=open_value).access == "open"
    assert facts(highway="service", access="private", foot="yes").access == "open"
    assert facts(highway="cycleway", foot="no", bicycle="designated").access == "open"
    assert facts(highway="service", motor_vehicle="no", foot="no", delivery="yes").access == "open"


def test_private_ways_may_be_declared_our_own() -> None:
    assert facts(highway="service", access="private", private=True).access == "staff"


def test_a_oneway_binds_on_the_road_but_not_on_foot() -> None:
    assert facts(highway="service", oneway="yes").oneway == "forward"
    assert facts(highway="service", oneway="-1").oneway == "backward"
    assert facts(highway="service", oneway="no", junction="roundabout").oneway == "no"
    assert facts(highway="service", junction="roundabout").oneway == "forward"
    assert facts(highway="service", oneway="yes", oneway__foot="no").oneway == "no"
    assert facts(highway="service", oneway="yes", cycleway="opposite_lane").oneway == "no"
    assert facts(highway="footway", oneway="yes").oneway == "no"
    assert reason(highway="service", oneway="reversible") == "oneway=reversible"


def test_widths_and_speed_limits_are_read() -> None:
    assert facts(highway="footway", width="2,5 m").width_m == 2.5
    assert facts(highway="service", lanes="2").width_m == 6
    assert reason(highway="footway", width="80 cm") == "narrower than 0.9 m"
    assert facts(highway="service", maxspeed="10").speed_mm_s == 2777
    assert facts(highway="service", maxspeed="30 mph").speed_mm_s == 4000
    assert facts(highway="service", maxspeed="walk").speed_mm_s == 4000
    assert [metres(text) for text in ("", "wide", "6'", "1e9")] == [0, 0, 0, 0]


def test_gates_cost_a_wait_and_say_when_it_is_a_guess() -> None:
    gate = barrier_at({"barrier": "gate"})
    assert (gate.gate, gate.wait_s, gate.note) == ("gate", 20, "barrier=gate taken as passable")
    assert barrier_at({"barrier": "gate", "foot": "yes"}).note == ""
    assert barrier_at({"barrier": "lift_gate"}).gate == "lift_gate"
    assert barrier_at({"barrier": "something_new"}).note
    assert barrier_at({"barrier": "kerb"}).gate == "none"
    assert barrier_at({"highway": "crossing"}).wait_s == 5
    assert barrier_at({"highway": "crossing", "crossing": "traffic_signals"}).wait_s == 15
    assert barrier_at({"name": "Gate"}).gate == "none"


@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "stile"},
        {"barrier": "gate", "access": "private"},
        {"barrier": "gate", "locked": "yes"},
        {"barrier": "bollard", "maxwidth:physical": "0.6"},
    ],
)
def test_what_a_robot_cannot_pass_is_closed(tags: dict[str, str]) -> None:
    assert barrier_at(tags).closed.startswith(f"barrier={tags['barrier']}")


def test_a_bollard_gap_that_is_wide_enough_is_no_guess() -> None:
    assert not barrier_at({"barrier": "bollard", "maxwidth:physical": "1.2"}).note
    assert not barrier_at({"barrier": "gate", "access": "private", "foot": "yes"}).closed
