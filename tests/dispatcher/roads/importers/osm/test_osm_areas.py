# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable
from itertools import permutations

import pytest
import shapely

from dispatcher.roads.importers.osm.reading.areas import Area, areas_and_broken, areas_of
from dispatcher.roads.importers.osm.reading.data import (
    Bounds,
    OsmData,
    OsmMember,
    OsmNode,
    OsmRelation,
    OsmWay,
    Tags,
)
from dispatcher.roads.importers.osm.reading.read import read_osm
from robot_agent.campus_frame import frame_at
from tests.data_sets import data_file

FRAME = frame_at(50.0, 10.0)
HOUSE = {"building": "dormitory", "name": "Hof"}


def drawing() -> OsmData:
    """A grid of nodes 10 m apart: node 100 * y + x stands x east and y north, in tens of metres."""
    data = OsmData({}, {}, {}, Bounds(49.9, 9.9, 50.1, 10.1), "")
    for y in range(10):
        for x in range(10):
            lat, lon = 50 + y * 10_000 / FRAME.y_mm_per_deg, 10 + x * 10_000 / FRAME.x_mm_per_deg
            data.nodes[100 * y + x] = OsmNode(lat, lon, {})
    return data


def way(data: OsmData, key: int, refs: Iterable[int], **tags: str) -> int:
    data.ways[key] = OsmWay(key, tuple(refs), tags)
    return key


def multipolygon(data: OsmData, key: int, tags: Tags, **roles: Iterable[int]) -> None:
    members = [
        OsmMember("way", ref, role.removesuffix("_"))
        for role, refs in roles.items()
        for ref in refs
    ]
    tags = {"type": "multipolygon", **tags}
    data.relations[key] = OsmRelation(key, tags, tuple(members))


def square_m(area: Area) -> int:
    return round(area.polygon(FRAME).area / 1_000_000)


def test_a_closed_way_is_an_area() -> None:
    data = drawing()
    way(data, 1, [0, 2, 202, 200, 0], **HOUSE)
    (area,) = areas_of(data, "building")
    assert (area.id, area.tags["name"], square_m(area)) == ("w1", "Hof", 400)
    assert area.parts[0].outer.refs == (0, 2, 202, 200, 0)


def test_a_line_that_comes_back_to_its_start_is_no_area() -> None:
    data = drawing()
    way(data, 1, [0, 2, 202, 200, 0], highway="service")
    way(data, 2, [0, 2, 202, 200, 0], highway="pedestrian", area="yes")
    way(data, 3, [0, 2, 202, 200, 0], building="yes", area="no")
    way(data, 4, [0, 2, 202, 200, 0], building="no")
    way(data, 5, [0, 2, 202, 200], building="yes")
    assert [area.id for area in areas_of(data, "highway")] == ["w2"]
    assert areas_of(data, "building") == []


def courtyard(data: OsmData) -> None:
    """A house of 50 m by 50 m of three open ways, with a court of 10 m by 10 m of two."""
    way(data, 1, [0, 5, 505])
    way(data, 2, [500, 505])
    way(data, 3, [500, 0])
    way(data, 4, [101, 102, 202])
    way(data, 5, [101, 201, 202])
    multipolygon(data, 9, HOUSE, outer=[1, 2, 3], inner=[4, 5])


def test_open_ways_are_chained_and_inner_rings_are_holes() -> None:
    data = drawing()
    courtyard(data)
    (area,) = areas_of(data, "building")
    assert (area.id, area.tags["name"], square_m(area)) == ("r9", "Hof", 2500 - 100)
    assert [len(part.holes) for part in area.parts] == [1]


def test_the_order_of_the_file_does_not_tell() -> None:
    seen = set()
    for order in permutations([1, 2, 3, 4, 5]):
        data = drawing()
        courtyard(data)
        data.ways = {key: data.ways[key] for key in order}
        members = data.relations[9].members
        shuffled = tuple(members[key - 1] for key in order)
        data.relations[9] = OsmRelation(9, data.relations[9].tags, shuffled)
        seen.add(repr(areas_of(data, "building")))
    assert len(seen) == 1


def test_roles_that_are_wrong_do_not_fill_the_court() -> None:
    data = drawing()
    way(data, 1, [0, 5, 505, 500, 0])
    way(data, 2, [101, 102, 202, 201, 101])
    multipolygon(data, 9, HOUSE, outer=[1, 2])
    assert [square_m(area) for area in areas_of(data, "building")] == [2400]


