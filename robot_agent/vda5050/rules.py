# SPDX-License-Identifier: Apache-2.0
"""The standard's rules beyond the types, in our own words: what is wrong with a message.

Each function returns one sentence a fault, an empty list for a good message. Robots judge inbound
orders with `order_faults`; tests put every message either side emits through `message_faults`.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import msgspec

from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.factsheet import Factsheet
from robot_agent.vda5050.header import Message
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, Edge, Node, Order, Trajectory
from robot_agent.vda5050.state import EdgeState, NodeState, State
from robot_agent.vda5050.timestamps import from_timestamp
from robot_agent.vda5050.visualization import Visualization

MAX_NODES = 10_000
MAX_ACTIONS = 10_000


def message_faults(message: Message) -> list[str]:
    """Header and body."""
    faults = header_faults(message)
    match message:
        case Order():
            faults += order_faults(message)
        case InstantActions():
            faults += instant_actions_faults(message)
        case State():
            faults += state_faults(message)
        case Factsheet():
            faults += factsheet_faults(message)
        case Connection() | Visualization():
            faults += list(_not_finite(message, ""))
    return faults


def header_faults(message: Message) -> list[str]:
    """Section 6.4: every field there, the timestamp in UTC with Z."""
    faults = []
    if message.header_id < 0:
        faults.append("headerId is missing")
    for name, text in (
        ("version", message.version),
        ("manufacturer", message.manufacturer),
        ("serialNumber", message.serial_number),
    ):
        if not text:
            faults.append(f"{name} is missing")
    if not message.timestamp.endswith("Z"):
        faults.append(f"timestamp {message.timestamp!r} does not end with Z")
    else:
        try:
            from_timestamp(message.timestamp)
        except ValueError:
            faults.append(f"timestamp {message.timestamp!r} is not ISO 8601")
    return faults


def order_faults(order: Order) -> list[str]:
    """Section 6.6: one edge less than nodes, sequence ids without gaps, base before horizon."""
    nodes, edges = order.nodes, order.edges
    if not order.order_id:
        return ["orderId is empty"]
    if not nodes:
        return ["nodes is empty"]
    if len(nodes) > MAX_NODES:
        return [f"{len(nodes)} nodes are more than {MAX_NODES}"]
    if len(edges) != len(nodes) - 1:
        return [f"{len(edges)} edges do not join {len(nodes)} nodes"]
    faults = list(_sequence_faults(order))
    if not nodes[0].released:
        faults.append("nodes[0] is not released")
    faults += _release_faults(_interleaved(nodes, edges))
    for index, edge in enumerate(edges):
        ends = (nodes[index].node_id, nodes[index + 1].node_id)
        if (edge.start_node_id, edge.end_node_id) != ends:
            faults.append(f"edges[{index}] does not join node {ends[0]!r} to {ends[1]!r}")
        if edge.trajectory is not None:
            faults += _trajectory_faults(edge.trajectory, f"edges[{index}]")
        if edge.max_speed is not None and not edge.max_speed > 0:
            faults.append(f"edges[{index}].maxSpeed is not above 0")
    actions = [action for item in _interleaved(nodes, edges) for action in item.actions]
    return faults + _action_faults(actions) + list(_not_finite(order, ""))


def instant_actions_faults(message: InstantActions) -> list[str]:
    """Section 6.9: at least one action, ids unique."""
    faults = [] if message.actions else ["actions is empty"]
    return faults + _action_faults(message.actions)


def state_faults(state: State) -> list[str]:
    """Section 6.10: what is left of an order is in order, every action listed once."""
    faults = []
    items: list[NodeState | EdgeState] = sorted(
        (*state.node_states, *state.edge_states), key=lambda item: item.sequence_id
    )
    for before, after in pairwise(items):
        if after.sequence_id != before.sequence_id + 1:
            faults.append(f"sequenceId {after.sequence_id} follows {before.sequence_id}")
    faults += [
        f"sequenceId {item.sequence_id} is even for an edge or odd for a node"
        for item in items
        if isinstance(item, NodeState) == bool(item.sequence_id % 2)
    ]
    if items and isinstance(items[-1], EdgeState):
        faults.append("edgeStates ends with an edge that leads to no node")
    faults += _release_faults(items)
    faults += _unique((one.action_id for one in state.action_states), "actionStates")
    if state.node_states and not state.order_id:
        faults.append("nodeStates without an orderId")
    if state.loads is not None:
        places = [load.load_position for load in state.loads if load.load_position is not None]
        faults += _unique(places, "loads loadPosition")
    for number, error in enumerate(state.errors):
        if not error.error_type:
            faults.append(f"errors[{number}].errorType is empty")
    return faults + list(_not_finite(state, ""))


def factsheet_faults(factsheet: Factsheet) -> list[str]:
    """Section 6.15: actions and load positions named once."""
    actions = (one.action_type for one in factsheet.protocol_features.agv_actions)
    parameters = (one.parameter for one in factsheet.protocol_features.optional_parameters)
    return [
        *_unique(actions, "agvActions"),
        *_unique(parameters, "optionalParameters"),
        *_unique(factsheet.load_specification.load_positions, "loadPositions"),
        *_not_finite(factsheet, ""),
    ]


def _interleaved(nodes: Sequence[Node], edges: Sequence[Edge]) -> list[Node | Edge]:
    items: list[Node | Edge] = [nodes[0]]
    for edge, node in zip(edges, nodes[1:], strict=True):
        items += (edge, node)
    return items


def _sequence_faults(order: Order) -> Iterator[str]:
    first = order.nodes[0].sequence_id
    if first % 2:
        yield f"nodes[0].sequenceId {first} is odd"
    if order.order_update_id == 0 and first != 0:
        yield f"nodes[0].sequenceId of a new order is {first}, not 0"
    for index, node in enumerate(order.nodes):
        if node.sequence_id != first + 2 * index:
            yield f"nodes[{index}].sequenceId is {node.sequence_id}, not {first + 2 * index}"
    for index, edge in enumerate(order.edges):
        if edge.sequence_id != first + 2 * index + 1:
            yield f"edges[{index}].sequenceId is {edge.sequence_id}, not {first + 2 * index + 1}"


def _release_faults(items: Sequence[Node | Edge | NodeState | EdgeState]) -> list[str]:
    """Base before horizon; an edge is released only with the node it leads to."""
    faults = []
    for before, after in pairwise(items):
        if after.released and not before.released:
            faults.append(f"sequenceId {after.sequence_id} is released after the horizon began")
        if (
            isinstance(before, Edge | EdgeState)
            and before.released
            and before.sequence_id + 1 == after.sequence_id
            and not after.released
        ):
            faults.append(f"the edge of sequenceId {before.sequence_id} leads out of the base")
    return faults


def _trajectory_faults(trajectory: Trajectory, where: str) -> list[str]:
    """A NURBS has as many knots as control points plus its degree plus 1, never descending."""
    points, knots = len(trajectory.control_points), trajectory.knot_vector
    if points < trajectory.degree + 1:
        return [f"{where}.trajectory has {points} control points, too few for its degree"]
    if len(knots) != points + trajectory.degree + 1:
        return [f"{where}.trajectory has {len(knots)} knots for {points} control points"]
    if any(after < before for before, after in pairwise(knots)):
        return [f"{where}.trajectory.knotVector descends"]
    return []


def _action_faults(actions: Sequence[Action]) -> list[str]:
    if len(actions) > MAX_ACTIONS:
        return [f"{len(actions)} actions are more than {MAX_ACTIONS}"]
    faults = _unique((action.action_id for action in actions), "actionId")
    for action in actions:
        if not action.action_id or not action.action_type:
            faults.append("an action without actionId or actionType")
        for parameter in action.action_parameters:
            if parameter.value is None:
                faults.append(f"action {action.action_id!r}: {parameter.key} is null")
    return faults


def _unique(values: Iterable[str], what: str) -> list[str]:
    seen: set[str] = set()
    faults = []
    for value in values:
        if value in seen:
            faults.append(f"{what} {value!r} is there twice")
        seen.add(value)
    return faults


def _not_finite(value: object, where: str) -> Iterator[str]:
    """JSON has neither NaN nor infinity."""
    if isinstance(value, float):
        if not math.isfinite(value):
            yield f"{where or 'a number'} is not finite"
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _not_finite(getattr(value, field), field)
    elif isinstance(value, tuple):
        for one in value:
            yield from _not_finite(one, where)
