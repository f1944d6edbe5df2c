# SPDX-License-Identifier: Apache-2.0
from pathlib import Path
from typing import Any

import pytest

from robot_agent.campus import read_campus
from robot_agent.core.spec import RobotSpec
from robot_agent.drivers.base import DriverError, Setup
from robot_agent.drivers.loading import load_driver
from robot_agent.service.ground import ground_of
from tests.project.source_tree import ROOT

MAP = ROOT / "maps" / "lindenhof" / "campus.geojson"


@pytest.fixture(scope="module")
def campus() -> Any:
    return read_campus(MAP)


def setup(campus: Any, folder: Path, **options: Any) -> Setup:
    spec = RobotSpec(
        manufacturer="acme",
        serial="R1",
        compartments=("S1",),
        robot_keys=(b"k" * 32,),
        ground=ground_of(campus),
    )
    return Setup(spec=spec, campus=campus, now_ms=lambda: 1_000, folder=folder, options=options)


@pytest.mark.parametrize("name", ["emulated", "emulated-base", "lines://127.0.0.1:9000"])
async def test_each_of_our_drivers_is_had_by_its_name(
    campus: Any, tmp_path: Path, name: str
) -> None:
    driver = load_driver(name, setup(campus, tmp_path))
    assert isinstance(driver.progress, tuple)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("warp", "is none of emulated"),
        ("lines://host", "is not lines://HOST:PORT"),
        ("lines", "is none of"),
        ("no.such.module:make", "cannot be imported"),
        ("json:nothing", "has no function 'nothing'"),
        ("builtins:repr", "has no method run"),
    ],
)
async def test_a_name_that_leads_nowhere_is_one_sentence(
    campus: Any, tmp_path: Path, name: str, words: str
) -> None:
    with pytest.raises(DriverError, match=words):
        load_driver(name, setup(campus, tmp_path))


async def test_a_factory_that_raises_is_one_sentence(
    campus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme_bodies.py").write_text("def make(setup):\n    return 1 // 0\n")
    (tmp_path / "acme_broken.py").write_text("def make(setup:\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DriverError, match="its factory raised ZeroDivisionError: integer division"):
        load_driver("acme_bodies:make", setup(campus, tmp_path))
    with pytest.raises(DriverError, match="cannot be imported: SyntaxError"):
        load_driver("acme_broken:make", setup(campus, tmp_path))


async def test_a_wrong_option_names_itself_and_what_is_allowed(campus: Any, tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="no_show_pct = 101 is not a whole number from 0 to 100"):
        load_driver("emulated", setup(campus, tmp_path, no_show_pct=101))
    with pytest.raises(DriverError, match="start = 'moon' is no place or node"):
        load_driver("emulated", setup(campus, tmp_path, start="moon"))
