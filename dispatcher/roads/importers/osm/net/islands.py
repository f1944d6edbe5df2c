# SPDX-License-Identifier: Apache-2.0
"""What a robot of the main part cannot get to or not come back from, with the reason.

What must hold: every edge of the net is in the main part, on one island or in one trap; an island
says how far it is from the main part, between which points, and what cuts it off where that can
be told.
"""

from collections import deque

import msgspec
import networkx as nx
import shapely
from msgspec import Struct

from dispatcher.roads.importers.osm.net.net import Part, RoadNet, Stretch, directed, ref_of
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.report import Island, Trap
from robot_agent.campus_frame import to_lat_lon

UNJOINED = "crosses the main part and shares no node with it"


class Apart(Struct, frozen=True):
    """`island_of` gives the number of the island that an edge lies on; the largest is number 1."""

    islands: list[Island]
    island_of: dict[str, int]
    traps: list[Trap]


def apart_of(net: RoadNet, data: OsmData, main: Part) -> Apart:
    """Everything but the main part, the longest first."""
    graph = directed(net)
    main_nodes = {node for edge in main.edges for node in (edge.start, edge.end)}
    groups = _groups(net.edges)
    joined = [edges for edges in groups if not main_nodes.isdisjoint(_nodes(edges))]
    main_ids = {edge.id for edge in main.edges}
    rest = [edge for edges in joined for edge in edges if edge.id not in main_ids]
    apart = [edges for edges in groups if main_nodes.isdisjoint(_nodes(edges))]
    apart.sort(key=lambda edges: (-_length_mm(net, edges), edges[0].id))
    reasons = _reasons(net, data, [edge for edges in joined for edge in edges], apart)
    tree = shapely.STRtree([shapely.LineString(net.shape(edge)) for edge in main.edges])
    islands = [
        _island(net, edges, number, reason, tree)
        for number, (edges, reason) in enumerate(zip(apart, reasons, strict=True), 1)
    ]
    island_of = {edge.id: number for number, edges in enumerate(apart, 1) for edge in edges}
    return Apart(islands, island_of, _traps(net, graph, main_nodes, rest))


def _groups(edges: list[Stretch]) -> list[list[Stretch]]:
    """Edges that hang together, whatever the direction of driving."""
    graph: nx.Graph[str] = nx.Graph()
    graph.add_edges_from((edge.start, edge.end) for edge in edges)
    number = {
        node: index for index, part in enumerate(nx.connected_components(graph)) for node in part
    }
    groups: dict[int, list[Stretch]] = {}
    for edge in edges:
        groups.setdefault(number[edge.start], []).append(edge)
    return list(groups.values())


def _nodes(edges: list[Stretch]) -> set[str]:
    return {node for edge in edges for node in (edge.start, edge.end)}


def _refs(edges: list[Stretch]) -> set[int]:
    return {ref_of(node) for edge in edges for node in edge.nodes}


def _length_mm(net: RoadNet, edges: list[Stretch]) -> int:
    return sum(map(net.length_mm, edges))


def _metres(length_mm: int) -> int:
    return (length_mm + 500) // 1000


def _island(
    net: RoadNet, edges: list[Stretch], number: int, why: str, tree: shapely.STRtree
) -> Island:
    lines = [shapely.LineString(net.shape(edge)) for edge in edges]
    near, gaps = tree.query_nearest(lines, return_distance=True, all_matches=False)
    best = min(range(len(gaps)), key=lambda index: (round(gaps[index]), int(near[0][index])))
    way = shapely.shortest_line(lines[near[0][best]], tree.geometries[near[1][best]])
    here, there = (to_lat_lon(net.frame, *map(round, at)) for at in way.coords)
    gap_m = round(float(gaps[best]) / 1000, 1)
    return Island(
        number=number,
        nodes=len(_nodes(edges)),
        edges=len(edges),
        length_m=_metres(_length_mm(net, edges)),
        lat_deg=round(here[0], 7),
        lon_deg=round(here[1], 7),
        gap_m=gap_m,
        gap_lat_deg=round(there[0], 7),
        gap_lon_deg=round(there[1], 7),
        why=why or (f"nothing is drawn across a gap of {gap_m:g} m" if gap_m else UNJOINED),
    )


