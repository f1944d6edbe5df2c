# SPDX-License-Identifier: Apache-2.0
"""From a parcel announced at the desk to a motor that turns and a bolt that moves, and back:
broker, daemon, `robot-agent run`, and under it the firmware of both boards on Cortex-M3s in QEMU.

What is said here of doors and driving is said by the plant's world, which knows nothing of the
dispatcher.
"""

import json
import math
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dispatcher.demo.board_folder import BoardFolder
from dispatcher.demo.child import Child, wait_until
from dispatcher.demo.daemon_api import listed
from robot_agent.board.plant_ledger import read_ledger
from robot_agent.campus import read_campus
from tests.endurance.live_site import MANUFACTURER, LiveSite, live_site
from tests.leaks import leaked
from tests.robot_agent.campus_writing import at, edge, feature, site, stop, text
from tests.tools import require_tool

COMPARTMENTS = ("S1", "S2", "M1")
STOPS = {"p-a": "stop-a", "p-b": "stop-b"}
UP_S = 30.0
WITHIN_S = 180.0
RESET_MS, AGAIN_S = 600, 2.0
DEPOT = (2_000, 0)
ROUND_MM = 40_000
CAMPUS = text(
    site(id="demo"),
    edge("e1", "gate", "square", [(0, 0), (20, 0)], width_m=4),
    edge("e2", "square", "back", [(20, 0), (20, 6), (0, 6)], width_m=4),
    edge("e3", "back", "gate", [(0, 6), (0, 0)], width_m=4),
    feature("station", "Point", at(2, 0), id="depot", edge="e1", offset_m=2),
    stop("stop-a", 17, 0, edge="e1", offset_m=17),
    stop("stop-b", 2, 6, edge="e2", offset_m=24),
).encode()


