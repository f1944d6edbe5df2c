# SPDX-License-Identifier: Apache-2.0
"""Orders and actions as plain JSON, written out as another make's master would write them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.peers.peers_campus import POINTS_M, ROADS, SITE

Json = dict[str, Any]


def action(kind: str, name: str, blocking: str = "HARD", **parameters: Any) -> Json:
    """One action; its parameters are left out where there are none."""
    made: Json = {"actionType": kind, "actionId": name, "blockingType": blocking}
    if parameters:
        made["actionParameters"] = [{"key": k, "value": v} for k, v in parameters.items()]
    return made


def order(
    order_id: str,
    way: Sequence[str],
    *,
    released: int | None = None,
    update: int = 0,
    sequence: int = 0,
    actions: Mapping[int, Sequence[Json]] | None = None,
) -> Json:
    """Along the nodes of `way`, of which the first `released` are base; `actions` by its index."""
    base = len(way) if released is None else released
    nodes = [
        {
            "nodeId": node,
            "sequenceId": sequence + 2 * k,
            "released": k < base,
            "nodePosition": {"x": POINTS_M[node][0], "y": POINTS_M[node][1], "mapId": SITE},
            "actions": list((actions or {}).get(k, ())),
        }
        for k, node in enumerate(way)
    ]
    edges = [
        {
            "edgeId": _edge(start, end),
            "sequenceId": sequence + 2 * k + 1,
            "released": k + 1 < base,
            "startNodeId": start,
            "endNodeId": end,
            "actions": [],
        }
        for k, (start, end) in enumerate(pairwise(way))
    ]
    return {"orderId": order_id, "orderUpdateId": update, "nodes": nodes, "edges": edges}


def _edge(start: str, end: str) -> str:
    return next(name for name, ends in ROADS.items() if set(ends) == {start, end})
