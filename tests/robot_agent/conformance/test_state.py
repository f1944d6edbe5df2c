# SPDX-License-Identifier: Apache-2.0
"""VDA 5050 2.1.0, sections 6.10 and 6.13 to 6.15: what the robot says, and when."""

from itertools import pairwise

import pytest
from msgspec.structs import replace

from robot_agent.core.events import (
    BatteryRead,
    Blocked,
    Follow,
    Ground,
    Hold,
    MessageRefused,
    ModeChanged,
    PartFailed,
    Posed,
    Resume,
    SafetyChanged,
)
from robot_agent.core.robot import Robot
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.order import Corridor
from robot_agent.vda5050.timestamps import from_timestamp
from robot_agent.vda5050.visualization import Visualization
from tests.robot_agent.conformance.bench_robot import SPEC, Bench
from tests.robot_agent.conformance.orders import along, drop, pick


def sent_ms(bench: Bench) -> list[int]:
    return [from_timestamp(one.timestamp) for one in bench.states]


def test_a_robot_without_an_order_says_so_with_empty_fields() -> None:
    """'Empty string (""), if no previous orderId is available.' '"0" if no previous orderUpdateId
    is available.' (6.10.6)"""
    state = Bench().state
    assert (state.order_id, state.order_update_id) == ("", 0)
    assert (state.last_node_id, state.last_node_sequence_id) == ("", 0)
    assert state.node_states == state.edge_states == state.action_states == state.errors == ()


def test_a_state_comes_at_the_latest_every_30_s() -> None:
    """'The AGV state message will be published with occurrence of relevant events or at the latest
    every 30s' (6.10)"""
    bench = Bench()
    bench.run(200_000)
    assert all(after - before <= 30_000 for before, after in pairwise(sent_ms(bench)))


def test_an_event_is_told_at_once() -> None:
    """'Events that trigger the transmission of the state message are:' (6.10)"""
    bench = Bench()
    bench.run(1_234)

    def told() -> bool:
        nonlocal mark
        new = len(bench.states) > mark
        mark = len(bench.states)
        return new

    mark = len(bench.states)
    bench.order(along([0, 1, 2], 2, actions={0: (pick("p"),)}))
    assert told(), "receiving an order"
    bench.order(along([1, 2], update=1, first=2))
    assert told(), "receiving an order update"
    bench.run(3_900)
    told()
    bench.run(200)
    assert told(), "changes in the load status"
    bench.feed(PartFailed("motor", "too warm", "WARNING"))
    assert told(), "errors or warnings"
    bench.feed(PartFailed("motor", ""))
    assert told(), "the error is gone"
    bench.feed(SafetyChanged("NONE", field_violation=True))
    assert told(), "change in the driving field"
    bench.feed(SafetyChanged("NONE", field_violation=False))
    bench.run(10_000)
    assert any(one.last_node_id == "n1" for one in bench.seen_since(mark)), "driving over a node"
    mark = len(bench.states)
    bench.feed(ModeChanged("SEMIAUTOMATIC"))
    assert told(), "switching the operating mode"
    bench.instant("downloadMap", mapId="a", mapVersion="1", mapDownloadLink="u", mapHash="00")
    told()
    bench.run(2_100)
    assert told(), "change in the maps field"
    bench.feed(BatteryRead(790, charging=True))
    assert told(), "charging, as 3.0 has it"


def test_correlated_changes_are_one_message() -> None:
    """'it is sensible to trigger one state update instead of multiple' (6.10)"""
    bench = Bench()
    mark = len(bench.states)
    bench.order(along([0, 1]))
    assert len(bench.states) == mark + 1
    assert bench.state.driving
    assert [one.node_id for one in bench.state.node_states] == ["n1"]


def test_states_are_not_closer_than_the_factsheet_says() -> None:
    """'Minimum interval for sending state messages.' (6.15.1, minStateInterval)"""
    bench = Bench(replace(SPEC, min_state_interval_ms=500))
    bench.order(along([0, 1, 2], actions={0: (pick("p"),), 1: (drop("p"),)}))
    for _ in range(20):
        bench.instant("stateRequest")
        bench.run(130)
    bench.run(60_000)
    assert all(after - before >= 500 for before, after in pairwise(sent_ms(bench)))
    assert bench.factsheets[0].protocol_limits.timing.min_state_interval == 0.5
    assert bench.state.last_node_id == "n2"


