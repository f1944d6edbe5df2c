# SPDX-License-Identifier: Apache-2.0
"""An import gives the same map for the same data, and the same ids after an edit elsewhere."""

import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.roads.importers.any_map import import_any
from dispatcher.roads.importers.osm.importing import ImportOptions, import_osm
from robot_agent.campus import parse_campus
from tests.data_sets import data_file
from tests.dispatcher.roads.importers.osm.extract_file import Extract


def quarter() -> Extract:
    """Two blocks of streets, a path with a gate, a one-way lane, an island and some houses."""
    extract = Extract()
    for number, (x_m, y_m) in enumerate([(0, 0), (150, 0), (150, 120), (0, 120), (300, 0)], 1):
        extract.node(number, x_m, y_m)
    extract.way(1, [1, 2, 5], highway="residential", name="Ring")
    extract.way(2, [2, 3, 4, 1], highway="service")
    extract.way(3, [4, extract.node(6, 40, 180, barrier="gate"), 3], highway="footway")
    extract.way(4, [5, extract.node(7, 300, 60), 3], highway="service", oneway="yes")
    extract.way(5, [extract.node(8, 0, 300), extract.node(9, 90, 300)], highway="footway")
    for number, (x_m, y_m) in enumerate([(20, 5), (60, 100), (200, 8), (120, 130)], 100):
        extract.house(number, x_m, y_m, name=f"Haus {number}")
    extract.relation(9, {100: "outer"}, type="site", name="Campus")
    return extract


def text_of(content: str, tmp_path: Path, name: str = "quarter.osm", station: str = "") -> str:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return import_osm(path, ImportOptions(station=station)).campus_text


def ids(text: str) -> set[str]:
    return {feature["properties"]["id"] for feature in json.loads(text)["features"]}


def shuffled(content: str, seed: int) -> str:
    """The same elements, and the same tags within each, in another order."""
    root, luck = ET.fromstring(content), random.Random(seed)
    for element in root:
        tags = element.findall("tag")
        for tag in tags:
            element.remove(tag)
        luck.shuffle(tags)
        element.extend(tags)
    elements = list(root)
    luck.shuffle(elements)
    root[:] = elements
    return ET.tostring(root, encoding="unicode")


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 1_000_000))
def test_the_order_of_a_file_changes_nothing(seed: int, tmp_path: Path) -> None:
    content = quarter().text()
    assert text_of(shuffled(content, seed), tmp_path) == text_of(content, tmp_path)


def test_an_edit_elsewhere_renames_nothing(tmp_path: Path) -> None:
    station = "Haus 101"
    before = ids(text_of(quarter().text(), tmp_path, station=station))
    extract = quarter()
    extract.house(99, 250, 8, name="Neu")
    extract.way(8, [5, extract.node(80, 350, 0)], highway="service")
    extract.way(5, [8, extract.node(81, 50, 310), 9], highway="footway")
    after = ids(text_of(extract.text(), tmp_path, station=station))
    assert {"stop-w99", "building-w99", "w8-5-80"} <= after - before
    # Only what stands where the new way joins may be cut anew.
    assert {one for one in before - after if not one.split("~")[0].startswith("w1-2-5")} == set()


@pytest.mark.parametrize("name", ["quarter", "ajou-suwon.osm", "tsinghua-beijing.osm"])
def test_a_map_that_is_imported_again_is_the_same_to_the_byte(name: str, tmp_path: Path) -> None:
    if name == "quarter":
        text = text_of(quarter().text(), tmp_path)
    else:
        text = import_osm(data_file(f"maps/{name}"), ImportOptions()).campus_text
    path = tmp_path / "again.geojson"
    path.write_text(text, encoding="utf-8")
    assert import_any(path, ImportOptions()).campus_text == text


@pytest.mark.parametrize("name", ["ajou-suwon", "tsinghua-beijing"])
def test_a_real_extract_may_be_shuffled_too(name: str, tmp_path: Path) -> None:
    path = data_file(f"maps/{name}.osm")
    content = path.read_text("utf-8")
    expected = import_osm(path, ImportOptions()).campus_text
    found = text_of(shuffled(content, 7), tmp_path, path.name)
    assert found == expected
    assert parse_campus(found, name).digest == parse_campus(expected, name).digest
