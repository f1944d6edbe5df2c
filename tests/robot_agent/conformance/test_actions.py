# SPDX-License-Identifier: Apache-2.0
"""VDA 5050 2.1.0, sections 6.8, 6.11 and 6.12: actions, their states and what they block."""

from itertools import pairwise
from typing import Any

import pytest

from robot_agent.core.events import Follow, LockDoor, OpenDoor, Signal
from tests.robot_agent.conformance.bench_robot import Bench
from tests.robot_agent.conformance.orders import action, along, drop, handover, pick

ORDER_OF = ("WAITING", "INITIALIZING", "RUNNING", "PAUSED", "FINISHED", "FAILED")


def history(bench: Bench, action_id: str) -> list[str]:
    """The statuses of an action as the master saw them, without repeats."""
    seen = [
        one.action_status
        for state in bench.states
        for one in state.action_states
        if one.action_id == action_id
    ]
    return [seen[0], *(after for before, after in pairwise(seen) if before != after)]


def running(bench: Bench) -> list[set[str]]:
    """Which actions ran together, state by state."""
    return [
        {one.action_id for one in state.action_states if one.action_status == "RUNNING"}
        for state in bench.states
    ]


def test_every_action_of_base_and_horizon_is_listed_waiting() -> None:
    """'Action was received by the AGV but the node where it triggers was not yet reached' is
    WAITING (Table 2)."""
    bench = Bench()
    lights = action("signal", "lights", "NONE", kind="light")
    bench.order(
        along([0, 1, 2], 2, actions={1: (pick("p"),), 2: (drop("p"),)}, edge_actions={1: (lights,)})
    )
    assert {one.action_id: one.action_status for one in bench.state.action_states} == {
        "pick-p": "WAITING",
        "drop-p": "WAITING",
        "lights": "WAITING",
    }


def test_an_action_begins_when_its_node_is_traversed() -> None:
    """'As soon as the AGV reports the node as traversed, the AGV shall trigger the actions
    associated with the node, if any.' (6.10.2)"""
    bench = Bench()
    bench.order(along([0, 1], actions={1: (pick("p"),)}))
    bench.run(60_000)
    for state in bench.states:
        status = next(
            (one.action_status for one in state.action_states if one.action_id == "pick-p"), None
        )
        if state.last_node_id == "n0":
            assert status == "WAITING"
        if state.last_node_id == "n1":
            assert status in ("RUNNING", "FINISHED")
    assert history(bench, "pick-p") == ["WAITING", "RUNNING", "FINISHED"]


def test_the_result_is_in_the_result_description() -> None:
    """'The action is finished. A result is reported via the resultDescription.' (Table 2)"""
    bench = Bench()
    bench.order(along([0], actions={0: (pick("p"),)}))
    bench.run(60_000)
    assert bench.action("pick-p").result_description == "loaded"


