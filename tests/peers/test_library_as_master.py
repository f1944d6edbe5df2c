# SPDX-License-Identifier: Apache-2.0
"""vda-5050-lib's MasterController over our robots: what it tells is what happened.

Its header says 2.0.0; see README.md beside this file for each difference between the two.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from robot_agent.vda5050.actions import handover_digest
from tests.peers.node_library import Driver, Event, driver
from tests.peers.orders import Json, action, order
from tests.peers.peer_sites import INTERFACE, KEY, MANUFACTURER, broker, our_robot, our_robots

ROBOTS = 11
CODE = "471123"


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """The library's master with all our robots online."""
    folder: Path = tmp_path_factory.mktemp("robots")
    with broker() as url, our_robots(url, folder, ROBOTS, {"p1": CODE}):
        options = ["--broker", url, "--interface", INTERFACE, "--manufacturer", MANUFACTURER]
        with driver("master.js", *options) as running:
            for number in range(1, ROBOTS + 1):
                running.wait("state", of(f"R{number}"))
            yield running
            # All that the tests made the robots say was held against the library's own schemas.
            assert running.so_far("invalid") == []
            assert running.so_far("refused") == []


def of(robot: str, **facts: Any) -> Callable[[Event], bool]:
    """Events of one robot in which these facts stand."""
    wanted = {"robot": robot, **facts}
    return lambda event: all(event.get(key) == value for key, value in wanted.items())


def in_state(robot: str, wish: Callable[[Json], bool]) -> Callable[[Event], bool]:
    """States of one robot of which the wish holds."""
    return lambda event: event["robot"] == robot and wish(event["message"])


def assign(master: Driver, robot: str, given: Json) -> None:
    master.command("order", robot=robot, order=given)


def instant(master: Driver, robot: str, *kinds: str, **parameters: Any) -> None:
    """Instant actions; the id of each is the robot's name and its kind."""
    asked = [action(kind, f"{robot}-{kind}", **parameters) for kind in kinds]
    master.command("instant", robot=robot, actions=asked)


def ended(master: Driver, robot: str, action_id: str) -> Json:
    """The first state in which an action has ended."""

    def has_ended(state: Json) -> bool:
        return any(
            one["actionId"] == action_id and one["actionStatus"] in ("FINISHED", "FAILED")
            for one in state["actionStates"]
        )

    found: Json = master.wait("state", in_state(robot, has_ended))["message"]
    return found


def nodes_told(master: Driver, robot: str) -> list[tuple[str, int]]:
    events = master.so_far("nodeTraversed", of(robot))
    return [(event["nodeId"], event["sequenceId"]) for event in events]


def rejection(master: Driver, robot: str, given: Json) -> Json:
    """The error by which an order is rejected, as the library ties it to that order."""
    assign(master, robot, given)
    ids = {"orderId": given["orderId"], "orderUpdateId": given["orderUpdateId"]}
    event = master.wait("orderProcessed", of(robot, **ids))
    assert event["error"], event
    error: Json = event["error"]
    return error


def test_an_order_is_driven_and_its_update_stitched_at_the_decision_point(master: Driver) -> None:
    assign(master, "R1", order("o1", ["st", "a", "b"], released=2))
    waits = master.wait("orderProcessed", of("R1", active=True))
    assert "error" not in waits
    assert not waits["byCancelation"]
    assign(master, "R1", order("o1", ["a", "b", "p"], update=1, sequence=2, released=2))
    master.wait("orderProcessed", of("R1", active=True, orderUpdateId=1))
    # The horizon is replaced: not to p, but to c.
    assign(master, "R1", order("o1", ["b", "c"], update=2, sequence=4))
    master.wait("orderProcessed", of("R1", active=False, orderUpdateId=2))
    assert nodes_told(master, "R1") == [("st", 0), ("a", 2), ("b", 4), ("c", 6)]
    edges = [event["edgeId"] for event in master.so_far("edgeTraversed", of("R1"))]
    assert edges == ["e1", "e2", "e4"]


