# SPDX-License-Identifier: Apache-2.0
"""Reading extracts of each kind."""

import bz2
import gzip
import random
from pathlib import Path

import pytest

from dispatcher.roads.importers.osm.reading.data import (
    Bounds,
    OsmMember,
    OsmNode,
)
from dispatcher.roads.importers.osm.reading.read import read_osm
from tests.data_sets import data_file
from tests.dispatcher.roads.importers.osm.small_extract import (
    BOUNDS,
    ELEMENTS,
    HEAD,
    SMALL,
    as_pbf,
    read,
    refusal,
)


def test_what_stands_in_the_file_is_read(tmp_path: Path) -> None:
    data = read(tmp_path, SMALL)
    assert data.bounds == Bounds(50, 10, 50.01, 10.02)
    assert data.nodes[3] == OsmNode(50.0041234, 10.005, {"name": "Süd & 南"})
    assert data.ways[11].refs == (1, 2, 3, 1)
    assert data.ways[11].closed
    assert data.relations[20].members == (
        OsmMember("way", 11, "outer"),
        OsmMember("node", 2, ""),
    )
    assert -4 in data.nodes
    assert data.notes == {}


def test_the_same_extract_is_the_same_in_each_kind_of_file(tmp_path: Path) -> None:
    plain = read(tmp_path, SMALL)
    pbf = as_pbf(plain, tmp_path / "small.osm.pbf")
    kinds = [
        read(tmp_path, gzip.compress(SMALL.encode()), "x.osm.gz"),
        read(tmp_path, bz2.compress(SMALL.encode()), "x.osm.bz2"),
        read(tmp_path, pbf, "x.osm.pbf"),
        read(tmp_path, b"\xef\xbb\xbf" + SMALL.encode()),
    ]
    assert [one == plain for one in kinds] == [True] * 4


def test_the_kind_is_seen_from_the_content_whatever_the_name_says(tmp_path: Path) -> None:
    plain = read(tmp_path, SMALL)
    pbf = as_pbf(plain, tmp_path / "small.osm.pbf")
    assert read(tmp_path, pbf, "y.osm") == plain
    assert read(tmp_path, SMALL, "y.osm.pbf") == plain
    assert read(tmp_path, gzip.compress(SMALL.encode()), "y.xml") == plain


def test_the_order_of_the_file_does_not_tell(tmp_path: Path) -> None:
    seen = set()
    for seed in range(5):
        elements = ELEMENTS.copy()
        random.Random(seed).shuffle(elements)
        data = read(tmp_path, HEAD + BOUNDS + "".join(elements) + "</osm>")
        assert data == read(tmp_path, SMALL)
        seen.add(data.sha256)
    assert len(seen) == 1
    assert read(tmp_path, SMALL.replace("service", "track")).sha256 not in seen


def test_what_an_editor_marked_as_deleted_is_left_out(tmp_path: Path) -> None:
    josm = (
        "<node id='-9' action='modify' lat='50' lon='10'/>"
        "<node id='5' action='delete' lat='50' lon='10'/>"
        "<node id='6' visible='false' version='3'/>"
        "<way id='-12' action='delete'><nd ref='1' lat='1' lon='1'/></way>"
    )
    data = read(tmp_path, SMALL.replace("</osm>", josm + "</osm>"))
    assert sorted(data.nodes) == [-9, -4, 1, 2, 3]
    assert sorted(data.ways) == [10, 11]
    assert data.notes == {"deleted elements": 3}


def test_a_change_file_gives_what_it_makes_and_not_what_it_deletes(tmp_path: Path) -> None:
    change = (
        "<osmChange version='0.6'><create><node id='1' lat='50' lon='10'/></create>"
        "<modify><node id='2' lat='50' lon='10'/></modify>"
        "<delete><node id='3' lat='50' lon='10'/><node id='4'/></delete></osmChange>"
    )
    data = read(tmp_path, change)
    assert sorted(data.nodes) == [1, 2]
    assert data.notes["deleted elements"] == 2


def test_overpass_may_give_places_with_the_ways(tmp_path: Path) -> None:
    geometry = (
        "<osm><note>by Overpass</note><meta osm_base='2026-01-01T00:00:00Z'/>"
        "<way id='7'><bounds minlat='1' minlon='1' maxlat='2' maxlon='2'/>"
        "<nd ref='1' lat='50.1' lon='10.1'/><nd ref='2' lat='50.2' lon='10.2'/><nd ref='3'/></way>"
        "<way id='8'><center lat='50.1' lon='10.1'/><tag k='name' v='x'/></way>"
        "<relation id='9'><member type='way' ref='7' role=''><nd lat='50' lon='10'/></member>"
        "</relation><node id='2' lat='50.3' lon='10.2'><tag k='a' v='b'/></node></osm>"
    )
    data = read(tmp_path, geometry)
    assert data.nodes == {1: OsmNode(50.1, 10.1, {}), 2: OsmNode(50.3, 10.2, {"a": "b"})}
    assert data.notes["ways with nodes that the file lacks"] == 1
    assert data.notes["ways of fewer than two nodes"] == 1
    assert data.bounds.south_deg == 50.1


def test_an_answer_that_the_server_broke_off_is_refused(tmp_path: Path) -> None:
    remark = "<remark> runtime error:\nQuery timed out </remark></osm>"
    said = refusal(tmp_path, SMALL.replace("</osm>", remark))
    assert said.endswith("the server broke off: runtime error: Query timed out")


def test_the_newer_of_two_versions_holds_whatever_their_order(tmp_path: Path) -> None:
    old, new = (f"<node id='8' version='{v}' lat='{50 + v}' lon='10'/>" for v in (1, 2))
    for pair in (old + new, new + old, old + new + new, new + old + new):
        data = read(tmp_path, f"<osm>{pair}</osm>")
        assert data.nodes[8].lat_deg == 52
        assert data.notes["nodes given twice"] >= 1


def test_two_that_differ_and_do_not_say_which_is_newer_are_refused(tmp_path: Path) -> None:
    twice = SMALL.replace("</osm>", "<node id='1' lat='50.001' lon='10.001'/></osm>")
    assert read(tmp_path, twice).notes == {"nodes given twice": 1}
    differ = SMALL.replace("</osm>", "<node id='1' lat='50.002' lon='10.001'/></osm>")
    assert "x.osm:11: not OpenStreetMap data: node 1 is there twice" in refusal(tmp_path, differ)


def test_a_real_pbf_is_read(tmp_path: Path) -> None:
    pytest.importorskip("osmium", reason="not run: needs the extra pbf")
    data = read_osm(data_file("maps/heidelberg.osm.pbf"))
    assert (len(data.nodes), len(data.ways), len(data.relations)) == (59229, 10253, 708)
    assert data.bounds.centre == pytest.approx((49.4125, 8.69), abs=5e-4)


@pytest.mark.parametrize("name", ["ajou-suwon", "tsinghua-beijing"])
def test_a_real_extract_is_the_same_as_pbf(tmp_path: Path, name: str) -> None:
    plain = read_osm(data_file(f"maps/{name}.osm"))
    pbf = as_pbf(plain, tmp_path / "real.osm.pbf")
    assert read(tmp_path, pbf, "y.osm.pbf") == plain
