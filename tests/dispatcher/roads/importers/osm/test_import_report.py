# SPDX-License-Identifier: Apache-2.0
"""What a person is told of an import: few lines on the terminal, everything on the page."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from dispatcher.roads.importers.report import ImportReport, report_lines
from dispatcher.roads.importers.report_page import report_page
from dispatcher.roads.wording import many, nouns
from tests.dispatcher.roads.importers.osm.extract_file import Extract, imported, street


def campus() -> Extract:
    """A road, steps to an island with a house, a lane without return, a gate nobody described."""
    extract = street()
    gate = extract.node(3, 120, 0, barrier="gate")
    extract.way(1, [1, gate, 2], highway="service")
    extract.way(2, [2, extract.node(4, 260, 0)], highway="steps")
    extract.way(3, [4, extract.node(5, 400, 0)], highway="footway")
    extract.way(4, [2, extract.node(6, 200, 90)], highway="service", oneway="yes")
    extract.house(101, 320, 5, name="Insel <1>")
    return extract


def report(tmp_path: Path) -> ImportReport:
    return imported(campus(), tmp_path).report


def test_the_terminal_shows_what_matters_in_few_lines(tmp_path: Path) -> None:
    lines = report_lines(report(tmp_path))
    assert len(lines) <= 14
    text = "\n".join(lines)
    assert "stops: 1 for 2 buildings to serve of 2; 1 of 2 that people live in have one" in text
    assert "no stop: 1 building to serve: 1 × the road beside it is not joined to the main" in text
    assert "such as Insel <1>, 120.1 m from the net" in text
    assert "ways left out: 1 × highway=steps" in text
    assert "islands: 1, 0.1 km, kept and not driven to" in text
    assert "one-way traps: 1, the longest 90 m at 50.0" in text
    assert "1 × barrier=gate taken as passable" in text
    assert "time zone: Europe/Berlin (from the position); traffic keeps right" in text
    assert "warning" not in text


def test_islands_and_traps_stay_on_the_map_and_are_named(tmp_path: Path) -> None:
    result = imported(campus(), tmp_path)
    (island,), (trap,) = result.report.islands, result.report.traps
    assert (island.number, island.length_m, island.gap_m) == (1, 140, 60.0)
    assert (trap.edges, trap.why) == (("w4-2-6",), "a robot gets in and not out again")
    edges = {line for line in result.campus_text.splitlines() if '"kind": "edge"' in line}
    assert {('"island": 1' in edge) for edge in edges if '"w3-' in edge} == {True}
    assert {('"island"' in edge) for edge in edges if '"w3-' not in edge} == {False}


def test_a_station_on_an_island_is_a_warning(tmp_path: Path) -> None:
    (warning,) = imported(campus(), tmp_path, station="Insel <1>").report.warnings
    assert "the station stands on 140 m of road that are not joined to the main net" in warning


class Links(HTMLParser):
    """Collects where a page leads, and that its tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "br", "img"):
            self.open.append(tag)
        facts = dict(attrs)
        self.found += [facts["href"] or ""] if tag == "a" else []
        self.loads += [tag] if tag in ("script", "link", "img", "iframe") else []

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_needs_no_network_and_leads_to_openstreetmap(tmp_path: Path) -> None:
    page = report_page(report(tmp_path))
    links = Links()
    links.feed(page)
    assert (links.open, links.loads) == ([], [])
    assert not re.search(r"url\(|@import", page)
    assert "https://www.openstreetmap.org/way/2" in links.found
    assert "https://www.openstreetmap.org/node/3" in links.found
    assert any("mlat=50.0" in link for link in links.found)
    assert "Insel &lt;1&gt;" in page
    assert "</a>, left out: highway=steps" in page
    for title in ("What to do next", "Left out, by reason", "Islands", "Buildings without a stop"):
        assert title in page


def test_a_page_of_nothing_says_none(tmp_path: Path) -> None:
    page = report_page(imported(street(), tmp_path).report)
    assert page.count('<p class="none">none</p>') >= 5


def test_the_report_names_everything_with_where_it_lies(tmp_path: Path) -> None:
    extract = campus()
    for number in range(20):
        ends = [extract.node(500 + 2 * number, number, -90), 501 + 2 * number]
        extract.node(ends[1], number, -80)
        extract.way(50 + number, ends, highway="steps")
    found = imported(extract, tmp_path).report
    things = found.named["highway=steps"]
    assert len(things) == found.dropped["highway=steps"] == 21
    assert all(re.fullmatch(r"w\d+ at [\d.]+,[\d.]+", thing) for thing in things)
    page = report_page(found)
    assert "<summary>16 more</summary>" in page
    links = Links()
    links.feed(page)
    assert {f"https://www.openstreetmap.org/way/{50 + number}" for number in range(20)} <= {
        *links.found
    }


def test_a_gate_that_is_taken_as_passable_is_marked_and_keeps_its_name(tmp_path: Path) -> None:
    extract = street()
    tags = {"barrier": "gate", "name": "西北门", "name__en": "Northwest Gate"}
    extract.way(1, [1, extract.node(3, 80, 0, **tags), 2], highway="service")
    extract.way(2, [2, extract.node(4, 250, 0, barrier="gate", access="yes"), 5], highway="service")
    extract.node(5, 300, 0)
    result = imported(extract, tmp_path)
    gates = {
        one["properties"]["id"]: one["properties"]
        for one in json.loads(result.campus_text)["features"]
        if one["properties"]["kind"] == "node"
    }
    assert gates["n3"]["gate_from"] == "guess"
    assert (gates["n3"]["name"], gates["n3"]["name_en"]) == ("西北门", "Northwest Gate")
    assert "gate_from" not in gates["n4"]
    assert any("look at 1 barrier taken as passable" in step for step in result.report.next_steps)


def test_the_map_says_why_ways_were_left_out(tmp_path: Path) -> None:
    features = json.loads(imported(campus(), tmp_path).campus_text)["features"]
    (site,) = [one["properties"] for one in features if one["properties"]["kind"] == "site"]
    assert (site["dropped_ways"], site["dropped_by"]) == (1, "1 highway=steps")


def test_the_sums_of_buildings_are_right(tmp_path: Path) -> None:
    extract = campus()
    extract.house(102, 80, 5, building="university", name="Halle")
    extract.house(103, 110, 5, building="shed")
    found = imported(extract, tmp_path).report
    assert (found.buildings, found.buildings_to_serve) == (4, 3)
    assert found.stops + found.buildings_unsnapped == found.buildings_to_serve
    assert "1 of 2 that people live in have one, and 1 of 1 others" in "\n".join(
        report_lines(found)
    )


def test_one_thing_is_said_as_one_thing() -> None:
    assert (many(1, "stop"), many(2, "stop"), many(1959, "dead end")) == (
        "1 stop",
        "2 stops",
        "1,959 dead ends",
    )
    assert nouns({"charger": 6, "station": 1, "gate": 2}, 2) == "6 chargers, 1 station and 2 more"
