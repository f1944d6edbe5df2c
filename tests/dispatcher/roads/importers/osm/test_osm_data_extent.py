# SPDX-License-Identifier: Apache-2.0
"""What part of an extract is taken, and in what datum it is."""

from pathlib import Path

import msgspec
import pytest

from dispatcher.roads.importers.clip import read_clip
from dispatcher.roads.importers.datum import gcj02_from_wgs84
from dispatcher.roads.importers.osm.places.station import asked_spot
from dispatcher.roads.importers.osm.reading import xml_reader
from dispatcher.roads.importers.osm.reading.collect import Collector
from dispatcher.roads.importers.osm.reading.data import (
    Bounds,
    MapImportError,
)
from dispatcher.roads.importers.osm.reading.extent import likely_bounds
from dispatcher.roads.importers.osm.reading.read import read_osm
from robot_agent.campus_frame import frame_at
from tests.data_sets import data_file
from tests.dispatcher.roads.importers.osm.small_extract import SMALL, read, refusal, written


def test_a_clip_leaves_what_reaches_into_it(tmp_path: Path) -> None:
    far = (
        "<node id='30' lat='50.2' lon='10.2'/><node id='31' lat='50.3' lon='10.2'/>"
        "<way id='40'><nd ref='30'/><nd ref='31'/></way>"
        "<way id='41'><nd ref='1'/><nd ref='31'/></way></osm>"
    )
    clip = read_clip("10.0005,50.0005,10.002,50.002")
    data = read(tmp_path, SMALL.replace("</osm>", far), clip=clip)
    assert sorted(data.ways) == [10, 11, 41]
    assert sorted(data.nodes) == [1, 2, 3, 31]
    assert data.bounds == Bounds(50.0005, 10.0005, 50.002, 10.002)
    assert data.holds(50.0005, 10.002, margin_m=50)
    assert not data.holds(50.00049, 10.002, margin_m=50)


def test_a_clip_may_be_a_polygon(tmp_path: Path) -> None:
    ring = [[10.0, 50.0], [10.006, 50.0], [10.0, 50.006], [10.0, 50.0]]
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}}
    collection = {"type": "FeatureCollection", "features": [feature]}
    for number, thing in enumerate((feature["geometry"], feature, collection)):
        path = written(tmp_path, msgspec.json.encode(thing), f"clip{number}.geojson")
        data = read(tmp_path, SMALL, clip=read_clip(str(path)))
        assert data.holds(50.001, 10.001)
        assert not data.holds(50.0041234, 10.005)
        assert data.bounds == Bounds(50.0, 10.0, 50.006, 10.006)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2,3", "the clip 1,2,3 is no W,S,E,N"),
        ("3,0,1,2", "with W < E and S < N"),
        ("170,0,190,2", "does not lie on earth"),
        ("nan,0,1,2", "no file that can be read"),
        ("none.geojson", "the clip none.geojson is no W,S,E,N and no file that can be read"),
    ],
)
def test_a_clip_that_is_none_is_refused(text: str, said: str) -> None:
    with pytest.raises(MapImportError) as caught:
        read_clip(text)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"type": "Polygon"}',
        '{"type": "Point", "coordinates": [1, 2]}',
        '{"type": "Polygon", "coordinates": [[[1, 2], [1, 3]]]}',
        '{"type": "Polygon", "coordinates": [[[1, 2], [1, 3], [1, 4], [1, 2]]]}',
        '{"type": "FeatureCollection", "features": 7}',
        "[" * 100_000,
    ],
)
def test_a_clip_file_without_a_polygon_is_refused(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content, "clip.geojson")
    with pytest.raises(MapImportError, match=r"clip.geojson: (not GeoJSON|holds no polygon)"):
        read_clip(str(path))


def test_a_clip_beside_the_extract_says_what_the_extract_covers(tmp_path: Path) -> None:
    assert refusal(tmp_path, SMALL, clip=read_clip("11,50,11.5,51")) == (
        "x.osm: nothing of it lies in the clip 11.00000,50.00000,11.50000,51.00000; "
        "it covers 10.00100,50.00100,10.00500,50.00412"
    )


