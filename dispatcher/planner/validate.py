# SPDX-License-Identifier: Apache-2.0
"""Whether a problem can be asked at all: it must not contradict itself.

What must hold: what passes here neither makes the judge raise nor a number overflow, and has at
least one good plan: the frozen trips alone, everything else left out.
"""

from collections.abc import Iterable, Sequence

from dispatcher.planner.check import check
from dispatcher.planner.problem import (
    SIZES,
    BadProblem,
    Matrices,
    Parcel,
    Problem,
    Robot,
    Table,
    Travel,
    Window,
)
from dispatcher.planner.solution import RobotPlan, Solution, Unserved, Visit
from dispatcher.planner.validate_numbers import (
    LEG_MAX,
    NODES_MAX,
    PARCELS_MAX,
    PLACES_MAX,
    ROBOTS_MAX,
    few,
    limited,
    multiplied,
)


class _NoRoads:
    """Travel that takes no time: for a problem whose travel times are not there to be asked."""

    def time_ms(self, _from_node: str, _to_node: str, /) -> int:
        return 0

    def length_mm(self, _from_node: str, _to_node: str, /) -> int:
        return 0

    def matrix(self, nodes: Sequence[str], /) -> Table:
        return tuple((0,) * len(nodes) for _ in nodes)

    def lengths(self, nodes: Sequence[str], /) -> Table:
        return self.matrix(nodes)

    def at(self, _depart_ms: int, /) -> Travel:
        return self

    def changes_ms(self) -> Sequence[int]:
        return ()


def validate(problem: Problem, travel: Travel | None = None) -> None:
    """Judge a problem; `travel` is what a problem without matrices is planned with.

    Raises BadProblem: one sentence with parcel or robot, field and fault. A parcel aboard a robot
    that is not in the problem is no fault: that robot is out of service, and nobody can carry it.
    """
    limited(problem, "problem")
    limited(problem.service, "service")
    limited(problem.costs, "costs")
    few(problem.parcels, PARCELS_MAX, "parcels")
    few(problem.robots, ROBOTS_MAX, "robots")
    _sorted_ids("parcel", [parcel.id for parcel in problem.parcels])
    _sorted_ids("robot", [robot.id for robot in problem.robots])
    _places(problem)
    robots = {robot.id: robot for robot in problem.robots}
    for robot in problem.robots:
        _robot(robot)
    inside: dict[tuple[str, str], str] = {}
    for parcel in problem.parcels:
        _parcel(parcel)
        if parcel.aboard in robots:
            _riding(parcel, robots[parcel.aboard], inside)
    if problem.matrices is not None:
        _matrices(problem.matrices)
        _nodes_known(problem, problem.matrices)
    multiplied(problem)
    _frozen(problem, problem.matrices or travel or _NoRoads())


def _sorted_ids(what: str, ids: Sequence[str]) -> None:
    for number, name in enumerate(ids):
        if not name:
            raise BadProblem(f"{what} number {number}: id is empty")
        before = ids[number - 1] if number else ""
        if name == before:
            raise BadProblem(f"{what} {name}: id is there twice")
        if name < before:
            raise BadProblem(f"{what} {name}: id comes after {before}, they must be sorted")


def _once(what: str, names: Sequence[str]) -> None:
    seen: dict[str, None] = {}
    for name in names:
        if not name:
            raise BadProblem(f"{what}: an empty name")
        if name in seen:
            raise BadProblem(f"{what}: {name} is there twice")
        seen[name] = None


def _windows(where: str, windows: Iterable[Window]) -> None:
    before: Window | None = None
    for window in windows:
        limited(window, where)
        if window.latest_ms < window.earliest_ms:
            text = f"a window ends at {window.latest_ms}, before it begins at {window.earliest_ms}"
            raise BadProblem(f"{where}: {text}")
        if before is not None and window.earliest_ms <= before.latest_ms:
            text = f"the window from {window.earliest_ms} begins before the one before it ends"
            raise BadProblem(f"{where}: {text} at {before.latest_ms}")
        before = window


