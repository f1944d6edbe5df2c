# SPDX-License-Identifier: Apache-2.0
"""The demo from end to end: real broker, daemon and robots; six parcels at 60 times speed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.tools import require_tool

STOPS = ("stop-holunder", "stop-hasel", "stop-laerche")
EVERYBODY_COMES = 5
"""The seed by whose luck none of the six recipients stays away."""
RUNNING_OUT_S = 60
DAEMON_LINE = re.compile(r"daemon: (http://\S+/v1/summary), process (\d+)")
ON_THE_WAY = ("loaded", "riding", "at_stop")


@pytest.fixture
def six_parcels(tmp_path: Path) -> Path:
    path = tmp_path / "six.csv"
    rows = [
        f"six-{number},08:00:{number:02},08:01:00,08:00:00,09:30:00,{STOPS[number % 3]},S"
        for number in range(6)
    ]
    header = "parcel,announced,at_station,slot_from,slot_until,stop,size"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def demo(six_parcels: Path, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo under way; its folder is `run`."""
    require_tool("mosquitto")
    command = [sys.executable, "-m", "dispatcher.cli.main", "demo", "--json", "--robots", "2"]
    command += ["--speed", "60", "--broker", "mosquitto", "--until-h", "3"]
    command += ["--seed", str(EVERYBODY_COMES)]
    command += ["--parcels", str(six_parcels), "--keep", str(tmp_path / "run")]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        yield process
        process.terminate()


def result_of(demo: subprocess.Popen[str]) -> tuple[int, dict[str, Any], str]:
    """Exit code, the --json object, and what was said."""
    out, said = demo.communicate(timeout=RUNNING_OUT_S)
    return demo.returncode, json.loads(out.splitlines()[-1]), said


def daemon_of(demo: subprocess.Popen[str]) -> tuple[str, int]:
    """The address of its summary and its process id, from the line that says so."""
    assert demo.stderr is not None
    for line in demo.stderr:
        found = DAEMON_LINE.search(line)
        if found:
            return found[1], int(found[2])
    raise AssertionError("the demo ended before its daemon was up")


def wait_for_parcels_on_the_way(summary_url: str) -> None:
    for _ in range(400):
        with urlopen(summary_url, timeout=5) as answer:
            states = json.load(answer)["by_state"]
        if any(states.get(state) for state in ON_THE_WAY):
            return
        time.sleep(0.05)
    raise AssertionError(f"no parcel got on its way: {states}")


def check_all_delivered(result: dict[str, Any]) -> None:
    parcels = result["parcels"]
    assert parcels == {"accepted": 6, "delivered": 6, "returned": 0, "cancelled": 0, "open": 0}
    assert result["open_reasons"] == {}


def still_run(folder: Path) -> list[str]:
    """Processes whose command line names the folder."""
    found = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return [line for line in found.stdout.splitlines() if str(folder) in line]


@pytest.mark.slow
def test_six_parcels_are_delivered_by_two_robots(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    code, result, said = result_of(demo)
    assert code == 0, said
    check_all_delivered(result)
    assert result["km"] > 0
    assert result["restarts"] == 0
    assert (tmp_path / "run" / "journal.sqlite").is_file()
    assert still_run(tmp_path / "run") == []


@pytest.mark.slow
def test_a_daemon_killed_in_the_middle_loses_nothing_and_delivers_nothing_twice(
    demo: subprocess.Popen[str],
) -> None:
    summary_url, daemon = daemon_of(demo)
    wait_for_parcels_on_the_way(summary_url)
    os.kill(daemon, signal.SIGKILL)
    code, result, said = result_of(demo)
    assert code == 0, said
    assert "the daemon ended (killed by SIGKILL): started again" in said
    check_all_delivered(result)
    assert result["restarts"] == 1


@pytest.mark.slow
def test_ctrl_c_stops_everything_and_names_the_folder(
    demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    daemon_of(demo)
    demo.send_signal(signal.SIGINT)
    code, result, said = result_of(demo)
    assert (code, result["ended"]) == (0, "interrupted")
    assert f"dispatcher replay {tmp_path / 'run'} --verify" in said
    assert still_run(tmp_path / "run") == []
