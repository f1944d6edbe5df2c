# SPDX-License-Identifier: Apache-2.0
"""What goes wrong: bad requests, robots that misbehave, links that break, plans that lie."""

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.effects import Alarm, Answer, AskPlanner, PublishOrder
from dispatcher.core.life_cycles import PARCEL, IllegalMove, after
from dispatcher.planner.solution import RobotPlan, Solution


def answer_to(fleet, event):
    return next(effect for effect in fleet.feed(event) if isinstance(effect, Answer))


def ride(fleet, parcel):
    """Let time pass until a parcel is in a compartment."""
    for _ in range(600):
        if fleet.state_of(parcel) in ("loaded", "riding"):
            return
        fleet.run(1)
    pytest.fail(f"{parcel} was never loaded")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"destination": "nowhere"}, 422),
        ({"destination": "st"}, 422),
        ({"origin": "s1"}, 422),
        ({"slot_until_ms": 0}, 422),
        ({"mass_g": 10**9}, 422),
        ({"parcel": ""}, 422),
        ({"parcel": "p0"}, 409),
    ],
)
def test_a_bad_request_is_refused_and_changes_nothing(fleet, change, status):
    fleet.announce("p0")
    before = msgspec.msgpack.encode((fleet.core.state.parcels, fleet.core.state.ended))
    assert fleet.announce(**{"parcel": "p1", **change}) == status
    assert msgspec.msgpack.encode((fleet.core.state.parcels, fleet.core.state.ended)) == before


def test_the_same_idempotency_key_is_the_same_parcel(fleet):
    assert fleet.announce("p1", key="k", recipient="ida") == 201
    assert fleet.announce("p2", key="k", recipient="ida") == 200
    assert fleet.announce("p3", "s2", key="k", recipient="ida") == 409
    assert list(fleet.core.state.parcels) == ["p1"]


def test_a_parcel_can_be_called_off_until_it_is_handed_over(fleet):
    fleet.announce("p1", at_station=False)
    assert answer_to(fleet, ev.ParcelCancelled("q", "p1")).status == 200
    assert fleet.state_of("p1") == "cancelled"
    assert answer_to(fleet, ev.ParcelCancelled("q", "p1")).status == 409
    assert answer_to(fleet, ev.ParcelCancelled("q", "p9")).status == 404


def test_a_parcel_called_off_while_it_rides_comes_back_and_is_never_handed_out(fleet):
    opens = {"slot_from_ms": fleet.now_ms + 600_000}
    fleet.announce("p1", "s1", **opens)
    fleet.announce("p2", "s2", **opens)
    seen: list[str] = []
    fleet.results = lambda action: seen.append(action.kind + action.parcel) or ""
    ride(fleet, "p1")
    visits = fleet.core.state.robots["toy/r0"].job.visits
    second = visits[2].tasks[0].parcel
    assert answer_to(fleet, ev.ParcelCancelled("q", second)).status == 202
    fleet.run(1_800)
    assert fleet.state_of(second) == "cancelled"
    assert "out" + second not in seen
    assert fleet.core.summary()["delivered"] == 1


def test_a_handover_that_fails_without_a_word_leaves_custody_unknown(fleet):
    fleet.results = lambda action: "broken" if action.kind == "out" else ""
    fleet.announce("p1")
    fleet.run(900)
    parcel = fleet.core.state.parcels["p1"]
    assert not parcel.custody_known
    assert parcel.state not in ("delivered", "returned", "cancelled")
    assert answer_to(fleet, ev.ParcelDeclared("q", "p1", "delivered", "ida")).status == 200
    assert fleet.core.summary()["open"] == 0


def test_a_robot_that_loses_its_order_is_held_and_its_parcels_are_in_doubt(fleet):
    fleet.announce("p1")
    ride(fleet, "p1")
    fleet.deaf = True
    fleet.feed(ev.RobotReported("toy/r0", order="", update=0, nodes_left=0))
    robot = fleet.core.state.robots["toy/r0"]
    assert robot.job is None
    assert "lost order" in robot.held
    assert not fleet.core.state.parcels["p1"].custody_known
    assert answer_to(fleet, ev.RobotReleased("q", "toy/r0")).status == 409
    fleet.feed(ev.ParcelDeclared("q", "p1", "at_station", "ida"))
    assert answer_to(fleet, ev.RobotReleased("q", "toy/r0")).status == 200
    fleet.deaf = False
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"


def test_a_rejected_order_gives_its_parcels_back(graph, make_fleet):
    fleet = make_fleet(graph, robots=2)
    fleet.deaf = True
    fleet.announce("p1")
    fleet.run(30)
    parcel = fleet.core.state.parcels["p1"]
    robot = fleet.core.state.robots[parcel.robot]
    error = ev.ErrorReport("noRouteError", "WARNING", order=robot.session.order, update=0)
    fleet.feed(ev.RobotReported(robot.id, errors=(error,)))
    assert parcel.custody_known
    fleet.deaf = False
    fleet.run(1_200)
    assert fleet.state_of("p1") == "delivered"
    assert parcel.robot != robot.id


def test_an_unconfirmed_order_is_sent_again_unchanged(fleet):
    fleet.deaf = True
    fleet.announce("p1")
    sent = []
    for _ in range(30):
        sent += [effect for effect in fleet.effects if isinstance(effect, PublishOrder)]
        fleet.run(1)
    assert len(sent) >= 4
    assert all(order == sent[0] for order in sent)


