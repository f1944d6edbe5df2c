# SPDX-License-Identifier: Apache-2.0
"""The kernel's search as a step of a plan: from nothing or from a live plan, to the best trips.

What must hold: with a budget of iterations no clock is looked at; with one in time the clock is
looked at every few ms and decides only how far the search is, never what it does next.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from dispatcher.planner.budget import Purse
from dispatcher.planner.draft import Draft
from dispatcher.planner.draft_trip import DraftTrip
from dispatcher.planner.kernel import layout as at
from dispatcher.planner.kernel.load import adopt, construct, search
from dispatcher.planner.params import Params
from dispatcher.planner.problem import Problem
from dispatcher.planner.solution import Trip
from dispatcher.planner.visits import Visit, visits_of
from dispatcher.planner.world import memory_of

CHUNKS: Final = 200
"""A budget of work is done in so many chunks, each at a temperature of its own."""
CHUNK_NS: Final = 10_000_000
CHUNK_MIN: Final = 4
CHUNK_MAX: Final = 20_000
SCALE_MAX: Final = 1 << 40
SHORT: Final = (5, 10, 10, 350, 20)
LONG: Final = (20, 20, 30, 3000, 40)
"""For trips of so many visits: mean removed, longest string, hot and cold; between them in
proportion, beyond them as for the nearer."""
TRIP_RUIN_STOPS: Final = 15
"""Longer trips are never ruined as a whole: that is too much at once."""


class Route(NamedTuple):
    """A trip of the kernel's plan: visits in order, the row (window) of each, and its cost."""

    visits: tuple[int, ...]
    rows: tuple[int, ...]
    cost: int


