# SPDX-License-Identifier: Apache-2.0
"""Dispatch policies side by side: the same days lived under each, with the same planner.

The days: benchmark files with several trips and release times, each order known when it is
released, and campus days, each parcel known when it is there. Slots may be missed at a price.

What must hold: a run is told by its day, policy, seed and work; what comes of it is judged and
costed as one plan of the whole day by `check`. Finished runs are kept, and not done again.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Final

import msgspec

from dispatcher.bench.planner_cells import fingerprint_of, mend_end
from dispatcher.bench.policy_replay import EPOCHS, epochs_of, replay, softened
from dispatcher.planner.budget import Budget
from dispatcher.planner.check import check
from dispatcher.planner.params import DEFAULTS, Params
from dispatcher.planner.part import places_of, travel_of
from dispatcher.planner.policy.consensus import Consensus
from dispatcher.planner.policy.hold import Hold
from dispatcher.planner.policy.now import Now
from dispatcher.planner.policy.protocol import Policy
from dispatcher.planner.policy.streams import LikeBefore
from dispatcher.planner.problem import Problem
from dispatcher.planner.replan import replan
from dispatcher.planner.solution import Solution

POLICIES: Final = ("now", "hold", "consensus")
ITERATIONS: Final = 20_000
"""Of the search, each time it is planned."""
SCENARIOS: Final = 8
SCENARIO_SHARE: Final = 10
"""A scenario gets so much less work than a plan."""
SLACK_PERMILLE: Final = 20
"""Trips stay so many thousandths of the day clear of being late."""
CAMPUS_DAYS: Final = 3
LINES_MAX: Final = 100_000


class DayRun(msgspec.Struct, frozen=True):
    """One day lived. `cost` is without lateness; `late_ms` is that of all parcels together."""

    day: str
    policy: str
    seed: int
    iterations: int
    fingerprint: str
    parcels: int
    cost: int
    late_ms: int
    late: int
    unserved: int
    trips: int
    cpu_s: float
    fault: str = ""

    @property
    def key(self) -> tuple[str, str, int, int, str]:
        """What tells it."""
        return (self.day, self.policy, self.seed, self.iterations, self.fingerprint)


class PolicyRow(msgspec.Struct, frozen=True):
    """A policy against `now`, over all days: means of the days' changes, in per cent, and sums."""

    policy: str
    days: int
    cost_pct: float
    least_pct: float
    greatest_pct: float
    late: int
    late_now: int
    late_ms: int
    late_now_ms: int
    unserved: int
    cpu_s: float


class PolicyReport(msgspec.Struct, frozen=True):
    """All runs, and a row for each policy, of each kind of day."""

    rows: dict[str, tuple[PolicyRow, ...]]
    runs: tuple[DayRun, ...]


class Day(msgspec.Struct, frozen=True):
    """A day to be lived: `kind` is `multitrip` or `campus`."""

    name: str
    kind: str
    problem: Problem


def bench_policies(
    tell: Callable[[str], None],
    policies: Sequence[str] = POLICIES,
    seeds: int = 3,
    iterations: int = ITERATIONS,
    only: str = "",
    resume: Path | None = None,
    params: Params = DEFAULTS,
) -> PolicyReport:
    """Lives all days under all policies. Raises ValueError for a policy that is not there, a file
    of runs that cannot be read, and where no day's name contains `only`."""
    unknown = [name for name in policies if name not in POLICIES]
    if unknown:
        raise ValueError(f"no policy {unknown[0]!r}; there are: {', '.join(POLICIES)}")
    days = [day for day in days_of() if only in day.name]
    if not days:
        raise ValueError(f"no day has {only!r} in its name")
    known = _read(resume) if resume else {}
    runs: list[DayRun] = []
    for number, day in enumerate(days):
        print_of = fingerprint_of(day.problem)
        for seed in range(1, seeds + 1):
            for policy in policies:
                key = (day.name, policy, seed, iterations, print_of)
                run = known.get(key)
                if run is None:
                    run = live(day, policy, seed, iterations, params)
                    _keep(resume, run)
                runs.append(run)
                tell(
                    f"{number + 1}/{len(days)} {day.name} {policy} seed {seed}: cost {run.cost}, "
                    f"{run.late} late, {run.unserved} unserved, {run.cpu_s:.1f} s {run.fault}"
                )
    kinds = dict.fromkeys(day.kind for day in days)
    names = {kind: [day.name for day in days if day.kind == kind] for kind in kinds}
    rows = {kind: tuple(_rows(runs, names[kind], policies)) for kind in kinds}
    return PolicyReport(rows, tuple(runs))


