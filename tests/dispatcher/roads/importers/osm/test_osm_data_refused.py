# SPDX-License-Identifier: Apache-2.0
"""What is no extract, or too much of one, is refused in one sentence."""

import bz2
import gzip
import sys
from pathlib import Path
from typing import Any

import pytest

from dispatcher.cli import main as root
from dispatcher.roads.importers.osm.reading import collect, xml_reader
from dispatcher.roads.importers.osm.reading import read as osm_read
from dispatcher.roads.importers.osm.reading.data import (
    MapImportError,
)
from dispatcher.roads.importers.osm.reading.read import read_osm
from tests.dispatcher.roads.importers.osm.small_extract import (
    SMALL,
    as_pbf,
    read,
    refusal,
    written,
)


def test_without_osmium_a_pbf_names_the_extra_that_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, b"\0\0\0\x0d\x0a\x09OSMHeader", "x.osm.pbf")
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(ModuleNotFoundError):
        read_osm(path)
    words = ["map", "import", str(path), "-o", str(tmp_path / "x.geojson")]
    assert root.main(words) == root.EXIT_MISSING
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.endswith("needs the extra 'pbf': pip install 'drover-dispatch[pbf]'\n")
    assert printed.err.count("\n") == 1


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
        ('{"elements": []}', "x.osm: holds no OpenStreetMap node"),
        (gzip.compress(SMALL.encode(), mtime=0)[:-20], "x.osm: its packing is broken after"),
        (
            gzip.compress(SMALL.encode() * 99, mtime=0)[:60] + b"x" * 60,
            "x.osm: its packing is broken after",
        ),
        (bz2.compress(SMALL.encode())[:-20], "x.osm: its packing is broken after"),
        (gzip.compress(b"\0\0\0\x0d\x0a\x09OSMHeader", mtime=0), "x.osm:1: not whole XML"),
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
    monkeypatch.setattr(xml_reader, "MAX_IDLE_BYTES", 1_000_000)
    endless = gzip.compress(b"<osm>" + filler.encode() + b" " * 3_000_000)
    assert "MB without a new element" in refusal(tmp_path, endless)


@pytest.mark.parametrize(
    ("module", "limit", "value", "said"),
    [
        (osm_read, "MAX_FILE_BYTES", 100, "x.osm: larger than 0 MB: cut the campus out first"),
        (collect, "MAX_REFS_PER_WAY", 3, "way 11 has more than 3 nodes"),
        (collect, "MAX_TAGS_PER_ELEMENT", 0, "node 2 has more than 0 tags"),
        (collect, "MAX_MEMBERS_PER_RELATION", 1, "relation 20 has more than 1 members"),
        (collect, "LIMITS", {"node": 3, "way": 9}, "more than 3 nodes: cut the campus out"),
        (collect, "LIMITS", {"node": 9, "way": 1}, "more than 1 ways: cut the campus out"),
        (xml_reader, "MAX_PARTS", 2, "way 11 has more than 2 parts"),
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
