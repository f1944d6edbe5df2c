# SPDX-License-Identifier: Apache-2.0
"""Reading extracts of each kind, and refusing what is none."""

import bz2
import gzip
import random
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dispatcher.cli import main as root
from dispatcher.roads.importers import osm_collect, osm_read, osm_xml
from dispatcher.roads.importers.clip import read_clip
from dispatcher.roads.importers.datum import gcj02_from_wgs84
from dispatcher.roads.importers.osm_collect import Collector
from dispatcher.roads.importers.osm_data import (
    Bounds,
    MapImportError,
    OsmData,
    OsmMember,
    OsmNode,
)
from dispatcher.roads.importers.osm_extent import likely_bounds
from dispatcher.roads.importers.osm_read import read_osm
from dispatcher.roads.importers.osm_station import asked_spot
from robot_agent.campus_frame import frame_at
from tests.data_sets import data_file

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


def test_without_osmium_a_pbf_names_the_extra_that_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"\0\0\0\x0d\x0a\x09OSMHeader", "x.osm.pbf")
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(ModuleNotFoundError):
        read_osm(path)
    words = ["map", "import", str(path), "-o", str(tmp_path / "x.geojson")]
    with pytest.raises(SystemExit) as left:
        root.main(words)
    assert left.value.code == root.EXIT_MISSING
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.endswith("needs the extra 'pbf': pip install 'drover-dispatch[pbf]'\n")
    assert printed.err.count("\n") == 1


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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "x.osm: is empty"),
        ("roads", "x.osm:1: not whole XML: syntax error"),
        ("<html>\n<body/></html>", "x.osm:1: not OpenStreetMap data: the file begins with <html>"),
        (SMALL[:-7], "x.osm:11: not whole XML: no element found"),
        (SMALL[:300], "x.osm:6: not whole XML: unclosed token"),
        ("<osm/>", "x.osm: holds no OpenStreetMap node"),
        ("<osm>\n<node id='1' lat='nan' lon='0'/></osm>", "x.osm:2: not OpenStreetMap data: lat"),
        ("<osm><node id='1' lat='0' lon='-inf'/></osm>", "lon is '-inf' in node 1"),
        ("<osm><node id='1' lat='0' lon='1e300'/></osm>", "lon is '1e+300' in node 1"),
        ("<osm><node id='1' lat='91' lon='0'/></osm>", "lat is '91' in node 1"),
        ("<osm><node id='1' lat='N' lon='0'/></osm>", "lat is 'N' in node 1, which is no number"),
        ("<osm><node id='1'/></osm>", "node 1 has no lat"),
        ("<osm><node lat='0' lon='0'/></osm>", "a node has no id"),
        ("<osm><node id='1.5' lat='0' lon='0'/></osm>", "id is '1.5' in a node"),
        ("<osm><node id='9223372036854775808' lat='0' lon='0'/></osm>", "which is no id"),
        (f"<osm><node id='{'9' * 5000}' lat='0' lon='0'/></osm>", "which is no whole number"),
        ("<osm><way id='1'><nd/></way></osm>", "a nd of way 1 has no ref"),
        ("<osm><way id='1'><nd ref='x'/></way></osm>", "ref is 'x' in a nd of way 1"),
        ("<osm><way id='1'><tag k='x'/></way></osm>", "a tag of way 1 has no v"),
        ("<osm><way id='1'><node id='2'/></way></osm>", "a node inside way 1"),
        ("<osm><relation id='1'><member ref='2'/></relation></osm>", "member of relation 1 has no"),
        ("<osm><bounds minlat='1'/></osm>", "bounds has no minlon"),
        (
            "<osm><bounds minlat='1' minlon='1' maxlat='0' maxlon='2'/></osm>",
            "the bounds' south-west corner is not south-west of the other",
        ),
        ("<osm>" + "<a>" * 50, "elements in each other more than 12 deep"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><osm/>", "its encoding is ISO-8859-1, not"),
        ("<?xml version='1.0' encoding='rot13'?><osm/>", "its encoding is rot13, not UTF-8"),
        (b"<osm>\xff</osm>", "x.osm:1: not whole XML: not well-formed (invalid token)"),
        (b"PK\x03\x04....", "x.osm: is a ZIP file: unpack it first"),
        ('{"elements": []}', "x.osm: is JSON, not OpenStreetMap XML"),
        (gzip.compress(SMALL.encode())[:-20], "x.osm: its packing is broken after"),
        (gzip.compress(SMALL.encode() * 99)[:60] + b"x" * 60, "x.osm: its packing is broken after"),
        (bz2.compress(SMALL.encode())[:-20], "x.osm: its packing is broken after"),
        (gzip.compress(b"\0\0\0\x0d\x0a\x09OSMHeader"), "x.osm:1: not whole XML"),
    ],
)
def test_a_file_that_is_no_extract_is_refused(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    assert said in refusal(tmp_path, content)


def test_a_pbf_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    pbf = as_pbf(read(tmp_path, SMALL), tmp_path / "small.osm.pbf")
    assert "x.osm.pbf: not whole PBF: " in refusal(tmp_path, pbf[:-30], "x.osm.pbf")
    assert "x.osm.pbf: not whole PBF: " in refusal(tmp_path, pbf[:40], "x.osm.pbf")
    begun = refusal(tmp_path, b"\0\0\0\x0dxyz", "x.osm.pbf")
    assert begun == "x.osm.pbf: not whole PBF: it does not begin with an OSMHeader"


def test_a_bomb_of_entities_is_refused_before_it_goes_off(tmp_path: Path) -> None:
    levels = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12)]
    bomb = '<!DOCTYPE osm [<!ENTITY e0 "lol">' + "".join(levels) + "]><osm>&e11;</osm>"
    assert refusal(tmp_path, bomb) == (
        "x.osm:1: not OpenStreetMap data: it declares a DOCTYPE (osm), which no extract needs"
    )
    outside = '<!DOCTYPE osm SYSTEM "file:///etc/passwd"><osm/>'
    assert "declares a DOCTYPE" in refusal(tmp_path, outside)


