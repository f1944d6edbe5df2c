# SPDX-License-Identifier: Apache-2.0
"""A small extract of our own, and how the tests have it read."""

from pathlib import Path
from typing import Any

import pytest

from dispatcher.roads.importers.osm.reading.data import (
    MapImportError,
    OsmData,
)
from dispatcher.roads.importers.osm.reading.read import read_osm

HEAD = "<?xml version='1.0' encoding='UTF-8'?>\n<osm version='0.6' generator='by hand'>\n"
BOUNDS = "<bounds minlat='50' minlon='10' maxlat='50.01' maxlon='10.02'/>\n"
ELEMENTS = [
    "<node id='1' lat='50.001' lon='10.001'/>",
    "<node id='2' lat='50.001' lon='10.0050000'><tag k='barrier' v='gate'/></node>",
    "<node id='3' lat='50.0041234' lon='10.005'><tag k='name' v='Süd &amp; 南'/></node>",
    "<node id='-4' lat='50.004' lon='10.001'/>",
    "<way id='10'><nd ref='1'/><nd ref='2'/><tag k='highway' v='service'/></way>",
    (
        "<way id='11'><nd ref='1'/><nd ref='2'/><nd ref='3'/><nd ref='1'/>"
        "<tag k='building' v='yes'/></way>"
    ),
    (
        "<relation id='20'><member type='way' ref='11' role='outer'/>"
        "<member type='node' ref='2' role=''/><tag k='type' v='site'/></relation>"
    ),
]
SMALL = HEAD + BOUNDS + "\n".join(ELEMENTS) + "\n</osm>\n"


def written(tmp_path: Path, content: str | bytes, name: str = "x.osm") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(tmp_path: Path, content: str | bytes, name: str = "x.osm", **options: Any) -> OsmData:
    return read_osm(written(tmp_path, content, name), **options)


def refusal(tmp_path: Path, content: str | bytes, name: str = "x.osm", **options: Any) -> str:
    """What is said of the file, without the folder; one line."""
    with pytest.raises(MapImportError) as caught:
        read(tmp_path, content, name, **options)
    said = str(caught.value)
    assert "\n" not in said
    assert len(said) < 400
    return said.replace(f"{tmp_path}/", "")


def as_pbf(data: OsmData, path: Path, *, box: bool = True) -> bytes:
    """The same extract as PBF, by osmium's own writer."""
    osmium = pytest.importorskip("osmium", reason="not run: needs the extra pbf")
    header = osmium.io.Header()
    if box:
        sides, location = data.bounds, osmium.osm.Location
        south_west = location(sides.west_deg, sides.south_deg)
        header.add_box(osmium.osm.Box(south_west, location(sides.east_deg, sides.north_deg)))
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        kind = osmium.osm.mutable
        for key, node in data.nodes.items():
            place = (node.lon_deg, node.lat_deg)
            writer.add_node(kind.Node(id=key, location=place, tags=node.tags, version=1))
        for key, way in data.ways.items():
            writer.add_way(kind.Way(id=key, nodes=way.refs, tags=way.tags, version=1))
        for key, one in data.relations.items():
            members = [(member.kind[0], member.ref, member.role) for member in one.members]
            writer.add_relation(kind.Relation(id=key, members=members, tags=one.tags, version=1))
    return path.read_bytes()
