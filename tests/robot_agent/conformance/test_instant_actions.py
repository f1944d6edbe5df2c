# SPDX-License-Identifier: Apache-2.0
"""VDA 5050 2.1.0, sections 6.6.3, 6.7, 6.8 and 6.9: instant actions, cancelling, pause, maps."""

from itertools import pairwise
from typing import Any

import pytest

from robot_agent.core.events import DropMap, FetchMap, Hold, OpenDoor, Resume, SetPosition
from robot_agent.vda5050.actions import INSTANT_ACTIONS
from tests.robot_agent.conformance.bench_robot import Bench
from tests.robot_agent.conformance.orders import action, along, drop, handover, pick, with_first

HASH = "0" * 64


def driving_bench() -> Bench:
    """Under way from n0 to n2 with a horizon, and something to do at each."""
    bench = Bench()
    actions = {0: (pick("p"),), 1: (pick("q", "S2"),), 2: (drop("p"),), 3: (drop("q", "S2"),)}
    bench.order(along([0, 1, 2, 3], 3, actions=actions))
    bench.run(8_000)
    assert bench.is_moving
    return bench


@pytest.mark.parametrize("kind", [*INSTANT_ACTIONS, "fly", "pick", "handover"])
def test_every_instant_action_becomes_an_action_state_at_once_also_when_refused(kind: str) -> None:
    """'When an AGV receives an instantAction, an appropriate actionStatus is added to the
    actionStates array of the AGV's state.' (6.9)"""
    bench = Bench()
    mark = len(bench.states)
    bench.instant(kind, "i1")
    first = bench.states[mark]
    [found] = [one for one in first.action_states if one.action_id == "i1"]
    assert found.action_type == kind
    bench.run(700_000)
    assert bench.status("i1") in ("FINISHED", "FAILED")
    if bench.status("i1") == "FAILED":
        told = [
            one.reference_value
            for error in bench.state.errors
            for one in error.error_references
            if one.reference_key == "actionId"
        ]
        assert "i1" in told


def test_an_instant_action_sent_again_is_not_done_again() -> None:
    """'to map them to the actionState in the state' (6.6.6, actionId): one id is one action."""
    bench = Bench()
    bench.instant("factsheetRequest", "i1")
    count = len(bench.factsheets)
    bench.instant("factsheetRequest", "i1")
    assert len(bench.factsheets) == count
    assert [one.action_id for one in bench.state.action_states] == ["i1"]


def test_a_state_is_sent_on_request() -> None:
    """'Requests the AGV to send a new state report.' (6.8.1, stateRequest)"""
    bench = Bench()
    mark = len(bench.states)
    bench.instant("stateRequest", "i1")
    assert len(bench.states) > mark
    assert bench.status("i1") == "FINISHED"


def test_a_factsheet_is_sent_on_request() -> None:
    """'Requests the AGV to send a factsheet' (6.8.1, factsheetRequest)"""
    bench = Bench()
    count = len(bench.factsheets)
    bench.instant("factsheetRequest")
    assert len(bench.factsheets) == count + 1


def test_cancel_ends_what_waits_as_failed_and_keeps_the_ids() -> None:
    """'If there are actions scheduled, these actions shall be cancelled and report 'FAILED' in
    their actionState.' 'The orderId and orderUpdateId are kept.' (6.6.3)"""
    bench = driving_bench()
    bench.instant("cancelOrder", "c")
    bench.run(60_000)
    state = bench.state
    assert state.node_states == state.edge_states == ()
    assert (state.order_id, state.order_update_id, state.driving) == ("o1", 0, False)
    assert {one.action_id: one.action_status for one in state.action_states} == {
        "pick-p": "FINISHED",
        "pick-q": "FAILED",
        "drop-p": "FAILED",
        "drop-q": "FAILED",
        "c": "FINISHED",
    }
    assert state.last_node_id in ("n0", "n1")


