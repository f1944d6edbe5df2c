# SPDX-License-Identifier: Apache-2.0
"""Odd data becomes a map on which every place is reached, or one sentence; never anything else."""

import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.importers.any_map import import_any
from dispatcher.roads.importers.osm.importing import ImportOptions, MapImportError
from dispatcher.roads.reach import reach_faults
from robot_agent.campus import parse_campus
from tests.data_sets import data_file
from tests.dispatcher.roads.importers.osm.test_import_stable import quarter

KEYS = [
    *("highway", "access", "oneway", "width", "incline", "layer", "level", "barrier", "building"),
    *("opening_hours", "name", "area", "surface", "maxheight", "maxspeed", "lanes", "service"),
    *("tunnel", "bridge", "entrance", "junction", "kerb", "footway", "foot", "amenity", "indoor"),
]
VALUES = [
    *("yes", "no", "-1", "1", "private", "up", "25%", "-200%", "", "9999", "0", "0.3", "1;2"),
    *("a" * 300, "Mo-Fr 08:00-18:00", "PH off", "steps", "footway", "primary", "multipolygon"),
    *("gate", "bollard", "turnstile", "main", "emergency", "roof", "underground", "NaN", "1e9"),
]


def spoiled(content: str, seed: int, share: float) -> bytes:
    """Tags written over, nodes moved, ways that name nodes of others or none at all."""
    root, luck = ET.fromstring(content), random.Random(seed)
    elements = [element for element in root if element.tag != "bounds"]
    for element in elements:
        kind = luck.random()
        if luck.random() > share:
            continue
        if kind < 0.1:
            root.remove(element)
        elif kind < 0.3 and element.tag == "node":
            element.set("lat", str(float(element.attrib["lat"]) + luck.gauss(0, 0.002)))
        elif kind < 0.5 and element.tag == "way":
            for nd in element.findall("nd"):
                nd.set("ref", luck.choice(elements).attrib["id"])
        else:
            key, value = luck.choice(KEYS), luck.choice(VALUES)
            for tag in element.findall(f"tag[@k='{key}']"):
                element.remove(tag)
            ET.SubElement(element, "tag", k=key, v=value)
    return ET.tostring(root)


def judge(content: bytes, tmp_path: Path, seed: int) -> None:
    path = tmp_path / "odd.osm"
    path.write_bytes(content)
    luck = random.Random(seed)
    options = ImportOptions(
        robots=luck.choice([1, 24, 300]),
        private=luck.random() < 0.5,
        cross_roads=luck.random() < 0.5,
        other_levels=luck.random() < 0.5,
        main_roads=luck.choice(["none", "tertiary", "primary"]),
    )
    try:
        result = import_any(path, options)
    except MapImportError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either this or a map)
        return
    assert reach_faults(road_graph(parse_campus(result.campus_text, "odd"))) == []


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1_000_000))
def test_a_spoiled_drawing_is_a_map_or_a_sentence(seed: int, tmp_path: Path) -> None:
    judge(spoiled(quarter().text(), seed, 0.3), tmp_path, seed)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_spoiled_campus_is_a_map_or_a_sentence(seed: int, tmp_path: Path) -> None:
    content = data_file("maps/ajou-suwon.osm").read_text("utf-8")
    judge(spoiled(content, seed, 0.2), tmp_path, seed)


ROAD = """<osm version="0.6">
<node id="1" lat="50.0" lon="10.0"/><node id="2" lat="50.001" lon="10.0"/>
<node id="3" lat="50.001" lon="10.002"/>
<way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/>
<tag k="highway" v="service"/>EXTRA</way></osm>"""


def test_a_slope_of_unknown_size_is_marked_as_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "up.osm"
    path.write_text(ROAD.replace("EXTRA", '<tag k="incline" v="up"/>'))
    assert '"incline_from": "guess"' in import_any(path, ImportOptions()).campus_text
    path.write_text(ROAD.replace("EXTRA", '<tag k="incline" v="5%"/>'))
    assert '"incline_from"' not in import_any(path, ImportOptions()).campus_text


def test_ways_whose_nodes_are_missing_are_said_to_be_so(tmp_path: Path) -> None:
    path = tmp_path / "torn.osm"
    path.write_text(ROAD.replace("EXTRA", "").replace('ref="', 'ref="9'))
    with pytest.raises(MapImportError, match="every way with the tag highway less than two nodes"):
        import_any(path, ImportOptions())
