# SPDX-License-Identifier: Apache-2.0
"""Mends the road net: names the nodes at the ends of lines, and cuts lines where others meet them.

What must hold: an end that has its node keeps it, and a line is cut only where a joint is new. The
work is done in mm about the site, the results are written in degrees again.
"""

from collections import Counter
from collections.abc import Iterable

import msgspec
import shapely

from dispatcher.roads.editing.draft import Draft, line_of, name_of, point_of
from dispatcher.roads.editing.fix_cuts import Cuts
from dispatcher.roads.editing.map_file import LatLon, RawFeature
from dispatcher.roads.faults.feature_faults import number_of
from dispatcher.roads.faults.island_faults import is_cut_end
from dispatcher.roads.faults.road_faults import crossings, meet_on_purpose
from robot_agent.campus_frame import Frame, Point, distance_mm, line_length_mm, to_lat_lon

SNAP_MM = 1_000
EXACT_MM = 20
"""Two roundings to seven digits of a degree."""


class RoadLine(msgspec.Struct):
    """An edge as drawn, in mm; the ends are empty where they have no node yet."""

    feature: RawFeature
    shape: tuple[Point, ...]
    from_node: str
    to_node: str
    level: int
    is_new: bool

    @property
    def geometry(self) -> shapely.LineString:
        return shapely.LineString(self.shape)


