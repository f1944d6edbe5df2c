# SPDX-License-Identifier: Apache-2.0
"""The judge of any plan: does it obey its problem?

What must hold: it shares no code with what makes plans, trusts nothing in a solution, and never
raises because of what a solution says: every fault is a `Violation`.
"""

import msgspec

from dispatcher.planner.problem import Parcel, Problem, Robot, Travel, fits
from dispatcher.planner.solution import (
    HAND_IN,
    HAND_OUT,
    LOAD,
    UNLOAD,
    Cost,
    RobotPlan,
    Solution,
    Task,
    Trip,
    Visit,
)


class Violation(msgspec.Struct, frozen=True):
    """One rule broken: by which robot, where (a node, compartment or parcel), when."""

    rule: str
    robot: str
    where: str
    at_ms: int
    text: str


def check(problem: Problem, travel: Travel, solution: Solution) -> tuple[Violation, ...]:
    """Every rule that the plan breaks; empty: the plan is good."""
    judge = _Judge(problem, travel)
    judge.fleet(solution)
    for plan in solution.plans:
        if plan.robot in judge.robots:
            judge.robot(judge.robots[plan.robot], plan)
    judge.parcels_once(solution)
    if not judge.found:
        judge.cost(solution)
    return tuple(judge.found)


class _Judge:
    def __init__(self, problem: Problem, travel: Travel) -> None:
        self.problem = problem
        self.travel = travel
        self.parcels = {parcel.id: parcel for parcel in problem.parcels}
        self.robots = {robot.id: robot for robot in problem.robots}
        self.nodes = set(problem.stations)
        for parcel in problem.parcels:
            self.nodes.update((parcel.pickup, parcel.dropoff))
        for robot in problem.robots:
            self.nodes.update((robot.free_node, robot.end))
        self.nodes.discard("")  # no pick-up of what is aboard, no end asked for: no node
        self.found: list[Violation] = []
        self.length_mm = self.duty_ms = self.late_ms = 0

    def say(self, rule: str, robot: str, where: str, at_ms: int, text: str) -> None:
        self.found.append(Violation(rule, robot, where, at_ms, text))

    def fleet(self, solution: Solution) -> None:
        if [plan.robot for plan in solution.plans] != [robot.id for robot in self.problem.robots]:
            self.say("robots", "", "", 0, "the plan's robots are not the problem's, in its order")

    def parcels_once(self, solution: Solution) -> None:
        """Each parcel is in exactly one trip, or unserved; each trip does all of its tasks."""
        carried: dict[str, list[str]] = {}
        for plan in solution.plans:
            for trip in plan.trips:
                here = dict.fromkeys(task.parcel for v in trip.visits for task in v.tasks)
                for name in here:
                    carried.setdefault(name, []).append(plan.robot)
        unserved = [one.parcel for one in solution.unserved]
        for name in (*carried, *unserved):
            if name not in self.parcels:
                self.say("known parcel", "", name, 0, f"parcel {name} is not in the problem")
        for name in self.parcels:
            times = len(carried.get(name, ())) + unserved.count(name)
            if times != 1:
                text = f"parcel {name} is in {times} trips or lists of the unserved, not in one"
                self.say("once", "", name, 0, text)

    def robot(self, robot: Robot, plan: RobotPlan) -> None:
        node, free_ms = robot.free_node, max(robot.free_ms, self.problem.now_ms)
        before_mm = self.length_mm
        gone: set[str] = set()
        for index, trip in enumerate(plan.trips):
            if not trip.visits:
                self.say("trip", robot.id, "", trip.depart_not_before_ms, "a trip without visits")
                return
            if not self.times(robot, trip, node, free_ms):
                return
            self.ends(robot, trip, last=index == len(plan.trips) - 1)
            self.tasks(robot, trip, first=index == 0)
            self.compartments(robot, trip, gone)
            gone.update(task.parcel for visit in trip.visits for task in visit.tasks)
            node, free_ms = trip.visits[-1].node, trip.visits[-1].depart_ms
            self.duty_ms += free_ms - trip.depart_not_before_ms
        if plan.trips and free_ms > robot.shift_end_ms:
            self.say("shift", robot.id, node, free_ms, "the last trip ends after the shift")
        if self.length_mm - before_mm > robot.range_mm:
            self.say("range", robot.id, node, free_ms, "the trips are longer than the range")

    def times(self, robot: Robot, trip: Trip, node: str, free_ms: int) -> bool:
        """Driving, waiting and service take as long as they take; False: a way does not exist."""
        at_ms = trip.depart_not_before_ms
        if at_ms < free_ms:
            self.say("overlap", robot.id, node, at_ms, "a trip starts before the robot is free")
        for visit in trip.visits:
            ms = self.travel.time_ms(node, visit.node) if visit.node in self.nodes else -1
            if ms < 0:
                self.say("way", robot.id, visit.node, visit.arrive_ms, f"no way from {node}")
                return False
            self.length_mm += self.travel.length_mm(node, visit.node)
            if visit.arrive_ms < at_ms + ms:
                self.say("travel", robot.id, visit.node, visit.arrive_ms, "arrives too early")
            if visit.start_ms < visit.arrive_ms:
                self.say("start", robot.id, visit.node, visit.start_ms, "starts before it arrives")
            if visit.depart_ms - visit.start_ms < self.service_ms(visit):
                self.say("service", robot.id, visit.node, visit.depart_ms, "stands too short")
            if visit.start_ms > self.problem.horizon_ms:
                self.say("horizon", robot.id, visit.node, visit.start_ms, "after the horizon")
            node, at_ms = visit.node, visit.depart_ms
        return True

    def service_ms(self, visit: Visit) -> int:
        service, at_station = self.problem.service, visit.node in self.problem.stations
        total_ms = service.station_ms if at_station else service.stop_ms
        for task in visit.tasks:
            parcel = self.parcels.get(task.parcel)
            if parcel is not None and not at_station:
                receives = task.kind == HAND_IN
                person = parcel.person_pickup if receives else parcel.person_dropoff
                total_ms += service.person_ms if person else service.dock_ms
            else:
                total_ms += service.dock_ms
        return total_ms if visit.tasks else 0

    def ends(self, robot: Robot, trip: Trip, *, last: bool) -> None:
        visits, where = trip.visits, trip.visits[-1]
        if last and robot.end:
            if where.node != robot.end:
                self.say("end", robot.id, where.node, where.arrive_ms, "not at the robot's end")
            if where.node not in self.problem.stations and len(visits) > 1:
                where = visits[-2]
        if self.problem.stations and where.node not in self.problem.stations:
            self.say("end", robot.id, where.node, where.arrive_ms, "the trip ends at no station")

    def tasks(self, robot: Robot, trip: Trip, *, first: bool) -> None:
        """Each parcel of the trip gets all it asks for, in order, where and when it asks for it."""
        done: dict[str, list[tuple[int, Visit, Task]]] = {}
        for at, visit in enumerate(trip.visits):
            for task in visit.tasks:
                done.setdefault(task.parcel, []).append((at, visit, task))
        end = max((at for at, visit in enumerate(trip.visits) if visit.tasks), default=0)
        for name, tasks in done.items():
            parcel = self.parcels.get(name)
            if parcel is None:
                continue
            wanted = self.wanted(parcel)
            if [(task.kind, visit.node) for _, visit, task in tasks] != wanted:
                text = f"parcel {name} needs {wanted}"
                self.say("tasks", robot.id, name, tasks[0][1].start_ms, text)
                continue
            places = [at for at, _, _ in tasks]
            if places != sorted(set(places)):
                self.say("order", robot.id, name, tasks[0][1].start_ms, f"{name} out before in")
            for at, visit, task in tasks:
                self.window(robot, parcel, visit, task)
                if (task.kind == LOAD and at != 0) or (task.kind == UNLOAD and at != end):
                    text = f"{task.kind} of {name} in the middle of a trip"
                    self.say("station", robot.id, name, visit.start_ms, text)
            if parcel.aboard and (parcel.aboard != robot.id or not first):
                text = f"{name} is aboard {parcel.aboard}, for its first trip"
                self.say("aboard", robot.id, name, tasks[0][1].start_ms, text)

    def wanted(self, parcel: Parcel) -> list[tuple[str, str]]:
        tasks = []
        if not parcel.aboard:
            kind = LOAD if parcel.pickup in self.problem.stations else HAND_IN
            tasks.append((kind, parcel.pickup))
        kind = UNLOAD if parcel.dropoff in self.problem.stations else HAND_OUT
        tasks.append((kind, parcel.dropoff))
        return tasks

    def window(self, robot: Robot, parcel: Parcel, visit: Visit, task: Task) -> None:
        """The earliest end is hard; the latest costs."""
        if task.kind in (LOAD, HAND_IN):
            earliest_ms, latest_ms = parcel.pickup_earliest_ms, parcel.pickup_latest_ms
            if visit.start_ms < parcel.ready_ms:
                self.say("ready", robot.id, parcel.id, visit.start_ms, "taken before it is there")
        else:
            earliest_ms, latest_ms = parcel.dropoff_earliest_ms, parcel.dropoff_latest_ms
        if visit.start_ms < earliest_ms:
            self.say("window", robot.id, parcel.id, visit.start_ms, "before its window opens")
        self.late_ms += max(0, visit.start_ms - latest_ms)

    def compartments(self, robot: Robot, trip: Trip, gone: set[str]) -> None:
        """One parcel in each for the whole trip (nobody may come for it); sizes and mass."""
        at_ms = trip.depart_not_before_ms
        inside: dict[str, str] = {}
        tasks = [task for visit in trip.visits for task in visit.tasks]
        names = {task.parcel for task in tasks}
        staying = [p for p in self.problem.parcels if p.aboard == robot.id and p.id not in gone]
        for parcel in staying:
            if parcel.id not in names:
                inside[parcel.compartment] = parcel.id
        for task in tasks:
            found = self.parcels.get(task.parcel)
            if found is None:
                continue
            where, text = task.compartment, f"{task.parcel} in compartment {task.compartment}"
            if where not in robot.compartments:
                self.say("compartment", robot.id, where, at_ms, f"{text}, which is not there")
            elif found.aboard:
                if where != found.compartment:
                    self.say("compartment", robot.id, where, at_ms, f"{text}, but it is elsewhere")
            elif not fits(found.size, where):
                self.say("size", robot.id, where, at_ms, f"{text} of a smaller size")
            if inside.setdefault(where, task.parcel) != task.parcel:
                self.say("taken", robot.id, where, at_ms, f"{text}, where {inside[where]} is")
        self.mass(robot, trip, [p for p in staying if p.id not in names], names)

    def mass(self, robot: Robot, trip: Trip, staying: list[Parcel], names: set[str]) -> None:
        taken = [self.parcels[name] for name in sorted(names) if name in self.parcels]
        mass_g = sum(parcel.mass_g for parcel in (*staying, *taken))
        adds = any(not parcel.aboard for parcel in taken)
        if adds and mass_g > robot.mass_limit_g:
            text = f"{mass_g} g aboard, the limit is {robot.mass_limit_g} g"
            self.say("mass", robot.id, "", trip.depart_not_before_ms, text)

    def cost(self, solution: Solution) -> None:
        costs = self.problem.costs
        recount = Cost(
            drive=costs.per_metre * self.length_mm // 1000,
            duty=costs.per_duty_s * self.duty_ms // 1000,
            trips=costs.per_trip * sum(len(plan.trips) for plan in solution.plans),
            late=costs.per_late_s * self.late_ms // 1000,
            skipped=sum(self.parcels[one.parcel].skip_cost for one in solution.unserved),
        )
        if recount != solution.cost:
            self.say("cost", "", "", 0, f"says {solution.cost}, counted {recount}")
