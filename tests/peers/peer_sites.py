# SPDX-License-Identifier: Apache-2.0
"""What stands between two makes: a broker, and our robots as a process of their own.

How our agent is started stands here and nowhere else.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.peers import peers_campus
from tests.tools import require_tool

ROOT = Path(__file__).parents[2]
MANUFACTURER = "drover"
INTERFACE = "peers"
UP_WITHIN_S = 20
SPEED = 30
OTHER_MAKE = "other"
KEY = "00112233445566778899aabbccddeeff"
SITE = """\
[site]
id = "{site}"
map = "campus.geojson"
data_dir = "data"
[keys]
file = "keys.json"
[mqtt]
url = "{url}"
interface = "{interface}"
[api]
port = 0
[clock]
speed = {speed}
[policy]
plan_interval_ms = 10000
resend_ms = 2000
charge_below_pct = 21
charge_idle_below_pct = 21
charge_enough_pct = 21
charge_until_pct = 22
[planner]
engine = "quick"
"""
ROBOT = """\
[[robots]]
manufacturer = "{make}"
serial = "{serial}"
compartments = {compartments}
version = "2.0.0"
resends_actions = false
"""


def free_port() -> int:
    """Nobody listens there now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def broker() -> Iterator[str]:
    """mosquitto, and its URL."""
    port = free_port()
    program = require_tool("mosquitto")
    child = subprocess.Popen([str(program), "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + UP_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the broker did not come up"
                time.sleep(0.02)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(10)


@contextmanager
def our_robots(url: str, folder: Path, count: int, codes: Mapping[str, str]) -> Iterator[None]:
    """R1 ... R<count> of our make, all at the station `st`; people know `codes` by parcel."""
    names = [f"{MANUFACTURER}/R{number}" for number in range(1, count + 1)]
    (folder / "keys.json").write_text(json.dumps(dict.fromkeys(names, KEY)), encoding="utf-8")
    lines = [{"parcel": parcel, "version": 1, "code": code} for parcel, code in codes.items()]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "codes.jsonl").write_text(text, encoding="utf-8")
    command = ["emulate", "--map", str(_map_in(folder)), "--broker", url]
    command += ["--interface", INTERFACE, "--manufacturer", MANUFACTURER]
    command += ["--count", str(count), "--speed", str(SPEED)]
    command += ["--keys", str(folder / "keys.json"), "--codes", str(folder / "codes.jsonl")]
    command += ["--no-show-pct", "0", "--late-pct", "0"]
    with _agent(command):
        yield


@contextmanager
def our_robot(url: str, folder: Path, version: str) -> Iterator[None]:
    """R1 as it runs on a robot's own computer, writing that protocol version; in real time."""
    (folder / "keys").write_text(KEY + "\n", encoding="utf-8")
    (folder / "robot.toml").write_text(f'[broker]\nversion = "{version}"\n', encoding="utf-8")
    command = ["run", "--config", str(folder / "robot.toml"), "--driver", "emulated"]
    command += ["--map", str(_map_in(folder)), "--broker", url, "--interface", INTERFACE]
    command += ["--manufacturer", MANUFACTURER, "--serial", "R1"]
    command += ["--keys-file", str(folder / "keys"), "--state-dir", str(folder / "state")]
    with _agent([*command, "--clock-trust", "always"]):
        yield


def _map_in(folder: Path) -> Path:
    campus = folder / "campus.geojson"
    campus.write_text(peers_campus.geojson(), encoding="utf-8")
    return campus


@contextmanager
def _agent(words: Sequence[str]) -> Iterator[None]:
    """`robot-agent` with these words; that it ends by itself is a failure."""
    command = [sys.executable, "-m", "robot_agent.cli", *words]
    child = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        ended_early = child.poll() is not None
        child.terminate()
        _, said = child.communicate(timeout=20)
        assert not ended_early, said
        assert "Traceback" not in said, said


@contextmanager
def our_dispatcher(
    url: str, folder: Path, robots: Mapping[str, Sequence[str]]
) -> Iterator[httpx.Client]:
    """`dispatcher serve` for robots of another make, each with its compartments; a client of it."""
    _map_in(folder)
    keys = {f"{OTHER_MAKE}/{robot}": KEY for robot in robots}
    (folder / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    text = SITE.format(site=peers_campus.SITE, url=url, interface=INTERFACE, speed=SPEED)
    for robot, compartments in robots.items():
        listed = json.dumps(list(compartments))
        text += ROBOT.format(make=OTHER_MAKE, serial=robot, compartments=listed)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "dispatcher.cli.main", "serve"]
    command += ["--config", str(folder / "site.toml")]
    with (folder / "daemon.log").open("w") as log:
        child = subprocess.Popen(command, cwd=ROOT, stderr=log)
    try:
        with httpx.Client(base_url=_api(folder / "daemon.log", child)) as client:
            yield client
    finally:
        child.terminate()
        child.wait(20)
    assert "Traceback" not in (folder / "daemon.log").read_text(encoding="utf-8")


def _api(log: Path, child: subprocess.Popen[bytes]) -> str:
    """Where the daemon serves, once it says so."""
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline and child.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("{") and (said := json.loads(line)).get("message") == "serving":
                return str(said["api"])
        time.sleep(0.05)
    raise AssertionError(f"the daemon did not come up: {log.read_text(encoding='utf-8')}")