class Anchors:
    """Where the nodes of the net lie, found again by place."""

    def __init__(self) -> None:
        self.at: dict[str, Point] = {}
        self._cells: dict[Point, list[str]] = {}

    def add(self, name: str, at: Point) -> None:
        """The first place counts, as for the reader."""
        if name not in self.at:
            self.at[name] = at
            self._cells.setdefault((at[0] // SNAP_MM, at[1] // SNAP_MM), []).append(name)

    def near(self, at: Point, but: str = "", within_mm: int = SNAP_MM) -> str:
        """The nearest node within SNAP_MM at most; empty where there is none."""
        x, y = at[0] // SNAP_MM, at[1] // SNAP_MM
        found = [
            (distance_mm(at, self.at[name]), name)
            for column in (x - 1, x, x + 1)
            for row in (y - 1, y, y + 1)
            for name in self._cells.get((column, row), ())
            if name != but
        ]
        return min((one for one in found if one[0] <= within_mm), default=(0, ""))[1]


def join_roads(draft: Draft, frame: Frame, *, at_crossings: bool) -> None:
    """Gives every end of a line its node, and cuts what is met midway."""
    lines = _lines(draft, frame)
    anchors = Anchors()
    gates: list[RawFeature] = []
    for feature in draft.of_kind("node"):
        at = point_of(feature)
        if at and feature.id:
            anchors.add(feature.id, frame.to_mm(*at))
            gates.append(feature)
    for line in sorted(lines, key=lambda one: one.feature.id):
        for name, at in zip((line.from_node, line.to_node), _ends(line), strict=True):
            if name:
                anchors.add(name, at)
    _name_ends(draft, frame, lines, anchors)
    if not lines:
        return
    cuts = Cuts(draft, frame)
    tree = shapely.STRtree([line.geometry for line in lines])
    _cut_at_ends(lines, tree, anchors, cuts)
    _cut_at_nodes(lines, tree, anchors, cuts, gates)
    if at_crossings:
        _cut_at_crossings(draft, frame, lines, tree, anchors, cuts)
    for line in lines:
        cuts.apply(line.feature, line.shape, number_of(line.feature, "length_m"))


def _lines(draft: Draft, frame: Frame) -> list[RoadLine]:
    found: list[RoadLine] = []
    for feature in draft.of_kind("edge"):
        line = line_of(feature)
        ends = [_reference(feature, end) for end in ("from", "to")]
        if line:
            shape = tuple(frame.to_mm(*at) for at in line)
            level = round(number_of(feature, "level") or 0)
            found.append(RoadLine(feature, shape, ends[0], ends[1], level, is_new=not all(ends)))
    return found


def _reference(feature: RawFeature, name: str) -> str:
    value = feature.properties.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _ends(line: RoadLine) -> tuple[Point, Point]:
    return line.shape[0], line.shape[-1]


def _name_ends(draft: Draft, frame: Frame, lines: list[RoadLine], anchors: Anchors) -> None:
    """Ends within SNAP_MM of a node, or of each other, become one joint. From west to east, so
    that the order of the file does not matter."""
    bare = [
        (at, line.feature.id, side, line)
        for line in lines
        for side, (name, at) in enumerate(
            zip((line.from_node, line.to_node), _ends(line), strict=True)
        )
        if not name
    ]

    def new_node(at: Point) -> str:
        name = draft.free_name(name_of("node", _written(to_lat_lon(frame, *at))))
        anchors.add(name, at)
        return name

    # Where ends meet exactly somebody meant a joint; loose ends nearby snap to it, not it to them.
    counts = Counter(one[0] for one in bare)
    for at in sorted(at for at, count in counts.items() if count > 1):
        if not anchors.near(at, within_mm=EXACT_MM):
            new_node(at)
    # What lies on a joint is tied first: else the other end of a short line takes it.
    order = sorted(bare, key=lambda one: (not anchors.near(one[0], within_mm=EXACT_MM), *one[:3]))
    for at, _, side, line in order:
        # The two ends of a short line are not one joint; those of a round one may be.
        is_round = line_length_mm(line.shape) > 3 * SNAP_MM
        own = "" if is_round else (line.to_node, line.from_node)[side]
        name = anchors.near(at, but=own) or new_node(at)
        _tie(draft, frame, line, side, name, anchors.at[name])


def _tie(draft: Draft, frame: Frame, line: RoadLine, side: int, name: str, at: Point) -> None:
    """Writes the node at an end of a line, and moves the end onto it."""
    end = ("from", "to")[side]
    place = 0 if side == 0 else -1
    gap_mm = distance_mm(line.shape[place], at)
    if side == 0:
        line.from_node = name
        line.shape = (at, *line.shape[1:])
    else:
        line.to_node = name
        line.shape = (*line.shape[:-1], at)
    line.feature.properties[end] = name
    moved = ""
    if gap_mm:
        line.feature.coordinates[place] = _written(to_lat_lon(frame, *at))
        moved = f", its end moved by {gap_mm / 1000:.2f} m" if gap_mm >= 10 else ""
    draft.say(line.feature, f"its {end} is {name}{moved}")


def _cut_at_ends(
    lines: list[RoadLine], tree: shapely.STRtree, anchors: Anchors, cuts: Cuts
) -> None:
    """A lone end on the middle of another line is a joint there, where either is newly drawn."""
    count: dict[str, int] = {}
    for line in lines:
        for name in (line.from_node, line.to_node):
            count[name] = count.get(name, 0) + 1
    for number, line in enumerate(lines):
        for name in (line.from_node, line.to_node):
            if count[name] != 1 or is_cut_end(name):
                continue
            for other in _near(tree, lines, anchors.at[name], but=number):
                met = lines[other]
                if met.level == line.level and (line.is_new or met.is_new):
                    cuts.add(met.feature.id, met.shape, name, anchors.at[name])
                    break


def _cut_at_nodes(
    lines: list[RoadLine],
    tree: shapely.STRtree,
    anchors: Anchors,
    cuts: Cuts,
    gates: Iterable[RawFeature],
) -> None:
    """A gate drawn as a point on a line belongs to that line."""
    used = {name for line in lines for name in (line.from_node, line.to_node)}
    for feature in gates:
        if feature.id not in used:
            at = anchors.at[feature.id]
            for number in _near(tree, lines, at)[:1]:
                cuts.add(lines[number].feature.id, lines[number].shape, feature.id, at)


def _near(tree: shapely.STRtree, lines: list[RoadLine], at: Point, but: int = -1) -> list[int]:
    """Lines within SNAP_MM of a point, nearest first."""
    point = shapely.Point(at)
    found = [
        (lines[number].geometry.distance(point), lines[number].feature.id, number)
        for number in tree.query(point, predicate="dwithin", distance=SNAP_MM).tolist()
        if number != but
    ]
    return [number for _, _, number in sorted(found)]


def _cut_at_crossings(
    draft: Draft,
    frame: Frame,
    lines: list[RoadLine],
    tree: shapely.STRtree,
    anchors: Anchors,
    cuts: Cuts,
) -> None:
    for one, other, at in crossings(lines, tree.geometries, tree):
        pair = (lines[one], lines[other])
        if meet_on_purpose(pair[0].feature, pair[1].feature):
            continue
        ends = [
            name
            for line in pair
            for name in (line.from_node, line.to_node)
            if distance_mm(anchors.at[name], at) <= SNAP_MM
        ]
        name = ends[0] if ends else anchors.near(at)
        if not name:
            name = draft.free_name(name_of("node", _written(to_lat_lon(frame, *at))))
            anchors.add(name, at)
        for line in pair:
            if name not in (line.from_node, line.to_node):
                cuts.add(line.feature.id, line.shape, name, anchors.at[name])


def _written(at: LatLon) -> list[float]:
    return [round(at[1], 7), round(at[0], 7)]