def test_a_traversal_is_one_change() -> None:
    """'The AGV reports the traversal of a node by removing its nodeState from the nodeStates array
    and setting the lastNodeId, lastNodeSequenceId to the traversed node's values.' 'The edge shall
    then be removed from the edgeStates' (6.10.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 3))
    bench.run(60_000)
    ways = [["n1", "n2", "n3"], ["n2", "n3"], ["n3"]]
    for state in bench.states[2:]:
        last = int(state.last_node_id[1:])
        assert [one.node_id for one in state.node_states] == ways[last]
        assert len(state.edge_states) == len(state.node_states)
        assert state.last_node_sequence_id == 2 * last
        if state.edge_states:
            assert state.edge_states[0].sequence_id == state.last_node_sequence_id + 1


def test_ids_and_action_states_stay_when_the_order_is_done() -> None:
    """'The orderId is kept until a new order is received.' 'The action states are kept until a new
    order is received.' (6.10.6)"""
    bench = Bench()
    bench.order(along([0, 1], actions={1: (pick("p"),)}))
    bench.run(600_000)
    state = bench.state
    assert (state.order_id, state.order_update_id) == ("o1", 0)
    assert (state.last_node_id, state.last_node_sequence_id) == ("n1", 2)
    assert state.node_states == state.edge_states == ()
    assert [one.action_status for one in state.action_states] == ["FINISHED"]


def test_a_new_base_is_asked_for_when_the_base_runs_low() -> None:
    """'If the AGV detects that its base is running low, it can set the newBaseRequest flag to
    "true" to prevent unnecessary braking.' (6.10.3)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 3))
    assert not bench.state.new_base_request
    bench.run(12_000)
    assert bench.state.new_base_request
    bench.order(along([2, 3], update=1, first=4))
    assert not bench.state.new_base_request


def test_charge_is_in_percent() -> None:
    """'batteryCharge | %' (6.10.6)"""
    bench = Bench()
    bench.feed(BatteryRead(805, charging=False, voltage_mv=48_200))
    bench.instant("stateRequest")
    battery = bench.state.battery_state
    assert (battery.battery_charge, battery.battery_voltage) == (80.5, 48.2)


@pytest.mark.parametrize("heading", [0, 3_141, -3_141, 3_142, 6_283, 100_000, -100_000])
def test_the_orientation_is_within_pi(heading: int) -> None:
    """'The orientation shall be in radians and shall be within +Pi and -Pi.' (6.7)"""
    bench = Bench()
    bench.feed(Posed(1_500, -2_500, heading))
    bench.instant("stateRequest")
    pose = bench.state.agv_position
    assert pose is not None
    assert (pose.x, pose.y, pose.map_id, pose.position_initialized) == (1.5, -2.5, "road", True)
    assert abs(pose.theta) <= 3.1416


def test_a_position_that_is_not_known_is_not_initialised() -> None:
    """'"false": position is not initialized.' (6.10.6)"""
    bench = Bench()
    bench.feed(Posed(0, 0, 0, localized=False))
    pose = bench.state.agv_position
    assert pose is not None
    assert not pose.position_initialized
    assert "positionLost" in bench.error_types


def test_loads_nobody_knows_are_left_out() -> None:
    """'If the AGV cannot determine the load state, this field shall be omitted completely and not
    be reported as an empty array.' (6.10.6)"""
    bench = Bench()
    assert bench.state.loads == ()
    bench.robot = Robot.lost(SPEC, bench.now_ms, "the disk is broken")
    bench.link_up()
    assert bench.state.loads is None
    assert bench.error("stateLost").error_level == "FATAL"


