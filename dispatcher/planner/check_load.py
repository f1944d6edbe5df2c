# SPDX-License-Identifier: Apache-2.0
"""The judge of what is in a robot: who is in which compartment, and how heavy it all is.

What must hold: nobody may come for a parcel, so it keeps its compartment and counts with its mass
from the start of a trip to its end. What needs no compartment counts only while it is aboard.
"""

from collections.abc import Container
from typing import NamedTuple

from dispatcher.planner.check_case import Case, Drive
from dispatcher.planner.problem import Parcel, fits
from dispatcher.planner.solution import HAND_OUT, UNLOAD


class Load(NamedTuple):
    """What a trip carries (each parcel once) and what only stays aboard meanwhile."""

    carried: tuple[Parcel, ...]
    staying: tuple[Parcel, ...]

    @property
    def mass_g(self) -> int:
        """The mass that a battery is asked for, from the start of the trip to its end."""
        return sum(parcel.mass_g for parcel in (*self.carried, *self.staying))


def load_of(case: Case, drive: Drive, gone: Container[str]) -> Load:
    """The load of a trip; `gone` are the parcels of the robot's trips before it."""
    names = dict.fromkeys(task.parcel for visit in drive.trip.visits for task in visit.tasks)
    aboard = case.aboard[drive.robot.id]
    return Load(
        tuple(case.parcels[name] for name in names if name in case.parcels),
        tuple(one for one in aboard if one.id not in names and one.id not in gone),
    )


def judge_load(case: Case, drive: Drive, load: Load) -> None:
    """Compartments and mass of one trip."""
    _compartments(case, drive, load)
    _mass(case, drive, load)


def _compartments(case: Case, drive: Drive, load: Load) -> None:
    robot, say = drive.robot, case.found.say
    at_ms = drive.trip.depart_not_before_ms
    inside = {parcel.compartment: parcel.id for parcel in load.staying if parcel.size}
    for visit in drive.trip.visits:
        for task in visit.tasks:
            parcel = case.parcels.get(task.parcel)
            if parcel is None:
                continue
            where, text = task.compartment, f"{task.parcel} in compartment {task.compartment!r}"
            if not parcel.size:
                if where:
                    say("compartment", robot.id, where, at_ms, f"{text}, but it needs none")
                continue
            if where not in robot.compartments:
                say("compartment", robot.id, where, at_ms, f"{text}, which is not there")
            elif parcel.aboard:
                if where != parcel.compartment:
                    say("compartment", robot.id, where, at_ms, f"{text}, but it is elsewhere")
            elif not fits(parcel.size, where):
                say("size", robot.id, where, at_ms, f"{text} of a smaller size")
            if inside.setdefault(where, task.parcel) != task.parcel:
                say("taken", robot.id, where, at_ms, f"{text}, where {inside[where]} is")


def _mass(case: Case, drive: Drive, load: Load) -> None:
    """Who is aboard already may be too heavy; nothing may then come on top."""
    robot = drive.robot
    whole_trip = [parcel for parcel in load.carried if parcel.size]
    mass_g = sum(parcel.mass_g for parcel in (*whole_trip, *load.staying))
    added = sum(not parcel.aboard for parcel in whole_trip)
    bulk = {parcel.id: parcel for parcel in load.carried if not parcel.size}
    mass_g += sum(parcel.mass_g for parcel in bulk.values() if parcel.aboard)
    worst_g, where, at_ms = (
        mass_g if added else 0,
        drive.from_node,
        drive.trip.depart_not_before_ms,
    )
    for visit in drive.trip.visits if bulk else ():
        for task in visit.tasks:
            parcel = bulk.get(task.parcel)
            if parcel is not None:
                sign = -1 if task.kind in (HAND_OUT, UNLOAD) else 1
                mass_g += sign * parcel.mass_g
                added += sign * (not parcel.aboard)
        if added and mass_g > worst_g:
            worst_g, where, at_ms = mass_g, visit.node, visit.depart_ms
    if worst_g > robot.mass_limit_g:
        text = f"{worst_g} g aboard, the limit is {robot.mass_limit_g} g"
        case.found.say("mass", robot.id, where, at_ms, text)
