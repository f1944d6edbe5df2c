# SPDX-License-Identifier: Apache-2.0
"""Areas shut for a while: who goes where meanwhile, and that nothing is lost by it."""

import pytest

from dispatcher.core import events as ev
from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import Alarm, Answer, PublishOrder
from dispatcher.core.record import effects_of, event_of

HOUR_MS = 3_600_000
AROUND_B = ((270_000, -20_000), (300_000, -20_000), (300_000, 20_000), (270_000, 20_000))
AROUND_C = ((270_000, 310_000), (300_000, 310_000), (300_000, 350_000), (270_000, 350_000))
ACROSS_E1 = ((140_000, -20_000), (150_000, -20_000), (150_000, 20_000), (140_000, 20_000))


def close(fleet, outline, for_ms=0, name="c1"):
    """Shut an area from now on; the answer's status."""
    until_ms = fleet.now_ms + for_ms if for_ms else 0
    effects = fleet.feed(ev.AreaClosed("q", name, outline, fleet.now_ms, until_ms))
    return next(effect.status for effect in effects if isinstance(effect, Answer))


def nodes_sent(fleet):
    return [
        node.node
        for record in fleet.records
        for effect in effects_of(record)
        if isinstance(effect, PublishOrder)
        for node in effect.nodes
        if node.released
    ]


def test_a_parcel_for_a_closed_stop_waits_and_is_delivered_after_the_reopening(fleet):
    assert close(fleet, AROUND_B) == 201
    assert fleet.announce("p1", "s1") == 201
    fleet.announce("p2", "s2")
    fleet.run(900)
    assert (fleet.state_of("p1"), fleet.state_of("p2")) == ("at_station", "delivered")
    assert fleet.core.state.parcels["p1"].reason == "not planned: unreachable"
    assert "b" not in nodes_sent(fleet)
    fleet.feed(ev.AreaReopened("q", "c1"))
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"


def test_a_closure_ends_by_itself(fleet):
    close(fleet, AROUND_B, for_ms=HOUR_MS)
    fleet.announce("p1", "s1", slot_until_ms=fleet.now_ms + 3 * HOUR_MS)
    fleet.run(1_800)
    assert fleet.state_of("p1") == "at_station"
    fleet.run(2_700)
    assert fleet.state_of("p1") == "delivered"
    assert not fleet.core.state.closures


def test_a_closure_of_tomorrow_changes_nothing_today(fleet):
    start_ms = fleet.now_ms + HOUR_MS
    fleet.feed(ev.AreaClosed("q", "c1", AROUND_B, start_ms, start_ms + HOUR_MS))
    fleet.announce("p1", "s1")
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"
    assert fleet.core.state.roads_until_ms == start_ms


def test_robots_go_round_a_closed_way(fleet):
    close(fleet, ACROSS_E1)
    fleet.announce("p1", "s1")
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"
    sent = nodes_sent(fleet)
    assert sent.index("c") < sent.index("b")


def test_what_a_robot_was_told_it_may_drive_stays_so_and_it_may_leave(fleet):
    fleet.announce("p1", "s1")
    under_way(fleet)
    close(fleet, AROUND_B)
    fleet.run(900)
    assert fleet.state_of("p1") == "delivered"
    assert fleet.core.state.robots["toy/r0"].node == "a"


def under_way(fleet):
    """Until the robot was told to drive to its first stop, and has not done so yet; its job."""
    for _ in range(60):
        job = fleet.core.state.robots["toy/r0"].job
        if job is not None and job.released == 2:
            return job
        fleet.run(1)
    raise AssertionError("no robot set out")


def two_stops(fleet):
    """A robot with two parcels for s1 and s2, under way to one; the node of the other stop."""
    fleet.feed(ev.RobotHeld("q", "toy/r0"))  # It is given its job once both are in it.
    fleet.announce("p1", "s1")
    fleet.announce("p2", "s2")
    fleet.feed(ev.RobotReleased("q", "toy/r0"))
    job = under_way(fleet)
    assert len(job.visits) == 4
    return job.visits[2].node


