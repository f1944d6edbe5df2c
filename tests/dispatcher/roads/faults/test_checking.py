# SPDX-License-Identifier: Apache-2.0
"""What `map check` finds wrong with a map, and what it says about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dispatcher.roads.editing.map_file import MapFile
from dispatcher.roads.faults.checking import CheckOptions, check_file, check_map
from dispatcher.roads.faults.fault_book import CODES, ERROR, MAX_PER_CODE
from tests.dispatcher.roads.drawn_maps import (
    CORNERS,
    Raw,
    drawn,
    edge,
    feature,
    hung,
    spoiled,
    square,
    write,
)

NOW_MS = 1_800_000_000_000
Features = dict[str, Raw]
Spoil = Callable[[Features], object]


def put(*raws: Raw) -> Spoil:
    """Adds features under their ids."""
    return lambda found: found.update({str(raw["properties"]["id"]): raw for raw in raws})


def say(name: str, **facts: object) -> Spoil:
    return lambda found: found[name]["properties"].update(facts)


def take(name: str, *facts: str) -> Spoil:
    return lambda found: [found[name]["properties"].pop(fact) for fact in facts]


def move(name: str, at: object) -> Spoil:
    return lambda found: found[name]["geometry"].update(coordinates=at)


def point(kind: str, name: str, lon: float, lat: float, **facts: object) -> Raw:
    return feature(kind, "Point", [lon, lat], id=name, **facts)


def line(name: str, *at: list[float], **facts: object) -> Raw:
    ends = {"from": f"{name}-0", "to": f"{name}-1"}
    return feature("edge", "LineString", [*at], id=name, **ends, passing="wide", **facts)


def area(kind: str, name: str, lon: float, lat: float, **facts: object) -> Raw:
    far = 0.0004
    ring = [[lon, lat], [lon + far, lat], [lon + far, lat + far], [lon, lat + far], [lon, lat]]
    return feature(kind, "Polygon", [ring], id=name, **facts)


def all_oneway(found: Features) -> None:
    """Leaves only one way round the station's corner: e-cd is a trap."""
    found["e-bc"]["properties"]["oneway"] = "forward"
    found["e-da"]["properties"]["oneway"] = "backward"
    found["e-ab"]["properties"]["oneway"] = "no"


