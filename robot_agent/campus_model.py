# SPDX-License-Identifier: Apache-2.0
"""What a campus is, once read: site, nodes, edges, places, buildings, zones, and their digest.

What must hold in a `Campus`: every length, time and coordinate is an int; every edge ends in a
known node; every place hangs on a node; every collection is sorted by id. The digest covers what
decisions rest on and nothing else: two files that mean the same map have the same digest.
"""

import hashlib

import msgspec
from msgspec import Struct

from robot_agent.campus_frame import Point

ROLES = ("stop", "station", "charger", "parking")
GATES = ("none", "bollard", "gate", "lift_gate", "crossing", "kerb")
ONEWAYS = ("no", "forward", "backward")
ACCESSES = ("open", "staff", "closed")
ZONE_KINDS = ("closed", "slow", "crowded", "no_stop")
CLASS_SPEED_MPS = {"path": 1.8, "shared": 2.5, "road": 4.0, "crossing": 1.0, "indoor": 1.0}
"""Where an edge gives no speed_mps: what a robot may drive on each class of way."""


class Site(Struct, frozen=True):
    id: str
    name: str
    revision: str
    lat_deg: float
    lon_deg: float
    timezone: str
    attribution: str
    licence: str


class Node(Struct, frozen=True):
    """A point of the road net; `wait_ms` is what passing it costs (a gate, a crossing)."""

    id: str
    x_mm: int
    y_mm: int
    gate: str = "none"
    wait_ms: int = 0
    name: str = ""


class Edge(Struct, frozen=True):
    """A stretch of way. `shape` runs from `from_node` to `to_node`; `width_mm` 0: unknown."""

    id: str
    from_node: str
    to_node: str
    length_mm: int
    oneway: str
    road_class: str
    speed_mm_s: int
    width_mm: int
    access: str
    shape: tuple[Point, ...]


class Place(Struct, frozen=True):
    """Where a robot may stand, off the lane at (x, y), reached from `node`."""

    id: str
    role: str
    node: str
    name: str
    slots: int
    dwell_ms: int
    building: str
    power_w: int
    x_mm: int
    y_mm: int


class Building(Struct, frozen=True):
    id: str
    name: str
    use: str
    stop: str
    outline: tuple[Point, ...]


class Zone(Struct, frozen=True):
    id: str
    zone_kind: str
    factor_pct: int
    outline: tuple[Point, ...]


class Campus(Struct, frozen=True):
    """One revision of one campus's map; `ignored` counts features of an unknown kind."""

    site: Site
    nodes: dict[str, Node]
    edges: dict[str, Edge]
    places: dict[str, Place]
    buildings: dict[str, Building]
    zones: dict[str, Zone]
    ignored: int
    digest: str


def digest_of(
    site: Site,
    nodes: dict[str, Node],
    edges: dict[str, Edge],
    places: dict[str, Place],
    buildings: dict[str, Building],
    zones: dict[str, Zone],
) -> str:
    """sha256 over the ids and ints that decisions rest on; names and floats are left out."""
    facts = (
        (site.id, round(site.lat_deg * 10_000_000), round(site.lon_deg * 10_000_000)),
        [(n.id, n.x_mm, n.y_mm, n.gate, n.wait_ms) for n in nodes.values()],
        [msgspec.structs.astuple(edge) for edge in edges.values()],
        [
            (p.id, p.role, p.node, p.slots, p.dwell_ms, p.building, p.power_w, p.x_mm, p.y_mm)
            for p in places.values()
        ],
        [(b.id, b.use, b.stop) for b in buildings.values()],
        [msgspec.structs.astuple(zone) for zone in zones.values()],
    )
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()
