# SPDX-License-Identifier: Apache-2.0
"""The judge of what robots share: loading places at a station, places at a charger.

What must hold: a robot has a place from the start of its work to its departure, and another may
have it from that moment on. Where only frozen trips are in each other's way, no plan can help it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dispatcher.planner.check_case import Case, Drive
from dispatcher.planner.solution import LOAD


class Stay(NamedTuple):
    """A robot that has a place, from its start on and until it departs."""

    start_ms: int
    depart_ms: int
    robot: str
    node: str
    number: int
    fixed: bool


def judge_resources(case: Case, driven: Iterable[Drive]) -> None:
    """All trips of all robots."""
    loading: dict[str, list[Stay]] = {}
    charging: dict[str, list[Stay]] = {}
    for drive in driven:
        visit = drive.trip.visits[0]
        stay = Stay(
            visit.start_ms,
            visit.depart_ms,
            drive.robot.id,
            visit.node,
            drive.trip.bay,
            drive.fixed,
        )
        if drive.charges:
            charging.setdefault(visit.node, []).append(stay)
        elif visit.node in case.bays and any(task.kind == LOAD for task in visit.tasks):
            loading.setdefault(visit.node, []).append(stay)
    for node, stays in loading.items():
        _crowd(case, "bays", stays, case.bays[node])
        _numbered(case, stays, case.bays[node])
    for node, stays in charging.items():
        if node in case.chargers:
            _crowd(case, "charger places", stays, case.chargers[node].places)


def _crowd(case: Case, rule: str, stays: Sequence[Stay], places: int) -> None:
    """Never more at once than there are places."""
    present: list[Stay] = []
    for stay in sorted(stays):
        present = [one for one in present if one.depart_ms > stay.start_ms]
        present.append(stay)
        if len(present) > places and not all(one.fixed for one in present):
            others = ", ".join(one.robot for one in present[:-1])
            text = f"{len(present)} robots at once ({others} are there), places: {places}"
            case.found.say(rule, stay.robot, stay.node, stay.start_ms, text)


def _numbered(case: Case, stays: Sequence[Stay], places: int) -> None:
    """Each has a place of its own."""
    last: dict[int, Stay] = {}
    for stay in sorted(stays):
        if not 0 <= stay.number < places:
            if not stay.fixed:
                text = f"bay {stay.number} does not exist, they are 0 to {places - 1}"
                case.found.say("bay", stay.robot, stay.node, stay.start_ms, text)
            continue
        before = last.get(stay.number)
        if before is None or before.depart_ms <= stay.depart_ms:
            last[stay.number] = stay
        if before is None or before.depart_ms <= stay.start_ms or (before.fixed and stay.fixed):
            continue
        text = f"bay {stay.number} is taken by {before.robot}"
        case.found.say("bay", stay.robot, stay.node, stay.start_ms, text)
