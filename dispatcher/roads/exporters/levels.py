# SPDX-License-Identifier: Apache-2.0
"""On which level a node lies, for formats that sort nodes by level.

A map of ours says the level of an edge; a joint without a feature of its own is on no level of its
own. What must hold: every node has one level.
"""

from robot_agent.campus import Campus


def level_of_nodes(campus: Campus) -> dict[str, int]:
    """That of the node, else the one on which all its edges are; a bridge begins on the ground."""
    seen: dict[str, list[int]] = {node_id: [] for node_id in campus.nodes}
    for edge in campus.edges.values():
        for end in (edge.from_node, edge.to_node):
            seen[end].append(edge.level)
    found: dict[str, int] = {}
    for node in campus.nodes.values():
        around = seen[node.id]
        same = bool(around) and all(level == around[0] for level in around)
        found[node.id] = node.level or (around[0] if same else 0)
    return found
