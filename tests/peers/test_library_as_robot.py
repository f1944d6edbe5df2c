# SPDX-License-Identifier: Apache-2.0
"""Robots made with vda-5050-lib under `dispatcher serve`: they deliver, charge and are cancelled.

They know no handover of ours: a person's parcel is reached through waitForTrigger and drop.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.peers.node_library import Driver, Event, driver
from tests.peers.orders import Json, order
from tests.peers.peer_sites import INTERFACE, OTHER_MAKE, SPEED, broker, our_dispatcher
from tests.peers.peers_campus import POINTS_M, SITE

WITHIN_S = 40
CANCEL = ["cancelOrder"]


def robot(serial: str, node: str, battery_pct: int, *compartments: str, waits: bool = True) -> Json:
    """One of the other make: where it begins, what it carries in, whether it knows triggers."""
    facts = {"serial": serial, "node": node, "x": POINTS_M[node][0], "y": POINTS_M[node][1]}
    return {**facts, "batteryPct": battery_pct, "compartments": compartments, "waits": waits}


ROBOTS = [
    robot("A1", "st", 90, "S1", "M1"),
    robot("A2", "a", 20, "S1"),
    robot("A3", "p", 90, "S1"),
    robot("A4", "p", 90, "L1", waits=False),
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The broker between the two makes."""
    with broker() as found:
        yield found


@pytest.fixture(scope="module")
def site(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Driver, httpx.Client]]:
    """The other make's robots, online, and the API of the dispatcher that they are under."""
    folder: Path = tmp_path_factory.mktemp("site")
    options = ["--broker", url, "--interface", INTERFACE, "--manufacturer", OTHER_MAKE]
    options += ["--map", SITE, "--speed", str(SPEED), "--robots", json.dumps(ROBOTS)]
    carries = {one["serial"]: one["compartments"] for one in ROBOTS}
    with our_dispatcher(url, folder, carries) as api, driver("robot.js", *options) as running:
        yield running, api


def until(what: Callable[[], bool]) -> None:
    """Waits until something holds."""
    deadline = time.monotonic() + WITHIN_S
    while not what():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def heard(serial: str, topic: str, wish: Callable[[Json], bool]) -> Callable[[Event], bool]:
    """Events in which a robot got such a message."""
    return lambda one: one["robot"] == serial and one["topic"] == topic and wish(one["message"])


def action_types(message: Json) -> list[str]:
    """Of an order's nodes, or of an instantActions message."""
    nodes = message.get("nodes", [message])
    return [action["actionType"] for node in nodes for action in node["actions"]]


def robot_view(api: httpx.Client, serial: str) -> Json:
    """What the dispatcher knows of a robot."""
    robots: list[Json] = api.get("/v1/robots").json()["robots"]
    return next(one for one in robots if one["robot"] == f"{OTHER_MAKE}/{serial}")


def announced(api: httpx.Client, destination: str, size: str) -> Json:
    """A parcel that is at the station."""
    parcel = {"destination": destination, "size": size, "recipient": "r-1", "at_station": True}
    made: Json = api.post("/v1/parcels", json=parcel).raise_for_status().json()
    return made


def state_of(api: httpx.Client, parcel: Json) -> str:
    return str(api.get(f"/v1/parcels/{parcel['parcel']}").json()["state"])


def test_a_robot_that_executes_a_strange_order_is_held_cancelled_and_given_back(
    site: tuple[Driver, httpx.Client], url: str
) -> None:
    robots, api = site
    until(lambda: robot_view(api, "A3")["link"] == "online")
    options = ["--broker", url, "--interface", INTERFACE, "--manufacturer", OTHER_MAKE]
    with driver("master.js", *options) as stranger:
        stranger.command("order", robot="A3", order=order("strange", ["p", "b", "a", "st"]))
        until(lambda: "not ours" in robot_view(api, "A3")["held"])
        released = f"/v1/robots/{OTHER_MAKE}/A3/release"
        assert api.post(released).status_code == 409, "it is told to cancel the order first"
        robots.wait("heard", heard("A3", "instantActions", lambda m: action_types(m) == CANCEL))
        stranger.wait("state", lambda one: one["robot"] == "A3" and is_cancelled(one["message"]))
    until(lambda: api.post(released).status_code == 200)
    assert robot_view(api, "A3")["held"] == ""


def is_cancelled(state: Json) -> bool:
    """By the library's robot: nothing left of the order, its id kept, the action finished."""
    ended = [one["actionStatus"] for one in state["actionStates"] if one["actionType"] in CANCEL]
    return (
        state["orderId"] == "strange"
        and state["nodeStates"] == state["edgeStates"] == []
        and ended == ["FINISHED"]
    )


def test_a_robot_low_on_battery_charges_and_is_told_to_stop(
    site: tuple[Driver, httpx.Client],
) -> None:
    robots, api = site
    robots.wait("heard", heard("A2", "order", lambda m: action_types(m) == ["startCharging"]))
    until(lambda: bool(robot_view(api, "A2")["charging"]))
    is_stop = heard("A2", "instantActions", lambda m: action_types(m) == ["stopCharging"])
    robots.wait("heard", is_stop, within_s=WITHIN_S)
    until(lambda: not robot_view(api, "A2")["charging"] and not robot_view(api, "A2")["job"])
    view = robot_view(api, "A2")
    assert (view["held"], view["errors"]) == ("", [])


def waits_for(parcel: str) -> Callable[[Event], bool]:
    """Orders in which a robot is to wait for a trigger before it drops a parcel."""

    def is_it(one: Event) -> bool:
        nodes = one["message"]["nodes"] if one["topic"] == "order" else []
        for actions in [node["actions"] for node in nodes]:
            kinds = [action["actionType"] for action in actions]
            drops = [a for a in actions if a["actionType"] == "drop" and parcel in str(a)]
            if drops and kinds.index("waitForTrigger") < actions.index(drops[0]):
                return True
        return False

    return is_it


def test_a_parcel_reaches_its_person_who_says_the_code_to_staff(
    site: tuple[Driver, httpx.Client],
) -> None:
    robots, api = site
    parcel = announced(api, "stop-c", "M")
    name = parcel["parcel"]
    given = robots.wait("heard", waits_for(name), within_s=WITHIN_S)
    assert given["robot"] == "A1"
    until(lambda: state_of(api, parcel) == "at_stop")
    wrong = api.post(f"/v1/parcels/{name}/open", json={"code": "000000", "by": "desk"})
    assert wrong.status_code == 403
    assert action_types(given["message"]).count("drop") == 1
    assert not robots.so_far("heard", heard("A1", "instantActions", is_trigger))
    right = api.post(f"/v1/parcels/{name}/open", json={"code": parcel["code"], "by": "desk"})
    assert right.status_code == 200, right.text
    robots.wait("heard", heard("A1", "instantActions", is_trigger))
    until(lambda: state_of(api, parcel) == "delivered")


def is_trigger(message: Json) -> bool:
    return action_types(message) == ["trigger"]


def test_a_robot_without_triggers_serves_staffed_stops_only(
    site: tuple[Driver, httpx.Client],
) -> None:
    robots, api = site
    street, desk = announced(api, "stop-c", "L"), announced(api, "stop-b", "L")
    until(lambda: state_of(api, desk) == "delivered")
    assert state_of(api, street) == "at_station"
    names = [one["parcel"] for one in (street, desk)]
    orders = robots.so_far("heard", heard("A4", "order", lambda message: True))
    assert [name for name in names if name in json.dumps(orders)] == [desk["parcel"]]
