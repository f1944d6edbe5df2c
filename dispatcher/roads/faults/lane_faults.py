# SPDX-License-Identifier: Apache-2.0
"""Robots that stand in the way: places too near to a lane, and who is locked in behind them.

"Well-formed" after Čáp et al. (2015): every place can be reached with robots in all the others.
What must hold: only what is certain is said. A robot in a wide way can be driven around; a robot at
the very end of a dead end is in nobody's way.
"""

from collections.abc import Iterator, Mapping

import shapely
from msgspec import Struct

from dispatcher.roads.profile import RobotProfile
from dispatcher.roads.traffic.drawn import DrawnEdge
from dispatcher.roads.traffic.passing import Passing
from dispatcher.roads.traffic.waiting import usable_waiting
from robot_agent.campus import Campus, Edge, Place
from robot_agent.campus_frame import Point
from robot_agent.campus_model import Waiting


class Standing(Struct, frozen=True):
    """A place from which a robot blocks `node` (where it hangs) or `edges` that pass it."""

    id: str
    point: Point
    node: str
    edges: tuple[str, ...]
    sentence: str


def in_the_lane(
    campus: Campus,
    drawn: Mapping[str, DrawnEdge],
    wide: Mapping[str, Passing],
    profile: RobotProfile,
) -> list[Standing]:
    """Every place, and every waiting place in use, from which a robot reaches into a lane."""
    narrow = [
        campus.edges[part]
        for key, one in drawn.items()
        if one.directions and not wide[key].wide
        for _, part in one.parts
    ]
    lines = [shapely.LineString(edge.shape) for edge in narrow]
    tree = shapely.STRtree(lines)
    ends = _ends(campus)
    found: list[Standing] = []
    things: list[Place | Waiting] = [*campus.places.values(), *usable_waiting(campus)]
    for thing in things:
        at = shapely.Point(thing.x_mm, thing.y_mm)
        near = sorted(tree.query(at, predicate="dwithin", distance=profile.width_mm - 1).tolist())
        level = _level(campus, thing)
        edges = [narrow[number] for number in near if narrow[number].level == level]
        if edges and not _is_last(thing, edges, ends):
            found.append(_standing(thing, edges, at, profile))
    return found


def locked_in(campus: Campus, standing: list[Standing]) -> Iterator[tuple[Place, str]]:
    """Places that a robot cannot get to, or not back from, while robots stand in the others."""
    stations = [place for place in campus.places.values() if place.role == "station"]
    if not stations or not standing:
        return
    start = stations[0].node
    nodes = {one.node: one.id for one in standing if one.node and one.node != start}
    edges = {edge: one.id for one in standing for edge in one.edges}
    onward, back = _arcs(campus, forward=True), _arcs(campus, forward=False)
    for arcs, what in ((onward, "be reached"), (back, "be left")):
        through = _reached(arcs, start, nodes, edges)
        blocker = _blockers(arcs, start, nodes, edges)
        for place in campus.places.values():
            other = blocker.get(place.node)
            if place.node not in through and other and other != place.id:
                yield place, f"it cannot {what} while a robot stands at {other}"


def _standing(
    thing: Place | Waiting,
    edges: list[Edge],
    at: shapely.Point,
    profile: RobotProfile,
) -> Standing:
    names = tuple(edge.id for edge in edges)
    node = thing.node
    away_mm = min(shapely.LineString(edge.shape).distance(at) for edge in edges)
    passed_by = tuple(edge.id for edge in edges if node not in (edge.from_node, edge.to_node))
    own = len(passed_by) < len(names)
    sentence = (
        f"a robot standing here is {away_mm / 1000:.1f} m from the middle of narrow way "
        f"{names[0]} and blocks it; {profile.width_mm / 1000:g} m is the least"
    )
    return Standing(thing.id, (thing.x_mm, thing.y_mm), node if own else "", passed_by, sentence)


def _level(campus: Campus, thing: Place | Waiting) -> int:
    if isinstance(thing, Waiting) and thing.edge:
        return campus.edges[thing.edge].level
    return campus.nodes[thing.node].level


def _ends(campus: Campus) -> dict[str, int]:
    """How many open edges end at each node."""
    found: dict[str, int] = {}
    for edge in campus.edges.values():
        if edge.access != "closed":
            for node in (edge.from_node, edge.to_node):
                found[node] = found.get(node, 0) + 1
    return found


def _is_last(thing: Place | Waiting, edges: list[Edge], ends: dict[str, int]) -> bool:
    """One robot at the end of a dead end: whoever else drives in has lost its way."""
    if thing.slots > 1 or len(edges) > 1 or not thing.node:
        return False
    return ends.get(thing.node) == 1 and thing.node in (edges[0].from_node, edges[0].to_node)


def _arcs(campus: Campus, *, forward: bool) -> dict[str, list[tuple[str, str]]]:
    """By node: (edge, node it leads to), against the traffic where not `forward`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for edge in campus.edges.values():
        if edge.access == "closed":
            continue
        if edge.oneway != ("backward" if forward else "forward"):
            found.setdefault(edge.from_node, []).append((edge.id, edge.to_node))
        if edge.oneway != ("forward" if forward else "backward"):
            found.setdefault(edge.to_node, []).append((edge.id, edge.from_node))
    return found


def _reached(
    arcs: dict[str, list[tuple[str, str]]], start: str, nodes: dict[str, str], edges: dict[str, str]
) -> set[str]:
    """Who comes to a node where a robot stands has come there, and gets no further."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        if here in nodes:
            continue
        for edge, following in arcs.get(here, ()):
            if edge not in edges and following not in seen:
                seen.add(following)
                ahead.append(following)
    return seen


def _blockers(
    arcs: dict[str, list[tuple[str, str]]], start: str, nodes: dict[str, str], edges: dict[str, str]
) -> dict[str, str]:
    """By node: the first place on one way to it at which a standing robot blocks that way."""
    found, ahead = {start: ""}, [start]
    for here in ahead:
        for edge, following in arcs.get(here, ()):
            if following not in found:
                found[following] = found[here] or nodes.get(here, "") or edges.get(edge, "")
                ahead.append(following)
    return found
