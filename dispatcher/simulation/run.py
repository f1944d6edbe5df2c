# SPDX-License-Identifier: Apache-2.0
"""A scenario from beginning to end, and what came of it.

What must hold: the result is a value that depends on scenario, campus, seed and the journal's head
alone; what the world's ledger says otherwise than the dispatcher's books is a fault.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from dispatcher.core import books
from dispatcher.core.record import Record, head_link
from dispatcher.core.state import Parcel
from dispatcher.roads.graph import RoadGraph
from dispatcher.simulation.scenario import Scenario
from dispatcher.simulation.world import CoreRaised, World

NO_HEAD: Final = head_link(b"simulation")
"""What the records hang on where nobody keeps a journal."""

SETTLE_MS: Final = 60_000
"""After the last parcel has ended, the last messages arrive."""

STEPS_MAX: Final = 200_000_000


class Summary(msgspec.Struct, frozen=True):
    """The object that `dispatcher demo --json` prints; `speed` is added by who has a clock.

    Times in ms of site time, `planner_ms` per call.
    """

    parcels: dict[str, int]
    on_time_share: float
    robots: int
    km: float
    trips: int
    kwh: float
    planner_calls: int
    planner_ms: int
    plan_age_ms: int
    promises_broken: int


class Outcome(msgspec.Struct, frozen=True):
    """How one parcel ended: its state, why, how often it was offered, by how much it was late."""

    state: str
    reason: str
    attempts: int
    late_ms: int


class Result(msgspec.Struct, frozen=True):
    """`journal` is the last chain digest in hex; `faults` empty means that the books are right."""

    summary: Summary
    outcomes: dict[str, Outcome]
    counters: dict[str, int]
    records: int
    ended_ms: int
    journal: str
    alarms: tuple[str, ...]
    refused: tuple[str, ...]
    faults: tuple[str, ...]


def run_scenario(
    scenario: Scenario,
    graph: RoadGraph,
    seed: int,
    first_link: bytes = NO_HEAD,
    keep: Callable[[Record], None] = lambda _: None,
    tell: Callable[[World], None] = lambda _: None,
) -> Result:
    """Run until every parcel has ended, or the scenario's end. `keep` gets every record, `tell`
    is called after every step. Raises ValueError where the campus lacks what it takes."""
    world = World(scenario, graph, seed, first_link, keep)
    faults: list[str] = []
    try:
        world.start()
        _go_on(world, scenario.until_ms, tell)
    except CoreRaised as error:
        faults.append(f"the core could not go on: {error}")
    state = world.dispatcher.state
    faults += world.ledger.compare(state, world.time.now_ms)
    faults += world.complaints
    summary = _summary(world)
    if summary.parcels["accepted"] != sum(
        count for name, count in summary.parcels.items() if name != "accepted"
    ):
        faults.append(f"the counts do not add up: {summary.parcels}")
    parcels = {**state.ended, **state.parcels}
    return Result(
        summary=summary,
        outcomes={key: _outcome(parcel) for key, parcel in sorted(parcels.items())},
        counters=dict(sorted(state.counters.items())),
        records=world.records,
        ended_ms=world.time.now_ms,
        journal=world.chain.hex(),
        alarms=tuple(world.alarms),
        refused=tuple(world.refused),
        faults=tuple(faults),
    )


def _go_on(world: World, until_ms: int, tell: Callable[[World], None]) -> None:
    end_ms: int | None = None
    for _ in range(STEPS_MAX):
        next_ms = world.time.next_ms
        if world.done and end_ms is None:
            end_ms = world.time.now_ms + SETTLE_MS
        limit_ms = until_ms if end_ms is None else min(until_ms, end_ms)
        if next_ms is None or next_ms > limit_ms:
            return
        world.time.step()
        tell(world)
    raise AssertionError(f"the scenario does not come to an end within {STEPS_MAX} steps")


def _summary(world: World) -> Summary:
    state = world.dispatcher.state
    parcels = world.dispatcher.summary()
    calls = state.counters.get("plans_asked", 0)
    return Summary(
        parcels=parcels,
        on_time_share=books.on_time_share(state) or 0.0,
        robots=len(state.robots),
        km=round(sum(robot.driven_mm for robot in state.robots.values()) / 1e6, 3),
        trips=state.counters.get("trips_done", 0),
        kwh=round(sum(robot.energy_mwh for robot in state.robots.values()) / 1e6, 3),
        planner_calls=calls,
        planner_ms=state.counters.get("planner_ms", 0) // max(1, calls),
        plan_age_ms=world.time.now_ms - state.answered_ms if state.answered_ms else 0,
        promises_broken=books.promises_broken(state, world.time.now_ms),
    )


def _outcome(parcel: Parcel) -> Outcome:
    return Outcome(parcel.state, parcel.reason, parcel.attempts, parcel.late_ms)