class Bench:
    """A site with one robot; its plant and its agent are processes of their own."""

    def __init__(self, site: LiveSite) -> None:
        self.site = site
        self.stood: dict[str, Any] = {}
        self.seen: dict[str, Any] = {}
        self.moved_before_release_mm = -1
        self.booked: dict[str, str] = {}
        self._seen_to_s = 0.0
        self.boards = BoardFolder(site.folder / "boards")
        self.boards.write_agents(
            read_campus(site.map),
            site.map,
            site.serials,
            json.loads(site.keys.read_text()),
            site.broker_url,
            COMPARTMENTS,
        )
        errands = ({"parcel": parcel, "place": place} for parcel, place in STOPS.items())
        self.boards.errands.write_text("".join(json.dumps(one) + "\n" for one in errands))
        program = [sys.executable, "-m", "robot_agent.cli"]
        logs = site.folder / "logs"
        plant = {
            "--map": site.map,
            "--port": "mps2",
            "--dir": self.boards.lines,
            "--compartments": ",".join(COMPARTMENTS),
            "--codes": site.outbox,
            "--errands": self.boards.errands,
            "--no-show-pct": 0,
            "--late-pct": 0,
            "--prompt-max-ms": 500,
            "--service-max-ms": 2_000,
        }
        words = [str(word) for option in plant.items() for word in option]
        self.plant = Child("plant", [*program, "board", "emulate", *words], logs / "plant.log")
        settings = str(self.boards.agent(site.serials[0]))
        self.agent = Child("agent", [*program, "run", "--config", settings], logs / "agent.log")

    def start(self) -> None:
        self.plant.start()
        assert wait_until(self.boards.control.exists, self.plant, UP_S), self.plant.last_words()
        self.agent.start()

    def stop(self) -> None:
        self.agent.stop()
        self.plant.stop()

    def hand(self, **request: Any) -> dict[str, Any]:
        """A hand in the plant's world, or only a look."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.boards.control))
            line.sendall(json.dumps({"robot": self.site.serials[0], **request}).encode() + b"\n")
            return dict(json.loads(line.makefile().readline()))

    def robot(self) -> dict[str, Any]:
        """As the daemon sees it."""
        (robot,) = listed(self.site.get("/v1/robots").body, "robots")
        return dict(robot)

    def see_to_it(self) -> None:
        """An operator at the desk, and a person who goes to the robot where that is asked for: once
        after it was switched on, and again wherever a machine too busy for its boards stops it."""
        robot, now_s = self.robot(), time.monotonic()
        stands = robot.get("stands")
        if now_s < self._seen_to_s + AGAIN_S or not (stands or robot.get("held")):
            return
        self._seen_to_s = now_s
        if stands and stands["who"] == "person":
            self.hand(press="reset_button", for_ms=RESET_MS)
        else:
            self.site.post(f"/v1/robots/{MANUFACTURER}/{self.site.serials[0]}/release", {})

    def states(self) -> dict[str, str]:
        """Of the parcels; while one is aboard, the books say where."""
        parcels = self.site.parcels()
        self.booked |= {one["parcel"]: one["compartment"] for one in parcels if one["compartment"]}
        return {one["parcel"]: one["state"] for one in parcels}

    def is_back(self) -> bool:
        """At the station, its work done."""
        seen = self.hand()
        return seen["speed_mm_s"] == 0 and math.dist((seen["x_mm"], seen["y_mm"]), DEPOT) < 500


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """After the whole day: two parcels, two stops, and back."""
    for tool in ("mosquitto", "qemu-system-arm", "arm-none-eabi-gcc", "make"):
        require_tool(tool)
    folder = tmp_path_factory.mktemp("site")
    with live_site(folder, speed=1.0, campus=CAMPUS, compartments=COMPARTMENTS) as site:
        bench = Bench(site)
        try:
            bench.start()
            site.wait(lambda: bool(bench.robot().get("stands")), UP_S, "it does not say so")
            bench.stood = bench.robot()["stands"]
            bench.moved_before_release_mm = bench.hand()["driven_mm"]
            for parcel, place in STOPS.items():
                site.announce(
                    parcel=parcel,
                    kind="delivery",
                    destination=place,
                    recipient=f"whoever waits for {parcel}",
                    at_station=True,
                )

            def is_over() -> bool:
                bench.see_to_it()
                return set(bench.states().values()) == {"delivered"} and bench.is_back()

            site.wait(is_over, WITHIN_S, "not all is delivered")
            bench.seen = bench.hand()
            yield bench
        finally:
            bench.stop()


def test_it_stands_after_it_was_switched_on_until_an_operator_releases_it(bench: Bench) -> None:
    assert bench.stood["cause"] == "power_on"
    assert bench.stood["who"] == "operator"
    assert bench.moved_before_release_mm == 0


def test_each_parcel_went_in_at_the_station_and_out_at_its_stop_with_its_own_code(
    bench: Bench,
) -> None:
    ledger = read_ledger(bench.boards.ledger)
    put_in = [one for one in ledger if one.put_in]
    taken = {one.parcels: one for one in ledger if not one.put_in}
    assert [(one.by, one.place) for one in put_in] == [("staff", "depot")] * 2
    assert {parcels: (one.by, one.place) for parcels, one in taken.items()} == {
        (parcel,): ("person", place) for parcel, place in STOPS.items()
    }
    assert sorted((one.thing, one.compartment) for one in put_in) == sorted(
        (one.thing, one.compartment) for one in taken.values()
    )


def test_the_right_compartments_opened(bench: Bench) -> None:
    """What the dispatcher has in its books is what the plant saw."""
    seen = {
        one.parcels[0]: one.compartment for one in read_ledger(bench.boards.ledger) if one.parcels
    }
    assert seen == bench.booked


def test_it_has_driven_the_whole_way_and_stands_shut_and_empty_at_the_station(
    bench: Bench,
) -> None:
    assert bench.seen["driven_mm"] > ROUND_MM
    assert not bench.seen["motors_on"]
    for door in bench.seen["doors"].values():
        assert door == {"closed": True, "bolted": True, "inside": None}


def test_no_code_is_in_the_plants_ledger_or_in_any_log(bench: Bench) -> None:
    notices = [json.loads(line) for line in bench.site.outbox.read_text().splitlines()]
    codes = {notice["code"] for notice in notices if notice["code"]}
    assert len(codes) == 2
    logs = [path.read_bytes() for path in (bench.site.folder / "logs").iterdir()]
    assert leaked(codes, [bench.boards.ledger.read_bytes(), *logs]) == []