MID_AB = [10.001, 50.0]
CASES: list[tuple[str, Spoil, str, str]] = [
    ("duplicate_id", put(), "stop-1", "this id is taken"),
    ("zero_length", put(line("z", [10.001, 50.0005], [10.001, 50.0005])), "z", "delete it"),
    ("loose_end", say("e-ab", to="d"), "e-", "its line starts"),
    ("not_hung", take("stop-1", "edge", "offset_m"), "stop-1", "`map fix` hangs it"),
    ("bad_offset", say("stop-1", offset_m=400), "stop-1", "offset_m 400.000 is not on edge e-cd"),
    ("no_such_feature", say("stop-1", edge="e-xx"), "stop-1", "edge e-xx, which is not there"),
    ("no_such_feature", say("h1", stop="depot-2"), "h1", "its stop depot-2 is not a stop"),
    ("too_far_away", move("stop-1", [50.00106, 10.0016]), "stop-1", "look swapped"),
    ("too_far_away", move("s", [50.0, 10.0]), "e-ab", "of the site look swapped"),
    ("too_far_away", move("stop-1", [10.0016, 50.0042]), "stop-1", "m from where it hangs"),
    ("wrong_unit", say("e-ab", speed_mps=30), "e-ab", "looks like km/h"),
    ("wrong_unit", say("stop-1", dwell_s=90_000), "stop-1", "looks like milliseconds"),
    ("wrong_unit", say("e-ab", width_m=350), "e-ab", "looks like centimetres"),
    ("unreadable", say("stop-1", slots="two"), "stop-1", 'slots must be a number, not "two"'),
    ("unreadable", say("e-ab", open_hours="sometimes"), "e-ab", "open_hours"),
    ("unreadable", take("stop-1", "kind"), "stop-1", "`map fix` tells the kind"),
    ("timezone", say("s", timezone="Mars/Base"), "s", "give an IANA name"),
    ("no_station", lambda found: found.pop("depot"), "s", "draw a Point with kind station"),
    (
        "unreachable",
        put(line("far", [10.003, 50.0], [10.004, 50.0]), hung("stop", "f", "far", 9, [10.003, 50])),
        "f",
        "stop f cannot be reached from station depot",
    ),
    ("trap", all_oneway, "stop-1", "there is no way back to station depot"),
    ("unknown_kind", say("charger-1", kind="chargr"), "charger-1", "did you mean charger?"),
    ("unknown_property", say("e-ab", speed_mp=2), "e-ab", "did you mean speed_mps?"),
    ("unit", say("e-ab", speed_mps=15), "e-ab", "give metres a second"),
    ("unit", say("e-ab", speed_mps=0.05), "e-ab", "slower than a crawl"),
    ("unit", say("e-ab", width_m=35), "e-ab", "looks like centimetres"),
    ("unit", say("e-ab", length_m=14_300), "e-ab", "it looks like centimetres"),
    ("unit", put(point("node", "a", 10.0, 50.0, wait_s=2000)), "a", "looks like milliseconds"),
    ("crossing", put(edge("ac", "a", "c"), edge("bd", "b", "d")), "ac", "edge bd on one level"),
    (
        "near_miss",
        put(line("n", [10.001, 50.000012], [10.001, 50.0005])),
        "n",
        "it ends 1.33 m from edge e-ab, not joined",
    ),
    ("near_miss", put(line("n", MID_AB, [10.001, 50.0005])), "n", "touches edge e-ab without"),
    ("drawn_twice", put(edge("again", "a", "d")), "e-da", "drawn exactly over edge again"),
    ("island", put(line("far", [10.003, 50.0], [10.004, 50.0])), "far", "island of 72 m of way"),
    (
        "dead_one_way",
        put(feature("edge", "LineString", [CORNERS["a"], [9.999, 50.0]], id="in")),
        "in",
        "can be driven to but not left",
    ),
    ("far_from_road", move("stop-1", [10.0016, 50.0016]), "stop-1", "67 m from where it hangs"),
    (
        "same_spot",
        put(hung("stop", "stop-2", "e-cd", 30.0, [10.0016, 50.00106])),
        "stop-2",
        "the same spot as stop stop-1",
    ),
    (
        "name_twice",
        put(hung("stop", "stop-2", "e-cd", 60.0, [10.001, 50.00106], name="Haus 1")),
        "stop-2",
        "another stop has its name",
    ),
    ("building_unserved", put(area("building", "h2", 10.0, 50.0003, use="dorm")), "h2", "no stop"),
    (
        "gate_guess",
        put(point("node", "a", 10.0, 50.0, gate="gate", gate_from="guess")),
        "s",
        "1 gate is taken as passable without anybody having said so (a)",
    ),
    ("no_such_building", say("stop-1", building="h9"), "stop-1", "building h9 is not in the map"),
    ("never_open", say("e-ab", open_hours="Mo-Su off"), "e-ab", "it never is open"),
    ("zone_without_effect", put(area("zone", "z", 10.0, 49.9999)), "z", "factor_pct is 100"),
    (
        "zone_without_effect",
        put(area("zone", "z", 10.0008, 50.0003, zone_kind="closed")),
        "z",
        "no road runs through it",
    ),
    (
        "zone_expired",
        put(area("zone", "z", 10.0, 49.9999, zone_kind="closed", until="2020-01-01T00:00")),
        "z",
        "its time is over",
    ),
    ("lonely_node", put(point("node", "g", 10.001, 50.0, gate="gate")), "g", "`map fix` cuts"),
    (
        "few_chargers",
        say("charger-1", slots=1),
        "s",
        "1 charging slot; 8 robots would need about 3",
    ),
    ("few_parking", say("parking-1", slots=2), "s", "2 parking slots for 8 robots"),
    (
        "few_waiting",
        lambda found: found["e-cd"]["properties"].update(passing="narrow"),
        "s",
        "slots at waiting places for 8 robots",
    ),
    (
        "traffic",
        put(area("zone", "z", 10.0014, 50.0009, zone_kind="no_stop")),
        "stop-1",
        "a stop in the no_stop zone z",
    ),
]


def long_narrow(found: Features) -> None:
    """Three sides on which nobody passes: 366 m."""
    for name in ("e-bc", "e-cd", "e-da"):
        found[name]["properties"]["passing"] = "narrow"


