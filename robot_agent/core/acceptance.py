# SPDX-License-Identifier: Apache-2.0
"""Whether an order is taken (VDA 5050 2.1.0, section 6.6.4, Figure 8), and taking it.

What must hold: a rejected order changes nothing but the errors; the base is only ever extended;
a duplicate is ignored without an error.
"""

import math
from typing import Literal

import msgspec

from robot_agent.core import faults
from robot_agent.core.memory import Memory, Run
from robot_agent.core.motion import mm_of
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import DROP, HANDOVER, IN, NODE_ACTIONS, OUT, PICK
from robot_agent.vda5050.order import Action, Edge, Node, Order
from robot_agent.vda5050.rules import order_faults

# A deviation of 0 or none at all means the vendor's own tolerance.
OWN_TOLERANCE_MM = 500
MAX_NODES = 1_000
MAX_ACTIONS_PER_NODE = 64
MAX_ACTIONS = 2_000
MAX_CONTROL_POINTS = 500
MAX_DURATION_MS = 24 * 3_600_000
# Optional edge fields this robot cannot heed, so an order with them must not be accepted.
UNUSED_EDGE_FIELDS = ("orientation", "direction", "max_height", "min_height", "max_rotation_speed")


class Rejection(msgspec.Struct, frozen=True):
    """Why not, with the reference to what is at fault beside the order's own ids."""

    error_type: str
    sentence: str
    reference: tuple[str, str] | None = None


Verdict = Literal["new", "update", "duplicate"] | Rejection


def take(order: Order, memory: Memory, spec: RobotSpec) -> None:
    """Judges the order and takes it over, ignores it or reports why it was rejected."""
    memory.dirty = True
    verdict = judge(order, memory, spec)
    if isinstance(verdict, Rejection):
        references = {
            "topic": "order",
            "headerId": str(order.header_id),
            "orderId": order.order_id,
            "orderUpdateId": str(order.order_update_id),
        }
        if verdict.reference is not None:
            references[verdict.reference[0]] = verdict.reference[1]
        faults.report(memory, verdict.error_type, verdict.sentence, references)
    elif verdict == "new":
        _start(order, memory)
    elif verdict == "update":
        _append(order, memory)


def judge(order: Order, memory: Memory, spec: RobotSpec) -> Verdict:
    """In the order of Figure 8: the message, its ids, where it begins, what it asks for."""
    broken = order_faults(order)
    if broken:
        return Rejection("validationError", broken[0])
    if order.order_id == memory.order_id:
        if order.order_update_id == memory.order_update_id:
            return "duplicate"
        misfit = _update_misfit(order, memory)
    else:
        misfit = _start_misfit(order, memory)
    if misfit is not None:
        return misfit
    is_update = order.order_id == memory.order_id
    misfit = _unsupported(order, memory, spec, is_update=is_update)
    if misfit is not None:
        return misfit
    return "update" if is_update else "new"


def _update_misfit(order: Order, memory: Memory) -> Rejection | None:
    if order.order_update_id < memory.order_update_id:
        return Rejection(
            "orderUpdateError",
            f"update {order.order_update_id} is older than {memory.order_update_id}",
        )
    if memory.cancelled or memory.cancels:
        return Rejection("orderUpdateError", "the order was cancelled")
    first = order.nodes[0]
    if (first.node_id, first.sequence_id) != memory.base_end:
        node_id, sequence_id = memory.base_end
        return Rejection(
            "orderUpdateError",
            f"the update does not begin at the decision point {node_id} ({sequence_id})",
            ("nodeId", first.node_id),
        )
    return None


def _start_misfit(order: Order, memory: Memory) -> Rejection | None:
    if memory.is_busy or memory.cancels:
        return Rejection("orderError", f"order {memory.order_id} is still being executed")
    if order.order_update_id > 0:
        # 2.1 leaves it open, 3.0 says so: a new order begins with update 0. Taking the rest of an
        # order that was forgotten over a restart for a new one would load its parcels again.
        return Rejection(
            "orderUpdateError",
            f"update {order.order_update_id} of order {order.order_id}, which is not held",
        )
    first = order.nodes[0]
    if first.node_id == memory.last_node_id:
        return None
    position = first.node_position
    if position is not None:
        allowed_mm = mm_of(position.allowed_deviation_xy or 0) or OWN_TOLERANCE_MM
        dx_mm, dy_mm = mm_of(position.x) - memory.x_mm, mm_of(position.y) - memory.y_mm
        if math.isqrt(dx_mm**2 + dy_mm**2) <= allowed_mm:
            return None
    return Rejection(
        "noRouteError",
        f"the first node is not where the robot stands ({memory.last_node_id})",
        ("nodeId", first.node_id),
    )


