# SPDX-License-Identifier: Apache-2.0
"""The state message (VDA 5050 2.1.0, section 6.10) from the robot's memory."""

from robot_agent.core.memory import MS_PER_HOUR, Memory, Run
from robot_agent.core.motion import done_mm, pose
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.order import Edge, Node
from robot_agent.vda5050.state import (
    ActionState,
    AgvPosition,
    BatteryState,
    EdgeState,
    ErrorReference,
    Info,
    NodeState,
    NodeStatePosition,
    SafetyState,
    State,
    Velocity,
)


def state_of(memory: Memory, spec: RobotSpec) -> State:
    """At `memory.now_ms`; its energy must have been settled until then."""
    leg = memory.leg
    is_driving = leg is not None and leg.since_ms is not None
    x_mm, y_mm, heading_mrad = pose(memory, memory.now_ms)
    return State(
        order_id=memory.order_id,
        order_update_id=memory.order_update_id,
        last_node_id=memory.last_node_id,
        last_node_sequence_id=memory.last_sequence_id,
        driving=is_driving,
        paused=memory.paused,
        new_base_request=_is_base_low(memory),
        distance_since_last_node=done_mm(leg, memory.now_ms) / 1000 if leg is not None else 0.0,
        operating_mode="AUTOMATIC",
        node_states=tuple(_node_state(node) for node in memory.nodes),
        edge_states=tuple(_edge_state(edge) for edge in memory.edges),
        action_states=tuple(_action_state(run) for run in memory.runs.values()),
        battery_state=BatteryState(
            battery_charge=battery_permille(memory, spec) / 10, charging=memory.charging
        ),
        errors=tuple(memory.errors),
        information=_information(memory),
        safety_state=SafetyState(e_stop="NONE", field_violation=False),
        agv_position=AgvPosition(
            x=x_mm / 1000,
            y=y_mm / 1000,
            theta=max(-3.14159, min(3.14159, heading_mrad / 1000)),
            map_id=spec.map_id,
            position_initialized=True,
        ),
        velocity=Velocity(vx=leg.speed_mm_s / 1000 if leg is not None and is_driving else 0.0),
        loads=tuple(memory.loads[one] for one in spec.compartments if one in memory.loads),
    )


def battery_permille(memory: Memory, spec: RobotSpec) -> int:
    """0 to 1000, rounded down."""
    return memory.energy_mwms * 1000 // (spec.battery_mwh * MS_PER_HOUR)


def _is_base_low(memory: Memory) -> bool:
    """The last released node is the next one, and there is a horizon to wait for."""
    released = sum(node.released for node in memory.nodes)
    return released <= 1 and released < len(memory.nodes)


def _node_state(node: Node) -> NodeState:
    position = node.node_position
    return NodeState(
        node_id=node.node_id,
        sequence_id=node.sequence_id,
        released=node.released,
        node_position=NodeStatePosition(x=position.x, y=position.y, map_id=position.map_id)
        if position is not None
        else None,
    )


def _edge_state(edge: Edge) -> EdgeState:
    """Without its trajectory, which the master knows and which would be most of the message."""
    return EdgeState(edge_id=edge.edge_id, sequence_id=edge.sequence_id, released=edge.released)


def _action_state(run: Run) -> ActionState:
    return ActionState(
        action_id=run.action.action_id,
        action_type=run.action.action_type,
        action_status=run.status,
        result_description=run.result,
    )


def _information(memory: Memory) -> tuple[Info, ...]:
    return tuple(
        Info(
            info_type="wrongCode",
            info_level="INFO",
            info_description=f"{door.wrong_codes} wrong codes",
            info_references=(
                ErrorReference(reference_key="actionId", reference_value=door.action_id),
            ),
        )
        for door in memory.doors
        if door.wrong_codes
    )
