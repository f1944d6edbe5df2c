# SPDX-License-Identifier: Apache-2.0
import base64
import hashlib
import json
import random
import re
from html.parser import HTMLParser
from typing import Any

import networkx as nx
import pytest

from dispatcher.data_files import demo_campus_path
from dispatcher.roads.faults.fault_book import MapFault
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.show.page import campus_page
from dispatcher.roads.times.travel import TravelTimes
from robot_agent.campus import CampusError, parse_campus
from tests.dispatcher.roads.show.every_feature import (
    CHINESE,
    HOSTILE,
    KOREAN,
    campus_bytes,
    edge,
    features,
    point,
)

EMPTY_TAGS = {"meta", "input", "br"}
MAX_BYTES = 6_000_000


class Reader(HTMLParser):
    """The page's elements in order, its texts by element, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)


def page_of(content: bytes) -> str:
    return campus_page(content, "test.geojson")[0]


def collection(found: list[dict[str, Any]]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": found}).encode("utf-8")


def data_of(page: str) -> dict[str, Any]:
    found = re.search(
        r'<script type="application/json" id="map-data">(.*?)</script>', page, re.DOTALL
    )
    assert found
    return dict(json.loads(found[1]))


def column(facts: dict[str, Any], name: str) -> list[Any]:
    found = facts[name]
    if isinstance(found, list):
        return found
    return [None if at < 0 else found["of"][at] for at in found["at"]]


@pytest.fixture(scope="module")
def page() -> str:
    return page_of(campus_bytes())


def test_hostile_names_stay_text(page: str) -> None:
    reader = Reader(page)
    assert reader.open == []
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert "img" not in {tag for tag, _ in reader.tags}
    assert reader.texts["title"] == [HOSTILE]
    assert data_of(page)["site"]["name"] == HOSTILE
    assert HOSTILE in column(data_of(page)["shapes"]["building"]["facts"], "name")


def test_only_the_pages_own_script_and_style_may_run(page: str) -> None:
    policy = next(
        attributes["content"]
        for tag, attributes in Reader(page).tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for name, start in (("script", "<script>"), ("style", "<style>")):
        text = page.rpartition(start)[2].partition(f"</{name}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy


def test_the_page_names_no_address(page: str) -> None:
    own = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.DOTALL)
    for word in (
        "http:",
        "https:",
        "//cdn",
        "url(",
        "@import",
        "fetch(",
        "XMLHttpRequest",
        "innerHTML",
    ):
        assert word not in own
    assert not any({"src", "href"} & set(attributes) for _, attributes in Reader(page).tags)


def test_the_same_map_gives_the_same_bytes(page: str) -> None:
    shuffled = features()
    random.Random(7).shuffle(shuffled)
    assert page_of(collection(shuffled)) == page


def test_texts_of_every_script_arrive_whole(page: str) -> None:
    data = data_of(page)
    assert CHINESE in column(data["shapes"]["building"]["facts"], "name")
    assert KOREAN in column(data["marks"]["stop"]["facts"], "name")


def test_values_that_json_or_a_browser_cannot_hold_are_left_out() -> None:
    odd = features()
    odd[0]["properties"] |= {"nan": float("nan"), "big": 10**30, "deep": [1]}
    odd[0]["properties"]["__proto__"] = "polluted"
    facts = data_of(page_of(collection(odd)))["edges"]["facts"]
    assert "nan" not in facts
    assert "big" not in facts
    assert "deep" not in facts
    assert "polluted" in column(facts, "__proto__")


def test_half_a_character_is_refused_by_the_reader() -> None:
    odd = features()
    odd[0]["properties"]["half"] = "a\ud800b"
    with pytest.raises(CampusError, match="half a character"):
        page_of(collection(odd))


def test_of_too_many_findings_each_kind_keeps_its_first() -> None:
    heap = [MapFault("island", "warning", f"i{n}", None, None, 1, "x") for n in range(700)]
    few = [MapFault("gate_guess", "warning", "s", None, None, 1, "x")]
    grave = [MapFault("trap", "error", f"t{n}", None, None, 1, "x") for n in range(20)]
    page, _ = campus_page(campus_bytes(), "x", [*heap, *few, *grave])
    data = data_of(page)
    told = [one["id"] for one in data["findings"]]
    assert len(told) == 500
    assert data["findings_left_out"] == 221
    assert {"s", "t0", "t19", "i0", "i478"} <= set(told)
    assert "i479" not in told


def test_true_and_one_stay_different_facts() -> None:
    some = features()
    for number, found in enumerate(some[:10]):
        found["properties"]["odd"] = (True, 1, 1.5)[number % 3]
    seen = column(data_of(page_of(collection(some)))["edges"]["facts"], "odd")
    assert {type(value) for value in seen if value is not None} == {bool, int, float}


def test_an_area_that_is_no_polygon_is_passed_over() -> None:
    bad = {"type": "Feature", "properties": {"id": "bad", "kind": "area"}, "geometry": None}
    assert data_of(page_of(collection([*features(), bad])))["shapes"]["area"]["ids"] == ["lake"]


def test_an_island_tells_its_gap(page: str) -> None:
    (island,) = data_of(page)["islands"]
    assert island["island"] == 1
    assert island["gap_mm"] == pytest.approx(40_000, abs=200)


def test_a_map_that_cannot_be_read_gives_no_page() -> None:
    with pytest.raises(CampusError, match="the road net is empty"):
        page_of(
            collection([found for found in features() if found["properties"]["kind"] == "site"])
        )


@pytest.mark.parametrize("content", [campus_bytes(), demo_campus_path().read_bytes()])
def test_the_arc_times_of_the_page_are_those_of_the_dispatcher(content: bytes) -> None:
    data = data_of(page_of(content))
    campus = parse_campus(content, "test.geojson")
    times = TravelTimes(RoadGraph.from_campus(campus), data["site"]["speed_mm_s"])
    arcs, parts = nx.MultiDiGraph(), data["parts"]
    arcs.add_nodes_from(data["nodes"])
    for number, (start, end) in enumerate(zip(parts["from"], parts["to"], strict=True)):
        tail, head = data["nodes"][start], data["nodes"][end]
        for u, v, name in ((tail, head, "there_ms"), (head, tail, "back_ms")):
            if parts[name][number] >= 0:
                arcs.add_edge(u, v, ms=parts[name][number])
    nodes = [place.node for place in campus.places.values()]
    for start in nodes:
        found = nx.single_source_dijkstra_path_length(arcs, start, weight="ms")
        for end in nodes:
            assert found.get(end, -1) == times.time_ms(start, end)


def test_a_town_of_fifteen_thousand_edges_fits_one_page() -> None:
    side = 87
    found = [point("site", "town", 0, 0, format="campus-map/1", name="Town")]
    for row in range(side):
        for at in range(side):
            here, x, y = f"n{row}-{at}", at * 40.0, row * 40.0
            bend = (x + 20, y + 3)
            found.append(
                edge(f"e{row}-{at}", here, f"n{row}-{at + 1}", (x, y), bend, (x + 40, y),
                     class_="path", highway="footway", osm_id=f"way/{row * side + at}")
            )  # fmt: skip
            found.append(
                edge(f"f{row}-{at}", here, f"n{row + 1}-{at}", (x, y), (x, y + 40), class_="road")
            )
    town = page_of(collection(found))
    assert len(data_of(town)["edges"]["ids"]) > 15_000
    assert len(town.encode("utf-8")) < MAX_BYTES
