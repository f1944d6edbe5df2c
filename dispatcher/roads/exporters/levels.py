# SPDX-License-Identifier: Apache-2.0
"""On which level a node lies, for formats that part a map by level.

What must hold: every node has one level, and only a lift or a ramp that the map tells of as such
joins two. A bridge is an edge of another level between nodes on the ground; so a node that is there
because a place cuts such an edge lies where the ends of that edge do.
"""

from collections import deque

from robot_agent.campus import Campus


def level_of_nodes(campus: Campus) -> dict[str, int]:
    """By id, in the order of the nodes."""
    cut = {place.id for place in campus.places.values() if place.node == place.id}
    beside: dict[str, list[str]] = {node_id: [] for node_id in campus.nodes}
    for edge in campus.edges.values():
        beside[edge.from_node].append(edge.to_node)
        beside[edge.to_node].append(edge.from_node)
    found = {node.id: node.level for node in campus.nodes.values() if node.id not in cut}
    ahead = deque(found)
    while ahead:
        here = ahead.popleft()
        for other in beside[here]:
            if other not in found:
                found[other] = found[here]
                ahead.append(other)
    return {node_id: found.get(node_id, 0) for node_id in campus.nodes}
