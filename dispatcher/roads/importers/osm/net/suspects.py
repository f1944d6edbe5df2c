# SPDX-License-Identifier: Apache-2.0
"""What looks like a slip of the mapper's: ways that end just short of another, or cross unjoined.

What must hold: nothing is joined here; two lines that meet on the picture may be a bridge. Lines of
sight across squares do not count.
"""

from collections import Counter
from itertools import pairwise

import shapely

from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch, ref_of
from dispatcher.roads.importers.osm.reading.data import OsmData

SHORT_GAP_MM = 2_000
DEAD_END = "dead end"
SHORT_GAP = "a way ends within 2 m of another and is not joined to it"
UNJOINED = "two ways cross on the same level without a shared node"


def tell_suspects(net: RoadNet, data: OsmData) -> None:
    """Counts them in `suspects` of the net; ends with nothing near in `dead_ends`."""
    drawn = [edge for edge in net.edges if not edge.made]
    _tell_ends(net, drawn, data)
    _tell_unjoined(net, drawn, data)


def _tell_ends(net: RoadNet, drawn: list[Stretch], data: OsmData) -> None:
    ends = Counter(node for edge in net.edges for node in (edge.start, edge.end))
    lines = [shapely.LineString(net.shape(edge)) for edge in drawn]
    tree = shapely.STRtree(lines)
    for edge in drawn:
        for node in (edge.start, edge.end):
            ref = ref_of(node)
            # A closed node is an end on each side of it; that is told with what closes it.
            if ends[node] != 1 or node != f"n{ref}":
                continue
            here = shapely.Point(net.points[node])
            near = tree.query(here, predicate="dwithin", distance=SHORT_GAP_MM).tolist()
            if any(
                node not in drawn[other].nodes and drawn[other].facts.level == edge.facts.level
                for other in near
            ):
                net.tell(net.suspects, SHORT_GAP, node, ref, data)
            else:
                net.tell(net.dead_ends, DEAD_END, node, ref, data)


def _tell_unjoined(net: RoadNet, drawn: list[Stretch], data: OsmData) -> None:
    segments = [
        (a, b, number)
        for number, edge in enumerate(drawn)
        for a, b in pairwise(edge.nodes)
        if net.points[a] != net.points[b]
    ]
    lines = [shapely.LineString((net.points[a], net.points[b])) for a, b, _ in segments]
    if not lines:
        return
    tree = shapely.STRtree(lines)
    first, second = tree.query(lines, predicate="crosses").tolist()
    for one, other in sorted(pair for pair in zip(first, second, strict=True) if pair[0] < pair[1]):
        (a, b, edge), (c, d, crossed) = segments[one], segments[other]
        if drawn[edge].facts.level != drawn[crossed].facts.level:
            continue
        if not {ref_of(a), ref_of(b)} & {ref_of(c), ref_of(d)}:
            pair = f"{drawn[edge].source} and {drawn[crossed].source}"
            net.tell(net.suspects, UNJOINED, pair, ref_of(a), data)
