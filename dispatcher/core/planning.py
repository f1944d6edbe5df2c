# SPDX-License-Identifier: Apache-2.0
"""The live plan: asking for a new one, taking it in robot by robot, and mending it meanwhile.

What must hold: the live plan (the `trips` of all robots) is valid after every event. An answer is
taken for a robot whose frozen work is what it was when the plan was asked for; the others keep
theirs. The merged plan is judged by `check`; if that says no, the old one stands, counted. While
planners are down, `quick` keeps parcels moving.
"""

from typing import Final

from dispatcher.core import jobs
from dispatcher.core.effects import AskPlanner
from dispatcher.core.events import PlanReceived
from dispatcher.core.life_cycles import ABOARD
from dispatcher.core.plannable import clean_trips, is_plannable, occupied, without
from dispatcher.core.state import Parcel, PlanRequest, Robot
from dispatcher.core.step import Step
from dispatcher.planner import problem as routing
from dispatcher.planner import quick
from dispatcher.planner.check import check
from dispatcher.planner.solution import RobotPlan, Solution

SERVE_LATE_MS: Final = 4 * 3_600_000
"""A parcel is worth serving if that can be done within this time from now."""

_NOT_PLANNED: Final = "not planned: "
"""How the reason of a parcel begins that waits because no trip carries it."""

QUICK_MAX: Final = 60
"""How many parcels `quick` places in one event; the rest waits for the planner."""


def problem_of(step: Step) -> routing.Problem:
    """The routing problem of this moment: what is plannable, and who is available from when."""
    policy = step.policy
    robots = tuple(
        _robot_of(step, robot)
        for robot in sorted(step.state.robots.values(), key=lambda robot: robot.id)
        if jobs.available(robot)
    )
    parcels = tuple(
        _parcel_of(step, parcel)
        for parcel in sorted(step.state.parcels.values(), key=lambda parcel: parcel.id)
        if is_plannable(step.state, parcel) and not is_stranded(step, parcel)
    )
    return routing.Problem(
        now_ms=step.now_ms,
        parcels=parcels,
        robots=robots,
        stations=tuple(sorted(place.node for place in step.graph.places("station"))),
        service=routing.Service(
            stop_ms=policy.stop_ms,
            person_ms=policy.person_ms,
            station_ms=policy.station_ms,
            dock_ms=policy.dock_ms,
        ),
        costs=routing.Costs(per_late_s=policy.late_cost_per_s),
    )


def _robot_of(step: Step, robot: Robot) -> routing.Robot:
    busy = robot.job is not None
    return routing.Robot(
        id=robot.id,
        compartments=_compartments(step, robot),
        free_node=jobs.end_node(robot),
        free_ms=max(step.now_ms, robot.job.end_ms) if robot.job and busy else step.now_ms,
        mass_limit_g=robot.mass_limit_g,
        range_mm=jobs.range_mm(step, robot),
    )


def _compartments(step: Step, robot: Robot) -> tuple[str, ...]:
    """Those a plan may use: none in which something may lie that nobody is sure of; and those that
    are in use, although the robot is said not to have them any more."""
    known = {
        compartment: step.state.parcels[name].custody_known
        for compartment, name in occupied(step.state, robot).items()
    }
    extra = [name for name, sure in known.items() if sure and name not in robot.compartments]
    return (*(name for name in robot.compartments if known.get(name, True)), *extra)


