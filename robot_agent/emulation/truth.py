# SPDX-License-Identifier: Apache-2.0
"""The physical truth about one emulated robot: what it is made of, and how it is just now.

What must hold: the truth goes on whether or not anybody listens; a parcel is in one compartment or
none; whatever changes it calls `changed()`, so that a host knows what it has to write down.
"""

from bisect import insort
from typing import Literal

import msgspec

from robot_agent.core.events import DoorState, EStop, Points, RobotEvent
from robot_agent.emulation.faults import Faults
from robot_agent.emulation.people import PeopleParams
from robot_agent.emulation.speed import Phase
from robot_agent.vda5050.standing import NOTHING

TimedEvent = tuple[int, RobotEvent]

HAPPENINGS_MAX = 1_000


class Incline(msgspec.Struct, frozen=True):
    """A map's edge rises by so much from this end of it on."""

    permille: int
    from_x_mm: int
    from_y_mm: int


class BodyParams(msgspec.Struct, frozen=True, kw_only=True):
    """What a body is made of; `robot_id` is a name for its luck. `shadows`: (x, y, radius) where
    there is no radio."""

    robot_id: str
    compartments: tuple[str, ...]
    x_mm: int
    y_mm: int
    heading_mrad: int = 0
    speed_mm_s: int = 3_000
    acceleration_mm_s2: int = 1_000
    deceleration_mm_s2: int = 2_000
    unladen_g: int = 90_000
    battery_mwh: int = 1_500_000
    drive_mwh_per_km: int = 30_000
    idle_mw: int = 20_000
    charge_mw: int = 500_000
    charge_permille: int = 1_000
    occupancy_sensor: bool = False
    inclines: dict[str, Incline] = {}
    shadows: tuple[tuple[int, int, int], ...] = ()
    people: PeopleParams = PeopleParams()
    faults: Faults = Faults()


class Piece(msgspec.Struct, frozen=True, gc=False):
    """What is left of a stretch when it is planned: `limit_mm_s` on it, its `rise_permille`."""

    points: Points
    length_mm: int
    limit_mm_s: int
    rise_permille: int
    heading_mrad: int | None


class Drive(msgspec.Struct):
    """The path ahead: `pieces` from stretch `first` on.

    `phases` over the pieces, empty while standing, of which `passed_mm` are behind the first;
    `ends_ms`: when each piece ends, as far as it gets there. `stop_ms`: when it stands after
    braking; `forget`: and leaves the path then.
    """

    path_id: int
    first: int
    pieces: list[Piece]
    passed_mm: int = 0
    phases: list[Phase] = []
    ends_ms: list[int] = []
    stop_ms: int | None = None
    answers: bool = False
    forget: bool = False


class Opening(msgspec.Struct):
    """A door unlocked for somebody, and how far they are."""

    action_id: str
    parcel: str
    fills: bool
    at_dock: bool
    ends_ms: int
    left_open_ms: int = 0
    step: Literal["unlocked", "jam", "open", "left"] = "unlocked"


class Compartment(msgspec.Struct):
    """Its door and what lies in it. `openings` counts, for luck."""

    door: DoorState = "shut"
    parcel: str | None = None
    opening: Opening | None = None
    openings: int = 0


class Visitor(msgspec.Struct):
    """Somebody who comes (or came) to one handover."""

    action_id: str
    parcel: str
    code_version: int
    service_ms: int
    refuses: bool
    mistypes: bool
    left_open_ms: int
    tries_left: int


class Drift(msgspec.Struct):
    """A pose that is wrong: grows to (`x_mm`, `y_mm`) until `peak_ms`, heals until `end_ms`."""

    x_mm: int
    y_mm: int
    start_ms: int
    peak_ms: int
    end_ms: int


class Happening(msgspec.Struct, frozen=True):
    """Somebody took a parcel out of the robot or put one in. At a dock the hands are staff's;
    elsewhere they are those of `meant`'s recipient or sender."""

    at_ms: int
    parcel: str
    compartment: str
    put_in: bool
    at_dock: bool
    meant: str


class Timer(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Something is due; among equals the order of asking decides."""

    due_ms: int
    number: int
    kind: str
    key: str


class Truth(msgspec.Struct, kw_only=True):
    """All of it. `energy_mwms`: what is in the battery, as of `energy_ms` and `paid_mm` driven.
    `held`: it was told to stand, and not yet to go on."""

    now_ms: int
    x_mm: int
    y_mm: int
    heading_mrad: int
    energy_mwms: int
    energy_ms: int
    told_permille: int
    paid_mm: int = 0
    charging: bool = False
    drive: Drive | None = None
    path_id: int = 0
    compartments: dict[str, Compartment] = {}
    visitors: dict[str, Visitor] = {}
    keypad_locked_until_ms: int = 0
    e_stop: EStop = "NONE"
    stopped_for: str = NOTHING
    localized: bool = True
    blocked: bool = False
    held: bool = False
    drift: Drift | None = None
    offset: tuple[int, int] = (0, 0)
    radio_cut: bool = False
    in_shadow: bool = False
    lit: dict[str, bool] = {}
    timers: list[Timer] = []
    timers_set: int = 0
    happenings: list[Happening] = []
    unsaved: bool = True

    def changed(self) -> None:
        """The truth is another than was written down."""
        self.unsaved = True

    def at(self, due_ms: int, kind: str, key: str) -> None:
        """Let something happen at a time."""
        self.timers_set += 1
        insort(self.timers, Timer(due_ms, self.timers_set, kind, key))
        self.unsaved = True

    def drop(self, kind: str, key: str) -> None:
        """Let it not happen after all."""
        self.timers = [one for one in self.timers if (one.kind, one.key) != (kind, key)]
        self.unsaved = True

    def happened(self, happening: Happening) -> None:
        """A parcel changed hands: for whoever keeps the world's books."""
        self.happenings.append(happening)
        del self.happenings[:-HAPPENINGS_MAX]
        self.unsaved = True
