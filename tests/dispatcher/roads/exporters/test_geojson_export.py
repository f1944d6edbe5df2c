# SPDX-License-Identifier: Apache-2.0
"""A campus map as GeoJSON: as Drover writes it, and plain for any GIS."""

import json

from shapely.geometry import shape

from dispatcher.roads.editing.map_file import MapFile
from dispatcher.roads.exporters.geojson import export_geojson
from robot_agent.campus import parse_campus
from tests.dispatcher.roads.exporters.rich_campus import rich, rich_text


def source(text: str) -> MapFile:
    return MapFile.parse(text, "map.geojson")


def drawn_by_hand() -> str:
    """With members and properties of an editor, heights, and a ring turned the wrong way."""
    document = json.loads(rich_text())
    document["name"] = "layer"
    for one in document["features"]:
        one["properties"]["stroke"] = "#f00"
        one["bbox"] = [0, 0, 1, 1]
        if one["geometry"]["type"] == "Polygon":
            ring = one["geometry"]["coordinates"][0]
            one["geometry"]["coordinates"] = [[[*at, 112.5] for at in reversed(ring)]]
    return json.dumps(document)


def test_the_canonical_form_keeps_every_feature_and_is_its_own_export() -> None:
    made = export_geojson(source(drawn_by_hand()), plain=False)
    assert [one.ids for one in made.lost] == [("name",)]
    assert export_geojson(source(made.text), plain=False).text == made.text
    drawn = parse_campus(drawn_by_hand(), "drawn")
    assert parse_campus(made.text, "again").digest == drawn.digest


def test_the_plain_form_means_the_same_map() -> None:
    made = export_geojson(source(drawn_by_hand()), plain=True)
    assert parse_campus(made.text, "plain").digest == rich().digest
    lost = {one.what: one.count for one in made.lost}
    assert lost == {
        "members of the collection": 1,
        "features of a kind that is not known": 1,
        "property stroke": 16,
        "member bbox of features": 16,
    }


def test_the_plain_form_is_rfc_7946() -> None:
    """RFC 7946: 3.1.6 rings, 3.2 id of a feature, 4 no crs, 6.1 no members of one's own."""
    document = json.loads(export_geojson(source(drawn_by_hand()), plain=True).text)
    assert set(document) == {"type", "features"}
    for one in document["features"]:
        assert set(one) == {"type", "id", "properties", "geometry"}
        assert all(not isinstance(value, dict | list) for value in one["properties"].values())
        found = shape(one["geometry"])
        assert not found.has_z
        if found.geom_type == "Polygon":
            assert found.exterior.is_ccw