def test_cancel_is_finished_only_when_the_robot_stands_and_all_is_over() -> None:
    """'After all movement of the vehicle and all of its actions are stopped, the cancelOrder action
    status shall report 'FINISHED'.' (6.6.3)"""
    bench = driving_bench()
    mark = len(bench.states)
    bench.instant("cancelOrder", "c")
    bench.run(60_000)
    finished = []
    for state in bench.seen_since(mark):
        by_id = {one.action_id: one.action_status for one in state.action_states}
        if by_id.get("c") == "FINISHED":
            finished.append(state)
            assert not state.driving
            assert state.node_states == state.edge_states == ()
            assert all(one in ("FINISHED", "FAILED") for one in by_id.values())
    assert finished


def test_while_an_action_cannot_be_interrupted_the_cancel_runs() -> None:
    """'While actions are running, the cancelOrder action shall report 'RUNNING', until all actions
    are cancelled/finished.' (6.6.3)"""
    bench = Bench()
    bench.doors["S1"] = "left"
    bench.order(along([0], actions={0: (pick("p"),)}))
    bench.run(60_000)
    assert bench.told(OpenDoor)
    bench.instant("cancelOrder", "c")
    bench.run(60_000)
    assert (bench.status("pick-p"), bench.status("c")) == ("RUNNING", "RUNNING")
    bench.shut("S1")
    assert bench.status("pick-p") in ("FINISHED", "FAILED")
    assert bench.status("c") == "FINISHED"


def test_a_wait_fails_when_its_order_is_cancelled() -> None:
    """'waitForTrigger fails, if order has been canceled.' (6.8.2)"""
    bench = Bench()
    bench.order(along([0, 1], actions={0: (action("waitForTrigger", "w"),)}))
    bench.instant("cancelOrder", "c")
    assert (bench.status("w"), bench.status("c")) == ("FAILED", "FINISHED")


@pytest.mark.parametrize("before", ["nothing", "finished", "cancelled"])
def test_a_cancel_without_an_order_fails_with_its_error(before: str) -> None:
    """'The AGV shall report a "noOrderToCancel" error with the errorLevel set to 'WARNING'. The
    actionId of the instantAction shall be passed as an errorReference.' (6.6.3.2)"""
    bench = Bench()
    if before != "nothing":
        bench.order(along([0, 1, 2]))
        bench.run(3_000 if before == "cancelled" else 60_000)
    if before == "cancelled":
        bench.instant("cancelOrder", "c1")
        bench.run(60_000)
    bench.instant("cancelOrder", "c2")
    assert bench.status("c2") == "FAILED"
    error = bench.error("noOrderToCancel")
    assert error.error_level == "WARNING"
    assert ("actionId", "c2") in [
        (one.reference_key, one.reference_value) for one in error.error_references
    ]


@pytest.mark.parametrize("way", ["temporary node", "last node"])
def test_after_a_cancel_both_ways_to_begin_anew_are_taken(way: str) -> None:
    """'The AGV shall accept both methods.' (6.6.3.1)"""
    bench = Bench()
    bench.order(along([0, 1, 2]))
    bench.run(3_000)
    bench.instant("cancelOrder")
    bench.run(60_000)
    x = bench.place[0] / 1000
    anew = along([7, 2] if way == "temporary node" else [0, 2], order_id="o2")
    place = {"x": x} if way == "temporary node" else {"allowed_deviation_xy": x + 1}
    bench.order(with_first(anew, **place))
    bench.run(60_000)
    assert bench.error_types == []
    assert (bench.state.order_id, bench.state.last_node_id) == ("o2", "n2")


def test_a_new_order_is_refused_until_the_cancel_has_ended() -> None:
    """'After the cancellation of an order, the vehicle shall be in a state to receive a new order.'
    (6.6.3.1)"""
    bench = driving_bench()
    bench.instant("cancelOrder", "c")
    if bench.status("c") == "RUNNING":
        bench.order(along([1, 0], order_id="o2"))
        assert bench.state.order_id == "o1"
    bench.run(60_000)
    bench.order(with_first(along([1, 0], order_id="o3"), allowed_deviation_xy=30.0))
    assert bench.state.order_id == "o3"


