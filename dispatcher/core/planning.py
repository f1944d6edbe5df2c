# SPDX-License-Identifier: Apache-2.0
"""The live plan: asking for a new one, taking it in robot by robot, and mending it meanwhile.

What must hold: the live plan (the `trips` of all robots) is valid after every event. An answer is
taken for a robot whose frozen work is what it was when the plan was asked for; the others keep
theirs. The merged plan is judged by `check`; if that says no, the old one stands, counted. While
planners are down, `quick` keeps parcels moving.
"""

from typing import Final

from dispatcher.core import abilities, jobs
from dispatcher.core.effects import AskPlanner
from dispatcher.core.events import PlanReceived
from dispatcher.core.plannable import clean_trips, is_plannable, without
from dispatcher.core.routing_problems import fleet_of, planned_for, problem_of, robot_of
from dispatcher.core.state import Parcel, PlanRequest, Robot
from dispatcher.core.step import Step
from dispatcher.planner import problem as routing
from dispatcher.planner import quick
from dispatcher.planner.check import check
from dispatcher.planner.solution import RobotPlan, Solution

_NOT_PLANNED: Final = "not planned: "
"""How the reason of a parcel begins that waits because no trip carries it."""

QUICK_MAX: Final = 60
"""How many parcels `quick` places in one event; the rest waits for the planner."""


def insert(step: Step, parcel: Parcel) -> None:
    """A parcel has become plannable: give it a place in the live plan now, and ask for better."""
    if not is_plannable(step.state, parcel):
        return
    step.want_plan("new parcel")
    offer_to_staffed(step)
    problem = problem_of(step)
    if any(one.id == parcel.id for one in problem.parcels):
        _mend(step, problem, [parcel.id])


def offer_to_staffed(step: Step) -> None:
    """The robots that serve staffed stops only come first there: they can serve nobody else."""
    problem = problem_of(step, "staff")
    if problem.robots:
        _mend(step, problem, _left(step, problem))


def forget(step: Step, parcel: Parcel) -> None:
    """A parcel is not to be planned any more."""
    for robot in step.state.robots.values():
        robot.trips = without(robot.trips, {parcel.id})


def retime(step: Step, robot: Robot) -> None:
    """A robot is free sooner or later than predicted: its trips are timed from now on."""
    if robot.trips and jobs.available(robot):
        robot.trips = clean_trips(step.state, robot, robot.trips)
        problem = problem_of(step, abilities.service_of(robot))
        timed = quick.schedule(problem, step.ahead, robot_of(step, robot), robot.trips)
        robot.trips = timed if timed is not None else robot.trips


def reroute(step: Step) -> None:
    """The roads have changed: what was planned is timed anew, or planned anew."""
    state = step.state
    for problem in (problem_of(step), problem_of(step, "staff")):
        for entry in problem.robots:
            robot = state.robots[entry.id]
            robot.trips = clean_trips(state, robot, robot.trips)
            robot.trips = quick.schedule(problem, step.ahead, entry, robot.trips) or ()
    if state.request is not None:
        # Its answer would be for roads that are no more.
        state.request = None
        state.count("plans_overtaken")
    step.want_plan("the roads have changed")
    repair(step)


def live_plan(step: Step, problem: routing.Problem) -> Solution:
    """The plan in force, as it was timed when it was made."""
    robots = (step.state.robots[entry.id] for entry in problem.robots)
    return Solution(
        plans=tuple(
            RobotPlan(robot.id, clean_trips(step.state, robot, robot.trips)) for robot in robots
        )
    )


def _mend(step: Step, problem: routing.Problem, parcel_ids: list[str]) -> None:
    """Time the live plan anew and put some parcels into it."""
    if problem.robots:
        plan = live_plan(step, problem)
        _adopt(step, problem, quick.insert(problem, step.ahead, plan, parcel_ids[:QUICK_MAX]))


def _adopt(step: Step, problem: routing.Problem, solution: Solution) -> None:
    planned = {plan.robot: plan.trips for plan in solution.plans}
    for robot in step.state.robots.values():
        if robot.id in planned or not jobs.available(robot):
            robot.trips = planned.get(robot.id, ())
    why = {one.parcel: _NOT_PLANNED + one.reason for one in solution.unserved}
    for entry in problem.parcels:
        parcel = step.state.parcels[entry.id]
        if not parcel.reason or parcel.reason.startswith(_NOT_PLANNED):
            parcel.reason = why.get(parcel.id, "")


