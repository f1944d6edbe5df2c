# SPDX-License-Identifier: Apache-2.0
"""A site at work for endurance tests: mosquitto, a daemon on the demo campus, parcels. No robots:
each test brings its own and does to them what it likes.
"""

import json
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dispatcher.data_files import demo_campus_path
from dispatcher.demo.broker import HOST, broker_child, free_port, listens
from dispatcher.demo.child import Child, wait_until
from dispatcher.demo.clock import DemoClock
from dispatcher.demo.daemon_api import Answer, DaemonApi, DaemonGone, listed
from robot_agent.campus import read_campus

UP_S = 60.0
MANUFACTURER = "drover"
COMPARTMENTS = tuple(f"{size}{number}" for size in "SML" for number in range(1, 5))
MORNING_MS = 8 * 3_600_000

SITE = """\
[site]
id = "demo"
map = "campus.geojson"
data_dir = "data"
[keys]
file = "keys.json"
[mqtt]
url = "mqtt://{host}:{mqtt_port}"
[api]
port = {api_port}
[clock]
start_wall_ms = {clock.start_wall_ms}
start_site_ms = {clock.start_site_ms}
speed = {clock.speed}
[notify]
outbox = "outbox.jsonl"
[policy]
plan_interval_ms = 20000
[planner]
engine = "quick"
"""
ROBOT = """\
[[robots]]
manufacturer = "{manufacturer}"
serial = "{serial}"
compartments = {compartments}
"""


