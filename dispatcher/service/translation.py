# SPDX-License-Identifier: Apache-2.0
"""Our own words to VDA 5050 2.1.0 and back: pure functions without a state.

What must hold: the same effect always becomes the same message (the header comes later), so that a
re-sent order is the order the robot knows; a robot needs no map to carry an order out, since every
node has its position and every bend is either a trajectory or a node of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

import msgspec

from dispatcher.core.effects import OrderAction, OrderNode, PublishInstant, PublishOrder
from dispatcher.core.events import Link, RobotLinked
from dispatcher.roads.graph import RoadGraph
from dispatcher.service.narrowing import narrowed
from robot_agent.vda5050 import actions
from robot_agent.vda5050.connection import Connection
from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import (
    Action,
    ActionParameter,
    BlockingType,
    ControlPoint,
    Edge,
    Node,
    NodePosition,
    Order,
    Trajectory,
)

BEND_MARK: Final = "~"
"""Separates an edge's id from the number of a bend in it; no road node's id holds it."""

APPROACH_MM_S: Final = 1_000
"""How fast a robot may drive where no road is."""

_START: Final = f"{BEND_MARK}start"
_ANY_HEADING_RAD: Final = 3.14159

_LINKS: Final[dict[str, Link]] = {
    "ONLINE": "online",
    "OFFLINE": "offline",
    "CONNECTIONBROKEN": "broken",
}
_HANDOVERS: Final = (actions.OUT, actions.IN)
_STANDARD_ACTIONS: Final = {
    "pick": actions.PICK,
    "drop": actions.DROP,
    "charge": actions.START_CHARGING,
    "wait": actions.WAIT_FOR_TRIGGER,
}
_REQUESTS: Final = (actions.STATE_REQUEST, actions.FACTSHEET_REQUEST)

_Point = tuple[int, int]


class _Road(NamedTuple):
    """The way from one node to the next: the map's edge, seen in the direction of driving."""

    edge_id: str
    forward: bool
    shape: tuple[_Point, ...]
    speed_mm_s: int
    length_mm: int


class TranslationError(ValueError):
    """The order cannot be said in VDA 5050 on this map; the message says why."""


def is_bend(node_id: str) -> bool:
    """Whether a node of an order is a bend in the road rather than a node of the road graph."""
    return BEND_MARK in node_id


def digests_of(
    effect: PublishOrder, key: bytes | None, code_of: Callable[[str, int], str]
) -> dict[str, str]:
    """The digest of each handover of an order, by action id: what a robot is told instead of a
    code. `code_of` takes a parcel and a code version. Raises TranslationError without a key: the
    robot would hand over to anybody."""
    handovers = [a for node in effect.nodes for a in node.actions if a.kind in _HANDOVERS]
    if handovers and key is None:
        raise TranslationError(f"robot {effect.robot} has no key: its handovers cannot be locked")
    return {
        action.id: actions.handover_digest(
            key or b"",
            effect.robot,
            action.parcel,
            action.compartment,
            action.version,
            code_of(action.parcel, action.version),
        )
        for action in handovers
    }


def to_order(effect: PublishOrder, graph: RoadGraph, digests: Mapping[str, str]) -> Order:
    """The order message without header. `digests` holds, by action id, the digest of each handover.
    Raises TranslationError where one is missing, or where two nodes have no road between them."""
    if not effect.nodes:
        raise TranslationError(f"order {effect.order}: it has no nodes")
    nodes = [_node(effect.nodes[0], effect.order, graph, digests)]
    edges: list[Edge] = []
    for before, after in pairwise(effect.nodes):
        node = _node(after, effect.order, graph, digests)
        if before.position_mm is not None:
            edges.append(_approach(before, nodes[-1], node))
        else:
            bends, ways = _leg(before, after, graph)
            nodes += bends
            edges += ways
        nodes.append(node)
    return narrowed(
        Order(
            order_id=effect.order,
            order_update_id=effect.update,
            nodes=tuple(nodes),
            edges=tuple(edges),
        ),
        effect,
    )


