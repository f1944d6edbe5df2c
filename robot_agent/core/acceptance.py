# SPDX-License-Identifier: Apache-2.0
"""Whether an order is taken (VDA 5050 2.1.0, section 6.6.4, Figure 8), and taking it.

What must hold: a rejected order changes nothing but the errors; the base is only ever extended;
a duplicate is ignored without an error. What Figure 8 does not ask (mode, clock, journal) comes
after what it asks, what the order wants done comes last.

A stitching node is used as it came the first time: its re-sent actions are known and not done
again, left out ones stay, new ones cannot be added (2.1.0, 6.6.2; 3.0 puts them on a node of their
own) and are rejected, for an action that is silently dropped would be waited for forever.
"""

from typing import Literal

import msgspec

from robot_agent.core import (
    docks,
    driving,
    epochs,
    faults,
    guard,
    lengths,
    maps,
    parameters,
    polyline,
)
from robot_agent.core.memory import Memory, Run
from robot_agent.core.polyline import mm_of
from robot_agent.core.spec import RobotSpec
from robot_agent.vda5050.actions import DROP, EDGE_ACTIONS, PICK, SIGNAL
from robot_agent.vda5050.order import Action, Edge, Node, Order
from robot_agent.vda5050.rules import order_faults

MAX_NODES = 1_000
MAX_ACTIONS_PER_NODE = 64
MAX_ACTIONS = 1_000
MAX_CONTROL_POINTS = 500
MAX_DEVIATION_MM = 20_000
"""Farther from its first node a robot does not believe that it stands there."""
# Optional edge fields this robot cannot heed, so an order with them must not be accepted.
UNUSED_EDGE_FIELDS = ("orientation", "direction", "min_height", "max_rotation_speed")


class Rejection(msgspec.Struct, frozen=True):
    """Why not, with references to what is at fault beside the order's own ids."""

    error_type: str
    sentence: str
    references: tuple[tuple[str, str], ...] = ()


Verdict = Literal["new", "update", "duplicate"] | Rejection


def take(order: Order, memory: Memory, spec: RobotSpec) -> None:
    """Judges the order and takes it over, ignores it or reports why it was rejected."""
    memory.tell()
    verdict = judge(order, memory, spec)
    if isinstance(verdict, Rejection):
        references = {
            "topic": "order",
            "headerId": str(order.header_id),
            "orderId": order.order_id,
            "orderUpdateId": str(order.order_update_id),
            **dict(verdict.references),
        }
        faults.report(memory, verdict.error_type, verdict.sentence, references)
    elif verdict == "new":
        _start(order, memory, spec)
    elif verdict == "update":
        _append(order, memory)


def judge(order: Order, memory: Memory, spec: RobotSpec) -> Verdict:
    """In the order of Figure 8: the message, its ids, where it begins, what it asks for."""
    kept = memory.kept
    broken = order_faults(order)
    if broken:
        return Rejection("validationError", broken[0])
    too_long = lengths.too_long_in_order(order)
    if too_long is not None:
        return _field(too_long, f"longer than {lengths.MAX_ID} letters")
    is_update = order.order_id == kept.order_id
    if is_update and order.order_update_id == kept.order_update_id:
        return "duplicate"
    rejection = (
        (_update_misfit(order, memory) if is_update else _start_misfit(order, memory, spec))
        or _not_available(memory, is_update=is_update)
        or _too_much(order, memory, is_update=is_update)
        or _unsupported(order, memory, spec, is_update=is_update)
    )
    if rejection is not None:
        return rejection
    return "update" if is_update else "new"


def _update_misfit(order: Order, memory: Memory) -> Rejection | None:
    kept = memory.kept
    if order.order_update_id < kept.order_update_id:
        return Rejection(
            "orderUpdateError",
            f"update {order.order_update_id} is older than {kept.order_update_id}",
        )
    if kept.cancelled or kept.cancels:
        return Rejection("orderUpdateError", "the order was cancelled")
    first = order.nodes[0]
    if (first.node_id, first.sequence_id) != memory.base_end:
        node_id, sequence_id = memory.base_end
        return Rejection(
            "orderUpdateError",
            f"the update does not begin at the decision point {node_id} ({sequence_id})",
            (("nodeId", first.node_id),),
        )
    return None


def _start_misfit(order: Order, memory: Memory, spec: RobotSpec) -> Rejection | None:
    kept = memory.kept
    if memory.is_busy or kept.cancels:
        return Rejection("orderError", f"order {kept.order_id} is still being executed")
    if order.order_update_id > 0:
        # 2.1 leaves it open, 3.0 says so: a new order begins with update 0. Taking the rest of an
        # order that was forgotten over a restart for a new one would load its parcels again.
        return Rejection(
            "orderUpdateError",
            f"update {order.order_update_id} of order {order.order_id}, which is not held",
        )
    given = epochs.misfit(order.order_id, memory, spec)
    if given is not None:
        return Rejection("orderError", given)
    first = order.nodes[0]
    if not _is_in_reach(first, memory, spec):
        return Rejection(
            "noRouteError",
            f"the first node is not where the robot stands ({kept.last_node_id or 'no node'})",
            (("nodeId", first.node_id),),
        )
    return None