def _reasons(
    net: RoadNet, data: OsmData, main: list[Stretch], apart: list[list[Stretch]]
) -> list[str]:
    """For each island what stands between it and the main part: found from the main part outward,
    over closed nodes and ways that are left out, through other islands where need be."""
    refs_of = [_refs(edges) for edges in apart]
    islands_at: dict[int, list[int]] = {}
    for number, refs in enumerate(refs_of):
        for ref in refs:
            islands_at.setdefault(ref, []).append(number)
    ways_at: dict[int, list[int]] = {}
    for way_id in net.left_out:
        for ref in data.ways[way_id].refs:
            ways_at.setdefault(ref, []).append(way_id)
    reasons = [""] * len(apart)
    reached = [False] * len(apart)
    seen = _refs(main)
    queue = deque((ref, "") for ref in sorted(seen))
    crossed: set[int] = set()
    while queue:
        ref, over = queue.popleft()
        for number in islands_at.get(ref, ()):
            if reached[number]:
                continue
            reached[number] = True
            reasons[number] = over or f"cut off by n{ref}: {net.closed.get(ref, 'a high kerb')}"
            for other in sorted(refs_of[number] - seen):
                seen.add(other)
                queue.append((other, ""))
        for way_id in ways_at.get(ref, ()):
            if way_id in crossed:
                continue
            crossed.add(way_id)
            reason = _cut_by(way_id, net)
            for other in data.ways[way_id].refs:
                if other not in seen:
                    seen.add(other)
                    queue.append((other, reason))
    return [
        reason or _loose_end(edges, refs, ways_at, net, data)
        for reason, edges, refs in zip(reasons, apart, refs_of, strict=True)
    ]


def _cut_by(way_id: int, net: RoadNet) -> str:
    return f"cut off by w{way_id}, left out: {net.left_out[way_id]}"


def _loose_end(
    edges: list[Stretch], refs: set[int], ways_at: dict[int, list[int]], net: RoadNet, data: OsmData
) -> str:
    """Why an island may be one that nothing in the extract leads to."""
    if _leaves(edges, data):
        return "goes on outside the extract"
    touching = sorted(way_id for ref in refs for way_id in ways_at.get(ref, ()))
    return _cut_by(touching[0], net) if touching else ""


def _leaves(edges: list[Stretch], data: OsmData) -> bool:
    """Whether a way of the island was cut at the border."""
    ways = (data.ways[int(edge.source[1:])] for edge in edges if edge.source[0] == "w")
    for way in ways:
        for ref in way.refs:
            node = data.nodes.get(ref)
            if node is None or not data.holds(node.lat_deg, node.lon_deg):
                return True
    return False


def _traps(
    net: RoadNet, graph: "nx.DiGraph[str]", main_nodes: set[str], rest: list[Stretch]
) -> list[Trap]:
    if not rest:
        return []
    start = min(main_nodes)
    into = nx.descendants(graph, start)
    back = nx.ancestors(graph, start)
    # Main nodes part the groups: two one-way lanes off the same square are two traps.
    apart = [
        msgspec.structs.replace(
            edge,
            nodes=tuple(
                f"{node} {edge.id}" if node in main_nodes else node
                for node in (edge.start, edge.end)
            ),
        )
        for edge in rest
    ]
    whole = {edge.id: edge for edge in rest}
    traps: list[Trap] = []
    for group in _groups(apart):
        edges = [whole[edge.id] for edge in group]
        inside = sorted(_nodes(edges) - main_nodes)
        reached = any(node in into for node in inside)
        left = any(node in back for node in inside)
        why = {
            (True, False): "a robot gets in and not out again",
            (False, True): "a robot gets out and not in",
            (True, True): "in parts no way in, in parts no way out",
            (False, False): "no way in and none out",
        }[reached, left]
        place = net.places[inside[0]]
        length_m = _metres(_length_mm(net, edges))
        traps.append(Trap(tuple(edge.id for edge in edges), length_m, *place, why))
    return sorted(traps, key=lambda trap: (-trap.length_m, trap.edges))