def to_instant_actions(effect: PublishInstant) -> InstantActions:
    """The instantActions message without header."""
    blocking: BlockingType = "NONE" if effect.kind in _REQUESTS else "HARD"
    action = Action(
        action_type=effect.kind,
        action_id=effect.id,
        blocking_type=blocking,
        action_parameters=_parameters(dict(effect.parameters)),
    )
    return InstantActions(actions=(action,))


def linked(robot: str, message: Connection) -> RobotLinked:
    """What a connection message means."""
    return RobotLinked(robot=robot, link=_LINKS[message.connection_state])


def _node(node: OrderNode, order: str, graph: RoadGraph, digests: Mapping[str, str]) -> Node:
    if node.position_mm is not None:
        return _temporary_node(node, node.position_mm, order, graph)
    try:
        place = graph.node(node.node)
    except KeyError:
        raise TranslationError(f"node {node.node} is not on the map") from None
    return Node(
        node_id=node.node,
        sequence_id=node.sequence,
        released=node.released,
        actions=tuple(_action(one, node.node, graph, digests) for one in node.actions),
        node_position=msgspec.structs.replace(
            _position((place.x_mm, place.y_mm), graph),
            allowed_deviation_xy=node.deviation_mm / 1000 if node.deviation_mm else None,
        ),
    )


def _temporary_node(node: OrderNode, here: _Point, order: str, graph: RoadGraph) -> Node:
    """Where the robot said that it stands; named like a bend, since the map does not know it."""
    position = msgspec.structs.replace(
        _position(here, graph),
        allowed_deviation_xy=node.deviation_mm / 1000,
        allowed_deviation_theta=_ANY_HEADING_RAD,
    )
    return Node(
        node_id=f"{order}{_START}",
        sequence_id=node.sequence,
        released=node.released,
        actions=(),
        node_position=position,
    )


def _approach(before: OrderNode, start: Node, end: Node) -> Edge:
    """From where a robot stands beside the road to the road: straight, or as it sees fit."""
    return Edge(
        edge_id=f"{start.node_id}.1",
        sequence_id=before.sequence + 1,
        released=end.released,
        start_node_id=start.node_id,
        end_node_id=end.node_id,
        actions=(),
        max_speed=APPROACH_MM_S / 1000,
    )


def _leg(before: OrderNode, after: OrderNode, graph: RoadGraph) -> tuple[list[Node], list[Edge]]:
    """The bends between two nodes and the edges from the first over the bends to the second."""
    gap = after.sequence - before.sequence
    if before.node == after.node:
        return [], [_standing_edge(before, after, gap)]
    road = _road(before.node, after.node, graph)
    if gap == 2:
        return [], [_whole_edge(before, after, road)]
    bends = len(road.shape) - 2
    if gap != 2 * (1 + bends):
        raise TranslationError(
            f"{bends} bends from {before.node} to {after.node} do not fit between "
            f"sequence ids {before.sequence} and {after.sequence}"
        )
    nodes = [
        Node(
            # Numbered along the map's edge, whichever way it is driven: one id is one point.
            node_id=f"{road.edge_id}{BEND_MARK}{step if road.forward else bends + 1 - step}",
            sequence_id=before.sequence + 2 * step,
            released=after.released,
            actions=(),
            node_position=_position(road.shape[step], graph),
        )
        for step in range(1, bends + 1)
    ]
    return nodes, list(_parts(before, after, road, [node.node_id for node in nodes]))


def _road(start: str, end: str, graph: RoadGraph) -> _Road:
    try:
        edge = graph.edge_between(start, end)
    except KeyError:
        raise TranslationError(f"no road leads from {start} to {end}") from None
    return _Road(
        edge.id,
        edge.from_node == start,
        graph.shape_between(start, end),
        edge.speed_mm_s,
        edge.length_mm,
    )


def _whole_edge(before: OrderNode, after: OrderNode, road: _Road) -> Edge:
    return Edge(
        edge_id=road.edge_id,
        sequence_id=before.sequence + 1,
        released=after.released,
        start_node_id=before.node,
        end_node_id=after.node,
        actions=(),
        max_speed=road.speed_mm_s / 1000,
        length=road.length_mm / 1000,
        trajectory=_polyline(road.shape) if len(road.shape) > 2 else None,
    )