def test_a_stop_closed_for_long_is_left_out_and_its_parcel_rides_back(fleet):
    other = two_stops(fleet)
    close(fleet, {"b": AROUND_B, "c": AROUND_C}[other])
    fleet.run(1_200)
    late = {"b": "p1", "c": "p2"}[other]
    parcel = fleet.core.state.parcels[late]
    assert (parcel.state, parcel.attempts, parcel.version) == ("at_station", 0, 2)
    assert fleet.core.summary()["delivered"] == 1
    fleet.feed(ev.AreaReopened("q", "c1"))
    fleet.run(3_600)
    assert fleet.state_of(late) == "delivered"


def test_a_robot_waits_where_the_way_opens_again_soon(fleet):
    other = two_stops(fleet)
    close(fleet, {"b": AROUND_B, "c": AROUND_C}[other], for_ms=300_000)
    fleet.run(250)
    assert fleet.core.state.robots["toy/r0"].job is not None
    fleet.run(400)
    assert fleet.core.summary()["delivered"] == 2
    assert fleet.core.state.counters.get("visits_closed_off", 0) == 0


def test_a_return_behind_a_closure_stays_with_its_sender(fleet):
    fleet.announce("p1", "s1")
    fleet.announce("r1", kind="return", origin="s2", destination="st", at_station=False)
    under_way(fleet)
    close(fleet, AROUND_C)
    fleet.run(1_800)
    assert (fleet.state_of("p1"), fleet.state_of("r1")) == ("delivered", "announced")
    fleet.feed(ev.AreaReopened("q", "c1"))
    fleet.run(1_800)
    assert fleet.state_of("r1") == "delivered"


def test_a_closed_station_is_waited_for_and_said(fleet):
    fleet.results = lambda action: "no_show" if action.kind == "out" else ""
    fleet.announce("p1", "s1")
    under_way(fleet)
    around_a = ((-20_000, -20_000), (20_000, -20_000), (20_000, 20_000), (-20_000, 20_000))
    effects = fleet.feed(ev.AreaClosed("q", "c1", around_a, fleet.now_ms))
    assert "the way to its next stop is closed" in [
        effect.text for effect in effects if isinstance(effect, Alarm)
    ]
    fleet.run(1_800)
    assert fleet.state_of("p1") == "riding"
    fleet.feed(ev.AreaReopened("q", "c1"))
    fleet.run(600)
    assert fleet.state_of("p1") == "at_station"


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"closure": ""}, 422, "closure: an id has 1 to 64 characters"),
        ({"outline": AROUND_B[:2]}, 422, "its outline needs three different points"),
        ({"outline": (AROUND_B[0], AROUND_B[2], AROUND_B[1], AROUND_B[3])}, 422, "crosses"),
        ({"until_ms": 5}, 422, "until: must be later"),
        ({"from_ms": -1}, 422, "from, until: not times"),
    ],
)
def test_a_closure_that_cannot_be_is_refused(fleet, changes, status, why):
    given = {"request": "q", "closure": "c1", "outline": AROUND_B, "from_ms": fleet.now_ms}
    effects = fleet.feed(ev.AreaClosed(**{**given, **changes}))
    answer = next(effect for effect in effects if isinstance(effect, Answer))
    assert answer.status == status
    assert why in answer.text
    assert not fleet.core.state.closures


def test_an_unknown_closure_cannot_be_taken_back(fleet):
    effects = fleet.feed(ev.AreaReopened("q", "c9"))
    assert [effect.status for effect in effects if isinstance(effect, Answer)] == [404]


def test_a_snapshot_during_a_closure_gives_the_same_future(fleet, graph):
    close(fleet, AROUND_B, for_ms=HOUR_MS)
    fleet.announce("p1", "s1")
    fleet.run(60)
    twin = Dispatcher.restore(graph, fleet.core.snapshot())
    known = len(fleet.records)
    fleet.run(5_000)
    for record in fleet.records[known:]:
        assert tuple(twin.handle(event_of(record), record.at_ms)) == effects_of(record)
    assert twin.state_hash() == fleet.core.state_hash()
