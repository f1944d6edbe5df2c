# SPDX-License-Identifier: Apache-2.0
"""The words in which ways and barriers of OpenStreetMap are judged for a small delivery robot.

The robot counts as a pedestrian that can take no step. What must hold: which ways a robot may use
follows from the tags, the robot's profile and the operator's RoadRules alone.
Meaning of the tags: wiki.openstreetmap.org, "Key:highway".
"""

from collections.abc import Mapping

from msgspec import Struct

from dispatcher.roads.profile import RobotProfile

Tags = Mapping[str, str]

MAIN_ROADS = ("none", "tertiary", "secondary", "primary")
# Never driven along, and crossed only where their nodes are shared.
MOTOR_ROADS = ("motorway", "trunk")
ON_FOOT = frozenset({"footway", "path", "pedestrian", "track"})


class RoadRules(Struct, frozen=True):
    """What the operator allows, and the robot it is for.

    `main_roads`: the highest class driven along, of MAIN_ROADS. `cross_roads`: higher ones up to
    primary may be crossed for a few metres. `private`: ways of access=private are the operator's
    own. `ramps`: steps with a ramp for wheelchairs are used. `other_levels`: ways on other levels
    and indoors are used. `prefer_sidewalks`: a road whose sidewalk is mapped apart is driven at
    walking pace only.
    """

    profile: RobotProfile = RobotProfile()
    main_roads: str = "tertiary"
    cross_roads: bool = False
    private: bool = False
    ramps: bool = False
    other_levels: bool = False
    prefer_sidewalks: bool = True


class WayFacts(Struct, frozen=True):
    """What two pieces of way must have in common to be one edge.

    `incline_permille` rises along the piece as it is drawn (0: level or unknown); `width_m`,
    `max_height_m` 0: unknown; `capacity` 0: no limit; `open_hours` empty: always. `stoppable` says
    whether a stop may be made at its kerb, `may_wait` whether a robot may stand on it.
    """

    road_class: str
    oneway: str
    speed_mm_s: int
    width_m: float
    access: str
    stoppable: bool
    may_wait: bool = True
    passing: str = ""
    passing_from: str = ""
    incline_permille: int = 0
    incline_guessed: bool = False
    level: int = 0
    surface: str = ""
    covered: bool = False
    max_height_m: float = 0.0
    capacity: int = 0
    open_hours: str = ""
    highway: str = ""
    name: str = ""


class Judged(Struct, frozen=True):
    """A way that may be driven, or the reason why not; `notes` say what was assumed of it."""

    facts: WayFacts | None
    why_not: str = ""
    notes: tuple[str, ...] = ()


class Barrier(Struct, frozen=True):
    """What stands on a node; `closed` says why nobody passes, `note` what was assumed.

    `width_m` 0: unknown; `open_hours` empty: always; `name` and `name_en` are for people.
    """

    gate: str = "none"
    wait_s: int = 0
    closed: str = ""
    note: str = ""
    width_m: float = 0.0
    open_hours: str = ""
    name: str = ""
    name_en: str = ""
