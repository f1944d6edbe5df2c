# SPDX-License-Identifier: Apache-2.0
"""The road net of an OpenStreetMap extract: ways cut at junctions, then joined into edges.

What must hold: two ways meet only where they share a node (never where lines merely cross on the
picture); nobody passes a closed barrier; joining two pieces keeps every bend and never hides a
change of what holds on the way.
"""

from collections import Counter

import networkx as nx
from msgspec import Struct

from dispatcher.roads.importers.osm_data import Bounds, OsmData, OsmWay
from dispatcher.roads.importers.osm_rules import Barrier, WayFacts, barrier_at, way_facts
from robot_agent.campus_frame import Frame, Point, line_length_mm, without_repeats

CLIP_MARGIN_M = 50.0


class Stretch(Struct):
    """A way between two nodes, driven forward along `nodes` (or both ways)."""

    id: str
    facts: WayFacts
    nodes: tuple[str, ...]

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
    """`places` gives (latitude, longitude), `points` the flat frame; `barriers` what is passed."""

    frame: Frame
    edges: list[Stretch]
    places: dict[str, tuple[float, float]]
    points: dict[str, Point]
    barriers: dict[str, Barrier]
    kept: Counter[str]
    dropped: Counter[str]
    notes: Counter[str]

    def shape(self, stretch: Stretch) -> tuple[Point, ...]:
        """As the map reader will see it: without repeated points."""
        return without_repeats([self.points[node] for node in stretch.nodes])

    def length_mm(self, stretch: Stretch) -> int:
        return line_length_mm(self.shape(stretch))


def road_net(data: OsmData, frame: Frame, main_roads: str, private: bool) -> RoadNet:
    """Everything a robot may drive, islands included."""
    net = RoadNet(frame, [], {}, {}, {}, Counter(), Counter(), Counter())
    ways: list[tuple[OsmWay, WayFacts]] = []
    for way_id in sorted(data.ways):
        way = data.ways[way_id]
        if "highway" not in way.tags:
            continue
        facts = way_facts(way.tags, main_roads, private)
        if isinstance(facts, str):
            net.dropped[facts] += 1
            continue
        ways.append((way, facts))
        net.kept[way.tags["highway"]] += 1
        if way.tags.get("area") == "yes":
            net.notes["squares driven along their rim only"] += 1
    box = _wider(data.bounds)
    runs = [(way, facts, run) for way, facts in ways for run in _inside(way, data, box)]
    joints = _joints([run.refs for _, _, run in runs])
    closed: set[int] = set()
    for ref in sorted({ref for _, _, run in runs for ref in run.refs}):
        barrier = barrier_at(data.nodes[ref].tags)
        if barrier.note:
            net.notes[barrier.note] += 1
        if barrier.closed:
            net.notes[f"{barrier.closed}: nobody passes"] += 1
            closed.add(ref)
        elif barrier.gate != "none":
            net.barriers[f"n{ref}"] = barrier
    pieces: list[Stretch] = []
    for way, facts, run in runs:
        pieces += _pieces(way, facts, run, joints, closed, net)
    _locate(pieces, data, net)
    pieces = [piece for piece in pieces if net.length_mm(piece) > 0]
    net.edges = _joined(pieces, set(net.barriers))
    return net