def _places(problem: Problem) -> None:
    few(problem.stations, PLACES_MAX, "stations")
    _once("stations", problem.stations)
    if problem.bays and len(problem.bays) != len(problem.stations):
        counts = f"{len(problem.bays)} numbers for {len(problem.stations)} stations"
        raise BadProblem(f"bays: {counts}; it must have one for each, or none at all")
    for node, places in zip(problem.stations, problem.bays, strict=False):
        if not 1 <= places <= PLACES_MAX:
            raise BadProblem(f"bays: {places} at station {node}, not from 1 to {PLACES_MAX}")
    few(problem.chargers, PLACES_MAX, "chargers")
    _once("chargers", [charger.node for charger in problem.chargers])
    for charger in problem.chargers:
        limited(charger, f"charger {charger.node}")
        if (charger.power_mw > 0) == (charger.swap_ms > 0):
            text = "needs exactly one of power_mw and swap_ms above 0"
            raise BadProblem(f"charger {charger.node}: {text}")
    few(problem.openings, NODES_MAX, "openings")
    _once("openings", [opening.node for opening in problem.openings])
    for opening in problem.openings:
        if not opening.windows:
            raise BadProblem(f"opening {opening.node}: windows is empty")
        few(opening.windows, PLACES_MAX, f"windows in opening {opening.node}")
        _windows(f"opening {opening.node}: windows", opening.windows)


def _robot(robot: Robot) -> None:
    where = f"robot {robot.id}"
    limited(robot, where)
    if not robot.free_node:
        raise BadProblem(f"{where}: free_node is empty")
    few(robot.compartments, PLACES_MAX, f"compartments in robot {robot.id}")
    _once(f"{where}: compartments", robot.compartments)
    for name in robot.compartments:
        if name[0] not in SIZES:
            text = f"compartments: {name} does not begin with one of {', '.join(SIZES)}"
            raise BadProblem(f"{where}: {text}")
    if robot.battery is not None:
        battery = robot.battery
        limited(battery, f"{where}: battery")
        for field, value in (
            ("charge_mwh", battery.charge_mwh),
            ("reserve_mwh", battery.reserve_mwh),
        ):
            if value > battery.capacity_mwh:
                text = f"{field} is {value}, above capacity_mwh {battery.capacity_mwh}"
                raise BadProblem(f"{where}: battery: {text}")


def _parcel(parcel: Parcel) -> None:
    where = f"parcel {parcel.id}"
    limited(parcel, where)
    if parcel.size and parcel.size not in SIZES:
        raise BadProblem(f"{where}: size is {parcel.size!r}, not one of {', '.join(SIZES)} or ''")
    if not parcel.dropoff:
        raise BadProblem(f"{where}: dropoff is empty")
    if bool(parcel.pickup) == bool(parcel.aboard):
        raise BadProblem(f"{where}: needs exactly one of pickup and aboard")
    few(parcel.more_pickups, PLACES_MAX, f"more_pickups of parcel {parcel.id}")
    few(parcel.more_dropoffs, PLACES_MAX, f"more_dropoffs of parcel {parcel.id}")
    first = Window(parcel.pickup_earliest_ms, parcel.pickup_latest_ms)
    _windows(f"{where}: pickup", (first, *parcel.more_pickups))
    first = Window(parcel.dropoff_earliest_ms, parcel.dropoff_latest_ms)
    _windows(f"{where}: dropoff", (first, *parcel.more_dropoffs))


def _riding(parcel: Parcel, robot: Robot, inside: dict[tuple[str, str], str]) -> None:
    where, place = f"parcel {parcel.id}", parcel.compartment
    if not parcel.size:
        if place:
            raise BadProblem(f"{where}: compartment is {place}, but without a size it needs none")
        return
    if place not in robot.compartments:
        raise BadProblem(f"{where}: compartment {place!r} is not one of robot {robot.id}")
    other = inside.setdefault((robot.id, place), parcel.id)
    if other != parcel.id:
        raise BadProblem(f"{where}: compartment {place} of robot {robot.id} has {other} in it")