def days_of() -> Iterator[Day]:
    """The benchmark files where they are, and campus days with several trips a robot."""
    from dispatcher.bench.planner_days import campus_days, data_root, problem_of_day
    from dispatcher.planner.families.reading import read_family

    root = data_root()
    if root is not None:
        for path in sorted((root / "vrp" / "mtvrptwr").glob("*.vrp")):
            problem = read_family(path).problem
            yield Day(path.stem, "multitrip", softened(problem, per_late_s=10_000))
    several = [one for one in campus_days() if one[1].regime == "trips"]
    # One of each shape and, where there are maps beside ours, one of each map.
    for number in range(CAMPUS_DAYS):
        name, day, source = several[number * (len(several) // CAMPUS_DAYS + 1) % len(several)]
        yield Day(name, "campus", softened(problem_of_day(day, source), per_late_s=10))


def live(day: Day, policy: str, seed: int, iterations: int, params: Params = DEFAULTS) -> DayRun:
    """One day under one policy."""
    problem = day.problem
    begin_s = time.process_time()

    def plan_at(today: Problem, plan: Solution) -> Solution:
        return replan(today, plan, Budget(iterations=iterations), seed, params)

    plan = replay(problem, plan_at, policy_of(policy, problem, seed, iterations, params))
    cpu_s = time.process_time() - begin_s
    faults = check(problem, travel_of(problem), plan)
    late_ms = _lateness(problem, plan)
    return DayRun(
        day=day.name,
        policy=policy,
        seed=seed,
        iterations=iterations,
        fingerprint=fingerprint_of(problem),
        parcels=len(problem.parcels),
        cost=plan.cost.total - plan.cost.late - plan.cost.skipped,
        late_ms=sum(late_ms),
        late=len(late_ms),
        unserved=len(plan.unserved),
        trips=sum(len(entry.trips) for entry in plan.plans),
        cpu_s=round(cpu_s, 3),
        fault=faults[0].text if faults else "",
    )


def policy_of(name: str, problem: Problem, seed: int, iterations: int, params: Params) -> Policy:
    """A policy by its name, with what it needs to know of a day: how long it is, how much comes."""
    if name == "now":
        return Now()
    end_ms = max((parcel.dropoff_latest_ms for parcel in problem.parcels), default=0)
    hold = Hold(slack_ms=(end_ms - problem.now_ms) * SLACK_PERMILLE // 1000)
    if name == "hold":
        return hold
    known = sorted((max(problem.now_ms, p.ready_ms), p.id, p) for p in problem.parcels)
    first_ms, last_ms = known[0][0], known[-1][0]
    ahead_ms = max(1, (last_ms - first_ms) // 4)
    later = sum(1 for ms, _, _ in known if ms > first_ms)
    stream = LikeBefore([(ms, parcel) for ms, _, parcel in known], ahead_ms, later // 4)
    budget = Budget(iterations=max(1, iterations // SCENARIO_SHARE))
    epochs = epochs_of(problem)
    period_ms = min((then - now for now, then in pairwise(epochs)), default=0)
    return Consensus(
        stream, seed, period_ms, scenarios=SCENARIOS, budget=budget, params=params, hold=hold
    )


def _lateness(problem: Problem, plan: Solution) -> list[int]:
    """How late each parcel is that is late; these days have deliveries only."""
    latest_ms = {parcel.id: parcel.dropoff_latest_ms for parcel in problem.parcels}
    late = (place.dropoff_ms - latest_ms[name] for name, place in places_of(plan).items())
    return [ms for ms in late if ms > 0]


def _rows(
    runs: Sequence[DayRun], names: Sequence[str], policies: Sequence[str]
) -> Iterator[PolicyRow]:
    base = {(run.day, run.seed): run for run in runs if run.policy == "now"}
    for policy in policies:
        mine = [run for run in runs if run.policy == policy and run.day in names]
        pairs = [(run, base[run.day, run.seed]) for run in mine if (run.day, run.seed) in base]
        if not pairs:
            continue
        changes = [100 * (run.cost - now.cost) / max(1, now.cost) for run, now in pairs]
        yield PolicyRow(
            policy=policy,
            days=len(pairs),
            cost_pct=round(mean(changes), 2),
            least_pct=round(min(changes), 2),
            greatest_pct=round(max(changes), 2),
            late=sum(run.late for run, _ in pairs),
            late_now=sum(now.late for _, now in pairs),
            late_ms=sum(run.late_ms for run, _ in pairs),
            late_now_ms=sum(now.late_ms for _, now in pairs),
            unserved=sum(run.unserved for run, _ in pairs),
            cpu_s=round(sum(run.cpu_s for run, _ in pairs), 1),
        )


def policy_table(report: PolicyReport) -> str:
    """For people."""
    lines = []
    for kind, rows in report.rows.items():
        lines.append(f"{kind}: cost and lateness against `now` (planned at most {EPOCHS} x a day)")
        lines.append(f"{'policy':10} {'runs':>5} {'cost':>8} {'least':>8} {'most':>8} late parcels")
        lines += map(_line, rows)
    return "\n".join(lines)


def _line(row: PolicyRow) -> str:
    spread = f"{row.cost_pct:>+7.2f}% {row.least_pct:>+7.2f}% {row.greatest_pct:>+7.2f}%"
    return (
        f"{row.policy:10} {row.days:>5} {spread} {row.late} ({row.late_now} with now), lateness "
        f"{row.late_ms} ({row.late_now_ms}), {row.unserved} unserved, {row.cpu_s} CPU s"
    )


def _read(path: Path) -> dict[tuple[str, str, int, int, str], DayRun]:
    mend_end(path)
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
        runs = [msgspec.json.decode(line, type=DayRun) for line in lines[:LINES_MAX]]
    except (OSError, msgspec.MsgspecError) as error:
        raise ValueError(f"{path}: holds no runs of this bench: {error}") from None
    return {run.key: run for run in runs}


def _keep(path: Path | None, run: DayRun) -> None:
    if path is not None:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(run) + b"\n")
