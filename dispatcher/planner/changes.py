# SPDX-License-Identifier: Apache-2.0
"""What differs between two plans of one problem, in groups that stand for themselves, and why.

What must hold: a group is the least set of robots such that every parcel which changes its robot
has both in it; so each group can be taken or left by itself, and its gain is its own. Costs are
those of the plans as they are given; the terms of all groups add up to the plans' difference, but
for rounding.
"""

from collections.abc import Sequence

import msgspec

from dispatcher.planner.part import Place, part_of, person_ms, places_of, plan_of
from dispatcher.planner.problem import Parcel, Problem, Travel
from dispatcher.planner.quick import cost_of
from dispatcher.planner.solution import Cost, Solution


class Move(msgspec.Struct, frozen=True):
    """One parcel that is elsewhere, or at another time, in the new plan.

    `robot` is empty and `trip` -1 where a plan leaves it out; `ms` is when the handover with the
    person who chose the slot starts.
    """

    parcel: str
    old_robot: str
    new_robot: str
    old_trip: int
    new_trip: int
    old_ms: int
    new_ms: int

    @property
    def text(self) -> str:
        """One sentence; times are ms of the plan's clock."""
        if not self.old_robot:
            return f"{self.parcel}: now carried by {self.new_robot}, trip {self.new_trip + 1}"
        if not self.new_robot:
            return f"{self.parcel}: left out, was with {self.old_robot}"
        later_s = (self.new_ms - self.old_ms) // 1000
        when = f"{abs(later_s)} s {'later' if later_s >= 0 else 'earlier'}"
        if self.old_robot != self.new_robot:
            return f"{self.parcel}: from {self.old_robot} to {self.new_robot}, {when}"
        return f"{self.parcel}: stays with {self.new_robot}, trip {self.new_trip + 1}, {when}"


class Group(msgspec.Struct, frozen=True):
    """Robots that exchange parcels: what moves, and what that saves in each named term of the
    cost (below zero: what it costs more; `changed`: what is paid for changing)."""

    robots: tuple[str, ...]
    moves: tuple[Move, ...]
    gain: Cost

    @property
    def why(self) -> str:
        """What the group gains, in words."""
        words = {"drive": "driving", "duty": "time", "late": "lateness", "skipped": "left out"}
        terms = {name: getattr(self.gain, name) for name in self.gain.__struct_fields__}
        told = [f"{words.get(name, name)} {-gain:+}" for name, gain in terms.items() if gain]
        return f"cost {-self.gain.total:+}" + (f" ({', '.join(told)})" if told else "")


def changes(problem: Problem, old: Solution, new: Solution, travel: Travel) -> tuple[Group, ...]:
    """The groups in which the new plan differs, by their first robot.

    Raises KeyError for a parcel or robot of a plan that is not in the problem.
    """
    moves = moved(problem, old, new)
    robots = [robot.id for robot in problem.robots]
    found = []
    for members in _joined(robots, moves):
        mine = tuple(one for one in moves if one.old_robot in members or one.new_robot in members)
        if mine or _trips(old, members) != _trips(new, members):
            found.append(_group(problem, old, new, travel, members, mine))
    return tuple(found)


def moved(problem: Problem, old: Solution, new: Solution) -> tuple[Move, ...]:
    """Every parcel whose robot, trip or time is another one, in the problem's order."""
    before, after = places_of(old), places_of(new)
    found = []
    for parcel in problem.parcels:
        was, now = before.get(parcel.id), after.get(parcel.id)
        if was != now:
            found.append(_move(problem, parcel, was, now))
    return tuple(found)


def _move(problem: Problem, parcel: Parcel, was: Place | None, now: Place | None) -> Move:
    return Move(
        parcel=parcel.id,
        old_robot=was.robot if was else "",
        new_robot=now.robot if now else "",
        old_trip=was.trip if was else -1,
        new_trip=now.trip if now else -1,
        old_ms=person_ms(problem, parcel, was) if was else 0,
        new_ms=person_ms(problem, parcel, now) if now else 0,
    )


def cost_of_part(
    problem: Problem, plan: Solution, travel: Travel, robots: Sequence[str], parcels: Sequence[str]
) -> Cost:
    """What some robots cost, and leaving out what of these parcels is left out."""
    carried = [name for name, place in places_of(plan).items() if place.robot in robots]
    part = part_of(problem, robots, (*parcels, *carried))
    return cost_of(part, travel, plan_of(part, plan))


def _group(
    problem: Problem,
    old: Solution,
    new: Solution,
    travel: Travel,
    robots: tuple[str, ...],
    moves: tuple[Move, ...],
) -> Group:
    names = [move.parcel for move in moves]
    before = cost_of_part(problem, old, travel, robots, names)
    after = cost_of_part(problem, new, travel, robots, names)
    gain = Cost(**{f: getattr(before, f) - getattr(after, f) for f in before.__struct_fields__})
    return Group(robots, moves, gain)


def _trips(plan: Solution, robots: Sequence[str]) -> list[object]:
    return [entry.trips for entry in plan.plans if entry.robot in robots]


def _joined(robots: Sequence[str], moves: Sequence[Move]) -> list[tuple[str, ...]]:
    """The robots in groups: two that exchange a parcel are in one, in the order of the first."""
    leader = {robot: robot for robot in robots}

    def lead(robot: str) -> str:
        while leader[robot] != robot:
            leader[robot] = leader[leader[robot]]
            robot = leader[robot]
        return robot

    for move in moves:
        if move.old_robot and move.new_robot:
            one, other = sorted((lead(move.old_robot), lead(move.new_robot)), key=robots.index)
            leader[other] = one
    groups: dict[str, list[str]] = {}
    for robot in robots:
        groups.setdefault(lead(robot), []).append(robot)
    return [tuple(group) for group in groups.values()]
