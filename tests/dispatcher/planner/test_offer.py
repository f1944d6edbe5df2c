# SPDX-License-Identifier: Apache-2.0
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatcher.planner.check import check
from dispatcher.planner.offer import SLOTS_MAX, Offers, offer
from dispatcher.planner.part import asked_at_dropoff, in_slot, person_ms, places_of
from dispatcher.planner.problem import FOREVER_MS, Parcel, Problem, Window
from dispatcher.planner.quick import empty, insert
from tests.dispatcher.planner.random_problems import FEATURES, HOUR_MS, any_problems, draw_any

SLOTS = tuple(Window(at * HOUR_MS // 2, (at + 1) * HOUR_MS // 2) for at in range(8))
# Two that want one loading place at the same moment are seen when the plan is made, not before.
SHARED = ("bays",)


def all_in(problem: Problem):
    names = [parcel.id for parcel in problem.parcels]
    return insert(problem, problem.matrices, empty(problem), names)


def split(problem: Problem) -> tuple[Problem, list[Parcel]]:
    """The problem without its last parcels, and those of them that could be new."""
    frozen = [
        task.parcel
        for robot in problem.robots
        for trip in robot.frozen
        for visit in trip.visits
        for task in visit.tasks
    ]
    new = [p for p in problem.parcels[-3:] if not p.aboard and p.id not in frozen]
    names = [parcel.id for parcel in new]
    kept = tuple(parcel for parcel in problem.parcels if parcel.id not in names)
    return msgspec.structs.replace(problem, parcels=kept), new


def late_of(problem: Problem, plan) -> dict[str, int]:
    """How late each handover with a person is."""
    late = {}
    for parcel in problem.parcels:
        place = places_of(plan).get(parcel.id)
        if place is not None:
            at_dropoff = asked_at_dropoff(problem, parcel)
            more = parcel.more_dropoffs if at_dropoff else parcel.more_pickups
            first = parcel.dropoff_latest_ms if at_dropoff else parcel.pickup_latest_ms
            latest_ms = more[-1].latest_ms if more else first
            late[parcel.id] = max(0, person_ms(problem, parcel, place) - latest_ms)
    return late


@settings(max_examples=60, deadline=None)
@given(any_problems(features=tuple(name for name in FEATURES if name not in SHARED)))
def test_an_offered_slot_is_kept_when_the_parcel_is_inserted_and_nobody_else_gets_later(problem):
    known, new = split(problem)
    plan = all_in(known)
    before = late_of(known, plan)
    offers = Offers(known, plan)
    for parcel in new:
        for one in offers.of(parcel, SLOTS):
            at_dropoff = asked_at_dropoff(problem, parcel)
            booked = in_slot(parcel, one.slot, at_dropoff=at_dropoff)
            hard = msgspec.structs.replace(
                booked, planned_robot="", late_max_ms=0, skip_cost=1 << 40
            )
            parcels = sorted((*known.parcels, hard), key=lambda p: p.id)
            costs = msgspec.structs.replace(known.costs, per_late_s=1_000_000)
            whole = msgspec.structs.replace(known, parcels=tuple(parcels), costs=costs)
            kept = insert(whole, whole.matrices, plan, [hard.id])
            assert check(whole, whole.matrices, kept) == ()
            place = places_of(kept)[hard.id]
            assert one.slot.earliest_ms <= person_ms(whole, hard, place) <= one.slot.latest_ms
            after = late_of(whole, kept)
            assert sum(after.values()) <= sum(before.values())


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1 << 32))
def test_an_offer_tells_what_the_insertion_will_cost(seed):
    problem = draw_any(seed, robots=3, parcels=12, features=())
    known, new = split(problem)
    plan = all_in(known)
    for parcel in new:
        for one in offer(known, plan, parcel, SLOTS):
            booked = in_slot(parcel, one.slot, at_dropoff=asked_at_dropoff(problem, parcel))
            parcels = sorted((*known.parcels, booked), key=lambda p: p.id)
            whole = msgspec.structs.replace(known, parcels=tuple(parcels))
            kept = insert(whole, whole.matrices, plan, [booked.id])
            # Insertion may even find a cheaper place, or one where being late is cheaper.
            assert kept.cost.total - plan.cost.total <= one.cost + 1


def test_an_empty_fleet_offers_nothing_and_an_idle_robot_offers_what_it_can_reach():
    problem = draw_any(5, robots=2, parcels=0, features=())
    station, stop = problem.stations[0], problem.matrices.nodes[5]
    parcel = Parcel(id="new", size="S", pickup=station, dropoff=stop)
    nobody = msgspec.structs.replace(problem, robots=())
    assert offer(nobody, empty(nobody), parcel, SLOTS) == ()
    day = (Window(0, 1), Window(0, FOREVER_MS))
    (one,) = offer(problem, empty(problem), parcel, day)
    assert one.slot == day[1]
    assert one.cost > 0


def test_a_parcel_too_large_for_every_compartment_is_offered_nothing():
    problem = draw_any(5, robots=1, parcels=0, features=())
    small = msgspec.structs.replace(problem.robots[0], compartments=("S1",))
    problem = msgspec.structs.replace(problem, robots=(small,))
    parcel = Parcel(
        id="new", size="L", pickup=problem.stations[0], dropoff=problem.matrices.nodes[5]
    )
    assert offer(problem, empty(problem), parcel, SLOTS) == ()


def test_asking_changes_nothing_and_the_same_question_has_the_same_answer():
    problem = draw_any(Random(3).randrange(1 << 30), robots=4, parcels=14)
    known, new = split(problem)
    offers = Offers(known, all_in(known))
    first = [offers.of(parcel, SLOTS) for parcel in new]
    assert first == [offers.of(parcel, SLOTS) for parcel in new]


def test_what_cannot_be_asked_is_said():
    problem = draw_any(5, robots=1, parcels=3, features=())
    offers = Offers(problem, all_in(problem))
    with pytest.raises(ValueError, match="p000 is not new"):
        offers.of(problem.parcels[0], SLOTS)
    riding = Parcel(id="x", size="S", dropoff="n05", aboard="R0", compartment="S1")
    with pytest.raises(ValueError, match="x is not new"):
        offers.of(riding, SLOTS)
    new = Parcel(id="x", size="S", pickup="n00", dropoff="n05")
    with pytest.raises(ValueError, match="201 slots, at most 200"):
        offers.of(new, [SLOTS[0]] * (SLOTS_MAX + 1))
    bare = msgspec.structs.replace(problem, matrices=None)
    with pytest.raises(ValueError, match="needs a travel table"):
        Offers(bare, empty(bare))
