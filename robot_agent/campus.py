# SPDX-License-Identifier: Apache-2.0
"""The one reader of campus maps (`maps/README.md` is the format, field by field).

Where the file hangs a place on an edge, the edge is split there and the place becomes a node. What
must hold: a map either comes out whole or not at all, and then every fault of it is named.
"""

from pathlib import Path

import msgspec
from msgspec import Struct

from robot_agent.campus_format import (
    FORMAT,
    MAX_FILE_BYTES,
    CampusError,
    Faults,
    Feature,
    FeatureError,
    decode_features,
)
from robot_agent.campus_frame import (
    Frame,
    Point,
    cut_line,
    distance_mm,
    frame_at,
    line_length_mm,
    to_lat_lon,
    without_repeats,
)
from robot_agent.campus_model import (
    ACCESSES,
    CLASS_SPEED_MPS,
    GATES,
    ONEWAYS,
    ROLES,
    ZONE_KINDS,
    Building,
    Campus,
    Edge,
    Node,
    Place,
    Site,
    Zone,
    digest_of,
)

__all__ = [
    "CLASS_SPEED_MPS",
    "ROLES",
    "Building",
    "Campus",
    "CampusError",
    "Edge",
    "Node",
    "Place",
    "Site",
    "Zone",
    "parse_campus",
    "read_campus",
    "to_lat_lon",
]

END_TOLERANCE_MM = 500
MAX_FROM_ORIGIN_MM = 50_000_000
MAX_PLACE_TO_ROAD_MM = 100_000
MAX_LATITUDE_DEG = 85
DEFAULT_DWELL_S = 30
DEFAULT_CHARGER_W = 500


class _Hung(Struct):
    """A place and, unless it names a node, the edge it hangs on."""

    feature: Feature
    place: Place
    edge: str
    offset_mm: int


