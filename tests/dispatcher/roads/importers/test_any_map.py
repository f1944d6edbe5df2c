# SPDX-License-Identifier: Apache-2.0
"""Whatever map a person has: its content tells what it is, and what cannot be read is said."""

import gzip
from pathlib import Path

import pytest

from dispatcher.roads.importers.any_map import import_any, kind_of
from dispatcher.roads.importers.import_options import ImportOptions, read_place
from dispatcher.roads.importers.osm.reading.data import MapImportError
from robot_agent.campus import parse_campus
from tests.dispatcher.roads.importers.osm.extract_file import street


def written(tmp_path: Path, content: str | bytes, name: str = "map.dat") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(MapImportError) as caught:
        import_any(path, ImportOptions())
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(f"{path}", "map")


def test_an_extract_is_known_by_its_content_packed_or_not(tmp_path: Path) -> None:
    text = street().text()
    plain = import_any(written(tmp_path, text), ImportOptions(site_id="a"))
    packed = import_any(written(tmp_path, gzip.compress(text.encode())), ImportOptions(site_id="a"))
    assert plain.campus_text == packed.campus_text
    assert kind_of(written(tmp_path, b"\x00\x00\x00\x0d\x0a\x09OSMHeader")) == "OpenStreetMap"


def test_a_map_of_ours_is_written_again_line_by_line(tmp_path: Path) -> None:
    text = import_any(written(tmp_path, street().text()), ImportOptions()).campus_text
    lines = text.splitlines()[1:-1]
    loose = '{"features": [' + "".join(line.rstrip(",") + "," for line in reversed(lines))
    path = written(tmp_path, loose.rstrip(",") + '], "type": "FeatureCollection"}')
    result = import_any(path, ImportOptions())
    assert result.campus_text == text
    assert (result.report.source_format, result.report.stops) == ("campus map", 1)
    assert result.report.warnings == []


def test_options_that_do_nothing_are_said(tmp_path: Path) -> None:
    text = import_any(written(tmp_path, street().text()), ImportOptions()).campus_text
    options = ImportOptions(station="Nord 1", site_id="b", private=True)
    (warning,) = import_any(written(tmp_path, text), options).report.warnings
    assert warning.endswith("--station, --site, --private")


def test_a_table_of_places_becomes_a_site_without_roads(tmp_path: Path) -> None:
    table = "id,kind,lat,lon\ndepot,station,40.0,116.0\nd1,stop,40.001,116.0\n"
    result = import_any(written(tmp_path, table), ImportOptions(site_id="plain"))
    campus = parse_campus(result.campus_text, "plain")
    assert (campus.site.planar, campus.site.id) == (True, "plain")
    assert result.report.stops == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "map: is empty; what can be read: OpenStreetMap extracts (.osm"),
        ("  \n", "map: is empty"),
        (b"\x89PNG\r\n\x1a\n", "map: is no map of a kind that is known"),
        ("hello, world", "map: is no map of a kind that is known"),
        ("{", "map:1: not JSON: Expecting property name"),
        ('{"a": 1}', "map: is JSON but no map; what can be read"),
        ("[1, 2]", "map: is JSON but no map"),
        ('{"version": 0.6, "elements": []}', "map: holds no OpenStreetMap node"),
        (
            '{"elements": [{"type": "node", "id": 1}]}',
            "not OpenStreetMap JSON: Object missing",
        ),
        (
            '{"elements": [], "remark": "runtime error: time"}',
            "the server broke off: runtime",
        ),
        ("<gpx></gpx>", "gpx"),
        ("<svg>", "map"),
        ('{"type": "FeatureCollection", "features": []}', "map:1: the FeatureCollection is empty"),
        (
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}}]}',
            "dispatcher map check map names every fault, map fix mends what can be mended",
        ),
        ("[" * 100_000, "map:1: not JSON that can be read"),
    ],
)
def test_what_is_no_map_is_said_in_one_sentence(
    content: str | bytes, said: str, tmp_path: Path
) -> None:
    assert said in refusal(written(tmp_path, content))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.osm") == "map: cannot be read: No such file or directory"


def test_a_place_is_a_latitude_and_a_longitude() -> None:
    assert read_place("40.0035, 116.3264") == (40.0035, 116.3264)
    for text in ("116.3,40.0", "40", "a,b", "40,190", "91,0"):
        with pytest.raises(MapImportError, match="no LAT,LON in degrees"):
            read_place(text)
