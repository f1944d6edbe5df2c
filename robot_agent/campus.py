# SPDX-License-Identifier: Apache-2.0
"""The one reader of campus maps (`maps/README.md` is the format, field by field).

Where the file hangs a place on an edge, the edge is split there and the place becomes a node. What
must hold: a map either comes out whole or not at all, and then every fault of it is named.
"""

from pathlib import Path

from robot_agent.campus_features import (
    Hung,
    read_building,
    read_edge,
    read_node,
    read_place,
    read_site,
    read_waiting,
    read_zone,
    to_mm_in,
)
from robot_agent.campus_format import (
    MAX_FILE_BYTES,
    CampusError,
    Faults,
    Feature,
    FeatureError,
    decode_features,
)
from robot_agent.campus_frame import frame_at, to_lat_lon
from robot_agent.campus_joining import Joiner
from robot_agent.campus_model import (
    CLASS_SPEED_MPS,
    ROLES,
    Building,
    Campus,
    Edge,
    Node,
    Place,
    Site,
    Waiting,
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
    "Waiting",
    "Zone",
    "parse_campus",
    "read_campus",
    "to_lat_lon",
]


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
    sites = [feature for feature in features if feature.kind == "site"]
    if len(sites) != 1:
        raise CampusError([f"{source}:1: {len(sites)} site features where there must be one"])
    faults = Faults(text, source)
    try:
        reader = _Reader(faults, read_site(sites[0]))
    except FeatureError as error:
        faults.add(sites[0].index, sites[0].id, error)
        faults.raise_if_any()
        raise
    ignored = sum(not reader.read(feature) for feature in features)
    faults.raise_if_any()
    if not reader.edges and not reader.site.planar:
        raise CampusError([f"{source}:1: the road net is empty: no feature of kind edge"])
    return reader.tied(ignored)


class _Reader:
    """Builds a Campus feature by feature; each step leaves its findings in `faults`."""

    def __init__(self, faults: Faults, site: Site) -> None:
        self.faults = faults
        self.site = site
        self.to_mm = to_mm_in(frame_at(site.lat_deg, site.lon_deg))
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}
        self.edge_features: dict[str, Feature] = {}
        self.places: list[Hung] = []
        self.waiting: list[Hung] = []
        self.buildings: dict[str, tuple[Feature, Building]] = {}
        self.zones: dict[str, Zone] = {}

    def read(self, feature: Feature) -> bool:
        """False where the feature is of a kind this program does not know."""
        try:
            return self._read(feature)
        except FeatureError as error:
            self.faults.add(feature.index, feature.id, error)
        return True

    def _read(self, feature: Feature) -> bool:
        to_mm = self.to_mm
        match feature.kind:
            case "site":
                pass
            case "node":
                self.nodes[feature.id] = read_node(feature, to_mm)
            case "edge":
                if self.site.planar:
                    raise FeatureError("a planar site has no edges")
                self.edge_features[feature.id] = feature
                self.edges[feature.id] = read_edge(feature, to_mm)
            case "waiting":
                if self.site.planar:
                    raise FeatureError("a planar site has no waiting places")
                self.waiting.append(read_waiting(feature, to_mm))
            case "building":
                self.buildings[feature.id] = (feature, read_building(feature, to_mm))
            case "zone":
                self.zones[feature.id] = read_zone(feature, to_mm, self.site)
            case kind if kind in ROLES:
                self.places.append(read_place(feature, to_mm, self.site))
            case _:
                return False
        return True

    def tied(self, ignored: int) -> Campus:
        """The whole campus, its features tied together. Raises CampusError."""
        joiner = Joiner(self.faults, self.nodes, self.edges, self.edge_features)
        joiner.join()
        self.faults.raise_if_any()
        drawn = dict(self.edges)
        if self.site.planar:
            for one in self.places:
                place = one.thing
                self.nodes[place.id] = Node(place.id, place.x_mm, place.y_mm)
        joiner.hang_places(self.places)
        joiner.hang_waiting(self.waiting, drawn)
        joiner.check_buildings(self.buildings.values())
        self.faults.raise_if_any()
        buildings = {key: building for key, (_, building) in sorted(self.buildings.items())}
        nodes, edges = dict(sorted(self.nodes.items())), dict(sorted(self.edges.items()))
        places, zones = dict(sorted(joiner.places.items())), dict(sorted(self.zones.items()))
        waiting = dict(sorted(joiner.waiting.items()))
        digest = digest_of(self.site, nodes, edges, places, buildings, zones, waiting)
        return Campus(self.site, nodes, edges, places, buildings, zones, ignored, digest, waiting)
