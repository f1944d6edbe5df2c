# SPDX-License-Identifier: Apache-2.0
"""Extracts drawn in metres and written as .osm files, and how the tests have them imported."""

import random
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.osm.importing import ImportResult, MapImportError, import_osm
from dispatcher.roads.reach import reach_faults
from robot_agent.campus import Campus, parse_campus
from robot_agent.campus_frame import frame_at

FRAME = frame_at(50.0, 10.0)


class Extract:
    """An .osm file drawn in metres about 50 N 10 E; its bounds reach 500 m each way."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[float, float, dict[str, str]]] = {}
        self.ways: dict[int, tuple[list[int], dict[str, str]]] = {}
        self.relations: dict[int, tuple[dict[int, str], dict[str, str]]] = {}

    def node(self, node: int, x_m: float, y_m: float, **tags: str) -> int:
        self.nodes[node] = (x_m, y_m, tags)
        return node

    def way(self, way: int, refs: Iterable[int], **tags: str) -> None:
        self.ways[way] = (list(refs), tags)

    def relation(self, relation: int, members: dict[int, str], **tags: str) -> None:
        """`members` are ways with their roles."""
        self.relations[relation] = (members, tags)

    def house(self, way: int, x_m: float, y_m: float, **tags: str) -> None:
        """10 m square; (x, y) is its south-west corner."""
        corners = [(0, 0), (10, 0), (10, 10), (0, 10)]
        refs = [self.node(way * 10 + i, x_m + x, y_m + y) for i, (x, y) in enumerate(corners)]
        self.way(way, [*refs, refs[0]], **{"building": "dormitory", **tags})

    def text(self, shuffle: int = 0) -> str:
        def tagged(tags: dict[str, str]) -> str:
            pairs = ((key.replace("__", ":"), value) for key, value in tags.items())
            return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in pairs)

        north, east = 500_000 / FRAME.y_mm_per_deg, 500_000 / FRAME.x_mm_per_deg
        box = (
            f'minlat="{50 - north}" minlon="{10 - east}" maxlat="{50 + north}" maxlon="{10 + east}"'
        )
        nodes = [
            f'<node id="{node}" lat="{50 + y * 1000 / FRAME.y_mm_per_deg:.7f}" '
            f'lon="{10 + x * 1000 / FRAME.x_mm_per_deg:.7f}">{tagged(tags)}</node>'
            for node, (x, y, tags) in self.nodes.items()
        ]
        ways = [
            f'<way id="{way}">{"".join(f"<nd ref={chr(34)}{ref}{chr(34)}/>" for ref in refs)}'
            f"{tagged(tags)}</way>"
            for way, (refs, tags) in self.ways.items()
        ]
        relations = [
            f'<relation id="{relation}">'
            + "".join(f'<member type="way" ref="{way}" role="{members[way]}"/>' for way in members)
            + f"{tagged(tags)}</relation>"
            for relation, (members, tags) in self.relations.items()
        ]
        if shuffle:
            random.Random(shuffle).shuffle(nodes)
            random.Random(shuffle).shuffle(ways)
        return "\n".join(
            ['<osm version="0.6">', f"<bounds {box}/>", *nodes, *ways, *relations, "</osm>"]
        )


def street() -> Extract:
    """A road of 200 m from west to east, a dormitory 5 m north of it at x = 50."""
    extract = Extract()
    extract.way(1, [extract.node(1, 0, 0), extract.node(2, 200, 0)], highway="service")
    extract.house(100, 50, 5, name="Nord 1")
    return extract


def imported(extract: Extract, tmp_path: Path, **options: object) -> ImportResult:
    path = tmp_path / "small.osm"
    path.write_text(extract.text(), encoding="utf-8")
    return import_osm(path, ImportOptions(**options))  # type: ignore[arg-type]


def campus_of(extract: Extract, tmp_path: Path, **options: object) -> Campus:
    campus = parse_campus(imported(extract, tmp_path, **options).campus_text, "small")
    assert reach_faults(RoadGraph.from_campus(campus)) == []
    return campus


def refused(extract: Extract, tmp_path: Path, **options: object) -> str:
    with pytest.raises(MapImportError) as caught:
        imported(extract, tmp_path, **options)
    return str(caught.value).removeprefix(f"{tmp_path / 'small.osm'}: ")