@pytest.mark.parametrize("e_stop", ["AUTOACK", "MANUAL", "REMOTE"])
def test_an_emergency_stop_is_told_and_stood_through(e_stop: str) -> None:
    """'Acknowledge-Type of eStop' (6.10.6)"""
    bench = Bench()
    bench.order(along([0, 1]))
    bench.run(3_000)
    bench.feed(SafetyChanged(e_stop, field_violation=False))  # type: ignore[arg-type]
    bench.run(10_000)
    assert (bench.state.safety_state.e_stop, bench.state.driving) == (e_stop, False)
    assert bench.place == (3_000, 0)
    bench.feed(SafetyChanged("NONE", field_violation=False))
    bench.run(60_000)
    assert bench.state.last_node_id == "n1"


def test_manual_mode_clears_the_order() -> None:
    """'When the AGV enters or leaves this mode, it immediately clears all the orders' (Table 1,
    MANUAL)"""
    bench = Bench()
    bench.order(along([0, 1, 2], actions={2: (pick("p"),)}))
    bench.run(3_000)
    bench.feed(ModeChanged("MANUAL"))
    bench.run(1_000)
    assert bench.state.node_states == bench.state.edge_states == ()
    assert bench.status("pick-p") == "FAILED"
    assert (bench.state.order_id, bench.state.driving) == ("o1", False)


def test_errors_have_one_of_two_levels_and_go_when_healed() -> None:
    """'A 'WARNING' is a self-resolving error [...] A 'FATAL' error needs human intervention.'
    (6.10.5)"""
    bench = Bench()
    bench.feed(PartFailed("motor", "no current"))
    assert bench.state.errors[0].error_level == "FATAL"
    bench.order(along([0, 1]))
    bench.run(10_000)
    assert bench.place == (0, 0)
    bench.feed(PartFailed("motor", ""))
    assert bench.state.errors == ()
    bench.run(60_000)
    assert bench.place == (10_000, 0)


def test_what_cannot_be_read_is_one_error_however_often_it_comes() -> None:
    """'The vehicle reports the warning "validationError"' (6.6.4.1)"""
    bench = Bench()
    for _ in range(3):
        bench.feed(MessageRefused("order", "order: Input data was truncated"))
    assert bench.error_types == ["validationError"]
    assert bench.state.errors[0].error_description == "order: Input data was truncated"


def test_what_stands_in_the_way_is_information_only() -> None:
    """'Master control shall not use the info messages for logic' (6.10.4)"""
    bench = Bench()
    bench.feed(Blocked("people ahead"))
    assert bench.state.errors == ()
    assert [one.info_type for one in bench.state.information] == ["blocked"]


def test_without_the_broker_the_base_is_driven_to_its_end() -> None:
    """'If the AGV disconnects from the broker, it keeps all the order information and fulfills the
    order up to the last released node.' (6.2)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3], 3, actions={1: (pick("p"),)}))
    bench.link_down()
    mark = len(bench.messages)
    bench.run(300_000)
    assert bench.place == (20_000, 0)
    assert len(bench.messages) == mark
    bench.link_up()
    back = bench.messages[mark:]
    assert isinstance(back[0], Connection)
    assert back[0].connection_state == "ONLINE"
    assert bench.state.last_node_id == "n2"
    assert bench.status("pick-p") == "FINISHED"
    assert bench.now_ms == from_timestamp(bench.state.timestamp) - from_timestamp(
        bench.states[0].timestamp
    )


def test_the_position_is_shown_more_often_where_that_is_wanted() -> None:
    """'For a near real-time position update the AGV can broadcast its position and velocity on the
    topic visualization.' (6.13)"""
    bench = Bench(replace(SPEC, visualization_ms=200))
    bench.order(along([0, 1]))
    bench.run(9_000)
    shown = [one for one in bench.messages if isinstance(one, Visualization)]
    assert len(shown) >= 40
    assert all(one.agv_position is not None and one.velocity is not None for one in shown)


def test_the_connection_is_told_online_on_every_connect() -> None:
    """'Send the topic "uagv/v2/manufacturer/SN/connection" with connectionState set to ONLINE.'
    (6.14)"""
    bench = Bench()
    bench.link_down()
    bench.link_up()
    told = [one for one in bench.messages if isinstance(one, Connection)]
    assert [one.connection_state for one in told] == ["ONLINE", "ONLINE"]


