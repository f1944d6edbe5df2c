# SPDX-License-Identifier: Apache-2.0
"""Areas shut for a while: who goes where meanwhile, and that nothing is lost by it."""

import msgspec
import pytest

from dispatcher.core import events as ev
from dispatcher.core.dispatcher import Dispatcher
from dispatcher.core.effects import Alarm, Answer, PublishOrder
from dispatcher.core.record import effects_of, event_of
from dispatcher.planner.problem import matrices_of
from dispatcher.roads.graph import RoadGraph
from robot_agent.campus import parse_campus
from tests.dispatcher.core.conftest import document

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


def alarms(fleet):
    found = [effect for record in fleet.records for effect in effects_of(record)]
    return [effect.text for effect in found if isinstance(effect, Alarm)]


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


@pytest.mark.parametrize("how", ["the same again", "a second one", "one that follows"])
def test_a_robot_does_not_wait_for_ever_where_a_closure_is_prolonged(fleet, how):
    other = two_stops(fleet)
    outline = {"b": AROUND_B, "c": AROUND_C}[other]
    close(fleet, outline, for_ms=120_000)
    fleet.run(60)
    robot = fleet.core.state.robots["toy/r0"]
    assert robot.job is not None, "it waits"
    name = "c1" if how == "the same again" else "c2"
    from_ms = fleet.now_ms + (50_000 if how == "one that follows" else 0)
    fleet.feed(ev.AreaClosed("q", name, outline, from_ms))
    fleet.run(900)
    assert robot.job is None
    assert fleet.state_of({"b": "p1", "c": "p2"}[other]) == "at_station"
    assert alarms(fleet).count("the way to its next stop is closed") == 1


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
    fleet.feed(ev.AreaClosed("q", "c1", around_a, fleet.now_ms))
    fleet.run(1_800)
    assert fleet.state_of("p1") == "riding"
    assert alarms(fleet).count("the way to its next stop is closed") == 1
    fleet.feed(ev.AreaReopened("q", "c1"))
    fleet.run(600)
    assert fleet.state_of("p1") == "at_station"


def test_a_stop_closed_for_good_is_given_up_although_other_hours_begin_soon(fleet):
    other = two_stops(fleet)
    for n in range(1, 20):  # Far from every road, each changes nothing but the time of the next.
        from_ms, far = fleet.now_ms + n * 60_000, ((10**7, 10**7), (10**7 + 9, 10**7), (10**7, 9))
        fleet.feed(ev.AreaClosed("q", f"far{n}", far, from_ms, from_ms + 30_000))
    close(fleet, {"b": AROUND_B, "c": AROUND_C}[other])
    fleet.run(120)
    assert fleet.core.state.counters["visits_closed_off"] == 1
    assert fleet.core.state.robots["toy/r0"].job is None


def test_the_way_driven_is_the_way_that_was_released(fleet):
    fleet.announce("p1", "s1")
    under_way(fleet)
    direct_mm = fleet.core.travel.length_mm("a", "b")
    close(fleet, ACROSS_E1)
    fleet.run(1)
    assert fleet.core.state.robots["toy/r0"].driven_mm == direct_mm


HOURS = {
    "a closed zone": ("Polygon", {"kind": "zone", "id": "z", "zone_kind": "closed"}, "hours"),
    "a shut gate": ("Point", {"kind": "node", "id": "b", "gate": "gate"}, "open_hours"),
}


def fleet_with(make_fleet, feature):
    whole = document()
    features = [*whole["features"], {"type": "Feature", **feature}]
    campus = parse_campus(msgspec.json.encode({**whole, "features": features}), "toy")
    return make_fleet(RoadGraph.from_campus(campus))


@pytest.mark.parametrize("what", HOURS)
def test_hours_of_the_map_are_followed_without_an_event(make_fleet, what):
    shape, properties, key = HOURS[what]
    west, south, east, north = 10.0038, 49.9998, 10.0042, 50.0002
    box = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    hours = "Tu 22:00-22:30" if key == "hours" else "Tu 00:00-22:00,22:30-24:00; We-Mo 00:00-24:00"
    # The fleet begins on Tuesday, 22:13 UTC.
    fleet = fleet_with(
        make_fleet,
        {
            "properties": {**properties, key: hours},
            "geometry": {
                "type": shape,
                "coordinates": [box] if shape == "Polygon" else [10.004, 50.0],
            },
        },
    )
    assert fleet.core.state.roads_until_ms - fleet.now_ms == 1_000_000
    fleet.announce("p1", "s1")
    fleet.run(900)
    assert fleet.core.state.parcels["p1"].reason == "not planned: unreachable"
    fleet.run(600)
    assert fleet.state_of("p1") == "delivered"


