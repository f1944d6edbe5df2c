# SPDX-License-Identifier: Apache-2.0
"""Draws OpenStreetMap extracts in metres, anywhere on Earth, and writes them as XML.

Lines that name the same spot share its node, as on a real map; what should cross without meeting
is drawn with spots of its own. The same drawing gives the same ids. What it draws is ours (CC0).
"""

import random
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from robot_agent.campus_frame import frame_at

Spot = tuple[float, float]
Tags = dict[str, str]


class Bounds(Struct):
    """What the file says of itself, in metres about the origin."""

    west_m: float
    south_m: float
    east_m: float
    north_m: float


class Canvas:
    """Metres east and north of an origin. In tags `__` stands for a colon."""

    def __init__(self, lat_deg: float, lon_deg: float, seed: int = 1, first_id: int = 1) -> None:
        self._frame = frame_at(lat_deg, lon_deg)
        self.luck = random.Random(seed)
        self.bounds: Bounds | None = None
        self.nodes: dict[int, tuple[Spot, Tags]] = {}
        self.ways: dict[int, tuple[list[int], Tags]] = {}
        self.relations: dict[int, tuple[list[tuple[str, int, str]], Tags]] = {}
        self._next, self._step = first_id, 1 if first_id > 0 else -1
        self._at: dict[tuple[Spot, str], int] = {}

    def take_id(self) -> int:
        self._next += self._step
        return self._next - self._step

    def node(self, x_m: float, y_m: float, **tags: str) -> int:
        """A node of its own, wherever others are."""
        key = self.take_id()
        self.nodes[key] = ((x_m, y_m), tags)
        return key

    def spot(self, x_m: float, y_m: float, storey: str = "", **tags: str) -> int:
        """The node at a place (of a storey), made where there is none; tags are added to it."""
        place = (round(x_m, 2), round(y_m, 2)), storey
        if place not in self._at:
            self._at[place] = self.node(x_m, y_m)
        key = self._at[place]
        self.nodes[key][1].update(tags)
        return key

    def way(self, refs: Iterable[int], **tags: str) -> int:
        key = self.take_id()
        self.ways[key] = (list(refs), tags)
        return key

    def line(self, spots: Iterable[Spot], storey: str = "", **tags: str) -> int:
        """A way that meets others where they name the same spots."""
        return self.way([self.spot(x_m, y_m, storey) for x_m, y_m in spots], **tags)

    def ring(self, spots: Sequence[Spot], **tags: str) -> int:
        return self.line([*spots, spots[0]], **tags)

    def house(self, x_m: float, y_m: float, wide_m: float, deep_m: float, **tags: str) -> int:
        """(x, y) is its south-west corner."""
        return self.ring(box(x_m, y_m, wide_m, deep_m), **{"building": "yes", **tags})

    def relation(self, members: Iterable[tuple[str, int, str]], **tags: str) -> int:
        """Members are (kind, id, role)."""
        key = self.take_id()
        self.relations[key] = (list(members), tags)
        return key

    def xml(self, shuffle: int = 0) -> str:
        """The file; `shuffle` other than 0 puts its elements in another order."""
        elements = [self._node(key) for key in self.nodes]
        elements += [
            f'<way id="{key}" version="1">'
            + "".join(f'<nd ref="{ref}"/>' for ref in refs)
            + f"{_tagged(tags)}</way>"
            for key, (refs, tags) in self.ways.items()
        ]
        elements += [
            f'<relation id="{key}" version="1">'
            + "".join(f'<member type="{k}" ref="{ref}" role="{role}"/>' for k, ref, role in members)
            + f"{_tagged(tags)}</relation>"
            for key, (members, tags) in self.relations.items()
        ]
        if shuffle:
            random.Random(shuffle).shuffle(elements)
        head = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6">']
        return "\n".join([*head, *self._box(), *elements, "</osm>"])

    def _box(self) -> list[str]:
        if self.bounds is None:
            return []
        one = self.bounds
        south, west = self._degrees((one.west_m, one.south_m))
        north, east = self._degrees((one.east_m, one.north_m))
        return [f'<bounds minlat="{south}" minlon="{west}" maxlat="{north}" maxlon="{east}"/>']

    def _node(self, key: int) -> str:
        spot, tags = self.nodes[key]
        lat, lon = self._degrees(spot)
        return f'<node id="{key}" lat="{lat}" lon="{lon}" version="1">{_tagged(tags)}</node>'

    def _degrees(self, spot: Spot) -> tuple[str, str]:
        lat = self._frame.lat_deg + spot[1] * 1000 / self._frame.y_mm_per_deg
        lon = self._frame.lon_deg + spot[0] * 1000 / self._frame.x_mm_per_deg
        if abs(lon) > 180:
            lon -= 360 if lon > 0 else -360
        return f"{lat:.7f}", f"{lon:.7f}"


def box(x_m: float, y_m: float, wide_m: float, deep_m: float) -> list[Spot]:
    """The corners of a rectangle, anticlockwise."""
    return [(x_m, y_m), (x_m + wide_m, y_m), (x_m + wide_m, y_m + deep_m), (x_m, y_m + deep_m)]


def _tagged(tags: Tags) -> str:
    pairs = ((key.replace("__", ":"), value) for key, value in tags.items())
    escape = {"\n": "&#10;"}
    return "".join(f"<tag k={quoteattr(k)} v={quoteattr(v, escape)}/>" for k, v in pairs)