def _matrices(tables: Matrices) -> None:
    few(tables.nodes, NODES_MAX, "nodes in matrices")
    _once("matrices: nodes", tables.nodes)
    few(tables.later, PLACES_MAX, "departure slots in matrices")
    _square("matrices", len(tables.nodes), tables.times_ms, tables.lengths_mm)
    before_ms = -1
    for number, slot in enumerate(tables.later):
        where = f"matrices: later[{number}]"
        if not before_ms < slot.from_ms <= 1 << 52:
            raise BadProblem(f"{where}: from_ms is {slot.from_ms}, not after the slot before it")
        before_ms = slot.from_ms
        _square(where, len(tables.nodes), slot.times_ms, slot.lengths_mm)


def _square(
    where: str, count: int, times: Sequence[Sequence[int]], lengths: Sequence[Sequence[int]]
) -> None:
    for field, table in (("times_ms", times), ("lengths_mm", lengths)):
        if len(table) != count:
            raise BadProblem(f"{where}: {field} has {len(table)} rows for {count} nodes")
        for number, row in enumerate(table):
            if len(row) != count:
                text = f"{field}[{number}] has {len(row)} numbers for {count} nodes"
                raise BadProblem(f"{where}: {text}")
            if min(row) < -1 or max(row) > LEG_MAX:
                text = f"{field}[{number}] has numbers that are not from -1 to {LEG_MAX}"
                raise BadProblem(f"{where}: {text}")
            if row[number] != 0:
                text = f"{field}[{number}][{number}] is {row[number]}: from a node to itself is 0"
                raise BadProblem(f"{where}: {text}")
    for number, (ms_row, mm_row) in enumerate(zip(times, lengths, strict=True)):
        if (min(ms_row) < 0 or min(mm_row) < 0) and (
            [ms < 0 for ms in ms_row] != [mm < 0 for mm in mm_row]
        ):
            text = f"times_ms[{number}] and lengths_mm[{number}] differ in where there is no way"
            raise BadProblem(f"{where}: {text}")


def _nodes_known(problem: Problem, tables: Matrices) -> None:
    known = frozenset(tables.nodes)
    named = [("stations", node) for node in problem.stations]
    named += [("chargers", charger.node) for charger in problem.chargers]
    for parcel in problem.parcels:
        named += ((f"parcel {parcel.id}: pickup", parcel.pickup),)
        named += ((f"parcel {parcel.id}: dropoff", parcel.dropoff),)
    for robot in problem.robots:
        named += ((f"robot {robot.id}: free_node", robot.free_node),)
        named += ((f"robot {robot.id}: end", robot.end),)
        for trip in robot.frozen:
            named += ((f"robot {robot.id}: frozen", visit.node) for visit in trip.visits)
    for where, node in named:
        if node and node not in known:
            raise BadProblem(f"{where}: node {node} is not in the matrices")


def _frozen(problem: Problem, travel: Travel) -> None:
    """The frozen trips must be possible, one after the other, with each other."""
    served: dict[str, str] = {}
    for robot in problem.robots:
        few(robot.frozen, PLACES_MAX, f"frozen trips of robot {robot.id}")
        for trip in robot.frozen:
            few(trip.visits, PLACES_MAX, f"visits in a frozen trip of robot {robot.id}")
            moments = [trip.depart_not_before_ms, trip.charge_mwh]
            for visit in trip.visits:
                moments += _numbers(visit)
                served.update((task.parcel, robot.id) for task in visit.tasks)
            if any(not 0 <= moment <= 1 << 52 for moment in moments):
                raise BadProblem(f"robot {robot.id}: frozen: a number is not from 0 to {1 << 52}")
    if not any(robot.frozen for robot in problem.robots):
        return
    plan = Solution(
        plans=tuple(RobotPlan(robot.id, robot.frozen) for robot in problem.robots),
        unserved=tuple(Unserved(one.id, "") for one in problem.parcels if one.id not in served),
    )
    faults = check(problem, travel, plan)
    for fault in sorted(faults, key=lambda fault: fault.rule not in ("known parcel", "once")):
        if fault.rule != "cost":
            name = fault.robot or served.get(fault.where, "")
            text = f"{fault.text} ({fault.where} at {fault.at_ms} ms)"
            raise BadProblem(f"robot {name}: frozen: {text}")


def _numbers(visit: Visit) -> tuple[int, int, int]:
    return visit.arrive_ms, visit.start_ms, visit.depart_ms
