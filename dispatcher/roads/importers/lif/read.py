# SPDX-License-Identifier: Apache-2.0
"""Reads a VDMA LIF 1.0 file into the structs of `lif_data`, or says all that is wrong with it."""

import json
import math
import re
from typing import Any

from dispatcher.roads.importers.lif.data import Lif, LifEdge, LifNode, LifStation, LifWay
from dispatcher.roads.importers.lif.fields import Fields, Object, shown
from dispatcher.roads.importers.lif.nurbs import Curve, CurveError, drawn
from dispatcher.roads.importers.osm.reading.data import MapImportError
from robot_agent.campus_features import LEVELS
from robot_agent.campus_format import MAX_FEATURES, MAX_FILE_BYTES
from robot_agent.campus_frame import Point, without_repeats

MAJOR = 1
MAX_SPEED_MPS = 1000.0
MAX_LINE_POINTS = 2_000_000
MAX_KNOT = 1e12


def read_lif(content: bytes | str, source: str) -> Lif:
    """Raises MapImportError: one line for each fault."""
    document = _document(content, source)
    reader = _Reader(source)
    found = reader.read(document)
    if reader.faults:
        lines = [f"{source}: {fault}" for fault in reader.faults]
        more = [f"{source}: and {reader.more} faults more"] if reader.more else []
        raise MapImportError("\n".join([*lines, *more]))
    return found