class LiveSite:
    """What runs, and the words by which robots are told of it."""

    def __init__(
        self,
        folder: Path,
        robots: int,
        speed: float,
        shadow: str,
        campus: bytes | None = None,
        compartments: tuple[str, ...] = COMPARTMENTS,
    ) -> None:
        self.folder = folder
        self.mqtt_port, self.api_port = free_port(), free_port()
        today_ms = time.time_ns() // 1_000_000 // 86_400_000 * 86_400_000
        self.clock = DemoClock.starting_at(today_ms + MORNING_MS, speed)
        self.compartments = compartments
        self._campus = demo_campus_path().read_bytes() if campus is None else campus
        self.serials = [f"R{number}" for number in range(1, robots + 1)]
        self.map, self.keys = folder / "campus.geojson", folder / "keys.json"
        self.outbox = folder / "outbox.jsonl"
        self.api = DaemonApi(HOST, self.api_port)
        self._agents: Child | None = None
        self._write(shadow)
        self.broker = broker_child("mosquitto", self.mqtt_port, folder)
        self.daemon = Child(
            "daemon",
            [
                *(sys.executable, "-m", "dispatcher.cli.main"),
                *("serve", "--config", str(folder / "site.toml")),
            ],
            folder / "logs" / "daemon.log",
        )

    @property
    def broker_url(self) -> str:
        """mqtt://HOST:PORT."""
        return f"mqtt://{HOST}:{self.mqtt_port}"

    def agents(self, state_dir: Path, seed: int, *more: str) -> Child:
        """`robot-agent emulate` with the whole fleet of this site, not yet started; its options may
        be followed by `more`."""
        command = [sys.executable, "-m", "robot_agent.cli", "emulate"]
        words = [*self._emulate_words(state_dir, seed), *more]
        self._agents = Child("agent", [*command, *words], self.folder / "logs" / "agent.log")
        return self._agents

    def _emulate_words(self, state_dir: Path, seed: int) -> list[str]:
        options = {
            "--broker": self.broker_url,
            "--map": self.map,
            "--count": len(self.serials),
            "--manufacturer": MANUFACTURER,
            "--compartments": ",".join(self.compartments),
            "--keys": self.keys,
            "--codes": self.outbox,
            "--seed": seed,
            "--speed": self.clock.speed,
            "--clock-start-wall-ms": self.clock.start_wall_ms,
            "--clock-start-site-ms": self.clock.start_site_ms,
            "--state-dir": state_dir,
        }
        return [str(word) for option in options.items() for word in option]

    def announce(self, **parcel: Any) -> str:
        """Announces a parcel with the fields of the API; its id."""
        now_ms = self.clock.now_ms()
        body = {
            "size": "S",
            "slot_from_ms": now_ms,
            "slot_until_ms": now_ms + 7_200_000,
            **parcel,
        }
        answer = self.post("/v1/parcels", body, key=secrets.token_hex(8))
        assert answer.status == 201, answer.reason
        return str(answer.body["parcel"])

    def places(self, role: str) -> list[str]:
        """The ids of the map's places of a role, sorted."""
        places = read_campus(self.map).places.values()
        return sorted(place.id for place in places if place.role == role)

    def parcels(self) -> list[dict[str, Any]]:
        """All parcels as the daemon knows them."""
        return listed(self.get("/v1/parcels?limit=1000").body, "parcels")

    def parcel(self, parcel: str) -> dict[str, Any]:
        """One of them."""
        return dict(self.get(f"/v1/parcels/{parcel}").body)

    def get(self, path: str) -> Answer:
        """Asks the daemon."""
        try:
            return self.api.get(path)
        except DaemonGone:  # It lets a connection go that was not used for a while.
            return self.api.get(path)

    def post(self, path: str, body: dict[str, Any], key: str = "") -> Answer:
        """Asks it to do something."""
        try:
            return self.api.post(path, body, key)
        except DaemonGone:
            return self.api.post(path, body, key)

    def wait(self, done: Callable[[], bool], site_s: float, what: str) -> None:
        """Waits for so much site time at most, while all are alive."""
        until_ms = self.clock.now_ms() + site_s * 1000
        while not done():
            for child in (self.broker, self.daemon, self._agents):
                assert child is None or child.running, f"{child.name}: {child.last_words()}"
            assert self.clock.now_ms() < until_ms, f"{what}: {self.parcels()}"
            time.sleep(0.1)

    def _write(self, shadow: str) -> None:
        (self.folder / "logs").mkdir(parents=True)
        campus = json.loads(self._campus)
        for feature in campus["features"]:
            if feature["properties"].get("id") == shadow:
                feature["properties"]["shadow"] = True
        self.map.write_text(json.dumps(campus), encoding="utf-8")
        keys = {f"{MANUFACTURER}/{serial}": secrets.token_hex(32) for serial in self.serials}
        self.keys.write_text(json.dumps(keys), encoding="utf-8")
        text = SITE.format(
            host=HOST, mqtt_port=self.mqtt_port, api_port=self.api_port, clock=self.clock
        )
        for serial in self.serials:
            text += ROBOT.format(
                manufacturer=MANUFACTURER, serial=serial, compartments=json.dumps(self.compartments)
            )
        (self.folder / "site.toml").write_text(text, encoding="utf-8")


@contextmanager
def live_site(
    folder: Path,
    *,
    robots: int = 1,
    speed: float = 20.0,
    shadow: str = "",
    campus: bytes | None = None,
    compartments: tuple[str, ...] = COMPARTMENTS,
) -> Iterator[LiveSite]:
    """Broker and daemon up; both stopped at the end. `shadow`: a stop so marked on the map;
    `campus`: another map than the demo's."""
    site = LiveSite(folder, robots, speed, shadow, campus, compartments)
    try:
        site.broker.start()
        assert wait_until(lambda: listens(site.mqtt_port), site.broker, UP_S), "no broker"
        site.daemon.start()
        assert wait_until(lambda: answers(site.api), site.daemon, UP_S), site.daemon.last_words()
        yield site
    finally:
        site.api.close()
        site.daemon.stop()
        site.broker.stop()


def answers(api: DaemonApi) -> bool:
    """Whether the daemon is up."""
    try:
        return api.get("/healthz").status == 200
    except DaemonGone:
        return False