def test_the_factsheet_says_what_the_robot_can_do() -> None:
    """'Array of all actions with parameters supported by this AGV.' 'This array contains the valid
    values for the parameter "state.loads[].loadPosition" and for the action parameter "lhd"'
    (6.15.1)"""
    [sheet] = Bench().factsheets
    assert sheet.load_specification.load_positions == SPEC.compartments
    scopes = {one.action_type: one.action_scopes for one in sheet.protocol_features.agv_actions}
    assert scopes["handover"] == ("NODE",)
    assert scopes["cancelOrder"] == ("INSTANT",)
    assert set(scopes["startCharging"]) == {"INSTANT", "NODE"}
    named = {one.parameter for one in sheet.protocol_features.optional_parameters}
    assert any("trajectory" in one for one in named)
    assert any("corridor" in one for one in named)
    assert sheet.physical_parameters.height_min > 0


def test_every_field_the_factsheet_does_not_name_is_refused_and_every_one_it_names_taken() -> None:
    """'Optional parameters that are not listed here are assumed to be not supported by the AGV.'
    (6.15.1)"""
    [sheet] = Bench().factsheets
    named = {
        one.parameter.rsplit(".", 1)[-1] for one in sheet.protocol_features.optional_parameters
    }
    for field, value in (
        ("maxSpeed", {"max_speed": 1.0}),
        ("length", {"length": 12.0}),
        ("corridor", {"corridor": Corridor(left_width=1, right_width=1)}),
        ("orientation", {"orientation": 0.0}),
        ("direction", {"direction": "left"}),
        ("minHeight", {"min_height": 1.0}),
        ("maxRotationSpeed", {"max_rotation_speed": 1.0}),
    ):
        bench = Bench()
        bench.order(along([0, 1], **value))
        assert (bench.state.order_id == "o1") == (field in named), field


def test_the_corridor_is_kept_to() -> None:
    """'If not, the vehicle shall stop because it is out of the allowed navigation space and report
    an error.' (6.6.5)"""
    bench = Bench()
    corridor = Corridor(left_width=1.0, right_width=0.5)
    bench.order(along([0, 1], corridor=corridor))
    bench.run(4_000)
    bench.feed(Posed(4_000, 900, 0, speed_mm_s=1000))
    assert bench.is_moving
    bench.feed(Posed(4_000, -900, 0, speed_mm_s=1000))
    assert not bench.is_moving
    assert isinstance(bench.effects[-2], Hold) or bench.told(Hold)
    assert bench.error("corridorViolation").error_references[0].reference_value == "n0-n1"
    bench.feed(Posed(4_000, 0, 0))
    assert bench.told(Resume)
    assert bench.error_types == []


def test_outside_its_fence_the_robot_stands() -> None:
    """'A 'FATAL' error needs human intervention.' (6.10.5): 2.1 knows no zones, so the fence of
    the robot's own map is the guard behind the master's graph."""
    fence = ((-5_000, -5_000), (15_000, -5_000), (15_000, 5_000), (-5_000, 5_000))
    ground = Ground(map_id="road", map_version="1", fence=(fence,))
    bench = Bench(replace(SPEC, ground=ground))
    bench.order(along([0, 1, 2]))
    bench.run(60_000)
    assert bench.place[0] < 20_000
    assert not bench.state.driving
    error = bench.error("geofenceViolation")
    assert error.error_level == "FATAL"
    assert {one.reference_key for one in error.error_references} == {"x", "y"}
    assert bench.state.safety_state.field_violation is False


def test_nothing_beyond_the_base_is_ever_a_path() -> None:
    """'If a node or edge is not released, the AGV shall not traverse it.' (6.6.1)"""
    bench = Bench()
    bench.order(along([0, 1, 2, 3, 4], 2))
    bench.run(4_000)
    bench.order(along([1, 2, 3, 4], 2, update=1, first=2))
    bench.run(60_000)
    assert [len(one.stretches) for one in bench.told(Follow)] == [1, 2]
    assert bench.place == (20_000, 0)
