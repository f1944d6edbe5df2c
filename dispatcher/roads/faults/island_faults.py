# SPDX-License-Identifier: Apache-2.0
"""What of the roads hangs apart: islands without any way to the main part, and one-way traps.

What must hold: an island is what hangs together by ways of any direction that are not closed, apart
from the main part; that is also what an importer numbers and `map stats` counts.
"""

import re

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from dispatcher.roads.faults.fault_book import FaultBook
from dispatcher.roads.reach import RoadParts
from robot_agent.campus import Edge

CUT_END = re.compile(r"n(\d+)-[wr]\d+-\d+")
"""How an importer names the two ends of a way that it cut at a closed barrier on node n..."""
OSM_NODE = re.compile(r"n(\d+)(?:-[wr]\d+-\d+)?")


class Island(msgspec.Struct, frozen=True):
    """`label` is that of the weakly connected part; `edges` are not closed, as cut at places."""

    label: int
    edges: tuple[Edge, ...]

    @property
    def length_mm(self) -> int:
        return sum(edge.length_mm for edge in self.edges)


def is_cut_end(node_id: str) -> bool:
    """Whether a way ends here because the importer found a closed barrier: it is no slip."""
    return CUT_END.fullmatch(node_id) is not None


def road_lines(edges: list[Edge]) -> npt.NDArray[np.object_]:
    """The edges as shapely lines, in mm."""
    sizes = [len(edge.shape) for edge in edges]
    points = np.array([point for edge in edges for point in edge.shape], dtype=np.float64)
    lines: npt.NDArray[np.object_] = shapely.linestrings(
        points, indices=np.repeat(np.arange(len(edges)), sizes)
    )
    return lines


def main_part(parts: RoadParts) -> int:
    """The weakly connected part of the first station; without one, the largest."""
    stations = [one for one in parts.campus.places.values() if one.role == "station"]
    if stations:
        return int(parts.weak[parts.number[stations[0].node]])
    return parts.largest(parts.weak)


def part_edges(parts: RoadParts) -> tuple[list[Edge], list[Island]]:
    """The edges of the main part, and the islands, the longest first."""
    main = main_part(parts)
    kept: list[Edge] = []
    apart: dict[int, list[Edge]] = {}
    for edge in parts.campus.edges.values():
        if edge.access == "closed":
            continue
        label = int(parts.weak[parts.number[edge.from_node]])
        (kept if label == main else apart.setdefault(label, [])).append(edge)
    found = [Island(label, tuple(edges)) for label, edges in apart.items()]
    return kept, sorted(found, key=lambda one: (-one.length_mm, one.label))


def note_islands(book: FaultBook, parts: RoadParts) -> None:
    """Parts of the net without any way to the main one, with what separates them."""
    campus = parts.campus
    main, islands = part_edges(parts)
    if not main or not islands:
        return
    tree = shapely.STRtree(road_lines(main))
    barriers = _barriers([main, *(list(one.edges) for one in islands)])
    for island in islands:
        lines = road_lines(list(island.edges))
        (own, near), gaps = tree.query_nearest(lines, return_distance=True, all_matches=False)
        gap_mm, number, other = min(zip(gaps.tolist(), own.tolist(), near.tolist(), strict=True))
        edge = island.edges[number]
        what = f"it is on an island of {island.length_mm / 1000:.0f} m of way"
        barrier = barriers.get(island.edges[0].id)
        if barrier:
            what += f" behind a closed barrier ({barrier}); nothing to do if that is really shut"
        else:
            gap = f", {gap_mm / 1000:.1f} m from" if gap_mm >= 1 else " that crosses or touches"
            near_edge = book.named(main[other].id)
            what += f"{gap} edge {near_edge}; draw the missing way, or leave it out"
        book.add_at("island", what, edge.id, campus.site, edge.shape[0])


def _barriers(groups: list[list[Edge]]) -> dict[str, str]:
    """By the first edge of a group: a barrier at which it was cut apart from another group."""
    at: dict[str, dict[int, bool]] = {}
    for number, edges in enumerate(groups):
        for edge in edges:
            for node in (edge.from_node, edge.to_node):
                match = OSM_NODE.fullmatch(node)
                if match:
                    here = at.setdefault(f"n{match[1]}", {})
                    here[number] = here.get(number, False) or is_cut_end(node)
    found: dict[str, str] = {}
    for name, here in at.items():
        if len(here) > 1 and any(here.values()):
            for number in here:
                found.setdefault(groups[number][0].id, name)
    return found


def note_dead_one_ways(book: FaultBook, parts: RoadParts) -> None:
    """Roads of the main part that can be entered and not left, or left and not entered."""
    campus, strong = parts.campus, parts.strong
    in_main = parts.weak == main_part(parts)
    if not in_main.any():
        return
    core = strong == parts.largest(strong[in_main])
    middle = parts.node_ids[int(np.flatnonzero(core)[0])]
    there, back = parts.reached_from(middle), parts.reaching(middle)
    edge_at: dict[str, str] = {}
    for edge in campus.edges.values():
        edge_at.setdefault(edge.from_node, edge.id)
        edge_at.setdefault(edge.to_node, edge.id)
    for numbers in sorted(parts.clusters(in_main & ~core), key=len, reverse=True):
        names = [parts.node_ids[number] for number in numbers.tolist()]
        if any(map(is_cut_end, names)):
            continue  # a one-way street up to a gate that is shut
        if there[numbers].all():
            way = "can be driven to but not left again"
        elif back[numbers].all():
            way = "can be left but not driven to"
        else:
            way = "cannot be driven to and left again"
        node = campus.nodes[names[0]]
        what = f"a stretch here {way}: no place on it can be served; see the oneway around"
        book.add_at("dead_one_way", what, edge_at[node.id], campus.site, (node.x_mm, node.y_mm))
