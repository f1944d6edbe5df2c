# SPDX-License-Identifier: Apache-2.0
"""The page of `dispatcher map show` in a real browser: it draws, tells, finds, and asks nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatcher.data_files import demo_campus_path
from dispatcher.roads.faults.fault_book import MapFault
from dispatcher.roads.graph import RoadGraph
from dispatcher.roads.show.page import campus_page
from dispatcher.roads.times.travel import UNREACHABLE, TravelTimes
from robot_agent.campus import parse_campus
from tests.browser.chromium import Browser, Page
from tests.dispatcher.roads.show.every_feature import CHINESE, HOSTILE, KOREAN, campus_bytes

pytestmark = pytest.mark.slow
COLOURS = """
(() => {
  const canvas = document.getElementById("map");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let i = 0; i < pixels.length; i += 4) {
    seen.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
  }
  return seen.size;
})()
"""
SPEED_MM_S = 4000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "every.html"
    path.write_text(campus_page(campus_bytes(), "every.geojson")[0], "utf-8")
    return path


@pytest.fixture
def page(browser: Browser, every: Path) -> Iterator[Page]:
    opened = browser.open(every)
    yield opened
    assert opened.said == []
    assert all(address.startswith("file:") for address in opened.requests)
    opened.leave()


def find(page: Page, words: str) -> None:
    page.run("document.getElementById('search').focus()")
    page.run("document.getElementById('search').value = ''")
    page.type(words)
    page.settle()
    page.press("Enter")
    page.settle()


def legend_row(layer: str) -> str:
    return f"document.querySelector('#legend input[data-layer=\"{layer}\"]')"


def test_it_draws_the_map_and_says_whose_it_is(page: Page) -> None:
    assert page.run(COLOURS) > 50
    assert page.text("#name") == HOSTILE
    assert "left-hand traffic" in page.text("#about")
    assert page.text("#short-credit") == "© nobody · CC0-1.0"


def test_names_that_attack_do_nothing(page: Page) -> None:
    find(page, "onerror")
    assert page.text("#card h3") == HOSTILE
    assert page.run("document.images.length") == 0


@pytest.mark.parametrize(
    ("words", "id_"), [(CHINESE, "dorm"), (KOREAN, "s-north"), ("E-WEST", "e-west")]
)
def test_search_finds_names_of_every_script_and_ids(page: Page, words: str, id_: str) -> None:
    find(page, words)
    assert id_ in page.text("#card")


def test_pointing_at_a_way_tells_its_facts(page: Page) -> None:
    find(page, "Main Avenue")
    page.press("Escape")
    tip = ""
    for step in range(60):
        page.point(700.0, 150.0 + 10 * step)
        tip = page.run("document.getElementById('tip').textContent")
        if "Main Avenue" in tip:
            break
    assert "Main Avenue" in tip
    assert "length 200 m" in tip
    assert "width 7.0 m" in tip


def test_what_is_pinned_tells_guesses_and_proposals(page: Page) -> None:
    find(page, "e-east")
    assert "a guess by its class" in page.text("#card")
    find(page, "w-corner")
    assert "proposed waiting place" in page.text("#card")
    find(page, "e-far")
    assert "1, 40 m from the rest" in page.text("#card")
    assert page.run("[...document.querySelectorAll('#card button')].map(b => b.textContent)")[
        1:3
    ] == [
        "Copy id",
        "Copy lat, lon",
    ]


def test_keys_alone_move_and_ask(page: Page) -> None:
    scale = page.text("#bar span")
    page.run("document.getElementById('map').focus()")
    for _ in range(4):
        page.press("+")
        page.settle()
    assert page.text("#bar span") != scale
    find(page, "hall")
    page.press("Escape")
    page.run("document.getElementById('map').focus()")
    page.press("Enter")
    assert page.run("!document.getElementById('card').hidden")


def test_a_layer_can_be_left_out(page: Page) -> None:
    before = page.picture()
    page.run(f"{legend_row('buildings')}.click()")
    page.settle()
    without = page.picture()
    page.run(f"{legend_row('buildings')}.click()")
    page.settle()
    assert without != before


@pytest.mark.parametrize("look", ["passing", "time"])
def test_roads_can_be_coloured_by_what_matters(page: Page, look: str) -> None:
    before = page.picture()
    page.run(f"document.querySelector('#looks input[value={look}]').click()")
    page.settle()
    assert page.picture() != before
    assert page.text("#scale-of-look")


def test_travel_times_are_those_of_the_dispatcher(page: Page) -> None:
    campus = parse_campus(campus_bytes(), "every.geojson")
    times = TravelTimes(RoadGraph.from_campus(campus), SPEED_MM_S)
    station = campus.places["st"]
    page.run("document.querySelector('#looks input[value=time]').click()")
    for place in campus.places.values():
        if place.node == station.node:
            continue
        find(page, place.id)
        ms = times.time_ms(station.node, place.node)
        assert ms != UNREACHABLE
        minutes, seconds = divmod((ms + 500) // 1000, 60)
        said = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        assert f"from {station.name}\n{said}" in page.text("#card dl")


def test_a_phone_gets_the_map_first_and_the_legend_on_demand(browser: Browser, every: Path) -> None:
    page = browser.open(every, 390, 844)
    assert page.run("document.getElementById('panel').offsetHeight") == 0
    page.run("document.getElementById('more').click()")
    assert page.run("document.getElementById('panel').offsetHeight") > 300
    assert page.run("document.documentElement.scrollWidth") == 390
    assert page.said == []
    page.leave()


def test_the_demo_campus_is_drawn_in_the_dark_too(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "lindenhof.html"
    path.write_text(campus_page(demo_campus_path().read_bytes(), "lindenhof")[0], "utf-8")
    dark, light = browser.open(path, dark=True), browser.open(path)
    assert dark.picture() != light.picture()
    assert dark.run(COLOURS) > 50
    assert dark.said == light.said == []


def test_a_link_with_an_id_opens_there(browser: Browser, every: Path) -> None:
    page = browser.open(every, fragment="s-north")
    assert page.text("#card h3") == KOREAN


SIDES = """
(() => {
  const canvas = document.getElementById("map");
  const pen = canvas.getContext("2d");
  const land = pen.getImageData(2, canvas.height / 2, 1, 1).data.join();
  const drawn = (x) => {
    const column = pen.getImageData(x, 130, 1, canvas.height - 200).data;
    for (let i = 0; i < column.length; i += 4) {
      if (column.slice(i, i + 4).join() !== land) return true;
    }
    return false;
  };
  const columns = [...Array(canvas.width).keys()].filter(drawn);
  return [columns[0], canvas.width - 1 - columns.at(-1)];
})()
"""


def test_a_window_that_turns_narrow_still_shows_the_whole_map(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "demo.html"
    path.write_text(campus_page(demo_campus_path().read_bytes(), "demo")[0], "utf-8")
    page = browser.open(path)
    narrow = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.ask("Emulation.setDeviceMetricsOverride", **narrow)
    page.settle()
    for layer in ("grounds", "labels"):  # what may stick out
        page.run(f"{legend_row(layer)}.click()")
    page.settle()
    left, right = page.run(SIDES)
    assert left >= 5
    assert right >= 5
    page.leave()


def test_gates_that_are_open_by_a_guess_are_marked(browser: Browser, tmp_path: Path) -> None:
    pictures = []
    for gate_from in ("guess", "seen"):
        text = (
            campus_bytes()
            .decode("utf-8")
            .replace('"gate":', f'"gate_from": "{gate_from}", "gate":')
        )
        path = tmp_path / f"{gate_from}.html"
        path.write_text(campus_page(text.encode("utf-8"), "every")[0], "utf-8")
        page = browser.open(path)
        pictures.append(page.picture())
        rows = page.text("#legend")
        assert ("passable? a guess" in rows) == (gate_from == "guess")
        assert page.said == []
        page.leave()
    assert pictures[0] != pictures[1]


def test_what_the_check_found_leads_to_its_place(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "sick.html"
    found = MapFault("trap", "error", "e-west", -33.8993, 151.2, 7, "there is no way back")
    path.write_text(campus_page(campus_bytes(), "every", (found,))[0], "utf-8")
    page = browser.open(path)
    assert page.text("#findings summary") == "1 error"
    before = page.picture()
    page.run("document.querySelector('#findings button').click()")
    page.settle()
    assert page.picture() != before
    assert "there is no way back" in page.text("#card")
    assert "e-west" in page.text("#card")
    assert page.said == []