def _is_in_reach(first: Node, memory: Memory, spec: RobotSpec) -> bool:
    """On the node, or within its deviation; 0 or none means the robot's own tolerance. Where it is
    said to be, it must be by the robot's own pose, also under the name of the last node: whoever
    may publish an order could else say that the street is a dock."""
    kept = memory.kept
    is_here = kept.on_node and first.node_id == kept.last_node_id
    position = first.node_position
    if position is None or not (memory.posed and memory.localized):
        return is_here
    least_mm = spec.tolerance_mm + (guard.OFF_WAY_MM if is_here else 0)
    told_mm = min(mm_of(position.allowed_deviation_xy or 0), MAX_DEVIATION_MM)
    place = (mm_of(position.x), mm_of(position.y))
    away_mm = polyline.distance_mm(place, (memory.x_mm, memory.y_mm))
    return away_mm <= max(told_mm, least_mm)


def _not_available(memory: Memory, *, is_update: bool) -> Rejection | None:
    """An update only extends what waits for the same reason, so an e-stop does not forbid it."""
    if memory.mode not in guard.AUTOMATIC_MODES:
        return Rejection(
            "orderError", f"the operating mode is {memory.mode}", (("operatingMode", memory.mode),)
        )
    if memory.kept.lost:
        return Rejection("orderError", f"what the robot carries is unknown: {memory.kept.lost}")
    if not memory.clock_trusted:
        return Rejection("orderError", "the robot's clock is not synchronised")
    if memory.e_stop in ("MANUAL", "REMOTE") and not is_update:
        return Rejection("orderError", "the emergency stop is pressed", (("eStop", memory.e_stop),))
    return None


def _too_much(order: Order, memory: Memory, *, is_update: bool) -> Rejection | None:
    ahead = sum(node.released for node in memory.kept.nodes) if is_update else 0
    if ahead + len(order.nodes) > MAX_NODES:
        return Rejection("orderError", f"more than {MAX_NODES} nodes", (("field", "nodes"),))
    known = len(_kept_action_ids(memory)) if is_update else 0
    more = sum(len(node.actions) for node in order.nodes)
    more += sum(len(edge.actions) for edge in order.edges)
    if known + more > MAX_ACTIONS:
        return Rejection("orderError", f"more than {MAX_ACTIONS} actions", (("field", "actions"),))
    return None


def _unsupported(
    order: Order, memory: Memory, spec: RobotSpec, *, is_update: bool
) -> Rejection | None:
    if order.zone_set_id:
        return _field("zoneSetId", "the robot has no zone sets")
    known = _kept_action_ids(memory) if is_update else _running_instants(memory)
    for index, node in enumerate(order.nodes):
        is_stitching = is_update and index == 0
        rejection = _node_misfit(node, index, memory)
        if rejection is None and not is_stitching:
            rejection = _actions_misfit(node, f"nodes[{index}]", known, memory, spec)
        if rejection is None and is_stitching:
            rejection = _stitching_misfit(node, memory)
        if rejection is not None:
            return rejection
    for index, edge in enumerate(order.edges):
        rejection = _edge_misfit(edge, index, spec)
        if rejection is None:
            rejection = _actions_misfit(edge, f"edges[{index}]", known, memory, spec)
        if rejection is not None:
            return rejection
    return None


def _stitching_misfit(node: Node, memory: Memory) -> Rejection | None:
    for action in node.actions:
        if action.action_id not in memory.kept.runs:
            return Rejection(
                "orderError",
                "the stitching node cannot get further actions",
                (("nodeId", node.node_id), ("actionId", action.action_id)),
            )
    return None


def _kept_action_ids(memory: Memory) -> frozenset[str]:
    """Of the order held, without the horizon that an update replaces."""
    ahead: list[Node | Edge] = [*memory.kept.nodes, *memory.kept.edges]
    dropped = {action.action_id for one in ahead if not one.released for action in one.actions}
    return frozenset(memory.kept.runs) - dropped


def _running_instants(memory: Memory) -> frozenset[str]:
    runs = memory.kept.runs
    return frozenset(key for key, run in runs.items() if run.instant and not run.is_final)


def _node_misfit(node: Node, index: int, memory: Memory) -> Rejection | None:
    at_node = ("nodeId", node.node_id)
    if len(node.actions) > MAX_ACTIONS_PER_NODE:
        return Rejection("orderError", f"more than {MAX_ACTIONS_PER_NODE} actions", (at_node,))
    position = node.node_position
    if position is None:
        if index == 0:
            return None
        sentence = "a node without nodePosition"
        return Rejection(
            "orderError", sentence, (at_node, ("field", f"nodes[{index}].nodePosition"))
        )
    if not maps.is_enabled(position.map_id, memory):
        sentence = f"map {position.map_id} is not enabled on the robot"
        return Rejection("orderError", sentence, (at_node, ("mapId", position.map_id)))
    return None


