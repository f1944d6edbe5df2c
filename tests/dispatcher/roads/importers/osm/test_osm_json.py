# SPDX-License-Identifier: Apache-2.0
"""OpenStreetMap data as JSON, which Overpass gives where nobody asks for XML."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from dispatcher.roads.importers.any_map import import_any
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.osm.reading.read import read_osm
from tests.dispatcher.roads.importers.osm.extract_file import Extract, street


def campus() -> Extract:
    extract = street()
    extract.way(2, [2, extract.node(3, 200, 90, barrier="gate", name="Tor")], highway="footway")
    extract.way(7, [1000, 1001, 1002, 1003, 1000])
    extract.relation(5, {7: "outer"}, type="multipolygon", building="dormitory")
    return extract


def as_json(extract: Extract) -> dict[str, Any]:
    """What Overpass says of the same things."""
    root = ET.fromstring(extract.text())
    elements: list[dict[str, Any]] = []
    for one in root:
        if one.tag == "bounds":
            continue
        said: dict[str, Any] = {"type": one.tag, "id": int(one.attrib["id"])}
        said |= {key: float(one.attrib[key]) for key in ("lat", "lon") if key in one.attrib}
        tags = {tag.attrib["k"]: tag.attrib["v"] for tag in one.iter("tag")}
        said |= {"tags": tags} if tags else {}
        if one.tag == "way":
            said["nodes"] = [int(nd.attrib["ref"]) for nd in one.iter("nd")]
        if one.tag == "relation":
            members = [dict(member.attrib) for member in one.iter("member")]
            said["members"] = [{**member, "ref": int(member["ref"])} for member in members]
        elements.append(said)
    box = root.find("bounds")
    assert box is not None
    bounds = {key: float(value) for key, value in box.attrib.items()}
    return {"version": 0.6, "generator": "Overpass API", "bounds": bounds, "elements": elements}


def test_overpass_json_says_what_the_same_extract_says_as_xml(tmp_path: Path) -> None:
    (tmp_path / "campus.osm").write_text(campus().text(), encoding="utf-8")
    (tmp_path / "campus.json").write_text(json.dumps(as_json(campus())), encoding="utf-8")
    plain, given = (read_osm(tmp_path / f"campus.{kind}") for kind in ("osm", "json"))
    assert (given.nodes, given.ways, given.relations) == (plain.nodes, plain.ways, plain.relations)
    assert (given.sha256, given.bounds) == (plain.sha256, plain.bounds)
    maps = [
        import_any(tmp_path / f"campus.{kind}", ImportOptions(site_id="one")).campus_text
        for kind in ("osm", "json")
    ]
    assert maps[0] == maps[1].replace("campus.json", "campus.osm")


def test_ways_with_their_geometry_need_no_nodes(tmp_path: Path) -> None:
    way = {"type": "way", "id": 1, "nodes": [1, 2], "tags": {"highway": "service"}}
    way["geometry"] = [{"lat": 50.0, "lon": 10.0}, {"lat": 50.0, "lon": 10.002}]
    path = tmp_path / "geom.json"
    path.write_text(json.dumps({"elements": [way]}), encoding="utf-8")
    assert sorted(read_osm(path).nodes) == [1, 2]
    way["geometry"] = [{"lat": 50.0, "lon": 10.0}]
    path.write_text(json.dumps({"elements": [way]}), encoding="utf-8")
    with pytest.raises(MapImportError, match="way 1 has a geometry of 1 places for 2 nodes"):
        read_osm(path)