def _unsupported(
    order: Order, memory: Memory, spec: RobotSpec, *, is_update: bool
) -> Rejection | None:
    ahead = len(memory.nodes) if is_update else 0
    if ahead + len(order.nodes) > MAX_NODES:
        return Rejection("orderError", f"more than {MAX_NODES} nodes", ("field", "nodes"))
    known = _kept_action_ids(memory) if is_update else frozenset[str]()
    if len(known) + sum(len(node.actions) for node in order.nodes) > MAX_ACTIONS:
        return Rejection("orderError", f"more than {MAX_ACTIONS} actions", ("field", "actions"))
    for index, node in enumerate(order.nodes):
        misfit = _node_misfit(node, index, spec)
        if misfit is not None:
            return misfit
        # The stitching node is used as it came the first time; its re-sent actions are known.
        if is_update and index == 0:
            continue
        for action in node.actions:
            misfit = _action_misfit(action, spec)
            if misfit is None and action.action_id in known:
                misfit = Rejection(
                    "orderError", "the actionId was used before", ("actionId", action.action_id)
                )
            if misfit is not None:
                return misfit
    for index, edge in enumerate(order.edges):
        misfit = _edge_misfit(edge, index)
        if misfit is not None:
            return misfit
    return None


def _kept_action_ids(memory: Memory) -> frozenset[str]:
    dropped = {
        action.action_id for node in memory.nodes if not node.released for action in node.actions
    }
    return frozenset(memory.runs) - dropped


def _node_misfit(node: Node, index: int, spec: RobotSpec) -> Rejection | None:
    if len(node.actions) > MAX_ACTIONS_PER_NODE:
        return Rejection(
            "orderError", f"more than {MAX_ACTIONS_PER_NODE} actions", ("nodeId", node.node_id)
        )
    if node.node_position is None:
        if index == 0:
            return None
        return Rejection("orderError", "a node without nodePosition", ("nodeId", node.node_id))
    if node.node_position.map_id != spec.map_id:
        return Rejection(
            "orderError", f"the robot's map is {spec.map_id}", ("mapId", node.node_position.map_id)
        )
    return None


def _edge_misfit(edge: Edge, index: int) -> Rejection | None:
    for name in UNUSED_EDGE_FIELDS:
        if getattr(edge, name) is not None:
            return Rejection(
                "orderError",
                f"edge {edge.edge_id}: {name} cannot be heeded",
                ("field", f"edges[{index}].{name}"),
            )
    if edge.actions:
        return Rejection(
            "orderError", "no action is done on edges", ("actionId", edge.actions[0].action_id)
        )
    if edge.trajectory is not None and edge.trajectory.degree != 1:
        return Rejection("orderError", "trajectories must be of degree 1", ("edgeId", edge.edge_id))
    if edge.trajectory is not None and len(edge.trajectory.control_points) > MAX_CONTROL_POINTS:
        return Rejection(
            "orderError", f"more than {MAX_CONTROL_POINTS} points", ("edgeId", edge.edge_id)
        )
    return None


def _action_misfit(action: Action, spec: RobotSpec) -> Rejection | None:
    where = ("actionId", action.action_id)
    if action.action_type not in NODE_ACTIONS:
        return Rejection("orderError", f"{action.action_type} is no node action", where)
    if action.blocking_type == "NONE":
        return Rejection("orderError", f"{action.action_type} cannot be done driving", where)
    if action.action_type in (PICK, DROP):
        wrong = _wrong_parameter(action, "lhd", "loadId", ("durationMs",), spec)
    elif action.action_type == HANDOVER:
        wrong = _wrong_parameter(action, "compartment", "parcel", ("codeVersion", "waitMs"), spec)
        if wrong is None and action.parameter("direction") not in (OUT, IN):
            wrong = "direction"
        # Without one a door would open to anybody, for whoever may publish an order.
        if wrong is None and not isinstance(action.parameter("digest"), _digest_types(action)):
            wrong = "digest"
    else:
        wrong = None
    if wrong is not None:
        return Rejection("orderError", f"{action.action_type}: {wrong} is missing or wrong", where)
    return None


def _digest_types(handover: Action) -> tuple[type, ...]:
    return (str,) if handover.parameter("direction") == OUT else (str, type(None))


def _wrong_parameter(
    action: Action, compartment: str, parcel: str, numbers: tuple[str, ...], spec: RobotSpec
) -> str | None:
    if action.parameter(compartment) not in spec.compartments:
        return compartment
    if not isinstance(action.parameter(parcel), str):
        return parcel
    for key in numbers:
        number = action.parameter(key)
        if type(number) is not int or not 0 <= number <= MAX_DURATION_MS:
            return key
    return None


def _start(order: Order, memory: Memory) -> None:
    """The first node is where the robot stands: it is traversed with the next step."""
    memory.runs = {key: run for key, run in memory.runs.items() if run.instant and not run.is_final}
    memory.errors = []
    memory.order_id, memory.order_update_id = order.order_id, order.order_update_id
    memory.cancelled = False
    memory.nodes, memory.edges = list(order.nodes), list(order.edges)
    _wait_for_actions(order.nodes, memory)


def _append(order: Order, memory: Memory) -> None:
    """The horizon goes; everything after the stitching node is appended to the base."""
    for node in memory.nodes:
        if not node.released:
            for action in node.actions:
                del memory.runs[action.action_id]
    memory.errors = []
    memory.order_update_id = order.order_update_id
    memory.nodes = [node for node in memory.nodes if node.released] + list(order.nodes[1:])
    memory.edges = [edge for edge in memory.edges if edge.released] + list(order.edges)
    _wait_for_actions(order.nodes[1:], memory)


def _wait_for_actions(nodes: tuple[Node, ...], memory: Memory) -> None:
    for node in nodes:
        for action in node.actions:
            memory.runs[action.action_id] = Run(action)