def test_a_failed_action_is_an_error_too_and_the_order_goes_on() -> None:
    """'Failed drop operations should correspond with an error.' (6.8.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2], actions={1: (drop("nobody's"),)}))
    bench.run(60_000)
    assert bench.status("drop-nobody's") == "FAILED"
    references = bench.error("actionError").error_references
    assert ("actionId", "drop-nobody's") in [
        (one.reference_key, one.reference_value) for one in references
    ]
    assert bench.state.last_node_id == "n2"


@pytest.mark.parametrize("blocking", ["SOFT", "HARD"])
def test_the_robot_stands_while_a_blocking_action_is_left(blocking: str) -> None:
    """'Vehicle shall not drive.' (Table 3, SOFT and HARD)"""
    bench = Bench()
    wait = action("waitForTrigger", "w", blocking, triggerType="button")
    bench.order(along([0, 1, 2], actions={1: (wait,)}))
    bench.run(120_000)
    assert bench.place == (10_000, 0)
    assert not bench.state.driving
    bench.instant("trigger", actionId="w")
    bench.run(60_000)
    assert bench.status("w") == "FINISHED"
    assert bench.state.last_node_id == "n2"


def test_an_action_that_blocks_nothing_is_done_while_driving() -> None:
    """'Action can be executed in parallel with other actions and while the vehicle is driving.'
    (Table 3, NONE)"""
    bench = Bench()
    horn = action("signal", "horn", "NONE", kind="horn")
    bench.order(along([0, 1, 2], actions={1: (horn,)}))
    bench.run(60_000)
    assert bench.status("horn") == "FINISHED"
    assert bench.now_ms >= 20_000
    assert [len(one.stretches) for one in bench.told(Follow)] == [2]


def test_hard_actions_run_alone_and_in_the_order_of_the_list() -> None:
    """'Action shall not be executed in parallel with other actions.' (Table 3, HARD)"""
    bench = Bench()
    hard = (pick("p", "S1"), pick("q", "S2"), drop("p", "S1"))
    bench.order(along([0], actions={0: hard}))
    bench.run(120_000)
    assert all(len(one) <= 1 for one in running(bench))
    begun = [one for before, after in pairwise(running(bench)) for one in sorted(after - before)]
    assert begun == ["pick-p", "pick-q", "drop-p"]


def test_soft_actions_run_together() -> None:
    """'Action can be executed in parallel with other actions. Vehicle shall not drive.'
    (Table 3, SOFT)"""
    bench = Bench()
    waits = tuple(action("waitForTrigger", one, "SOFT") for one in ("a", "b"))
    bench.order(along([0, 1], actions={0: waits}))
    assert {"a", "b"} in running(bench)


def test_a_hard_action_waits_for_those_before_it_and_holds_back_those_after_it() -> None:
    """'The order of multiple actions in a list define the sequence, in which those actions are to
    be executed.' (6.12)"""
    bench = Bench()
    listed = (
        action("waitForTrigger", "a", "SOFT"),
        action("waitForTrigger", "b", "HARD"),
        action("waitForTrigger", "c", "SOFT"),
    )
    bench.order(along([0], actions={0: listed}))
    assert [bench.status(one) for one in "abc"] == ["RUNNING", "WAITING", "WAITING"]
    bench.instant("trigger", actionId="a")
    assert [bench.status(one) for one in "abc"] == ["FINISHED", "RUNNING", "WAITING"]
    bench.instant("trigger", actionId="b")
    assert [bench.status(one) for one in "abc"] == ["FINISHED", "FINISHED", "RUNNING"]


def test_an_edge_action_runs_while_on_the_edge_and_ends_with_it() -> None:
    """'Actions that are to be executed on an edge shall only run while the AGV is on the edge'
    (6.8)"""
    bench = Bench()
    lights = action("signal", "lights", "NONE", kind="light")
    bench.order(along([0, 1, 2, 3], edge_actions={1: (lights,)}))
    bench.run(60_000)
    for state in bench.states:
        status = next((one.action_status for one in state.action_states), None)
        if state.last_node_id == "n0":
            assert status == "WAITING"
        elif state.last_node_id == "n1":
            assert status == "RUNNING"
        elif state.last_node_id in ("n2", "n3"):
            assert status == "FINISHED"
    assert [one.on for one in bench.told(Signal)] == [True, False]


def test_a_load_is_in_the_state_with_its_position() -> None:
    """'Load has entered the AGV and AGV reports new load state.' (6.8.2, pick)"""
    bench = Bench()
    assert bench.state.loads == ()
    bench.order(along([0, 1], actions={0: (pick("p", "M1"),), 1: (drop("p", "M1"),)}))
    bench.run(9_000)
    assert bench.state.loads is not None
    [load] = bench.state.loads
    assert (load.load_id, load.load_type, load.load_position) == ("p", "M", "M1")
    bench.run(60_000)
    assert bench.state.loads == ()


@pytest.mark.parametrize("given", [{}, {"lhd": "S2"}, {"loadId": "p"}])
def test_lhd_and_load_id_may_be_left_out(given: dict[str, str]) -> None:
    """'lhd (string, optional)', 'loadId(string, optional)' (6.8.1, pick)"""
    bench = Bench()
    bench.order(
        along(
            [0],
            actions={
                0: (
                    action("pick", "in", stationType="floor", loadType="S", **given),
                    action("drop", "out"),
                )
            },
        )
    )
    bench.run(60_000)
    assert (bench.status("in"), bench.status("out")) == ("FINISHED", "FINISHED")
    assert bench.state.loads == ()


