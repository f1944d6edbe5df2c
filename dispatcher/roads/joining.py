# SPDX-License-Identifier: Apache-2.0
"""Makes of a campus's roads the net that is searched: fewer joints, and a way told by its nodes.

What must hold: a joint is removed only where two edges meet that agree in every fact and where
nothing hangs on it; what remains covers the same ways with the same lengths. Between two nodes at
most one edge remains in each direction: of parallel edges the slower ones get a node at their
middle. Closed edges and loops are left out: nobody drives them. The order of the campus's edges in
its file makes no difference.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

import msgspec

from dispatcher.roads.arc_arrays import ways_of
from dispatcher.roads.drive_time import drive_ms
from robot_agent.campus import Campus, Edge, Node
from robot_agent.campus_frame import Point, cut_line, line_length_mm

MIDDLE = "~mid"
_REVERSED = {"no": "no", "forward": "backward", "backward": "forward"}


class Part(msgspec.Struct, frozen=True):
    """Where an edge of the campus has gone: `start_mm` along edge `edge`, or against it."""

    edge: str
    start_mm: int
    forward: bool


class Net(msgspec.Struct, frozen=True):
    """Nodes and edges by id, sorted; `parts` of each campus edge in driving order along it."""

    nodes: dict[str, Node]
    edges: dict[str, Edge]
    parts: dict[str, tuple[Part, ...]]


def joined_net(campus: Campus) -> Net:
    """The net of all edges that are not closed."""
    open_edges = {key: edge for key, edge in campus.edges.items() if edge.access != "closed"}
    meeting = _meeting_at(campus.nodes, open_edges.values())
    kept = _kept(campus, meeting)
    nodes = {key: node for key, node in campus.nodes.items() if key in kept}
    edges: dict[str, Edge] = {}
    parts: dict[str, tuple[Part, ...]] = {}
    used: set[str] = set()
    for edge_id in sorted(open_edges):
        if edge_id in used:
            continue
        chain = _chain(open_edges[edge_id], meeting, kept)
        used.update(edge.id for edge, _ in chain)
        whole = _joined([_turned(edge, forward) for edge, forward in chain], campus.edges)
        if whole.from_node == whole.to_node:
            continue
        edges[whole.id] = whole
        start_mm = 0
        for edge, forward in chain:
            parts[edge.id] = (Part(whole.id, start_mm, forward),)
            start_mm += edge.length_mm
    _part_parallels(nodes, edges, parts)
    return Net(
        dict(sorted(nodes.items())), dict(sorted(edges.items())), dict(sorted(parts.items()))
    )


def _meeting_at(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, list[Edge]]:
    """The edges at each node; a loop is there twice."""
    meeting: dict[str, list[Edge]] = {key: [] for key in nodes}
    for edge in sorted(edges, key=lambda edge: edge.id):
        meeting[edge.from_node].append(edge)
        meeting[edge.to_node].append(edge)
    return meeting


def _kept(campus: Campus, meeting: dict[str, list[Edge]]) -> dict[str, None]:
    """The nodes that stay: places, junctions, ends, facts; and one of each ring of mere joints."""
    held = dict.fromkeys(place.node for place in campus.places.values())
    held |= dict.fromkeys(waiting.node for waiting in campus.waiting.values())
    kept = {
        key: None
        for key, node in campus.nodes.items()
        if key in held or _has_facts(node) or not _is_joint(key, meeting[key])
    }
    seen: set[str] = set()
    for start in sorted(campus.nodes):
        if start in kept or start in seen:
            continue
        ends: list[str] = []
        for edge in meeting[start]:
            at = edge.to_node if edge.from_node == start else edge.from_node
            while at not in kept and at != start:
                seen.add(at)
                edge = _other(edge, at, meeting)
                at = edge.to_node if edge.from_node == at else edge.from_node
            ends.append(at)
        if start in ends:
            kept[start] = None
    return kept


def _has_facts(node: Node) -> bool:
    return bool(node.gate != "none" or node.wait_ms or node.width_mm or node.open_hours)


def _is_joint(node: str, edges: list[Edge]) -> bool:
    """Whether exactly two edges meet here that one edge could stand for."""
    if len(edges) != 2 or edges[0].id == edges[1].id:
        return False
    before = _turned(edges[0], edges[0].to_node == node)
    after = _turned(edges[1], edges[1].from_node == node)
    # A limit on how many robots fit counts for one edge, not for two.
    return _facts(before) == _facts(after) and not before.capacity


def _facts(edge: Edge) -> dict[str, object]:
    facts = msgspec.structs.asdict(edge)
    for own in ("id", "from_node", "to_node", "length_mm", "shape"):
        del facts[own]
    return facts


def _other(edge: Edge, node: str, meeting: dict[str, list[Edge]]) -> Edge:
    first, second = meeting[node]
    return second if first.id == edge.id else first


def _turned(edge: Edge, forward: bool) -> Edge:
    """The same stretch, drawn in the wanted direction."""
    if forward:
        return edge
    return msgspec.structs.replace(
        edge,
        from_node=edge.to_node,
        to_node=edge.from_node,
        oneway=_REVERSED[edge.oneway],
        incline_permille=-edge.incline_permille,
        shape=edge.shape[::-1],
    )


def _chain(
    edge: Edge, meeting: dict[str, list[Edge]], kept: dict[str, None]
) -> list[tuple[Edge, bool]]:
    """The edges that become one with this one, the first of them by id, along its line."""
    ahead = list(_onward(edge, True, meeting, kept))
    behind = [(other, not forward) for other, forward in _onward(edge, False, meeting, kept)]
    return [*behind[::-1], (edge, True), *ahead]


def _onward(
    edge: Edge, forward: bool, meeting: dict[str, list[Edge]], kept: dict[str, None]
) -> Iterator[tuple[Edge, bool]]:
    at = edge.to_node if forward else edge.from_node
    while at not in kept:
        edge = _other(edge, at, meeting)
        forward = edge.from_node == at
        yield edge, forward
        at = edge.to_node if forward else edge.from_node


def _joined(chain: list[Edge], taken: Mapping[str, Edge]) -> Edge:
    """One edge for all of them, named after the first by id and how many they are."""
    first = min(chain, key=lambda edge: edge.id)
    if len(chain) == 1:
        return first
    shape: tuple[Point, ...] = chain[0].shape
    for edge in chain[1:]:
        shape += edge.shape[1:]
    return msgspec.structs.replace(
        first,
        id=_free(f"{first.id}~{len(chain)}", taken),
        from_node=chain[0].from_node,
        to_node=chain[-1].to_node,
        length_mm=sum(edge.length_mm for edge in chain),
        shape=shape,
    )


def _free(name: str, taken: Container[str]) -> str:
    """A name that nobody has: a map may use ours."""
    while name in taken:
        name += "~"
    return name


def _part_parallels(
    nodes: dict[str, Node], edges: dict[str, Edge], parts: dict[str, tuple[Part, ...]]
) -> None:
    taken: set[tuple[str, str]] = set()
    cut: dict[str, tuple[Edge, ...]] = {}
    for edge in sorted(edges.values(), key=_slowness):
        directions = ways_of(edge)
        if taken.isdisjoint(directions):
            taken.update(directions)
            continue
        cut[edge.id] = ()
    for edge_id in sorted(cut):
        halves = cut[edge_id] = _halves(edges.pop(edge_id), nodes, edges)
        if halves:
            middle, at = halves[1].from_node, halves[1].shape[0]
            nodes[middle] = Node(middle, *at, level=halves[1].level)
        edges.update((half.id, half) for half in halves)
    for edge_id, whole in parts.items():
        if whole[0].edge in cut:
            parts[edge_id] = tuple(_parts_of(whole[0], cut[whole[0].edge]))


def _slowness(edge: Edge) -> tuple[int, str]:
    return drive_ms(edge.length_mm, edge.speed_mm_s), edge.id


def _halves(
    edge: Edge, nodes: Container[str], edges: Container[str]
) -> tuple[Edge, Edge] | tuple[()]:
    """Empty where it is too short to be cut: nobody takes the slower of two ways of 1 mm."""
    drawn_mm = line_length_mm(edge.shape)
    if min(drawn_mm, edge.length_mm) < 2:
        return ()
    before, after = cut_line(edge.shape, drawn_mm // 2)
    middle = _free(f"{edge.id}{MIDDLE}", nodes)
    half_mm = edge.length_mm // 2
    return (
        msgspec.structs.replace(
            edge, id=_free(f"{edge.id}~a", edges), to_node=middle, length_mm=half_mm, shape=before
        ),
        msgspec.structs.replace(
            edge,
            id=_free(f"{edge.id}~b", edges),
            from_node=middle,
            length_mm=edge.length_mm - half_mm,
            shape=after,
        ),
    )


def _parts_of(whole: Part, halves: tuple[Edge, ...]) -> Iterator[Part]:
    start_mm = whole.start_mm
    for half in halves:
        yield Part(half.id, start_mm, whole.forward)
        start_mm -= half.length_mm
