# SPDX-License-Identifier: Apache-2.0
"""The road net of an extract: its edges, where their nodes lie, and what was said on the way.

What must hold: two edges meet only in a node they both name; everything counted names the things
it counts.
"""

import re
from collections import Counter

import networkx as nx
from msgspec import Struct

from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.osm.rules.rules import Barrier, WayFacts
from dispatcher.roads.importers.report import MAX_NAMED, thing_at
from robot_agent.campus_frame import Frame, Point, line_length_mm, without_repeats

COUNTED = ("kept", "dropped", "notes", "suspects", "dead_ends", "beyond")
NODE_NAME = re.compile(r"n(-?\d+)")


class Stretch(Struct):
    """A way between two nodes, driven forward along `nodes` (or both ways).

    `source` is the OpenStreetMap way or relation, such as `w12`; `made` is `sight` for a line
    across a square that nobody drew, else empty.
    """

    id: str
    facts: WayFacts
    nodes: tuple[str, ...]
    source: str = ""
    made: str = ""

    @property
    def start(self) -> str:
        return self.nodes[0]

    @property
    def end(self) -> str:
        return self.nodes[-1]


class Part(Struct):
    """A part of the net in which a robot gets from every node to every other; `at` is one."""

    edges: list[Stretch]
    nodes: int
    at: tuple[float, float]


class RoadNet(Struct):
    """`places` gives (latitude, longitude), `points` the flat frame; `barriers` what is passed.

    `left_out` says of ways (by id) why they are not driven, `closed` of OpenStreetMap nodes why
    nobody passes; `suspects` count what looks like a slip of the mapper's, `dead_ends` other ends
    of ways, `beyond` what lies outside the extract; `sight` are the lines across squares. `named`
    names up to MAX_NAMED things for each reason that is counted in `dropped` and those after it.
    """

    frame: Frame
    edges: list[Stretch]
    places: dict[str, tuple[float, float]]
    points: dict[str, Point]
    barriers: dict[str, Barrier]
    kept: Counter[str]
    dropped: Counter[str]
    notes: Counter[str]
    named: dict[str, list[str]]
    left_out: dict[int, str]
    closed: dict[int, str]
    suspects: Counter[str]
    dead_ends: Counter[str]
    beyond: Counter[str]
    sight: list[Stretch]

    def shape(self, stretch: Stretch) -> tuple[Point, ...]:
        """As the map reader will see it: without repeated points."""
        return without_repeats([self.points[node] for node in stretch.nodes])

    def length_mm(self, stretch: Stretch) -> int:
        return line_length_mm(self.shape(stretch))

    def tell(self, counted: Counter[str], reason: str, thing: str, ref: int, data: OsmData) -> None:
        """Counts a thing (`w1`, `n1`) that lies at a node, and names it with where it lies."""
        counted[reason] += 1
        listed = self.named.setdefault(reason, [])
        if len(listed) < MAX_NAMED:
            node = data.nodes.get(ref)
            place = None if node is None else (node.lat_deg, node.lon_deg)
            listed.append(thing_at(thing, place))


def empty_net(frame: Frame) -> RoadNet:
    counts = {name: Counter[str]() for name in COUNTED}
    return RoadNet(frame, [], {}, {}, {}, named={}, left_out={}, closed={}, sight=[], **counts)


def ref_of(node: str) -> int:
    """The OpenStreetMap node under a node of the net: `n5` and the dead end `n5-w1-4` alike.

    What an editor has not uploaded yet has an id below zero: `n-5`.
    """
    match = NODE_NAME.match(node)
    assert match is not None
    return int(match[1])


def directed(net: RoadNet) -> "nx.DiGraph[str]":
    """The nodes of the net, and an arc wherever a robot may drive."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for edge in net.edges:
        graph.add_edge(edge.start, edge.end)
        if edge.facts.oneway == "no":
            graph.add_edge(edge.end, edge.start)
    return graph


def parts_of(net: RoadNet) -> list[Part]:
    """The parts of the net within which every way there is also a way back, the largest first."""
    components = sorted(map(sorted, nx.strongly_connected_components(directed(net))))
    part_of = {node: number for number, part in enumerate(components) for node in part}
    parts = [Part([], len(component), net.places[component[0]]) for component in components]
    for edge in net.edges:
        if part_of[edge.start] == part_of[edge.end]:
            parts[part_of[edge.start]].edges.append(edge)
    drivable = [part for part in parts if part.edges]
    return sorted(drivable, key=lambda part: -sum(map(net.length_mm, part.edges)))