def _parcel_of(step: Step, parcel: Parcel) -> routing.Parcel:
    origin = step.graph.place(parcel.station or parcel.origin).node
    destination = step.graph.place(parcel.destination).node
    aboard = parcel.state in ABOARD
    # Aim a little before the end of the slot: people and doors take longer than planned.
    aim_ms = parcel.slot_until_ms - step.policy.slot_slack_ms
    slot = (parcel.slot_from_ms, max(parcel.slot_from_ms, aim_ms))
    anytime = (0, routing.FOREVER_MS)
    person_dropoff = parcel.kind != "return"
    if aboard and person_dropoff and _goes_back(step, parcel):
        stations = step.graph.places("station")
        destination, person_dropoff = (stations[0].node if stations else destination), False
    at_pickup = slot if parcel.kind == "return" else anytime
    at_dropoff = slot if person_dropoff else anytime
    return routing.Parcel(
        id=parcel.id,
        size=parcel.size,
        dropoff=destination,
        pickup="" if aboard else origin,
        aboard=parcel.robot if aboard else "",
        compartment=parcel.compartment if aboard else "",
        mass_g=parcel.mass_g,
        pickup_earliest_ms=at_pickup[0],
        pickup_latest_ms=at_pickup[1],
        dropoff_earliest_ms=at_dropoff[0],
        dropoff_latest_ms=at_dropoff[1],
        person_pickup=parcel.kind != "delivery" and not parcel.station,
        person_dropoff=person_dropoff,
        skip_cost=_skip_cost(step, slot[1]),
    )


def _skip_cost(step: Step, latest_ms: int) -> int:
    """Leaving a parcel out always costs more than serving it late, however late it is already."""
    late_s = max(0, step.now_ms + SERVE_LATE_MS - latest_ms) // 1_000
    return step.policy.skip_cost + late_s * step.policy.late_cost_per_s


def is_stranded(step: Step, parcel: Parcel) -> bool:
    """Whether a parcel is to go back from where no station is: then a person must take it out."""
    if step.graph.places("station") or parcel.state not in ABOARD:
        return False
    return _goes_back(step, parcel)


def _goes_back(step: Step, parcel: Parcel) -> bool:
    return parcel.cancel_wanted or parcel.attempts >= step.policy.attempts_max


def insert(step: Step, parcel: Parcel) -> None:
    """A parcel has become plannable: give it a place in the live plan now, and ask for better."""
    if not is_plannable(step.state, parcel):
        return
    step.want_plan("new parcel")
    _mend(step, problem_of(step), [parcel.id])


def forget(step: Step, parcel: Parcel) -> None:
    """A parcel is not to be planned any more."""
    for robot in step.state.robots.values():
        robot.trips = without(robot.trips, {parcel.id})


def retime(step: Step, robot: Robot) -> None:
    """A robot is free sooner or later than predicted: its trips are timed from now on."""
    if robot.trips and jobs.available(robot):
        robot.trips = clean_trips(step.state, robot, robot.trips)
        entry = _robot_of(step, robot)
        timed = quick.schedule(problem_of(step), step.ahead, entry, robot.trips)
        robot.trips = timed if timed is not None else robot.trips


def reroute(step: Step) -> None:
    """The roads have changed: what was planned is timed anew, or planned anew."""
    state = step.state
    problem = problem_of(step)
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
        _adopt(step, quick.insert(problem, step.ahead, plan, parcel_ids[:QUICK_MAX]))


def _adopt(step: Step, solution: Solution) -> None:
    planned = {plan.robot: plan.trips for plan in solution.plans}
    for robot in step.state.robots.values():
        robot.trips = planned.get(robot.id, ())
    why = {one.parcel: _NOT_PLANNED + one.reason for one in solution.unserved}
    for parcel in step.state.parcels.values():
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
    if not any(jobs.available(robot) for robot in state.robots.values()):
        return
    commits = {robot.id: robot.commit for robot in state.robots.values() if jobs.available(robot)}
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
    _adopt(step, solution)


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
    seen = set(_parcels_in(Solution(plans=kept)))
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
    problem = problem_of(step)
    planned = set(_parcels_in(live_plan(step, problem)))
    left = [parcel for parcel in problem.parcels if parcel.id not in planned]
    left.sort(key=lambda parcel: (parcel.dropoff_latest_ms, parcel.id))
    _mend(step, problem, [parcel.id for parcel in left])


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