def ask(step: Step) -> None:
    """Ask the planner, if a plan is wanted, none is under way and the last one is not too fresh."""
    state, policy = step.state, step.policy
    if state.request is not None:
        if step.now_ms < state.request.asked_ms + policy.plan_timeout_ms:
            return
        state.count("plans_timed_out")
        state.request = None
        step.want_plan("the planner did not answer")
    if not state.plan_wanted or step.now_ms < state.planned_ms + policy.plan_interval_ms:
        return
    if not any(is_plannable(state, parcel) for parcel in state.parcels.values()):
        state.plan_wanted = ""
        return
    offer_to_staffed(step)
    fleet = fleet_of(step, "people")
    if not fleet:
        if fleet_of(step, "staff"):
            state.planned_ms, state.plan_wanted = step.now_ms, ""
        return
    commits = {robot.id: robot.commit for robot in fleet}
    request_id = f"{state.spec().id}-p{state.next_number()}"
    state.request = PlanRequest(request_id, state.events, step.now_ms, state.plan_wanted, commits)
    state.planned_ms = step.now_ms
    state.plan_wanted = ""
    state.count("plans_asked")
    step.emit(AskPlanner(id=request_id, seq=state.events, reason=state.request.reason))


def take_in(step: Step, event: PlanReceived) -> None:
    """Take a plan in, robot by robot; what came meanwhile is inserted by `quick`."""
    state, request = step.state, step.state.request
    state.count("planner_ms", event.wall_ms)
    if request is None or request.id != event.plan_request:
        state.count("plans_stale")
        return
    state.request = None
    if event.plan is None:
        state.count("plans_failed")
        step.want_plan("the planner failed")
        repair(step)
        return
    state.answered_ms = step.now_ms
    problem = problem_of(step)
    solution = _merge(step, problem, request, event.plan)
    violations = check(problem, step.ahead, solution)
    if violations:
        state.count("plans_refused")
        step.alarm(f"a plan was refused: {violations[0].text}", violations[0].robot)
        repair(step)
        return
    state.count("plans_taken")
    _adopt(step, problem, solution)


def _merge(step: Step, problem: routing.Problem, request: PlanRequest, plan: Solution) -> Solution:
    """The answer where it may be taken, the live plan elsewhere, and what is new inserted."""
    state = step.state
    answer = {entry.robot: entry.trips for entry in plan.plans}
    live = {entry.robot: entry.trips for entry in live_plan(step, problem).plans}
    fresh = [
        robot_id
        for robot_id in live
        if robot_id in answer and request.commits.get(robot_id) == state.robots[robot_id].commit
    ]
    kept = tuple(RobotPlan(key, trips) for key, trips in live.items() if key not in fresh)
    seen = planned_for(step, "staff").union(_parcels_in(Solution(plans=kept)))
    trips_of = {entry.robot: entry.trips for entry in kept}
    for robot_id in fresh:
        trips = clean_trips(state, state.robots[robot_id], answer[robot_id])
        trips_of[robot_id] = without(trips, seen)
    plans = tuple(RobotPlan(key, trips_of[key]) for key in live)
    merged = Solution(plans=plans, unserved=plan.unserved)
    # What only the dropped parts of the answer carry must not fall out of the plan either.
    known = {unserved.parcel for unserved in plan.unserved}.union(_parcels_in(merged))
    came = [parcel.id for parcel in problem.parcels if parcel.id not in known]
    return quick.insert(problem, step.ahead, merged, came[:QUICK_MAX])


def repair(step: Step) -> None:
    """Without a planner: what no robot carries yet is put into the live plan, most urgent first."""
    offer_to_staffed(step)
    problem = problem_of(step)
    _mend(step, problem, _left(step, problem))


def _left(step: Step, problem: routing.Problem) -> list[str]:
    """The parcels that the live plan does not carry, most urgent first."""
    planned = set(_parcels_in(live_plan(step, problem)))
    left = [parcel for parcel in problem.parcels if parcel.id not in planned]
    left.sort(key=lambda parcel: (parcel.dropoff_latest_ms, parcel.id))
    return [parcel.id for parcel in left]


def _parcels_in(plan: Solution) -> list[str]:
    return [
        task.parcel
        for entry in plan.plans
        for trip in entry.trips
        for visit in trip.visits
        for task in visit.tasks
    ]


def release_unavailable(step: Step) -> None:
    """The planned trips of a robot that cannot work are free for others."""
    for robot in step.state.robots.values():
        if robot.trips and not jobs.available(robot):
            robot.trips = ()
            step.want_plan("robot cannot work")


def due_ms(step: Step) -> int:
    """When `ask` has something to do by time alone; 0: never."""
    state, policy = step.state, step.policy
    if state.request is not None:
        return state.request.asked_ms + policy.plan_timeout_ms
    if state.plan_wanted:
        return state.planned_ms + policy.plan_interval_ms
    return 0