def _edge_misfit(edge: Edge, index: int, spec: RobotSpec) -> Rejection | None:
    at_edge = ("edgeId", edge.edge_id)
    unusable = [name for name in UNUSED_EDGE_FIELDS if getattr(edge, name) is not None]
    if edge.max_height is not None and mm_of(edge.max_height) < spec.height_mm:
        unusable.append("max_height")
    if edge.rotation_allowed is False:
        unusable.append("rotation_allowed")
    if unusable:
        head, *rest = unusable[0].split("_")
        name = head + "".join(word.title() for word in rest)
        return _field(f"edges[{index}].{name}", f"{name} cannot be heeded", at_edge)
    if edge.trajectory is not None and edge.trajectory.degree != 1:
        name = f"edges[{index}].trajectory.degree"
        return _field(name, "trajectories must be of degree 1", at_edge)
    if edge.trajectory is not None and len(edge.trajectory.control_points) > MAX_CONTROL_POINTS:
        name = f"edges[{index}].trajectory.controlPoints"
        return _field(name, f"more than {MAX_CONTROL_POINTS} points", at_edge)
    return None


def _field(name: str, sentence: str, *more: tuple[str, str]) -> Rejection:
    return Rejection("orderError", sentence, (*more, ("field", name)))


def _actions_misfit(
    item: Node | Edge, where: str, known: frozenset[str], memory: Memory, spec: RobotSpec
) -> Rejection | None:
    for index, action in enumerate(item.actions):
        at_action = ("actionId", action.action_id)
        if action.action_id in known:
            return Rejection("orderError", "the actionId was used before", (at_action,))
        if isinstance(item, Node):
            sentence = _node_action_misfit(item, index, memory, spec)
        else:
            sentence = _edge_action_misfit(action)
        if sentence is not None:
            return Rejection("orderError", sentence, (at_action,))
        wrong = parameters.misfit(action, f"{where}.actions[{index}]", spec)
        if wrong is not None:
            field, sentence = wrong
            return Rejection("orderError", sentence, (at_action, ("field", field)))
    return None


def _node_action_misfit(node: Node, index: int, memory: Memory, spec: RobotSpec) -> str | None:
    action = node.actions[index]
    if action.action_type not in spec.node_actions:
        return f"{action.action_type} is no node action"
    if action.blocking_type == "NONE" and action.action_type != SIGNAL:
        return f"{action.action_type} cannot be done driving"
    # Else whoever may publish an order could have the robot emptied in the street.
    is_gated = bool(docks.gates_before(node.actions, index))
    if action.action_type not in (PICK, DROP) or is_gated:
        return None
    if not _is_at_dock(node, memory, spec):
        return f"{action.action_type} away from a dock, and nobody is waited for"
    if docks.is_only_told(memory, spec):
        return "the position is only told (initPosition): a person must look, then SERVICE and back"
    return None


def _edge_action_misfit(action: Action) -> str | None:
    if action.action_type not in EDGE_ACTIONS:
        return f"{action.action_type} is no edge action"
    if action.blocking_type != "NONE":
        return f"{action.action_type} on an edge ends with it and must not forbid driving"
    return None


def _is_at_dock(node: Node, memory: Memory, spec: RobotSpec) -> bool:
    position = node.node_position
    if position is None:
        return docks.stands_at_dock(memory, spec)
    place = (mm_of(position.x), mm_of(position.y))
    return docks.is_dock(place, position.map_id, memory, spec)


def _start(order: Order, memory: Memory, spec: RobotSpec) -> None:
    """The first node is where the robot stands: it is traversed with the next step."""
    kept = memory.kept
    kept.runs = {key: run for key, run in kept.runs.items() if run.instant and not run.is_final}
    kept.errors = []
    kept.order_id, kept.order_update_id = order.order_id, order.order_update_id
    kept.cancelled = False
    kept.nodes, kept.edges = list(order.nodes), list(order.edges)
    _wait_for_actions((*order.nodes, *order.edges), memory)
    epochs.remember(order.order_id, memory, spec)
    memory.keep()


def _append(order: Order, memory: Memory) -> None:
    """The horizon goes; everything after the stitching node is appended to the base."""
    kept = memory.kept
    ahead: list[Node | Edge] = [*kept.nodes, *kept.edges]
    for one in ahead:
        if not one.released:
            for action in one.actions:
                del kept.runs[action.action_id]
    kept.errors = []
    kept.order_update_id = order.order_update_id
    base = [node for node in kept.nodes if node.released]
    if memory.path_nodes == len(base) and base and not driving.has_blocking_action(base[-1]):
        memory.stale = len(order.nodes) > 1 and order.nodes[1].released
    kept.nodes = base + list(order.nodes[1:])
    kept.edges = [edge for edge in kept.edges if edge.released] + list(order.edges)
    _wait_for_actions((*order.nodes[1:], *order.edges), memory)
    driving.lay_way(memory)
    memory.keep()


def _wait_for_actions(items: tuple[Node | Edge, ...], memory: Memory) -> None:
    for one in items:
        for action in one.actions:
            memory.kept.runs[action.action_id] = Run(action)
