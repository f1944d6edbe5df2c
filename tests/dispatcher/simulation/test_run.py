# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest

from dispatcher.core.events import RobotReleased, RobotReported
from dispatcher.core.record import Record, event_of
from dispatcher.planner.params import ENGINES
from dispatcher.simulation.run import Result, run_scenario
from tests.dispatcher.service.crooked_campus import crooked_graph
from tests.dispatcher.simulation.small_day import small_day

GRAPH = crooked_graph()
ONLY_FRIENDS = "people = { no_show_pct = 0, late_pct = 0 }\n"
NOBODY = "people = { no_show_pct = 100 }\n"


@pytest.fixture(scope="module")
def day() -> Result:
    return run_scenario(small_day(more=ONLY_FRIENDS), GRAPH, seed=1)


def test_every_parcel_is_delivered_where_everybody_comes(day: Result) -> None:
    assert day.summary.parcels["delivered"] == 12
    assert day.summary.parcels["accepted"] == 12
    assert {outcome.state for outcome in day.outcomes.values()} == {"delivered"}


def test_the_worlds_ledger_agrees_with_the_books(day: Result) -> None:
    assert day.faults == ()
    assert day.alarms == ()


def test_the_summary_tells_what_was_driven(day: Result) -> None:
    assert day.summary.trips >= 1
    assert day.summary.km > 0.3
    assert day.summary.kwh > 0
    assert day.summary.planner_calls >= 1
    assert day.summary.planner_ms == 2_000


def test_where_nobody_comes_every_parcel_is_offered_twice_and_given_up() -> None:
    result = run_scenario(small_day(4, more=NOBODY), GRAPH, seed=1)
    assert result.faults == ()
    assert result.summary.parcels == {
        "accepted": 4,
        "delivered": 0,
        "returned": 0,
        "cancelled": 0,
        "open": 4,
    }
    assert {(one.state, one.attempts) for one in result.outcomes.values()} == {("given_up", 2)}


@pytest.mark.parametrize("engine", ENGINES)
def test_one_seed_gives_one_journal_and_another_another(engine: str) -> None:
    def journal(seed: int) -> str:
        return run_scenario(small_day(6, engine), GRAPH, seed).journal

    assert journal(1) == journal(1)
    assert journal(1) != journal(2)


def test_the_journal_stays_small() -> None:
    kept: list[Record] = []
    run_scenario(small_day(20), GRAPH, seed=1, keep=kept.append)
    stored = sum(len(one.event) + len(one.effects) + len(one.chain) for one in kept)
    assert stored / 20 < 5_000
    reports = [one for one in map(event_of, kept) if isinstance(one, RobotReported)]
    assert sum(len(msgspec.json.encode(one)) for one in reports) / len(reports) < 200


def test_a_campus_without_stops_is_refused() -> None:
    bare = msgspec.structs.replace(GRAPH.campus, places={})
    with pytest.raises(ValueError, match="no stop to deliver to"):
        run_scenario(small_day(), type(GRAPH).from_campus(bare), seed=1)


MISHAPS = (
    "estop=1/h,lost=1/h,gnss=2/h,blocked=4/h,shadow=1/h,wrong_code=20%,leave_open=10%,"
    "brownout=2/h,bump=2/h"
)


def test_whatever_befalls_robots_and_people_the_books_are_right_and_the_parcels_come() -> None:
    more = f'faults = "{MISHAPS}"\n{ONLY_FRIENDS}'
    result = run_scenario(small_day(more=more), GRAPH, seed=1)
    assert result.faults == ()
    assert result.summary.parcels["delivered"] == 12
    assert result.journal != run_scenario(small_day(more=ONLY_FRIENDS), GRAPH, seed=1).journal


@pytest.mark.parametrize("seed", range(1, 5))
def test_robots_that_stand_are_released_by_the_desk_or_seen_to_and_the_books_are_right(
    seed: int,
) -> None:
    more = f'faults = "brownout=6/h,bump=4/h"\n{ONLY_FRIENDS}'
    kept: list[Record] = []
    result = run_scenario(small_day(more=more), GRAPH, seed, keep=kept.append)
    assert result.faults == ()
    assert result.summary.parcels["delivered"] == 12
    assert result.counters["stops_released"] >= 1
    events = [event_of(one) for one in kept]
    assert any(isinstance(one, RobotReleased) for one in events)
    said = {
        (error.cause, error.who)
        for one in events
        if isinstance(one, RobotReported)
        for error in one.errors or ()
        if error.cause
    }
    assert said == {("brown_out", "operator"), ("bumper", "person")}
    assert any("somebody must go to it: the bumper was hit" in one for one in result.alarms)
    assert run_scenario(small_day(more=more), GRAPH, seed).journal == result.journal


def test_where_doors_jam_a_parcel_waits_for_a_person() -> None:
    more = f'faults = "jam=20%"\n{ONLY_FRIENDS}'
    result = run_scenario(small_day(more=more), GRAPH, seed=1)
    assert result.faults == ()
    assert result.summary.parcels["delivered"] < 12
    for outcome in result.outcomes.values():
        assert outcome.state == "delivered" or outcome.reason
