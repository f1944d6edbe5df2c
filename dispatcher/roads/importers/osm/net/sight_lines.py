# SPDX-License-Identifier: Apache-2.0
"""Lines of sight across squares, between the ways that lead into them.

What must hold: a line of sight lies within the square and clear of its holes, of buildings, water
and walls on it; it never runs along a way that is mapped on the square, nor crosses one where the
two share no node; a square with more ways in than MAX_ENTRIES is driven along its rim, which is
told.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import msgspec
import networkx as nx
import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from dispatcher.roads.importers.osm.net.net import RoadNet, Stretch
from dispatcher.roads.importers.osm.net.pieces import Run
from dispatcher.roads.importers.osm.net.plazas import Plaza
from dispatcher.roads.importers.osm.reading.areas import Area, areas_of
from dispatcher.roads.importers.osm.reading.data import CLIP_MARGIN_M, OsmData
from dispatcher.roads.importers.osm.rules.barriers import CLOSED_BARRIERS
from robot_agent.campus_frame import Frame, Point, distance_mm

MAX_ENTRIES = 30
MAX_CORNERS = 100
# A direct line is left out where others lead there within this much of its length; between many
# ways in, within more, for else nearly each two of them would have a line of their own.
DETOUR_PCT = 105
FEW_ENTRIES = 12
DETOUR_MANY_PCT = 115
# A line with this much of it so near to a mapped way is that way drawn twice.
BESIDE_MM = 300
ALONG_PCT = 50
SLACK_MM = 50
COVERED_PCT = 90
OBSTACLE_KEYS = ("building", "natural", "landuse", "amenity", "man_made")
OBSTACLES = {
    "natural": frozenset({"water", "wood", "scrub", "bare_rock", "cliff"}),
    "landuse": frozenset({"grass", "flowerbed", "construction", "forest", "basin"}),
    "amenity": frozenset({"fountain"}),
    "man_made": frozenset({"tower", "storage_tank", "planter"}),
}


class _Block(Struct, frozen=True):
    """What may stand on a square; `solid` things also where they only reach into it."""

    shape: BaseGeometry
    solid: bool


class _Mapped(Struct, frozen=True):
    """A straight bit of a way, or of a line made already, between two nodes."""

    source: str
    ends: tuple[int, int]
    shape: shapely.LineString
    level: int
    both_ways: bool


class SightLines:
    """Finds the lines of sight of squares."""

    def __init__(self, data: OsmData, frame: Frame, runs: list[Run], net: RoadNet) -> None:
        self._data, self._frame, self._net = data, frame, net
        self._users: dict[int, set[str]] = {}
        bits = [(run, a, b) for run in runs for a, b in pairwise(run.refs)]
        ends = [(self._point(a), self._point(b)) for _, a, b in bits]
        self._mapped = [
            _Mapped(run.source, (a, b), shape, run.facts.level, run.facts.oneway == "no")
            for (run, a, b), shape in zip(bits, shapely.linestrings(ends), strict=True)
            if shape.length > 0
        ]
        for run in runs:
            for ref in run.refs:
                self._users.setdefault(ref, set()).add(run.source)
        self._lanes = shapely.STRtree([one.shape for one in self._mapped])
        self._in_tree = len(self._mapped)
        self._blocks = self._obstacles()
        self._tree = shapely.STRtree([block.shape for block in self._blocks])

    def across(self, plaza: Plaza, closed: Callable[[int], bool]) -> list[Stretch]:
        """The lines across one square; `closed` says of a node whether nobody passes it."""
        area = plaza.area
        refs = {
            ref for part in area.parts for ring in (part.outer, *part.holes) for ref in ring.refs
        }
        if not all(self._inside(ref) for part in area.parts for ref in part.outer.refs):
            self._tell("a square cut by the border, driven along its rim", area)
            return []
        entries = sorted(ref for ref in refs if not closed(ref) and self._leads_in(ref, plaza))
        if len(entries) < 2:
            return []
        near = self._near(area, plaza.facts.level)
        corners = _corners(area, self._point) | self._nodes_inside(area, near, closed)
        corners -= set(entries)
        if len(entries) > MAX_ENTRIES or len(corners) > MAX_CORNERS:
            self._tell("a square with too many ways in or corners, driven along its rim", area)
            return []
        self._tell("a square crossed in straight lines", area)
        # Lines of sight cross where no node is: who stands on one blocks others unseen.
        facts = msgspec.structs.replace(plaza.facts, stoppable=False, may_wait=False)
        lines = self._lines(area, entries, sorted(corners), near)
        self._mapped += [
            _Mapped(area.id, (a, b), self._line(a, b), facts.level, True) for a, b in lines
        ]
        return [Stretch("", facts, (f"n{a}", f"n{b}"), area.id, "sight") for a, b in lines]

    def _lines(
        self, area: Area, entries: list[int], corners: list[int], near: list[_Mapped]
    ) -> list[tuple[int, int]]:
        points = {ref: self._point(ref) for ref in (*entries, *corners)}
        pairs = [(a, b) for a, b in combinations(sorted(points), 2) if points[a] != points[b]]
        free = self._free(area)
        lines = [self._line(a, b) for a, b in pairs]
        shapely.prepare(free)
        clear = shapely.covers(free, lines).tolist()
        ways: nx.Graph[int] = nx.Graph()
        for part in area.parts:
            for a, b in pairwise(part.outer.refs):
                ways.add_edge(a, b, mm=distance_mm(self._point(a), self._point(b)))
        for one in near:
            if one.both_ways:
                ways.add_edge(*one.ends, mm=round(one.shape.length))
        seen = ways.copy()
        over = _Over(area.id, near)
        for (a, b), line, fits in zip(pairs, lines, clear, strict=True):
            if fits and not seen.has_edge(a, b) and not over.blocks(a, b, line):
                seen.add_edge(a, b, mm=distance_mm(points[a], points[b]))
        return _thinned(seen, entries, ways)

    def _line(self, a: int, b: int) -> shapely.LineString:
        return shapely.LineString((self._point(a), self._point(b)))

    def _near(self, area: Area, level: int) -> list[_Mapped]:
        """What is drawn on a square already, its rim as well."""
        shape = area.polygon(self._frame)
        found = sorted(self._lanes.query(shape, predicate="intersects").tolist())
        made = self._mapped[self._in_tree :]
        every = [self._mapped[index] for index in found]
        every += [one for one in made if one.shape.intersects(shape)]
        return [one for one in every if one.level == level]

    def _nodes_inside(
        self, area: Area, near: list[_Mapped], closed: Callable[[int], bool]
    ) -> set[int]:
        """Where lines may meet the ways that are mapped across a square."""
        shape = area.polygon(self._frame)
        refs = {ref for one in near if one.source != area.id for ref in one.ends if not closed(ref)}
        return {ref for ref in refs if shape.contains(shapely.Point(self._point(ref)))}

    def _free(self, area: Area) -> BaseGeometry:
        """Where a robot may be on the square; a little wider, for lines along the rim."""
        shape = area.polygon(self._frame)
        near = [
            self._blocks[index].shape
            for index in sorted(self._tree.query(shape).tolist())
            if _stands_on(self._blocks[index], shape)
        ]
        blocked = shapely.union_all(shapely.buffer(near, -SLACK_MM)) if near else shapely.Point()
        lines = [one for one in near if one.area == 0]
        walls = shapely.buffer(shapely.union_all(lines), SLACK_MM) if lines else shapely.Point()
        return shape.buffer(2 * SLACK_MM).difference(blocked).difference(walls)

    def _leads_in(self, ref: int, plaza: Plaza) -> bool:
        """Whether something else begins at a node of the square: a way or a door."""
        if self._data.nodes[ref].tags.get("entrance", "no") != "no":
            return True
        return bool(self._users.get(ref, set()) - {plaza.area.id})

    def _obstacles(self) -> list[_Block]:
        blocks: list[_Block] = []
        for key in OBSTACLE_KEYS:
            for area in areas_of(self._data, key):
                wanted = OBSTACLES.get(key)
                if (wanted is None or area.tags[key] in wanted) and not _open_below(area, key):
                    blocks.append(_Block(area.polygon(self._frame), key == "building"))
        for way_id in sorted(self._data.ways):
            way = self._data.ways[way_id]
            refs = [ref for ref in way.refs if ref in self._data.nodes]
            if way.tags.get("barrier") in CLOSED_BARRIERS and len(refs) > 1:
                line = shapely.LineString([self._point(ref) for ref in refs])
                blocks.append(_Block(line, True))
        return blocks

    def _tell(self, reason: str, area: Area) -> None:
        first = area.parts[0].outer.refs[0]
        self._net.tell(self._net.notes, reason, area.id, first, self._data)

    def _inside(self, ref: int) -> bool:
        node = self._data.nodes[ref]
        return self._data.holds(node.lat_deg, node.lon_deg, CLIP_MARGIN_M)

    def _point(self, ref: int) -> Point:
        node = self._data.nodes[ref]
        return self._frame.to_mm(node.lat_deg, node.lon_deg)


class _Over:
    """What lies on a square already and must not be drawn over or crossed."""

    def __init__(self, own: str, near: list[_Mapped]) -> None:
        self._others = [one for one in near if one.source != own]
        self._tree = shapely.STRtree([one.shape for one in self._others])
        both_ways = [one.shape for one in near if one.both_ways]
        self._beside = shapely.union_all(shapely.buffer(both_ways, BESIDE_MM))
        shapely.prepare(self._beside)

    def blocks(self, a: int, b: int, line: shapely.LineString) -> bool:
        """Whether a line runs along a mapped way, or meets one where it shares no node."""
        for index in self._tree.query(line, predicate="intersects").tolist():
            if not {a, b} & set(self._others[index].ends):
                return True
        shared = self._beside.intersection(line).length if self._beside.intersects(line) else 0
        return bool(shared * 100 > line.length * ALONG_PCT)


def _open_below(area: Area, key: str) -> bool:
    """A roof, or a storey over the square."""
    raised = any(area.tags.get(other, "0") != "0" for other in ("layer", "building:min_level"))
    return area.tags[key] == "roof" or raised


def _stands_on(block: _Block, square: BaseGeometry) -> bool:
    """Not what the whole square lies on or in, such as the lawn of a park drawn through it."""
    shared = block.shape.intersection(square).area
    if shared * 100 > square.area * COVERED_PCT:
        return False
    return block.solid or shared * 2 >= block.shape.area


def _corners(area: Area, point: Callable[[int], Point]) -> set[int]:
    """Nodes that a line of sight may bend at: where the square has an angle to go round."""
    corners: set[int] = set()
    for part in area.parts:
        for index, ring in enumerate((part.outer, *part.holes)):
            refs = ring.refs[:-1]
            points = [point(ref) for ref in refs]
            # A hole seen from the square is a ring the other way round.
            sense = 1 if (_twice_area(points) > 0) == (index == 0) else -1
            for number, ref in enumerate(refs):
                turn = _cross(points[number - 1], points[number], points[(number + 1) % len(refs)])
                if turn * sense < 0:
                    corners.add(ref)
    return corners


def _twice_area(points: Sequence[Point]) -> int:
    around = zip(points, (*points[1:], points[0]), strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in around)


def _cross(a: Point, b: Point, c: Point) -> int:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _thinned(
    seen: "nx.Graph[int]", entries: list[int], ways: "nx.Graph[int]"
) -> list[tuple[int, int]]:
    """The lines without which the way between two entries would be much longer, the near first.

    `ways` are there already, such as the rim; what is kept joins them.
    """
    detour_pct = DETOUR_PCT if len(entries) <= FEW_ENTRIES else DETOUR_MANY_PCT
    wanted: list[tuple[int, int, int, list[int]]] = []
    for start in entries:
        if start in seen:
            far_mm, paths = nx.single_source_dijkstra(seen, start, weight="mm")
            ends = (end for end in entries if end > start and end in paths)
            wanted += [(far_mm[end], start, end, paths[end]) for end in ends]
    lines: list[tuple[int, int]] = []
    for mm, start, end, path in sorted(wanted):
        limit_mm = mm * detour_pct // 100
        if start in ways and end in nx.single_source_dijkstra_path_length(
            ways, start, cutoff=limit_mm, weight="mm"
        ):
            continue
        for a, b in pairwise(path):
            if not ways.has_edge(a, b):
                ways.add_edge(a, b, mm=seen.edges[a, b]["mm"])
                lines.append((min(a, b), max(a, b)))
    return lines
