# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from robot_agent.campus import read_campus
from robot_agent.service import assembly
from robot_agent.service.assembly import spec_of, state_folder
from robot_agent.service.config import ConfigError
from robot_agent.service.settings import FilesTable, RobotTable, Settings
from tests.project.source_tree import ROOT

MAP = ROOT / "maps" / "lindenhof" / "campus.geojson"


def test_a_robots_site_may_be_another_than_its_map() -> None:
    """Several sites may share a map; the site alone names whose order ids are known."""
    campus = read_campus(MAP)
    settings = Settings(robot=RobotTable(site="north", compartments=("L1",)))
    spec = spec_of(settings, campus)
    assert (spec.site, spec.map_id, spec.compartments) == ("north", "lindenhof", ("L1",))
    assert spec_of(Settings(), campus).site == ""


def test_it_remembers_where_it_is_told_else_where_systemd_says(tmp_path: Path) -> None:
    told = Settings(files=FilesTable(state_dir=str(tmp_path / "told")))
    assert state_folder(told, str(tmp_path / "systemd")) == tmp_path / "told"
    assert state_folder(Settings(), f"{tmp_path / 'systemd'}:other") == tmp_path / "systemd"


def test_root_tries_things_out_where_the_installed_agent_will_remember(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "CONFIG", tmp_path / "agent.toml")
    monkeypatch.setattr(assembly, "STATE", str(tmp_path / "state").lstrip("/"))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(ConfigError, match=r"files\.state_dir is missing"):
        state_folder(Settings(), None)
    (tmp_path / "agent.toml").touch()
    assert state_folder(Settings(), None) == tmp_path / "state"
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ConfigError, match=r"files\.state_dir is missing"):
        state_folder(Settings(), None)