def test_pause_stops_the_robot_where_it_is_and_keeps_the_order() -> None:
    """'No more AGV driving movements - reaching next node is not necessary. [...] Order is
    resumable.' (6.8.1, startPause)"""
    bench = driving_bench()
    bench.instant("startPause", "pause")
    bench.run(60_000)
    where = bench.place
    assert (bench.status("pause"), bench.state.paused, bench.state.driving) == (
        "FINISHED",
        True,
        False,
    )
    assert [one.node_id for one in bench.state.node_states] == ["n1", "n2", "n3"]
    assert bench.told(Hold)
    bench.run(60_000)
    assert bench.place == where
    bench.instant("stopPause", "go")
    assert (bench.status("go"), bench.state.paused) == ("FINISHED", False)
    assert bench.told(Resume)
    bench.run(120_000)
    assert bench.state.last_node_id == "n2"


def test_a_pause_is_finished_only_when_the_robot_stands() -> None:
    """'Vehicle stands still. [...] The AGV reports .paused: "true".' (6.8.2, startPause)"""
    bench = driving_bench()
    bench.instant("startPause", "pause")
    for state in bench.states:
        for one in state.action_states:
            if (one.action_id, one.action_status) == ("pause", "FINISHED"):
                assert not state.driving
                assert state.paused


def test_an_order_may_be_taken_while_paused_and_is_driven_after() -> None:
    """'The AGV can resume the order.' (6.10.6, paused)"""
    bench = Bench()
    bench.instant("startPause")
    bench.order(along([0, 1]))
    bench.run(60_000)
    assert bench.place == (0, 0)
    bench.instant("stopPause")
    bench.run(60_000)
    assert bench.state.last_node_id == "n1"


def test_charging_is_begun_and_ended_by_instant_actions() -> None:
    """'The charging process is stopped. The AGV reports .batteryState.charging: "false"' (6.8.2,
    stopCharging)"""
    bench = Bench()
    for kind, charging in (("startCharging", True), ("stopCharging", False)):
        action_id = bench.instant(kind)
        assert bench.status(action_id) == "RUNNING"
        bench.run(1_000)
        assert bench.status(action_id) == "FINISHED"
        assert bench.state.battery_state.charging is charging


def test_the_position_is_set() -> None:
    """'Resets (overrides) the pose of the AGV with the given parameters.' (6.8.1, initPosition)"""
    bench = Bench()
    bench.instant("initPosition", "i", x=50.0, y=2.0, theta=0.0, mapId="road", lastNodeId="n5")
    bench.run(5_000)
    assert bench.status("i") == "FINISHED"
    assert bench.told(SetPosition)
    pose = bench.state.agv_position
    assert pose is not None
    assert (pose.x, pose.y, bench.state.last_node_id) == (50.0, 2.0, "n5")
    bench.order(along([5, 6]))
    bench.run(60_000)
    assert bench.state.last_node_id == "n6"


def test_a_position_on_a_map_that_is_not_there_is_refused() -> None:
    """'The pose is not valid or cannot be reset.' (6.8.2, initPosition)"""
    bench = Bench()
    bench.instant("initPosition", "i", x=0, y=0, theta=0, mapId="cellar", lastNodeId="n0")
    assert bench.status("i") == "FAILED"


def test_a_log_report_names_its_log() -> None:
    """'The report is stored. The name of the log will be reported in status.' (6.8.2, logReport)"""
    bench = Bench()
    bench.instant("logReport", "i", reason="because")
    bench.run(1_000)
    assert (bench.status("i"), bench.action("i").result_description) == ("FINISHED", "log-1")


def a_download(version: str = "2") -> dict[str, Any]:
    return {
        "mapId": "road",
        "mapVersion": version,
        "mapDownloadLink": "https://maps.example/road.json",
        "mapHash": HASH,
    }


def maps_of(bench: Bench) -> dict[tuple[str, str], str]:
    return {(one.map_id, one.map_version): one.map_status for one in bench.state.maps}