class Search:
    """One search over one problem; `iterations` it has done."""

    def __init__(self, problem: Problem, seed: int, params: Params) -> None:
        self.problem = problem
        self.params = params
        self.visits: list[Visit] = visits_of(problem)
        self.memory = memory_of(problem, self.visits, seed, params)
        self.iterations = 0
        self._known = -1
        self._scale = self._hot = self._cold = 0

    @property
    def cost(self) -> int:
        """Of the best plan so far, in 1/1000 cost units as the kernel counts."""
        return int(self.memory[at.BEST])

    def adopt(self, trips: Mapping[str, Sequence[Trip]]) -> None:
        """Start from a live plan: for each robot its trips. What of it cannot be stays absent."""
        numbers = {(visit.kind, visit.parcel.id): v for v, visit in enumerate(self.visits)}
        words: list[int] = []
        taken: set[int] = set()
        for number, robot in enumerate(self.problem.robots):
            several = [_visits_in(trip, numbers) for trip in trips.get(robot.id, ())]
            routes = [kept for route in several if (kept := self._kept(route, number, taken))]
            words.append(len(routes))
            for route in routes:
                words.extend((len(route), *route))
        begin = self.memory[at.BEST_PLAN]
        self.memory[begin : begin + len(words)] = words
        adopt(self.memory)

    def _kept(self, route: Sequence[int], robot: int, taken: set[int]) -> list[int]:
        """What a robot may carry of a trip that a plan says it has, each visit once."""
        jobs = self.memory[self.memory[at.JOBS] :]
        kept: list[int] = []
        station = -1
        for v in route:
            job = jobs[v * at.JOB_COLUMNS : (v + 1) * at.JOB_COLUMNS]
            pin, home, partner = int(job[at.PIN]), int(job[at.STATION]), int(job[at.PARTNER])
            first = -2 - partner if partner < -1 else v
            absent = jobs[first * at.JOB_COLUMNS + at.ABSENT_AT] >= 0
            fits = pin in {-1, robot} and (home < 0 or station in {-1, home})
            follows = first == v or first in kept
            if absent and fits and follows and v not in taken:
                taken.add(v)
                kept.append(v)
                station = max(station, home)
        # A pick-up whose drop-off does not follow it stays absent.
        kept = [v for v in kept if (self.visits[v].partner < 0 or self.visits[v].partner in kept)]
        room = (int(self.memory[at.TRIP_WIDTH]) - at.TRIP_COLUMNS) // at.STOP_COLUMNS - 2
        return kept if len(kept) <= room else []

    def begin(self) -> None:
        """Offer everything that is absent a place."""
        construct(self.memory)
        self._measure()

    def _measure(self) -> None:
        """Sizes of ruins, by how long the trips of the plan are."""
        memory, params = self.memory, self.params
        plan = self.routes()
        trips = sum(len(routes) for routes in plan)
        present = sum(len(route.visits) for routes in plan for route in routes)
        stops = present // max(1, trips)
        part = min(max(stops - SHORT[0], 0), LONG[0] - SHORT[0])
        mean, string, self._hot, self._cold = (
            few + (many - few) * part // (LONG[0] - SHORT[0])
            for few, many in zip(SHORT[1:], LONG[1:], strict=True)
        )
        memory[at.MEAN_REMOVED] = params.mean_removed or mean
        memory[at.LONGEST] = params.longest_string or string
        self._hot, self._cold = params.hot or self._hot, params.cold or self._cold
        memory[at.TRIP_RUIN] = 0 if stops > TRIP_RUIN_STOPS else 5
        # What a trip or lateness costs is no measure of how far things are apart.
        ways = sum(self._ways(route) for routes in plan for route in routes)
        # Parcels of one stop lie no way apart: it is stops that count, not visits.
        nodes = [[self.visits[v].stand.node for v in r.visits] for routes in plan for r in routes]
        legs = sum(1 + sum(a != b for a, b in pairwise(row)) for row in nodes)
        self._scale = max(1, min(ways // max(1, legs), SCALE_MAX))

    def _ways(self, route: Route) -> int:
        """What driving costs on one trip from the first station and back to it."""
        memory, home = self.memory, int(self.memory[at.VISITS])
        begin, places = int(memory[at.MATRIX]), int(memory[at.PLACES])
        around = (home, *route.visits, home)
        entries = (begin + (a * places + b) * 4 for a, b in pairwise(around))
        return sum(int(memory[entry + at.COST_TO]) for entry in entries)

    def run(self, purse: Purse, percent: int, warm: int, seen: Callable[[], None]) -> None:
        """Search for `percent` of what is left in the purse, from hot to cold, or from `warm` where
        that is above zero (thousandths of the cost a leg). `seen` is called after each chunk that
        found something better."""
        hot = warm or self._hot
        if len(self.visits) < 2 or not self.memory[at.ROBOTS]:
            return
        begin_ns, whole = purse.spent_ns(), purse.left_iterations() * percent // 100
        whole_ns = purse.left_ms() * 1_000_000 * percent // 100
        chunk, done = max(1, whole // CHUNKS) if whole else CHUNK_MIN, 0
        while True:
            spent_ns = purse.spent_ns() - begin_ns
            part = done * 1024 // whole if whole else spent_ns * 1024 // max(1, whole_ns)
            if part >= 1024:
                return
            many = min(chunk, whole - done) if whole else chunk
            search(self.memory, many, self._temperature(part, hot))
            done += many
            self.iterations += many
            purse.take(many)
            if not whole:
                took_ns = max(1, purse.spent_ns() - begin_ns - spent_ns)
                step_ns = min(CHUNK_NS, whole_ns // CHUNKS)
                # By steps: a clock that ticks in ms sees nothing of a short chunk.
                chunk = min(CHUNK_MAX, 4 * many, max(CHUNK_MIN, many * step_ns // took_ns))
            if self._known != self.cost:
                self._known = self.cost
                seen()

    def _temperature(self, part: int, hot: int) -> int:
        """Geometric, in integers: after `part`/1024 of the way from `hot` to cold."""
        cold = max(1, min(hot, self._cold))
        return self._scale * FALL.between(hot, cold, part) // 1000

    def routes(self) -> list[list[Route]]:
        """The best plan: for each robot its trips, in order."""
        words = self.memory[self.memory[at.BEST_PLAN] :]
        plans, here = [], 0
        for _ in range(self.memory[at.ROBOTS]):
            routes, count, here = [], int(words[here]), here + 1
            for _ in range(count):
                length, cost = int(words[here]), int(words[here + 1])
                stops = words[here + 2 : here + 2 + 2 * length].tolist()
                routes.append(Route(tuple(stops[::2]), tuple(stops[1::2]), cost))
                here += 2 + 2 * length
            plans.append(routes)
        return plans


class _Fall:
    """Powers of two in 1/4096 steps as integers, so that no libm has a say in temperatures."""

    def __init__(self) -> None:
        self._table = [round(2 ** (i / 1024) * (1 << 20)) for i in range(1025)]

    def between(self, hot: int, cold: int, part: int) -> int:
        """hot^(1 - part/1024) x cold^(part/1024), rounded down."""
        octaves = 0
        ratio = (hot << 20) // cold
        while (1 << (20 + octaves)) <= ratio:
            octaves += 1
        # log2(ratio) in 1/1024, by the table: the last step that is not above it.
        base = octaves - 1 if octaves else 0
        fine = ratio >> base
        low, high = 0, 1024
        while low < high:
            middle = (low + high + 1) // 2
            if self._table[middle] <= fine:
                low = middle
            else:
                high = middle - 1
        fallen = (base * 1024 + low) * part // 1024
        return (hot << 20) // (self._table[fallen % 1024] << (fallen // 1024))


FALL: Final = _Fall()


def _visits_in(trip: Trip, numbers: Mapping[tuple[str, str], int]) -> list[int]:
    keys = [(task.kind, task.parcel) for visit in trip.visits for task in visit.tasks]
    return [numbers[key] for key in keys if key in numbers]


def fill(draft: Draft, visits: list[Visit], plan: Sequence[Sequence[Route]]) -> None:
    """Fill an empty draft with trips by robot; one that cannot be after all is left out."""
    for robot, routes in zip(draft.robots, plan, strict=True):
        for route in routes:
            trip = _trip(draft, visits, route)
            if trip is not None:
                robot.append(trip)


def _trip(draft: Draft, visits: list[Visit], route: Route) -> DraftTrip | None:
    jobs = {visits[v].parcel.id: draft.jobs[visits[v].parcel.id] for v in route.visits}
    return draft.compose([visits[v].stand for v in route.visits], list(jobs.values()))