CASES.append(("narrow_way", long_narrow, "e-", "m of narrow way without a waiting place"))


def with_copies(code: str, features: Features) -> MapFile:
    """Ids are keys here, so what is there twice, or has ends of its own, is made by hand."""
    if code == "duplicate_id":
        return drawn([*features.values(), features["stop-1"]])
    if "in" in features:
        features["in"]["properties"].update({"from": "a", "to": "out", "oneway": "forward"})
    return drawn(features)


def test_a_good_map_has_no_fault() -> None:
    verdict = check_map(drawn(square()), CheckOptions(robots=8, now_ms=NOW_MS))
    assert (verdict.errors, verdict.warnings, verdict.counts) == ((), (), {})


@pytest.mark.parametrize(("code", "spoil", "name", "said"), CASES)
def test_every_fault_is_found_with_place_line_and_remedy(
    code: str, spoil: Spoil, name: str, said: str
) -> None:
    features = square()
    spoil(features)
    file = with_copies(code, features)
    verdict = check_map(file, CheckOptions(robots=8, now_ms=NOW_MS))
    told = [fault for fault in (*verdict.errors, *verdict.warnings) if fault.code == code]
    assert told, verdict.counts
    fault = next(one for one in told if one.id.startswith(name))
    assert said in fault.message
    if code != "traffic":
        assert fault.severity == CODES[code]
    assert (fault in verdict.errors) == (fault.severity == ERROR)
    if name:
        assert fault.line == file.by_id[fault.id].line or code == "duplicate_id"
        assert fault.lat is not None
        assert fault.lon is not None


def test_every_code_is_shown_by_a_map() -> None:
    assert {code for code, *_ in CASES} == set(CODES)


def test_bridges_and_joined_crossings_are_no_faults() -> None:
    bridge = spoiled(put(edge("ac", "a", "c"), edge("bd", "b", "d", level=1)))
    assert check_map(bridge).counts == {}
    square_of_osm = [edge(name, *name, osm_id="w7") for name in ("ac", "bd")]
    assert check_map(spoiled(put(*square_of_osm))).counts == {}
    middle = [10.001, 50.0005]
    joined = {
        "ac-1": feature("edge", "LineString", [CORNERS["a"], middle], id="ac-1"),
        "ac-2": feature("edge", "LineString", [middle, CORNERS["c"]], id="ac-2"),
        "db-1": feature("edge", "LineString", [CORNERS["d"], middle], id="db-1"),
    }
    for name, start, end in (("ac-1", "a", "m"), ("ac-2", "m", "c"), ("db-1", "d", "m")):
        joined[name]["properties"].update({"from": start, "to": end})
    assert check_map(spoiled(lambda found: found.update(joined))).counts == {}


def test_nobody_is_told_to_open_a_barrier_that_is_closed() -> None:
    """The importer ends a way on either side of a closed barrier on purpose."""
    gate = [10.001, 49.9995]

    def cut(found: Features) -> None:
        found["in"] = feature("edge", "LineString", [[10.001, 50.0], gate], id="in")
        found["in"]["properties"].update({"from": "m", "to": "n7-w1-2", "oneway": "forward"})
        found["out"] = feature("edge", "LineString", [gate, [10.001, 49.999]], id="out")
        found["out"]["properties"].update({"from": "n7-w1-3", "to": "n3", "passing": "wide"})
        for name, line in (("e-ab", ("a", "m")), ("e-mb", ("m", "b"))):
            at = [CORNERS.get(one, [10.001, 50.0]) for one in line]
            found[name] = feature("edge", "LineString", at, id=name, passing="wide")
            found[name]["properties"].update({"from": line[0], "to": line[1]})
        found["charger-1"]["properties"].update(edge="e-mb", offset_m=10.0)
        found["in"]["properties"]["passing"] = "wide"

    verdict = check_map(spoiled(cut))
    assert verdict.counts == {"island": 1}
    said = verdict.warnings[0].message
    assert "behind a closed barrier (n7); nothing to do if that is really shut" in said


def test_lines_of_sight_over_a_square_are_no_slips() -> None:
    across = [edge("w7x-1-2", "a", "c"), edge("w8-3-4", "b", "d"), edge("w9x-5-6", "d", "a")]
    assert check_map(spoiled(put(*across))).counts == {}


