# SPDX-License-Identifier: Apache-2.0
"""A plan: for each robot its trips, with times; and what was left out and why.

What must hold: a solution is a value. A trip is a list of visits; its first visit is reached from
where the robot is then. Where a trip carries deliveries it loads them all at its first visit, at a
station. It ends at a station (where the site has one), so that what nobody collected comes back.
Only `check` says whether a solution obeys its problem; nothing here is trusted.
"""

from typing import Final

import msgspec

LOAD: Final = "load"
"""At a station: the parcel is put into its compartment."""
UNLOAD: Final = "unload"
"""At a station: the parcel is taken out."""
HAND_OUT: Final = "out"
"""At a stop: a person takes the parcel."""
HAND_IN: Final = "in"
"""At a stop: a person gives the parcel."""


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing done with one parcel at a visit; `kind` is one of the constants above."""

    kind: str
    parcel: str
    compartment: str


class Visit(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A robot standing at a road node. `arrive_ms <= start_ms` (waiting for the slot to open)
    `<= depart_ms` (the tasks take the time in between). `battery_mwh` is what is left on leaving
    (-1: the robot's battery is not part of the problem)."""

    node: str
    tasks: tuple[Task, ...]
    arrive_ms: int
    start_ms: int
    depart_ms: int
    battery_mwh: int = -1


class Trip(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One trip. `depart_not_before_ms` is when the robot should set out for the first visit.

    With `charge_mwh` above zero it carries nothing: its one visit stands at a charger and takes
    that much energy. `bay` is the loading place of its first visit, where places are counted.
    """

    depart_not_before_ms: int
    visits: tuple[Visit, ...]
    charge_mwh: int = 0
    bay: int = -1


class RobotPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The trips of one robot, in order."""

    robot: str
    trips: tuple[Trip, ...]


class Unserved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parcel that no trip carries, and the reason in words a person understands."""

    parcel: str
    reason: str


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of a plan's cost in cost units (`problem.Costs`); `total` is their sum."""

    drive: int = 0
    duty: int = 0
    trips: int = 0
    late: int = 0
    skipped: int = 0
    broken: int = 0
    changed: int = 0

    @property
    def total(self) -> int:
        """The sum of all terms."""
        parts = (self.drive, self.duty, self.trips, self.late, self.skipped, self.broken)
        return sum(parts) + self.changed


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of the solver: what it did, how much `work` (models, iterations, parcels: as the
    name says), what its plan costs, how much that is below the best plan before (`gain`, 0 where
    it is no better) and the CPU time it took. `note` says why a step was skipped or refused."""

    name: str
    work: int
    cost: int
    gain: int = 0
    cpu_ms: int = 0
    note: str = ""


class Solution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole plan. `plans` has one entry for each robot of the problem, in its order."""

    plans: tuple[RobotPlan, ...]
    unserved: tuple[Unserved, ...] = ()
    cost: Cost = Cost()
    log: tuple[Step, ...] = ()