def parts_of(net: RoadNet) -> list[Part]:
    """The parts of the net within which every way there is also a way back, the largest first."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for edge in net.edges:
        graph.add_edge(edge.start, edge.end)
        if edge.facts.oneway == "no":
            graph.add_edge(edge.end, edge.start)
    components = sorted(map(sorted, nx.strongly_connected_components(graph)))
    part_of = {node: number for number, part in enumerate(components) for node in part}
    parts = [Part([], len(component), net.places[component[0]]) for component in components]
    for edge in net.edges:
        if part_of[edge.start] == part_of[edge.end]:
            parts[part_of[edge.start]].edges.append(edge)
    drivable = [part for part in parts if part.edges]
    return sorted(drivable, key=lambda part: -sum(map(net.length_mm, part.edges)))


def _wider(bounds: Bounds) -> Bounds:
    # 111 km a degree, and a degree of longitude is never longer: the margin is at least this wide.
    margin = CLIP_MARGIN_M / 111_000
    return Bounds(
        bounds.south_deg - margin,
        bounds.west_deg - margin,
        bounds.north_deg + margin,
        bounds.east_deg + margin,
    )


class _Run(Struct, frozen=True):
    """Consecutive nodes of a way; `first` is the number of the first of them in the way."""

    first: int
    refs: tuple[int, ...]


def _inside(way: OsmWay, data: OsmData, box: Bounds) -> list[_Run]:
    """The runs of the way that lie in the extract: whole ways stick out of it by kilometres."""
    runs: list[_Run] = []
    run: list[int] = []
    for index, ref in enumerate((*way.refs, None)):
        node = data.nodes.get(ref) if ref is not None else None
        if (
            ref is not None
            and node is not None
            and box.south_deg <= node.lat_deg <= box.north_deg
            and box.west_deg <= node.lon_deg <= box.east_deg
        ):
            run.append(ref)
            continue
        if len(run) > 1:
            runs.append(_Run(index - len(run), tuple(run)))
        run = []
    return runs


def _joints(runs: list[tuple[int, ...]]) -> set[int]:
    """Nodes where something begins, ends or meets."""
    uses = Counter(ref for run in runs for ref in run)
    ends = {end for run in runs for end in (run[0], run[-1])}
    return ends | {ref for ref, count in uses.items() if count > 1}


def _pieces(
    way: OsmWay,
    facts: WayFacts,
    run: _Run,
    joints: set[int],
    closed: set[int],
    net: RoadNet,
) -> list[Stretch]:
    """Cuts a run at joints and barriers. A closed node becomes a dead end of its own each side."""
    pieces: list[Stretch] = []
    first_of_piece = run.first
    refs, first = run.refs, run.first
    current = [f"n{refs[0]}" + (f"-w{way.id}-{first}b" if refs[0] in closed else "")]
    for index, ref in enumerate(refs[1:], first + 1):
        shut = ref in closed
        name = f"n{ref}-w{way.id}-{index}" if shut else f"n{ref}"
        current.append(name)
        if not (shut or ref in joints or name in net.barriers or index == first + len(refs) - 1):
            continue
        pieces.append(_directed(way, facts, current, first_of_piece))
        current = [f"{name}b" if shut else name]
        first_of_piece = index
    return pieces


def _directed(way: OsmWay, facts: WayFacts, nodes: list[str], first: int) -> Stretch:
    """A one-way street is turned so that it is driven along its nodes."""
    name = f"w{way.id}-{way.refs[first]}-{first}"
    if facts.oneway != "backward":
        return Stretch(name, facts, tuple(nodes))
    forward = WayFacts(
        facts.road_class, "forward", facts.speed_mm_s, facts.width_m, facts.access, facts.stoppable
    )
    return Stretch(name, forward, tuple(reversed(nodes)))


def _locate(pieces: list[Stretch], data: OsmData, net: RoadNet) -> None:
    for piece in pieces:
        for name in piece.nodes:
            node = data.nodes[int(name[1:].split("-")[0])]
            place = round(node.lat_deg, 7), round(node.lon_deg, 7)
            net.places[name] = place
            net.points[name] = net.frame.to_mm(*place)


def _joined(pieces: list[Stretch], fixed: set[str]) -> list[Stretch]:
    """Joins pieces at nodes where nothing meets and nothing changes."""
    at: dict[str, list[Stretch]] = {}
    for piece in pieces:
        at.setdefault(piece.start, []).append(piece)
        at.setdefault(piece.end, []).append(piece)

    def onward(piece: Stretch, node: str) -> Stretch | None:
        """The piece that goes on from this one at the node, turned to lead away from it."""
        both = at[node]
        if node in fixed or len(both) != 2 or both[0] is both[1]:
            return None
        other = both[0] if both[1].id == piece.id else both[1]
        if other.facts != piece.facts:
            return None
        if piece.facts.oneway == "no":
            return other if other.start == node else _turned(other)
        return other if (piece.end == node) == (other.start == node) else None

    used: set[str] = set()
    edges: list[Stretch] = []
    for piece in sorted(pieces, key=lambda one: one.id):
        if piece.id in used:
            continue
        used.add(piece.id)
        nodes = list(piece.nodes)
        for forward in (True, False):
            here = piece
            while nodes[0] != nodes[-1]:
                end = nodes[-1] if forward else nodes[0]
                following = onward(here, end)
                if following is None or following.id in used:
                    break
                used.add(following.id)
                if forward:
                    nodes += following.nodes[1:]
                elif following.start == end:
                    nodes[:0] = reversed(following.nodes[1:])
                else:
                    nodes[:0] = following.nodes[:-1]
                here = following
        edges.append(Stretch(piece.id, piece.facts, tuple(nodes)))
    return sorted(edges, key=lambda one: one.id)


def _turned(piece: Stretch) -> Stretch:
    return Stretch(piece.id, piece.facts, tuple(reversed(piece.nodes)))