def _parts(before: OrderNode, after: OrderNode, road: _Road, bends: list[str]) -> Iterator[Edge]:
    """One edge from bend to bend; the road's length is shared out by what is drawn."""
    drawn = [_distance(a, b) for a, b in pairwise(road.shape)]
    for step, (start, end) in enumerate(pairwise((before.node, *bends, after.node))):
        number = step + 1 if road.forward else len(drawn) - step
        yield Edge(
            edge_id=f"{road.edge_id}{BEND_MARK}{number}",
            sequence_id=before.sequence + 2 * step + 1,
            released=after.released,
            start_node_id=start,
            end_node_id=end,
            actions=(),
            max_speed=road.speed_mm_s / 1000,
            length=road.length_mm / 1000 * drawn[step] / sum(drawn),
        )


def _standing_edge(before: OrderNode, after: OrderNode, gap: int) -> Edge:
    """From a node to itself: more actions where the robot already stands."""
    if gap != 2:
        raise TranslationError(f"node {before.node} follows itself {gap} sequence ids later")
    return Edge(
        edge_id=f"{before.node}{BEND_MARK}stay",
        sequence_id=before.sequence + 1,
        released=after.released,
        start_node_id=before.node,
        end_node_id=after.node,
        actions=(),
        length=0.0,
    )


def _polyline(shape: tuple[_Point, ...]) -> Trajectory:
    """A NURBS of degree 1 with a clamped, uniform knot vector: straight from point to point."""
    last = len(shape) - 1
    inner = tuple(step / last for step in range(1, last))
    return Trajectory(
        degree=1,
        knot_vector=(0.0, 0.0, *inner, 1.0, 1.0),
        control_points=tuple(ControlPoint(x=x / 1000, y=y / 1000) for x, y in shape),
    )


def _position(point: _Point, graph: RoadGraph) -> NodePosition:
    return NodePosition(x=point[0] / 1000, y=point[1] / 1000, map_id=graph.campus.site.id)


def _distance(a: _Point, b: _Point) -> float:
    return float(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5)


def _action(action: OrderAction, node: str, graph: RoadGraph, digests: Mapping[str, str]) -> Action:
    if action.kind in _HANDOVERS:
        if action.id not in digests:
            raise TranslationError(f"action {action.id}: a handover without a digest is not locked")
        return _handover(action, digests[action.id])
    if action.kind not in _STANDARD_ACTIONS:
        raise TranslationError(f"action {action.id}: unknown kind {action.kind!r}")
    parameters: dict[str, str | int] = {}
    if action.kind == "wait":
        parameters = {"triggerType": "pin"}
    elif action.kind != "charge":
        station_type, station = _place_at(node, graph)
        load = {"loadId": action.parcel, "loadType": action.size}  # Or whatever lies there.
        parameters = {
            "stationType": station_type,
            "stationName": station,
            **{name: value for name, value in load.items() if value},
            "lhd": action.compartment,
            "durationMs": action.duration_ms,
        }
    return Action(
        action_type=_STANDARD_ACTIONS[action.kind],
        action_id=action.id,
        blocking_type="HARD",
        action_parameters=_parameters(parameters),
    )


def _handover(action: OrderAction, digest: str) -> Action:
    """Ours; SOFT, so that all handovers of a stop are open together."""
    parameters: dict[str, str | int] = {
        "direction": action.kind,
        "compartment": action.compartment,
        "parcel": action.parcel,
        "codeVersion": action.version,
        "waitMs": action.wait_ms,
        "digest": digest,
    }
    if action.size:
        parameters["loadType"] = action.size
    return Action(
        action_type=actions.HANDOVER,
        action_id=action.id,
        blocking_type="SOFT",
        action_parameters=_parameters(parameters),
    )


def _parameters(values: Mapping[str, str | int]) -> tuple[ActionParameter, ...]:
    return tuple(ActionParameter(key=key, value=value) for key, value in values.items())


def _place_at(node: str, graph: RoadGraph) -> tuple[str, str]:
    """The role and id of the station or stop at a road node; the node's own id where the map names
    none."""
    for role in ("station", "stop"):
        for place in graph.places(role):
            if place.node == node:
                return role, place.id
    return "station", node
