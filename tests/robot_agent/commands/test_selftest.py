# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import msgspec
import pytest

from robot_agent.board.words import BoardKind
from robot_agent.cli import main
from robot_agent.service import checks
from robot_agent.service.state_lock import state_lock
from tests.firmware_stubs.boards import LOCKER_PINS
from tests.project.source_tree import ROOT
from tests.robot_agent.board.chip import chip
from tests.robot_agent.service.brokers import free_port, mosquitto

MAP = ROOT / "maps" / "lindenhof" / "campus.geojson"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "DRIVER_WITHIN_S", 1.0)


def selftest(port: int, folder: Path, *more: str) -> int:
    given = {
        "--broker": f"mqtt://127.0.0.1:{port}",
        "--manufacturer": "acme",
        "--serial": "R1",
        "--map": str(MAP),
        "--driver": "emulated",
        "--state-dir": str(folder),
        "--clock-trust": "always",
    }
    flags = [word for pair in given.items() for word in pair]
    return main(["selftest", *flags, *more])


def test_a_computer_that_is_fit_says_so_part_by_part(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with mosquitto(tmp_path) as port:
        assert selftest(port, tmp_path / "state") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "ok   computer",
        "ok   disk",
        "ok   clock",
        "ok   map",
        "ok   driver",
        "ok   broker",
    ]


def test_what_is_wrong_comes_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = f"lines://127.0.0.1:{free_port()}"
    assert selftest(free_port(), tmp_path, "--driver", body, "--json") == 1
    said = capsys.readouterr()
    answer = json.loads(said.out)
    wrong = {one["part"]: one for one in answer["findings"] if not one["ok"]}
    assert answer["fit"] is False
    assert set(wrong) == {"driver", "broker"}
    assert "no body at" in wrong["driver"]["seen"]
    assert all(one["to_do"] for one in wrong.values())
    assert said.err.count("FAIL") == 2


def test_a_selftest_leaves_nothing_behind(tmp_path: Path) -> None:
    selftest(free_port(), tmp_path / "state")
    assert list((tmp_path / "state").iterdir()) == []


def test_an_agent_at_work_is_not_thrown_out_by_a_selftest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broker that goes by user names gives a second login the place of the first."""
    with state_lock(tmp_path):
        assert selftest(free_port(), tmp_path) == 2
    said = capsys.readouterr()
    assert "another agent is at work" in said.err
    assert "systemctl stop drover-agent" in said.err
    assert said.out == ""


def test_boards_say_who_they_are_and_what_they_miss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with chip(BoardKind.DRIVE) as drive, chip(BoardKind.LOCKER) as locker:
        locker.pins = msgspec.structs.replace(LOCKER_PINS, standing=0)
        config = tmp_path / "agent.toml"
        config.write_text(
            f'[driver.options]\ndrive = "{drive.device}"\nlocker = "{locker.device}"\n'
            'start = "st-main"\n'
        )
        words = ["--driver", "board", "--config", str(config)]
        selftest(free_port(), tmp_path / "state", *words)
    lines = {line[5:].split(":")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["drive board"].startswith("ok ")
    assert "firmware 0.1.0" in lines["drive board"]
    assert lines["locker board"].startswith("FAIL")
    assert "not ready: standing" in lines["locker board"]
    assert lines["driver"].startswith("ok ")
