# SPDX-License-Identifier: Apache-2.0
"""Spoiled extracts: what comes out is a map that reads back, or one clean sentence."""

import gzip
import random
import re
from pathlib import Path

import pytest

from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.importers.any_map import import_any
from dispatcher.roads.importers.import_options import ImportOptions
from dispatcher.roads.importers.osm.reading.areas import areas_and_broken
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.osm.reading.read import read_osm
from dispatcher.roads.reach import reach_faults
from robot_agent.campus import parse_campus
from tests.data_sets import data_file

OPTIONS = ImportOptions(timezone="Asia/Shanghai", robots=4)
MAX_SENTENCE = 600

# What somebody's editor, converter or disk makes of a value.
VALUES = [
    *("", "0", "-1", "1", "2", "999", "1e9", "nan", "-inf", "x" * 300, "\N{SNOWMAN}", "&lt;"),
    *("no", "yes", "private", "9" * 30, "0.0", "-0", "1;2", "50.0005", "10.0005", "delete"),
    *("true", "multipolygon", "building", "highway", "steps", "bollard", "5 mph", "up", "-40%"),
]
TAGS = [
    *("highway", "building", "barrier", "oneway", "width", "level", "layer", "access", "area"),
    *("name", "entrance", "incline", "maxspeed", "surface", "foot", "type", "opening_hours"),
]


def campus_of_ours() -> str:
    """Two streets, a square, a path over steps, a gate, four houses and one with a court."""
    nodes: dict[int, tuple[float, float, str]] = {}
    ways: list[str] = []

    def node(key: int, x: int, y: int, tags: str = "") -> int:
        nodes[key] = (50 + y * 9e-6, 10 + x * 14e-6, tags)
        return key

    def way(key: int, refs: list[int], **tags: str) -> None:
        inside = "".join(f'<nd ref="{ref}"/>' for ref in refs)
        inside += "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        ways.append(f'<way id="{key}" version="1">{inside}</way>')

    def house(key: int, x: int, y: int, size: int, **tags: str) -> None:
        corners = ((0, 0), (size, 0), (size, size), (0, size))
        refs = [node(10 * key + i, x + size * (a > 0), y + size * (b > 0)) for i, (a, b) in
                enumerate(corners)]  # fmt: skip
        way(key, [*refs, refs[0]], **tags)

    gate = '<tag k="barrier" v="gate"/>'
    way(1, [node(1, 0, 0), node(2, 60, 0, gate), node(3, 120, 0), node(4, 200, 0)],
        highway="service", width="4", incline="3%")  # fmt: skip
    way(2, [3, node(5, 120, 90), node(6, 30, 90), 1], highway="footway", surface="asphalt")
    way(3, [4, node(7, 260, 0)], highway="steps")
    way(4, [7, node(8, 300, 40)], highway="path")
    way(5, [5, node(9, 160, 90), node(10, 160, 130), node(11, 120, 130), 5],
        highway="pedestrian", area="yes")  # fmt: skip
    way(6, [4, node(12, 200, 60), 5], highway="residential", oneway="yes")
    way(7, [5, 4], highway="residential", oneway="-1", maxspeed="30")
    house(50, 20, 8, 12, building="dormitory", name="Nord 1")
    house(51, 90, 8, 12, building="dormitory", name="Nord 2")
    house(52, 170, 10, 14, building="yes", name="Mensa", amenity="restaurant")
    house(53, 60, 40, 30, source="survey")
    house(54, 70, 50, 8)
    relation = (
        '<relation id="60"><member type="way" ref="53" role="outer"/>'
        '<member type="way" ref="54" role="inner"/><tag k="type" v="multipolygon"/>'
        '<tag k="building" v="apartments"/><tag k="name" v="Hof"/></relation>'
    )
    drawn = [
        f'<node id="{key}" lat="{lat:.7f}" lon="{lon:.7f}">{tags}</node>'
        for key, (lat, lon, tags) in nodes.items()
    ]
    box = '<bounds minlat="49.999" minlon="9.998" maxlat="50.002" maxlon="10.006"/>'
    head = "<?xml version='1.0' encoding='UTF-8'?>\n<osm version=\"0.6\">"
    return "\n".join([head, box, *drawn, *ways, relation, "</osm>"])


def spoiled_text(text: str, draw: random.Random) -> str:
    """Values swapped, tags changed, lines dropped, doubled, or torn apart."""
    for _ in range(draw.choice((1, 1, 2, 5, 20))):
        lines = text.split("\n")
        at = draw.randrange(len(lines))
        kind = draw.randrange(7)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(draw.randrange(len(lines)), lines[at])
        elif kind == 2:
            other = draw.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == 3:
            values = list(re.finditer(r'"[^"]*"', lines[at]))
            if values:
                found = draw.choice(values)
                new = f'"{draw.choice(VALUES)}"'
                lines[at] = lines[at][: found.start()] + new + lines[at][found.end() :]
        elif kind == 4:
            tag = f'<tag k="{draw.choice(TAGS)}" v="{draw.choice(VALUES)}"/>'
            lines[at] = re.sub(r"(</(?:way|node|relation)>)", rf"{tag}\1", lines[at])
        elif kind == 5:
            lines[at] = re.sub(r'<nd ref="\d+"/>', "", lines[at], count=draw.choice((1, 2, 0)))
        else:
            numbers = [number for line in lines for number in re.findall(r'ref="(\d+)"', line)]
            if numbers:
                new = f'ref="{draw.choice(numbers)}"'
                lines[at] = re.sub(r'ref="\d+"', new, lines[at], count=1)
        text = "\n".join(lines) or " "
    return text


