# SPDX-License-Identifier: Apache-2.0
"""Small campuses drawn in whole mm on a plain, for the tests of areas and times.

They are made as values, not read from a file, so that every coordinate is exactly as written.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec

from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import Campus, Edge, Node, Place, Site, Zone
from robot_agent.campus_frame import Point, line_length_mm

SITE = Site("site", "Plain", "1", 0.0, 0.0, "Europe/Berlin", "", "")


def road(name: str, start: str, end: str, *shape: Point, **facts: object) -> Edge:
    edge = Edge(
        id=name,
        from_node=start,
        to_node=end,
        length_mm=line_length_mm(shape),
        oneway="no",
        road_class="shared",
        speed_mm_s=2_000,
        width_mm=0,
        access="open",
        shape=shape,
    )
    return msgspec.structs.replace(edge, **facts)


def place(name: str, at: Point, role: str = "stop", node: str = "") -> Place:
    return Place(name, role, node or name, "", 4, 0, "", 500, *at)


def campus(
    edges: Iterable[Edge],
    zones: Iterable[Zone] = (),
    nodes: Mapping[str, Mapping[str, object]] | None = None,
    places: Sequence[Place] = (),
    site: Site = SITE,
) -> Campus:
    """Every joint holds a parking place, so that none is joined away; `nodes` adds facts."""
    known = {edge.id: edge for edge in sorted(edges, key=lambda edge: edge.id)}
    joints: dict[str, Point] = {one.node: (one.x_mm, one.y_mm) for one in places}
    for edge in known.values():
        joints |= {edge.from_node: edge.shape[0], edge.to_node: edge.shape[-1]}
    made = {
        name: msgspec.structs.replace(Node(name, *at), **(nodes or {}).get(name, {}))
        for name, at in sorted(joints.items())
    }
    parking = (
        [] if site.planar else [place(f"at-{name}", joints[name], "parking", name) for name in made]
    )
    hung = {one.id: one for one in sorted((*places, *parking), key=lambda one: one.id)}
    drawn = {zone.id: zone for zone in sorted(zones, key=lambda zone: zone.id)}
    return Campus(site, made, known, hung, {}, drawn, 0, "")


def street(*xs: int, zones: Iterable[Zone] = (), **facts: Mapping[str, object]) -> RoadGraph:
    """Nodes a, b, c... along y = 0 at these x in mm, an edge from each to the next."""
    names = [chr(ord("a") + number) for number in range(len(xs))]
    edges = [
        road(f"{u}{v}", u, v, (xs[n], 0), (xs[n + 1], 0))
        for n, (u, v) in enumerate(pairwise(names))
    ]
    return RoadGraph.from_campus(campus(edges, zones, facts))


def box(left: int, bottom: int, right: int, top: int) -> tuple[Point, ...]:
    return ((left, bottom), (right, bottom), (right, top), (left, top))


def names(graph: RoadGraph, arcs: Iterable[int]) -> list[str]:
    """Arcs as `tail-head`."""
    return [f"{graph.arc(arc).tail}-{graph.arc(arc).head}" for arc in arcs]
