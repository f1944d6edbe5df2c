# SPDX-License-Identifier: Apache-2.0
"""Ties a campus together: edges to nodes, places to the roads, buildings to stops.

Used by `robot_agent.campus` alone. Where a place hangs on an edge, the edge is cut there and the
place becomes a node. A waiting place cuts nothing: it is told on which part it lies.
"""

from collections.abc import Iterable

import msgspec

from robot_agent.campus_features import Hung
from robot_agent.campus_format import Faults, Feature, FeatureError
from robot_agent.campus_frame import (
    Point,
    cut_line,
    distance_mm,
    line_length_mm,
    without_repeats,
)
from robot_agent.campus_model import Building, Edge, Node, Place, Waiting

END_TOLERANCE_MM = 500
MAX_PLACE_TO_ROAD_MM = 100_000

_Cut = tuple[int, str, Hung]
"""Where along the drawn line an edge is cut, the id of the place there, and the place."""


class Joiner:
    """Nodes and edges grow and are cut here; each step leaves its findings in `faults`."""

    def __init__(
        self,
        faults: Faults,
        nodes: dict[str, Node],
        edges: dict[str, Edge],
        features: dict[str, Feature],
    ) -> None:
        self.faults = faults
        self.nodes = nodes
        self.edges = edges
        self.features = features
        self.places: dict[str, Place] = {}
        self.waiting: dict[str, Waiting] = {}
        self._parts: dict[str, list[tuple[int, Edge]]] = {}

    def join(self) -> None:
        """Ties every edge to its two nodes; a joint without a feature lies where a line ends."""
        for edge_id in sorted(self.edges):
            edge = self.edges[edge_id]
            try:
                self.edges[edge_id] = self._joined(edge)
            except FeatureError as error:
                self.faults.add(self.features[edge_id].index, edge_id, error)

    def _joined(self, edge: Edge) -> Edge:
        ends = (edge.shape[0], edge.shape[-1])
        names = (edge.from_node, edge.to_node)
        for name, end in zip(names, ends, strict=True):
            self.nodes.setdefault(name, Node(name, *end))
        nodes = [self.nodes[name] for name in names]
        points = [(node.x_mm, node.y_mm) for node in nodes]
        gaps_mm = [distance_mm(point, end) for point, end in zip(points, ends, strict=True)]
        if max(gaps_mm) > END_TOLERANCE_MM:
            raise FeatureError(
                f"its line starts {gaps_mm[0] / 1000:.2f} m from node {names[0]} and ends "
                f"{gaps_mm[1] / 1000:.2f} m from node {names[1]}; "
                f"{END_TOLERANCE_MM / 1000} m is allowed"
            )
        shape = without_repeats((points[0], *edge.shape[1:-1], points[1]))
        length_mm = line_length_mm(shape)
        if length_mm == 0:
            raise FeatureError("its length is zero")
        return msgspec.structs.replace(edge, shape=shape, length_mm=edge.length_mm or length_mm)

    def hang_places(self, hung: Iterable[Hung]) -> None:
        """Gives every place its node, cutting edges."""
        cuts: dict[str, list[_Cut]] = {}
        for one in hung:
            try:
                if one.edge:
                    at_mm = self._offset_on_line(one)
                    cuts.setdefault(one.edge, []).append((at_mm, one.thing.id, one))
                else:
                    self._put(one, one.thing.node)
            except FeatureError as error:
                self.faults.add(one.feature.index, one.thing.id, error)
        for edge_id in sorted(cuts):
            self._split(self.edges[edge_id], sorted(cuts[edge_id], key=lambda cut: cut[:2]))

    def hang_waiting(self, hung: Iterable[Hung], drawn: dict[str, Edge]) -> None:
        """Tells every waiting place its part of the edge. `drawn` are the edges before the cuts."""
        for one in hung:
            waiting = one.thing
            assert isinstance(waiting, Waiting)
            try:
                if not one.edge:
                    self._near(one, self._node(waiting.node))
                    self.waiting[waiting.id] = waiting
                    continue
                at_mm = self._offset_on_line(one, drawn)
                part, offset_mm = self._part_at(drawn[one.edge], at_mm)
            except FeatureError as error:
                self.faults.add(one.feature.index, waiting.id, error)
                continue
            self.waiting[waiting.id] = msgspec.structs.replace(
                waiting, edge=part, offset_mm=offset_mm
            )

    def check_buildings(self, buildings: Iterable[tuple[Feature, Building]]) -> None:
        """Sees that what buildings point at is there."""
        for feature, building in buildings:
            stop = self.places.get(building.stop)
            if building.stop and (stop is None or stop.role not in ("stop", "station")):
                fault = f"its stop {building.stop} is not a stop"
                self.faults.add(feature.index, building.id, fault)

    def _offset_on_line(self, hung: Hung, edges: dict[str, Edge] | None = None) -> int:
        edge = (self.edges if edges is None else edges).get(hung.edge)
        if edge is None:
            raise FeatureError(f"it hangs on edge {hung.edge}, which is not there")
        drawn_mm = line_length_mm(edge.shape)
        if not -END_TOLERANCE_MM <= hung.offset_mm <= drawn_mm + END_TOLERANCE_MM:
            raise FeatureError(
                f"offset_m {hung.offset_mm / 1000:.3f} is not on edge {hung.edge}, "
                f"which is {drawn_mm / 1000:.3f} m long"
            )
        return min(max(hung.offset_mm, 0), drawn_mm)

    def _part_at(self, edge: Edge, at_mm: int) -> tuple[str, int]:
        """The part of an edge on which a point of its drawn line lies, and how far along it."""
        start_mm, part = [one for one in self._parts.get(edge.id, [(0, edge)]) if one[0] <= at_mm][
            -1
        ]
        return part.id, at_mm - start_mm

    def _split(self, edge: Edge, cuts: list[_Cut]) -> None:
        """Replaces an edge by its parts `<id>.1`, `<id>.2`...; `length_m` is shared out evenly."""
        drawn_mm = line_length_mm(edge.shape)
        parts: list[tuple[int, Edge]] = []
        rest, from_node, done_mm = edge.shape, edge.from_node, 0
        for at_mm, place_id, hung in cuts:
            if at_mm in (drawn_mm, done_mm):
                self._put(hung, edge.to_node if at_mm == drawn_mm else from_node)
                continue
            before, rest = cut_line(rest, line_length_mm(rest) - (drawn_mm - at_mm))
            part = _part(edge, len(parts), from_node, place_id, before, done_mm, at_mm)
            parts.append((done_mm, part))
            if place_id in self.nodes:
                fault = "its id is also the name of a joint of the roads"
                self.faults.add(hung.feature.index, place_id, fault)
            self.nodes[place_id] = Node(place_id, *before[-1], level=edge.level)
            self._put(hung, place_id)
            from_node, done_mm = place_id, at_mm
        if not parts:
            return
        last = _part(edge, len(parts), from_node, edge.to_node, rest, done_mm, drawn_mm)
        parts.append((done_mm, last))
        del self.edges[edge.id]
        for _, part in parts:
            if part.id in self.edges or not part.length_mm:
                fault = f"it cannot be split into {part.id}"
                self.faults.add(self.features[edge.id].index, edge.id, fault)
            self.edges[part.id] = part
        self._parts[edge.id] = parts

    def _put(self, hung: Hung, node_id: str) -> None:
        place = hung.thing
        assert isinstance(place, Place)
        try:
            self._near(hung, self._node(node_id))
        except FeatureError as error:
            self.faults.add(hung.feature.index, place.id, error)
            return
        self.places[place.id] = msgspec.structs.replace(place, node=node_id)

    def _node(self, node_id: str) -> Node:
        node = self.nodes.get(node_id)
        if node is None:
            raise FeatureError(f"it hangs on node {node_id}, which is not there")
        return node

    def _near(self, hung: Hung, node: Node) -> None:
        gap_mm = distance_mm((node.x_mm, node.y_mm), (hung.thing.x_mm, hung.thing.y_mm))
        if gap_mm > MAX_PLACE_TO_ROAD_MM:
            fault = f"it lies {gap_mm / 1000:.0f} m from where it hangs on the roads"
            raise FeatureError(fault)


def _part(
    edge: Edge, index: int, start: str, end: str, shape: tuple[Point, ...], a_mm: int, b_mm: int
) -> Edge:
    drawn_mm = line_length_mm(edge.shape)
    length_mm = edge.length_mm * b_mm // drawn_mm - edge.length_mm * a_mm // drawn_mm
    return msgspec.structs.replace(
        edge,
        id=f"{edge.id}.{index + 1}",
        from_node=start,
        to_node=end,
        length_mm=length_mm,
        shape=shape,
    )