def test_streets_are_told_by_their_names() -> None:
    def named(found: Features) -> None:
        put(edge("ac", "a", "c"), edge("bd", "b", "d"))(found)
        for street, called in (("ac", "Gasse"), ("bd", "Markt")):
            found[street]["properties"]["name"] = called

    (fault,) = check_map(spoiled(named)).warnings
    assert fault.name == "Gasse"
    assert 'edge bd "Markt" on one level' in fault.message


def test_gates_of_which_nobody_said_that_they_are_open_are_one_warning() -> None:
    gates = [point("node", name, *CORNERS[name], gate="gate", gate_from="guess") for name in "abcd"]
    (fault,) = check_map(spoiled(put(*gates))).warnings
    assert fault.message.startswith("4 gates are taken as passable")
    assert "(a, b, c and 1 more)" in fault.message
    assert fault.ids == ("a", "b", "c", "d")


def test_homes_without_a_stop_are_told_with_the_reason() -> None:
    def lonely(found: Features) -> None:
        found["far"] = line("far", [10.003, 50.0], [10.004, 50.0])
        found["h2"] = area("building", "h2", 10.0, 50.0003, use="dorm")
        found["h3"] = area("building", "h3", 10.0035, 50.0001, use="dorm")
        found["h4"] = area("building", "h4", 10.0, 50.004, use="dorm")

    found = check_map(spoiled(lonely)).warnings
    said = {one.id: one.message for one in found if one.code == "building_unserved"}
    assert "a way comes within 50 m" in said["h2"]
    assert "on an island" in said["h3"]
    assert "no way comes within 50 m" in said["h4"]


def test_what_is_wrong_with_the_map_as_a_whole_stands_at_its_site() -> None:
    features = square()
    del features["depot"]
    site = features.pop("s")
    file = drawn([*features.values(), site])
    (fault,) = check_map(file).errors
    assert (fault.id, fault.line, fault.lat, fault.lon) == ("s", file.by_id["s"].line, 50.0, 10.0)
    assert fault.line > 1


def test_faults_of_a_map_that_does_not_read_are_told_with_what_else_is_odd() -> None:
    def spoil(found: Features) -> None:
        say("stop-1", slots="two")(found)
        say("e-ab", speed_mp=1)(found)

    verdict = check_map(spoiled(spoil))
    assert verdict.campus is None
    assert verdict.counts == {"unknown_property": 1, "unreadable": 1}


def test_degrees_beyond_any_latitude_are_taken_for_swapped_ones() -> None:
    verdict = check_map(spoiled(move("stop-1", [40.0, 116.3])))
    assert "`map fix` turns them round" in verdict.errors[0].message


def test_a_file_that_is_no_map_gets_a_verdict_too(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text('\n{"type": "Point"', encoding="utf-8")
    verdict = check_file(path)
    assert [(fault.line, fault.code) for fault in verdict.errors] == [(2, "unreadable")]
    assert "not JSON" in verdict.errors[0].message
    assert check_file(tmp_path / "none").errors[0].message.startswith("cannot be read")


def test_a_heap_of_faults_is_counted_and_the_first_are_kept() -> None:
    many = [point("stop", f"p-{number:04}", 10.0, 50.0, node="a") for number in range(700)]
    verdict = check_map(drawn([*square().values(), *many]))
    assert verdict.counts["same_spot"] == 699
    assert len([one for one in verdict.warnings if one.code == "same_spot"]) == MAX_PER_CODE


def test_a_tangle_of_lines_is_borne() -> None:
    star = [
        line(f"l-{number:03}", [9.999, 50 + number * 5e-5], [10.003, 50.01 - number * 5e-5])
        for number in range(120)
    ]
    verdict = check_map(drawn([*square().values(), *star]))
    assert verdict.counts["crossing"] > MAX_PER_CODE


def test_a_planar_site_is_judged_without_roads(tmp_path: Path) -> None:
    site = point("site", "s", 10.0, 50.0, format="campus-map/1", roads="planar")
    places = [
        point("station", "depot", 10.0, 50.0),
        point("stop", "stop-1", 10.001, 50.0),
        point("charger", "c", 10.0, 50.001),
    ]
    path = write(tmp_path / "planar.geojson", [site, *places])
    assert check_file(path).counts == {}
