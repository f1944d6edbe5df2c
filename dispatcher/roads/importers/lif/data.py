# SPDX-License-Identifier: Apache-2.0
"""What a VDMA LIF 1.0 file says, as plain structs (Layout Interchange Format, VDMA, March 2024).

What must hold: nothing is interpreted here; metres have become whole mm; ids are unique of their
kind; every node that is named is there. A file is taken whole or refused with each fault by its
JSON path and id. What is not known is counted, not refused.
"""

from msgspec import Struct

from robot_agent.campus_frame import Point


class LifNode(Struct, frozen=True):
    """`vehicle_types` are those that may use it; empty where the file names none."""

    id: str
    name: str
    at: Point
    level: int
    vehicle_types: tuple[str, ...]


class LifWay(Struct, frozen=True):
    """What one type of vehicle may do on an edge; `speed_mm_s` None: not said.

    `line` is empty where no trajectory is given; `curved` where it was sampled from a curve;
    `restricted` where vehicles with a load, or those without, must keep out.
    """

    vehicle_type: str
    speed_mm_s: int | None
    line: tuple[Point, ...]
    curved: bool
    restricted: bool


class LifEdge(Struct, frozen=True):
    """Directed, from `start` to `end`."""

    id: str
    name: str
    start: str
    end: str
    level: int
    ways: tuple[LifWay, ...]
    path: str


class LifStation(Struct, frozen=True):
    """`nodes` are where a vehicle stands to serve it; `at` None: not said."""

    id: str
    name: str
    about: str
    nodes: tuple[str, ...]
    at: Point | None
    level: int


class Lif(Struct, frozen=True):
    """A whole file; `level_names` says which level each layoutLevelId has become.

    `unknown` and `unused` count fields: those the format does not have, those Drover has no use
    for. `notes` counts what had to be assumed.
    """

    project: str
    nodes: dict[str, LifNode]
    edges: dict[str, LifEdge]
    stations: dict[str, LifStation]
    level_names: dict[str, int]
    unknown: dict[str, int]
    unused: dict[str, int]
    notes: dict[str, int]