def test_a_chinese_datum_is_undone_for_all_there_is(tmp_path: Path) -> None:
    true, shown = (39.99, 116.31), gcj02_from_wgs84((39.99, 116.31))
    text = (
        f"<osm><bounds minlat='{shown[0]}' minlon='{shown[1]}' maxlat='{shown[0] + 0.01}' "
        f"maxlon='{shown[1] + 0.01}'/><node id='1' lat='{shown[0]}' lon='{shown[1]}'/></osm>"
    )
    data = read(tmp_path, text, datum="gcj02")
    assert (data.nodes[1].lat_deg, data.nodes[1].lon_deg) == pytest.approx(true, abs=2e-7)
    assert data.bounds.south_deg == pytest.approx(true[0], abs=2e-5)
    box = f"{shown[1] - 0.001},{shown[0] - 0.001},{shown[1] + 0.001},{shown[0] + 0.001}"
    clip = read_clip(box, "gcj02")
    assert clip.bounds.centre == pytest.approx(true, abs=1e-5)
    assert len(read(tmp_path, text, datum="gcj02", clip=clip).nodes) == 1
    asked = asked_spot(f"{shown[0]},{shown[1]}", data, frame_at(*true), [])
    assert max(map(abs, asked.point)) < 100
    assert "the datum is 'utm', not one of" in refusal(tmp_path, text, datum="utm")


def drawn(places: dict[int, tuple[int, int]], ways: list[list[int]]) -> Collector:
    """Nodes in metres about 50 N 10 E."""
    frame = frame_at(50.0, 10.0)
    text = "".join(
        f"<node id='{key}' lat='{50 + y * 1000 / frame.y_mm_per_deg:.7f}' "
        f"lon='{10 + x * 1000 / frame.x_mm_per_deg:.7f}'/>"
        for key, (x, y) in places.items()
    )
    for key, refs in enumerate(ways, 1):
        text += f"<way id='{key}'>" + "".join(f"<nd ref='{ref}'/>" for ref in refs) + "</way>"
    return xml_reader.read_xml(Path("drawn"), [f"<osm>{text}</osm>".encode()])


def box_m(data: Collector) -> tuple[int, ...]:
    """West, south, east and north side in metres about 50 N 10 E."""
    box, frame = likely_bounds(data.nodes, data.ways, data.relations), frame_at(50.0, 10.0)
    west, south = frame.to_mm(box.south_deg, box.west_deg)
    east, north = frame.to_mm(box.north_deg, box.east_deg)
    return tuple(round(side / 1000) for side in (west, south, east, north))


def test_without_bounds_a_way_that_sticks_out_by_kilometres_does_not_widen_them() -> None:
    houses = {key: (100 * (key % 10), 100 * (key // 10)) for key in range(100)}
    far = {200: (4000, 500), 201: (500, -6000)}
    ways = [[key, key + 1] for key in range(99)] + [[55, 200], [15, 201]]
    assert box_m(drawn(houses | far, ways)) == pytest.approx((0, 0, 900, 900), abs=100)


def test_without_bounds_a_small_drawing_is_all_inside() -> None:
    places = {1: (0, 0), 2: (400, 0), 3: (400, 300), 4: (50, 50)}
    assert box_m(drawn(places, [[1, 2], [2, 3]])) == (0, 0, 400, 300)
    assert box_m(drawn({1: (0, 0), 2: (3000, 0)}, [[1, 2]])) == (0, 0, 3000, 0)


@pytest.mark.parametrize("name", ["ajou-suwon", "tsinghua-beijing"])
def test_the_box_of_a_real_extract_is_found_again(name: str) -> None:
    data = read_osm(data_file(f"maps/{name}.osm"))
    found = likely_bounds(data.nodes, data.ways, data.relations)
    frame = frame_at(*data.bounds.centre)
    for sides in (("south_deg", "west_deg"), ("north_deg", "east_deg")):
        there = frame.to_mm(*(getattr(data.bounds, side) for side in sides))
        here = frame.to_mm(*(getattr(found, side) for side in sides))
        assert here == pytest.approx(there, abs=25_000)
