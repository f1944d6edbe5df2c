# SPDX-License-Identifier: Apache-2.0
"""The state (VDA 5050 2.1.0, section 6.10) and visualization messages from the robot's memory.

A moving robot tells every second where it is and little else changes, so all but pose and battery
is made once for each change. What must hold: `memory.changes` counts every change of the rest.
"""

from collections.abc import Iterator

from robot_agent.core import driving, maps
from robot_agent.core.conditions import conditions
from robot_agent.core.memory import Memory, Run
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import PRESUMED
from robot_agent.vda5050.order import Edge, Node
from robot_agent.vda5050.state import (
    ActionState,
    AgvPosition,
    BatteryState,
    EdgeState,
    ErrorReference,
    Info,
    NodeState,
    SafetyState,
    State,
    Velocity,
)
from robot_agent.vda5050.visualization import Visualization

PI = 3.14159
TURN_MRAD = 6_283
MAX_REFERENCES = 100


class Reporter:
    """Makes a robot's messages; its cache is no state: without it the same messages come."""

    def __init__(self, spec: RobotSpec) -> None:
        self._spec = spec
        self._changes = -1
        self._frame: State | None = None

    def state(self, memory: Memory) -> State:
        """At `memory.now_ms`."""
        if self._frame is None or self._changes != memory.changes:
            self._frame, self._changes = _frame(memory, self._spec), memory.changes
        frame = self._frame
        return State(
            order_id=frame.order_id,
            order_update_id=frame.order_update_id,
            last_node_id=frame.last_node_id,
            last_node_sequence_id=frame.last_node_sequence_id,
            driving=frame.driving,
            operating_mode=frame.operating_mode,
            node_states=frame.node_states,
            edge_states=frame.edge_states,
            action_states=frame.action_states,
            battery_state=_battery(memory),
            errors=frame.errors,
            safety_state=frame.safety_state,
            maps=frame.maps,
            paused=frame.paused,
            new_base_request=frame.new_base_request,
            distance_since_last_node=driving.done_mm(memory) / 1000,
            agv_position=_position(memory),
            velocity=Velocity(vx=memory.speed_mm_s / 1000),
            loads=frame.loads,
            information=frame.information,
        )


def visualization(memory: Memory) -> Visualization:
    """Position and velocity alone, for displays."""
    return Visualization(
        agv_position=_position(memory), velocity=Velocity(vx=memory.speed_mm_s / 1000)
    )


def _frame(memory: Memory, spec: RobotSpec) -> State:
    kept = memory.kept
    return State(
        order_id=kept.order_id,
        order_update_id=kept.order_update_id,
        last_node_id=kept.last_node_id,
        last_node_sequence_id=kept.last_sequence_id,
        driving=driving.is_driving(memory),
        paused=kept.paused,
        new_base_request=_is_base_low(memory),
        operating_mode=memory.mode,
        node_states=tuple(_node_state(node) for node in kept.nodes),
        edge_states=tuple(_edge_state(edge) for edge in kept.edges),
        action_states=tuple(_action_state(run) for run in kept.runs.values()),
        battery_state=_battery(memory),
        errors=(*kept.errors, *conditions(memory)),
        information=tuple(_information(memory)),
        safety_state=SafetyState(e_stop=memory.e_stop, field_violation=memory.field_violation),
        maps=maps.infos(memory),
        # Left out where nobody knows: an empty array would say that it is empty (6.10.6).
        loads=None
        if kept.lost
        else tuple(kept.loads[one] for one in spec.compartments if one in kept.loads),
    )


def _is_base_low(memory: Memory) -> bool:
    """The last released node is the next one, and there is a horizon to wait for (6.10.3)."""
    nodes = memory.kept.nodes
    return bool(nodes) and not nodes[min(1, len(nodes) - 1)].released


def _node_state(node: Node) -> NodeState:
    """Without its position, which the master knows and which would be most of the message."""
    return NodeState(node_id=node.node_id, sequence_id=node.sequence_id, released=node.released)


def _edge_state(edge: Edge) -> EdgeState:
    """Without its trajectory, for the same reason."""
    return EdgeState(edge_id=edge.edge_id, sequence_id=edge.sequence_id, released=edge.released)


def _action_state(run: Run) -> ActionState:
    return ActionState(
        action_id=run.action.action_id,
        action_type=run.action.action_type,
        action_status=run.status,
        result_description=run.result,
    )


def _battery(memory: Memory) -> BatteryState:
    voltage_mv = memory.voltage_mv
    return BatteryState(
        battery_charge=max(0, min(memory.charge_permille, 1000)) / 10,
        charging=memory.charging,
        battery_voltage=voltage_mv / 1000 if voltage_mv is not None else None,
    )


def _position(memory: Memory) -> AgvPosition:
    turned = (memory.heading_mrad + TURN_MRAD // 2) % TURN_MRAD - TURN_MRAD // 2
    return AgvPosition(
        x=memory.x_mm / 1000,
        y=memory.y_mm / 1000,
        theta=max(-PI, min(PI, turned / 1000)),
        map_id=memory.kept.map_id,
        position_initialized=memory.posed and memory.localized,
        deviation_range=memory.deviation_mm / 1000 if memory.deviation_mm is not None else None,
    )


def _information(memory: Memory) -> Iterator[Info]:
    """For people and debugging: nothing may be decided on it."""
    kept = memory.kept
    if kept.keypad.wrong_codes:
        yield _info("wrongCodes", f"{kept.keypad.wrong_codes} wrong codes in a row", ())
    if kept.keypad.locked_until_ms > memory.now_ms:
        yield _info("keypadLocked", "no code is looked at for a while", ())
    presumed = tuple(
        key
        for key, run in kept.runs.items()
        if run.result is not None and run.result.endswith(f" {PRESUMED}")
    )
    if presumed:
        sentence = "handed over, but no sensor saw it"
        yield _info("presumed", sentence, presumed[-MAX_REFERENCES:])
    if memory.reasons and kept.nodes:
        yield _info("standing", ", ".join(memory.reasons), ())
    if memory.blocked:
        yield _info("blocked", memory.blocked, ())


def _info(info_type: str, sentence: str, action_ids: tuple[str, ...]) -> Info:
    return Info(
        info_type=info_type,
        info_level="INFO",
        info_description=sentence,
        info_references=tuple(
            ErrorReference(reference_key="actionId", reference_value=one) for one in action_ids
        ),
    )