def read_campus(path: Path) -> Campus:
    """Reads one map file. Raises CampusError, also where the file cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise CampusError([f"{path}: cannot be read: {error.strerror}"]) from None
    return parse_campus(content, str(path))


def parse_campus(text: str | bytes, source: str) -> Campus:
    """Reads a map from GeoJSON text. Raises CampusError with every fault found in one pass."""
    features = decode_features(text, source)
    reader = _Reader(Faults(text, source))
    sites = [feature for feature in features if feature.kind == "site"]
    if len(sites) != 1:
        raise CampusError([f"{source}:1: {len(sites)} site features where there must be one"])
    reader.read_site(sites[0])
    ignored = sum(not reader.read(feature) for feature in features)
    if not reader.edge_features:
        raise CampusError([f"{source}:1: the road net is empty: no feature of kind edge"])
    reader.faults.raise_if_any()
    reader.join()
    reader.faults.raise_if_any()
    reader.hang()
    reader.faults.raise_if_any()
    return reader.campus(ignored)


class _Reader:
    """Builds a Campus feature by feature; each step leaves its findings in `faults`."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.site = Site("", "", "", 0.0, 0.0, "", "", "")
        self.frame: Frame = frame_at(0.0, 0.0)
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}
        self.edge_features: dict[str, Feature] = {}
        self.hung: list[_Hung] = []
        self.places: dict[str, Place] = {}
        self.buildings: dict[str, tuple[Feature, Building]] = {}
        self.zones: dict[str, Zone] = {}

    def read_site(self, feature: Feature) -> None:
        try:
            self.site = _site(feature)
        except FeatureError as error:
            self.faults.add(feature.index, feature.id, error)
            self.faults.raise_if_any()
        self.frame = frame_at(self.site.lat_deg, self.site.lon_deg)

    def read(self, feature: Feature) -> bool:
        """False where the feature is of a kind this program does not know."""
        readers = {
            "site": lambda _: None,
            "node": self._node,
            "edge": self._edge,
            "building": self._building,
            "zone": self._zone,
            **dict.fromkeys(ROLES, self._place),
        }
        reader = readers.get(feature.kind)
        if reader is None:
            return False
        try:
            reader(feature)
        except FeatureError as error:
            self.faults.add(feature.index, feature.id, error)
        return True

    def _mm(self, position: tuple[float, float]) -> Point:
        point = self.frame.to_mm(*position)
        if max(abs(point[0]), abs(point[1])) > MAX_FROM_ORIGIN_MM:
            shown = f"{position[1]:.5f}, {position[0]:.5f}"
            raise FeatureError(
                f"{shown} is more than {MAX_FROM_ORIGIN_MM // 1_000_000} km from the site's origin"
            )
        return point

    def _node(self, feature: Feature) -> None:
        x_mm, y_mm = self._mm(feature.point())
        self.nodes[feature.id] = Node(
            id=feature.id,
            x_mm=x_mm,
            y_mm=y_mm,
            gate=feature.choice("gate", GATES, "none"),
            wait_ms=feature.thousandths("wait_s", 0, 3600, 0),
            name=feature.text("name", ""),
        )

    def _edge(self, feature: Feature) -> None:
        self.edge_features[feature.id] = feature
        road_class = feature.choice("class", tuple(CLASS_SPEED_MPS), "shared")
        line = [self._mm(position) for position in feature.line()]
        self.edges[feature.id] = Edge(
            id=feature.id,
            from_node=feature.reference("from"),
            to_node=feature.reference("to"),
            length_mm=feature.thousandths("length_m", 0.001, 100_000)
            if feature.has("length_m")
            else 0,
            oneway=feature.choice("oneway", ONEWAYS, "no"),
            road_class=road_class,
            speed_mm_s=feature.thousandths("speed_mps", 0.01, 20, CLASS_SPEED_MPS[road_class]),
            width_mm=feature.thousandths("width_m", 0, 100, 0),
            access=feature.choice("access", ACCESSES, "open"),
            shape=tuple(line),
        )

    def _place(self, feature: Feature) -> None:
        x_mm, y_mm = self._mm(feature.point())
        if feature.has("node") == feature.has("edge"):
            raise FeatureError("it must hang on the roads by either node, or edge and offset_m")
        on_edge = feature.has("edge")
        place = Place(
            id=feature.id,
            role=feature.kind,
            node="" if on_edge else feature.reference("node"),
            name=feature.text("name", ""),
            slots=feature.whole("slots", 1, 10_000, 1),
            dwell_ms=feature.thousandths("dwell_s", 0, 86_400, DEFAULT_DWELL_S),
            building=feature.reference("building") if feature.has("building") else "",
            power_w=feature.whole(
                "power_w", 0, 1_000_000, DEFAULT_CHARGER_W if feature.kind == "charger" else 0
            ),
            x_mm=x_mm,
            y_mm=y_mm,
        )
        edge = feature.reference("edge") if on_edge else ""
        offset_mm = feature.thousandths("offset_m", -1, 100_000) if on_edge else 0
        self.hung.append(_Hung(feature, place, edge, offset_mm))

    def _building(self, feature: Feature) -> None:
        self.buildings[feature.id] = (
            feature,
            Building(
                id=feature.id,
                name=feature.text("name", ""),
                use=feature.text("use", ""),
                stop=feature.reference("stop") if feature.has("stop") else "",
                outline=tuple(self._mm(position) for position in feature.outline()),
            ),
        )

    def _zone(self, feature: Feature) -> None:
        self.zones[feature.id] = Zone(
            id=feature.id,
            zone_kind=feature.choice("zone_kind", ZONE_KINDS, "slow"),
            factor_pct=feature.whole("factor_pct", 1, 10_000, 100),
            outline=tuple(self._mm(position) for position in feature.outline()),
        )

    def join(self) -> None:
        """Ties every edge to its two nodes; a joint without a feature lies where a line ends."""
        for edge_id in sorted(self.edges):
            edge = self.edges[edge_id]
            try:
                self.edges[edge_id] = self._joined(edge)
            except FeatureError as error:
                self.faults.add(self.edge_features[edge_id].index, edge_id, error)

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

    def hang(self) -> None:
        """Gives every place its node, splitting edges; then checks what points at places."""
        cuts: dict[str, list[tuple[int, str, _Hung]]] = {}
        for hung in self.hung:
            try:
                if hung.edge:
                    offset_mm = self._offset_on_line(hung)
                    cuts.setdefault(hung.edge, []).append((offset_mm, hung.place.id, hung))
                else:
                    self._put(hung, hung.place.node)
            except FeatureError as error:
                self.faults.add(hung.feature.index, hung.place.id, error)
        for edge_id in sorted(cuts):
            self._split(self.edges[edge_id], sorted(cuts[edge_id], key=lambda cut: cut[:2]))
        for feature, building in self.buildings.values():
            stop = self.places.get(building.stop)
            if building.stop and (stop is None or stop.role not in ("stop", "station")):
                self.faults.add(
                    feature.index, building.id, f"its stop {building.stop} is not a stop"
                )

    def _offset_on_line(self, hung: _Hung) -> int:
        edge = self.edges.get(hung.edge)
        if edge is None:
            raise FeatureError(f"it hangs on edge {hung.edge}, which is not there")
        drawn_mm = line_length_mm(edge.shape)
        if not -END_TOLERANCE_MM <= hung.offset_mm <= drawn_mm + END_TOLERANCE_MM:
            raise FeatureError(
                f"offset_m {hung.offset_mm / 1000:.3f} is not on edge {hung.edge}, "
                f"which is {drawn_mm / 1000:.3f} m long"
            )
        return min(max(hung.offset_mm, 0), drawn_mm)

    def _split(self, edge: Edge, cuts: list[tuple[int, str, _Hung]]) -> None:
        """Replaces an edge by its parts `<id>.1`, `<id>.2`...; `length_m` is shared out evenly."""
        drawn_mm = line_length_mm(edge.shape)
        parts: list[Edge] = []
        rest, from_node, done_mm = edge.shape, edge.from_node, 0
        for offset_mm, place_id, hung in cuts:
            if offset_mm in (drawn_mm, done_mm):
                self._put(hung, edge.to_node if offset_mm == drawn_mm else from_node)
                continue
            before, rest = cut_line(rest, line_length_mm(rest) - (drawn_mm - offset_mm))
            parts.append(_part(edge, len(parts), from_node, place_id, before, done_mm, offset_mm))
            if place_id in self.nodes:
                fault = "its id is also the name of a joint of the roads"
                self.faults.add(hung.feature.index, place_id, fault)
            self.nodes[place_id] = Node(place_id, *before[-1])
            self._put(hung, place_id)
            from_node, done_mm = place_id, offset_mm
        if not parts:
            return
        parts.append(_part(edge, len(parts), from_node, edge.to_node, rest, done_mm, drawn_mm))
        del self.edges[edge.id]
        for part in parts:
            if part.id in self.edges or not part.length_mm:
                fault = f"it cannot be split into {part.id}"
                self.faults.add(self.edge_features[edge.id].index, edge.id, fault)
            self.edges[part.id] = part

    def _put(self, hung: _Hung, node_id: str) -> None:
        node, place = self.nodes.get(node_id), hung.place
        if node is None:
            fault = f"it hangs on node {node_id}, which is not there"
            self.faults.add(hung.feature.index, place.id, fault)
            return
        gap_mm = distance_mm((node.x_mm, node.y_mm), (place.x_mm, place.y_mm))
        if gap_mm > MAX_PLACE_TO_ROAD_MM:
            fault = f"it lies {gap_mm / 1000:.0f} m from where it hangs on the roads"
            self.faults.add(hung.feature.index, place.id, fault)
        self.places[place.id] = msgspec.structs.replace(place, node=node_id)

    def campus(self, ignored: int) -> Campus:
        buildings = {key: building for key, (_, building) in sorted(self.buildings.items())}
        nodes, edges = dict(sorted(self.nodes.items())), dict(sorted(self.edges.items()))
        places, zones = dict(sorted(self.places.items())), dict(sorted(self.zones.items()))
        digest = digest_of(self.site, nodes, edges, places, buildings, zones)
        return Campus(self.site, nodes, edges, places, buildings, zones, ignored, digest)


def _site(feature: Feature) -> Site:
    found = feature.text("format")
    if found != FORMAT:
        raise FeatureError(f"its format is {found!r}, this reads {FORMAT!r}")
    lat_deg, lon_deg = feature.point()
    if abs(lat_deg) > MAX_LATITUDE_DEG:
        raise FeatureError(
            f"a site beyond {MAX_LATITUDE_DEG} degrees of latitude has no flat frame"
        )
    return Site(
        id=feature.id,
        name=feature.text("name", feature.id),
        revision=feature.text("revision", ""),
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        timezone=feature.text("timezone", "UTC"),
        attribution=feature.text("attribution", ""),
        licence=feature.text("licence", ""),
    )


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