def test_a_parcel_is_picked_and_handed_over_to_who_has_the_code(master: Driver) -> None:
    digest = handover_digest(bytes.fromhex(KEY), f"{MANUFACTURER}/R2", "p1", "S1", 1, CODE)
    pick = action("pick", "pick-p1", loadId="p1", loadType="S", lhd="S1", durationMs=1_000)
    facts = {"direction": "out", "compartment": "S1", "parcel": "p1", "codeVersion": 1}
    hand = action("handover", "hand-p1", "SOFT", **facts, waitMs=600_000, digest=digest)
    assign(master, "R2", order("o2", ["st", "a", "b"], actions={0: [pick], 2: [hand]}))
    master.wait("orderProcessed", of("R2", active=False))
    told = master.so_far("actionState", of("R2"))
    last = {event["actionId"]: event for event in told}
    assert {name: event["actionStatus"] for name, event in last.items()} == {
        "pick-p1": "FINISHED",
        "hand-p1": "FINISHED",
    }
    assert last["hand-p1"]["resultDescription"].split()[0] == "collected"
    loaded = master.wait("state", in_state("R2", lambda state: bool(state["loads"])))
    load = loaded["message"]["loads"][0]
    assert (load["loadId"], load["loadPosition"]) == ("p1", "S1")


def test_each_kind_of_bad_order_is_tied_to_the_order_it_rejects(master: Driver) -> None:
    gap = order("gap", ["st", "a"])
    gap["nodes"][1]["sequenceId"] = 4
    assert rejection(master, "R3", gap)["errorType"] == "validationError"
    unknown = order("unknown", ["st", "a"], actions={1: [action("dance", "dance-1")]})
    error = rejection(master, "R3", unknown)
    assert error["errorType"] == "orderError"
    references = {one["referenceKey"]: one["referenceValue"] for one in error["errorReferences"]}
    assert references["actionId"] == "dance-1"
    far = rejection(master, "R3", order("far", ["c", "b"]))
    assert (far["errorType"], far["errorLevel"]) == ("noRouteError", "WARNING")
    assign(master, "R3", order("good", ["st", "a", "b"], released=2))
    master.wait("orderProcessed", of("R3", orderId="good", active=True))
    late = order("good", ["st", "a"], update=1)
    assert rejection(master, "R3", late)["errorType"] == "orderUpdateError"
    other = rejection(master, "R3", order("other", ["a", "b"]))
    assert other["errorType"] == "orderError", "a horizon is left: the order is not over"
    assign(master, "R3", order("good", ["a", "b"], update=2, sequence=2))
    master.wait("orderProcessed", of("R3", orderId="good", orderUpdateId=2, active=False))


def test_a_cancelled_order_is_told_as_cancelled_and_a_second_cancel_fails(master: Driver) -> None:
    assign(master, "R4", order("o4", ["st", "a", "b", "c"]))
    master.wait("edgeTraversing", of("R4"))
    instant(master, "R4", "cancelOrder")
    master.wait("instantState", of("R4", actionStatus="FINISHED"))
    assert master.wait("orderProcessed", of("R4"))["byCancelation"] is True
    state = ended(master, "R4", "R4-cancelOrder")
    assert (state["nodeStates"], state["edgeStates"], state["driving"]) == ([], [], False)
    assert state["orderId"] == "o4"
    again = [action("cancelOrder", "R4-again")]
    master.command("instant", robot="R4", actions=again)
    failed = master.wait("instantState", of("R4", actionId="R4-again"))
    assert failed["actionStatus"] == "FAILED"
    errors = ended(master, "R4", "R4-again")["errors"]
    assert [error["errorType"] for error in errors] == ["noOrderToCancel"]


def test_a_pause_stops_the_drive_and_its_end_lets_it_go_on(master: Driver) -> None:
    assign(master, "R5", order("o5", ["st", "a", "b"]))
    master.wait("edgeTraversing", of("R5"))
    instant(master, "R5", "startPause")
    master.wait("instantState", of("R5", actionType="startPause", actionStatus="FINISHED"))
    master.wait("edgeTraversing", lambda one: of("R5")(one) and one["changes"].get("paused"))
    assert not master.so_far("orderProcessed", of("R5"))
    instant(master, "R5", "stopPause")
    master.wait("instantState", of("R5", actionType="stopPause", actionStatus="FINISHED"))
    master.wait("orderProcessed", of("R5", active=False))
    assert nodes_told(master, "R5") == [("st", 0), ("a", 2), ("b", 4)]


def test_asked_for_them_state_and_factsheet_come(master: Driver) -> None:
    instant(master, "R6", "stateRequest", "factsheetRequest")
    for kind in ("stateRequest", "factsheetRequest"):
        master.wait("instantState", of("R6", actionType=kind, actionStatus="FINISHED"))
    sheet = master.wait("factsheet", of("R6"))["message"]
    kinds = {one["actionType"] for one in sheet["protocolFeatures"]["agvActions"]}
    assert {"pick", "drop", "handover", "cancelOrder"} <= kinds
    assert sheet["loadSpecification"]["loadPositions"] == ["S1", "S2", "M1", "L1"]


