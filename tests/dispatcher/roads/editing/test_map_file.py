# SPDX-License-Identifier: Apache-2.0
"""Reading map files as they are, for tools that edit them."""

import json
from pathlib import Path

import pytest

from dispatcher.roads.editing.map_file import MapFile, MapFileError
from dispatcher.roads.editing.map_properties import READ, meant_kind, meant_property
from robot_agent import campus as reader
from robot_agent.campus import parse_campus
from robot_agent.campus_format import Feature, decode_features
from tests.dispatcher.roads.drawn_maps import GEOJSON_IO, QGIS_ROADS, feature, square, text_of

MAP = Path(__file__).parents[4] / "maps" / "lindenhof" / "campus.geojson"


def test_every_feature_knows_its_line() -> None:
    lines = GEOJSON_IO.splitlines()
    for one in MapFile.parse(GEOJSON_IO, "x").features:
        assert lines[one.line - 1] == "    {"
    assert [one.line for one in MapFile.parse(QGIS_ROADS, "x").features] == [6, 7]


def test_what_the_format_does_not_know_is_kept() -> None:
    odd = {**feature("tree", "Point", [1, 2], id="t", height=3), "bbox": [0, 0, 1, 1]}
    file = MapFile.parse(text_of([odd]), "x")
    assert json.loads(file.canonical())["features"] == [odd]


def test_a_map_of_ours_is_written_as_it_was_but_for_spaces() -> None:
    file = MapFile.read(MAP)
    assert json.loads(file.canonical()) == json.loads(file.text)
    again = MapFile.parse(file.canonical(), "x")
    assert again.canonical() == file.canonical()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "x:1: the file is empty"),
        ("{", "x:1: not JSON: "),
        ("[]", "x:1: this is not a GeoJSON FeatureCollection"),
        ('{"type": "Point", "coordinates": [1, 2]}', "this is a bare Point where"),
        ('{"type": "Feature", "geometry": null}', "this is one Feature alone where"),
        ('{"type": "Topology", "objects": {}}', "this is TopoJSON where"),
        ('{"type": "FeatureCollection"}', "has no list of features"),
        ('{"type": "FeatureCollection", "features": []}', "is empty"),
        ('{"type": "FeatureCollection", "features": [\n3]}', "x:2: not a GeoJSON Feature"),
        (
            '{"type": "FeatureCollection", "crs": {"properties": {"name": "EPSG:3857"}}}',
            "its coordinates are in EPSG:3857",
        ),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_of_the_wrong_kind_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(MapFileError) as refusal:
        MapFile.parse(text, "x")
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MapFileError, match="cannot be read: No such file"):
        MapFile.read(tmp_path / "none.geojson")


def test_the_table_of_properties_is_what_the_reader_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, set[str]] = {kind: set() for kind in READ}

    class Listening(dict[str, object]):
        def get(self, name: str, default: object = None) -> object:
            asked[str(self["kind"])].add(name)
            return super().get(name, default)

    features = square()
    features["e-ab"]["properties"]["length_m"] = 143.0
    extra = [
        feature("node", "Point", [10.0, 50.0], id="a"),
        feature("waiting", "Point", [10.0005, 50.0], id="w", edge="e-ab", offset_m=36.0),
        feature("waiting", "Point", [10.0, 50.0], id="w2", node="a"),
        feature("stop", "Point", [10.0, 50.0], id="s2", node="a"),
        feature("zone", "Polygon", [[[10, 50], [10.001, 50], [10, 50.001], [10, 50]]], id="z"),
    ]
    planar = feature("site", "Point", [10.0, 50.0], id="p", format="campus-map/1", roads="planar")

    def decode(text: str | bytes, source: str) -> list[Feature]:
        found = decode_features(text, source)
        for one in found:
            one.properties = Listening(one.properties)
        return found

    monkeypatch.setattr(reader, "decode_features", decode)
    parse_campus(text_of([*features.values(), *extra]), "x")
    parse_campus(text_of([planar]), "x")
    for kind, names in asked.items():
        assert names - {"id", "kind"} == set(READ[kind]), kind


def test_typing_errors_find_what_was_meant() -> None:
    assert meant_kind("stopp") == "stop"
    assert meant_kind("Edge") == "edge"
    assert (meant_kind("tree"), meant_kind("area")) == ("", "")
    assert meant_property("edge", "speed_mp") == "speed_mps"
    assert meant_property("edge", "Width_m") == "width_m"
    assert meant_property("edge", "speed_mps") == ""
    assert meant_property("stop", "stroke") == ""
