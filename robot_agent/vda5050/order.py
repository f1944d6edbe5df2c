# SPDX-License-Identifier: Apache-2.0
"""The order message (VDA 5050 2.1.0, section 6.6): nodes and edges, base first, then horizon.

Metres, radians, m/s. What the standard demands beyond types is in `rules.order_faults`.
"""

from typing import Annotated, Any, Literal

import msgspec

from robot_agent.vda5050.header import Message, Text, UInt32, Wire

BlockingType = Literal["NONE", "SOFT", "HARD"]
Angle = Annotated[float, msgspec.Meta(ge=-3.14159265359, le=3.14159265359)]
NonNegative = Annotated[float, msgspec.Meta(ge=0)]
UnitInterval = Annotated[float, msgspec.Meta(ge=0, le=1)]


class ActionParameter(Wire, frozen=True, kw_only=True):
    """One key with any JSON value but null."""

    key: Text
    value: Any


class Action(Wire, frozen=True, kw_only=True):
    """What to do on a node, an edge or at once. `action_id` is unique forever."""

    action_type: Text
    action_id: Text
    blocking_type: BlockingType
    action_description: Text | None = None
    action_parameters: tuple[ActionParameter, ...] = ()

    def parameter(self, key: str) -> Any:
        """The value of the first parameter of that key, None if there is none."""
        for parameter in self.action_parameters:
            if parameter.key == key:
                return parameter.value
        return None


class NodePosition(Wire, frozen=True, kw_only=True):
    """Where a node is: metres in the map frame. A deviation of 0 means the vendor's tolerance."""

    x: float
    y: float
    map_id: Text
    theta: Angle | None = None
    allowed_deviation_xy: NonNegative | None = msgspec.field(
        default=None, name="allowedDeviationXY"
    )
    allowed_deviation_theta: Angle | None = None
    map_description: Text | None = None


class Node(Wire, frozen=True, kw_only=True):
    """A node of an order; its actions start when the robot traverses it."""

    node_id: Text
    sequence_id: UInt32
    released: bool
    actions: tuple[Action, ...]
    node_description: Text | None = None
    node_position: NodePosition | None = None


class ControlPoint(Wire, frozen=True, kw_only=True):
    """A control point of a NURBS, metres; weight 1 when left out."""

    x: float
    y: float
    weight: NonNegative | None = None


class Trajectory(Wire, frozen=True, kw_only=True):
    """A NURBS from start node to end node; of degree 1 it is a polyline."""

    degree: Annotated[int, msgspec.Meta(ge=1, le=64)]
    knot_vector: tuple[UnitInterval, ...]
    control_points: tuple[ControlPoint, ...]


class Corridor(Wire, frozen=True, kw_only=True):
    """How far the robot may leave the edge to get around things, metres."""

    left_width: NonNegative
    right_width: NonNegative
    corridor_ref_point: Literal["KINEMATICCENTER", "CONTOUR"] | None = None


class Edge(Wire, frozen=True, kw_only=True):
    """The way between two nodes. `max_speed` m/s, `length` m, `max_rotation_speed` rad/s."""

    edge_id: Text
    sequence_id: UInt32
    released: bool
    start_node_id: Text
    end_node_id: Text
    actions: tuple[Action, ...]
    edge_description: Text | None = None
    max_speed: float | None = None
    max_height: float | None = None
    min_height: float | None = None
    orientation: Angle | None = None
    orientation_type: Text | None = None
    direction: Text | None = None
    rotation_allowed: bool | None = None
    max_rotation_speed: float | None = None
    length: float | None = None
    trajectory: Trajectory | None = None
    corridor: Corridor | None = None


class Order(Message, frozen=True, kw_only=True):
    """A new order, or with the same `order_id` and a higher `order_update_id` its update."""

    order_id: Text
    order_update_id: UInt32
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    zone_set_id: Text | None = None