def test_an_unknown_instant_action_fails_in_the_action_states(master: Driver) -> None:
    instant(master, "R7", "dance")
    told = master.wait("instantState", of("R7"))
    assert told["actionStatus"] == "FAILED"


def test_a_charging_robot_says_so(master: Driver) -> None:
    charge = [action("startCharging", "charge-1")]
    assign(master, "R8", order("o8", ["st", "a"], actions={1: charge}))
    master.wait("state", in_state("R8", lambda state: state["batteryState"]["charging"]))
    master.wait("actionState", of("R8", actionId="charge-1", actionStatus="FINISHED"))
    instant(master, "R8", "stopCharging")
    master.wait("instantState", of("R8", actionStatus="FINISHED"))
    assert not ended(master, "R8", "R8-stopCharging")["batteryState"]["charging"]


def test_every_robot_is_told_as_online(master: Driver) -> None:
    links = {event["robot"]: event["state"] for event in master.so_far("link")}
    assert links == {f"R{number}": "ONLINE" for number in range(1, ROBOTS + 1)}


def pick_at(parcel: str) -> Json:
    """What any master may write: no compartment, no loading time."""
    return action("pick", f"pick-{parcel}", stationType="dock", loadType="S", loadId=parcel)


def test_a_parcel_is_dropped_in_the_street_after_a_trigger_only(master: Driver) -> None:
    bare = action("drop", "bare-p2", loadType="S", loadId="p2", stationType="street")
    both = {0: [pick_at("p2")], 2: [bare]}
    error = rejection(master, "R9", order("bare", ["st", "a", "b"], actions=both))
    assert error["errorType"] == "orderError", "anybody who may publish could empty the robot"
    wait = action("waitForTrigger", "wait-p2", triggerType="desk")
    drop = {**bare, "actionId": "drop-p2"}
    pick = {**pick_at("p2"), "actionId": "pick-p2-again"}
    assign(master, "R9", order("o9", ["st", "a", "b"], actions={0: [pick], 2: [wait, drop]}))
    master.wait("actionState", of("R9", actionId="wait-p2", actionStatus="RUNNING"))
    instant(master, "R9", "trigger", actionId="wait-p2")
    master.wait("instantState", of("R9", actionType="trigger", actionStatus="FINISHED"))
    master.wait("actionState", of("R9", actionId="drop-p2", actionStatus="FINISHED"))
    master.wait("orderProcessed", of("R9", orderId="o9", active=False))
    assert ended(master, "R9", "drop-p2")["loads"] == []


def test_a_position_is_initialised_and_the_next_order_begins_there(master: Driver) -> None:
    here = {"x": 0.0, "y": 0.0, "theta": 0.0, "mapId": "peers", "lastNodeId": "st"}
    instant(master, "R10", "initPosition", **here)
    master.wait("instantState", of("R10", actionStatus="FINISHED"))
    assert ended(master, "R10", "R10-initPosition")["agvPosition"]["positionInitialized"]
    assign(master, "R10", order("o10", ["st", "a"]))
    master.wait("orderProcessed", of("R10", active=False))


def test_the_library_finds_the_error_of_an_instant_action_that_failed(master: Driver) -> None:
    instant(master, "R11", "cancelOrder")
    told = master.wait("instantState", of("R11"))
    assert told["actionStatus"] == "FAILED"
    assert told["error"]["errorType"] == "noOrderToCancel"


def test_written_in_its_version_the_library_takes_every_message_as_it_is(tmp_path: Path) -> None:
    with broker() as url, our_robot(url, tmp_path, "2.0.0"):
        options = ["--broker", url, "--interface", INTERFACE, "--manufacturer", MANUFACTURER]
        with driver("master.js", *options, "--version", "exact") as strict:
            strict.wait("state", of("R1"))
            wait = action("waitForTrigger", "wait", triggerType="desk")
            assign(strict, "R1", order("o1", ["st"], actions={0: [wait]}))
            strict.wait("actionState", of("R1", actionId="wait", actionStatus="RUNNING"))
            instant(strict, "R1", "trigger", actionId="wait")
            strict.wait("orderProcessed", of("R1", active=False))
            instant(strict, "R1", "factsheetRequest")
            strict.wait("factsheet", of("R1"))
            assert strict.so_far("invalid") == []