def test_a_house_in_the_court_is_land_again() -> None:
    data = drawing()
    way(data, 1, [0, 5, 505, 500, 0])
    way(data, 2, [101, 104, 404, 401, 101])
    way(data, 3, [202, 203, 303, 302, 202])
    multipolygon(data, 9, HOUSE, outer=[1, 3], inner=[2])
    (area,) = areas_of(data, "building")
    assert square_m(area) == 2500 - 900 + 100
    assert isinstance(area.polygon(FRAME), shapely.MultiPolygon)


def test_rings_that_touch_in_a_node_are_told_apart() -> None:
    data = drawing()
    way(data, 1, [202, 0, 2])
    way(data, 2, [2, 202])
    way(data, 3, [202, 204, 404])
    way(data, 4, [404, 202])
    multipolygon(data, 9, HOUSE, outer=[1, 2, 3, 4])
    (area,) = areas_of(data, "building")
    assert [len(part.outer.refs) for part in area.parts] == [4, 4]
    assert square_m(area) == 400


def test_the_old_style_takes_its_tags_from_the_outer_way() -> None:
    data = drawing()
    way(data, 1, [0, 5, 505, 500, 0], **HOUSE)
    way(data, 2, [101, 102, 202, 201, 101])
    multipolygon(data, 9, {"source": "survey"}, outer=[1], inner=[2])
    (area,) = areas_of(data, "building")
    assert (area.id, area.tags["name"], square_m(area)) == ("r9", "Hof", 2400)


def test_an_outline_tagged_like_its_relation_is_no_second_house() -> None:
    data = drawing()
    way(data, 1, [0, 5, 505, 500, 0], building="yes")
    way(data, 2, [202, 203, 303, 302, 202], building="shed")
    multipolygon(data, 9, HOUSE, outer=[1], inner=[2])
    assert [area.id for area in areas_of(data, "building")] == ["w2", "r9"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: data.ways.pop(2), "1 of 5 ways are not in the file (w2)"),
        (lambda data: data.nodes.pop(505), "node 505 is not in the file"),
        (lambda data: way(data, 2, [500, 504]), "its outline is open at node 505"),
        (lambda data: way(data, 4, [101, 102]), "its outline is open at node 102"),
        (lambda data: way(data, 2, []), "its outline is open at node 505"),
        (
            lambda data: multipolygon(data, 9, HOUSE, inner=[1, 2, 3]),
            "no outer way",
        ),
    ],
)
def test_what_cannot_be_put_together_is_told(spoil: object, why: str) -> None:
    data = drawing()
    courtyard(data)
    spoil(data)  # type: ignore[operator]
    areas, broken = areas_and_broken(data, "building")
    assert areas == []
    assert [(one.id, one.tags["name"]) for one in broken] == [("r9", "Hof")]
    assert broken[0].why.startswith(why)


def test_a_broken_relation_leaves_its_closed_outline_standing() -> None:
    data = drawing()
    way(data, 1, [0, 5, 505, 500, 0], building="yes")
    multipolygon(data, 9, HOUSE, outer=[1], inner=[77])
    areas, broken = areas_and_broken(data, "building")
    assert ([area.id for area in areas], [one.id for one in broken]) == (["w1"], ["r9"])


def test_an_outline_without_an_inside_is_broken_and_a_crossed_one_is_mended() -> None:
    data = drawing()
    way(data, 1, [0, 2, 4, 0], **HOUSE)
    way(data, 2, [0, 202, 2, 300, 0], **HOUSE)
    areas, broken = areas_and_broken(data, "building")
    assert [(one.id, one.why) for one in broken] == [("w1", "it has no inside")]
    assert areas[0].polygon(FRAME).is_valid
    assert areas[0].polygon(FRAME).area > 0


@pytest.mark.parametrize(
    ("name", "ways", "relations"), [("ajou-suwon", 230, 2), ("tsinghua-beijing", 520, 1)]
)
def test_every_building_of_a_real_campus_is_whole(name: str, ways: int, relations: int) -> None:
    data = read_osm(data_file(f"maps/{name}.osm"))
    areas, broken = areas_and_broken(data, "building")
    assert broken == []
    assert sum(area.id.startswith("w") for area in areas) == ways
    assert sum(area.id.startswith("r") for area in areas) == relations
    assert all(part.holes for area in areas if area.id[0] == "r" for part in area.parts)