def test_nothing_is_sent_to_a_robot_that_is_not_connected(fleet):
    fleet.deaf = True
    fleet.announce("p1")
    fleet.run(1)
    fleet.feed(ev.RobotLinked("toy/r0", "broken"))
    fleet.effects.clear()
    fleet.run(60)
    assert not [effect for effect in fleet.effects if isinstance(effect, PublishOrder)]
    back = fleet.feed(ev.RobotLinked("toy/r0", "online"))
    assert [effect for effect in back if isinstance(effect, PublishOrder)]


def test_an_order_that_is_not_ours_holds_the_robot_and_is_never_cancelled(fleet):
    fleet.feed(ev.RobotReported("toy/r0", order="other-7", update=0, nodes_left=5))
    assert "not ours" in fleet.core.state.robots["toy/r0"].held


def test_an_unregistered_robot_gets_nothing(fleet):
    fleet.feed(ev.RobotLinked("evil/r9", "online"))
    fleet.feed(ev.RobotReported("evil/r9", mode="AUTOMATIC", last_node="a"))
    assert list(fleet.core.state.robots) == ["toy/r0"]


def test_a_factsheet_narrows_and_never_widens(fleet):
    fleet.feed(ev.RobotDescribed("toy/r0", compartments=("S1", "S9", "L1")))
    assert fleet.core.state.robots["toy/r0"].compartments == ("S1", "L1")


def test_a_broken_robot_s_planned_parcels_go_to_another(graph, make_fleet):
    fleet = make_fleet(graph, robots=2)
    later = fleet.now_ms + 1_200_000
    fleet.announce("p1", slot_from_ms=later, slot_until_ms=later + 600_000)
    planned = [robot.id for robot in fleet.core.state.robots.values() if robot.trips]
    fleet.feed(ev.RobotLinked(planned[0], "broken"))
    fleet.run(3_600)
    assert fleet.state_of("p1") == "delivered"


def test_a_plan_that_lies_is_refused_and_the_old_one_stands(fleet):
    later = fleet.now_ms + 1_200_000
    fleet.announce("p1", slot_from_ms=later, slot_until_ms=later + 600_000)
    request = fleet.core.state.request
    assert request is not None
    before = fleet.core.state.robots["toy/r0"].trips
    stolen = RobotPlan("toy/r0", (before[0], before[0]))
    fleet.feed(ev.PlanReceived(request.id, Solution(plans=(stolen,))))
    planned = [
        task.parcel
        for trip in fleet.core.state.robots["toy/r0"].trips
        for visit in trip.visits
        for task in visit.tasks
        if task.kind == "out"
    ]
    assert planned == ["p1"]


def test_an_answer_to_an_old_request_is_counted_and_dropped(fleet):
    fleet.announce("p1")
    fleet.feed(ev.PlanReceived("toy-p999", Solution(plans=())))
    assert fleet.core.state.counters["plans_stale"] == 1


def test_there_is_one_planner_request_at_a_time(fleet):
    asked = []
    for n in range(20):
        fleet.announce(
            f"p{n}",
            "s2",
            slot_from_ms=fleet.now_ms + 3_000_000,
            slot_until_ms=fleet.now_ms + 3_600_000,
        )
        asked += [effect for effect in fleet.effects if isinstance(effect, AskPlanner)]
        fleet.effects.clear()
    assert len(asked) == 1


def test_an_operator_can_hold_and_release_a_robot(fleet):
    assert answer_to(fleet, ev.RobotHeld("q", "toy/r0", "ida")).status == 200
    fleet.announce("p1")
    fleet.run(600)
    assert fleet.state_of("p1") == "at_station"
    assert answer_to(fleet, ev.RobotReleased("q", "toy/r0", "ida")).status == 200
    fleet.run(600)
    assert fleet.state_of("p1") == "delivered"
    assert answer_to(fleet, ev.RobotHeld("q", "toy/r9")).status == 404


def test_a_stepping_clock_is_an_alarm(fleet):
    effects = fleet.feed(ev.ClockStepped(5_000))
    assert [effect for effect in effects if isinstance(effect, Alarm)]


def test_a_move_that_no_table_knows_raises_and_says_who():
    for trigger, moves in PARCEL.items():
        for end in ("delivered", "returned", "cancelled"):
            assert end not in moves, trigger
    with pytest.raises(IllegalMove, match="parcel p1: 'collect' is not possible while announced"):
        after(PARCEL, "collect", "announced", "parcel p1")


def test_a_stop_where_the_station_is_is_no_stop(stationed_stop, make_fleet):
    """Plans tell a station's work from a stop's by the road node."""
    assert make_fleet(stationed_stop).announce("p1") == 422


def test_a_parcel_that_no_trip_carries_says_why(fleet):
    fleet.feed(ev.RobotDescribed("toy/r0", compartments=("S1",)))
    fleet.feed(ev.RobotReported("toy/r0", battery_pct=10))
    fleet.announce("p1")
    parcel = fleet.core.state.parcels["p1"]
    assert parcel.reason == "not planned: range"
    fleet.feed(ev.RobotReported("toy/r0", battery_pct=95))
    fleet.run(120)
    assert parcel.reason == ""


def test_a_key_remembers_the_slot_first_asked_for(fleet):
    """After a no-show the parcel has another slot; a repeated request without one is the same."""
    fleet.results = lambda action: "no_show" if action.kind == "out" else ""
    asked_ms = fleet.now_ms
    fleet.announce("p1", key="k", slot_from_ms=asked_ms)
    fleet.run(600)
    assert fleet.core.state.parcels["p1"].slot_from_ms > asked_ms
    assert fleet.core.state.keys["k"].slot_from_ms == asked_ms
