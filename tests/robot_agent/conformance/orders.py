# SPDX-License-Identifier: Apache-2.0
"""Orders as any master may give them: along one straight road, nodes n0, n1, ... 10 m apart."""

from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from robot_agent.vda5050.actions import handover_digest
from robot_agent.vda5050.order import Action, ActionParameter, Edge, Node, NodePosition, Order

MAP_ID = "road"
STEP_M = 10
KEY = b"the robot's own key"
ROBOT_ID = "ACME/R7"
CODE = "4711"


def action(action_type: str, action_id: str, blocking: Any = "HARD", **parameters: Any) -> Action:
    return Action(
        action_type=action_type,
        action_id=action_id,
        blocking_type=blocking,
        action_parameters=tuple(
            ActionParameter(key=key, value=value) for key, value in parameters.items()
        ),
    )


def pick(parcel: str, lhd: str = "S1", action_id: str = "", **parameters: Any) -> Action:
    return action(
        "pick",
        action_id or f"pick-{parcel}",
        lhd=lhd,
        loadId=parcel,
        loadType=lhd[0],
        stationType="dock",
        durationMs=5_000,
        **parameters,
    )


def drop(parcel: str, lhd: str = "S1", action_id: str = "", **parameters: Any) -> Action:
    return action(
        "drop",
        action_id or f"drop-{parcel}",
        lhd=lhd,
        loadId=parcel,
        durationMs=5_000,
        **parameters,
    )


def handover(
    parcel: str, lhd: str = "S1", direction: str = "out", code: str = CODE, wait_ms: int = 60_000
) -> Action:
    return action(
        "handover",
        f"hand-{parcel}",
        "SOFT",
        direction=direction,
        compartment=lhd,
        parcel=parcel,
        codeVersion=1,
        waitMs=wait_ms,
        loadType=lhd[0],
        digest=handover_digest(KEY, ROBOT_ID, parcel, lhd, 1, code),
    )


def node(number: int, sequence: int, *, released: bool = True, actions: Any = ()) -> Node:
    return Node(
        node_id=f"n{number}",
        sequence_id=sequence,
        released=released,
        actions=tuple(actions),
        node_position=NodePosition(x=number * STEP_M, y=0, map_id=MAP_ID),
    )


def edge(start: int, end: int, sequence: int, *, released: bool = True, **fields: Any) -> Edge:
    return Edge(
        edge_id=f"n{start}-n{end}",
        sequence_id=sequence,
        released=released,
        start_node_id=f"n{start}",
        end_node_id=f"n{end}",
        actions=fields.pop("actions", ()),
        **fields,
    )


def along(
    numbers: list[int],
    base: int | None = None,
    *,
    order_id: str = "o1",
    update: int = 0,
    first: int = 0,
    actions: dict[int, tuple[Action, ...]] | None = None,
    edge_actions: dict[int, tuple[Action, ...]] | None = None,
    **edge_fields: Any,
) -> Order:
    """Through the nodes of these numbers, the first `base` of them released (None: all), beginning
    with sequence id `first`; `actions` by place in the list, `edge_actions` by edge."""
    released = len(numbers) if base is None else base
    return Order(
        order_id=order_id,
        order_update_id=update,
        nodes=tuple(
            node(
                number,
                first + 2 * place,
                released=place < released,
                actions=(actions or {}).get(place, ()),
            )
            for place, number in enumerate(numbers)
        ),
        edges=tuple(
            edge(
                start,
                end,
                first + 2 * place + 1,
                released=place + 1 < released,
                actions=(edge_actions or {}).get(place, ()),
                **edge_fields,
            )
            for place, (start, end) in enumerate(pairwise(numbers))
        ),
    )


def with_first(order: Order, **position: Any) -> Order:
    """The same order with its first node's position changed."""
    first = order.nodes[0]
    assert first.node_position is not None
    moved = replace(first, node_position=replace(first.node_position, **position))
    return replace(order, nodes=(moved, *order.nodes[1:]))
