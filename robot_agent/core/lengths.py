# SPDX-License-Identifier: Apache-2.0
"""How long what a peer names may be, so that no state grows beyond what a broker forwards (1 MiB).

What must hold: every text that came over the wire and is told in a state was measured here, as
JSON writes it, or cut.
"""

from collections.abc import Iterator

import msgspec

from robot_agent.vda5050.instant_actions import InstantActions
from robot_agent.vda5050.order import Action, Order

MAX_ID = 128


def is_too_long(text: str) -> bool:
    """Longer than an id may be; a letter that JSON escapes counts as what it is written as."""
    return len(text) > MAX_ID or len(msgspec.json.encode(text)) - 2 > MAX_ID


def too_long_in_order(order: Order) -> str | None:
    """The first field of an order that is too long."""
    return next((field for field, text in _of_order(order) if is_too_long(text)), None)


def too_long_in_instant_actions(message: InstantActions) -> str | None:
    """The first field of an instantActions message that is too long."""
    found = _of_actions(message.actions, "actions")
    return next((field for field, text in found if is_too_long(text)), None)


def _of_order(order: Order) -> Iterator[tuple[str, str]]:
    yield "orderId", order.order_id
    for index, node in enumerate(order.nodes):
        yield f"nodes[{index}].nodeId", node.node_id
        yield from _of_actions(node.actions, f"nodes[{index}].actions")
    for index, edge in enumerate(order.edges):
        yield f"edges[{index}].edgeId", edge.edge_id
        yield from _of_actions(edge.actions, f"edges[{index}].actions")


def _of_actions(actions: tuple[Action, ...], where: str) -> Iterator[tuple[str, str]]:
    for index, action in enumerate(actions):
        yield f"{where}[{index}].actionId", action.action_id
        yield f"{where}[{index}].actionType", action.action_type