def test_charging_is_done_when_it_has_begun_not_when_full() -> None:
    """'The charging process is started. The AGV reports .batteryState.charging: "true".' (6.8.2,
    startCharging)"""
    bench = Bench()
    bench.order(along([0, 1], actions={1: (action("startCharging", "c"),)}))
    bench.run(60_000)
    assert bench.status("c") == "FINISHED"
    assert bench.state.battery_state.charging
    assert bench.state.battery_state.battery_charge == 80
    first = next(one for one in bench.states if one.battery_state.charging)
    before = bench.states[bench.states.index(first) - 1]
    assert all(
        one.action_status != "FINISHED" for one in before.action_states if one.action_id == "c"
    )


def test_charging_that_does_not_begin_fails_with_an_error() -> None:
    """'Charging problems should correspond with an error.' (6.8.2, startCharging)"""
    bench = Bench()
    bench.charges = False
    bench.order(along([0], actions={0: (action("startCharging", "c"),)}))
    bench.run(59_000)
    assert bench.status("c") == "RUNNING"
    bench.run(10_000)
    assert bench.status("c") == "FAILED"
    assert "actionError" in bench.error_types


def test_fine_positioning_is_done_on_the_node() -> None:
    """'On a node, AGV will position exactly on a target.' (6.8.1, finePositioning)"""
    bench = Bench()
    bench.order(along([0, 1], actions={1: (action("finePositioning", "f"),)}))
    bench.run(60_000)
    assert bench.status("f") == "FINISHED"


def test_a_pin_hand_over_by_any_master_is_a_wait_and_a_drop() -> None:
    """'AGV has to wait for a trigger on the AGV (e.g., button press, manual loading).' (6.8.1,
    waitForTrigger)"""
    bench = Bench()
    bench.order(along([0], actions={0: (pick("p"),)}))
    bench.run(60_000)
    stop = (action("waitForTrigger", "w", triggerType="pin"), drop("p"))
    bench.order(along([0, 1, 2], order_id="o2", actions={1: stop}))
    bench.run(600_000)
    assert (bench.status("w"), bench.status("drop-p")) == ("RUNNING", "WAITING")
    bench.instant("trigger", actionId="w")
    bench.run(60_000)
    assert (bench.status("w"), bench.status("drop-p")) == ("FINISHED", "FINISHED")
    assert bench.state.last_node_id == "n2"


def test_a_custom_action_ends_finished_or_failed_as_any_other() -> None:
    """'the AGV manufacturer can define additional actions that shall be used by master control'
    (6.8): ours is handover."""
    bench = Bench()
    bench.order(along([0], actions={0: (pick("p"), pick("q", "S2"))}))
    bench.run(60_000)
    people = (handover("p"), handover("q", "S2", code="1234"))
    bench.order(along([0, 1], order_id="o2", actions={1: people}))
    bench.run(12_000)
    bench.code("9999")
    assert bench.told(OpenDoor)[2:] == []
    bench.code("4711")
    bench.run(120_000)
    assert bench.action("hand-p").result_description == "collected presumed"
    assert (bench.status("hand-q"), bench.action("hand-q").result_description) == (
        "FAILED",
        "no_show",
    )
    assert bench.told(LockDoor) == []


@pytest.mark.parametrize("kind", ["pick", "handover", "waitForTrigger", "startCharging"])
def test_a_status_only_moves_forward_and_ends_once(kind: str) -> None:
    """'FINISHED' and 'FAILED' have no way on (Figure 16)."""
    bench = Bench()
    bench.order(along([0], actions={0: (pick("p"),)}))
    bench.run(60_000)
    does: Any = {
        "pick": pick("q", "S2", "a"),
        "handover": handover("p"),
        "waitForTrigger": action("waitForTrigger", "a"),
        "startCharging": action("startCharging", "a"),
    }[kind]
    bench.order(along([0, 1], order_id="o2", actions={1: (does,)}))
    bench.run(200_000)
    bench.instant("cancelOrder")
    bench.run(200_000)
    for before, after in pairwise(history(bench, does.action_id)):
        assert ORDER_OF.index(before) < ORDER_OF.index(after)
        assert before not in ("FINISHED", "FAILED")
