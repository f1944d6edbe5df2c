# SPDX-License-Identifier: Apache-2.0
"""What a map says about passing, waiting, hours and sites without roads."""

import pytest

from robot_agent.campus import CampusError, parse_campus
from tests.robot_agent.campus_writing import STREET, at, edge, feature, parse, site, stop, text

RING = [[at(0, 5), at(9, 5), at(9, 9), at(0, 5)]]


def test_an_edge_says_how_robots_meet_on_it() -> None:
    facts = {"passing": "narrow", "incline_pct": -4.25, "level": 1, "capacity": 1}
    read = parse(site(), edge("e", "a", "b", [(0, 0), (9, 0)], open_hours="24/7", **facts))
    found = read.edges["e"]
    assert (found.passing, found.passing_from, found.incline_permille) == ("narrow", "seen", -42)
    assert (found.level, found.capacity, found.may_wait, found.open_hours) == (1, 1, True, "24/7")
    crossing = parse(site(), edge("e", "a", "b", [(0, 0), (9, 0)], **{"class": "crossing"}))
    assert not crossing.edges["e"].may_wait


def test_a_waiting_place_cuts_no_edge_and_knows_its_part() -> None:
    street = edge("e", "a", "b", [(0, 0), (100, 0)])
    wait = feature(
        "waiting", "Point", at(70, -2), id="w", edge="e", offset_m=70, at="mouth", slots=2
    )
    alone = parse(site(), street, wait)
    assert (list(alone.edges), alone.waiting["w"].edge) == (["e"], "e")
    cut = parse(site(), street, wait, stop("s", 30, 0, edge="e", offset_m=30))
    assert list(cut.edges) == ["e.1", "e.2"]
    assert (cut.waiting["w"].edge, cut.waiting["w"].offset_mm) == ("e.2", 40_000)
    assert cut.waiting["w"].confirmed
    assert cut.digest != parse(site(), street, stop("s", 30, 0, edge="e", offset_m=30)).digest


def test_a_proposed_waiting_place_is_not_confirmed() -> None:
    wait = feature("waiting", "Point", at(0, 1), id="w", node="a", may_wait="proposed")
    assert not parse(site(), STREET, wait).waiting["w"].confirmed


def test_a_zone_has_hours_and_ends_in_the_sites_time() -> None:
    zone = feature(
        "zone",
        "Polygon",
        RING,
        id="z",
        zone_kind="closed",
        hours="Mo-Fr 07:40-08:05",
        **{"from": "2026-11-11T08:00", "until": "2026-11-11T02:00:00+01:00"},
    )
    read = parse(site(), STREET, zone).zones["z"]
    assert read.until_ms - read.from_ms == 3_600_000
    assert read.from_ms == 1_794_355_200_000
    assert read.level is None


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"hours": "Mo-Fr 8-9"}, "hours: '8-9'"),
        ({"from": "tomorrow"}, "from is 'tomorrow', not a time such as"),
        ({"from": "2026-11-11T08:00", "until": "2026-11-11T08:00"}, "until is not after its from"),
        ({"level": 0.5}, "level is 0.5, not a whole number"),
    ],
)
def test_a_zone_that_cannot_be_is_refused(facts: dict[str, object], why: str) -> None:
    zone = feature("zone", "Polygon", RING, id="z", **facts)
    with pytest.raises(CampusError) as caught:
        parse(site(), STREET, zone)
    assert why in str(caught.value)


def test_a_planar_site_needs_no_roads() -> None:
    plain = site(roads="planar", speed_mps=3, detour_pct=120)
    campus = parse(plain, stop("s", 10, 20), feature("station", "Point", at(0, 0), id="st"))
    assert (campus.site.planar, campus.site.speed_mm_s, campus.site.detour_pct) == (True, 3000, 120)
    assert campus.places["s"].node == "s"
    assert (campus.nodes["s"].x_mm, campus.nodes["s"].y_mm) == (10_000, 20_000)
    with pytest.raises(CampusError, match="a planar site has no edges"):
        parse(plain, STREET)


def test_truth_is_true_or_false() -> None:
    street = edge("e", "a", "b", [(0, 0), (9, 0)], may_wait="yes")
    with pytest.raises(CampusError, match=r"m.geojson:3: feature e: may_wait must be true or"):
        parse_campus(text(site(), street), "m.geojson")
