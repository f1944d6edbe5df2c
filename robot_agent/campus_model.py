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
PASSINGS = ("wide", "narrow")
PASSING_SOURCES = ("seen", "width", "guess")
WAITING_AT = ("mouth", "kerb", "corner")
DIRECTIONS = ("forward", "backward", "both")
LIVED_IN = ("dorm", "residence")
"""What `use` says of buildings that people live in."""
NOT_SERVED = "not_served"
"""What `use` says of a building for which nobody wants a stop, such as a ruin that has a name."""
CLASS_SPEED_MPS = {"path": 1.8, "shared": 2.5, "road": 4.0, "crossing": 1.0, "indoor": 1.0}
"""Where an edge gives no speed_mps: what a robot may drive on each class of way."""


class Site(Struct, frozen=True):
    """`planar`: no roads; robots go straight at `speed_mm_s`, for `detour_pct` of the distance."""

    id: str
    name: str
    revision: str
    lat_deg: float
    lon_deg: float
    timezone: str
    attribution: str
    licence: str
    left_hand: bool = False
    planar: bool = False
    speed_mm_s: int = 0
    detour_pct: int = 100


class Node(Struct, frozen=True):
    """A point of the road net; `wait_ms` is what passing it costs (a gate, a crossing).

    `width_mm` is the opening between posts, 0: unknown. `open_hours` empty: always.
    """

    id: str
    x_mm: int
    y_mm: int
    gate: str = "none"
    wait_ms: int = 0
    name: str = ""
    width_mm: int = 0
    level: int = 0
    open_hours: str = ""


class Edge(Struct, frozen=True):
    """A stretch of way. `shape` runs from `from_node` to `to_node`; `width_mm` 0: unknown.

    `passing` says whether two robots pass (empty: not said), `passing_from` who says so;
    `incline_permille` rises along the shape; `capacity` 0: no limit; `open_hours` empty: always.
    """

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
    passing: str = ""
    passing_from: str = ""
    incline_permille: int = 0
    level: int = 0
    may_wait: bool = True
    capacity: int = 0
    open_hours: str = ""


class Place(Struct, frozen=True):
    """Where a robot may stand, off the lane at (x, y), reached from `node`.

    `staffed`: somebody of the site is there who takes parcels for people and gives them out;
    `shadow`: a robot that stands there cannot be heard.
    """

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
    staffed: bool = False
    shadow: bool = False


class Waiting(Struct, frozen=True):
    """Where a robot may let others pass, off the lane: on an edge, or at a node.

    It cuts no edge: `edge` is the part it lies on once places have cut it, `offset_mm` along that.
    `direction` is along the edge; `confirmed` False: a proposal that nobody may use yet.
    """

    id: str
    edge: str
    offset_mm: int
    node: str
    at: str
    direction: str
    slots: int
    confirmed: bool
    name: str
    x_mm: int
    y_mm: int


class Building(Struct, frozen=True):
    id: str
    name: str
    use: str
    stop: str
    outline: tuple[Point, ...]


class Zone(Struct, frozen=True):
    """`hours` empty: always; `from_ms`, `until_ms` 0: no such end; `level` None: on every level."""

    id: str
    zone_kind: str
    factor_pct: int
    outline: tuple[Point, ...]
    hours: str = ""
    from_ms: int = 0
    until_ms: int = 0
    level: int | None = None


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
    waiting: dict[str, Waiting] = {}


def digest_of(
    site: Site,
    nodes: dict[str, Node],
    edges: dict[str, Edge],
    places: dict[str, Place],
    buildings: dict[str, Building],
    zones: dict[str, Zone],
    waiting: dict[str, Waiting],
) -> str:
    """sha256 over the ids and ints that decisions rest on; names and floats are left out."""
    facts = (
        (
            (site.id, round(site.lat_deg * 10_000_000), round(site.lon_deg * 10_000_000)),
            (site.timezone, site.left_hand, site.planar, site.speed_mm_s, site.detour_pct),
        ),
        [
            msgspec.structs.astuple(msgspec.structs.replace(node, name=""))
            for node in nodes.values()
        ],
        [msgspec.structs.astuple(edge) for edge in edges.values()],
        [_facts_of_place(place) for place in places.values()],
        [(b.id, b.use, b.stop) for b in buildings.values()],
        [msgspec.structs.astuple(zone) for zone in zones.values()],
        [
            msgspec.structs.astuple(msgspec.structs.replace(one, name=""))
            for one in waiting.values()
        ],
    )
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()


def _facts_of_place(p: Place) -> tuple[str | int, ...]:
    """Its flags only where they are set: the digests of maps that were made before hold."""
    flags = tuple(name for name in ("staffed", "shadow") if getattr(p, name))
    facts = (p.id, p.role, p.node, p.slots, p.dwell_ms, p.building, p.power_w, p.x_mm, p.y_mm)
    return (*facts, *flags)
