# SPDX-License-Identifier: Apache-2.0
"""One copy of what many emulated robots are told alike: they all drive on the same map.

What must hold: what comes out equals what went in; what is kept is bounded. A fleet's orders are
mostly geometry and names, and would be most of its memory.
"""

from typing import TypeVar

from msgspec.structs import replace

from robot_agent.core.events import Points
from robot_agent.vda5050.order import Edge, Node, NodePosition, Order, Trajectory

KEPT = 1 << 14
POINTS_MAX = 64
"""A longer line is nobody's street: it is not kept."""

Shared = TypeVar("Shared", str, Node, Edge, NodePosition, Trajectory, Points)


def shared_order(order: Order) -> Order:
    """The same order, made of what other robots' orders are made of as well."""
    return replace(
        order,
        nodes=tuple(_node(node) for node in order.nodes),
        edges=tuple(_edge(edge) for edge in order.edges),
    )


def shared_line(points: Points) -> Points:
    """The same polyline, as others have it."""
    return _first_of(_lines, points) if len(points) <= POINTS_MAX else points


_names: dict[str, str] = {}
_lines: dict[Points, Points] = {}
_positions: dict[NodePosition, NodePosition] = {}
_trajectories: dict[Trajectory, Trajectory] = {}
_nodes: dict[Node, Node] = {}
_edges: dict[Edge, Edge] = {}


def _first_of(known: dict[Shared, Shared], value: Shared) -> Shared:
    """The first of its like; with too many of them all are forgotten, which only costs memory."""
    if len(known) >= KEPT:
        known.clear()
    return known.setdefault(value, value)


def _node(node: Node) -> Node:
    position = node.node_position
    shared = replace(
        node,
        node_id=_first_of(_names, node.node_id),
        node_position=_first_of(_positions, position) if position is not None else None,
    )
    # An action is its robot's own.
    return shared if node.actions else _first_of(_nodes, shared)


def _edge(edge: Edge) -> Edge:
    way = edge.trajectory
    if way is not None:
        if len(way.control_points) > POINTS_MAX:
            return edge
        way = _first_of(_trajectories, way)
    shared = replace(
        edge,
        edge_id=_first_of(_names, edge.edge_id),
        start_node_id=_first_of(_names, edge.start_node_id),
        end_node_id=_first_of(_names, edge.end_node_id),
        trajectory=way,
    )
    return shared if edge.actions else _first_of(_edges, shared)
