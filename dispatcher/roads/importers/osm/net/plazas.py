# SPDX-License-Identifier: Apache-2.0
"""Squares: areas that are crossed in straight lines of sight between the ways that lead into them.

What must hold: a line of sight lies within the square and clear of its holes, of buildings, water
and walls on it; a square with more ways in than MAX_ENTRIES is driven along its rim, which is
told; the rim is always in the net, since kerbs for stops lie there, and robots wait there.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise

import msgspec
import networkx as nx
import shapely
from msgspec import Struct
from shapely.geometry.base import BaseGeometry

from dispatcher.roads.importers.osm.net.net import CLIP_MARGIN_M, RoadNet, Stretch
from dispatcher.roads.importers.osm.net.pieces import Run
from dispatcher.roads.importers.osm.reading.areas import Area, areas_and_broken, areas_of
from dispatcher.roads.importers.osm.reading.data import OsmData
from dispatcher.roads.importers.osm.rules.barriers import CLOSED_BARRIERS
from dispatcher.roads.importers.osm.rules.rules import RoadRules, WayFacts
from dispatcher.roads.importers.osm.rules.ways import judged
from robot_agent.campus_frame import Frame, Point, distance_mm

MAX_ENTRIES = 30
MAX_CORNERS = 100
# A direct line is left out where others lead there within this much of its length.
DETOUR_PCT = 105
SLACK_MM = 50
COVERED_PCT = 90
OBSTACLE_KEYS = ("building", "natural", "landuse", "amenity", "man_made")
OBSTACLES = {
    "natural": frozenset({"water", "wood", "scrub", "bare_rock", "cliff"}),
    "landuse": frozenset({"grass", "flowerbed", "construction", "forest", "basin"}),
    "amenity": frozenset({"fountain"}),
    "man_made": frozenset({"tower", "storage_tank", "planter"}),
}


class Plaza(Struct, frozen=True):
    """`own` is the id of the way that is its rim, 0 where it is a relation."""

    area: Area
    facts: WayFacts
    own: int


def plazas_of(data: OsmData, rules: RoadRules, net: RoadNet) -> list[Plaza]:
    """Every area with a highway that a robot may use, multipolygons included."""
    areas, broken = areas_and_broken(data, "highway")
    for lost in broken:
        reason = f"a square that is not whole in the file ({lost.why.partition(' (')[0]})"
        net.notes[reason if lost.id[0] == "r" else "a square without an inside"] += 1
    plazas: list[Plaza] = []
    for area in areas:
        found = judged({**area.tags, "area": "yes"}, rules)
        first = area.parts[0].outer.refs[0]
        if found.facts is not None:
            own = int(area.id[1:]) if area.id[0] == "w" else 0
            plazas.append(Plaza(area, found.facts, own))
        elif area.id[0] == "r":
            net.tell(net.dropped, found.why_not, area.id, first, data)
    return plazas


def rims_of(plazas: list[Plaza], runs: list[Run]) -> list[Run]:
    """The outlines of multipolygons, where no kept way runs along them already."""
    drawn = {frozenset(pair) for run in runs for pair in pairwise(run.refs)}
    rims: list[Run] = []
    for plaza in plazas:
        for part in plaza.area.parts if not plaza.own else ():
            rim: list[int] = []
            for a, b in pairwise(part.outer.refs):
                if frozenset((a, b)) not in drawn:
                    rim = [*(rim or [a]), b]
                    continue
                if rim:
                    rims.append(Run(plaza.area.id, tuple(rim), plaza.facts))
                rim = []
            if rim:
                rims.append(Run(plaza.area.id, tuple(rim), plaza.facts))
    return rims


class _Block(Struct, frozen=True):
    """What may stand on a square; `solid` things also where they only reach into it."""

    shape: BaseGeometry
    solid: bool


class SightLines:
    """Finds the lines of sight of squares."""

    def __init__(self, data: OsmData, frame: Frame, runs: list[Run], net: RoadNet) -> None:
        self._data, self._frame, self._net = data, frame, net
        self._users: dict[int, set[str]] = {}
        for run in runs:
            for ref in run.refs:
                self._users.setdefault(ref, set()).add(run.source)
        self._blocks = self._obstacles()
        self._tree = shapely.STRtree([block.shape for block in self._blocks])

    def across(self, plaza: Plaza, closed: Callable[[int], bool]) -> list[Stretch]:
        """The lines across one square; `closed` says of a node whether nobody passes it."""
        area = plaza.area
        refs = {
            ref for part in area.parts for ring in (part.outer, *part.holes) for ref in ring.refs
        }
        if not all(self._inside(ref) for part in area.parts for ref in part.outer.refs):
            self._net.notes["squares cut by the border, driven along their rim"] += 1
            return []
        entries = sorted(ref for ref in refs if not closed(ref) and self._leads_in(ref, plaza))
        if len(entries) < 2:
            return []
        corners = sorted(_corners(area, self._point) - set(entries))
        if len(entries) > MAX_ENTRIES or len(corners) > MAX_CORNERS:
            reason = "squares with too many ways in or corners, driven along their rim"
            self._net.tell(self._net.notes, reason, area.id, entries[0], self._data)
            return []
        self._net.notes["squares crossed in straight lines"] += 1
        # Lines of sight cross where no node is: who stands on one blocks others unseen.
        facts = msgspec.structs.replace(plaza.facts, stoppable=False, may_wait=False)
        return [
            Stretch("", facts, (f"n{a}", f"n{b}"), area.id, "sight")
            for a, b in self._lines(area, entries, corners)
        ]

    def _lines(self, area: Area, entries: list[int], corners: list[int]) -> list[tuple[int, int]]:
        points = {ref: self._point(ref) for ref in (*entries, *corners)}
        pairs = [(a, b) for a, b in combinations(sorted(points), 2) if points[a] != points[b]]
        free = self._free(area)
        lines = [shapely.LineString((points[a], points[b])) for a, b in pairs]
        shapely.prepare(free)
        seen: nx.Graph[int] = nx.Graph()
        for (a, b), clear in zip(pairs, shapely.covers(free, lines).tolist(), strict=True):
            if clear:
                seen.add_edge(a, b, mm=distance_mm(points[a], points[b]))
        rim: nx.Graph[int] = nx.Graph()
        for part in area.parts:
            for a, b in pairwise(part.outer.refs):
                rim.add_edge(a, b, mm=distance_mm(self._point(a), self._point(b)))
        return _thinned(seen, entries, rim)

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

    def _inside(self, ref: int) -> bool:
        node = self._data.nodes[ref]
        return self._data.holds(node.lat_deg, node.lon_deg, CLIP_MARGIN_M)

    def _point(self, ref: int) -> Point:
        node = self._data.nodes[ref]
        return self._frame.to_mm(node.lat_deg, node.lon_deg)


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
    """The lines that shortest ways between the entries use, less those that hardly shorten one.

    `ways` are there already, such as the rim; what is kept joins them.
    """
    used: set[tuple[int, int]] = set()
    for start in entries:
        if start not in seen:
            continue
        paths = nx.single_source_dijkstra_path(seen, start, weight="mm")
        for end in entries:
            used.update((min(pair), max(pair)) for pair in pairwise(paths.get(end, ())))
    lines: list[tuple[int, int]] = []
    for mm, a, b in sorted((seen.edges[pair]["mm"], *pair) for pair in used):
        limit_mm = mm * DETOUR_PCT // 100
        if a in ways and b in ways:
            reach = nx.single_source_dijkstra_path_length(ways, a, cutoff=limit_mm, weight="mm")
            if b in reach:
                continue
        ways.add_edge(a, b, mm=mm)
        lines.append((a, b))
    return lines