def test_a_bomb_of_gzip_is_stopped_at_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(b"<osm>" + b"<a/>" * 2_000_000)
    assert len(bomb) < 100_000
    monkeypatch.setattr(osm_read, "MAX_UNPACKED_BYTES", 1_000_000)
    assert refusal(tmp_path, bomb) == "x.osm: unpacks to more than 1,000,000 bytes"


@pytest.mark.parametrize("filler", [" ", "<!--", "<node id='", "<a>text "])
def test_endless_nothing_is_stopped(
    tmp_path: Path, filler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(osm_xml, "MAX_IDLE_BYTES", 1_000_000)
    endless = gzip.compress(b"<osm>" + filler.encode() + b" " * 3_000_000)
    assert "MB without a new element" in refusal(tmp_path, endless)


@pytest.mark.parametrize(
    ("module", "limit", "value", "said"),
    [
        (osm_read, "MAX_FILE_BYTES", 100, "x.osm: larger than 0 MB: cut the campus out first"),
        (osm_collect, "MAX_REFS_PER_WAY", 3, "way 11 has more than 3 nodes"),
        (osm_collect, "MAX_TAGS_PER_ELEMENT", 0, "node 2 has more than 0 tags"),
        (osm_collect, "MAX_MEMBERS_PER_RELATION", 1, "relation 20 has more than 1 members"),
        (osm_collect, "LIMITS", {"node": 3, "way": 9}, "more than 3 nodes: cut the campus out"),
        (osm_collect, "LIMITS", {"node": 9, "way": 1}, "more than 1 ways: cut the campus out"),
        (osm_xml, "MAX_PARTS", 2, "way 11 has more than 2 parts"),
    ],
)
def test_each_limit_is_said_where_it_is_met(
    tmp_path: Path,
    module: Any,
    limit: str,
    value: object,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, limit, value)
    assert said in refusal(tmp_path, SMALL)


def test_a_folder_or_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MapImportError, match=r"cannot be read: Is a directory"):
        read_osm(tmp_path)
    with pytest.raises(MapImportError, match=r"none.osm: cannot be read: No such file"):
        read_osm(tmp_path / "none.osm")


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
    return osm_xml.read_xml(Path("drawn"), [f"<osm>{text}</osm>".encode()])


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