def test_a_map_is_downloaded_enabled_and_the_old_one_deleted() -> None:
    """'Maps shall not be reported in the state, before they are ready to be enabled.' (6.7.3);
    'There can only be one version of maps with the same mapId enabled at a time.' (6.7.2);
    'AGV removes mapId/mapVersion from its state.' (6.8.2, deleteMap)"""
    bench = Bench()
    assert maps_of(bench) == {("road", "1"): "ENABLED"}
    bench.instant("downloadMap", "d", **a_download())
    assert bench.status("d") == "RUNNING"
    assert maps_of(bench) == {("road", "1"): "ENABLED"}
    bench.run(5_000)
    assert bench.status("d") == "FINISHED"
    assert bench.told(FetchMap)[0].sha256 == HASH
    assert maps_of(bench) == {("road", "1"): "ENABLED", ("road", "2"): "DISABLED"}
    bench.instant("enableMap", "e", mapId="road", mapVersion="2")
    assert bench.status("e") == "FINISHED"
    assert maps_of(bench) == {("road", "1"): "DISABLED", ("road", "2"): "ENABLED"}
    bench.instant("deleteMap", "x", mapId="road", mapVersion="1")
    assert bench.status("x") == "FINISHED"
    assert maps_of(bench) == {("road", "2"): "ENABLED"}
    assert bench.told(DropMap)


def test_a_map_that_is_there_is_not_downloaded_again() -> None:
    """'The vehicle shall reject the download of a map with a mapId and mapVersion that is already
    on the vehicle.' (6.7.3)"""
    bench = Bench()
    bench.instant("downloadMap", "d", **a_download("1"))
    assert bench.status("d") == "FAILED"
    assert bench.told(FetchMap) == []


def test_a_download_that_fails_is_told() -> None:
    """'If the download is unsuccessful, the status is set to 'FAILED'.' (6.7.3)"""
    bench = Bench()
    bench.fetches = False
    bench.instant("downloadMap", "d", **a_download())
    bench.run(5_000)
    assert bench.status("d") == "FAILED"
    assert maps_of(bench) == {("road", "1"): "ENABLED"}


def test_a_map_in_use_is_not_deleted() -> None:
    """'Can not delete map, if map is currently in use.' (6.8.2, deleteMap)"""
    bench = Bench()
    bench.instant("deleteMap", "x", mapId="road", mapVersion="1")
    assert bench.status("x") == "FAILED"


@pytest.mark.parametrize("kind", ["enableMap", "deleteMap"])
def test_a_map_that_is_not_there_is_neither_enabled_nor_deleted(kind: str) -> None:
    """'The requested mapId/mapVersion combination does not exist.' (6.8.2, enableMap)"""
    bench = Bench()
    bench.instant(kind, "x", mapId="road", mapVersion="9")
    assert bench.status("x") == "FAILED"


def test_instant_actions_survive_a_new_order_while_they_run() -> None:
    """'Action states, except for running instant actions, are removed upon receiving a new
    order.' (6.10.6)"""
    bench = Bench()
    bench.instant("stateRequest", "done")
    bench.instant("downloadMap", "runs", **a_download())
    bench.order(along([0, 1]))
    assert {one.action_id for one in bench.state.action_states} == {"runs"}
    bench.run(5_000)
    assert bench.status("runs") == "FINISHED"


def test_a_hand_over_with_its_door_open_is_let_finish() -> None:
    """'If the action cannot be interrupted, the actionState of that action should reflect that by
    reporting 'RUNNING' while it is running' (6.6.3)"""
    bench = Bench()
    bench.order(along([0], actions={0: (pick("p"),)}))
    bench.run(60_000)
    bench.order(along([0], order_id="o2", actions={0: (handover("p"),)}))
    bench.code("4711")
    bench.run(2_000)
    bench.instant("cancelOrder", "c")
    assert (bench.status("hand-p"), bench.status("c")) == ("RUNNING", "RUNNING")
    bench.run(10_000)
    assert (bench.status("hand-p"), bench.status("c")) == ("FINISHED", "FINISHED")
    assert bench.state.loads == ()


def test_a_message_of_several_is_done_in_order() -> None:
    """'Array of actions that need to be performed immediately and are not part of the regular
    order.' (6.9)"""
    bench = Bench()
    bench.order(along([0, 1]))
    bench.instants(
        action("cancelOrder", "c", "HARD"),
        action("startPause", "p", "NONE"),
        action("stateRequest", "s", "NONE"),
    )
    bench.run(60_000)
    assert [bench.status(one) for one in "cps"] == ["FINISHED"] * 3
    statuses = [[one.action_id for one in state.action_states] for state in bench.states]
    assert all(set(before) <= set(after) for before, after in pairwise(statuses[1:]))
