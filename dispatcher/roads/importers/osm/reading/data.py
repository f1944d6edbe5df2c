# SPDX-License-Identifier: Apache-2.0
"""What an OpenStreetMap extract holds, as plain structs, whatever kind of file it came in.

What must hold: nothing is interpreted here; positions are WGS84 to the seven digits (about a
centimetre) that OpenStreetMap keeps. Of an extract on both sides of the date line, longitudes
run on beyond 180 degrees.
"""

from collections import Counter
from collections.abc import Sequence

import shapely
from msgspec import Struct, field

from dispatcher.roads.valid_shape import valid_shape
from robot_agent.campus_frame import near_degrees

# Ways and houses stick out of an extract; they are cut so far beyond its bounds.
CLIP_MARGIN_M = 50.0
METRES_PER_DEGREE = 111_000  # rounded down, and one of longitude is shorter: a margin is enough

Tags = dict[str, str]
Place = tuple[float, float]  # latitude, longitude


class MapImportError(ValueError):
    """A map that cannot be imported; one sentence with where and why."""


class OsmNode(Struct, frozen=True):
    lat_deg: float
    lon_deg: float
    tags: Tags


class OsmWay(Struct, frozen=True):
    id: int
    refs: tuple[int, ...]
    tags: Tags

    @property
    def closed(self) -> bool:
        return len(self.refs) >= 4 and self.refs[0] == self.refs[-1]


class OsmMember(Struct, frozen=True):
    """`kind` is node, way or relation."""

    kind: str
    ref: int
    role: str


class OsmRelation(Struct, frozen=True):
    id: int
    tags: Tags
    members: tuple[OsmMember, ...]


class Bounds(Struct, frozen=True):
    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float

    @property
    def centre(self) -> Place:
        """(latitude, longitude) to the seven digits that OpenStreetMap keeps."""
        lat_deg = (self.south_deg + self.north_deg) / 2
        lon_deg = near_degrees((self.west_deg + self.east_deg) / 2)
        return round(lat_deg, 7), round(lon_deg, 7)

    def widened(self, margin_m: float) -> "Bounds":
        """By a margin on each side, at least."""
        by_deg = margin_m / METRES_PER_DEGREE
        return Bounds(
            self.south_deg - by_deg,
            self.west_deg - by_deg,
            self.north_deg + by_deg,
            self.east_deg + by_deg,
        )

    def meets(self, other: "Bounds") -> bool:
        across = self.west_deg <= other.east_deg and other.west_deg <= self.east_deg
        return across and self.south_deg <= other.north_deg and other.south_deg <= self.north_deg

    def holds(self, lat_deg: float, lon_deg: float) -> bool:
        inside = self.south_deg <= lat_deg <= self.north_deg
        return inside and self.west_deg <= lon_deg <= self.east_deg


class Clip(Struct, frozen=True):
    """The part of an extract that is asked for: `shape` in degrees, x being the longitude."""

    bounds: Bounds
    shape: shapely.Polygon | shapely.MultiPolygon

    def holds(self, lat_deg: float, lon_deg: float) -> bool:
        lon_deg = near_degrees(lon_deg)
        inside = self.bounds.holds(lat_deg, lon_deg)
        return inside and bool(shapely.intersects_xy(self.shape, lon_deg, lat_deg))


class OsmData(Struct):
    """`sha256` is of what the file says, not of its bytes: kind and order of the file do not tell.

    With a `clip` everything is cut at it exactly, and `bounds` are its own; without one `bounds`
    are only where the extract was asked for, and whole ways stick out of it. `notes` count what
    was left out or assumed while reading. `datum` is what positions were given in, and still are
    by whoever names one.
    """

    nodes: dict[int, OsmNode]
    ways: dict[int, OsmWay]
    relations: dict[int, OsmRelation]
    bounds: Bounds
    sha256: str
    clip: Clip | None = None
    notes: Counter[str] = field(default_factory=Counter)
    datum: str = "wgs84"

    def holds(self, lat_deg: float, lon_deg: float, margin_m: float = 0.0) -> bool:
        """Does a place belong to the extract? The margin widens bounds that nobody asked for."""
        if self.clip is not None:
            return self.clip.holds(lat_deg, lon_deg)
        return self.bounds.widened(margin_m).holds(lat_deg, lon_deg)

    def touches(self, ring: Sequence[Place], margin_m: float = 0.0) -> bool:
        """Does any of an outline lie in the extract? The margin is as for `holds`."""
        if self.clip is not None:
            area, corners = self.clip.shape, [(near_degrees(lon), lat) for lat, lon in ring]
        else:
            box = self.bounds.widened(margin_m)
            area = shapely.box(box.west_deg, box.south_deg, box.east_deg, box.north_deg)
            corners = [(lon, lat) for lat, lon in ring]
        return bool(area.intersects(valid_shape(shapely.Polygon(corners))))