class _Reader(Fields):
    """Nodes, edges and stations as they are read, with their paths."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.nodes: dict[str, LifNode] = {}
        self.edges: dict[str, LifEdge] = {}
        self.stations: dict[str, LifStation] = {}
        self.paths: dict[tuple[str, str], str] = {}
        self.points = 0

    def read(self, document: object) -> Lif:
        top = self.record(document, "file", "the file") or {}
        about = self.child(top, "metaInformation", "") or {}
        self._check_version(about)
        layouts = self._layouts(top)
        levels = self._levels(layouts)
        for layout, path in layouts:
            level = levels.get(self.words(layout, "layoutLevelId"), 0)
            for number, raw in enumerate(self.items(layout, "nodes", path)):
                self._node(raw, f"{path}.nodes[{number}]", level)
        for layout, path in layouts:
            level = levels.get(self.words(layout, "layoutLevelId"), 0)
            for number, raw in enumerate(self.items(layout, "edges", path)):
                self._edge(raw, f"{path}.edges[{number}]", level)
            for number, raw in enumerate(self.items(layout, "stations", path)):
                self._station(raw, f"{path}.stations[{number}]", level)
        return Lif(
            project=self.words(about, "projectIdentification"),
            nodes=self.nodes,
            edges=self.edges,
            stations=self.stations,
            level_names=levels,
            unknown=dict(sorted(self.unknown.items())),
            unused=dict(sorted(self.unused.items())),
            notes=dict(sorted(self.notes.items())),
        )

    def _check_version(self, about: Object) -> None:
        version = about.get("lifVersion")
        if version is None:
            self.notes["no lifVersion, taken as 1.0"] += 1
            return
        found = re.match(r"\s*v?(\d{1,6})(?:\.|\s*$)", str(version)[:40])
        if found is None or int(found[1]) != MAJOR:
            self.fault("metaInformation.lifVersion", f"is {shown(version)}, this reads LIF 1.0")

    def _layouts(self, top: Object) -> list[tuple[Object, str]]:
        raws = self.items(top, "layouts", "")
        if not raws and not self.faults:
            self.fault("layouts", "there is no layout in it")
        found: list[tuple[Object, str]] = []
        held = 0
        for number, raw in enumerate(raws):
            path = f"layouts[{number}]"
            layout = self.record(raw, "layout", path)
            if layout is None:
                continue
            if layout.get("layoutId") is not None:
                self._claim("layout", self.id(layout, "layoutId", path), path)
            for name in ("nodes", "edges", "stations"):
                listed = layout.get(name)
                held += len(listed) if isinstance(listed, list) else 0
            found.append((layout, path))
        if held > MAX_FEATURES:
            what = f"{held:,} nodes, edges and stations, more than {MAX_FEATURES:,}"
            raise MapImportError(f"{self.source}: {what}")
        return found

    def _levels(self, layouts: list[tuple[Object, str]]) -> dict[str, int]:
        """Whole numbers stand for themselves; else levels are counted as the file has them."""
        names = list(dict.fromkeys(self.words(layout, "layoutLevelId") for layout, _ in layouts))
        if all(re.fullmatch(r"[+-]?\d{1,3}", name) for name in names):
            numbers = {name: int(name) for name in names}
            if all(LEVELS[0] <= number <= LEVELS[1] for number in numbers.values()):
                return numbers
        if len(names) > LEVELS[1]:
            self.fault("layouts", f"more than {LEVELS[1]} levels")
        return {name: number for number, name in enumerate(names)}

    def _claim(self, kind: str, thing: str, path: str) -> bool:
        """False, and a fault, where the id is taken or there is none."""
        other = self.paths.setdefault((kind, thing), path)
        if thing and other is not path:
            self.fault(f"{path} ({thing})", f"this {kind}Id is taken by {other}")
        return bool(thing) and other is path

    def _node(self, raw: Any, path: str, level: int) -> None:
        node = self.record(raw, "node", path)
        if node is None:
            return
        node_id = self.id(node, "nodeId", path)
        named = f"{path} ({node_id})"
        position = self.child(node, "nodePosition", named)
        if position is None:
            if node.get("nodePosition") is None:
                self.fault(named, "has no nodePosition")
            return
        x, y = self.position(position, f"{named}.nodePosition")
        types: list[str] = []
        for number, one in enumerate(self.items(node, "vehicleTypeNodeProperties", named)):
            where = f"{named}.vehicleTypeNodeProperties[{number}]"
            allowed = self.record(one, "vehicleTypeNodeProperty", where)
            types += [self.words(allowed, "vehicleTypeId")] if allowed is not None else []
        if self._claim("node", node_id, path):
            at, name = (round(x), round(y)), self.words(node, "nodeName")
            self.nodes[node_id] = LifNode(node_id, name, at, level, tuple(types))

    def _edge(self, raw: Any, path: str, level: int) -> None:
        edge = self.record(raw, "edge", path)
        if edge is None:
            return
        edge_id = self.id(edge, "edgeId", path)
        named = f"{path} ({edge_id})"
        start, end = (self._node_named(edge.get(n), n, named) for n in ("startNodeId", "endNodeId"))
        ways: dict[str, LifWay] = {}
        for number, one in enumerate(self.items(edge, "vehicleTypeEdgeProperties", named)):
            way = self._way(one, f"{named}.vehicleTypeEdgeProperties[{number}]")
            if way is not None and ways.setdefault(way.vehicle_type, way) is not way:
                self.fault(named, f"tells twice of vehicle type {way.vehicle_type!r}")
        if self._claim("edge", edge_id, path):
            name = self.words(edge, "edgeName")
            ordered = tuple(ways.values())
            self.edges[edge_id] = LifEdge(edge_id, name, start, end, level, ordered, named)

    def _way(self, raw: Any, path: str) -> LifWay | None:
        way = self.record(raw, "vehicleTypeEdgeProperty", path)
        if way is None:
            return None
        speed: int | None = None
        if way.get("maxSpeed") is not None:
            speed_mps = self.number(way, "maxSpeed", path, MAX_SPEED_MPS)
            if speed_mps < 0:
                self.fault(f"{path}.maxSpeed", f"is {speed_mps:g}, below 0")
            speed = round(speed_mps * 1000)
        load = self.child(way, "loadRestriction", path) or {}
        restricted = load.get("loaded") is False or load.get("unloaded") is False
        vehicle_type = self.words(way, "vehicleTypeId")
        line, curved = self._line(way, path)
        return LifWay(vehicle_type, speed, line, curved, restricted)

    def _line(self, way: Object, path: str) -> tuple[tuple[Point, ...], bool]:
        trajectory = self.child(way, "trajectory", path)
        if trajectory is None:
            return (), False
        path = f"{path}.trajectory"
        raws = self.items(trajectory, "controlPoints", path)
        if not raws:
            self.notes["trajectories without controlPoints, taken as straight"] += 1
            return (), False
        before = len(self.faults) + self.more
        points: list[tuple[float, float]] = []
        weights: list[float] = []
        for number, raw in enumerate(raws):
            at = f"{path}.controlPoints[{number}]"
            point = self.record(raw, "controlPoint", at)
            if point is not None:
                points.append(self.position(point, at))
                said = point.get("weight") is not None
                weights.append(self.number(point, "weight", at, MAX_KNOT) if said else 1.0)
        knots = [
            self.number_of(knot, f"{path}.knotVector[{number}]", MAX_KNOT)
            for number, knot in enumerate(self.items(trajectory, "knotVector", path))
        ]
        # VDA 5050 and LIF: a degree that is not said is 1.
        said = trajectory.get("degree") is not None
        degree = self.number(trajectory, "degree", path, 1000) if said else 1.0
        if degree != math.floor(degree):
            self.fault(f"{path}.degree", f"is {degree:g}, not a whole number")
        if len(self.faults) + self.more > before:
            return (), False
        if len(points) == 2:
            # Whatever degree and knots say, as in the sample of the standard: a straight line.
            if degree > 1:
                self.notes["curves of two controlPoints, taken as straight"] += 1
            degree, knots = 1.0, [0.0, 0.0, 1.0, 1.0]
        try:
            line = drawn(Curve(int(degree), tuple(knots), tuple(points), tuple(weights)))
        except CurveError as error:
            self.fault(path, str(error))
            return (), False
        self.points += len(line)
        if self.points > MAX_LINE_POINTS:
            what = f"its trajectories need more than {MAX_LINE_POINTS:,} points"
            raise MapImportError(f"{self.source}: {what}")
        return without_repeats([(round(x), round(y)) for x, y in line]), degree > 1

    def _station(self, raw: Any, path: str, level: int) -> None:
        station = self.record(raw, "station", path)
        if station is None:
            return
        station_id = self.id(station, "stationId", path)
        named = f"{path} ({station_id})"
        nodes = tuple(
            self._node_named(one, f"interactionNodeIds[{number}]", named)
            for number, one in enumerate(self.items(station, "interactionNodeIds", named))
        )
        position = self.child(station, "stationPosition", named)
        at: Point | None = None
        if position is not None:
            x, y = self.position(position, f"{named}.stationPosition")
            at = (round(x), round(y))
        if self._claim("station", station_id, path):
            name, about = (self.words(station, f"station{n}") for n in ("Name", "Description"))
            self.stations[station_id] = LifStation(station_id, name, about, nodes, at, level)

    def _node_named(self, value: object, name: str, path: str) -> str:
        node_id = self.id_of(value, f"{path}.{name}")
        if node_id and node_id not in self.nodes:
            self.fault(f"{path}.{name}", f"node {node_id!r} is not in the file")
        return node_id


def _document(content: bytes | str, source: str) -> object:
    if len(content) > MAX_FILE_BYTES:
        raise MapImportError(f"{source}: larger than {MAX_FILE_BYTES // 1_000_000} MB")
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        assert isinstance(content, bytes)
        line = content.count(b"\n", 0, error.start) + 1
        raise MapImportError(f"{source}:{line}: not UTF-8 text") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise MapImportError(f"{source}:{error.lineno}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise MapImportError(f"{source}:1: not JSON that can be read: {error}") from None
