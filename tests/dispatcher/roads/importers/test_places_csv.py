# SPDX-License-Identifier: Apache-2.0
"""A table of places becomes a site without roads, or is refused line by line."""

from pathlib import Path

import pytest

from dispatcher.roads.from_campus import road_graph
from dispatcher.roads.importers.osm.reading.data import MapImportError
from dispatcher.roads.importers.places_csv import PlacesOptions, import_places
from dispatcher.roads.planar.planar_graph import MAX_PLACES
from dispatcher.roads.reach import reach_faults
from dispatcher.roads.site_roads import travel_times
from robot_agent.campus import Campus, parse_campus
from robot_agent.campus_frame import to_lat_lon

DEGREES = """id,kind,name,lat,lon
depot,station,Post office,40.0,116.0
d1,stop,Dorm 1,40.001,116.0
d2,,"Dorm 2, back",40.0,116.001
c1,charger,,40.0,116.0002
"""


def imported(tmp_path: Path, text: str | bytes, options: PlacesOptions | None = None) -> Campus:
    path = tmp_path / "places.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return parse_campus(import_places(path, options), "map")


def refusal(tmp_path: Path, text: str | bytes, options: PlacesOptions | None = None) -> str:
    with pytest.raises(MapImportError) as caught:
        imported(tmp_path, text, options)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_places_in_degrees_become_a_plain_site(tmp_path: Path) -> None:
    campus = imported(tmp_path, DEGREES, PlacesOptions(speed_mps=3, detour_pct=120))
    assert campus.site.planar
    assert (campus.site.speed_mm_s, campus.site.detour_pct) == (3_000, 120)
    assert {place.id: place.role for place in campus.places.values()} == {
        "c1": "charger",
        "d1": "stop",
        "d2": "stop",
        "depot": "station",
    }
    assert campus.places["d2"].name == "Dorm 2, back"
    graph = road_graph(campus)
    assert reach_faults(graph) == []
    # A thousandth of a degree of latitude at 40 degrees is 111.03 m.
    assert travel_times(graph, 9_000).length_mm("depot", "d1") == pytest.approx(133_240, abs=30)


def test_the_time_zone_is_the_one_at_the_place_or_as_asked(tmp_path: Path) -> None:
    assert imported(tmp_path, DEGREES).site.timezone == "Asia/Shanghai"
    asked = PlacesOptions(timezone="Europe/Berlin", site_id="here")
    site = imported(tmp_path, DEGREES, asked).site
    assert (site.timezone, site.id) == ("Europe/Berlin", "here")
    assert "time zone: " in refusal(tmp_path, DEGREES, PlacesOptions(timezone="Mars/Base"))


def test_metres_keep_their_distances_wherever_their_origin_is(tmp_path: Path) -> None:
    text = "id;x_m;y_m;kind\na;500000;5400000;station\nb;500300;5400400;stop\n"
    campus = imported(tmp_path, text, PlacesOptions(detour_pct=100))
    assert travel_times(road_graph(campus), 1_000).length_mm("a", "b") == pytest.approx(
        500_000, abs=20
    )
    assert campus.site.timezone == "UTC"


def test_metres_with_an_origin_lie_on_the_globe(tmp_path: Path) -> None:
    text = "id\tx\ty\na\t0\t0\nb\t1000\t0\n"
    campus = imported(tmp_path, text, PlacesOptions(origin=(48.0, 11.0)))
    place = campus.places["a"]
    assert to_lat_lon(campus.site, place.x_mm, place.y_mm) == pytest.approx((48.0, 11.0))
    assert campus.site.timezone == "Europe/Berlin"


def test_the_order_of_rows_makes_no_difference(tmp_path: Path) -> None:
    head, *rows = DEGREES.splitlines(keepends=True)
    turned = imported(tmp_path, "".join([head, *reversed(rows)]))
    assert turned.digest == imported(tmp_path, DEGREES).digest


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    text = (
        "id,kind,lat,lon\na,dorm,40,116\nb,stop,nan,116\n\nb,stop,95,116\n,stop,40,x\nc,stop,40\n"
    )
    assert refusal(tmp_path, text).splitlines() == [
        "places.csv:2: kind: 'dorm' is not one of stop, station, charger, parking",
        "places.csv:3: lat: 'nan' is no number such as 12.5",
        "places.csv:5: lat: 95 is not within 90 either way",
        "places.csv:5: id: 'b' is taken by line 3",
        "places.csv:6: id: '' is not 1 to 64 characters without ~",
        "places.csv:6: lon: 'x' is no number such as 12.5",
        "places.csv:7: 3 cells where the header has 4",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "places.csv:1: column id is missing"),
        (b"id,lat\na,1\n", "places.csv:1: needs either the columns lat and lon, or x_m and y_m"),
        (b"id,lat,lon,x_m,y_m\n", "places.csv:1: needs either the columns"),
        (b"id,id,lat,lon\n", "places.csv:1: column id is there twice"),
        (b"id,lat,lon\n", "places.csv:1: there is no place in the table"),
        (b"id,lat,lon\na,\xff,1\n", "places.csv:2: not UTF-8 text"),
        (b'id,lat,lon\na,"1,1\n', "is no table"),
        (b"id,slots,lat,lon\na,0,1,1\n", "places.csv:2: slots: '0' is not a whole number"),
        (b"id,lat,lon\na,1,1\nb,2,2\n", "places.csv:2: a is more than 50 km from the origin"),
        (b"id,lat,lon\nsite,1,1\n", "places.csv:2: id: 'site' is the site's own"),
        (b"id,x_m,y_m\na,0,-1e300\n", "places.csv:2: y_m: -1e+300 is not within 100,000,000"),
        (b"id,x_m,y_m\na,0,0\nb,1e400,2\n", "places.csv:3: x_m: '1e400' is no number"),
        (b"x" * 4_000_001, "places.csv: larger than 4 MB"),
        (
            b"id,lat,lon\n" + b"".join(b"p%d,1,1\n" % n for n in range(MAX_PLACES + 1)),
            f"places.csv:{MAX_PLACES + 2}: more than {MAX_PLACES:,} places",
        ),
    ],
)
def test_what_is_no_table_of_places_is_refused(tmp_path: Path, text: bytes, why: str) -> None:
    assert why in refusal(tmp_path, text)


def test_senseless_options_and_missing_files_are_refused(tmp_path: Path) -> None:
    assert "speed of 0 m/s" in refusal(tmp_path, DEGREES, PlacesOptions(speed_mps=0))
    assert "detour of 99 per cent" in refusal(tmp_path, DEGREES, PlacesOptions(detour_pct=99))
    with pytest.raises(MapImportError, match="cannot be read"):
        import_places(tmp_path / "no.csv")
