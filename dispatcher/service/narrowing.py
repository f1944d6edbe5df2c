# SPDX-License-Identifier: Apache-2.0
"""What a factsheet leaves of what we could send. Pure.

What must hold (VDA 5050 2.1.0, 6.6 and 6.15): an optional field that a robot cannot use leads to a
rejection, so it is sent only where the robot lists it or lists nothing at all; the same goes for
the parameters of an action. A factsheet narrows what is sent and never widens it.
"""

from typing import Final

import msgspec

from dispatcher.core.effects import PublishOrder
from dispatcher.core.events import RobotDescribed
from robot_agent.vda5050 import actions
from robot_agent.vda5050.factsheet import AgvAction, Factsheet
from robot_agent.vda5050.order import Action, Edge, Node, Order

COMPARTMENTS_MAX: Final = 200
ACTIONS_MAX: Final = 200
TEXT_CHARS_MAX: Final = 100

_TRAJECTORY: Final = "edge.trajectory"
_MAX_SPEED: Final = "edge.maxSpeed"
_LENGTH: Final = "edge.length"
_DEVIATION_XY: Final = "nodePosition.allowedDeviationXY"
_DEVIATION_THETA: Final = "nodePosition.allowedDeviationTheta"
_OPTIONAL: Final = (_MAX_SPEED, _LENGTH, _DEVIATION_XY, _DEVIATION_THETA)
"""The optional fields that we send unasked. A trajectory is sent to who asks for it: without one
the bends of a road are nodes, which everybody can follow."""

_AT_DOCK: Final = ("stationType", "stationName", "loadId", "loadType", "lhd", "durationMs")
_PARAMETERS: Final = {
    actions.PICK: _AT_DOCK,
    actions.DROP: _AT_DOCK,
    actions.WAIT_FOR_TRIGGER: ("triggerType",),
}
"""The parameters that we send with the standard's actions."""


def described(robot: str, message: Factsheet) -> RobotDescribed:
    """What of a factsheet the core cares about. No load positions: it does not say (None)."""
    compartments = message.load_specification.load_positions[:COMPARTMENTS_MAX]
    features, limits = message.protocol_features, message.protocol_limits
    listed = [_short(one.parameter) for one in features.optional_parameters]
    arrays = limits.max_array_lens
    nodes = [arrays.order_nodes or 0, (arrays.order_edges or -1) + 1]
    return RobotDescribed(
        robot=robot,
        compartments=compartments or None,
        trajectory=_TRAJECTORY in listed,
        node_actions=_types(features.agv_actions, "NODE"),
        instant_actions=_types(features.agv_actions, "INSTANT"),
        left_out=(
            *(name for name in _OPTIONAL if listed and not _is_listed(name, listed)),
            *_unused_parameters(features.agv_actions),
        ),
        nodes_max=min((count for count in nodes if count > 0), default=0),
        actions_max=max(0, arrays.node_actions or 0),
        order_interval_ms=_thousandths(limits.timing.min_order_interval),
        mass_limit_g=_thousandths(message.type_specification.max_load_mass),
        speed_mm_s=_thousandths(message.physical_parameters.speed_max),
    )


def narrowed(order: Order, effect: PublishOrder) -> Order:
    """An order without what its robot does not use, and not faster than it drives."""
    if not effect.left_out and not effect.speed_mm_s:
        return order
    return msgspec.structs.replace(
        order,
        nodes=tuple(_node(node, effect.left_out) for node in order.nodes),
        edges=tuple(_edge(edge, effect) for edge in order.edges),
    )


def _node(node: Node, left_out: tuple[str, ...]) -> Node:
    position = node.node_position
    if position is not None and _DEVIATION_XY in left_out:
        position = msgspec.structs.replace(position, allowed_deviation_xy=None)
    if position is not None and _DEVIATION_THETA in left_out:
        position = msgspec.structs.replace(position, allowed_deviation_theta=None)
    kept = tuple(_action(action, left_out) for action in node.actions)
    return msgspec.structs.replace(node, node_position=position, actions=kept)


def _action(action: Action, left_out: tuple[str, ...]) -> Action:
    kept = tuple(
        one for one in action.action_parameters if f"{action.action_type}.{one.key}" not in left_out
    )
    return msgspec.structs.replace(action, action_parameters=kept)


def _edge(edge: Edge, effect: PublishOrder) -> Edge:
    speed = edge.max_speed
    if speed is not None and effect.speed_mm_s:
        speed = min(speed, effect.speed_mm_s / 1000)
    return msgspec.structs.replace(
        edge,
        max_speed=None if _MAX_SPEED in effect.left_out else speed,
        length=None if _LENGTH in effect.left_out else edge.length,
    )


def _types(known: tuple[AgvAction, ...], scope: str) -> tuple[str, ...]:
    """The actions a robot does in a scope, sorted."""
    types = {one.action_type for one in known[:ACTIONS_MAX] if scope in one.action_scopes}
    return tuple(sorted(name[:TEXT_CHARS_MAX] for name in types))


def _unused_parameters(known: tuple[AgvAction, ...]) -> list[str]:
    """`action.key` of each parameter of ours that a robot does not list, where it lists any."""
    unused = []
    for one in known[:ACTIONS_MAX]:
        keys = [parameter.key for parameter in one.action_parameters]
        ours = _PARAMETERS.get(one.action_type, ()) if keys else ()
        unused += [f"{one.action_type}.{key}" for key in ours if key not in keys]
    return unused


def _is_listed(name: str, listed: list[str]) -> bool:
    """A field is listed itself, or the whole object that it is in."""
    whole = name.split(".", maxsplit=1)[0]
    return name in listed or (whole != "edge" and f"node.{whole}" in listed)


def _short(parameter: str) -> str:
    """A field's name without the way to it: `order.edges.maxSpeed` and `edge.maxSpeed` are one."""
    parts = parameter.replace("nodes", "node").replace("edges", "edge").split(".")
    return ".".join(parts[-2:])


def _thousandths(value: float) -> int:
    """Metres, kg or seconds in thousandths; 0 for what is no such number."""
    return round(value * 1000) if 0 < value < 1_000_000 else 0
