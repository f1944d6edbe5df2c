# SPDX-License-Identifier: Apache-2.0
"""The judge of any plan: does it obey its problem?

What must hold: it shares no code with what makes plans, trusts nothing in a solution, and never
raises because of what a solution says: every fault is a `Violation`. Frozen trips are facts: they
must be possible, but are late, closed out or too long for the shift without blame.
"""

from collections import Counter

from dispatcher.planner.check_battery import judge_battery, judge_charges
from dispatcher.planner.check_case import Case, Drive, Tally
from dispatcher.planner.check_cost import judge_cost
from dispatcher.planner.check_load import judge_load, load_of
from dispatcher.planner.check_resources import judge_resources
from dispatcher.planner.check_rules import Violation
from dispatcher.planner.check_tasks import judge_tasks
from dispatcher.planner.check_trips import drives
from dispatcher.planner.problem import Problem, Robot, Travel
from dispatcher.planner.solution import RobotPlan, Solution

__all__ = ["Violation", "check"]


def check(problem: Problem, travel: Travel, solution: Solution) -> tuple[Violation, ...]:
    """Every rule that the plan breaks; empty: the plan is good.

    The problem is trusted (`validate` judges it). Raises KeyError where `travel` lacks its nodes.
    """
    case, tally = Case(problem, travel), Tally()
    if [plan.robot for plan in solution.plans] != [robot.id for robot in problem.robots]:
        text = "the plan's robots are not the problem's, in its order"
        case.found.say("robots", "", "", 0, text)
    driven: list[Drive] = []
    for plan in solution.plans:
        robot = case.robots.get(plan.robot)
        if robot is not None:
            driven.extend(_judge_robot(case, tally, robot, plan))
    judge_resources(case, driven)
    _judge_once(case, solution)
    if not case.found:
        judge_cost(case, tally, solution)
    return tuple(case.found)


def _judge_robot(case: Case, tally: Tally, robot: Robot, plan: RobotPlan) -> list[Drive]:
    driven = drives(case, tally, robot, plan)
    loads = []
    gone: set[str] = set()
    first = True
    for drive in driven:
        load = load_of(case, drive, gone)
        loads.append(load)
        judge_tasks(case, tally, drive, first=first)
        judge_load(case, drive, load)
        if drive.charges:
            judge_charges(case, drive)
        elif not drive.fixed:
            first = False
        gone.update(parcel.id for parcel in load.carried)
    judge_battery(case, driven, loads)
    return driven


def _judge_once(case: Case, solution: Solution) -> None:
    """Each parcel is in exactly one trip, or unserved."""
    times = Counter(one.parcel for one in solution.unserved)
    for plan in solution.plans:
        for trip in plan.trips:
            tasks = (task.parcel for visit in trip.visits for task in visit.tasks)
            times.update(dict.fromkeys(tasks, 1))
    for name in times:
        if name not in case.parcels:
            case.found.say("known parcel", "", name, 0, f"parcel {name} is not in the problem")
    for name in case.parcels:
        if times[name] != 1:
            text = f"parcel {name} is in {times[name]} trips or lists of the unserved, not in one"
            case.found.say("once", "", name, 0, text)