def spoiled_bytes(content: bytes, draw: random.Random) -> bytes:
    """Bytes flipped, cut off, cut out or doubled."""
    spoiled = bytearray(content)
    kind = draw.randrange(4)
    at = draw.randrange(len(spoiled))
    if kind == 0:
        for _ in range(draw.choice((1, 3, 30))):
            spoiled[draw.randrange(len(spoiled))] ^= 1 << draw.randrange(8)
    elif kind == 1:
        del spoiled[at:]
    elif kind == 2:
        del spoiled[at : at + draw.choice((1, 10, 1000))]
    else:
        spoiled[at:at] = spoiled[at : at + draw.choice((1, 10, 1000))]
    return bytes(spoiled)


def refused(path: Path, said: str) -> str:
    assert said.startswith(str(path))
    assert "\n" not in said
    assert len(said) < MAX_SENTENCE
    return "refused"


def outcome(path: Path) -> str:
    """`map`, or the reason; anything but these two ends the test."""
    try:
        result = import_any(path, OPTIONS)
    except MapImportError as error:
        return refused(path, str(error))
    graph = RoadGraph.from_campus(parse_campus(result.campus_text, "spoiled"))
    assert reach_faults(graph) == []
    return "map"


def read_outcome(path: Path) -> str:
    try:
        data = read_osm(path)
    except MapImportError as error:
        return refused(path, str(error))
    for key in ("building", "highway"):
        areas_and_broken(data, key)
    return "read"


def test_the_extract_to_be_spoiled_is_a_campus(tmp_path: Path) -> None:
    path = tmp_path / "ours.osm"
    path.write_text(campus_of_ours(), encoding="utf-8")
    assert outcome(path) == "map"


@pytest.mark.parametrize("seed", range(10))
def test_an_extract_whose_content_is_spoiled_gives_a_map_or_one_sentence(
    tmp_path: Path, seed: int
) -> None:
    draw, path, seen = random.Random(seed), tmp_path / "spoiled.osm", set()
    for _ in range(15):
        path.write_text(spoiled_text(campus_of_ours(), draw), encoding="utf-8")
        seen.add(outcome(path))
    assert "map" in seen


@pytest.mark.parametrize("seed", range(4))
def test_an_extract_whose_bytes_are_spoiled_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    draw, path, seen = random.Random(seed), tmp_path / "spoiled.osm", set()
    plain = campus_of_ours().encode()
    for content in (plain, gzip.compress(plain, mtime=0)):
        for _ in range(50):
            path.write_bytes(spoiled_bytes(content, draw) or b" ")
            seen.add(read_outcome(path))
    assert "refused" in seen


@pytest.mark.parametrize("packing", ["none", "zlib"])
def test_a_pbf_that_is_spoiled_is_read_or_refused(tmp_path: Path, packing: str) -> None:
    osmium = pytest.importorskip("osmium", reason="not run: needs the extra pbf")
    plain, path = tmp_path / "ours.osm", tmp_path / "ours.osm.pbf"
    plain.write_text(campus_of_ours(), encoding="utf-8")
    file = osmium.io.File(str(path), f"pbf,pbf_compression={packing}")
    with osmium.SimpleWriter(file) as writer:
        for element in osmium.FileProcessor(str(plain)):
            writer.add(element)
    assert read_osm(path).ways == read_osm(plain).ways
    content, draw, seen = path.read_bytes(), random.Random(3), set()
    for _ in range(100):
        path.write_bytes(spoiled_bytes(content, draw))
        seen.add(read_outcome(path))
    assert seen == {"read", "refused"}


@pytest.mark.parametrize("name", ["ajou-suwon.osm", "tsinghua-beijing.osm"])
def test_a_real_extract_that_is_spoiled_gives_a_map_or_one_sentence(
    tmp_path: Path, name: str
) -> None:
    text = data_file(f"maps/{name}").read_text(encoding="utf-8")
    draw, path = random.Random(1), tmp_path / "spoiled.osm"
    for _ in range(3):
        path.write_text(spoiled_text(text, draw), encoding="utf-8")
        outcome(path)
    for _ in range(10):
        path.write_bytes(spoiled_bytes(text.encode(), draw))
        read_outcome(path)


def test_a_real_pbf_that_is_spoiled_is_read_or_refused(tmp_path: Path) -> None:
    pytest.importorskip("osmium", reason="not run: needs the extra pbf")
    content = data_file("maps/heidelberg.osm.pbf").read_bytes()
    draw, path = random.Random(2), tmp_path / "spoiled.osm.pbf"
    seen = set()
    for _ in range(5):
        path.write_bytes(spoiled_bytes(content, draw))
        seen.add(read_outcome(path))
    assert "refused" in seen