def closing_at_22_30(make_fleet):
    """From 22:30 to midnight nobody comes to `b`."""
    box = [[10.0038, 49.9998], [10.0042, 49.9998], [10.0042, 50.0002], [10.0038, 50.0002]]
    closed = {"kind": "zone", "id": "z", "zone_kind": "closed", "hours": "Tu 22:30-24:00"}
    shape = {"type": "Polygon", "coordinates": [[*box, box[0]]]}
    return fleet_with(make_fleet, {"properties": closed, "geometry": shape})


@pytest.mark.parametrize(("minute", "planned"), [(22, True), (31, False)])
def test_a_way_that_closes_at_half_past_is_planned_for_before_and_not_for_after(
    make_fleet, minute, planned
):
    fleet = closing_at_22_30(make_fleet)
    assert fleet.core.travel.time_ms("a", "b") > 0
    slot_ms = fleet.now_ms // HOUR_MS * HOUR_MS + minute * 60_000
    fleet.announce("p1", "s1", slot_from_ms=slot_ms, slot_until_ms=slot_ms + 1_800_000)
    (trip,) = fleet.core.state.robots["toy/r0"].trips
    start_ms = trip.visits[1].start_ms
    closes_ms, opens_ms = fleet.core.roads_ahead.changes_ms()
    # It is late, then, but not too late to be of use.
    assert slot_ms <= start_ms < closes_ms if planned else start_ms >= opens_ms


def test_the_planner_is_told_of_the_roads_as_they_will_be(make_fleet):
    fleet = closing_at_22_30(make_fleet)
    later_ms = fleet.now_ms + 3 * HOUR_MS
    fleet.announce("p1", "s1", slot_from_ms=later_ms, slot_until_ms=later_ms + HOUR_MS)
    problem = fleet.core.problem()
    told = matrices_of(problem, fleet.core.roads_ahead)
    closes_ms, opens_ms = told.changes_ms()
    assert closes_ms == fleet.now_ms // HOUR_MS * HOUR_MS + 1_800_000
    assert opens_ms == closes_ms + 5_400_000
    assert told.time_ms("a", "b") == told.at(opens_ms).time_ms("a", "b") > 0
    assert told.at(closes_ms).time_ms("a", "b") == -1


def test_where_no_hours_change_the_roads_there_is_one_table(fleet):
    fleet.announce("p1", "s1")
    assert fleet.core.roads_ahead.changes_ms() == []
    assert matrices_of(fleet.core.problem(), fleet.core.roads_ahead).later == ()


def test_a_plan_reckons_with_a_crowded_hour_before_it_begins(make_fleet):
    box = [[9.99, 49.99], [10.01, 49.99], [10.01, 50.01], [9.99, 50.01], [9.99, 49.99]]
    crowd = {"kind": "zone", "id": "z", "zone_kind": "crowded", "factor_pct": 300}
    fleet = fleet_with(
        make_fleet,
        {
            "properties": {**crowd, "hours": "Tu 22:20-23:20"},
            "geometry": {"type": "Polygon", "coordinates": [box]},
        },
    )
    quiet_ms = fleet.core.travel.time_ms("a", "b")
    later_ms = fleet.now_ms + HOUR_MS
    fleet.announce("p1", "s1", slot_from_ms=later_ms, slot_until_ms=later_ms + HOUR_MS)
    (trip,) = fleet.core.state.robots["toy/r0"].trips
    load, stop = trip.visits[:2]
    assert stop.arrive_ms - load.depart_ms == pytest.approx(3 * quiet_ms, abs=2)
    fleet.run(410)
    assert fleet.core.travel.time_ms("a", "b") == pytest.approx(3 * quiet_ms, abs=2)
    assert fleet.core.state.robots["toy/r0"].trips == (trip,)
    fleet.run(7_200)
    assert fleet.state_of("p1") == "delivered"


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"closure": ""}, 422, "closure: an id has 1 to 64 characters"),
        ({"outline": AROUND_B[:2]}, 422, "its outline needs three different points"),
        ({"outline": (AROUND_B[0], AROUND_B[2], AROUND_B[1], AROUND_B[3])}, 422, "crosses"),
        ({"until_ms": 5}, 422, "until: must be later"),
        ({"from_ms": -1}, 422, "from, until: not times"),
        ({"level": 10**30}, 422, "its level is not within -20 and 200"),
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
