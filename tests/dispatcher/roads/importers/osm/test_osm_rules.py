# SPDX-License-Identifier: Apache-2.0
"""What OpenStreetMap's tags are taken to mean."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.roads.importers.osm.net.sidewalks import sidewalk_apart
from dispatcher.roads.importers.osm.rules.barriers import barrier_at, kerb_at
from dispatcher.roads.importers.osm.rules.rules import Judged, RoadRules, WayFacts
from dispatcher.roads.importers.osm.rules.values import (
    height_mm,
    incline_permille,
    levels,
    metres,
    speed_mm_s,
)
from dispatcher.roads.importers.osm.rules.ways import judged
from dispatcher.roads.profile import RobotProfile
from tests.dispatcher.roads.importers.osm.osm_drawing import tags_of

DEFAULT = RoadRules()


def found(rules: RoadRules = DEFAULT, **tags: str) -> Judged:
    return judged(tags_of(tags), rules)


def facts(rules: RoadRules = DEFAULT, **tags: str) -> WayFacts:
    facts = found(rules, **tags).facts
    assert facts is not None, tags
    return facts


def reason(rules: RoadRules = DEFAULT, **tags: str) -> str:
    verdict = found(rules, **tags)
    assert verdict.facts is None, tags
    return verdict.why_not


@pytest.mark.parametrize(
    ("highway", "road_class"),
    [
        ("footway", "path"),
        ("path", "path"),
        ("track", "path"),
        ("pedestrian", "shared"),
        ("cycleway", "shared"),
        ("living_street", "shared"),
        ("service", "road"),
        ("residential", "road"),
        ("unclassified", "road"),
        ("tertiary_link", "road"),
    ],
)
def test_ways_for_small_robots_are_taken(highway: str, road_class: str) -> None:
    assert facts(highway=highway).road_class == road_class
    assert facts(highway=highway).highway == highway


@pytest.mark.parametrize(
    "highway",
    [
        *("steps", "motorway", "trunk", "primary", "secondary_link", "construction", "proposed"),
        *("platform", "corridor", "elevator", "bridleway", "busway", "raceway", "something"),
    ],
)
def test_other_ways_are_left_out_by_their_name(highway: str) -> None:
    assert reason(highway=highway) == f"highway={highway}"


def test_main_roads_are_the_operators_choice() -> None:
    assert reason(RoadRules(main_roads="none"), highway="tertiary") == "highway=tertiary"
    assert facts(RoadRules(main_roads="secondary"), highway="secondary").road_class == "road"
    assert reason(RoadRules(main_roads="primary"), highway="trunk") == "highway=trunk"
    assert reason(highway="tertiary", motorroad="yes") == "motorroad=yes"


def test_steps_are_used_only_with_a_ramp_for_wheels_and_the_operators_word() -> None:
    ramps = RoadRules(ramps=True)
    for ramp in ({"ramp": "yes"}, {"ramp:wheelchair": "yes"}):
        assert judged({"highway": "steps", **ramp}, DEFAULT).facts is None
        on_ramp = judged({"highway": "steps", **ramp}, ramps).facts
        assert on_ramp is not None
        assert on_ramp.speed_mm_s == 500
        assert not on_ramp.stoppable
        assert not on_ramp.may_wait
    for key in ("ramp:bicycle", "ramp:stroller"):
        assert judged({"highway": "steps", key: "yes"}, ramps).facts is None


def test_what_wheels_cannot_do_is_left_out_whatever_the_way_is_called() -> None:
    assert reason(highway="footway", conveying="yes") == "a moving walkway"
    assert reason(highway="track", ford="yes") == "a ford"
    assert reason(highway="footway", step_count="3") == "a way with steps in it"
    assert reason(highway="path", sac_scale="alpine_hiking") == "a mountain path"
    assert facts(highway="path", sac_scale="hiking")
    assert reason(highway="footway", disused="yes") == "disused=yes"


def test_nobody_stops_or_waits_on_crossings_bridges_and_fire_lanes() -> None:
    for tags in (
        {"highway": "footway", "footway": "crossing"},
        {"highway": "footway", "tunnel": "building_passage"},
        {"highway": "footway", "bridge": "yes", "layer": "1"},
        {"highway": "service", "service": "emergency_access"},
        {"highway": "footway", "footway": "traffic_island"},
    ):
        way = judged(tags, DEFAULT).facts
        assert way is not None
        assert not way.stoppable
        assert not way.may_wait
    assert facts(highway="footway", footway="crossing").road_class == "crossing"
    assert facts(highway="footway", footway="sidewalk").may_wait


def test_other_levels_are_left_out_unless_asked_for() -> None:
    assert reason(highway="footway", level="1") == "on another level"
    assert reason(highway="footway", level="-2--1") == "on another level"
    assert reason(highway="footway", indoor="yes") == "indoors"
    assert facts(highway="footway", level="0;1").level == 0
    assert facts(highway="footway", level="-1-2").level == 0
    assert facts(highway="footway", level="ground floor").level == 0
    everything = RoadRules(other_levels=True)
    assert facts(everything, highway="footway", level="2").level == 2
    assert facts(everything, highway="corridor", indoor="yes").road_class == "indoor"


def test_layers_bridges_and_tunnels_tell_the_level_of_lines_that_cross() -> None:
    assert facts(highway="footway", layer="2", bridge="yes").level == 2
    assert facts(highway="footway", bridge="yes").level == 1
    assert facts(highway="footway", tunnel="yes").level == -1
    assert facts(highway="footway", tunnel="building_passage").level == 0
    assert facts(highway="footway", covered="yes").covered
    assert not facts(highway="footway").covered


def test_the_most_specific_access_key_decides() -> None:
    assert reason(highway="service", access="no") == "access=no"
    assert reason(highway="service", access="private") == "access=private"
    assert reason(highway="service", access="yes", foot="no") == "foot=no"
    for value in ("permissive", "customers", "destination", "delivery", "permissive;private"):
        assert facts(highway="service", access=value).access == "open"
    assert facts(highway="service", access="private", foot="yes").access == "open"
    assert facts(highway="service", motor_vehicle="no", vehicle="no").access == "open"
    assert facts(highway="service", access="no", foot="no", delivery="yes").access == "open"
    assert reason(highway="service", foot="yes", delivery="no") == "delivery=no"


def test_on_a_cycleway_feet_or_bicycles_must_be_welcome() -> None:
    assert facts(highway="cycleway", foot="no", bicycle="designated")
    assert facts(highway="cycleway", foot="no")
    assert facts(highway="cycleway", bicycle="no", foot="yes")
    assert facts(highway="path", foot="no", bicycle="designated")
    assert reason(highway="cycleway", bicycle="no", foot="no") == "bicycle=no"
    assert reason(highway="path", foot="no", bicycle="yes") == "foot=no"


def test_private_ways_may_be_declared_our_own() -> None:
    assert facts(RoadRules(private=True), highway="service", access="private").access == "staff"
    assert reason(RoadRules(private=True), highway="service", access="no") == "access=no"


def test_what_is_not_understood_of_access_is_told_and_taken_as_open() -> None:
    assert found(highway="service", access="maybe").notes == (
        "access with a value not known, taken as open",
    )
    conditional = found(highway="service", access__conditional="no @ (22:00-06:00)")
    assert conditional.facts is not None
    assert conditional.notes == ("access:conditional is not read",)


def test_a_oneway_binds_on_the_road_but_not_on_foot() -> None:
    assert facts(highway="service", oneway="yes").oneway == "forward"
    assert facts(highway="cycleway", oneway="yes").oneway == "forward"
    assert facts(highway="service", oneway="-1").oneway == "backward"
    assert facts(highway="service", oneway="no", junction="roundabout").oneway == "no"
    assert facts(highway="service", junction="roundabout").oneway == "forward"
    assert facts(highway="service", oneway="yes", oneway__foot="no").oneway == "no"
    assert facts(highway="service", oneway="yes", oneway__bicycle="no").oneway == "no"
    assert facts(highway="service", oneway="yes", cycleway="opposite_lane").oneway == "no"
    assert facts(highway="service", oneway="yes", cycleway__left="opposite").oneway == "no"
    assert facts(highway="footway", oneway="yes").oneway == "no"
    assert facts(highway="footway", oneway__foot="yes").oneway == "forward"
    assert facts(highway="footway", oneway__foot="-1").oneway == "backward"
    assert facts(highway="footway", foot__backward="no").oneway == "forward"


def test_a_lane_shared_by_both_directions_is_narrow_or_left_out() -> None:
    shared = found(highway="residential", oneway="alternating")
    assert shared.facts is not None
    assert (shared.facts.oneway, shared.facts.passing) == ("no", "narrow")
    assert shared.notes == ("oneway=alternating, driven both ways",)
    assert reason(highway="service", oneway="reversible") == "oneway=reversible"


def test_widths_heights_and_speed_limits_are_those_of_the_robot() -> None:
    assert facts(highway="footway", width="2,5 m").width_m == 2.5
    assert facts(highway="service", lanes="2").width_m == 5.5
    assert facts(highway="service", lanes="1").passing == "narrow"
    assert reason(highway="footway", width="80 cm") == "narrower than 0.9 m"
    slim = RoadRules(profile=RobotProfile(width_mm=600))
    assert facts(slim, highway="footway", width="80 cm").width_m == 0.8
    assert reason(highway="service", maxheight="1.2") == "lower than 1.3 m"
    assert facts(highway="service", maxheight="2.1").max_height_m == 2.1
    assert facts(highway="service", maxspeed="10").speed_mm_s == 2777
    assert facts(highway="service", maxspeed="30 mph").speed_mm_s == 4000
    assert facts(highway="service", maxspeed="DE:walk").speed_mm_s == 1900


def test_a_guess_at_the_width_errs_to_narrow() -> None:
    for highway in ("footway", "path", "service", "cycleway", "track", "pedestrian", "road"):
        assert (facts(highway=highway).passing, facts(highway=highway).passing_from) == (
            "narrow",
            "guess",
        )
    assert facts(highway="residential").passing == "wide"
    assert facts(highway="residential").passing_from == "guess"
    measured = facts(highway="footway", width="3")
    assert (measured.passing, measured.passing_from) == ("wide", "width")
    assert facts(highway="residential", width="2").passing == "narrow"
    broad = RoadRules(profile=RobotProfile(width_mm=2_100))
    assert facts(broad, highway="residential").passing == "narrow"


def test_the_ground_slows_a_robot_or_stops_it() -> None:
    assert facts(highway="footway", surface="asphalt").speed_mm_s == 1800
    assert facts(highway="footway", surface="gravel").speed_mm_s == 1080
    assert facts(highway="footway", surface="asphalt;gravel").speed_mm_s == 1080
    assert facts(highway="footway", surface="asphalt", smoothness="bad").speed_mm_s == 1080
    assert facts(highway="track", tracktype="grade5").speed_mm_s == 720
    for tags in ({"surface": "sand"}, {"surface": "mud"}, {"smoothness": "impassable"}):
        ((key, value),) = tags.items()
        assert judged({"highway": "path", **tags}, DEFAULT).why_not == f"{key}={value}"
    assert found(highway="path", surface="lava").notes == (
        "surface with a value not known, taken as good ground",
    )


def test_a_slope_is_kept_and_closes_only_where_its_size_is_told() -> None:
    assert facts(highway="footway", incline="5%").incline_permille == 50
    assert facts(highway="footway", incline="-5%").incline_permille == -50
    assert reason(highway="footway", incline="-25%") == "steeper than 12 %"
    climber = RoadRules(profile=RobotProfile(max_incline_permille=300))
    assert facts(climber, highway="footway", incline="25%").incline_permille == 250
    up = found(highway="footway", incline="up")
    assert up.facts is not None
    assert (up.facts.incline_permille, up.facts.incline_guessed) == (60, True)
    assert up.notes == ("incline without a size, guessed",)
    assert facts(highway="footway", incline="steep").incline_permille == 0
    assert found(highway="footway", incline="a lot").notes == (
        "incline not understood, taken as level",
    )


@pytest.mark.parametrize(
    ("text", "permille"),
    [
        ("0", 0),
        ("0%", 0),
        ("10", 100),
        ("10 %", 100),
        ("-10%", -100),
        ("5°", 87),
        ("-5°", -87),
        ("50‰", 50),
        ("1:20", 50),
        ("-1:8", -125),
        ("5-8%", 80),
        ("4.5%", 45),
    ],
)
def test_slopes_are_read_as_mappers_write_them(text: str, permille: int) -> None:
    assert incline_permille(text) == (permille, False)


def test_numbers_that_make_no_sense_are_unknown() -> None:
    assert [metres(text) for text in ("", "wide", "1e9", "nan", "-2")] == [0, 0, 0, 0, 0]
    assert [incline_permille(text) for text in ("", "1:0", "900%", "x")] == [None] * 4
    assert [speed_mm_s(text) for text in ("", "none", "0", "fast")] == [0, 0, 0, 0]
    assert [levels(text) for text in ("", "mezzanine", "0;roof")] == [(), (), ()]


def test_numbers_are_read_as_mappers_write_them() -> None:
    assert metres("2-3 m") == 2
    assert metres("2;1.5") == 1.5
    assert metres("~2 m") == 2
    assert metres("6'") == pytest.approx(1.829)
    assert metres("6'6\"") == pytest.approx(1.981, abs=1e-3)
    assert metres("90cm") == 0.9
    assert levels("1;-1") == (-1, 1)
    assert levels("0-2") == (0, 1, 2)
    assert levels("-1.5") == (-1,)
    assert (height_mm("0.03"), height_mm("3 cm"), height_mm("3"), height_mm("0")) == (30, 30, 30, 0)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789.,;:-+%°'\" mcftupdown|<>~", max_size=12))
def test_no_text_of_a_mapper_breaks_the_import(text: str) -> None:
    tags = dict.fromkeys(("width", "incline", "level", "layer", "maxspeed", "maxheight"), text)
    judged({"highway": "service", **tags}, DEFAULT)
    kerb_at({"barrier": "kerb", "kerb:height": text}, DEFAULT)
    barrier_at({"barrier": "gate", "width": text, "opening_hours": text}, DEFAULT)


def test_opening_hours_are_kept_where_they_are_understood() -> None:
    assert facts(highway="footway", opening_hours="Mo-Fr 07:00-22:00").open_hours == (
        "Mo-Fr 07:00-22:00"
    )
    assert facts(highway="footway", opening_hours="24/7").open_hours == ""
    sunset = found(highway="footway", opening_hours="sunrise-sunset")
    assert sunset.facts is not None
    assert sunset.notes == ("opening hours not understood, taken as always open",)
    assert barrier_at({"barrier": "gate", "opening_hours": "06:00-23:00"}, DEFAULT).open_hours


def test_gates_cost_a_wait_and_say_when_it_is_a_guess() -> None:
    gate = barrier_at({"barrier": "gate"}, DEFAULT)
    assert (gate.gate, gate.wait_s, gate.note) == ("gate", 20, "barrier=gate taken as passable")
    assert barrier_at({"barrier": "gate", "foot": "yes"}, DEFAULT).note == ""
    assert barrier_at({"barrier": "lift_gate"}, DEFAULT).gate == "lift_gate"
    assert barrier_at({"barrier": "something_new"}, DEFAULT).note == (
        "barrier=something_new, a kind not known, taken as passable"
    )
    assert barrier_at({"barrier": "entrance"}, DEFAULT).gate == "none"
    assert barrier_at({"name": "Gate"}, DEFAULT).gate == "none"


def test_no_robot_changes_levels_in_an_elevator() -> None:
    assert barrier_at({"highway": "elevator"}, DEFAULT).closed == "an elevator"


def test_crossings_cost_a_wait() -> None:
    assert barrier_at({"highway": "crossing"}, DEFAULT).wait_s == 5
    assert barrier_at({"highway": "crossing", "crossing": "traffic_signals"}, DEFAULT).wait_s == 15
    assert barrier_at({"railway": "level_crossing"}, DEFAULT).gate == "crossing"
    assert barrier_at({"highway": "crossing", "tactile_paving": "yes"}, DEFAULT).wait_s == 5


@pytest.mark.parametrize(
    "tags",
    [
        {"barrier": "stile"},
        {"barrier": "kissing_gate"},
        {"barrier": "turnstile"},
        {"barrier": "full-height_turnstile"},
        {"barrier": "debris"},
        {"barrier": "chain"},
        {"barrier": "gate", "access": "private"},
        {"barrier": "gate", "locked": "yes"},
        {"barrier": "bollard", "maxwidth:physical": "0.6"},
        {"barrier": "cycle_barrier", "opening": "80 cm"},
        {"barrier": "height_restrictor", "maxheight": "1.0"},
    ],
)
def test_what_a_robot_cannot_pass_is_closed(tags: dict[str, str]) -> None:
    assert barrier_at(tags, DEFAULT).closed.startswith(f"barrier={tags['barrier']}")


def test_a_bollard_gap_that_is_wide_enough_is_no_guess() -> None:
    gap = barrier_at({"barrier": "bollard", "maxwidth:physical": "1.2"}, DEFAULT)
    assert (gap.note, gap.width_m) == ("", 1.2)
    assert not barrier_at({"barrier": "gate", "access": "private", "foot": "yes"}, DEFAULT).closed
    wide = msgspec.structs.replace(DEFAULT, profile=RobotProfile(width_mm=1_300))
    assert barrier_at({"barrier": "bollard", "maxwidth:physical": "1.2"}, wide).closed


def test_only_a_kerb_known_to_be_too_high_closes() -> None:
    climber = RoadRules(profile=RobotProfile(max_kerb_mm=60))

    def closed(rules: RoadRules = DEFAULT, **tags: str) -> bool:
        kerb = kerb_at(tags_of({"barrier": "kerb", **tags}), rules)
        assert kerb is not None
        return bool(kerb.closed)

    assert closed(kerb="raised")
    assert closed(kerb="rolled")
    assert not closed(climber, kerb="rolled")
    assert closed(climber, kerb="raised")
    assert not closed(climber, kerb="raised", kerb__height="0.05")
    assert closed(kerb="lowered", kerb__height="8 cm")
    for kerb in ("lowered", "flush", "no"):
        assert not closed(kerb=kerb)
    assert not closed()
    assert not closed(kerb="yes")
    assert kerb_at({"highway": "crossing"}, DEFAULT) is None


def test_a_road_says_when_its_sidewalk_is_mapped_apart() -> None:
    assert sidewalk_apart({"highway": "residential", "sidewalk": "separate"})
    assert sidewalk_apart({"highway": "residential", "sidewalk:left": "separate"})
    assert sidewalk_apart({"highway": "residential", "foot": "use_sidepath"})
    assert not sidewalk_apart({"highway": "residential", "sidewalk": "both"})
    assert facts(highway="residential", foot="use_sidepath").access == "open"
